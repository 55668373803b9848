"""Stability tables: bins from the reference alone, PSI, information value, trends and groups against plain formulas."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.features.study.bins import Bins, frozen_bins, symmetric_divergence
from inadimplencia_ml.features.study.information import correlation_groups, information_value
from inadimplencia_ml.features.study.stability import psi_by_period
from inadimplencia_ml.features.study.trend import bad_rate_by_bin, monotonic_trend

CELLS = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6), st.just(np.nan), st.just(-999.0))
COLUMNS = st.lists(CELLS, min_size=1, max_size=60)
COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12)


def plain_divergence(a: list[int], b: list[int], smoothing: float) -> float:
    """The formula, one bin after the other."""
    used = [(x, z) for x, z in zip(a, b, strict=True) if x + z]
    total = 0.0
    for x, z in used:
        p = (x + smoothing) / (sum(a) + smoothing * len(used))
        q = (z + smoothing) / (sum(b) + smoothing * len(used))
        total += (p - q) * math.log(p / q)
    return total


def plain_bin(value: Any, bins: Bins) -> int:
    """The number of a value's bin, by looking at one edge after the other."""
    if value is None or value != value:
        return bins.size - 1
    if bins.categories is not None:
        return bins.categories.index(value) if value in bins.categories else len(bins.categories)
    if value in bins.special:
        return len(bins.edges) + 1 + bins.special.index(value)
    return sum(value > edge for edge in bins.edges)


def months(n: int, count: int, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).integers(0, count, n)
    return (np.datetime64("2024-01") + drawn.astype("timedelta64[M]")).astype("datetime64[D]") + np.timedelta64(9, "D")


# --- bins ------------------------------------------------------------------------------------------------------------


@given(COLUMNS, COLUMNS, st.integers(1, 12))
def test_every_value_falls_in_the_bin_that_its_edges_say(
    reference: list[float], later: list[float], n_bins: int
) -> None:
    bins = frozen_bins(reference, n_bins, special=[-999])
    assert bins.assign(later).tolist() == [plain_bin(v, bins) for v in later]
    assert len(bins.edges) < n_bins
    assert bins.size == len(bins.labels("pt")) == len(bins.edges) + 3


@given(COLUMNS, st.integers(1, 12))
def test_bins_written_as_json_and_read_again_are_the_same(reference: list[float], n_bins: int) -> None:
    bins = frozen_bins(reference, n_bins, special=[-999])
    assert Bins.from_json(json.loads(json.dumps(bins.to_json(), allow_nan=False))) == bins


@given(COLUMNS, st.integers(2, 12))
def test_a_range_of_few_rows_is_the_last_or_all_there_is_below_a_common_value(
    reference: list[float], n_bins: int
) -> None:
    bins = frozen_bins(reference, n_bins)
    known = np.array(reference)[~np.isnan(reference)]
    values, count = np.unique(known, return_counts=True)
    held = np.bincount(bins.assign(known), minlength=bins.size)
    assert set(bins.edges) <= set(values.tolist())
    assert len(known) == 0 or held[len(bins.edges)] > 0
    common = values[count * n_bins > len(known)]
    rest = len(known) - count[count * n_bins > len(known)].sum()
    place = bins.assign(common)
    for k in range(len(bins.edges)):
        inside = common[place == k]
        alone = k + 1 in place and (k == 0 or k - 1 in place)
        assert len(inside) or alone or held[k] >= rest / (2 * n_bins)


@given(COLUMNS, st.integers(2, 12))
def test_a_value_of_more_than_an_even_share_has_a_range_of_its_own(reference: list[float], n_bins: int) -> None:
    known = np.array(reference)[~np.isnan(reference)]
    values, count = np.unique(known, return_counts=True)
    common = values[count * n_bins > len(known)]
    bins = frozen_bins(reference, n_bins)
    if 2 * len(common) < n_bins:  # room for each and for what lies between them
        place = bins.assign(values)
        assert [int((place == k).sum()) for k in bins.assign(common)] == [1] * len(common)


