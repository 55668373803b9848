"""Counts by rank that change all the time: what lies up to a rank is read in as few steps as a change takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined

__all__ = ["add_all", "add_at", "highest", "new_tree", "sum_all", "sum_below"]

Tree = npt.NDArray[Any]


def new_tree(ranks: int) -> npt.NDArray[np.int32]:
    """An empty tree of counts for ``ranks`` ranks; one of several sums a rank is node x sum."""
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
def add_all(tree: Tree, rank: Int, by: Tree) -> None:
    """Adds to each of the sums of one rank."""
    node = np.int64(rank) + 1
    while node < len(tree):
        for k in range(len(by)):
            tree[node, k] += by[k]
        node += node & -node


@inlined
def sum_all(tree: Tree, rank: Int, sign: Int, sums: Tree) -> None:
    """Adds the sums of all ranks lower than ``rank`` to ``sums``, or takes them away (sign -1)."""
    node = np.int64(rank)
    while node > 0:
        for k in range(len(sums)):
            sums[k] += sign * tree[node, k]
        node &= node - 1


@inlined
def highest(tree: Tree, count: Int) -> Int:
    """The highest rank of which the first sum is above 0, where ``count`` is that sum over all ranks; -1 without."""
    step, rank, left = np.int64(1), np.int64(0), np.int64(count)
    while step * 2 < len(tree):
        step *= 2
    while step > 0:
        if rank + step < len(tree) and tree[rank + step, 0] < left:
            rank += step
            left -= tree[rank, 0]
        step //= 2
    return rank if count > 0 else np.int64(-1)
