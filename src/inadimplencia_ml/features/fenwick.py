"""Counts by rank that change all the time: what lies up to a rank is read in as few steps as a change takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined

__all__ = ["add_at", "new_tree", "rank_of", "sum_below"]

Tree = npt.NDArray[Any]


def new_tree(ranks: int) -> npt.NDArray[np.int32]:
    """An empty tree of counts for ``ranks`` ranks."""
    return np.zeros(ranks + 1, np.int32)


@inlined
def add_at(tree: Tree, rank: Int, count: Int) -> None:
    """Adds to the count of one rank."""
    node = np.int64(rank) + 1
    while node < len(tree):
        tree[node] += count
        node += node & -node


@inlined
def sum_below(tree: Tree, rank: Int) -> Int:
    """The counts of all ranks lower than ``rank``."""
    node, total = np.int64(rank), np.int64(0)
    while node > 0:
        total += tree[node]
        node &= node - 1
    return total


@inlined
def rank_of(tree: Tree, count: Int) -> Int:
    """The rank of the ``count``-th, counted from the lowest; there must be as many."""
    step = np.int64(1)
    while step * 2 < len(tree):
        step *= 2
    rank, left = np.int64(0), np.int64(count)
    while step > 0:
        if rank + step < len(tree) and tree[rank + step] < left:
            rank += step
            left -= tree[rank]
        step //= 2
    return rank
