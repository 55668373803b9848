"""The compiled kernel: one pass a client over its invoices and snapshots, all windows at once.

An invoice falls in exactly one age band; bands are summed into windows afterwards. Money is int64 cents and days are
integers, so sums and day x cents products are exact and one division stands at the end: order, partition and threads
cannot change a bit. Only the exponentially weighted mean adds floats, over due days in ascending order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on, days_late, settlement

__all__ = ["NOW", "PER_WINDOW", "WINDOWS", "Snaps", "fixed_names", "sweep"]

WINDOWS: tuple[str, ...] = ("30d", "90d", "180d", "365d", "all")
PER_WINDOW: tuple[str, ...] = (
    "due_count due_amount late_count late_amount late_share late_amount_share late_15_count late_30_count "
    "late_60_count late_90_count days_late_mean days_late_max days_late_std days_late_weighted early_share paid_amount "
    "issued_count issued_amount"
).split()  # type: ignore[assignment]
NOW: tuple[str, ...] = (
    "open_count open_amount overdue_count overdue_amount overdue_share dpd_max dpd_weighted overdue_1_30_amount "
    "overdue_31_60_amount overdue_61_90_amount overdue_91_plus_amount not_due_amount due_next_30d_amount "
    "days_since_issue days_since_payment days_since_late tenure_days on_time_streak late_streak days_late_last "
    "days_late_mean_last_3 days_late_mean_last_6 days_late_mean_first_3 days_late_ewm_90d days_late_slope_365d "
    "late_share_ratio_90d_365d worst_dpd_3m worst_dpd_6m worst_dpd_12m roll_up_count_12m partial_count_all "
    "payment_ratio_365d days_between_issues_mean ticket_mean_365d ticket_ratio_90d_365d"
).split()  # type: ignore[assignment]


def fixed_names() -> list[str]:
    """Names of the kernel's columns, in their order."""
    return [f"{name}_{window}" for window in WINDOWS for name in PER_WINDOW] + list(NOW)


class Snaps(NamedTuple):
    """Snapshots ordered by client and day, and what the kernel looks up by day."""

    start: npt.NDArray[np.int32]  # where a client's snapshots begin; one more group for clients without a fact
    day: npt.NDArray[np.int32]
    row: npt.NDArray[np.int64]  # the row of the result
    month: npt.NDArray[np.int32]  # position in month_ends of the last one on or before the day
    month_ends: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float64]  # 0.5 ** (age / 90) by age in days


# positions in a band
_N, _AMOUNT, _LATE, _LATE_AMOUNT, _L15, _L30, _L60, _L90, _DAYS, _SQUARES, _MAX, _WEIGHTED, _EARLY, _PAID = range(14)
_ISSUED, _ISSUED_AMOUNT, _WIDTH = 14, 15, 16
_LOW: Any = np.int64(-(2**40))
_COLUMNS_A_WINDOW = len(PER_WINDOW)
_FIRST_NOW = len(WINDOWS) * len(PER_WINDOW)
_MONTHS = 12


@njit(cache=True, nogil=True)
def _band(age: int) -> int:
    if age < 90:
        return 0 if age < 30 else 1
    if age < 365:
        return 2 if age < 180 else 3
    return 4


@njit(cache=True, nogil=True)
def _divide(a: float, b: float) -> float:
    return a / b if b != 0 else np.nan


@njit(cache=True, nogil=True)
def _bucket(dpd: int) -> int:
    if dpd <= 30:
        return 0 if dpd <= 0 else 1
    if dpd <= 90:
        return 2 if dpd <= 60 else 3
    return 4


