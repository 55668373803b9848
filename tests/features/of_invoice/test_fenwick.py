"""Counts by rank, against a plain array of counts."""

from __future__ import annotations

import numpy as np
import pytest

from inadimplencia_ml.features.of_invoice.fenwick import add_all, add_at, highest, new_tree, sum_all, sum_below

every_size = pytest.mark.parametrize("ranks", [1, 2, 3, 7, 8, 9, 100])


@every_size
def test_counts_below_a_rank_are_those_of_a_plain_array(ranks: int) -> None:
    dice, tree, plain = np.random.default_rng(ranks), new_tree(ranks), np.zeros(ranks, int)
    for _ in range(200):
        rank, by = int(dice.integers(ranks)), int(dice.integers(-3, 4))
        plain[rank] += by
        add_at(tree, rank, by)
    assert [int(sum_below(tree, k)) for k in range(ranks + 1)] == [0, *np.cumsum(plain)]


@every_size
def test_several_sums_a_rank_are_those_of_a_plain_table(ranks: int) -> None:
    dice, tree, plain = np.random.default_rng(ranks), np.zeros((ranks + 1, 3), np.int64), np.zeros((ranks, 3), int)
    for _ in range(200):
        rank, by = int(dice.integers(ranks)), dice.integers(-3, 4, 3)
        by[0] = max(by[0], -plain[rank, 0])  # a count
        plain[rank] += by
        add_all(tree, rank, by)
        there = np.flatnonzero(plain[:, 0])
        assert int(highest(tree, plain[:, 0].sum())) == (there[-1] if len(there) else -1)
    low, high = sorted(dice.integers(0, ranks + 1, 2))
    sums = np.zeros(3, np.int64)
    sum_all(tree, high, 1, sums)
    sum_all(tree, low, -1, sums)
    assert sums.tolist() == plain[low:high].sum(axis=0).tolist()
