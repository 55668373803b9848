"""Order of payments: newer invoices paid while older ones are left, parts paid, too much paid, payments an invoice."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import OPEN, SETTLED, Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import NEVER

__all__ = ["NAMES", "write_order"]

NAMES: tuple[str, ...] = (
    "pays_newer_count_365d",
    "pays_newer_share_365d",
    "skipped_count",
    "skipped_amount",
    "skipped_share",
    "newest_paid_gap_days",
    "part_paid_open_count",
    "part_paid_open_share",
    "overpaid_count_365d",
    "overpaid_amount_365d",
    "payments_per_invoice_mean_365d",
)

I64 = npt.NDArray[np.int64]
_YEAR = 365


@maker
def _next_free(day: int, following: I64) -> int:
    """The first day from ``day`` on that has no value yet; shortens the way there."""
    while following[day] != day:
        following[day] = following[following[day]]
        day = following[day]
    return day


@maker
def _oldest_overdue(t: int, n: int, view: View) -> I64:
    """For each day of (t - 365, t] the earliest due date of the invoices overdue and not closed on it, else NEVER.

    Entries come in the order of due dates, so that the first to reach a day is the earliest; no day is visited twice.
    """
    first = t - _YEAR + 1
    oldest, following = np.full(_YEAR, NEVER, np.int64), np.arange(_YEAR + 1)
    for i in range(n):
        begin, end = max(view.due_adj[i] + 1, first) - first, min(view.closed_on[i] - 1, t) - first
        if begin > end:
            continue
        day = _next_free(begin, following)
        while day <= end:
            oldest[day], following[day] = view.due[i], day + 1
            day = _next_free(day, following)
    return oldest


@maker
def _seen_payments(t: int, j: int, v: Versions, p: Payments) -> int:
    """How many payments of kind payment version ``j`` has, as seen at t."""
    count = 0
    for q in range(v.pay_start[j], v.pay_stop[j]):
        count += p.is_payment[q] and p.known[q] <= t and p.until[q] > t
    return count


@maker
def _write_newer(
    t: int, n: int, view: View, v: Versions, p: Payments, at: int, row: int, out: npt.NDArray[np.float64]
) -> None:
    first = t - _YEAR + 1
    oldest = _oldest_overdue(t, n, view)
    payments, newer = 0, 0
    for i in range(n):
        j = view.version[i]
        for q in range(v.pay_start[j], v.pay_stop[j]):
            if p.is_payment[q] and p.known[q] <= t and p.until[q] > t and p.date[q] >= first:
                payments += 1
                newer += oldest[p.date[q] - first] < view.due[i]
    out[at, row] = newer
    out[at + 1, row] = divide(newer, payments)


@maker
def _write_skipped(n: int, view: View, at: int, row: int, out: npt.NDArray[np.float64]) -> None:
    newest_paid, oldest_left = -NEVER, NEVER
    for i in range(n):
        if view.status[i] == SETTLED and view.cents[i] != 0:  # no payment settled an invoice of amount zero
            newest_paid = max(newest_paid, view.due[i])
        if view.status[i] == OPEN and view.late[i] > 0:
            oldest_left = min(oldest_left, view.due[i])
    overdue, skipped, in_parts = 0, 0, 0
    left: Any = np.int64(0)
    paid: Any = np.int64(0)
    amount: Any = np.int64(0)
    for i in range(n):
        if view.status[i] != OPEN:
            continue
        if view.late[i] > 0:
            overdue += 1
            if view.due[i] < newest_paid:
                skipped += 1
                left += view.left[i]
        if view.paid[i] > 0:
            in_parts += 1
            paid += view.paid[i]
            amount += view.amount[i]
    out[at, row] = skipped
    out[at + 1, row] = left / 100
    out[at + 2, row] = divide(skipped, overdue)
    out[at + 3, row] = newest_paid - oldest_left if newest_paid != -NEVER and oldest_left != NEVER else np.nan
    out[at + 4, row] = in_parts
    out[at + 5, row] = divide(paid, amount)


@maker
def write_order(
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
    _write_newer(t, n, view, v, p, at, row, out)
    _write_skipped(n, view, at + 2, row, out)
    overpaid, settled, payments = 0, 0, 0
    excess: Any = np.int64(0)
    for i in range(window_start(t, _YEAR, matured, view), matured):
        if view.cents[i] > 0 and view.paid[i] > view.cents[i]:
            overpaid += 1
            excess += view.paid[i] - view.cents[i]
        if view.status[i] == SETTLED and view.cents[i] != 0:
            settled += 1
            payments += _seen_payments(t, view.version[i], v, p)
    out[at + 8, row] = overpaid
    out[at + 9, row] = excess / 100
    out[at + 10, row] = divide(payments, settled)