def test_edges_are_quantiles_that_occur_and_missing_and_special_values_stay_apart() -> None:
    bins = frozen_bins([*range(1, 101), -1, -1, -1, None], 4, special=[-1])
    assert bins.edges == (25.0, 50.0, 75.0)
    assert bins.assign([25, 25.5, 1000, -7, -1, None]).tolist() == [0, 1, 3, 0, 4, 5]


def test_a_column_of_mostly_zeros_has_a_bin_of_zeros_and_quantiles_of_the_rest() -> None:
    # of nine further ranges for 180 rows each ends after 20
    positive = np.arange(1.0, 181.0)
    assert frozen_bins([*np.zeros(1820), *positive], 10).edges == (0.0, *np.arange(20.0, 180.0, 20.0))
    assert frozen_bins([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0], 10).edges == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert frozen_bins([7.0] * 50, 10).edges == ()


def test_a_common_value_keeps_its_place_in_the_order() -> None:
    # 40 rows below zero, 100 zeros, 60 above. Of five ranges the zeros take one, and their parting the others one more:
    # three for 100 rows, cut after 34 and 67 of them. The first would leave 6 below zero, fewer than half of a third.
    values = [*np.arange(-40.0, 0.0), *np.zeros(100), *np.arange(1.0, 61.0)]
    assert frozen_bins(values, 5).edges == (-1.0, 0.0, 27.0)
    # 20 rows more below: cut after 40 and 80 of 120, the first leaves 20, which is half of a third
    assert frozen_bins([*values, *np.arange(-40.0, -20.0)], 5).edges == (-21.0, -1.0, 0.0, 20.0)
    assert frozen_bins([*np.arange(-40.0, 0.0), *np.zeros(100)], 5).edges == (-31.0, -21.0, -11.0, -1.0)


def test_two_common_values_have_a_range_each_and_too_few_ranges_go_to_the_most_common() -> None:
    values = [0.0] * 50 + [0.25, 0.5, 0.75] * 5 + [1.0] * 35
    assert frozen_bins(values, 4).edges == (0.0, 0.5, 0.75)
    assert frozen_bins(values, 2).edges == (0.0,)  # half of the rows is an even share, and no more
    assert frozen_bins([*values, 0.0], 2).edges == (0.0,)
    assert frozen_bins([-1.0] * 5 + [0.0] * 60 + [1.0] * 35, 3).edges == (-1.0, 0.0)
    assert frozen_bins([-1.0] * 5 + [0.0] * 60 + [1.0] * 35, 2).edges == (0.0,)  # no room for three


def test_columns_that_are_zero_in_the_same_rows_tell_by_their_other_values() -> None:
    rng = np.random.default_rng(8)
    late = rng.random(4000) < 0.08
    days = np.where(late, rng.integers(1, 60, 4000), 0)
    table = pd.DataFrame({"dpd_max": days, "overdue_amount": np.where(late, rng.lognormal(6, 1, 4000), 0)})
    y = (rng.random(4000) < np.where(late, days / 80, 0.02)).astype(int)
    got = information_value(table, y)
    assert got["n_bins"].tolist() == [10, 10]
    assert got["iv"].iloc[0] > got["iv"].iloc[1] + 0.1


def test_categories_come_by_frequency_and_the_rest_share_a_bin() -> None:
    bins = frozen_bins(pd.Series(["SP"] * 5 + ["RJ"] * 3 + ["AC", "RR", None]), max_categories=2)
    assert bins.categories == ("SP", "RJ")
    assert bins.assign(pd.Series(["RJ", "AC", "never seen", None])).tolist() == [1, 2, 2, 3]
    assert bins.labels("pt") == ["SP", "RJ", "outros", "ausente"]


def test_labels_are_short_and_in_the_language() -> None:
    bins = Bins((-1500.0, 0.03125, 1250.5), (-1.0,))
    assert bins.labels("pt") == ["até −1.500", "−1.500 a 0,0312", "0,0312 a 1.250", "mais de 1.250", "−1", "ausente"]
    assert bins.labels("en")[1:4] == ["−1,500 to 0.0312", "0.0312 to 1,250", "over 1,250"]
    assert Bins((-1.671, -1.0)).labels("pt")[1] == "−1,67 a −1"


def test_edges_that_lie_close_are_told_apart() -> None:
    assert Bins((0.99961, 0.99972)).labels("pt")[:2] == ["até 0,9996", "0,9996 a 0,9997"]


