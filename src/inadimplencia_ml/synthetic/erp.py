"""The book as a Brazilian ERP exports it: cp1252, semicolons, decimal commas, dd/mm/yyyy, Portuguese headers.

Some rows are bad on purpose, so that all four outcomes of an import show: accepted, flagged, rejected, duplicate.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.synthetic.book import Book
from inadimplencia_ml.synthetic.erp_layout import FILES, Field, File

__all__ = ["BAD_PAYMENTS", "BAD_TITLES", "write_erp_export"]

BAD_TITLES = {"duplicate": 2, "rejected": 3, "flagged": 2}
"""Bad rows of titulos.csv by the outcome of their import; they stand last."""
BAD_PAYMENTS = {"on account": 1, "rejected": 1}
"""Bad rows of baixas.csv: of an unknown title, and of no money; they stand last."""

_STATUS = {"void": "C", "renegotiated": "R", "written_off": "P"}

_README = """# A synthetic book of sales on credit

Every row here is invented: no client, payment or contact is or was anybody's. Written by

    python -m inadimplencia_ml.synthetic FOLDER --clients {clients} --seed {seed} --start {start} --end {end}

which is, in Python,

    from inadimplencia_ml.synthetic import generate_book, write_erp_export

    book = generate_book({clients}, random_state={seed}, start="{start}", end="{end}")
    write_erp_export(book, FOLDER)

`book.truth` holds what these files do not: each client's willingness and ability to pay, month by month, and the true
probability of reaching 30 days late within 90 days.

The files look like an ERP's export of {end}: cp1252, `;`, decimal comma, dd/mm/yyyy. `mapping.yaml` tells the import
which column is which.

| file | table | rows |
|---|---|---|
{rows}

Bad on purpose are the last {bad_titles} rows of titulos.csv ({duplicate} duplicates, {rejected} to reject, {flagged} to
flag) and the last {bad_payments} of baixas.csv (a title that is not there, a payment of nothing).
"""


def write_erp_export(book: Book, folder: str | Path) -> None:
    """Writes the book as an ERP export, with its mapping and a README, into a folder.

    Parameters
    ----------
    book
        From `generate_book`.
    folder
        Made if it is not there; files of these names in it are written anew.

    Raises
    ------
    CallError
        If ``folder`` is a file, or the book has fewer than two invoices.

    Examples
    --------
    >>> import tempfile
    >>> from inadimplencia_ml.synthetic import generate_book
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_erp_export(generate_book(20, random_state=1), folder)
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['README.md', 'acordos.csv', 'baixas.csv', 'bureau.csv', 'clientes.csv', 'contatos.csv',
     'mapping.yaml', 'titulos.csv']
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise CallError(f"write_erp_export: {folder.name} is a file. Expected a folder.")
    invoices = len(book.tables["invoices"])
    if invoices < 2:  # two of them are doubled
        raise CallError(f"write_erp_export: the book has {invoices} invoices. Expected 2 or more: take more clients.")
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    for file in FILES:
        lines = _lines(file, book)
        counts[file.name] = len(lines) - 1
        text = "".join(f"{line}\r\n" for line in lines)
        (folder / file.name).write_bytes(text.encode("cp1252"))
    (folder / "mapping.yaml").write_bytes(_mapping(book).encode())
    (folder / "README.md").write_bytes(_readme(book, counts).encode())


def _lines(file: File, book: Book) -> list[str]:
    frame = _frame(file, book)
    cells = [_cells(field, frame) for field in file.fields]
    if file.table == "invoices":
        cells[[field.export for field in file.fields].index("Situação")] = _status(frame, book)
    rows = list(zip(*cells, strict=True))
    if file.table == "invoices":
        rows += _bad_titles(rows, file, book.end)
    if file.table == "payments":
        rows += _bad_payments(file, book.end)
    return [";".join(row) for row in [tuple(field.export for field in file.fields), *rows]]


def _frame(file: File, book: Book) -> pd.DataFrame:
    """The table, without the days that say nothing new: a title is registered on its day of issue unless told."""
    frame = book.attributes["bureau"] if file.table == "attributes/bureau" else book.tables[file.table]
    if file.table != "invoices":
        return frame
    return frame.assign(
        known_on=frame["known_on"].where(frame["known_on"] != frame["issue_date"]),
        cancelled_known_on=frame["cancelled_known_on"].where(frame["cancelled_known_on"] != frame["cancelled_date"]),
    )


def _cells(field: Field, frame: pd.DataFrame) -> list[str]:
    if not field.ledger:
        return [""] * len(frame)
    column = frame[field.ledger]
    if field.form in ("date", "moment"):
        days: pd.Series[Any] = column.dt.strftime("%d/%m/%Y" if field.form == "date" else "%d/%m/%Y %H:%M")
        return ["" if isna else str(day) for day, isna in zip(days.tolist(), column.isna().tolist(), strict=True)]
    values = ["" if isna else v for v, isna in zip(column.tolist(), column.isna().tolist(), strict=True)]
    if field.form == "money":
        swap = str.maketrans(",.", ".,")
        return [f"{value:,.2f}".translate(swap) if value != "" else "" for value in values]
    if field.form == "yes_no":
        return ["S" if value else "N" for value in values]
    return [field.codes.get(value, str(value)) for value in values]


