"""A table as it is given (pandas, Polars, Arrow) as Arrow columns, values untouched; missing is null."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import LedgerError

__all__ = ["columns_of", "in_one_piece", "text_of"]


def columns_of(frame: object, table: str) -> dict[str, pa.ChunkedArray]:
    """The columns of a frame by name, as Arrow; NaN is null.

    Parameters
    ----------
    frame
        A pandas, Polars (eager or lazy) or Arrow table, or anything else that narwhals reads.
    table
        Name of the ledger's table, for the messages.

    Raises
    ------
    LedgerError
        If it is no table, or a column name comes twice.
    """
    arrow = _arrow(frame, table)
    names = [str(name) for name in arrow.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LedgerError(f"{table}: column {twice[0]!r} comes twice. Each column may come once.")
    return {name: _plain(column) for name, column in zip(names, arrow.columns, strict=True)}


def in_one_piece(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array, copied only if it must be put together; ``combine_chunks`` copies a single piece too."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()


def _arrow(frame: object, table: str) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, pa.RecordBatch):
        return pa.Table.from_batches([frame])
    if isinstance(frame, pd.DataFrame):
        columns = [_from_pandas(frame.iloc[:, i]) for i in range(frame.shape[1])]
        return pa.Table.from_arrays(columns, names=[str(name) for name in frame.columns])
    try:
        native = nw.from_native(frame)  # type: ignore[call-overload]  # of any kind
    except TypeError:
        kind = type(frame).__name__
        raise LedgerError(f"{table} came as {kind}. Expected a pandas, Polars or Arrow table.") from None
    if isinstance(native, nw.LazyFrame):
        native = native.collect()
    return native.to_arrow()


def _from_pandas(series: Any) -> pa.Array:
    """One pandas column; a column of mixed kinds becomes text, whole numbers without a decimal point."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):  # pyarrow asks for its values in a way that pandas 3.1 warns of
        utc = series.dt.tz_convert(None).to_numpy()
        return pa.array(utc, pa.timestamp(series.dtype.unit, series.dtype.tz), from_pandas=True)
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        gone = series.isna().to_numpy()
        texts = [None if missing else text_of(value) for value, missing in zip(series, gone, strict=True)]
        return pa.array(texts, pa.string())


def text_of(value: object) -> str:
    """A value as text, whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without encodings: dictionaries decoded, one kind of text, NaN as null, columns of only null typed null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column = column.cast(pa.string())
    elif pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        if np.isnan(pc.sum(column, skip_nulls=True).as_py() or 0.0):  # a sum tells of NaN (or of inf - inf) at once
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, pa.float64()), column)
    if column.null_count == len(column):
        column = pa.chunked_array([pa.nulls(len(column))])
    return column