def test_wrong_bins_are_told() -> None:
    with pytest.raises(CallError, match="n_bins is 0 and max_categories 50; expected 1 or more"):
        frozen_bins([1.0], 0)
    with pytest.raises(CallError, match=r"special is \[nan\]\. Expected finite numbers"):
        frozen_bins([1.0], special=[math.nan])
    with pytest.raises(CallError, match="'x' holds an infinite value"):
        frozen_bins(pd.Series([1.0, math.inf], name="x"))
    with pytest.raises(CallError, match="holds values that are no numbers such as 'PF'"):
        frozen_bins([1.0, 2.0]).assign(["PF"])
    with pytest.raises(BundleError, match="Bins cannot be read: KeyError"):
        Bins.from_json({"edges": []})
    with pytest.raises(BundleError, match="Bins are broken"):
        Bins.from_json({"edges": [2, 1], "special": [], "categories": None})


# --- divergence ------------------------------------------------------------------------------------------------------


def test_the_divergence_of_a_textbook_table_worked_by_hand() -> None:
    # (0.2 − 0.1)·ln 2 + (0.3 − 0.3)·0 + (0.5 − 0.6)·ln(5/6) = 0.0693147 + 0.0182322
    got = symmetric_divergence(np.array([20, 30, 50]), np.array([10, 30, 60]), smoothing=0)
    assert got == pytest.approx(0.0875469, abs=1e-7)
    # with half a row more in each of three bins: shares of 101.5
    by_hand = 10 / 101.5 * math.log(20.5 / 10.5) + -10 / 101.5 * math.log(50.5 / 60.5)
    assert symmetric_divergence(np.array([20, 30, 50]), np.array([10, 30, 60])) == pytest.approx(by_hand)


@given(COUNTS, st.sampled_from([0.5, 1.0, 0.01]))
def test_the_divergence_is_the_plain_formula_symmetric_and_never_negative(
    counts: list[tuple[int, int]], smoothing: float
) -> None:
    a, b = (np.array(side) for side in zip(*counts, strict=True))
    got = float(symmetric_divergence(a, b, smoothing=smoothing))
    if not a.sum() or not b.sum():
        assert math.isnan(got)
        return
    assert got == pytest.approx(plain_divergence(a.tolist(), b.tolist(), smoothing), abs=1e-12)
    assert got >= 0
    assert got == pytest.approx(float(symmetric_divergence(b, a, smoothing=smoothing)))
    assert float(symmetric_divergence(a, a, smoothing=smoothing)) == 0


def test_without_smoothing_an_empty_bin_is_infinitely_far() -> None:
    assert symmetric_divergence(np.array([5, 5]), np.array([10, 0]), smoothing=0) == math.inf


# --- psi -------------------------------------------------------------------------------------------------------------


@st.composite
def panels(draw: st.DrawFn) -> tuple[pd.DataFrame, list[dt.date]]:
    n = draw(st.integers(2, 60))
    table = pd.DataFrame(
        {
            "amount": draw(st.lists(CELLS, min_size=n, max_size=n)),
            "kind": pd.Series(draw(st.lists(st.sampled_from(["PF", "PJ", None]), min_size=n, max_size=n)), dtype="str"),
        }
    )
    dates = draw(st.lists(st.dates(dt.date(2024, 1, 1), dt.date(2024, 4, 30)), min_size=n, max_size=n))
    return table, [dt.date(2024, 1, 1), *dates[1:]]


@given(panels(), st.integers(2, 6))
def test_psi_is_the_plain_formula_over_bins_of_the_reference(
    panel: tuple[pd.DataFrame, list[dt.date]], n_bins: int
) -> None:
    table, dates = panel
    got = psi_by_period(table, dates, reference="2024-02-10", bins=n_bins, special=[-999])
    inside = np.array([d < dt.date(2024, 2, 10) for d in dates])
    assert got["feature"].unique().tolist() == ["amount", "kind"]
    for row in got.itertuples():
        column = table[row.feature]
        bins = frozen_bins(column[inside], n_bins, special=[-999])
        codes = np.array([plain_bin(v, bins) for v in column])
        month = np.array([f"{d:%Y-%m}" == row.period for d in dates])
        now, then = ([int((codes[rows] == k).sum()) for k in range(bins.size)] for rows in (month, inside))
        assert row.psi == pytest.approx(plain_divergence(now, then, 0.5), abs=1e-12)
        assert row.n == month.sum()
        assert row.in_reference == bool(inside[month].all())


