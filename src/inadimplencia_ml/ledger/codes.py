"""Columns as plain arrays: dates as days, money as cents, ids and texts as numbers. A null has a number of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.compiled import Int, entry
from inadimplencia_ml.ledger.frames import in_one_piece

__all__ = [
    "MISSING",
    "NONE",
    "all_different",
    "as_frame",
    "cent_codes",
    "date_codes",
    "encode",
    "flag_codes",
    "keep_older",
    "lookup",
    "mark",
    "repeated",
    "sorted_unique",
    "starts",
    "state_codes",
    "text_codes",
]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NONE = np.int32(-(2**31))
"""A null date."""
MISSING = np.int64(-1)
"""A missing amount; amounts are never negative."""
_SMALL = 1_000_000  # a lookup table of this size costs nothing


def sorted_unique(columns: list[pa.ChunkedArray]) -> pa.Array:
    """All ids of several columns, sorted (text by bytes), each once."""
    chunks = [chunk for column in columns for chunk in column.chunks]
    together = pa.chunked_array(chunks, columns[0].type)
    if pa.types.is_integer(together.type) and not together.null_count:
        return pa.array(_sorted_unique_integers(_numpy(together)), together.type)
    values = pc.unique(together)
    values = in_one_piece(values)
    return values.take(pc.sort_indices(values))


def _sorted_unique_integers(values: I64) -> I64:
    """As np.unique; integers that lie close together are marked instead of sorted."""
    if not _is_dense(values):
        return np.unique(values)
    low = int(values.min())
    present = np.zeros(int(values.max()) - low + 1, bool)
    mark(values, low, present)
    return np.asarray(np.flatnonzero(present) + low, np.int64)


@entry
def mark(values: I64, low: Int, present: Flags) -> None:
    """Marks in ``present`` each value by its distance from ``low``."""
    for i in range(len(values)):
        present[values[i] - low] = True


@entry
def _look_up(values: I64, low: Int, table: I32, out: I32) -> None:
    """The entry of ``table`` for each value by its distance from ``low``, -1 for values outside of it."""
    for i in range(len(values)):
        place = values[i] - low
        out[i] = table[place] if 0 <= place < len(table) else -1


def repeated(ids: pa.Array) -> npt.NDArray[np.int64]:
    """The rows whose id comes more than once; null is no id."""
    if pa.types.is_integer(ids.type) and not ids.null_count and _is_dense(values := _numpy(ids)):
        low = int(values.min())
        times = np.zeros(int(values.max()) - low + 1, np.uint8)
        several = np.zeros(len(values), bool)
        _mark_repeated(values, low, times, several)
        return np.flatnonzero(several)
    code = _numpy(pc.fill_null(ids.dictionary_encode().indices, -1))
    count = np.bincount(code + 1)
    count[0] = 0
    return np.flatnonzero((count > 1)[code + 1])


@entry
def _mark_repeated(values: I64, low: Int, times: npt.NDArray[np.uint8], several: Flags) -> None:
    """Counts to two in ``times`` how often each value comes, and marks those that come again or came before."""
    for i in range(len(values)):
        times[values[i] - low] = min(times[values[i] - low] + 1, 2)
    for i in range(len(values)):
        several[i] = times[values[i] - low] > 1


def all_different(ids: pa.Array) -> bool:
    """Whether no id comes twice; cheap where ids are sorted or are integers close together."""
    if len(ids) < 2:
        return True
    if not ids.null_count and pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return True
    if pa.types.is_integer(ids.type):
        values = ids.drop_null().to_numpy(zero_copy_only=False)
        low = int(values.min()) if len(values) else 0
        if len(values) and int(values.max()) - low < 20 * len(values):
            there = np.zeros(int(values.max()) - low + 1, bool)
            mark(values, low, there)
            return int(np.count_nonzero(there)) == len(values)
    present = ids.drop_null() if ids.null_count else ids
    return bool(len(pc.unique(present)) == len(present))


def _is_dense(values: I64) -> bool:
    return len(values) > 0 and int(values.max()) - int(values.min()) < 4 * len(values) + _SMALL


def lookup(ids: Any, values: pa.Array) -> I32:
    """Position of each id in ``values``, -1 where it is not among them (null is never); of two, any."""
    wanted = _typed(ids, values.type)
    if pa.types.is_integer(values.type) and not wanted.null_count and _is_dense(known := values.to_numpy()):
        low, high = known.min(), known.max()
        table = np.full(int(high - low) + 1, -1, np.int32)
        table[known - low] = np.arange(len(known), dtype=np.int32)
        out = np.empty(len(wanted), np.int32)
        _look_up(_numpy(wanted), int(low), table, out)
        return out
    found = pc.index_in(wanted, value_set=values, skip_nulls=True)
    return np.asarray(_numpy(_filled(found, -1)), np.int32)


def encode(column: pa.ChunkedArray) -> tuple[I32, pa.Array]:
    """Numbers in the order of the sorted ids, and the sorted ids."""
    if pa.types.is_integer(column.type) and not column.null_count and not _is_dense(_numpy(column)):
        return _encode_integers(_numpy(column), column.type)
    values = sorted_unique([column])
    return lookup(column, values), values


def _encode_integers(ids: I64, kind: pa.DataType) -> tuple[I32, pa.Array]:
    order = np.argsort(ids)
    rising = ids[order]
    step = np.ones(len(ids), bool)
    step[1:] = rising[1:] != rising[:-1]
    code = np.empty(len(ids), np.int32)
    code[order] = np.cumsum(step, dtype=np.int32) - 1
    return code, pa.array(rising[step], kind)


def date_codes(table: pa.Table, name: str) -> I32:
    """A date column as days since 1970; NONE where null or where there is no such column."""
    if name not in table.column_names:
        return np.full(table.num_rows, NONE, np.int32)
    column = table[name]
    if not pa.types.is_date32(column.type):
        column = column.cast(pa.date32(), safe=False)  # a time of day is cut
    days = in_one_piece(column).view(pa.int32())  # a cast would copy them
    return np.asarray(_numpy(_filled(days, int(NONE))), np.int32)


def cent_codes(table: pa.Table, name: str) -> I64:
    """An amount column in cents; MISSING where null or where there is no such column."""
    if name not in table.column_names:
        return np.full(table.num_rows, MISSING, np.int64)
    values = _numpy(_filled(table[name], float("nan")))
    with np.errstate(invalid="ignore"):
        cents = np.rint(values * 100)
    cents[np.isnan(cents)] = MISSING
    return np.asarray(cents, np.int64)


def state_codes(table: pa.Table, name: str) -> npt.NDArray[np.int8]:
    """Positions in UFS; -1 where null, unknown, or where there is no such column."""
    codes = text_codes(table, name, UFS)
    return np.maximum(codes, -1).astype(np.int8)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """A table for pandas: dates as datetime64, integer ids exact even where one is missing."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, ignore_metadata=True)
    for name in ("client_id", "invoice_id", "payment_id"):
        if name in table.column_names and pa.types.is_integer(table[name].type) and table[name].null_count:
            frame[name] = table[name].to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


