"""The best partition against every partition there is, written out without any dynamic programming."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.risk.binning.partition import BinLimits, best_partition
from inadimplencia_ml.risk.binning.woe import Level

FREE = BinLimits(max_bins=20, min_rows=0, min_goods=0, min_bads=0, min_cases=0, bin_price=0, turn_price=0)


def all_partitions(n: int) -> Iterator[tuple[int, ...]]:
    for count in range(n):
        for cuts in itertools.combinations(range(1, n), count):
            yield (0, *cuts)


def in_order(rates: list[float], trend: str) -> bool:
    steps = [b - a for a, b in itertools.pairwise(rates)]
    rises = [all(s >= 0 for s in steps[:k]) and all(s <= 0 for s in steps[k:]) for k in range(len(steps) + 1)]
    falls = [all(s <= 0 for s in steps[:k]) and all(s >= 0 for s in steps[k:]) for k in range(len(steps) + 1)]
    return {"up": rises[-1], "down": falls[-1], "peak": any(rises), "valley": any(falls), "none": True}[trend]


def worth_by_hand(cells: Any, starts: tuple[int, ...], level: Level, limits: BinLimits, trend: str) -> float:
    """−inf where a limit or the order is broken; plain Python over the bins."""
    ends = [*starts[1:], len(cells)]
    rates, worth = [], 0.0
    for start, end in zip(starts, ends, strict=True):
        good, bad, rows = (sum(cell[k] for cell in cells[start:end]) for k in range(3))
        if rows < limits.min_rows or good < limits.min_goods or bad < limits.min_bads:
            return -math.inf
        rarer, part = min((level.bads, bad), (level.goods, good))
        if max(part, rarer / (level.goods + level.bads) * (good + bad)) < limits.min_cases:
            return -math.inf
        share = level.bads / (level.goods + level.bads)
        g, b = good + level.added * (1 - share), bad + level.added * share
        rates.append(b / (g + b))
        worth += (good / level.goods - bad / level.bads) * math.log(g / b * level.bads / level.goods)
    worth -= limits.bin_price * (len(starts) - 1) * (1 / level.goods + 1 / level.bads)
    return worth if in_order(rates, trend) and len(starts) <= limits.max_bins else -math.inf


CELLS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=8)


@settings(max_examples=60)
@given(
    CELLS,
    st.sampled_from(["up", "down", "peak", "valley", "none"]),
    st.integers(1, 8),
    st.sampled_from([0, 20, 45]),
    st.sampled_from([0, 12]),
    st.sampled_from([0, 15]),
    st.sampled_from([0.0, 1.5]),
    st.sampled_from([0.5, 3.0]),
)
def test_no_partition_is_worth_more(
    counts: Any, trend: Any, most: int, rows: float, of_each: float, cases: float, price: float, smoothing: float
) -> None:
    cells = [(g, b, g + b) for g, b in counts]
    goods, bads, many = np.array(cells, dtype=float).T
    level = Level(goods.sum() + 30, bads.sum() + 5, smoothing)  # others, such as the missing, lie outside
    limits = BinLimits(most, rows, of_each, of_each, cases, price, 0)

    found = best_partition(goods, bads, many, level, limits, trend)
    best = max(worth_by_hand(cells, p, level, limits, trend) for p in all_partitions(len(cells)))

    if best == -math.inf:
        assert (found.starts, found.worth) == ((0,), 0.0)
    else:
        assert found.worth == pytest.approx(best, abs=1e-12)
        assert worth_by_hand(cells, found.starts, level, limits, trend) == pytest.approx(best, abs=1e-12)


@settings(max_examples=40)
@given(CELLS, st.sampled_from([0.0, 2.0]))
def test_auto_is_the_best_trend_unless_a_turn_is_not_worth_its_price(counts: Any, price: float) -> None:
    goods, bads = np.array(counts, dtype=float).T
    level = Level(goods.sum() + 1, bads.sum() + 1, 1.0)
    limits = BinLimits(5, 0, 0, 0, 0, 0.5, price)
    worth = {
        t: best_partition(goods, bads, goods + bads, level, limits, t).worth for t in ("up", "down", "peak", "valley")
    }  # type: ignore[arg-type]
    straight, turned = max(worth["up"], worth["down"]), max(worth["peak"], worth["valley"])

    found = best_partition(goods, bads, goods + bads, level, limits, "auto")

    assert found.worth == pytest.approx(turned if turned > straight + price * level.noise else straight, abs=1e-12)


def test_weights_scale_nothing_but_the_counts() -> None:
    goods, bads = np.array([30.0, 22.0, 9.0, 4.0, 11.0]), np.array([3.0, 5.0, 6.0, 9.0, 2.0])
    level, twice = Level(goods.sum(), bads.sum(), 1.0), Level(2 * goods.sum(), 2 * bads.sum(), 2.0)

    one = best_partition(goods, bads, goods + bads, level, FREE, "peak")
    two = best_partition(2 * goods, 2 * bads, goods + bads, twice, FREE, "peak")

    assert (one.starts, one.trend) == (two.starts, two.trend)
    assert one.worth == pytest.approx(two.worth)


def test_a_turn_is_found_and_a_straight_wish_joins_what_would_turn() -> None:
    goods, bads = np.array([50.0, 30.0, 10.0, 30.0, 50.0]), np.array([5.0, 20.0, 40.0, 20.0, 5.0])
    level = Level(goods.sum(), bads.sum(), 1.0)

    assert best_partition(goods, bads, goods + bads, level, FREE, "auto").trend == "peak"
    assert best_partition(goods, bads, goods + bads, level, FREE, "peak").starts == (0, 1, 2, 3, 4)
    assert best_partition(goods, bads, goods + bads, level, FREE, "up").starts == (0, 1, 2)


def test_noise_does_not_pay_for_bins() -> None:
    rng = np.random.default_rng(0)
    bins = []
    for _ in range(20):
        rows = np.full(40, 100.0)
        bads = rng.binomial(100, 0.1, 40).astype(float)
        level = Level(float((rows - bads).sum()), float(bads.sum()), 1.0)
        found = best_partition(rows - bads, bads, rows, level, BinLimits(10, 80, 0, 0, 8, 8.0, 8.0), "up")
        bins.append(len(found.starts))

    assert np.mean(bins) < 1.3


def test_a_bin_of_one_class_is_allowed_where_it_is_large() -> None:
    goods, bads = np.array([100.0, 4.0, 0.0]), np.array([0.0, 4.0, 100.0])
    limits = BinLimits(5, 0, 0, 0, min_cases=8, bin_price=1, turn_price=0)

    assert best_partition(goods, bads, goods + bads, Level(104.0, 104.0, 1.0), limits, "up").starts in {(0, 1), (0, 2)}


def test_an_empty_column_has_no_bins() -> None:
    nothing = np.empty(0)

    assert best_partition(nothing, nothing, nothing, Level(5.0, 5.0, 1.0), FREE).starts == ()


@pytest.mark.parametrize("trend", ["up", "down", "peak", "valley"])
def test_the_information_is_that_of_another_exact_solver(trend: str) -> None:
    """optbinning solves the same problem as a constraint programme; without smoothing and price both maximise IV."""
    optbinning = pytest.importorskip("optbinning", reason="the oracle comes with the extra `test`")
    rng = np.random.default_rng(7)
    x = rng.integers(0, 10, 3_000)
    rate = np.array([0.1, 0.12, 0.2, 0.18, 0.3, 0.28, 0.35, 0.2, 0.15, 0.25])
    y = (rng.random(3_000) < rate[x]).astype(int)
    oracle = optbinning.OptimalBinning(
        user_splits=np.arange(9) + 0.5,
        monotonic_trend={"up": "ascending", "down": "descending"}.get(trend, trend),
        max_n_bins=5,
        min_bin_size=0.05,
    ).fit(x, y)
    table = oracle.binning_table
    table.build()

    goods, bads = (np.bincount(x[y == k], minlength=10).astype(float) for k in (0, 1))
    level = Level(goods.sum(), bads.sum(), 0.0)
    limits = BinLimits(5, 0.05 * len(x), 0, 0, 0, 0, 0)
    found = best_partition(goods, bads, goods + bads, level, limits, trend)  # type: ignore[arg-type]

    assert oracle.status == "OPTIMAL"
    assert found.worth == pytest.approx(table.iv, abs=1e-6)