@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_psi(panel: tuple[pd.DataFrame, list[dt.date]], chance: Any) -> None:
    table, dates = panel
    order = list(range(len(table)))
    chance.shuffle(order)
    one = psi_by_period(table, dates, reference="2024-02-10")
    other = psi_by_period(table.iloc[order], [dates[i] for i in order], reference="2024-02-10")
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert (one["psi"] >= 0).all()


@given(panels())
def test_the_psi_of_the_reference_with_itself_is_zero(panel: tuple[pd.DataFrame, list[dt.date]]) -> None:
    table, dates = panel
    got = psi_by_period(table, dates, reference=np.ones(len(table), bool), period="Y")
    assert got["psi"].tolist() == [0.0, 0.0]
    assert got["chance_95"].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_where_all_rows_lie_in_one_bin_nothing_moves_by_chance() -> None:
    table = pd.DataFrame({"amount": [1.0] * 200})
    dates = ["2024-01-31"] * 100 + ["2024-02-29"] * 100
    got = psi_by_period(table, dates, reference="2024-02-01")
    assert got["psi"].tolist() == [0.0, 0.0]
    assert got["chance_95"].tolist() == [0.0, 0.0]


def test_bins_know_nothing_of_later_rows() -> None:
    table = pd.DataFrame({"amount": [1.0, 2, 3, 4] * 25 + [5000.0] * 100})
    dates = ["2024-01-31"] * 100 + ["2024-02-29"] * 100
    got = psi_by_period(table, dates, reference="2024-02-01", bins=4, smoothing=0.5)
    # all later rows fall in the last of four even bins: shares of 102 half rows more
    by_hand = plain_divergence([0, 0, 0, 100], [25, 25, 25, 25], 0.5)
    assert got["psi"].tolist() == pytest.approx([0.0, by_hand])


def test_frozen_bins_may_be_handed_in() -> None:
    table = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 4.0]})
    dates = ["2024-01-31"] * 2 + ["2024-02-29"] * 2
    bins = {"amount": Bins((2.0,))}
    got = psi_by_period(table, dates, reference="2024-02-01", bins=bins, smoothing=1)
    assert got["psi"].iloc[1] == pytest.approx(plain_divergence([0, 2], [2, 0], 1))
    with pytest.raises(CallError, match=r"bins has none for the column 'amont'\. Did you mean 'amount'"):
        psi_by_period(table.rename(columns={"amount": "amont"}), dates, reference="2024-02-01", bins=bins)


@pytest.mark.slow
def test_without_change_the_index_stays_under_its_chance_level_19_times_in_20() -> None:
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.normal(size=(4000, 800))).rename(columns="x{}".format)
    dates = np.repeat(["2024-01-15", "2024-02-15", "2024-03-15"], [2000, 500, 1500])
    got = psi_by_period(table, dates, reference="2024-03-01")
    over = (got["psi"] > got["chance_95"]).groupby(got["period"]).mean()
    assert over.to_numpy() == pytest.approx([0.05] * 3, abs=0.025)  # three standard errors of 800 features


def test_the_reading_is_there_if_thresholds_are_given() -> None:
    table = pd.DataFrame({"a": [0.0, 1.0] * 100})
    dates = ["2024-01-31"] * 200
    assert "reading" not in psi_by_period(table, dates, reference="2024-02-01")
    table = pd.DataFrame({"a": [0.0, 1.0] * 100 + [0.0] * 60 + [1.0] * 40 + [0.0] * 70 + [1.0] * 30 + [0.0] * 100})
    dates = np.repeat(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], [200, 100, 100, 100])
    got = psi_by_period(table, dates, reference="2024-02-01", thresholds=(0.10, 0.25))
    assert got["reading"].tolist() == ["stable", "stable", "shift", "large_shift"]


