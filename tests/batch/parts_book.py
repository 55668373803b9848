"""A small book whose clients are linked, a model that reads the links, and what both give in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import inadimplencia_ml as iml
from inadimplencia_ml.batch.results import scores_table
from inadimplencia_ml.storage import write_parquet

DAY, BEFORE = "2025-03-31", "2025-02-28"


@dataclass(frozen=True)
class Whole:
    """Folders that no test may write into, and the tables that a run in memory writes."""

    ledger: iml.Ledger
    folder: Path
    model: Path
    history: Path
    tables: dict[str, pa.Table]


def whole_book(root: Path) -> Whole:
    """The book and all that follows from it, in folders under ``root``."""
    how = {"n_bootstrap": 50, "judge_bads": 20, "candidates": ("scorecard",), "families": ("groups",)}
    model = iml.train(linked_book(220, 5), settings=iml.TrainingSettings(**how))
    ledger = linked_book(60, 6)
    old = model.score(ledger, as_of=BEFORE)
    early = iml.decide(iml.Policy.default(), old, ledger, BEFORE)
    written(root / "history", {"scores": scores_table(old)} | early.tables)
    scores = model.score(ledger, as_of=DAY, history=old)
    plan = iml.decide(iml.Policy.default(), scores, ledger, DAY, history=early.decisions)
    tables = written(root / "in_memory", {"scores": scores_table(scores)} | plan.tables)
    return Whole(ledger, ledger.write(root / "ledger"), model.save(root / "model"), root / "history", tables)


def linked_book(clients: int, seed: int) -> iml.Ledger:
    """Most clients in groups of two, some in a second group that ties several of these together, some alone."""
    book = iml.generate_book(clients, random_state=seed, start="2023-01-01", end=DAY)
    ids = sorted(set(book.tables["invoices"]["client_id"]))
    grouped = [c for k, c in enumerate(ids) if k % 3]
    pairs = pd.DataFrame({"client_id": grouped, "group_id": [f"G{k // 2}" for k in range(len(grouped))]})
    more = pd.DataFrame({"client_id": grouped[::9], "group_id": "over all"})
    links = pd.concat([pairs, more]).assign(kind="economic_group")
    return iml.Ledger(**book.tables, links=links, known_until=DAY)


def written(folder: Path, tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables as they come back from the disk."""
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
    return {name: pq.read_table(folder / f"{name}.parquet") for name in tables}
