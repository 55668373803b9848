"""Blocks of Python values, as a driver or a parser gives them, as one Arrow column; mixed kinds become text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.frames import text_of
from inadimplencia_ml.tables import Kind

__all__ = ["as_array", "as_column", "said_as"]

Said = Callable[[Any], str]


def as_array(values: Sequence[Any], said: Said = text_of) -> pa.Array:
    """One block of values, None for missing; of several kinds, or nested, as text."""
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return _texts(values, said)
    return _texts(values, said) if pa.types.is_nested(array.type) else array


def as_column(blocks: Sequence[pa.Array], kind: Kind = "any", said: Said = text_of) -> pa.ChunkedArray:
    """The blocks as a column of one type; what the type then means is for the door to say.

    Parameters
    ----------
    blocks
        As `as_array` makes them.
    kind
        What the column is to hold: whole numbers among others stay whole in an id.
    said
        A value as text, for columns that hold several kinds.
    """
    kinds = {block.type for block in blocks if not pa.types.is_null(block.type)}
    if not kinds:
        return pa.chunked_array([pa.nulls(sum(len(block) for block in blocks))])
    if len(kinds) == 1:
        one = kinds.pop()
    elif kinds == {pa.int64(), pa.float64()} and kind != "id":
        one = pa.float64()
    else:
        one = pa.string()
    return pa.chunked_array([_as(block, one, said) for block in blocks], one)


def said_as(decimal: str) -> Said:
    """How a value is written among texts: dates as ISO, numbers with the file's decimal sign, lists with commas."""

    def said(value: Any) -> str:
        if isinstance(value, float):
            return text_of(value).replace(".", decimal)
        if isinstance(value, (dt.date, dt.time)):
            midnight = isinstance(value, dt.datetime) and value.time() == dt.time(0)
            return (value.date() if isinstance(value, dt.datetime) and midnight else value).isoformat()
        if isinstance(value, list) and all(isinstance(one, (str, int)) for one in value):
            return ",".join(str(one) for one in value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else text_of(value)

    return said


def _texts(values: Sequence[Any], said: Said) -> pa.Array:
    return pa.array([None if value is None else said(value) for value in values], pa.string())


def _as(block: pa.Array, kind: pa.DataType, said: Said) -> pa.Array:
    if pa.types.is_string(kind) and not pa.types.is_string(block.type) and not pa.types.is_null(block.type):
        return _texts(block.to_pylist(), said)
    return pc.cast(block, kind, safe=False)
