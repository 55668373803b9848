"""The latest value known of each field: rows are a history, and a null keeps the older value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.codes import date_codes

__all__ = ["as_flags", "latest"]

_YES, _NO = ("true", "t", "1", "s", "sim", "y", "yes"), ("false", "f", "0", "n", "não", "nao", "no")


def latest(table: pa.Table, owner: npt.NDArray[Any], n: int, names: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """By owner (0 to n - 1), the latest known value of each of ``names`` that the table has; null without any."""
    rows = np.flatnonzero(owner >= 0)
    order = rows[np.lexsort((date_codes(table, "known_on")[rows], owner[rows]))]
    mine = owner[order]
    first = np.ones(len(order), bool)
    first[1:] = mine[1:] != mine[:-1]
    end = np.full(n, -1, np.int64)
    end[mine] = np.arange(len(order))  # of equal positions the last is written last
    out = {}
    for name in (name for name in names if name in table.column_names):
        column = table[name].take(pa.array(order))
        given = pc.is_valid(column).to_numpy()
        last = np.maximum.accumulate(np.where(given | first, np.arange(len(order)), 0))
        pick = np.where(end >= 0, last[end] if len(order) else 0, 0)
        out[name] = column.take(pa.array(pick, mask=end < 0)) if len(order) else pa.chunked_array([pa.nulls(n)])
    return out


def as_flags(column: Any) -> npt.NDArray[np.float64]:
    """A column of yes and no, however written, as 1, 0 and NaN."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
        return np.where(np.isnan(numbers), np.nan, (numbers != 0).astype(np.float64))
    if not pa.types.is_string(kind):
        return np.full(len(column), np.nan)
    words = pc.utf8_lower(pc.utf8_trim_whitespace(column))
    yes, no = (pc.fill_null(pc.is_in(words, pa.array(known)), False).to_numpy() for known in (_YES, _NO))
    return np.where(yes, 1.0, np.where(no, 0.0, np.nan))
