"""Fine bins, the bins of a column, and edges at round figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.binning.column_bins import ColumnBins
from inadimplencia_ml.risk.binning.optimal import optimal_bins, roundest
from inadimplencia_ml.risk.binning.partition import BinLimits
from inadimplencia_ml.risk.binning.prebins import FINE_BINS, Prebins, count_cells, encode, fine_bins
from inadimplencia_ml.risk.binning.woe import Level

LIMITS = BinLimits(10, 20, 0, 0, 8, 1.0, 8.0, 20.0)


@settings(max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.integers(2, 12))
def test_fine_bins_hold_equal_shares_and_never_part_equal_values(values: list[float], most: int) -> None:
    x = np.array(values)
    cells = fine_bins(x, most=most)
    place = cells.cells(x)
    order = np.argsort(x, kind="stable")
    counts = np.bincount(place, minlength=cells.size)[: cells.ordered]

    assert (np.diff(place[order]) >= 0).all()
    assert (counts > 0).all()
    for k in np.flatnonzero(counts > 2 * len(x) / most + 1):
        assert len(np.unique(x[place == k])) == 1  # more than that only if all of one value
    assert all(low < high for low, high in zip(cells.edges, cells.above, strict=True))


def test_a_value_that_many_share_has_a_fine_bin_of_its_own() -> None:
    x = np.concatenate([np.zeros(9_000), np.linspace(-5, -1, 500), np.linspace(1, 5, 500)])
    cells = fine_bins(x)

    assert len(np.unique(x[cells.cells(x) == cells.cells(np.zeros(1))[0]])) == 1


def test_few_values_are_a_fine_bin_each_however_rare() -> None:
    x = np.repeat([1.0, 2.0, 3.0], [9_990, 9, 1])

    assert fine_bins(x).edges == (1.0, 2.0)


def test_special_and_missing_values_stay_outside_the_ranges() -> None:
    x = np.array([-9.0, -8.0, 1.0, 2.0, np.nan])
    cells = fine_bins(x, special=[-9, -8, -7])

    assert cells.edges == (1.0,)
    assert cells.cells(x).tolist() == [2, 3, 0, 1, 5]


def test_cells_are_counted_as_numpy_counts_them() -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(500, 2)), (rng.random(500) < 0.3).astype(float), rng.random(500)
    columns = [fine_bins(x[:, j]) for j in range(2)]
    rows = np.arange(0, 500, 2)
    codes = encode(x, columns, threads=2)
    goods, bads, many = count_cells(codes, y, w, rows, FINE_BINS + 1)

    for j in range(2):
        place = columns[j].cells(x[rows, j])
        assert many[j].tolist() == np.bincount(place, minlength=FINE_BINS + 1).tolist()
        assert bads[j] == pytest.approx(np.bincount(place, (w * y)[rows], minlength=FINE_BINS + 1))
        assert goods[j] == pytest.approx(np.bincount(place, (w * (1 - y))[rows], minlength=FINE_BINS + 1))


def grown(values: Any, y: Any, trend: Any = "auto") -> tuple[ColumnBins, Prebins]:
    x, bad = np.asarray(values, dtype=float), np.asarray(y, dtype=float)
    cells = fine_bins(x, special=[-9.0])
    goods, bads, many = count_cells(encode(x[:, None], [cells]), bad, np.ones(len(x)), np.arange(len(x)), cells.size)
    level = Level(float((1 - bad).sum()), float(bad.sum()), 1.0)
    bins, _ = optimal_bins(cells, goods[0], bads[0], many[0], level, LIMITS, trend)
    return bins, cells


@pytest.mark.parametrize("trend", ["up", "down", "auto"])
def test_a_value_falls_in_the_same_bin_by_its_cell_and_by_the_edges(trend: str) -> None:
    rng = np.random.default_rng(1)
    x = np.where(rng.random(4_000) < 0.1, -9.0, np.where(rng.random(4_000) < 0.1, np.nan, rng.gamma(2, 3, 4_000)))
    y = rng.random(4_000) < 0.05 + 0.4 * (np.nan_to_num(x, nan=0) > 7)
    bins, cells = grown(x, y, trend)

    assert np.array_equal(bins.place(x), cells.bins_of_cells(bins)[cells.cells(x)])
    assert trend == "down" or any(6.5 < e < 7.5 for e in bins.edges)


def test_categories_are_grouped_by_their_bad_rate_and_rare_ones_pooled() -> None:
    rng = np.random.default_rng(2)
    names = ("a", "b", "c", "d", "rare", "rarer")
    code = rng.choice(6, 4_000, p=[0.3, 0.3, 0.2, 0.194, 0.004, 0.002]).astype(float)
    y = (rng.random(4_000) < np.array([0.05, 0.3, 0.05, 0.3, 0.05, 0.05])[code.astype(int)]).astype(float)
    cells = Prebins(categories=names)
    goods, bads, many = count_cells(encode(code[:, None], [cells]), y, np.ones(4_000), np.arange(4_000), cells.size)
    level = Level(float((1 - y).sum()), float(y.sum()), 1.0)
    bins, _ = optimal_bins(cells, goods[0], bads[0], many[0], level, LIMITS, "auto")

    assert [set(g) for g in bins.groups or ()] == [{"a", "c"}, {"b", "d"}]
    assert bins.other is not None
    seen, never, missing = 4.0, 6.0, np.nan
    assert bins.place(np.array([seen, never, missing]), names).tolist() == [bins.other, bins.other, bins.size - 1]


@settings(max_examples=100)
@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e6))
def test_a_round_edge_parts_as_the_value_does(low: float, gap: float) -> None:
    high = low + gap
    edge = roundest(low, high)

    assert edge == low == high or low <= edge < high


@pytest.mark.parametrize(
    ("low", "high", "edge"),
    [(0.0123, 0.0149, 0.013), (-3.7, 2.2, 0.0), (5.0, 6.0, 5.0), (123456.7, 199999.0, 130000.0)],
)
def test_edges_are_as_round_as_they_may_be(low: float, high: float, edge: float) -> None:
    assert roundest(low, high) == edge


def test_labels_speak_both_languages() -> None:
    bins = ColumnBins((1250.0, 12.5e3), ((-9.0, -8.0),))

    assert bins.labels() == ["até 1.250", "1.250 a 12.500", "mais de 12.500", "−9, −8", "ausente"]
    assert ColumnBins(groups=(("SP", "RS"), ()), other=1).labels("en") == ["SP, RS", "other", "missing"]
    assert ColumnBins(groups=(("SP",),)).labels("en") == ["SP", "other", "missing"]


@pytest.mark.parametrize(
    "bins", [ColumnBins((0.1, 0.7), ((-9.0,), (-8.0, -7.0))), ColumnBins(groups=(("a",), (2.0,)), other=0)]
)
def test_bins_come_back_from_json(bins: ColumnBins) -> None:
    assert ColumnBins.from_json(bins.to_json()) == bins


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"edges": [2.0, 1.0]}, "do not rise"),
        ({"edges": None}, "cannot be read"),
        ({"groups": [["a"]], "other": 3}, "there is no group 3"),
    ],
)
def test_broken_bins_are_refused(broken: Any, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        ColumnBins.from_json(ColumnBins().to_json() | broken)


def test_weight_of_evidence_is_finite_for_one_class_and_zero_for_nothing() -> None:
    level = Level(800.0, 200.0, 1.0)
    woe = level.woe(np.array([50.0, 0.0, 0.0, 400.0]), np.array([0.0, 50.0, 0.0, 100.0]))

    assert np.isfinite(woe).all()
    assert woe[0] > 0 > woe[1]
    assert woe[2:] == pytest.approx([0.0, 0.0], abs=1e-12)
    assert Level(800.0, 200.0, 0.0).woe(np.array([40.0]), np.array([30.0])) == pytest.approx(np.log(40 / 30 / 4))


def test_cells_have_room_for_as_many_numbers_as_are_asked_for() -> None:
    cells = Prebins(categories=tuple(f"c{i}" for i in range(300)))
    x = np.arange(300.0)[:, None]
    narrow, wide = encode(x, [cells]), encode(x, [cells], times=1_000)

    assert (narrow.dtype, wide.dtype) == (np.uint16, np.uint32)
    assert np.array_equal(narrow, wide)
