"""The client at its month ends: largest dpd, amount open and amount overdue, each as it was known on that day.

`month_states` fills them and is there for other families too. A month end before the client's first known invoice is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import divide, look_at, make_view
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on, settlement
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["DPD", "NAMES", "OPEN_CENTS", "OVERDUE_CENTS", "month_features", "month_states", "most_versions"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Out = npt.NDArray[np.float64]

NAMES: tuple[str, ...] = tuple(
    "months_late_6m months_late_12m months_late_24m months_30_plus_12m months_60_plus_12m worst_dpd_24m "
    "dpd_month_mean_6m dpd_month_mean_12m roll_up_count_6m roll_down_count_12m months_since_worst_12m "
    "months_clean_streak_24m bucket_last_month bucket_change_1m overdue_amount_max_12m overdue_amount_mean_6m "
    "open_amount_mean_6m open_amount_to_mean_6m open_amount_slope_6m".split()
)

DPD, OPEN_CENTS, OVERDUE_CENTS = 0, 1, 2
"""Rows of the states."""

_SPAN = 24


def month_features(ledger: Ledger, looked: Looked, n_jobs: int) -> Out:
    """The columns ``NAMES``, feature x pair of client and day."""
    out, books = np.empty((len(NAMES), len(looked.snaps.day))), ledger.books
    if len(looked.snaps.day):
        arguments = looked.client_start, books.versions, books.payments, looked.who, looked.snaps, out
        looked.each_share(n_jobs, _months, *arguments)
    return out


@maker
def most_versions(low: int, high: int, client_start: I32) -> int:
    """The number of versions of that client of low..high which has most."""
    most = 0
    for c in range(low, high):
        most = max(most, client_start[c + 1] - client_start[c])
    return most


@maker
def month_states(
    c: int,
    s: int,
    span: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    hidden: Flags,
    states: I64,
) -> None:
    """Has in ``states`` (3 x month end) the ``span`` month ends up to snapshot ``s`` of client ``c``.

    Called for all snapshots of a client in their order, it fills the month ends of all of them at the first. Only where
    a consumer's invoices grow too old it fills them at each: what is too old at the snapshot may not speak at a month
    end before it. ``hidden`` has room for `most_versions`.
    """
    s0, s1 = snaps.start[c], snaps.start[c + 1]
    a, b = client_start[c], client_start[c + 1]
    ever_consumer = False
    for e in range(who.start[c], who.start[c + 1]):
        ever_consumer = ever_consumer or who.flag[e]
    old = ever_consumer and a < b and v.due[a] <= snaps.day[s1 - 1] - FORGOTTEN_AFTER
    if s > s0 and not old:
        return
    hidden[: b - a] = False
    if old and consumer_on(snaps.day[s], c, who):
        _hide(np.int64(snaps.day[s]), a, b, v, hidden)
    last = snaps.month[s] if old else snaps.month[s1 - 1]
    _fill(c, a, b, snaps.month[s] - span + 1, last, v, p, who, snaps.month_ends, old, hidden, states)


@maker
def _hide(t: int, a: int, b: int, v: Versions, hidden: Flags) -> None:
    """Marks all versions of those invoices that are too old at t, by the version valid then."""
    first = v.invoice[a]
    for j in range(a, b):
        first = min(first, v.invoice[j])
    too_old = np.zeros(b - a, np.bool_)
    for j in range(a, b):
        if v.since[j] <= t < v.until[j] and v.due[j] <= t - FORGOTTEN_AFTER:
            too_old[v.invoice[j] - first] = True
    for j in range(a, b):
        hidden[j - a] = too_old[v.invoice[j] - first]


@maker
def _fill(
    c: int,
    a: int,
    b: int,
    first: int,
    last: int,
    v: Versions,
    p: Payments,
    who: Consumers,
    ends: I32,
    old: bool,
    hidden: Flags,
    states: I64,
) -> None:
    """The states at the month ends first..last of versions a..b that are not hidden."""
    states[:, first : last + 1] = 0
    for j in range(a, b):
        if hidden[j - a]:
            continue
        amount, due, due_adj = max(v.cents[j], np.int64(0)), np.int64(v.due[j]), np.int64(v.due_adj[j])
        stop = min(v.until[j], v.closed_known[j])
        m = max(first, np.searchsorted(ends, v.since[j]))
        while m <= last and ends[m] < stop and ends[m] <= v.observed_until[j]:
            day: Any = np.int64(ends[m])
            if old and due <= day - FORGOTTEN_AFTER and consumer_on(day, c, who):
                m += 1
                continue
            settled, paid, _, _, change = settlement(day, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
            if settled != NEVER and change == NEVER:
                break  # settled for good
            if settled == NEVER:
                left = max(amount - paid, np.int64(0))
                states[OPEN_CENTS, m] += left
                if day > due_adj:
                    states[DPD, m] = max(states[DPD, m], day - due_adj)
                    states[OVERDUE_CENTS, m] += left
            m += 1


@maker
def _months(
    low: int, high: int, client_start: I32, v: Versions, p: Payments, who: Consumers, snaps: Snaps, out: Out
) -> None:
    most = most_versions(low, high, client_start)
    hidden, view = np.zeros(most, np.bool_), make_view(most)
    states = np.zeros((3, len(snaps.month_ends)), np.int64)
    for c in range(low, high):
        a, b = client_start[c], client_start[c + 1]
        for s in range(snaps.start[c], snaps.start[c + 1]):
            month_states(c, s, _SPAN, client_start, v, p, who, snaps, hidden, states)
            t = np.int64(snaps.day[s])
            n, _ = look_at(t, a, b, v, p, consumer_on(t, c, who), view)
            open_now = np.int64(0)
            for i in range(n):
                open_now += view.left[i]
            _write_dpd(snaps.month[s], states, s, out)
            _write_buckets(snaps.month[s], states, s, out)
            _write_amounts(snaps.month[s], states, open_now, s, out)


@maker
def _write_dpd(month: int, states: I64, row: int, out: Out) -> None:
    late, aged_30, aged_60, streak = 0, 0, 0, 0
    total, worst, worst_at = np.int64(0), np.int64(0), -1
    for k in range(_SPAN):
        dpd = states[DPD, month - k]
        late += dpd > 0
        streak += streak == k and dpd == 0
        total += dpd
        if k < 12:
            aged_30 += dpd >= 30
            aged_60 += dpd >= 60
        if dpd > worst:
            worst, worst_at = dpd, k
        if k == 5:
            out[0, row], out[6, row] = late, total / 6
        if k == 11:
            out[1, row], out[7, row] = late, total / 12
            out[10, row] = worst_at if worst > 0 else np.nan
    out[2, row] = late
    out[3, row], out[4, row] = aged_30, aged_60
    out[5, row] = worst
    out[11, row] = streak


@maker
def _bucket(dpd: int) -> int:
    return (dpd > 0) + (dpd > 30) + (dpd > 60) + (dpd > 90)


@maker
def _write_buckets(month: int, states: I64, row: int, out: Out) -> None:
    up, down = 0, 0
    for k in range(11):
        step = _bucket(states[DPD, month - k]) - _bucket(states[DPD, month - k - 1])
        up += k < 5 and step > 0
        down += step < 0
    out[8, row], out[9, row] = up, down
    out[12, row] = _bucket(states[DPD, month])
    out[13, row] = _bucket(states[DPD, month]) - _bucket(states[DPD, month - 1])


@maker
def _write_amounts(month: int, states: I64, open_now: int, row: int, out: Out) -> None:
    worst, overdue, total, product = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for k in range(12):
        worst = max(worst, states[OVERDUE_CENTS, month - k])
        if k < 6:
            overdue += states[OVERDUE_CENTS, month - k]
            total += states[OPEN_CENTS, month - k]
            product += (5 - k) * states[OPEN_CENTS, month - k]
    out[14, row] = worst / 100
    out[15, row] = overdue / 600
    out[16, row] = total / 600
    out[17, row] = divide(6 * open_now, total)
    # slope over x = 0..5 (sum 15, 6 times the sum of squares less the square of the sum 105), over the mean
    out[18, row] = divide(6 * (6 * product - 15 * total), 105 * total)