def _status(frame: pd.DataFrame, book: Book) -> list[str]:
    """The title's state on the day of the export, as ERPs write it on every row: A open, L paid, C, R, P closed."""
    settled = book.tables["payments"].loc[lambda p: p["reversed_on"].isna()]
    principal = settled["principal"].fillna(settled["amount"]).mul(100).round()
    paid = frame["invoice_id"].map(principal.groupby(settled["invoice_id"]).sum()).fillna(0)
    reasons = frame.groupby("invoice_id")["cancel_reason"].transform("first")
    state = np.where(paid >= frame["amount"].mul(100).round(), "L", "A")
    return [_STATUS.get(reason, s) for reason, s in zip(reasons.tolist(), state.tolist(), strict=True)]


def _bad_titles(rows: list[tuple[str, ...]], file: File, end: dt.date) -> list[tuple[str, ...]]:
    """Two doubles (the second one of another amount), three rows to reject and two to flag."""
    issued, due = _day(end, -20), _day(end, 10)
    plain = {"client_id": rows[0][0], "issue_date": issued, "due_date": due, "amount": "150,00", "kind": "BOL"}
    amount = [field.ledger for field in file.fields].index("amount")
    other_amount = (*rows[1][:amount], "1,00", *rows[1][amount + 1 :])
    return [
        rows[0],
        other_amount,
        _row(file, plain, invoice_id="T9000001", amount="-150,00"),
        _row(file, plain, invoice_id="T9000002", due_date=f"31/02/{end.year}"),
        _row(file, plain, invoice_id="T9000003", client_id=""),
        _row(file, plain, invoice_id="T9000004", due_date=_day(end, -30)),
        _row(file, plain, invoice_id="T9000005", amount=""),
    ]


def _bad_payments(file: File, end: dt.date) -> list[tuple[str, ...]]:
    """Payments of the two flagged titles; then one of a title that is not there, and one of nothing."""
    plain = {"payment_date": _day(end, -15), "amount": "150,00", "kind": "PG", "known_on": _day(end, -14)}
    return [
        _row(file, plain, invoice_id="T9000004"),
        _row(file, plain, invoice_id="T9000005"),
        _row(file, plain, invoice_id="T9999999"),
        _row(file, plain, invoice_id="T9000004", amount="0,00"),
    ]


def _row(file: File, plain: dict[str, str], **cells: str) -> tuple[str, ...]:
    return tuple({**plain, **cells}.get(field.ledger, "") for field in file.fields)


def _day(end: dt.date, days: int) -> str:
    return f"{end + dt.timedelta(days=days):%d/%m/%Y}"


def _mapping(book: Book) -> str:
    """The mapping in YAML; its first lines say why a column is left out."""
    files = []
    for file in FILES:
        entry: dict[str, Any] = {
            "file": file.name,
            "table": file.table,
            "encoding": "cp1252",
            "delimiter": ";",
            "decimal": ",",
            "thousands": ".",
            "dates": ["%d/%m/%Y %H:%M", "%d/%m/%Y"] if file.table == "contacts" else ["%d/%m/%Y"],
            "columns": {field.ledger: field.export for field in file.fields if field.ledger},
        }
        values = {f.ledger: {code: name for name, code in f.codes.items()} for f in file.fields if f.codes}
        if values:
            entry["values"] = values
        if file.table == "invoices":
            entry["constants"] = {"fine_rate": 0.02, "interest_rate_month": 0.01}
        files.append(entry)
    ledger = {"calendar": "BR", "timezone": "America/Sao_Paulo", "currency": "BRL", "known_until": book.end}
    comment = (
        "# Which column of the ERP's export is which column of the ledger.\n"
        "# 'Situação' in titulos.csv is not mapped: it is the state on the day of the export, and would tell a past\n"
        "# day its future. Paid or open is computed from baixas.csv instead, as it was known on each day.\n"
    )
    body = yaml.safe_dump({"ledger": ledger, "files": files}, allow_unicode=True, sort_keys=False, width=120)
    return comment + body


def _readme(book: Book, counts: dict[str, int]) -> str:
    return _README.format(
        clients=book.n_clients,
        seed=book.random_state,
        start=book.start,
        end=book.end,
        rows="\n".join(f"| {file.name} | {file.table} | {counts[file.name]:,} |" for file in FILES),
        bad_titles=sum(BAD_TITLES.values()),
        bad_payments=sum(BAD_PAYMENTS.values()),
        **BAD_TITLES,
    )
