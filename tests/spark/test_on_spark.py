"""On Spark come the rows of memory, to the bit, from files and from DataFrames, however they are dealt out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sample_book import DAY, Sample, in_order, same

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.errors import CallError, LedgerError, MissingExtraError, PolicyError
from inadimplencia_ml.features.history.families import wanted_families
from inadimplencia_ml.features.stream import features_table
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.spark.run import door_on_spark, features_on_spark, score_on_spark, with_known_until
from inadimplencia_ml.spark.session import plain_errors
from inadimplencia_ml.spark.spark_ledger import SparkLedger


def expected_features(ledger: iml.Ledger, snapshots: Any, families: Any = ()) -> pa.Table:
    return features_table(ledger, snapshots, families=wanted_families(families), custom=(), n_jobs=1)


def shuffled_files(ledger: iml.Ledger, folder: Path, seed: int) -> dict[str, Path]:
    """The tables of a ledger as plain Parquet, several files a table, rows in no order."""
    dice, places = np.random.default_rng(seed), {}
    for name, table in ledger.all_tables().items():
        mixed = table.take(pa.array(dice.permutation(table.num_rows)))
        places[name] = folder / name.replace("/", "_")
        places[name].mkdir(parents=True)
        for k in range(3):
            third = -(-table.num_rows // 3)
            pq.write_table(mixed.slice(k * third, third), places[name] / f"{k}.parquet")
    return places


def as_frames(spark: Any, places: dict[str, Path]) -> dict[str, Any]:
    frames = {name: spark.read.parquet(str(place)) for name, place in places.items()}
    attributes = {name.partition("/")[2]: frame for name, frame in frames.items() if "/" in name}
    return {name: frame for name, frame in frames.items() if "/" not in name} | {"attributes": attributes}


# ---- the same as in memory


def test_scores_and_decisions_are_those_of_memory_to_the_bit(spark: Any, sample: Sample) -> None:
    ledger = SparkLedger.read(sample.folder, spark=spark)
    how: dict[str, Any] = {"policy": iml.Policy.default(), "history": sample.history}
    made = score_on_spark(sample.model, ledger, DAY, **how, rows_at_once=20_000).kept()
    assert made.names[:-1] == list(sample.tables)
    for name, expected in sample.tables.items():
        same(made[name], expected)
    made.let_go()
    with pytest.raises(CallError, match=r"there is no table 'score'; there are scores, decisions"):
        _ = made["score"]


@long_run
def test_shuffled_rows_of_dataframes_in_any_number_of_partitions_give_the_same_features(
    spark: Any, sample: Sample, tmp_path: Path
) -> None:
    """They pass the door there, block by block; snapshots of unknown clients and of clients without invoices too."""
    frames = as_frames(spark, shuffled_files(sample.ledger, tmp_path, 1))
    ledger = SparkLedger.of(**frames)
    wanted = iml.make_snapshots(sample.ledger, ["2024-12-31", "2025-06-30"]).sample(frac=0.4, random_state=2)
    strangers = pd.DataFrame({"client_id": ["nobody", "C00042"], "as_of": pd.to_datetime(["2025-01-31"] * 2)})
    wanted = pd.concat([wanted, strangers], ignore_index=True)
    families = ("rhythm", "past", "limits")
    families = tuple(name for name in families if name in wanted_families("all"))
    got = features_on_spark(ledger, wanted, families=families, partitions=5, rows_at_once=3_000)
    same(got, expected_features(sample.ledger, wanted, families))


@long_run
def test_linked_clients_stay_together_and_a_ledger_in_partitions_is_read_as_it_is(spark: Any, tmp_path: Path) -> None:
    book = iml.generate_book(40, random_state=6, start="2024-01-01", end="2025-03-31")
    ids = sorted(set(book.tables["invoices"]["client_id"]))
    links = pd.DataFrame({"client_id": ids, "group_id": [f"G{k // 3}" for k in range(len(ids))]})
    more = pd.DataFrame({"client_id": ids[::8], "group_id": "over all"})
    links = pd.concat([links, more]).assign(kind="economic_group")
    ledger = iml.Ledger(**book.tables, links=links, known_until="2025-03-31")
    folder = partition_ledger(ledger.write(tmp_path / "whole"), tmp_path / "parts", rows_a_partition=150)
    days = ["2024-12-31", "2025-03-31"]
    got = features_on_spark(SparkLedger.read(folder, spark=spark), as_of=days, families=["groups"], rows_at_once=200)
    expected = expected_features(ledger, iml.make_snapshots(ledger, days), ["groups"])
    same(got, expected)
    assert any(
        name not in expected_features(ledger, links.assign(as_of="2025-03-31")).column_names for name in got.columns
    )


def test_a_client_whose_rows_fill_many_batches_comes_out_whole(spark: Any, tmp_path: Path) -> None:
    """Batches hold 500 rows; most invoices are of one client, who is more than a block may hold."""
    n = 6_000
    dice = np.random.default_rng(3)
    issued = np.datetime64("2023-01-01") + dice.integers(0, 700, n)
    client = np.where(dice.random(n) < 0.9, "large", dice.integers(0, 30, n).astype(str))
    invoices = pa.table(
        {
            "client_id": client,
            "invoice_id": np.arange(n),
            "issue_date": issued,
            "due_date": issued + dice.integers(1, 60, n),
            "amount": dice.integers(1, 10**6, n) / 100,
        }
    )
    paid = dice.random(n) < 0.8
    payments = {
        "invoice_id": np.arange(n),
        "payment_date": issued + dice.integers(0, 120, n),
        "amount": invoices["amount"],
    }
    payments = pa.table(payments).filter(pa.array(paid))
    ledger = iml.Ledger(invoices, payments, known_until="2025-03-31")
    got = features_on_spark(
        SparkLedger.read(ledger.write(tmp_path / "ledger"), spark=spark), as_of="2024-12-31", rows_at_once=1_000
    )
    same(got, expected_features(ledger, iml.make_snapshots(ledger, "2024-12-31")))


# ---- bad rows are data


def bad_rows() -> dict[str, pd.DataFrame]:
    """Rows of every outcome; ids that are numbers in one table and text in the other."""
    invoices = pd.DataFrame(
        {
            "client_id": [1, 1, 2, 2, None, 3, 3, 4],
            "invoice_id": [10, 11, 20, 20, 30, 31, 32, 40],
            "issue_date": [
                "2025-01-02",
                "2025-01-03",
                "2025-01-04",
                "2025-01-04",
                "2025-01-05",
                "2025-01-06",
                None,
                "soon",
            ],
            "due_date": ["2025-02-02"] * 8,
            "amount": [10.0, -5.0, 20.0, 20.0, 30.0, 0.0, 32.0, 40.0],
        }
    )
    payments = pd.DataFrame(
        {
            "invoice_id": ["10", "20", "99", None, "31"],
            "client_id": [None, "2", "3", None, "5"],
            "payment_date": ["2025-02-01", "2025-02-03", "2025-02-04", "2025-02-05", "2025-03-09"],
            "amount": [10.0, 20.0, 5.0, 5.0, 0.0],
        }
    )
    clients = pd.DataFrame({"client_id": ["1", "9"], "known_on": ["2025-01-01", "2025-01-07"], "uf": ["SP", "XX"]})
    return {"invoices": invoices, "payments": payments, "clients": clients}


def test_bad_rows_are_counted_as_in_memory_and_the_last_day_is_found(spark: Any, tmp_path: Path) -> None:
    tables = bad_rows()
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    local = iml.Ledger(**tables)
    ledger = SparkLedger.of(**{name: spark.read.parquet(str(tmp_path / f"{name}.parquet")) for name in tables})
    door = door_on_spark(ledger, partitions=3).kept()
    counts = door["counts"].toArrow().to_pandas().groupby("table").sum(numeric_only=True).loc[list(tables)]
    pd.testing.assert_frame_equal(counts, local.counts.set_index("table"), check_names=False, check_dtype=False)
    found = door["problems"].toArrow().to_pandas()
    told = ["table", "column", "value", "outcome", "code", "reason"]
    assert sorted(map(str, found[told].to_numpy().tolist())) == sorted(
        map(str, local.problems[told].to_numpy().tolist())
    )
    door.let_go()
    days = iml.make_snapshots(local, "2025-03-31")
    assert set(days["client_id"]) == {"1", "2", "3", "9"}
    same(features_on_spark(ledger, as_of="2025-03-31", partitions=3), expected_features(local, days))
    assert with_known_until(ledger).known_until == local.known_until == dt.date(2025, 2, 4)


def test_of_a_plain_folder_the_first_row_in_the_file_stays_and_problems_say_where(spark: Any, tmp_path: Path) -> None:
    invoices = bad_rows()["invoices"].iloc[[2, 2]].assign(amount=[20.0, 10.0])  # by its values, the second is first
    invoices.to_parquet(tmp_path / "invoices.parquet", index=False)
    ledger = SparkLedger.read(tmp_path, spark=spark)
    problems = door_on_spark(ledger)["problems"].toArrow().to_pylist()
    assert [(p["row"], p["code"]) for p in problems] == [(1, "duplicate_conflict")]
    row = features_on_spark(ledger, as_of="2025-01-31").toArrow().to_pylist()[0]
    assert row["open_amount"] == 20.0


# ---- refusals


def test_what_cannot_be_is_told_before_anything_is_computed(spark: Any, sample: Sample, tmp_path: Path) -> None:
    ledger = SparkLedger.read(sample.folder, spark=spark)
    days = iml.make_snapshots(sample.ledger, ["2025-01-31", "2025-02-28"])
    policy = iml.Policy.default()
    for given, error, said in (
        ({"as_of": "2025-09-30"}, CallError, "beyond_known_until: 2025-09-30 lies after 2025-06-30"),
        ({"at_issue": True}, CallError, "the model is of level client; give as_of"),
        ({}, CallError, "give one of as_of, snapshots and at_issue"),
        ({"as_of": DAY, "history": tmp_path / "none"}, CallError, "there is no such folder"),
        ({"snapshots": days, "policy": policy}, PolicyError, "a plan is of one date; the snapshots are of 2"),
    ):
        with pytest.raises(error, match=said):
            score_on_spark(sample.model, ledger, **given)  # type: ignore[arg-type]
    with pytest.raises(CallError, match="features: give one of as_of, snapshots and at_issue"):
        features_on_spark(ledger)
    with pytest.raises(CallError, match=r"family macro .* give one as_of"):
        features_on_spark(ledger, days, families=["macro"])
    with pytest.raises(LedgerError, match=r"invoices: the column 'due_date' is missing"):
        SparkLedger.of(spark.read.parquet(str(sample.folder / "invoices.parquet")).drop("due_date"))
    with pytest.raises(LedgerError, match="a ledger needs the table invoices"):
        SparkLedger.of_frames({}, {})


def test_an_error_that_a_worker_meets_comes_as_itself(spark: Any, tmp_path: Path) -> None:
    rows = bad_rows()["invoices"].iloc[[0, 2]].assign(currency=["BRL", "USD"])
    rows.to_parquet(tmp_path / "invoices.parquet")
    foreign = spark.read.parquet(str(tmp_path / "invoices.parquet")).where("currency = 'USD'")
    features = features_on_spark(SparkLedger.of(foreign), as_of="2025-01-31")
    with pytest.raises(LedgerError, match="the rows are in USD, but the ledger's currency is BRL"), plain_errors():
        features.toArrow()
    with pytest.raises(LedgerError, match="more than one currency, BRL and USD"):
        SparkLedger.read(tmp_path, spark=spark)
    with pytest.raises(CallError, match=r"^Spark: "), plain_errors():
        spark.read.parquet(str(tmp_path / "nothing.parquet"))


def test_an_altered_file_passes_the_door_again_and_an_altered_partition_is_refused(
    spark: Any, sample: Sample, tmp_path: Path
) -> None:
    few = sample.ledger.known_at("2024-03-31")
    folder = few.write(tmp_path / "ledger")
    invoices = pq.read_table(folder / "invoices.parquet")
    pq.write_table(pa.concat_tables([invoices, invoices.slice(0, 1)]), folder / "invoices.parquet")
    ledger = SparkLedger.read(folder, spark=spark)
    assert [name for name, table in ledger.tables.items() if not table.passed] == ["invoices"]
    door = door_on_spark(ledger)["counts"].toArrow().to_pandas()
    assert door["duplicate"].sum() == 1
    assert ledger.counts["payments"] == {c: int(n) for c, n in few.counts.set_index("table").loc["payments"].items()}
    parts = partition_ledger(few.write(tmp_path / "again"), tmp_path / "parts", rows_a_partition=10_000)
    some = sorted(parts.glob("partitions/*/invoices.parquet"))[0]
    some.write_bytes(some.read_bytes()[:-1] + b"?")
    with pytest.raises(LedgerError, match=r"invoices\.parquet: was altered or damaged"):
        SparkLedger.read(parts, spark=spark)


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from inadimplencia_ml.spark.session import functions, session

    for name in [name for name in sys.modules if name.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    for asked in (session, functions):
        with pytest.raises(MissingExtraError, match=r"pyspark is not installed.*inadimplencia-ml\[spark\]"):
            asked()


def test_rows_are_put_in_order_by_their_keys() -> None:
    table = pa.table({"client_id": ["b", "a"], "x": [1, 2]})
    assert in_order(table)["x"].to_pylist() == [2, 1]