@njit(cache=True, nogil=True)
def _write_windows(bands: npt.NDArray[np.int64], row: int, out: npt.NDArray[np.float64]) -> None:
    """Sums the bands into windows and writes their columns."""
    for w in range(5):
        if w > 0:
            for k in range(_WIDTH):
                if k == _MAX:
                    bands[w, k] = max(bands[w, k], bands[w - 1, k])
                else:
                    bands[w, k] += bands[w - 1, k]
        b, at = bands[w], w * _COLUMNS_A_WINDOW
        n, amount = b[_N], b[_AMOUNT]
        out[at, row] = n
        out[at + 1, row] = amount / 100
        out[at + 2, row] = b[_LATE]
        out[at + 3, row] = b[_LATE_AMOUNT] / 100
        out[at + 4, row] = _divide(b[_LATE], n)
        out[at + 5, row] = _divide(b[_LATE_AMOUNT], amount)
        out[at + 6, row] = b[_L15]
        out[at + 7, row] = b[_L30]
        out[at + 8, row] = b[_L60]
        out[at + 9, row] = b[_L90]
        out[at + 10, row] = _divide(b[_DAYS], n)
        out[at + 11, row] = b[_MAX] if n > 0 else np.nan
        spread = n * b[_SQUARES] - b[_DAYS] * b[_DAYS]
        out[at + 12, row] = np.sqrt(spread / (n * (n - 1))) if n > 1 else np.nan
        out[at + 13, row] = _divide(b[_WEIGHTED], amount)
        out[at + 14, row] = _divide(b[_EARLY], n)
        out[at + 15, row] = b[_PAID] / 100
        out[at + 16, row] = b[_ISSUED]
        out[at + 17, row] = b[_ISSUED_AMOUNT] / 100


