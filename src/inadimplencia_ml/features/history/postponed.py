"""What a later due date or a smaller amount hides: invoices against the due date and the amount first known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import OPEN, Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import days_late

__all__ = ["NAMES", "write_postponed"]

NAMES: tuple[str, ...] = (
    "postponed_count_365d",
    "postponed_count_all",
    "postponed_share_365d",
    "postponed_days_mean_365d",
    "open_postponed_count",
    "open_postponed_amount",
    "dpd_original_max",
    "days_late_original_mean_365d",
    "days_late_hidden_mean_365d",
    "reduced_count_365d",
    "reduced_amount_365d",
)


@maker
def _late_at_first(t: int, k: int, view: View, v: Versions, side: Side) -> int:
    """Signed days late of entry k against the due date first known; the clock stops on the same day as for due."""
    invoice = v.invoice[view.version[k]]
    end = t if view.status[k] == OPEN else view.closed_on[k]
    late: int = days_late(end, np.int64(side.first_due[invoice]), np.int64(side.first_due_adj[invoice]))
    return late


@maker
def _write_open(
    t: int, n: int, view: View, v: Versions, side: Side, at: int, row: int, out: npt.NDArray[np.float64]
) -> None:
    """Open invoices, due or not: the postponed ones and the days past the first due dates."""
    count, amount, worst = 0, np.int64(0), np.int64(0)
    for k in range(n):
        if view.status[k] != OPEN:
            continue
        worst = max(worst, _late_at_first(t, k, view, v, side))
        if view.due[k] > side.first_due[v.invoice[view.version[k]]]:
            count += 1
            amount += view.left[k]
    out[at, row] = count
    out[at + 1, row] = amount / 100
    out[at + 2, row] = worst


@maker
def write_postponed(
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
    count, count_year, moved_days, reduced, reduction = 0, 0, np.int64(0), 0, np.int64(0)
    original, late = np.int64(0), np.int64(0)
    for k in range(matured):
        invoice = v.invoice[view.version[k]]
        moved = view.due[k] - side.first_due[invoice]
        count += moved > 0
        if k < year:
            continue
        if moved > 0:
            count_year += 1
            moved_days += moved
        original += _late_at_first(t, k, view, v, side)
        late += view.late[k]
        # a missing amount is below zero: where both are given, and the first is the larger one
        if 0 <= view.cents[k] < side.first_cents[invoice]:
            reduced += 1
            reduction += side.first_cents[invoice] - view.cents[k]
    in_year = matured - year
    out[at, row] = count_year
    out[at + 1, row] = count
    out[at + 2, row] = divide(count_year, in_year)
    out[at + 3, row] = divide(moved_days, count_year)
    _write_open(t, n, view, v, side, at + 4, row, out)
    out[at + 7, row] = divide(original, in_year)
    out[at + 8, row] = divide(original - late, in_year)
    out[at + 9, row] = reduced
    out[at + 10, row] = reduction / 100
