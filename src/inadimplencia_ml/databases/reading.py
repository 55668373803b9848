"""A ledger from the tables of a database, through the same door as any other: bad rows are counted, none is lost.

All tables are read as they were at one moment, in blocks, in an order that does not hang on how the database keeps
them: of two rows with one id it is always the same one that stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from inadimplencia_ml.databases.address import Address, opened
from inadimplencia_ml.databases.copied_rows import copied_out
from inadimplencia_ml.databases.duck_tables import duck_connection, quoted
from inadimplencia_ml.errors import CallError, DatabaseError, did_you_mean
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.mixed_values import as_array, as_column
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES, Kind, Table

if TYPE_CHECKING:
    import duckdb
    import sqlalchemy as sa

__all__ = ["read_database"]

_ROWS_AT_ONCE = 50_000


class _Source(Protocol):
    def columns(self, table: str) -> dict[str, Any] | None:
        """Types by name; None where there is no such table or view."""

    def rows(self, table: str, kinds: Mapping[str, Kind], order: Sequence[str]) -> dict[str, pa.ChunkedArray]:
        """Columns in a fixed order of rows."""


def read_database(
    url: Any,
    tables: Mapping[str, str] | None = None,
    *,
    schema: str | None = None,
    calendar: Any = "BR",
    timezone: str = "America/Sao_Paulo",
    currency: str = "BRL",
    known_until: dt.date | str | None = None,
) -> Ledger:
    """A ledger from tables or views of a database whose columns are named as in the data contract.

    Parameters
    ----------
    url : str or sqlalchemy.URL
        ``postgresql://USER@HOST/NAME``, ``sqlite:///FILE.db``, another that SQLAlchemy opens, or the name of a DuckDB
        file (``book.duckdb``).
    tables : mapping of str to str, optional
        Which table or view of the database holds which table of the ledger, such as ``{"invoices": "titulos",
        "attributes/bureau": "credit.bureau"}``; a schema may stand before the name. By default those that have the
        names of the ledger's tables.
    schema : str, optional
        Where the tables lie; by default where the connection looks.
    calendar, timezone, currency, known_until
        As `Ledger` takes them.

    Raises
    ------
    CallError
        A name of ``tables`` is no table of a ledger.
    DatabaseError
        The database cannot be reached, or a table is not there.
    LedgerError
        A required column is missing, or there are two currencies.
    MissingExtraError
        The extra ``sql`` is not installed; a DuckDB file needs none.

    Examples
    --------
    >>> import duckdb, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with duckdb.connect(f"{folder}/book.duckdb") as book:
    ...         _ = book.execute("CREATE TABLE titulos AS SELECT 'C1' AS client_id, 'T1' AS invoice_id, "
    ...             "DATE '2025-01-20' AS issue_date, DATE '2025-02-20' AS due_date, 10.00 AS amount")
    ...     read_database(f"{folder}/book.duckdb", {"invoices": "titulos"})
    <Ledger invoices 1; known until 2025-01-20>
    """
    address = Address.of(url)
    wanted = _checked(tables)
    if address.duck is not None:
        with duck_connection(address, read_only=True) as connection:
            connection.begin()
            admitted = _admitted(_DuckSource(connection, schema), wanted, address, timezone, currency)
    else:
        with opened(address) as connection:
            admitted = _admitted(_SqlSource(connection, schema), wanted, address, timezone, currency)
    return Ledger.from_admitted(
        admitted, calendar=calendar, timezone=timezone, currency=currency, known_until=known_until
    )


def _checked(tables: Mapping[str, str] | None) -> dict[str, str] | None:
    for name in tables or ():
        if name not in LEDGER_TABLES and not (name.startswith("attributes/") and len(name) > len("attributes/")):
            hint = did_you_mean(name, [*LEDGER_TABLES, "attributes/<name>"])
            raise CallError(f"{name!r} is no table of a ledger.{hint}")
    return None if tables is None else dict(tables)


def _admitted(
    source: _Source, wanted: dict[str, str] | None, address: Address, timezone: str, currency: str
) -> dict[str, Admitted]:
    admitted = {}
    for name, theirs in (wanted or {n: n for n in LEDGER_TABLES}).items():
        types = source.columns(theirs)
        if types is None:
            if wanted is None and name != "invoices":
                continue
            raise DatabaseError(f"{address.told}: there is no table or view {theirs!r}, or it may not be read")
        contract = LEDGER_TABLES.get(name, ATTRIBUTES)
        frame = _frame(source, contract, theirs, types)
        one = admit(contract, frame, timezone=timezone, currency=currency, name=name)
        admitted[name] = _from_where(one, theirs)
    return admitted


def _frame(source: _Source, contract: Table, theirs: str, types: Mapping[str, Any]) -> pa.Table:
    """The columns of the contract; of one that it does not know only the name, which the door then counts."""
    known = [c for c in types if contract.open_columns or c in contract.by_name]
    first = [contract.key] if contract.key else []
    order = [c for c in dict.fromkeys([*first, *contract.by_name, *sorted(known)]) if c in known]
    kinds = {c: contract.kind_of(c) for c in known}
    columns: dict[str, Any] = dict(source.rows(theirs, kinds, order)) if known else {}
    rows = len(next(iter(columns.values()))) if columns else 0
    columns |= {c: pa.nulls(rows) for c in types if c not in known}
    return pa.table(columns)


def _from_where(one: Admitted, theirs: str) -> Admitted:
    """Problems with the table of the database where those of a file have the file."""
    at = one.problems.schema.get_field_index("file")
    told = pa.array([theirs] * one.problems.num_rows, pa.string())
    return Admitted(one.table, one.problems.set_column(at, "file", told), one.counts, one.notes)


class _SqlSource:
    """Tables over a connection of SQLAlchemy, all of one moment."""

    def __init__(self, connection: sa.Connection, schema: str | None) -> None:
        self.connection, self.schema = connection, schema
        self.dialect = connection.dialect.name
        if self.dialect == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'; SET LOCAL client_encoding = 'UTF8'")

    def columns(self, table: str) -> dict[str, Any] | None:
        import sqlalchemy as sa

        schema, name = self._place(table)
        inspector = sa.inspect(self.connection)
        if not inspector.has_table(name, schema=schema):
            return None
        return {c["name"]: c["type"] for c in inspector.get_columns(name, schema=schema)}

    def rows(self, table: str, kinds: Mapping[str, Kind], order: Sequence[str]) -> dict[str, pa.ChunkedArray]:
        import sqlalchemy as sa

        schema, name = self._place(table)
        types = self.columns(table) or {}
        held: list[Any] = [sa.column(sa.sql.quoted_name(c, True)) for c in kinds]
        source = sa.table(sa.sql.quoted_name(name, True), *held, schema=schema)
        read = {c: self._as_read(source.c[c], kinds[c], types[c]) for c in kinds}
        asked = sa.select(*(read[c].label(f"c{i}") for i, c in enumerate(kinds)))
        asked = asked.order_by(*(self._ordered(read[c], types[c]) for c in order))
        if self.dialect == "postgresql":
            found = copied_out(self.connection, asked, {c: _type_of(read[c].type, types[c]) for c in kinds})
            return {c: as_column(found[c].chunks, kinds[c]) for c in kinds}
        how: Any = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
        result = self.connection.execute(asked, execution_options=how)
        pieces: dict[str, list[pa.Array]] = {c: [] for c in kinds}
        for rows in result.partitions():
            for c, values in zip(kinds, zip(*rows, strict=True), strict=True):
                pieces[c].append(as_array(values))
        return {c: as_column(pieces[c], kinds[c]) for c in kinds}

    def _place(self, table: str) -> tuple[str | None, str]:
        schema, _, name = table.rpartition(".")
        return schema or self.schema, name

    def _as_read(self, column: Any, kind: Kind, type_: Any) -> Any:
        """What is asked for: a date as text, since a database knows days that Python does not; the rest plainly."""
        import sqlalchemy as sa

        if self.dialect == "sqlite":
            return column  # of no type at all: each value is what it is
        if isinstance(type_, (sa.Numeric, sa.Float)) and kind != "id":
            return sa.cast(column, sa.Double())
        if isinstance(type_, (sa.Integer, sa.Boolean)):
            return column
        return sa.cast(column, sa.Text())

    def _ordered(self, column: Any, type_: Any) -> Any:
        import sqlalchemy as sa

        plain = isinstance(type_, (sa.Numeric, sa.Float, sa.Integer, sa.Boolean))
        return column if plain or self.dialect != "postgresql" else sa.collate(column, "C")


def _type_of(asked: Any, there: Any) -> pa.DataType:
    """How a column comes: cast to numbers or text, or as the database holds it."""
    import sqlalchemy as sa

    if isinstance(asked, sa.Text):
        return pa.string()
    if isinstance(there, sa.Boolean):
        return pa.bool_()
    return pa.int64() if isinstance(there, sa.Integer) else pa.float64()


class _DuckSource:
    """Tables of a DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str | None) -> None:
        self.connection, self.schema = connection, schema

    def columns(self, table: str) -> dict[str, Any] | None:
        import duckdb

        try:
            return {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE {self._place(table)}").fetchall()}
        except duckdb.CatalogException:
            return None

    def rows(self, table: str, kinds: Mapping[str, Kind], order: Sequence[str]) -> dict[str, pa.ChunkedArray]:
        listed = ", ".join(quoted(c) for c in kinds)
        by = ", ".join(quoted(c) for c in order)
        asked = f"SELECT {listed} FROM {self._place(table)} ORDER BY {by}"
        found: Any = self.connection.sql(asked).to_arrow_table()
        return {c: found[c] for c in found.column_names}

    def _place(self, table: str) -> str:
        schema, _, name = table.rpartition(".")
        return quoted(schema or self.schema, name)
