"""The worst days past due of a client at month ends, each as known then."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.columns import PER_WINDOW, WINDOWS
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on, settlement

__all__ = ["MONTHS", "fill_grid", "fill_grid_remembered", "write_months"]

MONTHS = 12
_NOW = len(WINDOWS) * len(PER_WINDOW)


@inlined
def _dpd_on(m: Int, j: Int, v: Versions, p: Payments, consumer: bool) -> tuple[Int, bool]:
    """dpd of version j as seen at the end of day m, and whether it is settled for good."""
    if v.since[j] > m or v.until[j] <= m or v.closed_known[j] <= m or m > v.observed_until[j] or m <= v.due_adj[j]:
        return 0, False
    if consumer and v.due[j] <= m - FORGOTTEN_AFTER:
        return 0, False
    settled, _, _, _, change = settlement(m, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
    if settled != NEVER:
        return 0, change == NEVER
    return m - v.due_adj[j], False


@kernel
def fill_grid(
    c: Int,
    a: Int,
    b: Int,
    first: Int,
    last: Int,
    v: Versions,
    p: Payments,
    who: Consumers,
    ends: npt.NDArray[np.int32],
    grid: npt.NDArray[np.int64],
) -> None:
    """dpd_max of a client at the month ends first..last, each as known then."""
    grid[first : last + 1] = 0
    for j in range(a, b):
        begin = max(v.since[j], v.due_adj[j] + 1)
        m = max(first, np.searchsorted(ends, begin))
        while m <= last and ends[m] < v.until[j]:
            dpd, for_good = _dpd_on(ends[m], j, v, p, consumer_on(ends[m], c, who))
            if for_good:
                break
            grid[m] = max(grid[m], dpd)
            m += 1


@kernel
def fill_grid_remembered(
    t: Int,
    c: Int,
    a: Int,
    b: Int,
    month: Int,
    v: Versions,
    p: Payments,
    who: Consumers,
    ends: npt.NDArray[np.int32],
    forgotten: npt.NDArray[np.bool_],
    grid: npt.NDArray[np.int64],
) -> None:
    """The same for the 12 months up to one snapshot, without the consumer's invoices that are too old at t."""
    low = month - MONTHS + 1
    grid[low : month + 1] = 0
    first_invoice = -1
    for j in range(a, b):
        if first_invoice < 0 or v.invoice[j] < first_invoice:
            first_invoice = v.invoice[j]
    forgotten[: b - a] = False
    if consumer_on(t, c, who):
        for j in range(a, b):
            if v.since[j] <= t < v.until[j] and v.due[j] <= t - FORGOTTEN_AFTER:
                forgotten[v.invoice[j] - first_invoice] = True
    for j in range(a, b):
        if not forgotten[v.invoice[j] - first_invoice]:
            for m in range(low, month + 1):
                dpd, _ = _dpd_on(ends[m], j, v, p, consumer_on(ends[m], c, who))
                grid[m] = max(grid[m], dpd)


@kernel
def _bucket(dpd: Int) -> Int:
    if dpd <= 30:
        return 0 if dpd <= 0 else 1
    if dpd <= 90:
        return 2 if dpd <= 60 else 3
    return 4


@kernel
def write_months(month: Int, grid: npt.NDArray[np.int64], row: Int, out: npt.NDArray[np.float64]) -> None:
    worst, rises, after = np.int64(0), 0, 0
    for k in range(MONTHS):
        dpd = grid[month - k]
        bucket = _bucket(dpd)
        worst = max(worst, dpd)
        if k == 2:
            out[_NOW + 26, row] = worst
        if k == 5:
            out[_NOW + 27, row] = worst
        if after > bucket:
            rises += 1
        after = bucket
    out[_NOW + 28, row] = worst
    out[_NOW + 29, row] = rises
