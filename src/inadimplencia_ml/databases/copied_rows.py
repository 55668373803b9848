"""Rows out of PostgreSQL as a stream of CSV, parsed by Arrow block by block: several times as fast as row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

__all__ = ["copied_out"]

_BLOCK = 8 << 20


def copied_out(connection: Any, asked: Any, types: Mapping[str, pa.DataType]) -> dict[str, pa.ChunkedArray]:
    """The columns of a query, in its order.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    asked : sqlalchemy.Select
        Holds no values, only names: it is sent as text.
    types : mapping of str to pyarrow.DataType
        How each column is read; text where the query casts it to text.
    """
    from sqlalchemy.dialects import postgresql

    dialect: Any = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]  # leaves % in names alone
    statement = f"COPY ({asked.compile(dialect=dialect)}) TO STDOUT (FORMAT csv)"
    cursor = connection.connection.cursor()
    with cursor.copy(statement) as copy:
        stream = _Stream(copy)
        if not stream.more():
            found = pa.table({name: pa.array([], kind) for name, kind in types.items()})
        else:
            found = pacsv.open_csv(pa.PythonFile(stream, "r"), *_how(types)).read_all()
    cursor.close()
    return {name: found[name] for name in types}


def _how(types: Mapping[str, pa.DataType]) -> tuple[Any, Any, Any]:
    """As PostgreSQL writes CSV: null is nothing, the empty text stands in quotes."""
    read = pacsv.ReadOptions(column_names=list(types), block_size=_BLOCK)
    parse = pacsv.ParseOptions(newlines_in_values=True)
    convert = pacsv.ConvertOptions(
        column_types=dict(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    return read, parse, convert


class _Stream:
    """What a copy gives, row by row, as a file that is read in large pieces."""

    closed = False

    def __init__(self, copy: Any) -> None:
        self._copy, self._left = copy, b""

    def more(self) -> bool:
        """Whether anything comes."""
        if not self._left:
            self._left = bytes(self._copy.read())
        return bool(self._left)

    def read(self, size: int) -> bytes:
        """The next ``size`` bytes; fewer at the end."""
        pieces, total = [self._left], len(self._left)
        while total < size and (row := self._copy.read()):
            pieces.append(bytes(row))
            total += len(row)
        whole = b"".join(pieces)
        self._left = whole[size:]
        return whole[:size]

    def close(self) -> None:
        """Nothing: the copy is closed by whoever opened it."""
