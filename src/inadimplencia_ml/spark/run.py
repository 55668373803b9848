"""Features and scores on Spark, as DataFrames: nothing is computed until they are asked for.

No use is made of the context of a classic session: all that a worker needs goes with the function that it runs.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.batch.asked import Asked
from inadimplencia_ml.batch.results import place_of
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.history.families import Families, wanted_families
from inadimplencia_ml.ledger.frames import columns_of
from inadimplencia_ml.ledger.snapshots import make_snapshots, snapshot_days, snapshot_table
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.spark.blocks import Reading, Task, Work, computed, versions
from inadimplencia_ml.spark.folder import frame_of_files, spark_path
from inadimplencia_ml.spark.session import functions, plain_errors
from inadimplencia_ml.spark.slots import TABLE, Slots
from inadimplencia_ml.spark.spark_ledger import PLACE, ROW, SparkLedger
from inadimplencia_ml.spark.union import brought_together
from inadimplencia_ml.spark.works import (
    EARLIER,
    SNAPSHOTS,
    DoorWork,
    FeatureWork,
    ScoreWork,
    SentModel,
    schemas_of,
)
from inadimplencia_ml.tables import SNAPSHOTS as SNAPSHOT_COLUMNS

if TYPE_CHECKING:
    from inadimplencia_ml.features.custom.columns import Custom

__all__ = ["ROWS_AT_ONCE", "SparkTables", "door_on_spark", "features_on_spark", "score_on_spark", "with_known_until"]

ROWS_AT_ONCE = 500_000
"""Rows of all tables that a worker computes at once: under 1 GB with their features and scores."""


@dataclass(frozen=True)
class SparkTables:
    """Tables that come of one pass over the clients, each a DataFrame of its own.

    They are computed anew with each that is asked for, unless `kept` holds them.

    Attributes
    ----------
    frame : DataFrame of Spark
        The rows of all of them.
    """

    frame: Any
    slots: Slots

    @property
    def names(self) -> list[str]:
        """The tables there are."""
        return list(self.slots.tables)

    def __getitem__(self, name: str) -> Any:
        """One table.

        Raises
        ------
        CallError
            There is none of this name.
        """
        if name not in self.slots.tables:
            raise CallError(f"there is no table {name!r}; there are {', '.join(self.names)}")
        of_spark = functions()
        mine = self.frame.where(of_spark.col(TABLE) == self.slots.number(name))
        return mine.select(*[of_spark.col(place).alias(column) for column, place in self.slots.tables[name].items()])

    def kept(self) -> SparkTables:
        """The same tables, held by the workers from the first time on that one is asked for."""
        return replace(self, frame=self.frame.persist())

    def let_go(self) -> None:
        """Lets go of what `kept` holds."""
        self.frame.unpersist()


def features_on_spark(
    ledger: SparkLedger,
    snapshots: Any = None,
    *,
    as_of: Any = None,
    at_issue: bool = False,
    families: Families = (),
    custom: Sequence[Custom] = (),
    partitions: int | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Any:
    """The rows of `build_features`, computed on Spark.

    Parameters
    ----------
    ledger : SparkLedger
    snapshots : DataFrame of Spark, table, or a function of a ledger
        As for `stream_features`; or give ``as_of`` or ``at_issue``.
    as_of : date, ISO text, or a sequence of them
        Every client with a fact on each.
    at_issue : bool
        Every invoice on its day of issue.
    families, custom
        As for `build_features`.
    partitions : int, optional
        Into how many the clients are dealt out; by default what Spark decides.
    rows_at_once : int
        About how many rows a worker computes at once; a client with more is computed alone.

    Returns
    -------
    DataFrame of Spark
        Keys, then features; missing values as nulls, texts as text, ``as_of`` as a date. In no order.

    Raises
    ------
    CallError
        Not one of snapshots, as_of and at_issue is given; the family macro is asked for at several dates.
    """
    if sum((as_of is not None, snapshots is not None, at_issue)) != 1:
        raise CallError("features: give one of as_of, snapshots and at_issue=True")
    maker = snapshots if callable(snapshots) else None
    if as_of is not None or at_issue:
        maker = partial(make_snapshots, as_of=as_of, at_issue=at_issue)
    wanted = wanted_families(families)
    one_day = isinstance(as_of, str | dt.date) or (as_of is not None and len(as_of) == 1)
    if "macro" in wanted and not one_day:
        raise CallError("the columns of the family macro hang on the last day looked from: on Spark, give one as_of")
    if custom:
        ledger = with_known_until(ledger)
    further = {} if maker is not None else {SNAPSHOTS: _snapshots(ledger, snapshots)}
    work = FeatureWork(maker, wanted, tuple(custom))
    return _tables(ledger, further, work, None, partitions, rows_at_once)["features"]


def score_on_spark(
    model: Any,
    ledger: SparkLedger,
    as_of: dt.date | str | None = None,
    *,
    snapshots: Any = None,
    at_issue: bool = False,
    member: str | None = None,
    policy: Policy | None = None,
    history: str | Path | Mapping[str, Any] | None = None,
    texts: bool = False,
    allow_stale: bool = False,
    partitions: int | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> SparkTables:
    """Scores a ledger on Spark and, with a policy, decides: the rows of `Model.score` and `decide`, to the bit.

    Parameters
    ----------
    model : path, Model or ModelFamily
    ledger : SparkLedger
    as_of, snapshots, at_issue, member, texts
        As for `Model.score` and `ModelFamily.score`; snapshots may be a DataFrame of Spark.
    policy : Policy, optional
        With it, decisions.
    history : path, or mapping of DataFrames, optional
        Folder of an earlier run; or its ``scores`` and ``decisions`` with Spark.
    allow_stale : bool
        Go on although snapshots lie after the ledger's last day.
    partitions, rows_at_once
        As for `features_on_spark`.

    Returns
    -------
    SparkTables
        ``scores`` and, with a policy, ``decisions``, ``decision_items``, ``duties`` and ``further``.

    Raises
    ------
    CallError, PolicyError, BundleError
        As `score_in_parts`, before anything is computed; snapshots of a table that lie after the ledger's last day are
        found when the scores are asked for.
    """
    ledger = with_known_until(ledger)
    further = {} if snapshots is None else {SNAPSHOTS: _snapshots(ledger, snapshots)}
    days = _one_a_day(further[SNAPSHOTS], policy) if further else None
    asked = Asked.of(model, as_of, days, at_issue, member, policy)
    known = ledger.known_until
    if asked.as_of is not None and known is not None and asked.as_of > known and not allow_stale:
        raise CallError(
            f"beyond_known_until: {asked.as_of} lies after {known}, the last day the ledger knows. "
            "Import newer data, or say --allow-stale."
        )
    further |= _earlier(ledger.spark, history)
    how = (asked.member, asked.as_of, asked.at_issue, asked.policy, texts, allow_stale)
    day = asked.as_of
    if day is None and days is not None and policy is not None:
        day = pd.Timestamp(days["as_of"][0].as_py()).date()
    return _tables(ledger, further, ScoreWork(SentModel.of(asked), *how), day, partitions, rows_at_once)


def door_on_spark(ledger: SparkLedger, *, partitions: int | None = None) -> SparkTables:
    """What becomes of the rows of tables that have not passed the door: ``counts`` and ``problems``.

    ``counts`` is to be summed by table, as `Ledger.counts`; ``last`` is the last fact that a group of clients knows.
    """
    names = tuple(name for name, table in ledger.tables.items() if not table.passed)
    settings = {**ledger.settings, "known_until": ledger.settings["known_until"] or dt.date.max.isoformat()}
    return _tables(replace(ledger, settings=settings), {}, DoorWork(names), None, partitions, ROWS_AT_ONCE)


def with_known_until(ledger: SparkLedger) -> SparkLedger:
    """The ledger with its last day; where nobody said it, all its tables are gone through for the last fact."""
    if ledger.known_until is not None:
        return ledger
    counts = door_on_spark(ledger)["counts"]
    with plain_errors():
        last = counts.agg({"last": "max"}).first()[0]
    return replace(ledger, settings={**ledger.settings, "known_until": (last or dt.date(1970, 1, 1)).isoformat()})


def _tables(
    ledger: SparkLedger,
    further: Mapping[str, Any],
    work: Work,
    day: dt.date | None,
    partitions: int | None,
    rows_at_once: int,
) -> SparkTables:
    """The results of some work on all clients."""
    rows, slots = brought_together(ledger, further, partitions)
    schemas = {name: table.schema for name, table in ledger.tables.items()}
    with plain_errors():
        schemas |= {n: _plain_schema(frame.limit(0).toArrow().schema) for n, frame in further.items()}
    passed = frozenset(name for name, table in ledger.tables.items() if table.passed)
    reading = Reading(slots, schemas, passed, ledger.whole, ledger.settings, ledger.one_currency)
    made = {name: schema for name, schema in schemas_of(work, reading, day).items() if schema.names}
    task = Task(reading, work, made, Slots.of_schemas(made), rows_at_once, versions())

    def of_partition(batches: Any) -> Any:
        return computed(batches, task)

    with plain_errors(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # that Spark does not know pandas 3: here it meets none
        return SparkTables(rows.mapInArrow(of_partition, task.slots.columns), task.slots)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field for field in schema if field.name not in (PLACE, ROW)])


def _snapshots(ledger: SparkLedger, given: Any) -> Any:
    """Snapshots as a DataFrame with the columns that are read."""
    if not hasattr(given, "sparkSession"):
        table = snapshot_table(given)
        columns = {n: c for n, c in columns_of(table, SNAPSHOTS).items() if n in SNAPSHOT_COLUMNS.by_name}
        columns["as_of"] = pa.array(snapshot_days(table, ledger.settings["timezone"]), pa.date32())
        texts = {n: c.cast(pa.string()) if pa.types.is_null(c.type) else c for n, c in columns.items()}
        return ledger.spark.createDataFrame(pa.table(texts))
    snapshot_table(given.limit(0).toArrow())
    return given.select(*[name for name in given.columns if name in SNAPSHOT_COLUMNS.by_name])


def _one_a_day(snapshots: Any, policy: Policy | None) -> pa.Table:
    """What a run looks at before it begins: the columns of the snapshots, and where a plan asks for it their days."""
    with plain_errors():
        return (snapshots.limit(0) if policy is None else snapshots.dropDuplicates(["as_of"]).limit(1000)).toArrow()


def _earlier(spark: Any, history: Any) -> dict[str, Any]:
    """Results of an earlier run, with Spark."""
    if history is None:
        return {}
    if isinstance(history, Mapping):
        return {EARLIER[name]: frame for name, frame in history.items() if name in EARLIER}
    folder = Path(history)
    if not folder.is_dir():
        raise CallError(f"--history {folder}: there is no such folder")
    places = {name: place_of(folder, name) for name in EARLIER}
    found = {EARLIER[n]: frame_of_files(spark, [spark_path(p)]) for n, p in places.items() if p is not None}
    if not found:
        raise CallError(f"--history {folder}: holds neither scores.parquet nor decisions.parquet")
    return found
