"""Stable orders by group, for rows that lie almost right already: as exports do, by client and by date."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry, kernel

__all__ = ["in_order", "in_place", "order_by_group", "sort_within"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_SHORT = 96
"""Up to this many rows a group is sorted by insertion."""


def in_order(columns: dict[str, npt.NDArray[Any]], order: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """Columns in an order; one that stands under two names is put in order once."""
    made: dict[int, npt.NDArray[Any]] = {}
    at = order.astype(np.intp, copy=False)  # what numpy takes by; other integers cost it three times as much a value
    for values in columns.values():
        if id(values) not in made:
            made[id(values)] = values[at]
    return {name: made[id(values)] for name, values in columns.items()}


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


@entry
def _scatter(group: I32, free: I32, order: I32) -> None:
    for i in range(len(group)):
        order[free[group[i]]] = i
        free[group[i]] += 1


def sort_within(start: I32, key: I64, order: I32) -> None:
    """Sorts ``order`` and ``key`` with it, within each group and in place; rows of equal keys keep their order."""
    widest = int(np.diff(start).max(initial=0))
    spare = widest if widest > _SHORT else 0
    _sort_within(start, key, order, np.empty(spare, np.int64), np.empty(spare, np.int32))


@entry
def _sort_within(start: I32, key: I64, order: I32, spare_key: I64, spare_order: I32) -> None:
    for g in range(len(start) - 1):
        a, b = start[g], start[g + 1]
        if b - a > _SHORT and not _nearly(a, b, key):
            width = _SHORT // 4
            for low in range(a, b, width):
                _insert(low, min(low + width, b), key, order)
            while width < b - a:
                for low in range(a, b - width, 2 * width):
                    _merge(low, low + width, min(low + 2 * width, b), key, order, spare_key, spare_order)
                width *= 2
        else:
            _insert(a, b, key, order)


@kernel
def _insert(a: Int, b: Int, key: I64, order: I32) -> None:
    """Sorts a..b by insertion."""
    for i in range(a + 1, b):
        k, o, m = key[i], order[i], i
        while m > a and key[m - 1] > k:
            key[m], order[m] = key[m - 1], order[m - 1]
            m -= 1
        key[m], order[m] = k, o


@kernel
def _merge(a: Int, middle: Int, b: Int, key: I64, order: I32, spare_key: I64, spare_order: I32) -> None:
    """Makes one sorted run of the runs a..middle and middle..b; of equal keys those of the first come first."""
    n = middle - a
    for i in range(n):
        spare_key[i], spare_order[i] = key[a + i], order[a + i]
    left, right, to = 0, middle, a
    while left < n:
        if right < b and key[right] < spare_key[left]:
            key[to], order[to] = key[right], order[right]
            right += 1
        else:
            key[to], order[to] = spare_key[left], spare_order[left]
            left += 1
        to += 1


@kernel
def _nearly(a: Int, b: Int, key: I64) -> bool:
    """Whether a group has so few steps down that insertion sorts it at once."""
    down = 0
    for i in range(a + 1, b):
        down += key[i] < key[i - 1]
    return bool(down * 32 < b - a)
