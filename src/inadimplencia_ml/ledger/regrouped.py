"""The rows of a table written in the order of groups: read once from first to last, whatever order they are in.

To pick the rows of each group out of the table would wait for memory at every row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.sorting import in_place

__all__ = ["places", "regrouped", "written"]

I32 = npt.NDArray[np.int32]
_WORDS: dict[int, Any] = {32: np.int32, 64: np.int64}


def places(group: I32, start: I32) -> I32 | None:
    """Where each row goes, rows of one group in the order they had; None where all stay. Written over ``group``.

    ``start`` says where each group begins, one longer than the groups.
    """
    if in_place(group):
        return None
    _count_off(group, start.copy())
    return group


@entry
def _count_off(group: I32, free: I32) -> None:
    for i in range(len(group)):
        place = free[group[i]]
        free[group[i]] += 1
        group[i] = place


def regrouped(table: pa.Table, place: I32) -> pa.Table:
    """A table with each row at its place. Unless somebody else holds it, a column goes before the next one is made."""
    columns = dict(zip(table.column_names, table.columns, strict=True))
    names, schema = list(columns), table.schema
    del table
    order = None
    made: dict[str, pa.Array] = {}
    for name in names:
        column = in_one_piece(columns.pop(name))
        if _is_of_words(column.type):
            made[name] = _written(column, place)
            continue
        if order is None:
            order = np.empty_like(place)
            order[place] = np.arange(len(place), dtype=np.int32)
        made[name] = column.take(pa.array(order))
    return pa.table(made, schema=schema)


def _is_of_words(kind: pa.DataType) -> bool:
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind)
    return bool(plain and kind.bit_width in _WORDS)


def _written(column: pa.Array, place: I32) -> pa.Array:
    values = np.frombuffer(column.buffers()[1], _WORDS[column.type.bit_width])
    out, valid = written(values[column.offset : column.offset + len(column)], place), None
    if column.null_count:
        there = written(column.is_valid().to_numpy(zero_copy_only=False), place)
        valid = pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(column.type, len(column), [valid, pa.py_buffer(out)], column.null_count)


def written(values: npt.NDArray[Any], place: I32) -> npt.NDArray[Any]:
    """Values, each at its place."""
    out = np.empty_like(values)
    _write(values, place, out)
    return out


@entry
def _write(values: npt.NDArray[Any], place: I32, out: npt.NDArray[Any]) -> None:
    for i in range(len(values)):
        out[place[i]] = values[i]
