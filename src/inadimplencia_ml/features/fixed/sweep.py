"""The compiled kernel: one pass a client over its invoices and snapshots, all windows at once.

Days go forward. An invoice is looked at again only when something of it changed; what it adds is kept by due date (a
slot), by issue date and by day of payment (`running`, `daily`). Slots are summed from the first on (`so_far`), so that
what a window holds is the difference of two sums; a snapshot walks over the open slots alone (`look`). An open invoice
ages with its slot, so that time alone is no event. The work is the number of changes, never invoices times snapshots;
only the weighted mean delay and the worst one go over all due dates, a few instructions each.

Money is int64 cents and days are integers, so sums and day x cents products are exact and one division stands at the
end: order, partition and threads cannot change a bit. Only the exponentially weighted mean adds floats, over due dates
in ascending order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry, kernel
from inadimplencia_ml.features.fixed.daily import Daily, look_at_ages, look_by_day, new_daily
from inadimplencia_ml.features.fixed.look import look, new_windows
from inadimplencia_ml.features.fixed.month_ends import MONTHS, fill_grid, fill_grid_remembered, write_months
from inadimplencia_ml.features.fixed.running import begin, forget, refresh
from inadimplencia_ml.features.fixed.so_far import SoFar, begin_sums, new_sums
from inadimplencia_ml.features.fixed.totals import Dates, Rows, Slots, new_dates, new_rows, new_slots
from inadimplencia_ml.features.looked import Snaps
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, Consumers, consumer_on

__all__ = ["sweep"]

PAGE = 64
"""Snapshots that are written out together. Their columns lie close by until then: one value at a time, each would wait
for a line of memory of its own."""


def sweep(
    low: Int,
    high: Int,
    client_start: npt.NDArray[np.int32],
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    weights: npt.NDArray[np.float64],
    out: npt.NDArray[np.float64],
) -> None:
    """Fills the columns of ``out`` (feature x pair of client and day) for the clients low..high."""
    totals = _totals(client_start[low : high + 1], v, len(snaps.month_ends), len(out))
    _sweep(low, high, client_start, v, p, who, snaps, weights, totals, out)


class _Totals(NamedTuple):
    """What is kept of one client at a time."""

    rows: Rows
    slots: Slots
    dates: Dates
    issues: Daily
    receipts: Daily
    so_far: SoFar
    windows: npt.NDArray[np.int64]
    grid: npt.NDArray[np.int64]
    forgotten: npt.NDArray[np.bool_]
    page: npt.NDArray[np.float64]  # feature x the last snapshots, until they are written out


def _totals(start: npt.NDArray[np.int32], v: Versions, months: int, columns: int) -> _Totals:
    """For the client of most rows, and that of most payments; an invoice of several rows counts each time."""
    widest = int(np.diff(start).max(initial=0))
    paid = np.concatenate([[0], np.cumsum(v.pay_stop[start[0] : start[-1]] - v.pay_start[start[0] : start[-1]])])
    most_paid = int(np.diff(paid[start - start[0]]).max(initial=0))
    return _Totals(
        new_rows(widest),
        new_slots(widest),
        new_dates(widest),
        new_daily(widest),
        new_daily(2 * most_paid),
        new_sums(widest),
        new_windows(),
        np.zeros(months, np.int64),
        np.zeros(widest, np.bool_),
        np.empty((columns, PAGE), np.float64),
    )


@entry
def _sweep(
    low: Int,
    high: Int,
    client_start: npt.NDArray[np.int32],
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    weights: npt.NDArray[np.float64],
    totals: _Totals,
    out: npt.NDArray[np.float64],
) -> None:
    rows, slots, dates, issues, receipts, so_far, windows, grid, forgotten, page = totals
    written = np.int64(snaps.start[low])
    for c in range(low, high):
        s0, s1 = snaps.start[c], snaps.start[c + 1]
        if s0 == s1:
            continue
        a, b = client_start[c], client_start[c + 1]
        old = _may_forget(c, a, b, snaps.day[s1 - 1], v, who)
        if not old:
            fill_grid(c, a, b, snaps.month[s0] - MONTHS + 1, snaps.month[s1 - 1], v, p, who, snaps.month_ends, grid)
        n_slots, n_dates = begin(a, b, v, rows, slots, dates, issues, receipts)
        begin_sums(so_far)
        for s in range(s0, s1):
            t, at = np.int64(snaps.day[s]), s - written
            refresh(t, a, b, v, p, rows, slots, dates, issues, receipts)
            look_at_ages(t, issues, at, page)
            first = 0
            if old and consumer_on(t, c, who):
                forget(t - FORGOTTEN_AFTER, -1, t, a, b, v, p, rows, issues, receipts)
                while first < n_slots and slots.due[first] <= t - FORGOTTEN_AFTER:
                    first += 1
            look_by_day(t, issues, receipts, at, page)
            look(t, first, n_slots, n_dates, rows, slots, dates, so_far, windows, weights, at, page)
            if first > 0:
                forget(t - FORGOTTEN_AFTER, 1, t, a, b, v, p, rows, issues, receipts)
            if old:
                fill_grid_remembered(t, c, a, b, snaps.month[s], v, p, who, snaps.month_ends, forgotten, grid)
            write_months(snaps.month[s], grid, at, page)
            if at == PAGE - 1:
                _write_out(page, PAGE, written, out)
                written += PAGE
    _write_out(page, snaps.start[high] - written, written, out)


@kernel
def _write_out(page: npt.NDArray[np.float64], number: Int, begin: Int, out: npt.NDArray[np.float64]) -> None:
    """Column by column, so that each line of memory is touched once."""
    for f in range(len(out)):
        for k in range(number):
            out[f, begin + k] = page[f, k]


@kernel
def _may_forget(c: Int, a: Int, b: Int, last: Int, v: Versions, who: Consumers) -> bool:
    """Whether the client is a consumer at some time and has an invoice old enough to be forgotten by day ``last``."""
    ever = False
    for e in range(who.start[c], who.start[c + 1]):
        ever = ever or who.flag[e]
    return ever and a < b and v.due[a] <= last - FORGOTTEN_AFTER
