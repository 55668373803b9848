"""A book worked through in blocks gives the rows of build_features, whatever the blocks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from effort import seeds
from inadimplencia_ml import Ledger, build_features, make_snapshots
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.fixed.columns import always_there, fixed_names
from inadimplencia_ml.features.stream import stream_features
from inadimplencia_ml.ledger.blocks import Blocks
from inadimplencia_ml.ledger.codes import as_frame
from reference.random_extras import random_extras
from reference.random_ledger import random_ledger

KEYS = ["client_id", "as_of", "invoice_id", "view"]


def streamed(ledger: Ledger, snapshots: object, count: int, **more: object) -> pd.DataFrame:
    parts = list(stream_features(ledger, snapshots, count=count, **more))
    assert len({str(part.schema) for part in parts}) == 1
    return as_frame(pa.concat_tables([part.unify_dictionaries() for part in parts], promote_options="none"))


def same(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    keys = [k for k in KEYS if k in expected.columns]
    assert list(got.columns) == list(expected.columns)
    a, b = (f.assign(**{k: f[k].astype(str) for k in keys}).sort_values(keys, kind="stable") for f in (got, expected))
    assert a[keys].to_numpy().tolist() == b[keys].to_numpy().tolist()
    for name in expected.columns.difference(keys):
        one, two = a[name].to_numpy(), b[name].to_numpy()
        if one.dtype == np.float64:
            assert np.array_equal(one, two, equal_nan=True), name
        else:
            assert pd.Series(one).astype(str).tolist() == pd.Series(two).astype(str).tolist(), name


@pytest.mark.parametrize("seed", seeds(8))
@pytest.mark.parametrize("count", [1, 3, 50])
def test_blocks_of_clients_give_the_same_bits_as_the_whole_book(seed: int, count: int) -> None:
    tables, snapshots, settings = random_ledger(seed)
    ledger = Ledger(**tables, **settings)
    same(streamed(ledger, snapshots, count), build_features(ledger, snapshots))


@pytest.mark.parametrize("seed", range(3))
def test_so_do_all_families_and_groups_are_not_torn_apart(seed: int) -> None:
    tables, snapshots, settings = random_extras(seed)
    ledger = Ledger(**tables, **settings)
    expected = build_features(ledger, snapshots, families="all")
    same(streamed(ledger, snapshots, 4, families="all"), expected)


@pytest.mark.parametrize("made", [{"as_of": ["2024-06-30", "2024-12-31"]}, {"at_issue": True}], ids=str)
def test_a_series_has_its_columns_in_every_block_if_it_is_known_on_the_last_day_of_any(made: dict) -> None:
    tables, _, settings = random_extras(1)
    ledger = Ledger(**tables, **settings)
    late = make_snapshots(ledger, **made)["as_of"].max()
    first = ledger.frame("macro").iloc[[0]]
    for since, there in ((late - pd.Timedelta(days=1), True), (late + pd.Timedelta(days=1), False)):
        macro = pd.concat([ledger.frame("macro"), first.assign(series="new", date=since, known_on=since)])
        known = Ledger(**tables | {"macro": macro}, **settings)
        expected = build_features(known, make_snapshots(known, **made), families=["groups", "macro"])
        assert ("macro_new" in expected) == there
        same(streamed(known, lambda part: make_snapshots(part, **made), 5, families=["groups", "macro"]), expected)


def test_only_clients_whom_links_tie_are_put_together() -> None:
    ids = [f"C{k}" for k in range(8)]
    invoices = pd.DataFrame({"client_id": ids, "invoice_id": ids, "issue_date": "2025-01-02", "due_date": "2025-02-03"})
    links = pd.DataFrame({"client_id": ["C1", "C6"], "group_id": "G", "kind": "owner", "known_on": "2025-01-02"})
    ledger = Ledger(invoices.assign(amount=1.0), links=links)
    owners = [
        [blocks[k].tables["invoices"]["client_id"].to_pylist() for k in range(4)]
        for blocks in (Blocks(ledger, 4), Blocks(ledger, 4, tied=True))
    ]
    assert owners[0] == [["C0", "C1"], ["C2", "C3"], ["C4", "C5"], ["C6", "C7"]]
    assert owners[1] == [["C0", "C1", "C6"], ["C2", "C3"], ["C4", "C5"], ["C7"]]


@pytest.mark.parametrize("asked", [{"as_of": "2025-03-01"}, {"at_issue": True}], ids=str)
def test_a_block_that_loses_all_its_clients_to_those_they_are_tied_to_is_empty_and_of_the_same_schema(
    asked: dict,
) -> None:
    ids = [f"C{k}" for k in range(8)]
    invoices = pd.DataFrame({"client_id": ids, "invoice_id": ids, "issue_date": "2025-01-02", "due_date": "2025-02-03"})
    links = pd.DataFrame({"client_id": ["C1", "C2", "C3"], "group_id": "G", "kind": "owner", "known_on": "2025-01-02"})
    macro = pd.DataFrame({"series": ["selic"], "date": ["2025-01-02"], "value": [1.0]})
    ledger = Ledger(invoices.assign(amount=1.0), links=links, macro=macro)
    assert [Blocks(ledger, 4, tied=True)[k].tables["invoices"].num_rows for k in range(4)] == [4, 0, 2, 2]
    expected = build_features(ledger, make_snapshots(ledger, **asked), families="all")
    same(streamed(ledger, lambda part: make_snapshots(part, **asked), 4, families="all"), expected)
    same(streamed(ledger, make_snapshots(ledger, **asked), 4, families="all"), expected)


def test_snapshots_may_be_made_of_each_block() -> None:
    tables, _, settings = random_ledger(2)
    ledger = Ledger(**tables, **settings)
    got = streamed(ledger, lambda part: make_snapshots(part, ["2024-06-30", "2024-12-31"]), 5)
    same(got, build_features(ledger, make_snapshots(ledger, ["2024-06-30", "2024-12-31"])))


@pytest.mark.parametrize("ids", [["C1", "C2", "C3"], [1, 2, 3]], ids=["text", "integers"])
@pytest.mark.parametrize("asked", [{"as_of": "2025-03-01"}, {"at_issue": True, "to": "2025-03-01"}], ids=str)
def test_a_block_on_none_of_whose_clients_one_looks_has_the_schema_of_the_others(ids: list, asked: dict) -> None:
    invoices = pd.DataFrame({"client_id": ids, "invoice_id": ids, "issue_date": ["2025-01-02", *["2025-06-02"] * 2]})
    ledger = Ledger(invoices.assign(due_date="2025-07-01", amount=1.0), known_until="2025-07-01")
    got = streamed(ledger, lambda part: make_snapshots(part, **asked), 3)
    same(got, build_features(ledger, make_snapshots(ledger, **asked)))


def test_whatever_kind_of_table_asks_the_same_table_comes_and_words_stand_in_their_order() -> None:
    ids = ["C2", "C1", "C3"]
    invoices = pd.DataFrame({"client_id": ids, "invoice_id": ids, "issue_date": "2025-01-02", "due_date": "2025-02-03"})
    clients = pd.DataFrame({"client_id": ids, "size": ["large", "small", None], "known_on": "2025-01-02"})
    ledger = Ledger(invoices.assign(amount=1.0), clients=clients)
    asked = pd.DataFrame({"client_id": ids, "as_of": "2025-03-01", "invoice_id": ids, "view": "at_issue"})
    words = pa.table({name: pa.array(column.tolist(), pa.string()) for name, column in asked.items()})
    kinds = [asked, pl.from_pandas(asked), words, words.cast(pa.schema([(n, pa.large_string()) for n in KEYS]))]
    first, *others = (next(iter(stream_features(ledger, kind, count=1))) for kind in kinds)
    assert [first.schema.field(name).type for name in KEYS] == [
        pa.large_string(), pa.timestamp("s"), pa.large_string(), pa.large_string()
    ]  # fmt: skip
    assert first["client_size"].type == pa.dictionary(pa.int32(), pa.string())
    assert first["client_size"].chunk(0).dictionary.to_pylist() == ["large", "small"]
    assert first["client_size"].to_pylist() == ["small", "large", None]
    assert all(other.schema.equals(first.schema) and other.equals(first) for other in others)


def test_rows_come_in_the_order_of_clients_unknown_ones_last_each_clients_as_given() -> None:
    one = pd.DataFrame({"client_id": ["B", "A"], "invoice_id": ["T1", "T2"], "issue_date": "2025-01-02"})
    ledger = Ledger(one.assign(due_date="2025-02-03", amount=10.0))
    asked = pl.DataFrame(
        {"client_id": ["0", "B", "A", "B"], "as_of": ["2025-03-01", "2025-03-02", "2025-03-01", "2025-03-01"]}
    )
    for count in (1, 2):
        got = streamed(ledger, asked, count)
        assert got["client_id"].tolist() == ["A", "B", "B", "0"]
        assert got["as_of"].dt.day.tolist() == [1, 2, 1, 1]


def test_a_column_that_is_missing_is_told_before_any_work() -> None:
    ledger = Ledger(**random_ledger(0)[0])
    with pytest.raises(CallError, match="column 'as_of' is missing"):
        list(stream_features(ledger, pd.DataFrame({"client_id": ["C1"], "asof": ["2025-01-01"]})))


def test_blocks_share_the_clients_out_and_hold_every_row() -> None:
    tables, _, settings = random_ledger(1)
    ledger = Ledger(**tables, **settings)
    blocks = Blocks(ledger, 4)
    parts = [blocks[k] for k in range(len(blocks))]
    assert sum(part.tables["invoices"].num_rows for part in parts) == ledger.tables["invoices"].num_rows
    owners = [set(part.tables["invoices"]["client_id"].to_pylist()) for part in parts]
    assert sum(map(len, owners)) == len(set.union(*owners))


def test_a_ledger_may_lose_its_tables_to_the_blocks() -> None:
    tables, _, settings = random_ledger(1)
    kept, used = Ledger(**tables, **settings), Ledger(**tables, **settings)
    whole, blocks = Blocks(kept, 4), Blocks(used, 4, use_up=True)
    assert kept.tables["invoices"].num_rows > 0
    assert not used.tables
    for k in range(4):
        assert whole[k].all_tables().keys() == blocks[k].all_tables().keys()
        assert all(table.equals(blocks[k].all_tables()[name]) for name, table in whole[k].all_tables().items())


def test_the_verb_needs_no_model_library() -> None:
    code = (
        "import sys, inadimplencia_ml.cli.app, inadimplencia_ml.features.stream as s; s.warm_up(); "
        "print([m for m in ('sklearn', 'lightgbm', 'matplotlib', 'shap') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("seed", seeds(9))
def test_what_is_said_to_be_always_there_is_and_the_others_are_not_of_a_client_without_data(seed: int) -> None:
    tables, snapshots, settings = random_ledger(seed)
    ledger, dates = Ledger(**tables, **settings), snapshots[["client_id", "as_of"]]
    unknown = "nobody" if isinstance(dates["client_id"].iloc[0], str) else 10**9
    nobody = dates.iloc[[0]].assign(client_id=unknown)
    features = build_features(ledger, pd.concat([dates, nobody], ignore_index=True))
    empty = features[fixed_names()].isna()
    assert not empty[sorted(always_there())].to_numpy().any()
    assert set(empty.columns[empty.iloc[-1]]) == set(fixed_names()) - always_there()
    (table, *_) = stream_features(ledger, dates, count=3)
    assert {f.name for f in table.schema if not f.nullable} == always_there()
