"""The calendar of a client: terms, ends of months and weeks, seasons, and the gaps between issues and payments.

Months are counted from January 1970 and turned into days and back with integers alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import OPEN, SETTLED, Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import NEVER

__all__ = ["NAMES", "write_rhythm"]

NAMES: tuple[str, ...] = (
    "term_mean_365d",
    "term_last",
    "term_last_to_mean_365d",
    "due_month_end_share_365d",
    "late_share_month_end_365d",
    "late_share_week_end_365d",
    "issued_amount_same_month_last_year",
    "season_ratio_12m",
    "as_of_month",
    "as_of_month_day",
    "as_of_days_to_month_end",
    "issue_gap_max_365d",
    "issue_gap_std_365d",
    "issue_gap_now_ratio",
    "active_months_365d",
    "payment_gap_mean_365d",
    "payment_gap_max_365d",
    "payment_gap_std_365d",
    "payment_gap_now_ratio",
    "paid_month_day_mean_365d",
    "paid_after_month_end_share_365d",
)

_LONG_AGO: Any = np.int64(-(2**40))
_MONTH_END_DAYS = 3
_FRIDAY = 4  # Monday is 0
Out = npt.NDArray[np.float64]


@maker
def _month_start(month: int) -> int:
    """The first day of a month, as days since 1970-01-01."""
    since_march = month + 12 * 1970 - 2  # years that begin in March have their leap day at the end
    year, k = since_march // 12, since_march % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * k + 2) // 5 - 719468


@maker
def _month_of(day: int) -> int:
    """The month in which a day lies: guessed from the 4,800 months that 146,097 days have, then put right."""
    month = day * 4800 // 146097
    while _month_start(month) > day:
        month -= 1
    while _month_start(month + 1) <= day:
        month += 1
    return month


@maker
def _write_due(t: int, matured: int, view: View, at: int, row: int, out: Out) -> None:
    """Terms, and lateness by where in its month and week the due date lies."""
    year = window_start(t, 365, matured, view)
    in_year = matured - year
    terms, month_end, month_end_late, week_end, week_end_late = np.int64(0), 0, 0, 0, 0
    for k in range(year, matured):
        due, late = view.due[k], view.late[k] > 0
        terms += due - view.issue[k]
        if _month_start(_month_of(due) + 1) - due <= _MONTH_END_DAYS:
            month_end += 1
            month_end_late += late
        if (due + 3) % 7 >= _FRIDAY:  # 1970-01-01 was a Thursday
            week_end += 1
            week_end_late += late
    last = view.due[matured - 1] - view.issue[matured - 1] if matured > 0 else np.int64(0)
    out[at, row] = divide(terms, in_year)
    out[at + 1, row] = last if matured > 0 else np.nan
    out[at + 2, row] = divide(last * in_year - terms, in_year)
    out[at + 3, row] = divide(month_end, in_year)
    out[at + 4, row] = divide(month_end_late, month_end)
    out[at + 5, row] = divide(week_end_late, week_end)


@maker
def _write_season(t: int, n: int, view: View, at: int, row: int, out: Out) -> None:
    """What was issued in the same month a year ago, and the day's place in the calendar."""
    month = _month_of(t)
    begin, second, now = _month_start(month - 12), _month_start(month - 11), _month_start(month)
    same, whole = np.int64(0), np.int64(0)
    for k in range(n):
        if begin <= view.issue[k] < now:
            whole += view.amount[k]
            if view.issue[k] < second:
                same += view.amount[k]
    out[at, row] = same / 100
    out[at + 1, row] = divide(12 * same, whole)
    out[at + 2, row] = month % 12 + 1
    out[at + 3, row] = t - now + 1
    out[at + 4, row] = _month_start(month + 1) - 1 - t


