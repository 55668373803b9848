"""One snapshot read from a client's running totals: every fixed column but those by day and of month ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.columns import PER_WINDOW, WINDOWS
from inadimplencia_ml.features.fixed.division import divide
from inadimplencia_ml.features.fixed.ends import write_ends, write_streaks
from inadimplencia_ml.features.fixed.so_far import DUE, DUE_DAYS, DUE_DUE, WIDTH, SoFar, between, go_forward
from inadimplencia_ml.features.fixed.totals import (
    AMOUNT,
    DAYS,
    EARLY,
    L15,
    L30,
    L60,
    L90,
    LATE,
    LATE_AMOUNT,
    LOW,
    OPEN_AMOUNT,
    OPEN_LEFT,
    OPEN_N,
    PAID_UP,
    PARTS,
    SQUARES,
    WEIGHTED,
    Dates,
    N,
    Rows,
    Slots,
)

__all__ = ["look", "new_windows"]

I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

_WORST = WIDTH  # beside the sums, the most days late in a window
_LONG, _ALL = len(WINDOWS) - 2, len(WINDOWS) - 1  # windows
_A_WINDOW = len(PER_WINDOW)
_NOW = len(WINDOWS) * len(PER_WINDOW)


def new_windows() -> I64:
    """What each window holds at one snapshot."""
    return np.zeros((len(WINDOWS), WIDTH + 1), np.int64)


@kernel
def look(
    t: Int,
    first: Int,
    n_slots: Int,
    n_dates: Int,
    rows: Rows,
    slots: Slots,
    dates: Dates,
    so_far: SoFar,
    windows: I64,
    weights: Out,
    at: Int,
    out: Out,
) -> None:
    """The columns of what falls due, is open or overdue: slots ``first``..."""
    go_forward(t, first, n_slots, slots, so_far)
    windows[:] = 0
    for w in range(len(WINDOWS)):
        windows[w, _WORST] = _worst(so_far.edge[w + 1], so_far.edge[w], slots)
    last_late = _look_at_open(t, first, slots, dates, so_far, windows, at, out)
    if last_late < t:
        last_late = _latest(first, so_far.edge[0], slots)
    out[_NOW + 15, at] = t - last_late if last_late > LOW else np.nan
    out[_NOW + 23, at] = _weighted_mean(t, slots.date[first], n_dates, dates, weights)
    _give_back(t, first, slots, dates, so_far)
    _add_up(so_far, windows)
    _write_windows(windows, at, out)
    _write_trend(t - np.int64(slots.due[0]), windows, at, out)
    write_streaks(t, first, so_far.edge[0], rows, slots, at, out)
    write_ends(t, slots.row[first], slots.row[so_far.edge[0]], windows[_ALL, N], rows, slots, at, out)


@inlined
def _worst(low: Int, high: Int, slots: Slots) -> Int:
    worst = LOW
    for s in range(low, high):
        worst = max(worst, slots.worst[s])
    return worst


@inlined
def _latest(low: Int, high: Int, slots: Slots) -> Int:
    latest = LOW
    for s in range(low, high):
        latest = max(latest, slots.ended[s])
    return latest


@inlined
def _weighted_mean(t: Int, first: Int, n_dates: Int, dates: Dates, weights: Out) -> float:
    """The mean delay, weighted by age; in the order of due dates."""
    weight, weighted = 0.0, 0.0
    d = np.int64(first)
    while d < n_dates and dates.due[d] <= t:
        w = weights[t - dates.due[d]]
        weight += w * dates.number[d]
        weighted += w * dates.days[d]
        d += 1
    return divide(weighted, weight)


@inlined
def _look_at_open(
    t: Int, first: Int, slots: Slots, dates: Dates, so_far: SoFar, windows: I64, at: Int, out: Out
) -> Int:
    """What is open and its age; t if any is late, else the earliest time there is.

    Each window then holds, without those within it, what open ones add to its sums, and due dates their days late.
    """
    open_n, open_amount, next_30, last_late = np.int64(0), np.int64(0), np.int64(0), LOW
    overdue_n, overdue_amount, dpd_max, dpd_weighted = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    aged_30, aged_60, aged_90, aged_more = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for k in range(slots.open[0]):
        s = slots.opened[k]
        if s < first:
            continue
        sums = slots.sums[s]
        left = sums[OPEN_LEFT]
        open_n += sums[OPEN_N]
        open_amount += left
        if s >= so_far.edge[0]:
            next_30 += left if slots.due[s] <= t + 30 else 0
            continue
        late = max(t - np.int64(slots.due_adj[s]), np.int64(0))
        window = 0
        while s < so_far.edge[window + 1]:
            window += 1
        windows[window, _WORST] = max(windows[window, _WORST], late)
        if late > 0:
            still = sums[OPEN_N]
            _add_late(late, still, sums[OPEN_AMOUNT], slots.due[s] - slots.due[0], windows[window])
            dates.days[slots.date[s]] += still * late
            last_late = t
            overdue_n += still
            overdue_amount += left
            dpd_max = max(dpd_max, late)
            dpd_weighted += late * left
            if late <= 30:
                aged_30 += left
            elif late <= 60:
                aged_60 += left
            elif late <= 90:
                aged_90 += left
            else:
                aged_more += left
    o = _NOW
    out[o, at] = open_n
    out[o + 1, at] = open_amount / 100
    out[o + 2, at] = overdue_n
    out[o + 3, at] = overdue_amount / 100
    out[o + 4, at] = divide(overdue_amount, open_amount)
    out[o + 5, at] = dpd_max
    out[o + 6, at] = divide(dpd_weighted, open_amount)
    out[o + 7, at] = aged_30 / 100
    out[o + 8, at] = aged_60 / 100
    out[o + 9, at] = aged_90 / 100
    out[o + 10, at] = aged_more / 100
    out[o + 11, at] = (open_amount - overdue_amount) / 100
    out[o + 12, at] = next_30 / 100
    return last_late


@inlined
def _give_back(t: Int, first: Int, slots: Slots, dates: Dates, so_far: SoFar) -> None:
    """Due dates lose the days late of open ones again."""
    for k in range(slots.open[0]):
        s = slots.opened[k]
        if first <= s < so_far.edge[0]:
            dates.days[slots.date[s]] -= slots.sums[s, OPEN_N] * max(t - np.int64(slots.due_adj[s]), np.int64(0))


@inlined
def _add_late(late: Int, number: Int, amount: Int, due: Int, window: I64) -> None:
    """What open ones of one slot add to the sums of a window."""
    window[LATE] += number
    window[LATE_AMOUNT] += amount
    window[L15] += number if late >= 15 else 0
    window[L30] += number if late >= 30 else 0
    window[L60] += number if late >= 60 else 0
    window[L90] += number if late >= 90 else 0
    window[DAYS] += number * late
    window[SQUARES] += number * late * late
    window[WEIGHTED] += late * amount
    window[DUE_DAYS] += due * number * late


@inlined
def _add_up(so_far: SoFar, windows: I64) -> None:
    """Adds to each window the one within it, then the sums of its slots."""
    for w in range(1, len(WINDOWS)):
        for k in range(WIDTH):
            windows[w, k] += windows[w - 1, k]
        windows[w, _WORST] = max(windows[w, _WORST], windows[w - 1, _WORST])
    for w in range(len(WINDOWS)):
        for k in range(WIDTH):
            windows[w, k] += between(k, w, so_far)


@kernel
def _write_windows(windows: I64, at: Int, out: Out) -> None:
    for w in range(len(WINDOWS)):
        b, o = windows[w], w * _A_WINDOW
        n, amount = b[N], b[AMOUNT]
        out[o, at] = n
        out[o + 1, at] = amount / 100
        out[o + 2, at] = b[LATE]
        out[o + 3, at] = b[LATE_AMOUNT] / 100
        out[o + 4, at] = divide(b[LATE], n)
        out[o + 5, at] = divide(b[LATE_AMOUNT], amount)
        out[o + 6, at] = b[L15]
        out[o + 7, at] = b[L30]
        out[o + 8, at] = b[L60]
        out[o + 9, at] = b[L90]
        out[o + 10, at] = divide(b[DAYS], n)
        out[o + 11, at] = b[_WORST] if n > 0 else np.nan
        spread = n * b[SQUARES] - b[DAYS] * b[DAYS]
        out[o + 12, at] = np.sqrt(spread / (n * (n - 1))) if n > 1 else np.nan
        out[o + 13, at] = divide(b[WEIGHTED], amount)
        out[o + 14, at] = divide(b[EARLY], n)


@inlined
def _write_trend(now: Int, windows: I64, at: Int, out: Out) -> None:
    """What compares the last 90 and 365 days; ``now`` as due dates are summed, from the client's first one."""
    b, o = windows[_LONG], _NOW
    n = b[N]
    sx = b[DUE] - now * n  # x counts back from t
    sxx = b[DUE_DUE] - 2 * now * b[DUE] + now * now * n
    sxy = b[DUE_DAYS] - now * b[DAYS]
    spread = n * sxx - sx * sx
    out[o + 24, at] = 30 * (n * sxy - sx * b[DAYS]) / spread if spread > 0 else np.nan
    out[o + 25, at] = divide(divide(windows[1, LATE], windows[1, N]), divide(b[LATE], n))
    out[o + 30, at] = windows[_ALL, PARTS]
    out[o + 31, at] = divide(b[PAID_UP], b[AMOUNT])
