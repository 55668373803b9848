"""What is computed of whole clients: features, scores with decisions, or what the door says."""

from __future__ import annotations

import datetime as dt
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from inadimplencia_ml.batch.asked import Asked
from inadimplencia_ml.batch.job import load, plan_of, scores_of, time_span
from inadimplencia_ml.batch.results import scores_table
from inadimplencia_ml.features.custom.columns import Custom
from inadimplencia_ml.features.history.families import Families
from inadimplencia_ml.features.stream import features_table
from inadimplencia_ml.ledger.clock import last_fact
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.spark.blocks import Block, Reading, Work, plain_table
from inadimplencia_ml.spark.spark_ledger import ROW

__all__ = ["EARLIER", "LOOKED", "SNAPSHOTS", "DoorWork", "FeatureWork", "ScoreWork", "SentModel", "schemas_of"]

SNAPSHOTS, LOOKED = "snapshots", "looked"
EARLIER = {"scores": "earlier scores", "decisions": "earlier decisions"}
"""Results of an earlier run, as they are called among the tables that go to the workers."""
_COUNTED = ("rows", "accepted", "flagged", "rejected", "duplicate")
_SOME_DAY = dt.date(2000, 3, 1)
_read: dict[str, Any] = {}
"""The model that this process read last, by its digest."""


@dataclass(frozen=True)
class FeatureWork:
    """Features of the snapshots that came, or that are made of each block.

    Attributes
    ----------
    maker : function of a ledger, optional
        Makes snapshots; without it they are a table that came with the ledger's.
    """

    maker: Callable[[Ledger], Any] | None
    families: Families
    custom: tuple[Custom, ...]

    def of(self, block: Block) -> dict[str, pa.Table]:
        """The table ``features``."""
        wanted = block.others[SNAPSHOTS] if self.maker is None else self.maker(block.ledger)
        if not len(wanted):
            return {}
        how: dict[str, Any] = {"families": self.families, "custom": self.custom, "n_jobs": 1}
        return {"features": features_table(block.ledger, wanted, **how)}


@dataclass(frozen=True)
class SentModel:
    """A model on its way to the workers: the files of its folder, which each holds against their digests again.

    One that has no such form (code of its own, or a wrapped model) goes as the object that it is.
    """

    digest: str
    files: Mapping[str, bytes]
    made: Any

    @classmethod
    def of(cls, asked: Asked) -> SentModel:
        """The model that a run was asked for."""
        with tempfile.TemporaryDirectory(prefix="inadimplencia-") as temporary:
            place = asked.on_disk(Path(temporary) / "model")
            if not isinstance(place, Path):
                return cls(asked.model.digest, {}, place)
            found = (path for path in place.rglob("*") if path.is_file())
            files = {str(path.relative_to(place)): zlib.compress(path.read_bytes()) for path in found}
        return cls(asked.model.digest, files, None)

    def read(self) -> Any:
        """The model; read once a process."""
        if self.made is not None:
            return self.made
        if self.digest not in _read:
            with tempfile.TemporaryDirectory(prefix="inadimplencia-") as temporary:
                for name, content in self.files.items():
                    path = Path(temporary) / "model" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(zlib.decompress(content))
                made = load(Path(temporary) / "model", self.digest)
            _read.clear()
            _read[self.digest] = made
        return _read[self.digest]


@dataclass(frozen=True)
class ScoreWork:
    """Scores of whole clients and, with a policy, what is done with them: as a part of `score_in_parts`."""

    model: SentModel
    member: str | None
    as_of: dt.date | None
    at_issue: bool
    policy: Policy | None
    texts: bool
    allow_stale: bool

    def of(self, block: Block) -> dict[str, pa.Table]:
        """``scores``, the tables of a plan, and ``looked``: counts of the snapshots."""
        ledger = block.ledger
        wanted = block.others[SNAPSHOTS] if SNAPSHOTS in block.others else self._made(ledger)
        if not len(wanted):
            return {}
        span = time_span(ledger, wanted, self.allow_stale)
        before = {n: _frame(block.others[name]) if name in block.others else None for n, name in EARLIER.items()}
        scores = scores_of(self.model.read(), ledger, wanted, self.member, before["scores"], self.texts)
        tables = {"scores": scores_table(scores)}
        if self.policy is not None:
            tables |= plan_of(self.policy, scores, ledger, before["decisions"]).tables
        return tables | {LOOKED: pa.table({name: pa.array([number], pa.int64()) for name, number in span.items()})}

    def _made(self, ledger: Ledger) -> Any:
        return make_snapshots(ledger, at_issue=True) if self.at_issue else make_snapshots(ledger, self.as_of)


@dataclass(frozen=True)
class DoorWork:
    """What becomes of the rows of tables that have not passed the door, and the last fact of all tables."""

    names: tuple[str, ...]

    def of(self, block: Block) -> dict[str, pa.Table]:
        """``counts`` and ``problems``."""
        ledger = block.ledger
        last = last_fact(ledger.tables, ledger.attributes)
        counts = [{"table": n, **{c: block.admitted[n].counts[c] for c in _COUNTED}, "last": last} for n in self.names]
        schema = pa.schema([("table", pa.string()), *((c, pa.int64()) for c in _COUNTED), ("last", pa.date32())])
        found = [PROBLEMS.empty_table()]
        for name in self.names:
            problems = block.admitted[name].problems
            if problems.num_rows:
                at = problems.schema.get_field_index("row")
                found.append(problems.set_column(at, "row", block.rows[name].take(problems["row"])))
        return {"counts": pa.Table.from_pylist(counts, schema), "problems": pa.concat_tables(found)}


def _frame(table: pa.Table) -> Any:
    return table.to_pandas(date_as_object=False)


def schemas_of(work: Work, reading: Reading, day: dt.date | None) -> dict[str, pa.Schema]:
    """The columns of what is computed, from a client made up for it; what cannot be done at all is told here.

    Parameters
    ----------
    day : date, optional
        A day on which the work looks, where that matters.
    """
    day = day or _SOME_DAY
    issued = day - dt.timedelta(days=60)
    facts = {"client_id": 1, "invoice_id": 1, "issue_date": issued, "due_date": issued, "amount": 1.0, ROW: 0}
    rows = {"invoices": _one_row(reading.schemas["invoices"], facts)}
    if SNAPSHOTS in reading.schemas:
        rows[SNAPSHOTS] = _one_row(reading.schemas[SNAPSHOTS], facts | {"as_of": day})
    alone = replace(reading, passed=frozenset(reading.schemas))
    made = work.of(alone.block(rows))
    if not made and isinstance(work, FeatureWork) and work.maker is not None:  # it looks from days long before
        made = replace(work, maker=partial(_likewise, maker=work.maker, day=day)).of(alone.block(rows))
    return {name: plain_table(table).schema.remove_metadata() for name, table in made.items()}


def _one_row(schema: pa.Schema, values: Mapping[str, Any]) -> pa.Table:
    """A row of a table; what is not said is missing. Numbers and dates as text where the table holds text."""
    columns = {}
    for field in schema:
        one = pa.array([values.get(field.name)])
        columns[field.name] = pa.nulls(1, field.type) if one.null_count else one.cast(field.type)
    return pa.table(columns | {ROW: pa.array([0], pa.int64())})


def _likewise(ledger: Ledger, maker: Callable[[Ledger], Any], day: dt.date) -> Any:
    """Snapshots with the columns that ``maker`` makes, where it makes none of this ledger."""
    columns = list(maker(ledger).columns)
    made = make_snapshots(ledger, at_issue=True) if "invoice_id" in columns else make_snapshots(ledger, day)
    return made[columns]