@maker
def _gaps(before: int, days: npt.NDArray[np.int64]) -> tuple[int, Any, Any, float]:
    """Gaps between different days, of which ``before`` is the earliest if there is one: number, sum, largest, std.

    ``days`` are sorted in place; they may repeat.
    """
    days.sort()
    count, total, largest, squares = 0, np.int64(0), np.int64(0), np.int64(0)
    for day in days:
        if before != _LONG_AGO and day > before:
            count += 1
            total += day - before
            squares += (day - before) * (day - before)
            largest = max(largest, day - before)
        before = day
    spread = count * squares - total * total
    return count, total, largest, (np.sqrt(spread / (count * (count - 1))) if count > 1 else np.nan)


@maker
def _write_issues(t: int, n: int, view: View, at: int, row: int, out: Out) -> None:
    """Gaps between the days of issue, and the months that have one."""
    days, found, before = np.empty(n, np.int64), 0, _LONG_AGO
    for k in range(n):
        if view.issue[k] > t - 365:
            days[found] = view.issue[k]
            found += 1
        else:
            before = max(before, view.issue[k])
    days = days[:found]
    count, total, largest, std = _gaps(before, days)
    out[at, row] = largest if count > 0 else np.nan
    out[at + 1, row] = std
    out[at + 2, row] = divide((t - days[found - 1]) * count, total) if count > 0 else np.nan
    months, next_month = 0, _LONG_AGO
    for day in days:
        if day >= next_month:
            months += 1
            next_month = np.int64(_month_start(_month_of(day) + 1))
    out[at + 3, row] = months


@maker
def _payment_days(t: int, n: int, view: View, v: Versions, p: Payments) -> tuple[int, npt.NDArray[np.int64]]:
    """The latest payment_date up to t - 365 (`_LONG_AGO` without), and those after it, which may repeat."""
    size = 0
    for k in range(n):
        if view.last_paid[k] > t - 365:
            size += v.pay_stop[view.version[k]] - v.pay_start[view.version[k]]
    days, found, before = np.empty(size, np.int64), 0, _LONG_AGO
    for k in range(n):
        if view.first_paid[k] == NEVER:
            continue
        if view.last_paid[k] <= t - 365:
            before = max(before, view.last_paid[k])
            continue
        j = view.version[k]
        for q in range(v.pay_start[j], v.pay_stop[j]):
            if not p.is_payment[q] or p.known[q] > t or p.until[q] <= t:
                continue
            date: Any = np.int64(p.date[q])
            if date > t - 365:
                days[found] = date
                found += 1
            else:
                before = max(before, date)
    return before, days[:found]


@maker
def _write_paid(t: int, n: int, matured: int, view: View, at: int, row: int, out: Out) -> None:
    """On which day of the month invoices are settled, and how many run past the month in which they are due."""
    settled, month_days = 0, np.int64(0)
    for k in range(n):
        if view.status[k] == SETTLED and view.cents[k] != 0 and view.closed_on[k] > t - 365:
            settled += 1
            month_days += view.closed_on[k] - _month_start(_month_of(view.closed_on[k])) + 1
    ended, past = 0, 0
    for k in range(window_start(t, 365, matured, view), matured):
        month_end = _month_start(_month_of(view.due[k]) + 1) - 1
        if month_end <= t:
            ended += 1
            past += view.status[k] == OPEN or view.closed_on[k] > month_end
    out[at, row] = divide(month_days, settled)
    out[at + 1, row] = divide(past, ended)


@maker
def write_rhythm(
    t: int,
    n: int,
    matured: int,
    view: View,
    v: Versions,
    p: Payments,
    side: Side,
    at: int,
    row: int,
    out: Out,
) -> None:
    """Writes the columns ``at``... of one snapshot: entries 0..n of the view are there, 0..matured are due by t."""
    _write_due(t, matured, view, at, row, out)
    _write_season(t, n, view, at + 6, row, out)
    _write_issues(t, n, view, at + 11, row, out)
    before, days = _payment_days(t, n, view, v, p)
    count, total, largest, std = _gaps(before, days)
    out[at + 15, row] = divide(total, count)
    out[at + 16, row] = largest if count > 0 else np.nan
    out[at + 17, row] = std
    out[at + 18, row] = divide((t - days[-1]) * count, total) if count > 0 else np.nan
    _write_paid(t, n, matured, view, at + 19, row, out)