def keep_older(values: Any, null: Any, first: Flags) -> Any:
    """Each null replaced by the latest earlier value of the same group; ``first`` marks where groups begin."""
    at = np.arange(len(values))
    last = np.maximum.accumulate(np.where((values != null) | first, at, 0))
    return values[last]


def starts(count: npt.NDArray[np.int64]) -> I32:
    """Where each group begins, one longer than the groups."""
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(count, dtype=np.int32)])


def _filled(column: Any, value: float) -> Any:
    """A column without nulls; one that has none is not copied."""
    return pc.fill_null(column, value) if column.null_count else column


def _numpy(column: Any) -> Any:
    return in_one_piece(column).to_numpy(zero_copy_only=False)


def _typed(ids: Any, kind: pa.DataType) -> Any:
    """Ids as an arrow array of the given type; what cannot be of it becomes null."""
    array = ids if isinstance(ids, (pa.Array, pa.ChunkedArray)) else pa.array(ids, from_pandas=True)
    if array.type == kind:
        return array
    if pa.types.is_integer(kind) and pa.types.is_string(array.type):
        plain = pc.match_substring_regex(array, r"^-?\d{1,18}$")
        array = pc.if_else(plain, array, pa.scalar(None, pa.string()))
    return array.cast(kind)


def text_codes(table: pa.Table, name: str, values: tuple[str, ...]) -> npt.NDArray[np.int8]:
    """Positions in ``values``; -1 where null or no such column, -2 where it is something else."""
    if name not in table.column_names:
        return np.full(table.num_rows, -1, np.int8)
    found = pc.index_in(table[name], value_set=pa.array(values, pa.string()), skip_nulls=True)
    codes = np.asarray(_numpy(_filled(found, -2)), np.int8).copy()
    if table[name].null_count:
        codes[_numpy(pc.is_null(table[name]))] = -1
    return codes


def flag_codes(table: pa.Table, name: str) -> npt.NDArray[np.int8]:
    """A true or false column as 1, 0; -1 where null or where there is no such column."""
    if name not in table.column_names:
        return np.full(table.num_rows, -1, np.int8)
    return np.asarray(_numpy(pc.fill_null(table[name].cast(pa.int8()), -1)), np.int8)
