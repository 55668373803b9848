"""The latest and the first invoices that fell due, steps from one to the next, fading means, runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions

__all__ = ["NAMES", "write_latest"]

NAMES: tuple[str, ...] = (
    "days_late_max_last_3",
    "days_late_max_last_6",
    "days_late_max_last_12",
    "late_share_last_3",
    "late_share_last_6",
    "late_share_last_12",
    "days_late_mean_last_12",
    "days_late_std_last_6",
    "days_late_weighted_last_4",
    "days_late_first",
    "days_late_mean_first_6",
    "days_late_max_first_3",
    "days_late_max_first_6",
    "late_count_first_3",
    "days_late_last_to_second",
    "days_late_last_to_mean_all",
    "days_late_mean_last_3_to_all",
    "days_late_change_abs_mean_365d",
    "days_late_change_max_365d",
    "days_late_rise_share_365d",
    "amount_change_ratio_365d",
    "due_gap_mean_365d",
    "amount_last_to_mean_365d",
    "days_late_slope_last_12",
    "amount_slope_365d",
    "days_late_ewm_30d",
    "days_late_ewm_60d",
    "days_late_ewm_180d",
    "late_ewm_60d",
    "late_ewm_180d",
    "late_streak_max_365d",
    "on_time_streak_max_all",
    "late_run_count_365d",
)

_LOW: Any = np.int64(-(2**40))

I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]


@maker
def write_latest(
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
    year = window_start(t, 365, matured, view)
    _write_last(view.late, matured, at, row, out)
    _write_first(view.late, matured, at + 9, row, out)
    total = _write_fading(t, view.late, view.due, matured, at + 25, row, out)
    _write_against(view.late, matured, total, at + 14, row, out)
    _write_steps(view.late, view.due, view.cents, year, matured, at + 17, row, out)
    _write_amounts(t, view.due, view.cents, year, matured, at + 22, row, out)
    _write_runs(view.late, year, matured, at + 30, row, out)


@maker
def _write_last(late: I64, m: int, o: int, row: int, out: Out) -> None:
    """The last 3, 6, 12 and 4, and the slope over the last 12."""
    worst, late_n, total, squares, sum_6 = _LOW, 0, np.int64(0), np.int64(0), np.int64(0)
    weighted, weights, s_back, s_both = np.int64(0), 0, 0, np.int64(0)
    size = 0  # of the columns to be written next: last_3, last_6, last_12
    taken = min(m, 12)
    for back in range(12):
        if back < taken:
            days = late[m - 1 - back]
            worst, late_n, total = max(worst, days), late_n + (days > 0), total + days
            s_back, s_both = s_back + back, s_both + back * days
            if back < 6:
                sum_6, squares = sum_6 + days, squares + days * days
            if back < 4:
                weighted, weights = weighted + (4 - back) * days, weights + 4 - back
        if back == 2 or back == 5 or back == 11:
            out[o + size, row] = worst if m > 0 else np.nan
            out[o + 3 + size, row] = divide(late_n, min(m, back + 1))
            size += 1
    k = min(m, 6)
    out[o + 6, row] = divide(total, taken)
    out[o + 7, row] = np.sqrt((k * squares - sum_6 * sum_6) / (k * (k - 1))) if k > 1 else np.nan
    out[o + 8, row] = divide(weighted, weights)
    # back counts against time; the sums of squares of 0..k-1 about their mean are k (k² - 1) / 12
    rise = s_back * total - taken * s_both
    out[o + 23, row] = 12 * rise / (taken * taken * (taken * taken - 1)) if taken > 2 else np.nan


@maker
def _write_first(late: I64, m: int, o: int, row: int, out: Out) -> None:
    worst_3, worst_6, total, late_n = _LOW, _LOW, np.int64(0), 0
    for k in range(min(m, 6)):
        worst_6, total = max(worst_6, late[k]), total + late[k]
        if k < 3:
            worst_3, late_n = worst_6, late_n + (late[k] > 0)
    out[o, row] = late[0] if m > 0 else np.nan
    out[o + 1, row] = divide(total, min(m, 6))
    out[o + 2, row] = worst_3 if m > 0 else np.nan
    out[o + 3, row] = worst_6 if m > 0 else np.nan
    out[o + 4, row] = late_n


@maker
def _write_against(late: I64, m: int, total: np.int64, o: int, row: int, out: Out) -> None:
    """The last against the one before and against the mean, the last three against the mean."""
    k, last_3 = min(m, 3), np.int64(0)
    for i in range(m - k, m):
        last_3 += late[i]
    out[o, row] = late[m - 1] - late[m - 2] if m > 1 else np.nan
    out[o + 1, row] = (m * late[m - 1] - total) / m if m > 0 else np.nan
    out[o + 2, row] = (m * last_3 - k * total) / (k * m) if m > 0 else np.nan


@maker
def _write_steps(late: I64, due: I64, cents: I64, year: int, m: int, o: int, row: int, out: Out) -> None:
    """Steps from one invoice to the next, where the later one fell due within a year."""
    moved, worst, rises, changed, later = np.int64(0), _LOW, 0, np.int64(0), np.int64(0)
    first = max(year, 1)
    steps = max(m - first, 0)
    for i in range(first, m):
        step = late[i] - late[i - 1]
        moved, worst, rises = moved + abs(step), max(worst, step), rises + (step > 0)
        if cents[i] >= 0 and cents[i - 1] >= 0:
            changed, later = changed + abs(cents[i] - cents[i - 1]), later + cents[i]
    out[o, row] = divide(moved, steps)
    out[o + 1, row] = worst if steps > 0 else np.nan
    out[o + 2, row] = divide(rises, steps)
    out[o + 3, row] = divide(changed, later)
    out[o + 4, row] = (due[m - 1] - due[first - 1]) / steps if steps > 0 else np.nan


@maker
def _write_amounts(t: int, due: I64, cents: I64, year: int, m: int, o: int, row: int, out: Out) -> None:
    """Given amounts of a year: the last against their mean, and their slope over time against their mean."""
    n, sx, sxx, sy, sxy = 0, np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for i in range(year, m):
        if cents[i] >= 0:
            x = due[i] - t
            n, sx, sxx, sy, sxy = n + 1, sx + x, sxx + x * x, sy + cents[i], sxy + x * cents[i]
    out[o, row] = divide(n * cents[m - 1], sy) if n > 0 and cents[m - 1] >= 0 else np.nan
    spread = n * sxx - sx * sx
    # Floats: the products of a very large client's sums might not fit 64 bits; smaller ones are exact all the same.
    rise = float(n) * float(sxy) - float(sx) * float(sy)
    out[o + 2, row] = divide(30 * rise / spread, sy / n) if spread > 0 else np.nan


@maker
def _write_fading(t: int, late: I64, due: I64, m: int, o: int, row: int, out: Out) -> np.int64:
    """Means whose weights halve in 30, 60, 180 days, added by due date, ascending; gives the sum of days late."""
    weight_30, weight_60, weight_180, days_30, days_60, days_180 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    late_60, late_180, total = 0.0, 0.0, np.int64(0)
    i = 0
    while i < m:
        day, count, late_n, days = due[i], 0, 0, np.int64(0)
        while i < m and due[i] == day:
            count, late_n, days = count + 1, late_n + (late[i] > 0), days + late[i]
            i += 1
        total += days
        age = day - t
        w_30, w_60, w_180 = np.exp2(age / 30), np.exp2(age / 60), np.exp2(age / 180)
        weight_30, weight_60, weight_180 = (
            weight_30 + w_30 * count,
            weight_60 + w_60 * count,
            weight_180 + w_180 * count,
        )
        days_30, days_60, days_180 = days_30 + w_30 * days, days_60 + w_60 * days, days_180 + w_180 * days
        late_60, late_180 = late_60 + w_60 * late_n, late_180 + w_180 * late_n
    out[o, row] = divide(days_30, weight_30)
    out[o + 1, row] = divide(days_60, weight_60)
    out[o + 2, row] = divide(days_180, weight_180)
    out[o + 3, row] = divide(late_60, weight_60)
    out[o + 4, row] = divide(late_180, weight_180)
    return total


@maker
def _write_runs(late: I64, year: int, m: int, o: int, row: int, out: Out) -> None:
    """Longest runs of late and of not late ones. A run that began before the year counts from the year's first."""
    late_run, on_time_run, longest_late, longest_on_time, runs = 0, 0, 0, 0, 0
    for i in range(m):
        if late[i] > 0:
            on_time_run = 0
            if i >= year:
                runs += late_run == 0
                late_run += 1
                longest_late = max(longest_late, late_run)
        else:
            late_run, on_time_run = 0, on_time_run + 1
            longest_on_time = max(longest_on_time, on_time_run)
    out[o, row] = longest_late
    out[o + 1, row] = longest_on_time
    out[o + 2, row] = runs
