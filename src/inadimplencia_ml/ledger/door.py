"""The door: one table as given → canonical rows, and for every row that is not plainly accepted, why.

No row is dropped in silence: each is accepted, flagged (kept), rejected or a duplicate, and the four add up to the rows
that came. A table raises only as a whole: a required column is missing, two currencies, a column of an unreadable type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import LedgerError, did_you_mean, names_told
from inadimplencia_ml.ledger.cells import Rows, read_cells
from inadimplencia_ml.ledger.codes import all_different
from inadimplencia_ml.ledger.doubles import Doubles, Histories, doubles_of, histories_of
from inadimplencia_ml.ledger.findings import DUPLICATE, FLAGGED, REJECTED, Findings
from inadimplencia_ml.ledger.frames import columns_of
from inadimplencia_ml.ledger.rules import Sheet, flag_rows, reject_rows
from inadimplencia_ml.tables import Kind, Table

__all__ = ["READABLE", "Admitted", "admit"]


@dataclass(frozen=True)
class Admitted:
    """A table that passed the door.

    Attributes
    ----------
    table : pyarrow.Table
        Accepted and flagged rows in their order, columns of canonical types.
    problems : pyarrow.Table
        Every finding: table, row (0-based, of the input), file, line, column, value, outcome, code, reason.
    counts : dict
        rows, accepted, flagged, rejected, duplicate; the first is the sum of the others.
    notes : dict
        What else was counted: amounts_rounded, dates_cut, dates_moved, tax_ids_restored; and ``ignored_column:<name>``
        for each column that the table does not know.
    """

    table: pa.Table
    problems: pa.Table
    counts: dict[str, int]
    notes: dict[str, int]


def admit(
    table: Table,
    frame: object,
    *,
    timezone: str,
    duplicate_on: Sequence[str] | None = None,
    same_row_is_duplicate: bool = False,
    rejected: pa.Table | None = None,
    shown: Mapping[str, pa.ChunkedArray] | None = None,
    currency: str | None = None,
    name: str | None = None,
) -> Admitted:
    """Reads one table of a ledger.

    Parameters
    ----------
    table
        What the table is to hold.
    frame
        pandas, Polars (eager or lazy) or Arrow; never changed.
    timezone
        IANA name; times with a zone are moved to it before they are cut to their date.
    duplicate_on
        Columns in which two rows must be equal to be doubles; besides the table's own id.
    same_row_is_duplicate
        Whether two rows equal in all columns are doubles.
    rejected
        Rows that a file reader refused: row, column, value, code, reason. They are in ``frame`` too, as far as read.
    shown
        Columns as they stand in a file, for the values in the problems; by default those of ``frame``.
    currency
        The ledger's currency; another one in the rows is an error.
    name
        How messages and problems call the table; by default its own name.

    Raises
    ------
    LedgerError
        A required column is missing, there are two currencies, or a column is of a type that cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from inadimplencia_ml.tables import INVOICES
    >>> rows = pd.DataFrame({"client_id": ["C1", None], "invoice_id": [1, 2], "amount": [10.0, 20.0],
    ...                      "issue_date": ["2025-01-02"] * 2, "due_date": ["2025-02-03"] * 2})
    >>> admitted = admit(INVOICES, rows, timezone="America/Sao_Paulo")
    >>> admitted.counts
    {'rows': 2, 'accepted': 1, 'flagged': 0, 'rejected': 1, 'duplicate': 0}
    >>> admitted.problems.select(["row", "code"]).to_pylist()
    [{'row': 1, 'code': 'no_client'}]
    """
    name = name or table.name
    given = columns_of(frame, name)
    _require(table, given, name)
    known = [c for c in given if table.open_columns or c in table.by_name]
    rows = len(next(iter(given.values())))
    findings = Findings(name, rows)
    if rejected is not None:
        findings.add_rejected(rejected)
    sheet = Sheet(table, {}, {**given, **(shown or {})}, findings, np.zeros(rows, bool), {})
    _read(sheet, {column: given[column] for column in known}, timezone, name)
    _one_currency(sheet, currency, name)
    reject_rows(sheet)
    histories = _histories(sheet)
    flag_rows(sheet)
    _find_doubles(sheet, duplicate_on, same_row_is_duplicate, histories, name)
    sheet.notes.update({f"ignored_column:{column}": 1 for column in given if column not in known})
    columns = {c.name: sheet.columns[c.name] for c in table.columns if c.name in sheet.columns}
    columns |= {c: sheet.columns[c] for c in known}
    kept = findings.kept()
    told = findings.problems(), findings.counts(), sheet.notes
    if kept.all():
        return Admitted(pa.table(columns), *told)
    sheet.columns, sheet.shown = {}, {}
    del frame, given  # unless somebody else holds it, each column is let go of before the next is copied
    mask = pa.array(kept)
    return Admitted(pa.table({column: columns.pop(column).filter(mask) for column in list(columns)}), *told)


def _require(table: Table, given: Mapping[str, Any], name: str) -> None:
    if not given:
        raise LedgerError(f"{name} has no columns. Expected at least {', '.join(table.required)}.")
    for column in table.required:
        if column not in given:
            hint = did_you_mean(column, given, limit=1)
            hint = hint if hint.startswith(" Did") else ""
            raise LedgerError(
                f"{name}: the column {column!r} is missing. The columns that came: {names_told(given)}.{hint}"
            )
    if table.name == "payments" and not {"invoice_id", "client_id"} & set(given):
        came = names_told(given)
        raise LedgerError(f"payments: one of 'invoice_id' and 'client_id' is needed. The columns that came: {came}.")


READABLE: dict[Kind, str] = {
    "id": "an id",
    "text": "text",
    "date": "a date",
    "datetime": "a date with time",
    "amount": "a number",
    "number": "a number",
    "count": "a whole number",
    "bool": "true or false",
    "any": "a value",
}


def _read(sheet: Sheet, given: Mapping[str, pa.ChunkedArray], timezone: str, name: str) -> None:
    for column, values in given.items():
        kind = sheet.table.kind_of(column)
        cells = read_cells(values, kind, name=f"{name}.{column}", timezone=timezone)
        sheet.columns[column] = cells.values
        for code, at in cells.bad.items():
            grade = FLAGGED if code == "date_placeholder" else REJECTED
            sheet.findings.add(at, grade, code, column, sheet.shown[column], kind=READABLE[kind])
        for note, number in cells.notes.items():
            sheet.notes[note] = sheet.notes.get(note, 0) + number


def _one_currency(sheet: Sheet, currency: str | None, name: str) -> None:
    if "currency" not in sheet.table.by_name or "currency" not in sheet.columns:
        return
    sheet.columns["currency"] = pc.utf8_upper(pc.utf8_trim_whitespace(sheet.columns["currency"]))
    found = sorted(pc.unique(sheet.columns["currency"]).drop_null().to_pylist())
    if len(found) > 1:
        raise LedgerError(f"{name}: more than one currency, {' and '.join(found)}. A ledger holds one: split the rows.")
    if currency is not None and found and found[0] != currency.upper():
        raise LedgerError(f"{name}: the rows are in {found[0]}, but the ledger's currency is {currency}.")


def _histories(sheet: Sheet) -> Histories | None:
    """Fills what later rows of an invoice leave empty; None where no invoice has two rows."""
    if sheet.table.name != "invoices" or all_different(sheet.columns["invoice_id"]):
        return None
    histories = histories_of(sheet.columns, sheet.findings.kept())
    sheet.later[histories.later] = True
    for column in ("client_id", "issue_date"):
        sheet.columns[column] = _filled(sheet.columns[column], histories.later, histories.first)
    sheet.reject(histories.client_changed, "client_changed", "client_id")
    sheet.reject(histories.issue_changed, "issue_date_changed", "issue_date")
    return histories


def _filled(column: pa.Array, later: Rows, first: Rows) -> pa.Array:
    """A column in which later rows of an invoice say what its first row says where they say nothing."""
    empty = column.take(pa.array(later)).is_null().to_numpy(zero_copy_only=False)
    if not empty.any():
        return column
    source = np.arange(len(column))
    source[later[empty]] = first[empty]
    return column.take(pa.array(source))


def _find_doubles(
    sheet: Sheet, on: Sequence[str] | None, same_row: bool, histories: Histories | None, name: str
) -> None:
    for column in on or ():
        if column not in sheet.columns:
            raise LedgerError(f"{name}: duplicate_on names {column!r}.{did_you_mean(column, sheet.columns)}")
    if histories is not None:
        _note_doubles(sheet, histories.doubles, "invoice_id")
    key = sheet.table.key
    if key is not None and key != "invoice_id" and key in sheet.columns and not all_different(sheet.columns[key]):
        _note_doubles(sheet, doubles_of(sheet.columns, [key], sheet.findings.kept()), key)
    if on:
        _note_doubles(sheet, doubles_of(sheet.columns, list(on), sheet.findings.kept()), ", ".join(on))
    if same_row:
        everything = list(sheet.columns)
        _note_doubles(sheet, doubles_of(sheet.columns, everything, sheet.findings.kept()), "row")


def _note_doubles(sheet: Sheet, doubles: Doubles, column: str) -> None:
    alive = sheet.findings.kept()[doubles.row]  # a rejected row is no double as well
    for conflict, code in ((False, "duplicate_same"), (True, "duplicate_conflict")):
        at = doubles.row[alive & (doubles.conflict == conflict)]
        sheet.findings.add(at, DUPLICATE, code, column, sheet.shown.get(column))
