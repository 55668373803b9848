"""Several tables in one: columns of one type share their places, and a row says which table it is of.

Through a shuffle goes one table. Were every column of every table one of its own, nearly all of each row would be
nulls, which cost as much to move as values. Here a row is as wide as the widest table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import LedgerError

__all__ = ["TABLE", "Slots", "named_type", "plain_type"]

TABLE = "of_table"
"""The column that says of which table a row is, by its number."""

_NAMED = {
    pa.string(): "string",
    pa.float64(): "double",
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.int16(): "smallint",
    pa.int8(): "tinyint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp_ntz",
    pa.list_(pa.string()): "array<string>",
}
"""What Spark calls the types of results."""


@dataclass(frozen=True)
class Slots:
    """Where the columns of each table lie in the one table of all.

    Attributes
    ----------
    tables : dict of dict
        By table, its columns in their order, and the place of each.
    types : dict of str
        Places and their types, as Spark calls them.

    Examples
    --------
    >>> Slots.of({"invoices": [("client_id", "string"), ("amount", "double")], "links": [("group_id", "string")]}).types
    {'s0_0': 'double', 's1_0': 'string'}
    """

    tables: dict[str, dict[str, str]]
    types: Mapping[str, str]

    @classmethod
    def of(cls, tables: Mapping[str, Sequence[tuple[str, str]]]) -> Slots:
        """The places for tables of which names and types of columns are given."""
        number = {
            kind: i for i, kind in enumerate(sorted({kind for columns in tables.values() for _, kind in columns}))
        }
        placed: dict[str, dict[str, str]] = {}
        types: dict[str, str] = {}
        for name, columns in tables.items():
            seen: Counter[str] = Counter()
            placed[name] = {}
            for column, kind in columns:
                place = f"s{number[kind]}_{seen[kind]}"
                placed[name][column], types[place] = place, kind
                seen[kind] += 1
        return cls(placed, dict(sorted(types.items())))

    @classmethod
    def of_schemas(cls, schemas: Mapping[str, pa.Schema]) -> Slots:
        """The places for tables of Arrow, of plain types."""
        return cls.of({name: [(f.name, named_type(f.type)) for f in schema] for name, schema in schemas.items()})

    def number(self, table: str) -> int:
        """The number of a table in the column `TABLE`."""
        return list(self.tables).index(table)

    @property
    def columns(self) -> str:
        """Names and types of the one table, as Spark reads a schema."""
        return ", ".join([f"{TABLE} int", *(f"{place} {kind}" for place, kind in self.types.items())])

    def apart(self, batch: pa.RecordBatch, *also: str) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The rows of each table, with its own columns and ``also``; tables without rows are left out."""
        names = list(self.tables)
        for number in sorted(pc.unique(batch.column(TABLE)).to_pylist()):
            mine = batch.filter(pc.equal(batch.column(TABLE), number))
            places = self.tables[names[number]] | {name: name for name in also}
            arrays = [mine.column(place) for place in places.values()]
            yield names[number], pa.RecordBatch.from_arrays(arrays, names=list(places))

    def together(self, name: str, table: pa.Table) -> pa.Table:
        """Rows of one table as rows of the one table."""
        at = {place: column for column, place in self.tables[name].items()}
        kinds = {named: kind for kind, named in _NAMED.items()}
        columns = {TABLE: pa.repeat(pa.scalar(self.number(name), pa.int32()), table.num_rows)}
        for place, kind in self.types.items():
            here = table[at[place]] if place in at else pa.nulls(table.num_rows, kinds[kind])
            columns[place] = here.cast(kinds[kind])
        return pa.table(columns)


def named_type(kind: pa.DataType) -> str:
    """What Spark calls a type of a result.

    Raises
    ------
    LedgerError
        It has no such type.
    """
    plain = plain_type(kind)
    if plain not in _NAMED:
        raise LedgerError(f"a column of type {kind} cannot be a result on Spark")
    return _NAMED[plain]


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type as which a column of a result goes to Spark: without encodings, moments in microseconds."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain_type(kind.value_type))
    return pa.timestamp("us") if pa.types.is_timestamp(kind) else kind