@njit(cache=True, nogil=True)
def _look(
    t: int,
    a: int,
    b: int,
    v: Versions,
    p: Payments,
    consumer: bool,
    weights: npt.NDArray[np.float64],
    bands: npt.NDArray[np.int64],
    recent: npt.NDArray[np.int64],
    row: int,
    out: npt.NDArray[np.float64],
) -> None:
    """Everything but the month ends: versions a..b of one client, in their order, seen at the end of day t."""
    bands[:] = 0
    bands[:, _MAX] = _LOW
    first_seen, last_seen = -_LOW, _LOW  # issue dates of what is visible
    issued, first_issue, last_issue = 0, -_LOW, _LOW
    open_n, open_amount, overdue_n, overdue_amount = 0, np.int64(0), 0, np.int64(0)
    dpd_max, dpd_weighted = np.int64(0), np.int64(0)
    aged_30, aged_60, aged_90, aged_more, next_30 = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    last_paid, last_late = _LOW, _LOW
    matured, on_time, late_run, first_3 = 0, 0, 0, np.int64(0)
    weight, weighted, due_now, due_n, due_days = 0.0, 0.0, _LOW, np.int64(0), np.int64(0)
    sx, sy, sxx, sxy = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    in_parts, paid_year = 0, np.int64(0)
    for j in range(a, b):
        if v.since[j] > t or v.until[j] <= t:
            continue
        closed_known = v.closed_known[j] <= t
        if closed_known and v.void[j]:
            continue
        issue, due = np.int64(v.issue[j]), np.int64(v.due[j])
        first_seen, last_seen = min(first_seen, issue), max(last_seen, issue)
        if consumer and due <= t - FORGOTTEN_AFTER:
            continue
        amount = max(v.cents[j], np.int64(0))
        issued += 1
        first_issue, last_issue = min(first_issue, issue), max(last_issue, issue)
        band = _band(t - issue)
        bands[band, _ISSUED] += 1
        bands[band, _ISSUED_AMOUNT] += amount
        if t > v.observed_until[j]:
            continue
        settled, paid, first_paid, latest, _ = settlement(t, issue, v.cents[j], v.pay_start[j], v.pay_stop[j], p)
        for q in range(v.pay_start[j], v.pay_stop[j]):
            if p.is_payment[q] and p.known[q] <= t and p.until[q] > t:
                bands[_band(t - p.booked[q]), _PAID] += p.money[q]
        last_paid = max(last_paid, latest)
        by_payment = settled != NEVER
        closed_on = settled
        if closed_known and settled > v.cancelled[j]:
            closed_on, by_payment = np.int64(v.cancelled[j]), False
        is_open = closed_on == NEVER
        late = days_late(t if is_open else closed_on, due, np.int64(v.due_adj[j]))
        if is_open:
            left = max(amount - paid, np.int64(0))
            open_n += 1
            open_amount += left
            if late > 0:
                overdue_n += 1
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
            if t < due <= t + 30:
                next_30 += left
        if due > t:
            continue
        # matured, in the order of due date, issue date, id
        band = _band(t - due)
        bands[band, _N] += 1
        bands[band, _AMOUNT] += amount
        bands[band, _DAYS] += late
        bands[band, _SQUARES] += late * late
        bands[band, _MAX] = max(bands[band, _MAX], late)
        bands[band, _WEIGHTED] += late * amount
        if late > 0:
            bands[band, _LATE] += 1
            bands[band, _LATE_AMOUNT] += amount
            bands[band, _L15] += late >= 15
            bands[band, _L30] += late >= 30
            bands[band, _L60] += late >= 60
            bands[band, _L90] += late >= 90
            last_late = max(last_late, t if is_open else closed_on)
            late_run, on_time = late_run + 1, 0
        else:
            late_run, on_time = 0, on_time + 1
            if late < 0 and by_payment and v.cents[j] != 0:
                bands[band, _EARLY] += 1
        if matured < 3:
            first_3 += late
        recent[matured % 6] = late
        matured += 1
        if due != due_now:
            if due_n > 0:
                w = weights[t - due_now]
                weight += w * due_n
                weighted += w * due_days
            due_now, due_n, due_days = due, np.int64(0), np.int64(0)
        due_n += 1
        due_days += late
        if band < 4:
            x = due - t
            sx, sy, sxx, sxy = sx + x, sy + late, sxx + x * x, sxy + x * late
            paid_year += min(paid, amount)
        in_parts += first_paid != NEVER and settled > first_paid
    if due_n > 0:
        w = weights[t - due_now]
        weight += w * due_n
        weighted += w * due_days
    _write_windows(bands, row, out)
    o = _FIRST_NOW
    out[o, row] = open_n
    out[o + 1, row] = open_amount / 100
    out[o + 2, row] = overdue_n
    out[o + 3, row] = overdue_amount / 100
    out[o + 4, row] = _divide(overdue_amount, open_amount)
    out[o + 5, row] = dpd_max
    out[o + 6, row] = _divide(dpd_weighted, open_amount)
    out[o + 7, row] = aged_30 / 100
    out[o + 8, row] = aged_60 / 100
    out[o + 9, row] = aged_90 / 100
    out[o + 10, row] = aged_more / 100
    out[o + 11, row] = (open_amount - overdue_amount) / 100
    out[o + 12, row] = next_30 / 100
    out[o + 13, row] = t - last_seen if last_seen > _LOW else np.nan
    out[o + 14, row] = t - last_paid if last_paid > -NEVER else np.nan
    out[o + 15, row] = t - last_late if last_late > _LOW else np.nan
    out[o + 16, row] = t - first_seen if last_seen > _LOW else np.nan
    out[o + 17, row] = on_time
    out[o + 18, row] = late_run
    out[o + 19, row] = recent[(matured - 1) % 6] if matured > 0 else np.nan
    for k, at in ((3, 20), (6, 21)):
        taken, total = min(matured, k), np.int64(0)
        for m in range(taken):
            total += recent[(matured - 1 - m) % 6]
        out[o + at, row] = _divide(total, taken)
    out[o + 22, row] = _divide(first_3, min(matured, 3))
    out[o + 23, row] = _divide(weighted, weight)
    n = bands[3, _N]  # the bands now hold windows: the last 365 days
    spread = n * sxx - sx * sx
    out[o + 24, row] = 30 * (n * sxy - sx * sy) / spread if spread > 0 else np.nan
    out[o + 25, row] = _divide(_divide(bands[1, _LATE], bands[1, _N]), _divide(bands[3, _LATE], n))
    out[o + 30, row] = in_parts
    out[o + 31, row] = _divide(paid_year, bands[3, _AMOUNT])
    out[o + 32, row] = (last_issue - first_issue) / (issued - 1) if issued > 1 else np.nan
    ticket = _divide(bands[3, _ISSUED_AMOUNT] / 100, bands[3, _ISSUED])
    out[o + 33, row] = ticket
    out[o + 34, row] = _divide(_divide(bands[1, _ISSUED_AMOUNT] / 100, bands[1, _ISSUED]), ticket)


