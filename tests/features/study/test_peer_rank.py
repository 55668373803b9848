"""PeerRank: a frozen percentile rank that is the same for one client alone as inside any batch."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import percentileofscore
from sklearn import config_context
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.features.study.frozen_ranks import FrozenRanks
from inadimplencia_ml.features.study.peer_rank import PeerRank

ANY_SIZE = st.floats(allow_nan=False, allow_infinity=False)
FEW_VALUES = st.integers(-3, 3).map(float)
SAMPLES = st.lists(st.one_of(FEW_VALUES, FEW_VALUES, ANY_SIZE), min_size=1, max_size=60)
CELLS = st.one_of(FEW_VALUES, ANY_SIZE, st.just(np.nan))


@st.composite
def books(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 40))
    cells = st.lists(CELLS, min_size=n, max_size=n)
    kinds = st.lists(st.sampled_from(["PF", "PJ", None]), min_size=n, max_size=n)
    return pd.DataFrame({"a": draw(cells), "b": draw(cells), "kind": pd.Series(draw(kinds), dtype="str")})


def book(n: int = 900, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    amount = np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(6, 1, n).round(2))
    amount[rng.random(n) < 0.05] = np.nan
    return pd.DataFrame(
        {
            "client_id": np.arange(n),
            "open_amount": amount,
            "dpd_max": rng.integers(0, 90, n).astype(float),
            "client_kind": pd.Categorical(rng.choice(["PF", "PJ", "MEI"], n, p=[0.5, 0.45, 0.05])),
            "client_region": rng.choice(["S", "N"], n),
        }
    )


def bits(values: Any) -> bytes:
    return np.ascontiguousarray(values, dtype=np.float64).tobytes()


# --- scikit-learn ----------------------------------------------------------------------------------------------------


@parametrize_with_checks([PeerRank(), PeerRank(suffix=""), PeerRank([0], by=0, min_group=3), PeerRank(n_quantiles=5)])
def test_scikit_learn_finds_nothing_to_say_of_peer_rank(estimator: Any, check: Any) -> None:
    check(estimator)


def test_it_works_in_a_pipeline_and_gives_the_table_that_is_asked_for() -> None:
    numbers = book()[["open_amount", "dpd_max"]].fillna(0.0)
    pipe = make_pipeline(PeerRank(), StandardScaler()).set_output(transform="pandas").fit(numbers)
    assert list(pipe.transform(numbers).columns) == ["open_amount", "dpd_max", "open_amount_rank", "dpd_max_rank"]
    out = PeerRank().set_output(transform="polars").fit(numbers).transform(numbers)
    assert isinstance(out, pl.DataFrame)
    assert out.columns == ["open_amount", "dpd_max", "open_amount_rank", "dpd_max_rank"]


# --- laws of one column ----------------------------------------------------------------------------------------------


@given(SAMPLES, st.lists(CELLS, min_size=1, max_size=30))
def test_with_all_values_kept_the_rank_is_the_share_below_plus_half_the_ties(
    sample: list[float], cells: list[float]
) -> None:
    got = FrozenRanks.learn(np.array(sample), 1000).rank(np.array(cells))
    plain = [np.nan if np.isnan(c) else percentileofscore(sample, c, kind="mean") / 100 for c in cells]
    assert got == pytest.approx(plain, abs=1e-12, nan_ok=True)


@given(SAMPLES, st.integers(2, 9), st.lists(CELLS, min_size=1, max_size=30))
def test_with_few_values_kept_the_rank_is_off_by_no_more_than_promised(
    sample: list[float], kept: int, cells: list[float]
) -> None:
    got = FrozenRanks.learn(np.array(sample), kept).rank(np.array(cells))
    exact = FrozenRanks.learn(np.array(sample), 1000).rank(np.array(cells))
    assert np.nanmax(np.abs(got - exact), initial=0) <= 1 / (kept - 1) + 1 / len(sample) + 1e-12


@given(SAMPLES, st.integers(2, 9), st.lists(st.one_of(FEW_VALUES, ANY_SIZE), min_size=2, max_size=30))
def test_the_rank_never_falls_and_stays_between_0_and_1(sample: list[float], kept: int, cells: list[float]) -> None:
    ranks = FrozenRanks.learn(np.array(sample), kept).rank(np.sort(np.array(cells)))
    assert (np.diff(ranks) >= 0).all()
    assert ranks.min() >= 0
    assert ranks.max() <= 1


@given(SAMPLES, st.integers(2, 9))
def test_the_order_of_the_sample_changes_nothing(sample: list[float], kept: int) -> None:
    one, other = (FrozenRanks.learn(np.array(s), kept).to_json() for s in (sample, sample[::-1]))
    assert one == other


def test_the_middle_of_ties_below_above_and_between() -> None:
    ranks = FrozenRanks.learn(np.array([0.0, 0.0, 0.0, 5.0, np.nan]), 1000)
    got = ranks.rank(np.array([-1e-9, -0.0, 0.0, 2.5, 5.0, 5.1, np.nan]))
    assert got.tolist()[:6] == [0.0, 0.375, 0.375, 0.75, 0.875, 1.0]
    assert np.isnan(got[6])


def test_a_value_just_above_a_heavy_tie_stands_above_all_of_it() -> None:
    sample = np.concatenate([np.zeros(8000), np.linspace(1, 100, 2000)])
    ranks = FrozenRanks.learn(sample, 11)
    assert ranks.rank(np.array([0.0, 1e-6])) == pytest.approx([0.4, 0.8], abs=1e-6)


def test_values_as_far_apart_as_a_float_can_hold_are_ranked() -> None:
    sample = np.array([-1.7e308, -1.6e308, -1.0, 0.0, 1.0, 1.6e308, 1.7e308])
    ranks = FrozenRanks.learn(sample, 2).rank(np.array([-1e308, 0.0, 1e308]))
    assert np.isfinite(ranks).all()
    assert (np.diff(ranks) > 0).all()


# --- laws of the table -----------------------------------------------------------------------------------------------


@given(books(), books(), st.integers(1, 6), st.integers(2, 8))
def test_one_client_alone_gets_the_bits_it_gets_in_the_batch(
    fitted: pd.DataFrame, batch: pd.DataFrame, min_group: int, kept: int
) -> None:
    ranker = PeerRank(["a", "b"], by="kind", min_group=min_group, n_quantiles=kept).fit(fitted)
    whole = ranker.transform(batch)[["a_rank", "b_rank"]]
    alone = [ranker.transform(batch.iloc[[i]])[["a_rank", "b_rank"]] for i in range(len(batch))]
    assert bits(pd.concat(alone)) == bits(whole)


@given(books(), books(), st.integers(1, 6), st.integers(2, 8))
def test_written_as_json_and_read_again_it_gives_the_same_bits(
    fitted: pd.DataFrame, batch: pd.DataFrame, min_group: int, kept: int
) -> None:
    ranker = PeerRank(["a", "b"], by=["kind"], min_group=min_group, n_quantiles=kept).fit(fitted)
    again = PeerRank.from_json(json.loads(json.dumps(ranker.to_json(), allow_nan=False)))
    one, other = (r.transform(batch)[["a_rank", "b_rank"]] for r in (ranker, again))
    assert bits(one) == bits(other)
    assert again.to_json() == ranker.to_json()
    assert again.get_params() == ranker.get_params()


@given(books(), st.integers(1, 6))
def test_a_client_is_ranked_in_its_group_if_that_is_large_enough_else_among_all(
    table: pd.DataFrame, min_group: int
) -> None:
    got = PeerRank(["a"], by="kind", min_group=min_group).fit_transform(table)["a_rank"]
    for i, (value, kind) in enumerate(zip(table["a"], table["kind"], strict=True)):
        everyone = table["a"].dropna()
        group = table["a"][table["kind"] == kind].dropna()
        peers = group if len(group) >= min_group else everyone
        want = np.nan if np.isnan(value) else percentileofscore(peers, value, kind="mean") / 100
        assert got.iloc[i] == pytest.approx(want, abs=1e-12, nan_ok=True)


# --- tables ----------------------------------------------------------------------------------------------------------


def test_ranks_follow_the_columns_which_stay_as_they_were() -> None:
    table = book()
    before = table.copy(deep=True)
    out = PeerRank().fit_transform(table)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(out[list(table.columns)], before)
    assert list(out.columns[5:]) == ["open_amount_rank", "dpd_max_rank"]  # client_id is a key, and words have no rank
    assert (out["open_amount_rank"].isna() == table["open_amount"].isna()).all()


def test_without_a_suffix_the_rank_takes_the_place_of_the_column() -> None:
    table = book()
    ranker = PeerRank(["dpd_max"], suffix="").fit(table)
    out = ranker.transform(table)
    assert list(out.columns) == list(table.columns) == list(ranker.get_feature_names_out())
    assert out["dpd_max"].between(0, 1).all()
    assert out["client_kind"].equals(table["client_kind"])


def test_polars_arrow_pandas_and_arrays_give_the_same_ranks() -> None:
    numbers = book()[["open_amount", "dpd_max"]]
    frame = pl.from_pandas(numbers)
    by_name = PeerRank(["open_amount"]).fit(numbers)
    want = bits(by_name.transform(numbers)["open_amount_rank"])
    assert bits(by_name.transform(frame)["open_amount_rank"]) == want
    assert bits(by_name.transform(frame.to_arrow())["open_amount_rank"]) == want
    assert bits(PeerRank(["open_amount"]).fit(frame).transform(numbers)["open_amount_rank"]) == want
    assert bits(PeerRank([0]).fit_transform(numbers.to_numpy())[:, 2]) == want


def test_a_table_comes_back_as_the_kind_it_was_unless_set_output_says_otherwise() -> None:
    numbers = book()[["open_amount", "dpd_max"]]
    ranks = PeerRank(["open_amount"]).fit(numbers)
    for table in (numbers, pl.from_pandas(numbers), pl.from_pandas(numbers).to_arrow()):
        assert type(ranks.transform(table)) is type(table)
        for kind, library in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
            out = PeerRank(["open_amount"]).set_output(transform=kind).fit(numbers).transform(table)
            assert isinstance(out, library)
            assert list(out.columns) == ["open_amount", "dpd_max", "open_amount_rank"]
    with config_context(transform_output="polars"):
        assert isinstance(ranks.transform(numbers), pl.DataFrame)
    assert isinstance(ranks.transform(numbers.to_numpy()), np.ndarray)


def test_the_index_of_the_rows_is_kept() -> None:
    table = book(300).sample(frac=1, random_state=1)
    assert PeerRank().fit(table).transform(table).index.equals(table.index)


def test_several_columns_make_one_group_for_each_combination() -> None:
    table = book()
    ranker = PeerRank(["dpd_max"], by=["client_kind", "client_region"], min_group=100).fit(table)
    assert ranker.groups_ == [("PF", "N"), ("PF", "S"), ("PJ", "N"), ("PJ", "S")]  # of MEI there are too few
    there = table[(table["client_kind"] == "PF") & (table["client_region"] == "S")]
    alone = PeerRank(["dpd_max"]).fit_transform(there)["dpd_max_rank"]
    assert bits(ranker.transform(there)["dpd_max_rank"]) == bits(alone)


def test_an_unseen_or_missing_group_is_ranked_among_all() -> None:
    table = book()
    ranker = PeerRank(["dpd_max"], by="client_kind").fit(table)
    strangers = table.assign(client_kind=["ONG", None] * 450)
    among_all = PeerRank(["dpd_max"]).fit(table).transform(strangers)["dpd_max_rank"]
    assert bits(ranker.transform(strangers)["dpd_max_rank"]) == bits(among_all)


@pytest.mark.parametrize("kind", ["float64", "Int64", "str", "category"])
def test_a_group_keeps_its_meaning_when_the_type_of_its_column_changes(kind: str) -> None:
    table = book().assign(grade=np.arange(900) % 3)
    ranker = PeerRank(["dpd_max"], by="grade").fit(table)
    again = ranker.transform(table.assign(grade=table["grade"].astype(kind)))["dpd_max_rank"]
    assert bits(again) == bits(ranker.transform(table)["dpd_max_rank"])


def test_a_column_without_any_value_has_no_ranks() -> None:
    table = pd.DataFrame({"a": [np.nan, np.nan], "b": [1.0, 2.0]})
    assert PeerRank().fit_transform(table)["a_rank"].isna().all()


def test_no_row_at_transform_gives_no_row() -> None:
    table = book()
    assert PeerRank().fit(table).transform(table.head(0)).shape == (0, 7)


# --- wrong calls -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": ["open_amont"]}, r"columns names 'open_amont', which is no column\. Did you mean 'open_amount'"),
        ({"by": "client_kin"}, r"by names 'client_kin', which is no column\. Did you mean 'client_kind'"),
        ({"columns": [7]}, r"columns names column 7; there are 5\."),
        ({"columns": ["dpd_max", 2]}, "columns names 'dpd_max' twice"),
        ({"columns": ["client_kind"]}, "'client_kind' holds values that are no numbers such as"),
        ({"columns": []}, r"no column of numbers to rank \(n_features=5\)"),
        ({"n_quantiles": 1}, "n_quantiles is 1; expected 2 or more"),
        ({"min_group": 0}, "min_group is 0; expected 1 or more"),
        ({"suffix": None}, "suffix is None; expected text"),
    ],
)
def test_a_wrong_setting_is_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        PeerRank(**settings).fit(book())


def test_wrong_values_are_told() -> None:
    table = book()
    with pytest.raises(CallError, match="'dpd_max' holds an infinite value"):
        PeerRank().fit(table.assign(dpd_max=np.inf))
    with pytest.raises(CallError, match="'dpd_max' holds values that are no numbers such as 'muito'"):
        PeerRank().fit(table).transform(table.assign(dpd_max="muito"))
    with pytest.raises(CallError, match=r"already\. Choose another suffix"):
        PeerRank(["dpd_max"]).fit(table.assign(dpd_max_rank=1.0))
    with pytest.raises(CallError, match="There are no rows to learn ranks from"):
        PeerRank().fit(table.head(0))
    with pytest.raises(CallError, match="'a' comes more than once"):
        PeerRank().fit(pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]))
    with pytest.raises(NotFittedError):
        PeerRank().to_json()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d.pop("ranks"), "cannot be read: KeyError"),
        (lambda d: d.update(format=2), r"PeerRank of format 2; PeerRank reads 1\."),
        (lambda d: d["parameters"].update(n_quantiles=0), "n_quantiles is 0"),
        (lambda d: d["ranks"].pop(0), "do not fit its columns and groups"),
        (lambda d: d.update(ranked=[9]), "do not fit its columns and groups"),
        (lambda d: d["ranks"][0]["values"].reverse(), "Frozen ranks are broken: they do not rise"),
        (lambda d: d["ranks"][0].update(n=5), "Frozen ranks are broken"),
        (lambda d: d["ranks"][0]["below"].pop(), "do not fit together"),
        (lambda d: d["ranks"][0].update(values=["x"]), "Frozen ranks cannot be read"),
    ],
)
def test_an_altered_file_is_refused(damage: Any, message: str) -> None:
    data = PeerRank(["dpd_max"], by="client_kind").fit(book()).to_json()
    damage(data)
    with pytest.raises(BundleError, match=message):
        PeerRank.from_json(data)
