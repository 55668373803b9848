"""Whole clients out of batches of any size: what a worker of Spark does, without Spark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inadimplencia_ml as iml
from effort import tries
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.features.history.families import wanted_families
from inadimplencia_ml.features.stream import features_table
from inadimplencia_ml.ledger.snapshots import snapshot_days
from inadimplencia_ml.spark.blocks import Reading, Task, computed, versions, whole_clients
from inadimplencia_ml.spark.slots import TABLE, Slots, plain_type
from inadimplencia_ml.spark.spark_ledger import ROW
from inadimplencia_ml.spark.union import HOME
from inadimplencia_ml.spark.works import SNAPSHOTS, FeatureWork, schemas_of
from reference.random_extras import random_extras

FAMILIES = [name for name in wanted_families("all") if name not in ("groups", "macro")]


def laid_out(tables: dict[str, pa.Table], homes: dict[str, list[str]], seed: int) -> tuple[pa.RecordBatch, Slots]:
    """All rows in one, home after home, as Spark would hand them over; within a home and a table in any order."""
    slots = Slots.of_schemas({name: table.schema for name, table in tables.items()})
    rows = []
    for name, table in tables.items():
        mine = slots.together(name, table).append_column(HOME, pa.array(homes[name], pa.string()))
        rows.append(mine.append_column(ROW, pa.array(np.arange(table.num_rows))))
    whole = pa.concat_tables(rows)
    whole = whole.take(pa.array(np.random.default_rng(seed).permutation(whole.num_rows)))
    whole = whole.sort_by([(HOME, "ascending"), (TABLE, "ascending")]).combine_chunks()
    return whole.to_batches()[0], slots


def in_batches(rows: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    yield from (rows.slice(begin, size) for begin in range(0, rows.num_rows, size))


class Book:
    """A random ledger as a stream of rows, with the features that it has in memory."""

    def __init__(self, seed: int) -> None:
        tables, snapshots, how = random_extras(seed)
        self.ledger = iml.Ledger(**{n: t for n, t in tables.items() if n != "macro"}, **how)
        wanted = pa.Table.from_pandas(snapshots, preserve_index=False)
        days = pa.array(snapshot_days(wanted, self.ledger.timezone), pa.date32())
        wanted = wanted.set_column(wanted.schema.get_field_index("as_of"), "as_of", days)
        self.tables = self.ledger.all_tables() | {SNAPSHOTS: wanted.cast(plain(wanted.schema))}
        self.rows, self.slots = laid_out(self.tables, self.homes(), seed)
        how_made: dict[str, Any] = {"families": FAMILIES, "custom": (), "n_jobs": 1}
        self.expected = features_table(self.ledger, self.tables[SNAPSHOTS], **how_made)

    def homes(self) -> dict[str, list[str]]:
        clients = dict(zip(*(self.tables["invoices"][c].to_pylist() for c in ("invoice_id", "client_id")), strict=True))
        found = {}
        for name, table in self.tables.items():
            own = table["client_id"].to_pylist() if "client_id" in table.column_names else [None] * table.num_rows
            if name == "payments" and "invoice_id" in table.column_names:
                own = [clients.get(i, o) for i, o in zip(table["invoice_id"].to_pylist(), own, strict=True)]
            found[name] = [str(one) for one in own]
        return found

    def task(self, rows: int) -> Task:
        schemas = {name: table.schema for name, table in self.tables.items()}
        told = {
            "calendar": self.ledger.calendar.to_json(),
            "timezone": self.ledger.timezone,
            "currency": self.ledger.currency,
            "known_until": self.ledger.known_until.isoformat(),
        }
        reading = Reading(self.slots, schemas, frozenset(self.ledger.all_tables()), {}, told, True)
        work = FeatureWork(None, tuple(FAMILIES), ())
        made = schemas_of(work, reading, None)
        return Task(reading, work, made, Slots.of_schemas(made), rows, versions())


def plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(field.name, plain_type(field.type)) for field in schema])


def in_order(table: pa.Table) -> pa.Table:
    keys = [name for name in ("client_id", "invoice_id", "as_of", "view") if name in table.column_names]
    texts = pa.table({name: table[name].cast(pa.string()) for name in keys} | {"row": np.arange(table.num_rows)})
    order = texts.sort_by([(name, "ascending") for name in [*keys, "row"]])["row"]
    return table.take(order).combine_chunks()


BOOKS: dict[int, Book] = {}


def book(seed: int) -> Book:
    if seed not in BOOKS:
        BOOKS[seed] = Book(seed)
    return BOOKS[seed]


@settings(max_examples=tries(12))
@given(seed=st.sampled_from([3, 4, 8]), size=st.sampled_from([7, 60, 400]), rows=st.integers(300, 3_000))
def test_batches_and_blocks_of_any_size_give_the_features_of_memory(seed: int, size: int, rows: int) -> None:
    one = book(seed)
    task = one.task(rows)
    made = pa.Table.from_batches(list(computed(in_batches(one.rows, size), task)))
    places = task.slots.tables["features"]
    got = pa.table({column: made[place] for column, place in places.items()})
    expected = one.expected.cast(task.schemas["features"], safe=False)
    assert in_order(got).equals(in_order(expected))


@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=12), size=st.integers(1, 40), rows=st.integers(1, 60))
def test_a_block_holds_whole_homes_and_all_rows_come_once(counts: list[int], size: int, rows: int) -> None:
    homes = [f"C{k:02d}" for k, number in enumerate(counts) for _ in range(number)]
    table = pa.table({"client_id": homes, "n": np.arange(len(homes))})
    batch, slots = laid_out({"invoices": table}, {"invoices": homes}, 0)
    blocks = [block["invoices"] for block in whole_clients(in_batches(batch, size), slots, rows)]
    assert sorted(pa.concat_tables(blocks)["n"].to_pylist()) == list(range(len(homes)))
    seen = [set(block["client_id"].to_pylist()) for block in blocks]
    assert sum(map(len, seen)) == len(counts)  # no home is in two blocks
    for block in blocks[:-1]:
        assert block.num_rows >= rows
    largest, biggest_home = max(block.num_rows for block in blocks), max(counts)
    assert largest <= 2 * max(rows, size) + biggest_home


def test_tables_laid_over_one_another_come_apart_as_they_were() -> None:
    one = book(4)
    for name, mine in one.slots.apart(one.rows, ROW):
        table = one.tables[name]
        got = pa.Table.from_batches([mine]).sort_by(ROW).drop_columns([ROW])
        assert got.cast(table.schema).combine_chunks().equals(table.combine_chunks()), name
    widest = max(len(table.column_names) for table in one.tables.values())
    every = sum(len(table.column_names) for table in one.tables.values())
    assert widest <= len(one.slots.types) < every / 2


def test_a_worker_with_other_versions_is_refused_by_their_names() -> None:
    one = book(4)
    task = replace(one.task(1_000), versions=versions() | {"lightgbm": "0.1"})
    with pytest.raises(CallError, match=r"a worker has lightgbm [0-9.]+ in place of 0\.1: install the same versions"):
        next(computed(in_batches(one.rows, 100), task))


def test_a_type_that_cannot_come_back_is_told() -> None:
    with pytest.raises(LedgerError, match=r"a column of type binary cannot be a result on Spark"):
        Slots.of_schemas({"features": pa.schema([("x", pa.binary())])})
