"""The last 90 days against all that fell due before them: a good history that has just turned."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import Side, View, divide, window_start
from inadimplencia_ml.ledger.books import Payments, Versions

__all__ = ["NAMES", "write_shock"]

NAMES: tuple[str, ...] = (
    "late_share_before_90d",
    "days_late_mean_before_90d",
    "late_share_shift_90d",
    "days_late_mean_shift_90d",
    "good_history_recent_shock",
    "days_since_first_late",
)

_ENOUGH = 6  # invoices that make a history
_GOOD, _SHOCK = 5, 15  # days late: at most, at least


@maker
def write_shock(
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
    before = window_start(t, 90, matured, view)
    recent = matured - before
    first_late = -1
    good, late_before, days_before = 0, 0, np.int64(0)
    for i in range(before):
        days = view.late[i]
        days_before += days
        good += days <= _GOOD
        if days > 0:
            late_before += 1
            if first_late < 0:
                first_late = i
    shocked, late_recent, days_recent = False, 0, np.int64(0)
    for i in range(before, matured):
        days = view.late[i]
        days_recent += days
        shocked = shocked or days >= _SHOCK
        if days > 0:
            late_recent += 1
            if first_late < 0:
                first_late = i
    shocked = shocked or (recent >= 2 and 2 * late_recent >= recent)
    out[at, row] = divide(late_before, before)
    out[at + 1, row] = divide(days_before, before)
    out[at + 2, row] = divide(late_recent * before - late_before * recent, recent * before)
    out[at + 3, row] = divide(days_recent * before - days_before * recent, recent * before)
    out[at + 4, row] = (10 * good >= 9 * before and shocked) if before >= _ENOUGH else np.nan
    out[at + 5, row] = t - view.due[first_late] if first_late >= 0 else np.nan
