"""What became of lateness: what was paid after all, what was renegotiated or written off, what nothing was paid of.

An invoice is settled by payment if its payments reached its amount; one of amount zero, settled on its day of issue,
is settled but by no payment. Renegotiated and written-off invoices count on the day of that event, due or not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import CLOSED, OPEN, SETTLED, Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions

__all__ = ["NAMES", "write_cures"]

NAMES: tuple[str, ...] = (
    "late_settled_share_365d",
    "late_settled_days_mean_365d",
    "cured_share_30_365d",
    "cured_share_30_all",
    "cured_share_60_all",
    "cured_share_90_all",
    "open_late_30_share_all",
    "renegotiated_count_365d",
    "renegotiated_count_all",
    "renegotiated_amount_365d",
    "renegotiated_amount_all",
    "written_off_count_365d",
    "written_off_count_all",
    "written_off_amount_365d",
    "written_off_amount_all",
    "days_since_renegotiated",
    "days_since_written_off",
    "written_off_loss_all",
    "never_paid_count_all",
    "never_paid_share_all",
)

_RENEGOTIATED, _WRITTEN_OFF = 1, 2
_LONG_AGO: Any = np.int64(-(2**40))


@maker
def _closed_for(
    reason: int, t: int, n: int, view: View, v: Versions, at: int, row: int, out: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Writes counts and amounts of what was closed for one reason: days since the latest, and the loss in BRL."""
    count_year, count, amount_year, amount = 0, 0, np.int64(0), np.int64(0)
    latest, loss = _LONG_AGO, np.int64(0)
    for k in range(n):
        if view.status[k] != CLOSED or v.reason[view.version[k]] != reason:
            continue
        day = view.closed_on[k]
        count += 1
        amount += view.amount[k]
        if day > t - 365:
            count_year += 1
            amount_year += view.amount[k]
        latest = max(latest, day)
        loss += max(view.amount[k] - view.paid[k], np.int64(0))
    out[at, row] = count_year
    out[at + 1, row] = count
    out[at + 2, row] = amount_year / 100
    out[at + 3, row] = amount / 100
    return (t - latest if count > 0 else np.nan), loss / 100


@maker
def write_cures(
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
    late_year, paid_year, paid_days, late_30_year, cured_30_year = 0, 0, np.int64(0), 0, 0
    late_30, late_60, late_90, cured_30, cured_60, cured_90, open_30, unpaid = 0, 0, 0, 0, 0, 0, 0, 0
    for k in range(matured):
        late, settled = view.late[k], view.status[k] == SETTLED
        if late <= 0:
            continue
        if k >= year:
            late_year += 1
            if settled and view.cents[k] != 0:
                paid_year += 1
                paid_days += late
            if late >= 30:
                late_30_year += 1
                cured_30_year += settled
        if late >= 30:
            late_30 += 1
            cured_30 += settled
            if view.status[k] == OPEN:
                open_30 += 1
                unpaid += view.paid[k] == 0
        if late >= 60:
            late_60 += 1
            cured_60 += settled
        if late >= 90:
            late_90 += 1
            cured_90 += settled
    out[at, row] = divide(paid_year, late_year)
    out[at + 1, row] = divide(paid_days, paid_year)
    out[at + 2, row] = divide(cured_30_year, late_30_year)
    out[at + 3, row] = divide(cured_30, late_30)
    out[at + 4, row] = divide(cured_60, late_60)
    out[at + 5, row] = divide(cured_90, late_90)
    out[at + 6, row] = divide(open_30, late_30)
    since_renegotiated, _ = _closed_for(_RENEGOTIATED, t, n, view, v, at + 7, row, out)
    since_written_off, loss = _closed_for(_WRITTEN_OFF, t, n, view, v, at + 11, row, out)
    out[at + 15, row] = since_renegotiated
    out[at + 16, row] = since_written_off
    out[at + 17, row] = loss
    out[at + 18, row] = unpaid
    out[at + 19, row] = divide(unpaid, matured)
