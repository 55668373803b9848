"""One part, in a process of its own: ledger -> features -> score -> reasons -> segment -> decision -> Parquet."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.batch.results import earlier_rows, part_name, scores_table
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import Ledger, read_partition
from inadimplencia_ml.ledger.partitions import Partitions
from inadimplencia_ml.ledger.snapshots import make_snapshots, read_snapshots
from inadimplencia_ml.model_family import ModelFamily, is_family, load_family
from inadimplencia_ml.pipeline import Model, decide, load_model
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import digest, write_parquet
from inadimplencia_ml.tables.same_kind import pandas_of

__all__ = ["Job", "Made", "counted", "end_with", "load", "made_part", "plan_of", "scores_of", "time_span"]

_NO_SPAN = {"beyond": 0, "last": -(2**31), "first": 2**31 - 1}
_FROM_HISTORY = ("scores", "decisions")
_WATCH = 0.2
"""Seconds between two looks of a working process at whether the one that started it is still there."""


@dataclass(frozen=True)
class Job:
    """All that a part needs, the same for every part.

    Attributes
    ----------
    ledger : Partitions
    model : Path or Model or ModelFamily
        A folder, read once a process; or the model itself, where it cannot be read back.
    snapshots : Path, optional
        Snapshots with the column ``partition``; without it all of ``as_of``, or of every invoice's day of issue.
    made : Path
        Where the tables of the parts go, each table into a folder.
    """

    ledger: Partitions
    model: Any
    digest: str
    member: str | None
    as_of: dt.date | None
    at_issue: bool
    snapshots: Path | None
    policy: Policy | None
    history: Path | None
    texts: bool
    allow_stale: bool
    made: Path

    def snapshots_of(self, ledger: Ledger, k: int) -> Any:
        """The snapshots of one part."""
        if self.snapshots is not None:
            return pq.read_table(self.snapshots, filters=[("partition", "=", k)]).drop_columns(["partition"])
        return make_snapshots(ledger, at_issue=True) if self.at_issue else make_snapshots(ledger, self.as_of)


@dataclass(frozen=True)
class Made:
    """What became of one part.

    Attributes
    ----------
    k : int
    record : dict
        Rows and digest of each file, and counts for the summary: the same whenever the part is made.
    seconds : dict
        Of each step; nothing that is compared.
    """

    k: int
    record: dict[str, Any]
    seconds: dict[str, float]


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - begin


def made_part(job: Job, k: int) -> Made:
    """Scores and decides one part and writes its tables; each file is there whole or not at all."""
    clock = _Clock()
    with clock.of("reading"):
        model, ledger = load(job.model, job.digest), read_partition(job.ledger, k)
        wanted = job.snapshots_of(ledger, k)
    if not len(wanted):
        return Made(k, {"tables": {}, "states": [], "actions": [], **_NO_SPAN}, clock.seconds)
    with clock.of("books"):
        span = time_span(ledger, wanted, job.allow_stale)
    tables, record = _tables(job, model, ledger, wanted, clock)
    with clock.of("writing"):
        files = {name: job.made / name / part_name(k) for name in tables}
        for name, table in tables.items():
            write_parquet(table, files[name])
        written = {n: {"rows": tables[n].num_rows, "sha256": digest(path)} for n, path in files.items()}
    return Made(k, {"tables": written} | span | record, clock.seconds)


def _tables(
    job: Job, model: Any, ledger: Ledger, wanted: Any, clock: _Clock
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The tables of a part, and what is counted in them."""
    ids = pc.unique(pa.table({"client_id": wanted["client_id"]})["client_id"])
    before = {name: None if job.history is None else earlier_rows(job.history, name, ids) for name in _FROM_HISTORY}
    with clock.of("scoring"):
        scores = scores_of(model, ledger, wanted, job.member, before["scores"], job.texts)
    tables = {"scores": scores_table(scores)}
    by = [c for c in ("member", "state", "segment") if c in scores.columns]
    record = {"states": counted(scores, by), "actions": []}
    if job.policy is not None:
        with clock.of("deciding"):
            plan = plan_of(job.policy, scores, ledger, before["decisions"])
            tables |= plan.tables
            record["actions"] = counted(plan.frame("decisions"), ["stage", "action"])
    return tables, record


def scores_of(
    model: Model | ModelFamily, ledger: Ledger, wanted: Any, member: str | None, history: Any, texts: bool
) -> pd.DataFrame:
    """The scores of one part, in pandas."""
    how: dict[str, Any] = {"snapshots": pandas_of(wanted), "history": history, "texts": texts}
    return model.score(ledger, **how, member=member) if isinstance(model, ModelFamily) else model.score(ledger, **how)


def plan_of(policy: Policy, scores: pd.DataFrame, ledger: Ledger, history: Any) -> Decisions:
    """What is done with the clients of one part, whose scores are of one date."""
    return decide(policy, scores, ledger, scores["as_of"].iloc[0].date(), history=history)


def load(model: Any, digest: str | None = None) -> Model | ModelFamily:
    """A model or a family from its folder, or as it is; one whose digest is known is read once a process."""
    if isinstance(model, (Model, ModelFamily)):
        return model
    return _read(Path(model)) if digest is None else _read_once(Path(model), digest)


def _read(folder: Path) -> Model | ModelFamily:
    return load_family(folder) if is_family(folder) else load_model(folder)


@lru_cache(maxsize=1)
def _read_once(folder: Path, digest: str) -> Model | ModelFamily:
    made = _read(folder)
    if made.digest != digest:
        raise CallError(f"{folder}: the model is another one than the run began with")
    return made


def time_span(ledger: Ledger, snapshots: Any, allowed: bool) -> dict[str, int]:
    """How many snapshots lie after the ledger's last day (refused unless allowed), the last one, the first invoice."""
    days = read_snapshots(snapshots, ledger).as_of
    late = int((days > (ledger.known_until - dt.date(1970, 1, 1)).days).sum())
    if late and not allowed:
        raise CallError(
            f"beyond_known_until: snapshots lie after {ledger.known_until}, the last day the ledger knows. "
            "Import newer data, or say --allow-stale."
        )
    first = int(ledger.books.versions.known.min(initial=_NO_SPAN["first"]))
    return {"beyond": late, "last": int(days.max()), "first": first}


def counted(frame: pd.DataFrame, by: list[str]) -> list[list[Any]]:
    """Rows by the values of some columns, as plain data."""
    counts = frame.groupby(by, dropna=False, observed=True).size()
    keys = counts.index.to_frame(index=False).astype(object)
    rows = keys.where(keys.notna(), None).to_numpy().tolist()
    return [[*row, int(n)] for row, n in zip(rows, counts.to_numpy(), strict=True)]


def end_with(process: int) -> None:
    """In a working process: ends it when the one that started it is gone, so that nothing writes on unseen."""

    def watch() -> None:
        while os.getppid() == process:
            time.sleep(_WATCH)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
