"""Stable orders by group, for rows that lie almost right already: as exports do, by client and by date."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["in_place", "order_by_group", "sort_within", "taken"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_SHORT = 96
"""Up to this many rows a group is sorted by insertion."""


def taken(values: Any, order: npt.NDArray[Any] | None) -> Any:
    """``values`` in an order; None: as they are."""
    return values if order is None else values[order]


def in_place(group: npt.NDArray[Any]) -> bool:
    """Whether the rows of each group lie together, groups in order."""
    return bool(np.all(group[1:] >= group[:-1]))


def order_by_group(group: I32, start: I32) -> I32 | None:
    """Positions by group, those of one group in the order they had; None where they lie so already.

    ``start`` says where each group begins, one longer than the groups.
    """
    if in_place(group):
        return None
    order = np.empty(len(group), np.int32)
    _scatter(group, start.copy(), order)
    return order


@njit(cache=True, nogil=True)
def _scatter(group: I32, free: I32, order: I32) -> None:
    for i in range(len(group)):
        order[free[group[i]]] = i
        free[group[i]] += 1


@njit(cache=True, nogil=True)
def sort_within(start: I32, key: I64, order: I32) -> None:
    """Sorts ``order`` and ``key`` with it, within each group and in place; rows of equal keys keep their order."""
    for g in range(len(start) - 1):
        a, b = start[g], start[g + 1]
        if b - a > _SHORT and not _nearly(a, b, key):
            by = np.argsort(key[a:b], kind="mergesort")
            key[a:b], order[a:b] = key[a:b][by], order[a:b][by]
            continue
        for i in range(a + 1, b):
            k, o, m = key[i], order[i], i
            while m > a and key[m - 1] > k:
                key[m], order[m] = key[m - 1], order[m - 1]
                m -= 1
            key[m], order[m] = k, o


@njit(cache=True, nogil=True)
def _nearly(a: int, b: int, key: I64) -> bool:
    """Whether a group has so few steps down that insertion sorts it at once."""
    down = 0
    for i in range(a + 1, b):
        down += key[i] < key[i - 1]
    return down * 32 < b - a