@njit(cache=True, nogil=True)
def _dpd_on(m: int, j: int, v: Versions, p: Payments, consumer: bool) -> tuple[int, bool]:
    """dpd of version j as seen at the end of day m, and whether it is settled for good."""
    if v.since[j] > m or v.until[j] <= m or v.closed_known[j] <= m or m > v.observed_until[j] or m <= v.due_adj[j]:
        return 0, False
    if consumer and v.due[j] <= m - FORGOTTEN_AFTER:
        return 0, False
    settled, _, _, _, change = settlement(m, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
    if settled != NEVER:
        return 0, change == NEVER
    return m - v.due_adj[j], False


@njit(cache=True, nogil=True)
def _month_grid(
    c: int,
    a: int,
    b: int,
    first: int,
    last: int,
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


@njit(cache=True, nogil=True)
def _month_grid_remembered(
    t: int,
    c: int,
    a: int,
    b: int,
    month: int,
    v: Versions,
    p: Payments,
    who: Consumers,
    ends: npt.NDArray[np.int32],
    forgotten: npt.NDArray[np.bool_],
    grid: npt.NDArray[np.int64],
) -> None:
    """The same for the 12 months up to one snapshot, without the consumer's invoices that are too old at t."""
    low = month - _MONTHS + 1
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


@njit(cache=True, nogil=True)
def _write_months(month: int, grid: npt.NDArray[np.int64], row: int, out: npt.NDArray[np.float64]) -> None:
    worst, rises = np.int64(0), 0
    for k in range(_MONTHS):
        dpd = grid[month - k]
        worst = max(worst, dpd)
        if k == 2:
            out[_FIRST_NOW + 26, row] = worst
        if k == 5:
            out[_FIRST_NOW + 27, row] = worst
        if k > 0 and _bucket(grid[month - k + 1]) > _bucket(dpd):
            rises += 1
    out[_FIRST_NOW + 28, row] = worst
    out[_FIRST_NOW + 29, row] = rises


@njit(cache=True, nogil=True)
def sweep(
    low: int,
    high: int,
    client_start: npt.NDArray[np.int32],
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    out: npt.NDArray[np.float64],
) -> None:
    """Fills the columns of ``out`` (feature x snapshot row) for the clients low..high."""
    bands, recent = np.empty((5, _WIDTH), np.int64), np.empty(6, np.int64)
    grid = np.zeros(len(snaps.month_ends), np.int64)
    widest = 0
    for c in range(low, high):
        widest = max(widest, client_start[c + 1] - client_start[c])
    forgotten = np.zeros(widest, np.bool_)
    for c in range(low, high):
        s0, s1 = snaps.start[c], snaps.start[c + 1]
        if s0 == s1:
            continue
        a, b = client_start[c], client_start[c + 1]
        ever_consumer = False
        for e in range(who.start[c], who.start[c + 1]):
            ever_consumer = ever_consumer or who.flag[e]
        old = ever_consumer and a < b and v.due[a] <= snaps.day[s1 - 1] - FORGOTTEN_AFTER
        if not old:
            _month_grid(c, a, b, snaps.month[s0] - _MONTHS + 1, snaps.month[s1 - 1], v, p, who, snaps.month_ends, grid)
        for s in range(s0, s1):
            t = np.int64(snaps.day[s])
            _look(t, a, b, v, p, consumer_on(t, c, who), snaps.weights, bands, recent, snaps.row[s], out)
            if old:
                _month_grid_remembered(t, c, a, b, snaps.month[s], v, p, who, snaps.month_ends, forgotten, grid)
            _write_months(snaps.month[s], grid, snaps.row[s], out)
