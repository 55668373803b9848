"""What a worker does: whole clients out of a stream of batches, their ledger, and what is computed of it.

Batches are bounded and clients are not: one that a batch ends in the midst of is carried into the next. Nothing here
knows Spark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.batch.inputs import LIBRARIES
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.ledger import Ledger, of_settings
from inadimplencia_ml.ledger.partitions import accepted, aligned
from inadimplencia_ml.spark.slots import Slots, plain_type
from inadimplencia_ml.spark.spark_ledger import ROW, told
from inadimplencia_ml.spark.union import HOME
from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = ["Block", "Reading", "Task", "Work", "computed", "plain_table", "versions", "whole_clients"]

_ROWS_BACK = 10_000
"""Rows of results handed back at once: as many as Spark hands in."""


@dataclass(frozen=True)
class Reading:
    """How a block of rows becomes a ledger.

    Attributes
    ----------
    slots : Slots
        Where the columns of each table lie.
    schemas : dict of pyarrow.Schema
        Of the ledger's tables, once they passed the door; of other tables as they came.
    passed : frozenset of str
        Tables that have passed it.
    whole : dict of pyarrow.Table
        Tables of no client.
    settings : dict
        Of the ledger.
    one_currency : bool
        Whether a row in another currency is an error.
    """

    slots: Slots
    schemas: Mapping[str, pa.Schema]
    passed: frozenset[str]
    whole: Mapping[str, pa.Table]
    settings: Mapping[str, Any]
    one_currency: bool

    def block(self, rows: Mapping[str, pa.Table]) -> Block:
        """The ledger of some whole clients; a table without rows of them is there, empty."""
        mine = {name: schema for name, schema in self.schemas.items() if name in LEDGER_TABLES or "attributes/" in name}
        admitted = {name: self._admitted(name, rows.get(name), schema) for name, schema in mine.items()}
        admitted |= {name: accepted(table) for name, table in self.whole.items()}
        order = [*[n for n in LEDGER_TABLES if n in admitted], *sorted(n for n in admitted if n not in LEDGER_TABLES)]
        ledger = of_settings({name: admitted[name] for name in order}, self.settings)
        others = {name: self._as_it_came(name, rows.get(name)) for name in self.schemas if name not in mine}
        places = {name: table[ROW] for name, table in rows.items()}
        return Block(ledger, others, admitted, places)

    def _admitted(self, name: str, rows: pa.Table | None, schema: pa.Schema) -> Admitted:
        if rows is None:
            return accepted(schema.empty_table())
        plain = rows.drop_columns([ROW])
        if name in self.passed:
            return accepted(aligned(plain, schema))
        kept = self.settings["currency"] if self.one_currency and "/" not in name else None
        one = admit(told(name), plain, timezone=self.settings["timezone"], currency=kept, name=name)
        return Admitted(aligned(one.table, schema), one.problems, one.counts, one.notes)

    def _as_it_came(self, name: str, rows: pa.Table | None) -> pa.Table:
        schema = self.schemas[name]
        return schema.empty_table() if rows is None else rows.select(schema.names).cast(schema)


@dataclass(frozen=True)
class Block:
    """Some whole clients.

    Attributes
    ----------
    ledger : Ledger
    others : dict of pyarrow.Table
        Snapshots and earlier results of these clients, where there are such tables.
    admitted : dict of Admitted
        What the door said.
    rows : dict
        Where the rows of a table stood in their file.
    """

    ledger: Ledger
    others: Mapping[str, pa.Table]
    admitted: Mapping[str, Admitted]
    rows: Mapping[str, Any]


class Work(Protocol):
    """What is computed of a block."""

    def of(self, block: Block) -> dict[str, pa.Table]:
        """Tables by name, always of the same columns; without rows where there is nothing to say."""


@dataclass(frozen=True)
class Task:
    """All that goes to the workers: how to read, what to compute, how to hand it back.

    Attributes
    ----------
    reading : Reading
    work : Work
    schemas : dict of pyarrow.Schema
        Of the results.
    slots : Slots
        Of the results.
    rows : int
        About how many rows are worked on at once.
    versions : dict of str
        Of the libraries that make the bits, where the task was made.
    """

    reading: Reading
    work: Work
    schemas: Mapping[str, pa.Schema]
    slots: Slots
    rows: int
    versions: Mapping[str, str]


def versions() -> dict[str, str]:
    """Of the libraries that make the bits, here."""
    return {name: metadata.version(name) for name in LIBRARIES}


def computed(batches: Iterator[pa.RecordBatch], task: Task) -> Iterator[pa.RecordBatch]:
    """The results of a stream of batches, block by block.

    Raises
    ------
    CallError
        A library is of another version here than where the task was made: the bits might differ.
    """
    here = versions()
    other = [f"{n} {here[n]} in place of {wanted}" for n, wanted in task.versions.items() if here[n] != wanted]
    if other:
        raise CallError(f"a worker has {', '.join(other)}: install the same versions there as where the run was begun")
    for rows in whole_clients(batches, task.reading.slots, task.rows):
        made = task.work.of(task.reading.block(rows))
        for name, table in made.items():
            laid = task.slots.together(name, plain_table(table).cast(task.schemas[name]))
            yield from laid.combine_chunks().to_batches(max_chunksize=_ROWS_BACK)


def whole_clients(batches: Iterator[pa.RecordBatch], slots: Slots, rows: int) -> Iterator[dict[str, pa.Table]]:
    """Blocks of whole homes, each of about so many rows, or of one home if that has more.

    Parameters
    ----------
    batches : iterator of RecordBatch
        With the columns `HOME`, `TABLE`, `ROW` and the slots; the rows of a home follow one another.
    """
    waiting: dict[str, list[pa.Table]] = defaultdict(list)
    count, last = 0, None
    for piece in _pieces(batches, rows):
        homes = piece.column(HOME)
        end = homes[len(homes) - 1]
        begin = pc.index(homes, end).as_py()
        if begin or end != last:  # here a home begins, so those before it are whole
            count += _taken_in(waiting, piece.slice(0, begin), slots)
            if count >= rows:
                yield _joined(waiting)
                count = 0
        count += _taken_in(waiting, piece.slice(begin), slots)
        last = end
    if count:
        yield _joined(waiting)


def _pieces(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for begin in range(0, batch.num_rows, rows):
            yield batch.slice(begin, rows)


def _taken_in(waiting: dict[str, list[pa.Table]], piece: pa.RecordBatch, slots: Slots) -> int:
    """Puts rows behind those that wait; tables apart, since most places of a row are of other tables."""
    for name, mine in slots.apart(piece, ROW) if piece.num_rows else ():
        waiting[name].append(pa.Table.from_batches([mine]))
    return int(piece.num_rows)


def _joined(waiting: dict[str, list[pa.Table]]) -> dict[str, pa.Table]:
    """The rows that wait, each table in one piece; then none wait."""
    whole = {name: pa.concat_tables(parts).combine_chunks() for name, parts in waiting.items()}
    waiting.clear()
    return whole


def plain_table(table: pa.Table) -> pa.Table:
    """A table of results in the types that go to Spark; ``as_of`` is a date."""
    fields = []
    for field in table.schema:
        kind = pa.date32() if field.name == "as_of" else plain_type(field.type)
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields), safe=False)
