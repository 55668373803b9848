"""Stable orders by group: what numpy's stable sort gives for each group alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.ledger.sorting import in_place, order_by_group, sort_within


@settings(max_examples=30, deadline=None)
@given(
    sizes=st.lists(st.sampled_from([0, 1, 2, 5, 95, 96, 97, 130, 400]), min_size=1, max_size=5),
    different=st.sampled_from([1, 3, 50, 10_000]),
    seed=st.integers(0, 2**32 - 1),
)
def test_each_group_is_sorted_as_numpy_sorts_it_and_equal_keys_keep_their_order(
    sizes: list[int], different: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    key = rng.integers(-different, different, int(start[-1]))
    order = rng.permutation(len(key)).astype(np.int32)
    by = [a + np.argsort(key[a:b], kind="stable") for a, b in pairwise(start)]
    place = np.concatenate(by).astype(np.int64)
    sorted_key, sorted_order = key.copy(), order.copy()
    sort_within(start, sorted_key, sorted_order)

    assert sorted_key.tolist() == key[place].tolist()
    assert sorted_order.tolist() == order[place].tolist()


@pytest.mark.parametrize("size", [97, 1_000])
def test_a_large_group_that_is_nearly_in_order_is_sorted_all_the_same(size: int) -> None:
    key = np.arange(size, dtype=np.int64)
    key[[3, size // 2]] = key[[size // 2, 3]]
    order = np.arange(size, dtype=np.int32)
    sort_within(np.array([0, size], np.int32), key, order)

    assert key.tolist() == list(range(size))
    assert order[3] == size // 2


def test_rows_lie_by_group_in_the_order_they_had() -> None:
    group = np.array([2, 0, 2, 1, 0], np.int32)
    order = order_by_group(group, np.array([0, 2, 3, 5], np.int32))

    assert order is not None
    assert order.tolist() == [1, 4, 3, 0, 2]
    assert order_by_group(np.sort(group), np.array([0, 2, 3, 5], np.int32)) is None
    assert in_place(np.sort(group))
