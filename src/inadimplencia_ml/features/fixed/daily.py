"""Counts and cents by day, of issues and of payments: what each window holds of them, and its columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.columns import AGES, PER_WINDOW, WINDOWS
from inadimplencia_ml.features.fixed.division import divide

__all__ = ["Daily", "add", "clear", "look_at_ages", "look_by_day", "new_daily"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

_LONG = len(WINDOWS) - 2
_A_WINDOW = len(PER_WINDOW)
_NOW = len(WINDOWS) * len(PER_WINDOW)


class Daily(NamedTuple):
    """Counts and cents by day, days ascending; and their sums before each day, as far as nothing changed there."""

    size: I64  # of length 1: how many days there are
    day: I32
    number: I64
    cents: I64
    numbers: I64  # before each day; one more at the end
    amounts: I64
    good: I64  # of length 1: up to which day the sums before it hold
    edge: I64  # where the window of each of `AGES` begins, or before it: it only goes forward


def new_daily(size: int) -> Daily:
    """For up to ``size`` different days."""
    e, f = np.empty((2, size), np.int64), np.zeros((2, size + 1), np.int64)
    one = np.zeros((2, 1), np.int64)
    return Daily(one[0], np.empty(size, np.int32), e[0], e[1], f[0], f[1], one[1], np.zeros(len(AGES), np.int64))


@inlined
def clear(daily: Daily) -> None:
    """Empties it for the next client."""
    daily.size[0] = daily.good[0] = 0
    daily.edge[:] = 0


@inlined
def add(daily: Daily, day: Int, number: Int, cents: Int) -> None:
    """Adds to a day, mostly the last one there is."""
    last = daily.size[0] - 1
    if last >= 0 and daily.day[last] == day:
        daily.number[last] += number
        daily.cents[last] += cents
        daily.good[0] = min(daily.good[0], last)
    else:
        _add_elsewhere(daily, day, number, cents)


@kernel
def _add_elsewhere(daily: Daily, day: Int, number: Int, cents: Int) -> None:
    """Adds to an earlier day or a new one; days mostly come in order, so the search begins at the end."""
    size = daily.size[0]
    k = size
    while k > 0 and k > size - 16 and daily.day[k - 1] > day:
        k -= 1
    if k > 0 and daily.day[k - 1] > day:
        low = 0
        while low < k:  # the first one after the day
            middle = (low + k) // 2
            if daily.day[middle] > day:
                k = middle
            else:
                low = middle + 1
    if k > 0 and daily.day[k - 1] == day:
        daily.number[k - 1] += number
        daily.cents[k - 1] += cents
        daily.good[0] = min(daily.good[0], k - 1)
        return
    for m in range(size, k, -1):
        daily.day[m], daily.number[m], daily.cents[m] = daily.day[m - 1], daily.number[m - 1], daily.cents[m - 1]
    daily.day[k], daily.number[k], daily.cents[k] = day, number, cents
    daily.size[0] = size + 1
    daily.good[0] = min(daily.good[0], k)


@kernel
def _go_forward(t: Int, daily: Daily) -> None:
    """Brings sums and windows to the end of day t, which is after all days looked from before."""
    size = daily.size[0]
    for k in range(daily.good[0], size):
        daily.numbers[k + 1] = daily.numbers[k] + daily.number[k]
        daily.amounts[k + 1] = daily.amounts[k] + daily.cents[k]
    daily.good[0] = size
    for w in range(len(AGES)):
        while daily.edge[w] < size and daily.day[daily.edge[w]] <= t - AGES[w]:
            daily.edge[w] += 1


@inlined
def _within(sums: I64, w: Int, daily: Daily) -> Int:
    """What ``sums``, of numbers or amounts, has in window ``w``; one beyond `AGES` holds all."""
    return sums[daily.size[0]] - (sums[daily.edge[w]] if w < len(AGES) else 0)


@kernel
def look_by_day(t: Int, issues: Daily, receipts: Daily, at: Int, out: Out) -> None:
    """The columns of issues and payments."""
    _go_forward(t, issues)
    _go_forward(t, receipts)
    for w in range(len(WINDOWS)):
        o = w * _A_WINDOW
        out[o + 15, at] = _within(receipts.amounts, w, receipts) / 100
        out[o + 16, at] = _within(issues.numbers, w, issues)
        out[o + 17, at] = _within(issues.amounts, w, issues) / 100
    low, high = _ends(issues)
    o = _NOW
    issued = issues.numbers[issues.size[0]]
    out[o + 32, at] = (issues.day[high] - issues.day[low]) / (issued - 1) if issued > 1 else np.nan
    ticket = divide(_within(issues.amounts, _LONG, issues) / 100, _within(issues.numbers, _LONG, issues))
    out[o + 33, at] = ticket
    out[o + 34, at] = divide(
        divide(_within(issues.amounts, 1, issues) / 100, _within(issues.numbers, 1, issues)), ticket
    )
    low, high = _ends(receipts)
    out[o + 14, at] = t - receipts.day[high] if low <= high else np.nan


@inlined
def _ends(daily: Daily) -> tuple[Int, Int]:
    """The first and the last day with something on it; the last before the first where there is none."""
    low, high = 0, daily.size[0] - 1
    while low <= high and daily.number[low] == 0:
        low += 1
    while high >= low and daily.number[high] == 0:
        high -= 1
    return low, high


@kernel
def look_at_ages(t: Int, issues: Daily, at: Int, out: Out) -> None:
    """Days since the last and the first issue, which no forgetting changes."""
    low, high = _ends(issues)
    out[_NOW + 13, at] = t - issues.day[high] if low <= high else np.nan
    out[_NOW + 16, at] = t - issues.day[low] if low <= high else np.nan
