"""Parquet files of whatever origin: what is wrong with them is one error, and none unpacks to more than it may be.

A file of some kilobytes can claim billions of rows, or say one long text a million times. What it tells of itself is
looked at before it is read, and its texts before they are written out.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.errors import InadimplenciaError, LedgerError

__all__ = [
    "checked_days",
    "checked_texts",
    "frame_of",
    "look_at",
    "look_at_texts",
    "parquet_errors",
    "parquet_names",
    "read_columns",
    "repeated_texts",
]

_FEW_ROWS, _ROWS_A_BYTE = 1_000_000, 100
"""So many rows may lie in a file of any size; of more, a hundred a byte. Ids alone take more room than that."""
_FEW_BYTES, _TIMES = 1 << 30, 500
"""So much may a file unpack to at any rate; above it, this many times what it is on disk."""
_LONGEST_TEXT = 1 << 20
_UNTOLD = re.compile(r"^ +(?:group|boolean|int\d+|float|double|binary|fixed_len_byte_array\S*) field_id=", re.MULTILINE)
"""A column of a schema, as pyarrow writes it, that says neither required nor optional nor repeated."""
_DAYS = (-719_162, 2_932_896)
"""The first and the last day that a date can be, in days since 1970."""


@contextlib.contextmanager
def parquet_errors(where: str, error: type[InadimplenciaError] = LedgerError, *, system: bool = True) -> Iterator[None]:
    """What pyarrow says of a file that it cannot read, as one error of ours; ``where`` begins its message.

    Without ``system`` what the system itself refuses, such as a full disk, stays as it is.
    """
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as cause:
        if isinstance(cause, OSError) and cause.errno is not None and not system:
            raise
        lines = str(cause).splitlines() or [type(cause).__name__]
        raise error(f"{where}: {lines[0][:200]}") from cause


def parquet_names(path: Path) -> tuple[str, ...]:
    """The columns of a file; pyarrow's errors as they are."""
    return tuple(pq.read_schema(path).names)


def look_at(file: pq.ParquetFile, size: int) -> None:
    """Refuses a file that does not hold what it tells, or tells of more than fits into its ``size`` in bytes.

    Raises
    ------
    pyarrow.ArrowInvalid
        Says what does not fit.
    """
    told = file.metadata
    if _UNTOLD.search(str(file.schema)):  # to ask such a file for the sizes of its columns ends the process
        raise pa.ArrowInvalid("it does not say of each column whether values may be missing")
    groups = [told.row_group(k) for k in range(told.num_row_groups)]
    rows = sum(group.num_rows for group in groups)
    if rows != told.num_rows or any(group.num_rows < 0 for group in groups):
        raise pa.ArrowInvalid(f"it tells of {told.num_rows:,} rows, and its parts of {rows:,}")
    if rows > max(_FEW_ROWS, _ROWS_A_BYTE * size):
        raise pa.ArrowInvalid(f"{rows:,} rows cannot lie in {size:,} bytes")
    unpacked = sum(group.column(j).total_uncompressed_size for group in groups for j in range(group.num_columns))
    if unpacked > max(_FEW_BYTES, _TIMES * size):
        raise pa.ArrowInvalid(f"it unpacks to {unpacked / 2**30:,.1f} GB, far more than its {size:,} bytes")


def repeated_texts(file: pq.ParquetFile) -> list[str]:
    """The columns of texts that are written once and then told by their number."""
    told, found = file.metadata, []
    for j in range(told.num_columns):
        column = told.schema.column(j)
        if column.physical_type != "BYTE_ARRAY" or "." in column.path:
            continue
        if any(
            "DICTIONARY" in kind for k in range(told.num_row_groups) for kind in told.row_group(k).column(j).encodings
        ):
            found.append(str(column.path))
    return found


def read_columns(path: Path, wanted: Sequence[str] | None = None) -> pa.Table:
    """Some columns of a file, or all; pyarrow's errors as they are.

    Raises
    ------
    pyarrow.ArrowException
        It is not readable, or unpacks to more than it may.
    """
    with pq.ParquetFile(path) as file:
        look_at(file, path.stat().st_size)
        look_at_texts(path, [name for name in repeated_texts(file) if wanted is None or name in wanted])
        return checked_texts(file.read(columns=None if wanted is None else list(wanted)))


def look_at_texts(path: Path, names: Sequence[str]) -> None:
    """Refuses a file whose texts, written out where they are told by their number, are more than they may be.

    Raises
    ------
    pyarrow.ArrowInvalid
        Names the column.
    """
    if not names:
        return
    size = path.stat().st_size
    with pq.ParquetFile(path, read_dictionary=list(names)) as file:
        table = file.read(columns=list(names))
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            _not_too_long(name, column, size)


def checked_texts(table: pa.Table) -> pa.Table:
    """The table, if its texts are whole: Parquet does not say whether they are UTF-8."""
    for column in table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column.validate(full=True)
    return table


def frame_of(table: pa.Table, where: str, error: type[InadimplenciaError] = LedgerError) -> Any:
    """A table that was read, as pandas; what its writer said of a frame of its own is left out.

    Raises
    ------
    InadimplenciaError
        A column comes twice, or holds days that no calendar has.
    """
    checked_days(table, where, error)
    try:
        return table.replace_schema_metadata(None).to_pandas(date_as_object=False, ignore_metadata=True)
    except (pa.ArrowException, ValueError) as cause:  # a zone that nobody knows, a kind that pandas has not
        raise error(f"{where}: cannot be read as a table ({str(cause).splitlines()[0][:200]})") from cause


def checked_days(table: pa.Table, where: str, error: type[InadimplenciaError] = LedgerError) -> pa.Table:
    """The table, if each column comes once and its days can be written; else the error, as `frame_of` raises it."""
    seen: set[str] = set()
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in seen:
            raise error(f"{where}: the column {name[:60]!r} comes twice")
        seen.add(name)
        if pa.types.is_date(column.type):
            ends = pc.min_max(column.cast(pa.date32()).cast(pa.int32())).as_py()
            if ends["min"] is not None and (ends["min"] < _DAYS[0] or ends["max"] > _DAYS[1]):
                raise error(f"{where}: the column {name[:60]!r} holds days before the year 1 or after the year 9999")
    return table


def _not_too_long(name: str, column: pa.ChunkedArray, size: int) -> None:
    total = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary)
        if (pc.max(lengths).as_py() or 0) > _LONGEST_TEXT:
            raise pa.ArrowInvalid(f"the column {name[:60]!r} holds a text of more than {_LONGEST_TEXT:,} bytes")
        total += pc.sum(lengths.take(chunk.indices).cast(pa.int64())).as_py() or 0
    if total > max(_FEW_BYTES, _TIMES * size):
        raise pa.ArrowInvalid(f"the column {name[:60]!r} unpacks to {total / 2**30:,.1f} GB of text")
