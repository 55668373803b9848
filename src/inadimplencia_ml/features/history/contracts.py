"""Contracts: how many a client has and how many are overdue, how the newest and the worst go, first instalments."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import OPEN, Side, View, divide
from inadimplencia_ml.ledger.books import Payments, Versions

__all__ = ["NAMES", "write_contracts"]

NAMES: tuple[str, ...] = (
    "contract_count_all",
    "contract_open_count",
    "contract_overdue_count",
    "contract_overdue_share",
    "last_contract_due_count",
    "last_contract_late_share",
    "last_contract_days_late_mean",
    "last_contract_days_late_max",
    "last_contract_overdue_amount",
    "last_contract_paid_share",
    "last_contract_age_days",
    "contract_late_share_max",
    "contract_days_late_mean_max",
    "first_payment_default_count_all",
    "first_payment_late_share_all",
)

I64 = npt.NDArray[np.int64]
_NOBODY: Any = np.int64(2**40)
# positions in the sums of one contract; the worst days late stands there as it is
_FIRST_ISSUE, _OPEN, _OVERDUE, _OVERDUE_LEFT, _DUE, _LATE, _DAYS, _WORST, _PAID, _AMOUNT, _WIDTH = range(11)


@maker
def _add(i: int, matured: int, view: View, one: I64) -> None:
    """Adds entry ``i`` of the view to the sums of its contract."""
    late = view.late[i]
    one[_FIRST_ISSUE] = min(one[_FIRST_ISSUE], view.issue[i])
    if view.status[i] == OPEN:
        one[_OPEN] += 1
        if late > 0:
            one[_OVERDUE] += 1
            one[_OVERDUE_LEFT] += view.left[i]
    one[_PAID] += min(view.paid[i], view.amount[i])
    one[_AMOUNT] += view.amount[i]
    if i < matured:
        one[_DUE] += 1
        one[_LATE] += late > 0
        one[_DAYS] += late
        one[_WORST] = max(one[_WORST], late)


@maker
def write_contracts(
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
    number = np.empty(n, np.int64)
    first_due, first_late, first_bad = 0, 0, 0
    for i in range(n):
        invoice = v.invoice[view.version[i]]
        number[i] = side.contract[invoice]
        if i < matured and side.installment[invoice] == 1:
            first_due += 1
            first_late += view.late[i] > 0
            first_bad += view.late[i] >= 30
    order = np.argsort(number)
    one, last = np.zeros(_WIDTH, np.int64), np.zeros(_WIDTH, np.int64)
    contracts, unsettled, overdue = 0, 0, 0
    share_max, mean_max = np.nan, np.nan
    k = 0
    while k < n:
        contract = number[order[k]]
        one[:] = 0
        one[_FIRST_ISSUE], one[_WORST] = _NOBODY, -_NOBODY
        while k < n and number[order[k]] == contract:
            _add(order[k], matured, view, one)
            k += 1
        if contract < 0:  # in no contract
            continue
        contracts += 1
        unsettled += one[_OPEN] > 0
        overdue += one[_OVERDUE] > 0
        if one[_DUE] > 0:
            share, mean = one[_LATE] / one[_DUE], one[_DAYS] / one[_DUE]
            share_max = share if np.isnan(share_max) else max(share_max, share)
            mean_max = mean if np.isnan(mean_max) else max(mean_max, mean)
        if contracts == 1 or one[_FIRST_ISSUE] >= last[_FIRST_ISSUE]:  # numbers rise: of equal days the larger one
            last[:] = one
    out[at, row] = contracts
    out[at + 1, row] = unsettled
    out[at + 2, row] = overdue
    out[at + 3, row] = divide(overdue, unsettled)
    out[at + 4, row] = last[_DUE]
    out[at + 5, row] = divide(last[_LATE], last[_DUE])
    out[at + 6, row] = divide(last[_DAYS], last[_DUE])
    out[at + 7, row] = last[_WORST] if last[_DUE] > 0 else np.nan
    out[at + 8, row] = last[_OVERDUE_LEFT] / 100
    out[at + 9, row] = divide(last[_PAID], last[_AMOUNT])
    out[at + 10, row] = t - last[_FIRST_ISSUE] if contracts > 0 else np.nan
    out[at + 11, row] = share_max
    out[at + 12, row] = mean_max
    out[at + 13, row] = first_bad
    out[at + 14, row] = divide(first_late, first_due)