def test_polars_gives_the_same_table_and_keys_are_passed_over() -> None:
    table = pd.DataFrame({"client_id": [1, 2, 3], "as_of": pd.to_datetime(["2024-01-31"] * 3), "a": [1.0, 2.0, None]})
    dates = ["2024-01-31", "2024-01-31", "2024-02-29"]
    one = psi_by_period(table, dates, reference="2024-02-01")
    assert one["feature"].unique().tolist() == ["a"]
    other = psi_by_period(pl.from_pandas(table), pl.Series(dates), reference="2024-02-01")
    assert isinstance(other, pl.DataFrame)
    pd.testing.assert_frame_equal(one, other.to_pandas())


@pytest.mark.parametrize(("period", "name"), [("M", "2024-02"), ("Q", "2024Q1"), ("Y", "2024"), ("D", "2024-02-29")])
def test_a_period_is_named_as_pandas_names_it(period: str, name: str) -> None:
    got = psi_by_period(pd.DataFrame({"a": [1.0]}), ["2024-02-29"], reference="2025-01-01", period=period)
    assert got["period"].tolist() == [name]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"reference": "2020-01-01"}, NotEnoughData, "the dates run from 2024-01-31 to 2024-01-31"),
        ({"reference": "janeiro"}, CallError, r"reference is 'janeiro'\. Expected a date, or an array of bool"),
        ({"reference": np.array([True])}, CallError, "reference marks 1 rows; features has 2"),
        ({"dates": ["2024-01-31"]}, CallError, r"dates has the shape \(1,\), and there are 2 rows"),
        ({"dates": ["2024-01-31", None]}, CallError, "1 of the dates are missing"),
        ({"dates": ["2024-01-31", "31/01/2024"]}, CallError, "dates cannot be read"),
        ({"period": "moon"}, CallError, "period is 'moon'. Expected 'M', 'Q', 'Y', 'W' or 'D'"),
        ({"columns": ["aa"]}, CallError, "features has no column 'aa'"),
        ({"columns": ["as_of"]}, CallError, "'as_of' holds no number or category"),
        ({"thresholds": (0.3, 0.1)}, CallError, r"thresholds are \(0\.3, 0\.1\); expected two rising numbers"),
        ({"features": [1, 2]}, CallError, "features came as list"),
        ({"features": pd.DataFrame({"a": []})}, CallError, "features has no rows"),
        (
            {"features": pd.DataFrame({"client_id": [1, 2]})},
            CallError,
            "features holds no column of number or category",
        ),
    ],
)
def test_a_wrong_call_of_psi_is_told(change: dict[str, Any], error: type[Exception], message: str) -> None:
    call: dict[str, Any] = {
        "features": pd.DataFrame({"a": [1.0, 2.0], "as_of": pd.to_datetime(["2024-01-31"] * 2)}),
        "dates": ["2024-01-31"] * 2,
        "reference": "2024-02-01",
    } | change
    with pytest.raises(error, match=message):
        psi_by_period(call.pop("features"), call.pop("dates"), **call)


# --- information value -----------------------------------------------------------------------------------------------


def test_the_information_value_of_a_small_table_worked_by_hand() -> None:
    # goods 60/100, 30/100, 10/100; bads 10/50, 15/50, 25/50
    table = pd.DataFrame({"band": ["a"] * 70 + ["b"] * 45 + ["c"] * 35})
    y = [0] * 60 + [1] * 10 + [0] * 30 + [1] * 15 + [0] * 10 + [1] * 25
    got = information_value(table, y, smoothing=0)
    # (0.6 − 0.2)·ln 3 + 0 + (0.1 − 0.5)·ln 0.2 = 0.439445 + 0.643775
    assert got["iv"].tolist() == pytest.approx([1.083220], abs=1e-6)
    assert got[["n_bins", "missing_share"]].values.tolist() == [[3, 0.0]]


@st.composite
def labelled(draw: st.DrawFn) -> tuple[pd.DataFrame, list[float]]:
    n = draw(st.integers(2, 60))
    table = pd.DataFrame({"x": draw(st.lists(CELLS, min_size=n, max_size=n))})
    y = draw(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=n - 2, max_size=n - 2))
    return table, [0.0, 1.0, *y]


