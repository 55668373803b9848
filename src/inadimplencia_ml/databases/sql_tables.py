"""Tables in PostgreSQL or SQLite: made where missing, looked at where there, and one part written in one transaction.

Into PostgreSQL rows are copied as CSV, made by Arrow column by column, into a table that ends with the transaction;
from there one statement puts them where they belong. Names are quoted, values are never part of a statement.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from inadimplencia_ml.databases.address import Address, opened, plain_errors
from inadimplencia_ml.databases.definitions import DEFINITIONS, PARENT, Definition, rows_of
from inadimplencia_ml.databases.duck_tables import quoted
from inadimplencia_ml.errors import CallError, DatabaseError, did_you_mean

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["SqlTables", "sql_tables", "statements"]

Part = Mapping[Definition, pa.Table]
_KNOWN = ("postgresql", "sqlite")
_ROWS_AT_ONCE = 50_000
_STAGE = "inadimplencia_part_"


@contextmanager
def sql_tables(address: Address, schema: str | None) -> Iterator[SqlTables]:
    """The tables of a database, while a connection is open.

    Raises
    ------
    CallError
        Rows cannot be written into this kind of database.
    DatabaseError
        It cannot be reached.
    """
    dialect = address.url.get_backend_name()
    if dialect not in _KNOWN:
        raise CallError(f"{address.told}: scores are written into {', '.join(_KNOWN)} and DuckDB files, not {dialect}")
    with opened(address) as connection:
        yield SqlTables(connection, address, schema)


class SqlTables:
    """The tables of one schema, over one connection."""

    def __init__(self, connection: sa.Connection, address: Address, schema: str | None) -> None:
        self.connection, self.address, self.schema = connection, address, schema
        self.dialect = connection.dialect
        self._seen: dict[str, tuple[str, ...]] = {}

    def write(self, part: Part) -> None:
        """Writes one part in one transaction: all of it, or nothing."""
        for definition, rows in part.items():
            if self._seen.get(definition.name) != tuple(rows.column_names):
                self._made_or_fitting(definition, rows.schema)
                self._seen[definition.name] = tuple(rows.column_names)
        with plain_errors(self.address), self.connection.begin():
            for definition, rows in part.items():
                if self.dialect.name == "postgresql":
                    self._copy(definition, rows)
                else:
                    self._insert(definition, rows, part)

    def _made_or_fitting(self, definition: Definition, schema: pa.Schema) -> None:
        import sqlalchemy as sa

        inspector = sa.inspect(self.connection)
        if not inspector.has_table(definition.name, schema=self.schema):
            _table(definition, schema, self.schema).create(self.connection)
        else:
            there = {c["name"]: c["type"] for c in inspector.get_columns(definition.name, schema=self.schema)}
            self._check_columns(definition, schema, there)
            self._check_key(definition, inspector)
        self.connection.commit()

    def _check_columns(self, definition: Definition, schema: pa.Schema, there: Mapping[str, Any]) -> None:
        where = f"{self.address.told}: the table {definition.name}"
        for field in schema:
            wanted = _sql_type(field.type)
            told = wanted.compile(dialect=self.dialect)
            if field.name not in there:
                hint = did_you_mean(field.name, there, limit=1)
                hint = hint if hint.startswith(" Did") else ""
                add = f"ALTER TABLE {definition.name} ADD COLUMN {field.name} {told}"
                raise DatabaseError(f"{where} has no column {field.name!r}.{hint} Add it: {add}")
            as_text = field.name in definition.key and pa.types.is_integer(field.type)  # 17 may be kept as '17'
            kinds = (field.type, pa.string()) if as_text else (field.type,)
            if not any(_takes(there[field.name], kind) for kind in kinds):
                came = there[field.name].compile(dialect=self.dialect)
                raise DatabaseError(f"{where}: the column {field.name!r} is of type {came}; expected {told}")

    def _check_key(self, definition: Definition, inspector: Any) -> None:
        name, place = definition.name, {"schema": self.schema}
        unique = [inspector.get_pk_constraint(name, **place)["constrained_columns"]]
        unique += [c["column_names"] for c in inspector.get_unique_constraints(name, **place)]
        unique += [i["column_names"] for i in inspector.get_indexes(name, **place) if i["unique"]]
        if not any(set(columns) == set(definition.key) for columns in unique):
            key = ", ".join(definition.key)
            raise DatabaseError(
                f"{self.address.told}: the table {name} has no unique key ({key}), so rows could come twice. "
                f"Add it: ALTER TABLE {name} ADD UNIQUE ({key})"
            )

    def _copy(self, definition: Definition, rows: pa.Table) -> None:
        stage, target = quoted(_STAGE + definition.name), quoted(self.schema, definition.name)
        listed, key = (", ".join(quoted(name) for name in names) for names in (rows.column_names, definition.key))
        changed = [quoted(name) for name in rows.column_names if name not in definition.key]
        cursor: Any = self.connection.connection.cursor()
        cursor.execute(f"CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {listed} FROM {target} WITH NO DATA")
        with cursor.copy(f"COPY {stage} ({listed}) FROM STDIN (FORMAT csv)") as copy:
            for text in _csv(rows):
                copy.write(text)
        if definition.belongs:
            same = " AND ".join(f"t.{quoted(name)} = d.{quoted(name)}" for name in PARENT)
            cursor.execute(f"DELETE FROM {target} t USING {quoted(_STAGE + 'decisions')} d WHERE {same}")
        update = ", ".join(f"{name} = EXCLUDED.{name}" for name in changed)
        cursor.execute(
            f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {stage} ORDER BY {key} "
            f"ON CONFLICT ({key}) DO UPDATE SET {update}"
        )
        cursor.close()

    def _insert(self, definition: Definition, rows: pa.Table, part: Part) -> None:
        import sqlalchemy as sa
        from sqlalchemy.dialects import sqlite

        table = _table(definition, rows.schema, self.schema)
        if definition.belongs:
            parents = part[DEFINITIONS["decisions"]].select(list(PARENT)).rename_columns([f"of_{n}" for n in PARENT])
            gone = sa.and_(*(table.c[name] == sa.bindparam(f"of_{name}") for name in PARENT))
            self._in_blocks(sa.delete(table).where(gone), parents)
        insert = sqlite.insert(table)
        changed = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in definition.key}
        self._in_blocks(insert.on_conflict_do_update(index_elements=list(definition.key), set_=changed), rows)

    def _in_blocks(self, statement: Any, rows: pa.Table) -> None:
        for block in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
            if block.num_rows:
                self.connection.execute(statement, block.to_pylist())


def statements(definitions: Iterable[Definition], schema: str | None = None) -> str:
    """What makes the tables in PostgreSQL, for whoever may create there; ids as text."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateTable

    dialect: Any = postgresql.dialect  # untyped there
    texts = []
    for definition in definitions:
        empty = rows_of(definition, pa.table({name: pa.array([], pa.string()) for name in definition.key}))
        made = CreateTable(_table(definition, empty.schema, schema)).compile(dialect=dialect())
        texts.append("\n".join(line.replace("\t", "  ").rstrip() for line in str(made).strip().splitlines()) + ";\n")
    return "\n".join(texts)


