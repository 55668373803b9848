"""Spread of lateness and of amounts among the invoices that fell due: medians, quartiles, extremes, what was late.

Windows are ends of one order, so each keeps the sorted values of the one before and adds its own. Quantiles are
interpolated in quarters of a day or cent, all integers, with one division at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions

__all__ = ["NAMES", "write_spread"]

_COLUMNS = (
    "days_late_median days_late_iqr days_late_min late_days_mean late_days_median late_days_mad on_time_days_mean "
    "late_7_count significant_late_count significant_late_share amount_median amount_iqr amount_cv amount_max_to_mean "
    "late_amount_to_mean"
).split()
NAMES: tuple[str, ...] = tuple(f"{name}_{window}" for window in ("90d", "365d", "all") for name in _COLUMNS)

_WIDTH = len(_COLUMNS)
_SIGNIFICANT = 20  # more than a twentieth of what fell due, 5 %
_MANY = 10_000  # pairs of a new and another value, above which inserting is slower than sorting anew
_FAR: Any = np.int64(2**62)

I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]


@maker
def write_spread(
    t: int,
    n: int,
    matured: int,
    view: View,
    v: Versions,
    p: Payments,
    side: Side,
    at: int,
    row: int,
    out: npt.NDArray[np.float64],
) -> None:
    """Writes the columns ``at``... of one snapshot: entries 0..n of the view are there, 0..matured are due by t."""
    days, cents = np.empty(matured, np.int64), np.empty(matured, np.int64)
    taken, given, low = 0, 0, matured
    late_given, late_cents, due_cents = 0, np.int64(0), np.int64(0)
    for w, length in enumerate((90, 365, -1)):
        start, o = window_start(t, length, low, view), at + w * _WIDTH
        if w > 0 and start == low:  # no invoice more than in the window before
            for k in range(_WIDTH):
                out[o + k, row] = out[o + k - _WIDTH, row]
            continue
        had, had_given = taken, given
        for i in range(start, low):
            days[taken] = view.late[i]
            taken += 1
            if view.cents[i] >= 0:
                cents[given] = view.cents[i]
                given += 1
                due_cents += view.cents[i]
                if view.late[i] > 0:
                    late_given += 1
                    late_cents += view.cents[i]
        low = start
        _sort(days, had, taken)
        _sort(cents, had_given, given)
        _write_days(days, taken, o, row, out)
        significant = 0
        for i in range(start, matured):
            significant += view.late[i] > 0 and view.amount[i] * _SIGNIFICANT > due_cents
        out[o + 8, row] = significant
        out[o + 9, row] = divide(significant, taken)
        _write_amounts(cents, given, due_cents, o + 10, row, out)
        out[o + 14, row] = divide(divide(late_cents, late_given), divide(due_cents, given))


@maker
def _write_days(days: I64, n: int, o: int, row: int, out: Out) -> None:
    """Columns of the sorted days late; those of the late ones are their end."""
    first, late_7, on_time_sum, late_sum = n, 0, np.int64(0), np.int64(0)
    for k in range(n):
        if days[k] > 0:
            first = min(first, k)
            late_sum += days[k]
            late_7 += days[k] >= 7
        else:
            on_time_sum += days[k]
    late_n = n - first
    out[o, row] = _quarters(days, 0, n, 2) / 4 if n > 0 else np.nan
    out[o + 1, row] = (_quarters(days, 0, n, 3) - _quarters(days, 0, n, 1)) / 4 if n > 0 else np.nan
    out[o + 2, row] = days[0] if n > 0 else np.nan
    out[o + 3, row] = divide(late_sum, late_n)
    out[o + 4, row] = _quarters(days, first, n, 2) / 4 if late_n > 0 else np.nan
    out[o + 5, row] = _median_distance(days, first, n) if late_n > 0 else np.nan
    out[o + 6, row] = divide(on_time_sum, first)
    out[o + 7, row] = late_7


@maker
def _write_amounts(cents: I64, n: int, total: np.int64, o: int, row: int, out: Out) -> None:
    """Columns of the sorted given amounts."""
    out[o, row] = _quarters(cents, 0, n, 2) / 400 if n > 0 else np.nan
    out[o + 1, row] = (_quarters(cents, 0, n, 3) - _quarters(cents, 0, n, 1)) / 400 if n > 0 else np.nan
    # Squares of cents do not fit 64 bits. n times the distances from the mean are whole numbers, exactly 0 where all
    # amounts are the same, and their squares are added in ascending order of amounts: the same bits in any other order.
    squares = 0.0
    for k in range(n):
        distance = float(n * cents[k] - total)
        squares += distance * distance
    out[o + 2, row] = divide(np.sqrt(squares / (n - 1)), total) if n > 1 else np.nan
    out[o + 3, row] = divide(n * cents[n - 1], total) if n > 0 else np.nan


@maker
def _sort(values: I64, had: int, n: int) -> None:
    """Sorts the values up to n, of which the first ``had`` are sorted already."""
    if (n - had) * n > _MANY:
        values[:n].sort()
        return
    for i in range(had, n):
        value, k = values[i], i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value


@maker
def _quarters(values: I64, first: int, stop: int, q: int) -> np.int64:
    """Four times the q-th quartile of the sorted values first..stop, interpolated linearly."""
    place = (stop - first - 1) * q
    k, part = first + place // 4, place % 4
    after = values[k + 1] if part > 0 else values[k]
    return np.int64(values[k] * (4 - part) + after * part)


@maker
def _median_distance(values: I64, first: int, stop: int) -> float:
    """Median of the distances of the sorted values from their median, which is left on both sides step by step."""
    n = stop - first
    twice = _quarters(values, first, stop, 2) // 2
    right = first + n // 2
    left = right - 1
    before, now = np.int64(0), np.int64(0)
    for _ in range(n // 2 + 1):
        down = twice - 2 * values[left] if left >= first else _FAR
        up = 2 * values[right] - twice if right < stop else _FAR
        before = now
        if down <= up:
            now, left = down, left - 1
        else:
            now, right = up, right + 1
    return now / 2 if n % 2 == 1 else (before + now) / 4