@given(labelled(), st.integers(2, 8))
def test_the_information_value_is_the_plain_formula(case: tuple[pd.DataFrame, list[float]], n_bins: int) -> None:
    table, y = case
    known = ~np.isnan(y)
    bins = frozen_bins(table["x"][known], n_bins)
    codes = np.array([plain_bin(v, bins) for v in table["x"]])
    goods, bads = ([int(((codes == k) & (np.array(y) == c)).sum()) for k in range(bins.size)] for c in (0, 1))
    got = information_value(table, y, bins=n_bins).iloc[0]
    assert got["iv"] == pytest.approx(plain_divergence(goods, bads, 0.5), abs=1e-12)
    assert got["missing_share"] == pytest.approx(table["x"][known].isna().mean())


@given(labelled(), st.integers(2, 8), st.floats(0.5, 3))
def test_a_rising_transform_and_the_order_of_rows_leave_the_information_value(
    case: tuple[pd.DataFrame, list[float]], n_bins: int, slope: float
) -> None:
    table, y = case
    rank = table.rank(method="dense")  # rises with x, so does any rising function of it
    one = information_value(table, y, bins=n_bins)["iv"].iloc[0]
    assert information_value(rank * slope, y, bins=n_bins)["iv"].iloc[0] == one
    assert information_value(np.expm1(rank / 20), y, bins=n_bins)["iv"].iloc[0] == one
    assert information_value(table[::-1], y[::-1], bins=n_bins)["iv"].iloc[0] == one


def test_a_falling_transform_leaves_it_where_no_tie_crosses_an_edge() -> None:
    rng = np.random.default_rng(0)
    x = rng.permutation(1000).astype(float)
    y = (rng.random(1000) < 0.1 + 0.5 * x / 1000).astype(int)
    table = pd.DataFrame({"up": x, "down": -x})
    got = information_value(table, y)["iv"]
    assert got[0] == pytest.approx(got[1], abs=0.01)


def test_outcomes_must_be_of_both_classes_and_plain() -> None:
    table = pd.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(NotEnoughData, match="y holds 0 bad and 2 good"):
        information_value(table, [0, 0])
    with pytest.raises(CallError, match=r"y holds 2\. Expected 1 for bad, 0 for good"):
        information_value(table, [0, 2])
    with pytest.raises(CallError, match="y has 1 values, features 2 rows"):
        information_value(table, [0])


# --- correlation groups ----------------------------------------------------------------------------------------------


def noise(n: int = 400, seed: int = 1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=n) for name in "abcdef"}


def test_correlations_are_those_of_scipy() -> None:
    z = noise()
    table = pd.DataFrame({"p": z["a"], "q": z["a"] + 0.3 * z["b"], "r": -z["a"] + 0.2 * z["c"], "s": z["d"]})
    got = correlation_groups(table, threshold=0.7).set_index("feature")
    for name in ("q", "r"):
        assert got.loc[name, "correlation"] == pytest.approx(spearmanr(table["p"], table[name])[0], abs=1e-12)
        assert got.loc[name, "representative"] == "p"
    assert got["group"].to_dict() == {"p": 1, "q": 1, "r": 1, "s": 2}
    pearson = correlation_groups(table, threshold=0.7, method="pearson").set_index("feature")
    assert pearson.loc["r", "correlation"] == pytest.approx(table["p"].corr(table["r"]), abs=1e-12)


def test_with_missing_cells_a_correlation_is_of_the_rows_that_both_know() -> None:
    z = noise()
    table = pd.DataFrame({"p": z["a"], "q": z["a"] + 0.3 * z["b"]})
    table.loc[:150, "p"] = np.nan
    table.loc[100:250, "q"] = np.nan
    got = correlation_groups(table, method="pearson", threshold=0.5)
    assert got["correlation"].iloc[1] == pytest.approx(table["p"].corr(table["q"]), abs=1e-12)
    ranked = table.rank()  # the rank correlation ranks each column once, over all its values
    got = correlation_groups(table, threshold=0.5)
    assert got["correlation"].iloc[1] == pytest.approx(ranked["p"].corr(ranked["q"]), abs=1e-12)


