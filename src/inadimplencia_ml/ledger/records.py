"""A ledger from raw records, as an application holds them: a list of mappings a table, nothing written first.

A book may hold bad rows; they are counted. An application that sends one has made a mistake: here they raise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.frames import text_of
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.plain_records import plain_table
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Table

__all__ = ["ledger_of_records"]

_IDLE = {
    "invoices": frozenset(
        "contract_id installment installments kind product disputed_from disputed_to assigned_on fine_rate "
        "interest_rate_month interest_per_day index discount_rate discount_until contract_rate_month protestable "
        "delivery_proof acceptance_refused bank_instruction".split()
    ),
    "payments": frozenset({"method", "credited_on"}),
    "clients": frozenset({"tax_id", "preferred_channel", "preferred_hours"}),
}
"""Columns that no feature of the fixed list reads."""
_NO_PROBLEMS = PROBLEMS.empty_table()
_SHOWN = 3  # bad rows that an error tells
_NAMES = (*LEDGER_TABLES, "attributes")


def ledger_of_records(
    records: Mapping[str, Any],
    *,
    also: Iterable[str] = (),
    only: Collection[str] | None = None,
    flags: bool = True,
    calendar: Any = "BR",
    timezone: str = "America/Sao_Paulo",
    currency: str = "BRL",
    known_until: dt.date | str | None = None,
) -> Ledger:
    """The ledger that holds these rows.

    Parameters
    ----------
    records : mapping
        Table name to its rows, each a mapping of column to value: ``{"invoices": [...], "payments": [...]}``; tables of
        attributes as ``"attributes": {"bureau": [...]}``. Dates are dates or ISO text. An empty list is an empty table;
        without invoices it is a client who never had one.
    also : iterable of str
        Tables that are to be there, though empty.
    only : collection of str, optional
        The tables that are read, attributes as ``attributes/<name>``; the others are not looked at, nor are columns
        that no feature of the fixed list reads.
    flags : bool
        Whether rows are searched for what an import flags and keeps; where nobody asks for problems it need not be.
    calendar, timezone, currency, known_until
        As for `Ledger`.

    Raises
    ------
    CallError
        A table is unknown, something is no row, or a row is refused: names the table, the row, the column and why,
        never a value.
    LedgerError
        A required column is missing, or there is more than one currency.

    Examples
    --------
    >>> ledger_of_records({"invoices": [{"client_id": "C1", "invoice_id": "T1", "issue_date": "2025-01-20",
    ...                                  "due_date": "2025-02-20", "amount": 10.0}]})
    <Ledger invoices 1; known until 2025-01-20>
    """
    admitted: dict[str, Admitted] = {}
    for name, table, rows in _tables(records):
        if only is not None and name not in only:
            continue
        columns = _read_columns(name, rows, only is not None)
        if not columns:
            admitted[name] = _empty(name)
            continue
        plain = None if flags else plain_table(table, rows, columns, currency)
        if plain is not None:
            admitted[name] = _accepted(plain)
            continue
        filled = pa.table({str(column): _column([row.get(column) for row in rows]) for column in columns})
        one = admit(table, filled, timezone=timezone, name=name, currency=currency)
        if one.counts["rejected"]:
            raise CallError(_refusal(name, one))
        admitted[name] = one
    for name in ("invoices", *also):
        if name not in admitted:
            admitted[name] = _empty(name)
    options = {"calendar": calendar, "timezone": timezone, "currency": currency, "known_until": known_until}
    return Ledger.from_admitted(admitted, **options)


def _tables(records: Mapping[str, Any]) -> Iterator[tuple[str, Table, Any]]:
    if not isinstance(records, Mapping):
        raise CallError(
            f"records came as {type(records).__name__}. Expected a mapping of table names to rows, such as "
            "{'invoices': [...], 'payments': [...]}."
        )
    for name, rows in records.items():
        if name not in _NAMES:
            raise CallError(f"records: there is no table {name!r}.{did_you_mean(name, _NAMES)}")
        if name != "attributes":
            yield name, LEDGER_TABLES[name], rows
            continue
        if not isinstance(rows, Mapping):
            raise CallError(
                f"records: attributes came as {type(rows).__name__}. Expected a mapping of a name to its rows, such as "
                "{'bureau': [...]}."
            )
        for own, of_it in rows.items():
            yield f"attributes/{own}", ATTRIBUTES, of_it


def _read_columns(name: str, rows: Any, lean: bool) -> list[Any]:
    """The columns of all rows; one that lacks some leaves them empty."""
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes):
        raise CallError(f"records: {name} came as {type(rows).__name__}. Expected a list of rows.")
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise CallError(
                f"records: row {place} of {name} is {type(row).__name__}. Expected a mapping of columns to values."
            )
    names: dict[Any, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return [column for column in names if column not in _IDLE.get(name, ())] if lean else list(names)


def _accepted(table: pa.Table) -> Admitted:
    """A table at which the door need not look."""
    n = table.num_rows
    counts = {"rows": n, "accepted": n, "flagged": 0, "rejected": 0, "duplicate": 0}
    return Admitted(table, _NO_PROBLEMS, counts, {})


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, from_pandas=True)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
    ):  # mixed kinds: as text, and read as such
        return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def _refusal(name: str, one: Admitted) -> str:
    found = one.problems.select(["row", "column", "outcome", "reason"]).to_pylist()
    told = [f"row {p['row']}, {p['column']}: {p['reason']}" for p in found if p["outcome"] == "rejected"]
    count = one.counts["rejected"]
    return f"records: {count} of {one.counts['rows']} rows of {name} cannot be used: " + "; ".join(told[:_SHOWN])


@lru_cache(maxsize=64)
def _empty(name: str) -> Admitted:
    """A table without a row; it passed the door once for all."""
    table = ATTRIBUTES if "/" in name else LEDGER_TABLES[name]
    columns = {column.name: pa.nulls(0) for column in table.columns}
    return admit(table, pa.table(columns), timezone="UTC", name=name)