def _table(definition: Definition, schema: pa.Schema, place: str | None) -> sa.Table:
    import sqlalchemy as sa

    columns = [
        sa.Column(
            sa.sql.quoted_name(field.name, True),
            _sql_type(field.type),
            primary_key=field.name in definition.key,
            nullable=field.name not in definition.key,
            autoincrement=False,
        )
        for field in schema
    ]
    return sa.Table(sa.sql.quoted_name(definition.name, True), sa.MetaData(), *columns, schema=place)


def _sql_type(kind: pa.DataType) -> Any:
    import sqlalchemy as sa
    from sqlalchemy.dialects import postgresql

    if pa.types.is_list(kind):
        return sa.JSON().with_variant(postgresql.ARRAY(sa.Text()), "postgresql")
    if pa.types.is_floating(kind):
        return sa.Double()
    if pa.types.is_integer(kind):
        return sa.BigInteger()
    if pa.types.is_boolean(kind):
        return sa.Boolean()
    if pa.types.is_date(kind):
        return sa.Date()
    return sa.DateTime() if pa.types.is_timestamp(kind) else sa.Text()


def _takes(there: Any, kind: pa.DataType) -> bool:
    """Whether a column of the database takes values of an Arrow type as they are."""
    import sqlalchemy as sa

    if pa.types.is_list(kind):
        return isinstance(there, (sa.ARRAY, sa.JSON)) and isinstance(getattr(there, "item_type", sa.Text()), sa.String)
    if pa.types.is_floating(kind):
        return isinstance(there, (sa.Numeric, sa.Float))
    if pa.types.is_integer(kind):
        return isinstance(there, sa.Integer) or (isinstance(there, sa.Numeric) and not there.scale)
    if pa.types.is_boolean(kind):
        return isinstance(there, sa.Boolean)
    if pa.types.is_date(kind):
        return isinstance(there, sa.Date)
    if pa.types.is_timestamp(kind):
        return isinstance(there, sa.DateTime) and not there.timezone
    return isinstance(there, sa.String)


def _csv(rows: pa.Table) -> Iterator[bytes]:
    """Rows as CSV in blocks: null is nothing, text stands in quotes."""
    for at in range(0, rows.num_rows, _ROWS_AT_ONCE):
        block, buffer = rows.slice(at, _ROWS_AT_ONCE), io.BytesIO()
        flat = {name: _flat(block[name]) for name in block.column_names}
        pacsv.write_csv(pa.table(flat), buffer, pacsv.WriteOptions(include_header=False))
        yield buffer.getvalue()


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists of text as PostgreSQL writes them: {"one","two"}."""
    if not pa.types.is_list(column.type):
        return column
    lists = column.combine_chunks()
    values = lists.flatten()
    for sign in ("\\", '"'):
        values = pc.replace_substring(values, sign, "\\" + sign)
    values = pc.binary_join_element_wise('"', values, '"', "")
    empty = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array([0, *empty.cumsum().tolist()], pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, values), ",")
    told = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(lists.is_null(), pa.scalar(None, pa.string()), told)