def test_few_common_rows_or_a_constant_link_nothing() -> None:
    z = noise()
    table = pd.DataFrame({"p": z["a"], "q": z["a"], "r": np.ones(400), "s": np.full(400, np.nan), "t": z["a"]})
    table.loc[:374, "p"] = np.nan
    table.loc[:199, "t"] = 5.0
    table.loc[200:, "t"] = np.nan
    assert correlation_groups(table)["size"].tolist() == [1, 1, 1, 1, 1]


def test_a_group_is_all_that_is_reached_over_links() -> None:
    z = noise(4000)
    chain = pd.DataFrame({"p": z["a"], "q": z["a"] + 0.6 * z["b"], "r": z["a"] + 1.3 * z["b"], "s": z["c"]})
    assert abs(chain["p"].corr(chain["r"], method="spearman")) < 0.8
    assert correlation_groups(chain)["feature"].tolist() == ["p", "q", "r", "s"]
    assert correlation_groups(chain)["size"].tolist() == [3, 3, 3, 1]


def test_the_first_of_the_catalogue_stands_for_its_group_or_the_one_that_tells_most() -> None:
    z = noise(2000)
    risk = z["a"]
    table = pd.DataFrame(
        {"my_column": risk + 0.3 * z["b"], "late_share_90d": risk, "late_count_90d": risk + 0.5 * z["c"]}
    )
    by_order = correlation_groups(table)
    assert by_order["representative"].unique().tolist() == ["late_count_90d"]
    assert by_order["feature"].tolist() == ["late_count_90d", "late_share_90d", "my_column"]
    y = (risk + 0.2 * z["d"] > 1).astype(int)
    by_value = correlation_groups(table, y=y)
    assert by_value["representative"].unique().tolist() == ["late_share_90d"]
    iv = information_value(table, y).set_index("feature")["iv"]
    assert by_value.set_index("feature")["iv"].to_dict() == iv.to_dict()


def test_the_bins_of_the_values_in_groups_may_be_chosen() -> None:
    z = noise(2000)
    table = pd.DataFrame({"p": np.where(z["b"] > 0, -1.0, z["a"]), "q": z["a"]})
    y = (z["a"] + z["d"] > 1).astype(int)
    for how in ({"bins": 3}, {"special": [-1]}, {"bins": {"p": Bins((0.0,)), "q": Bins((1.0,))}}):
        got = correlation_groups(table, y=y, **how).set_index("feature")["iv"]  # type: ignore[arg-type]
        want = information_value(table, y, **how).set_index("feature")["iv"]  # type: ignore[arg-type]
        assert got.to_dict() == want.to_dict()
        assert got.to_dict() != information_value(table, y).set_index("feature")["iv"].to_dict()


def test_many_rows_are_drawn_by_the_seed() -> None:
    z = noise(3000)
    table = pd.DataFrame({"p": z["a"], "q": z["a"] + 0.5 * z["b"]})
    one, again, other = (correlation_groups(table, max_rows=500, random_state=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, again)
    assert one["correlation"].iloc[1] != other["correlation"].iloc[1]
    assert one["correlation"].iloc[1] == pytest.approx(other["correlation"].iloc[1], abs=0.05)


def test_a_wrong_call_of_groups_is_told() -> None:
    with pytest.raises(CallError, match="threshold is 0, method 'kendall'"):
        correlation_groups(pd.DataFrame({"a": [1.0]}), threshold=0, method="kendall")  # type: ignore[arg-type]


# --- trends ----------------------------------------------------------------------------------------------------------


def test_bins_count_every_row_with_an_outcome_once_overall_and_by_month() -> None:
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {"x": np.where(rng.random(900) < 0.2, np.nan, rng.normal(size=900)), "k": ["a", "b", None] * 300}
    )
    y = rng.choice([0.0, 1.0, np.nan], 900)
    rates = bad_rate_by_bin(table, y, dates=months(900, 5))
    overall, parts = rates[rates["period"].isna()], rates[rates["period"].notna()]
    assert overall.groupby("feature")["n"].sum().tolist() == [int((~np.isnan(y)).sum())] * 2
    assert overall.groupby("feature")["bads"].sum().tolist() == [int((y == 1).sum())] * 2
    by_bin = parts.groupby(["feature", "bin"], sort=False)[["n", "bads"]].sum()
    assert by_bin.values.tolist() == overall[["n", "bads"]].values.tolist()


