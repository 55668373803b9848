"""Raw records that are plainly right, read at once: the door finds the same, but asks each column a dozen questions.

Whatever is not plainly right (a blank, a date with a time, a number in text, an invoice with two rows, ...) is left to
the door, which alone says what becomes of it. What the door only flags stays as it is, and is not looked for here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.ledger.canonical import EMPTY_TYPES
from inadimplencia_ml.ledger.cells import FIRST_DAY, LARGEST_AMOUNT, LAST_DAY
from inadimplencia_ml.tables import Kind, Table

__all__ = ["plain_table"]

Values = list[Any]
_OWED = ("invoices", "payments", "agreements")
_NO_INTEGER = 2**63


class _Unsure(Exception):
    """The door must look at it."""


def plain_table(
    table: Table, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], currency: str
) -> pa.Table | None:
    """The rows as the door would have them; None where it must look itself.

    Parameters
    ----------
    table : Table
        What the table is to hold.
    rows : sequence of mapping
        Not empty.
    columns : sequence of str
        Those that are read.
    currency : str
        The ledger's.
    """
    known = [name for name in columns if table.open_columns or name in table.by_name]
    ordered = [c.name for c in table.columns if c.name in known]
    ordered += [name for name in known if name not in table.by_name]
    if not all(isinstance(name, str) for name in columns):
        return None
    if not set(table.required) <= set(known) or (table.name == "payments" and "invoice_id" not in known):
        return None
    try:
        given = {name: [v if (v := row.get(name)) == v else None for row in rows] for name in ordered}  # NaN is missing
        made = {name: _column(table, name, values) for name, values in given.items()}
        _refuse_the_doubtful(table, given, currency)
    except (_Unsure, ValueError, OverflowError, TypeError, pa.ArrowException):
        return None
    return pa.table(made)


def _column(table: Table, name: str, values: Values) -> pa.Array:
    there = [v for v in values if v is not None] if None in values else values
    kind = table.kind_of(name)
    if not there:
        return pa.nulls(len(values), EMPTY_TYPES[kind])
    types = {type(v) for v in there}
    if len(types) > 1 and types != {int, float}:
        raise _Unsure
    array = _READERS[kind](values, there, types)
    if kind == "amount" and table.name in _OWED and min(there) < 0:
        raise _Unsure
    return array


def _refuse_the_doubtful(table: Table, given: Mapping[str, Values], currency: str) -> None:
    """What the door rejects or changes by other columns or rows."""
    for name in table.required:
        _refuse(None in given[name])
    if table.key is not None and table.key in given:
        ids = [v for v in given[table.key] if v is not None]
        _refuse(len(set(ids)) < len(ids))
    if "currency" in given:
        _refuse(any(v != currency for v in given["currency"]))
    if "uf" in given:
        _refuse(any(v is not None and v not in UFS for v in given["uf"]))
    if table.name == "payments":
        _refuse(None in given["invoice_id"] or 0 in given["amount"])
    if table.name == "invoices" and "paid_amount" in given:
        _refuse(0 in given["paid_amount"])
    _refuse("tax_id" in given)


def _refuse(doubtful: bool) -> None:
    if doubtful:
        raise _Unsure


def _ids(values: Values, there: Values, types: set[type]) -> pa.Array:
    if types == {int}:
        _refuse(max(there) >= _NO_INTEGER)
        return pa.array(values, pa.int64())
    return _texts(values, there, types)


def _texts(values: Values, there: Values, types: set[type]) -> pa.Array:
    _refuse(types != {str} or not all(v.strip() and (v.isascii() or any(map(str.isalnum, v))) for v in there))
    return pa.array(values, pa.string())


def _dates(values: Values, there: Values, types: set[type]) -> pa.Array:
    if types == {str}:
        _refuse(not all(len(v) == 10 and v[4] == v[7] == "-" for v in there))
        values = [None if v is None else dt.date.fromisoformat(v) for v in values]
        there = [v for v in values if v is not None]
    elif types != {dt.date}:
        raise _Unsure
    _refuse(min(there) < FIRST_DAY or max(there) > LAST_DAY)
    return pa.array(values, pa.date32())


def _moments(values: Values, there: Values, types: set[type]) -> pa.Array:
    if types == {str}:
        _refuse(not all(len(v) in (16, 19) and v[4] == v[7] == "-" and v[10] in "T " for v in there))
        values = [None if v is None else dt.datetime.fromisoformat(v) for v in values]
        there = [v for v in values if v is not None]
    elif types != {dt.datetime}:
        raise _Unsure
    _refuse(any(v.tzinfo is not None for v in there))
    _refuse(min(there).date() < FIRST_DAY or max(there).date() > LAST_DAY)
    return pa.array(values, pa.timestamp("us"))


def _numbers(values: Values, there: Values, types: set[type]) -> pa.Array:
    _refuse(not types <= {int, float})
    _refuse(not all(abs(v) < _NO_INTEGER for v in there))
    return pa.array([None if v is None else float(v) for v in values], pa.float64())


def _amounts(values: Values, there: Values, types: set[type]) -> pa.Array:
    array = _numbers(values, there, types)
    x = np.array(there, np.float64)
    _refuse(bool((np.abs(x) >= LARGEST_AMOUNT).any() or (np.rint(x * 100) / 100 != x).any()))
    return array


def _counts(values: Values, there: Values, types: set[type]) -> pa.Array:
    _refuse(types != {int})
    return pa.array(values, pa.int64())


def _bools(values: Values, there: Values, types: set[type]) -> pa.Array:
    _refuse(types != {bool})
    return pa.array(values, pa.bool_())


def _anything(values: Values, there: Values, types: set[type]) -> pa.Array:
    one = next(iter(types))
    reader = {int: _counts, str: _texts, bool: _bools, dt.date: _dates}.get(one, _numbers)
    return (_numbers if len(types) > 1 else reader)(values, there, types)


_READERS: dict[Kind, Callable[[Values, Values, set[type]], pa.Array]] = {
    "id": _ids,
    "text": _texts,
    "date": _dates,
    "datetime": _moments,
    "amount": _amounts,
    "number": _numbers,
    "count": _counts,
    "bool": _bools,
    "any": _anything,
}
