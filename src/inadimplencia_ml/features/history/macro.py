"""The economy around a client: each series of the table macro as known on the day, and how far it has moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.codes import NONE, date_codes, encode
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["macro_features"]

I32 = npt.NDArray[np.int32]
Out = npt.NDArray[np.float64]

_BACK = (90, 365)


def macro_features(ledger: Ledger, looked: Looked, last_day: int | None = None) -> dict[str, Out]:
    """Columns by name, each one entry a pair of client and day.

    Series are in the order of their names. One of which nothing is known yet on the last day looked from has no
    columns: what comes later may not show, not even by a column without values. Who goes through a book in blocks tells
    ``last_day``, that of all of them, in days since 1970.

    Raises
    ------
    LedgerError
        A series has the name of a change of another one.
    """
    day, columns = looked.snaps.day, dict[str, Out]()
    last = int(day.max(initial=NONE)) if last_day is None else last_day
    for name, (known, value) in _series(ledger.tables["macro"]).items():
        if known[0] > last:
            continue
        now = _value_at(day, known, value)
        changes = {f"macro_{name}_change_{back}d": now - _value_at(day - back, known, value) for back in _BACK}
        for column, numbers in ({f"macro_{name}": now} | changes).items():
            if column in columns:
                raise LedgerError(
                    f"macro: two series make the column {column!r}. Give the series {name!r} a name that does not end "
                    "in _change_90d or _change_365d."
                )
            columns[column] = numbers
    return columns


def _series(table: pa.Table) -> dict[str, tuple[I32, Out]]:
    """Of each series the days from which another value counts, ascending, and these values."""
    code, names = encode(table["series"])
    date = date_codes(table, "date")
    booked = date_codes(table, "known_on")
    booked = np.where(booked == NONE, date, booked)  # a row that does not say when was known on its own date
    known: Any = np.maximum(date, booked)
    value = table["value"].to_numpy().astype(np.float64)
    rows = np.flatnonzero((code >= 0) & ~np.isnan(value))
    # of one date the latest known counts, of several known together the largest, whatever the order of the rows
    order = rows[np.lexsort((value[rows], booked[rows], date[rows], known[rows], code[rows]))]
    edges = np.searchsorted(code[order], np.arange(len(names) + 1))
    out = {}
    for k, name in enumerate(names.to_pylist()):
        mine = order[edges[k] : edges[k + 1]]
        if len(mine):
            latest = date[mine] == np.maximum.accumulate(date[mine])
            out[str(name)] = (known[mine][latest], value[mine][latest])
    return out


def _value_at(day: I32, known: I32, value: Out) -> Out:
    at = np.searchsorted(known, day, side="right") - 1
    return np.where(at >= 0, value[np.maximum(at, 0)], np.nan)
