"""Tables in a DuckDB file: the same tables, keys and transactions as in a database with a server.

The file is opened without access to other files: a view that came with it can read nothing else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from inadimplencia_ml.databases.address import Address
from inadimplencia_ml.databases.definitions import PARENT, Definition
from inadimplencia_ml.errors import DatabaseError, did_you_mean

__all__ = ["DuckTables", "duck_connection", "duck_tables", "quoted"]

_ALONE = {"enable_external_access": "false"}


def quoted(*names: str | None) -> str:
    """A name, or schema and name, as a statement may hold it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names if name)


@contextlib.contextmanager
def duck_connection(address: Address, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection, closed at the end.

    Raises
    ------
    DatabaseError
        There is no such file, it is none of DuckDB, or another process holds it.
    """
    if address.duck is None or (read_only and not address.duck.exists()):
        raise DatabaseError(f"{address.told}: there is no such file")
    connection = None
    try:
        connection = duckdb.connect(str(address.duck), read_only=read_only, config=dict(_ALONE))
        yield connection
    except duckdb.Error as error:
        kind = type(error).__name__
        about_a_value = isinstance(error, (duckdb.ConversionException, duckdb.ConstraintException))
        said = "refused a value" if about_a_value else str(error).splitlines()[0]
        raise DatabaseError(f"{address.told}: {said} ({kind})") from None
    finally:
        if connection is not None:
            connection.close()


@contextlib.contextmanager
def duck_tables(address: Address, schema: str | None) -> Iterator[DuckTables]:
    """The tables of a file, while it is open for writing."""
    with duck_connection(address, read_only=False) as connection:
        yield DuckTables(connection, address, schema)


class DuckTables:
    """The tables of one schema of a DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, address: Address, schema: str | None) -> None:
        self.connection, self.address, self.schema = connection, address, schema

    def write(self, part: Mapping[Definition, pa.Table]) -> None:
        """Writes one part in one transaction: all of it, or nothing."""
        self.connection.begin()
        try:
            for definition, rows in part.items():
                self.connection.register(f"part_{definition.name}", rows)
                self._made_or_fitting(definition, rows.column_names)
                self._replace(definition, rows.column_names)
            self.connection.commit()
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # it may have ended the transaction by itself
                self.connection.rollback()
            raise

    def _made_or_fitting(self, definition: Definition, names: list[str]) -> None:
        target, part = quoted(self.schema, definition.name), quoted(f"part_{definition.name}")
        self.connection.execute(f"CREATE TABLE IF NOT EXISTS {target} AS SELECT * FROM {part} LIMIT 0")
        there, came = self._types(target), self._types(part)
        where = f"{self.address.told}: the table {definition.name}"
        for name in names:
            if name not in there:
                hint = did_you_mean(name, there, limit=1)
                hint = hint if hint.startswith(" Did") else ""
                add = f"ALTER TABLE {definition.name} ADD COLUMN {name} {came[name]}"
                raise DatabaseError(f"{where} has no column {name!r}.{hint} Add it: {add}")
            if there[name] != came[name] and (there[name], came[name]) != ("VARCHAR", "BIGINT"):  # ids kept as text
                raise DatabaseError(f"{where}: the column {name!r} is of type {there[name]}; expected {came[name]}")

    def _types(self, table: str) -> dict[str, Any]:
        return {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE {table}").fetchall()}

    def _replace(self, definition: Definition, names: list[str]) -> None:
        """Rows of the same key go, with what belongs to the same decision; the new ones come."""
        target, part = quoted(self.schema, definition.name), quoted(f"part_{definition.name}")
        listed = ", ".join(quoted(name) for name in names)
        gone = [(part, definition.key)] + ([(quoted("part_decisions"), PARENT)] if definition.belongs else [])
        for source, key in gone:
            same = " AND ".join(f"t.{quoted(name)} = p.{quoted(name)}" for name in key)
            self.connection.execute(f"DELETE FROM {target} t USING {source} p WHERE {same}")
        self.connection.execute(f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {part}")