@given(labelled())
def test_the_correlation_of_a_trend_is_spearmans_over_rows(case: tuple[pd.DataFrame, list[float]]) -> None:
    table, y = case
    got = monotonic_trend(table, y, bins=4).iloc[0]
    use = ~np.isnan(y) & table["x"].notna().to_numpy()
    bins = frozen_bins(table["x"][~np.isnan(y)], 4)
    codes, bad = bins.assign(table["x"][use]), np.array(y)[use]
    rate = np.array([bad[codes == c].mean() for c in codes])
    if len(set(codes)) < 2 or len(set(rate)) < 2:
        assert np.isnan(got["correlation"])
        assert got["direction"] == 0
    else:
        assert got["correlation"] == pytest.approx(spearmanr(codes, rate)[0], abs=1e-9)


def test_direction_months_and_the_catalogue() -> None:
    rng = np.random.default_rng(4)
    risk = rng.normal(size=8000)
    y = (rng.random(8000) < 1 / (1 + np.exp(1.5 - risk))).astype(int)
    table = pd.DataFrame(
        {
            "late_share_90d": risk,
            "on_time_streak": -risk,
            "days_late_max_90d": -risk,
            "my_own": risk,
            "due_count_90d": 0.0,
        }
    )
    got = monotonic_trend(table, y, dates=months(8000, 6)).set_index("feature")
    assert got["direction"].to_dict() == {
        "late_share_90d": 1, "on_time_streak": -1, "days_late_max_90d": -1, "my_own": 1, "due_count_90d": 0,
    }  # fmt: skip
    assert got.loc[["late_share_90d", "on_time_streak", "days_late_max_90d"], "agrees"].tolist() == [True, True, False]
    assert got.loc[["my_own", "due_count_90d"], "agrees"].isna().all()
    assert got["months"].tolist() == [6, 6, 6, 6, 0]
    assert got["months_share"].tolist()[:4] == [1.0] * 4


def test_the_months_in_which_the_order_turns_are_counted() -> None:
    rng = np.random.default_rng(6)
    n, month = 6000, np.repeat(np.arange(6), 1000)
    x = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - np.where(month == 3, -x, x)))).astype(int)
    dates = (np.datetime64("2024-01") + month).astype("datetime64[D]")
    got = monotonic_trend(pd.DataFrame({"x": x}), y, dates=dates).iloc[0]
    assert (got["direction"], got["months"]) == (1, 6)
    assert got["months_share"] == pytest.approx(5 / 6)


def test_a_month_of_one_class_is_not_judged() -> None:
    x = np.tile(np.arange(10.0), 30)
    y = (x > 5).astype(int)
    y[200:] = 0
    dates = np.repeat(["2024-01-31", "2024-02-29", "2024-03-31"], 100)
    got = monotonic_trend(pd.DataFrame({"x": x}), y, dates=dates).iloc[0]
    assert (got["months"], got["months_share"]) == (2, 1.0)


def test_missing_and_special_values_are_outside_the_order() -> None:
    x = np.concatenate([np.repeat([1.0, 2.0, 3.0, 4.0], 50), np.full(100, -1.0), np.full(100, np.nan)])
    y = np.concatenate([np.arange(50) < bads for bads in (5, 15, 30, 45)] + [np.ones(200, bool)]).astype(int)
    table = pd.DataFrame({"x": x})
    assert monotonic_trend(table, y, bins=4, special=[-1])["correlation"].tolist() == [1.0]
    assert monotonic_trend(table, y, bins=4)["correlation"].iloc[0] < 0  # the bads at −1 are taken for a low value


def test_a_wrong_call_of_trend_is_told() -> None:
    with pytest.raises(CallError, match="min_correlation is 0; expected above 0, at most 1"):
        monotonic_trend(pd.DataFrame({"x": [1.0, 2.0]}), [0, 1], min_correlation=0)
    with pytest.raises(CallError, match="features holds no column of number"):
        monotonic_trend(pd.DataFrame({"x": ["a", "b"]}), [0, 1])
