"""Equal instalments to the cent (Sistema Price): the last one takes what rounding left, so that the sum is exact."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.amounts.cents import ONE, half_up, in_rate

__all__ = ["Plans", "in_parts", "price_schedule"]

I64 = npt.NDArray[np.int64]


class Plans(NamedTuple):
    """By plan, in cents: the equal instalment, the last one, all of them together."""

    regular: I64
    last: I64
    total: I64


def in_parts(amount: I64, parts: I64, rate_month: float) -> Plans:
    """Amounts in cents, each in so many equal parts, the first a month from now.

    PMT = amount · i / (1 − (1 + i)^−n), or amount / n without interest, rounded half up. Each month's interest is
    rounded to the cent on what is still owed; the last part is what is left.

    >>> in_parts(np.array([10_001]), np.array([3]), 0.0)
    Plans(regular=array([3334]), last=array([3333]), total=array([10001]))
    """
    n = np.maximum(parts, 1)
    if rate_month == 0:
        regular = half_up(amount, 1, n)
        last = amount - regular * (n - 1)
        return Plans(regular, last, regular * (n - 1) + last)
    regular = np.floor(amount * rate_month / (1 - (1 + rate_month) ** -n.astype(np.float64)) + 0.5).astype(np.int64)
    rate, owed = in_rate(np.array(rate_month)), amount.astype(np.int64, copy=True)
    for number in range(1, int(n.max(initial=1)) + 1):
        going, ending = number < n, number == n
        grown = owed + half_up(owed, rate, ONE)
        owed = np.where(going, grown - regular, np.where(ending, grown, owed))
    return Plans(regular, owed, regular * (n - 1) + owed)


def price_schedule(amount: float, parts: int, rate_month: float, first_due: dt.date | str) -> pd.DataFrame:
    """The instalments of one plan.

    Parameters
    ----------
    amount : float
        What is divided, in the ledger's currency.
    parts : int
        How many instalments.
    rate_month : float
        Interest a month, as a share; 0: equal parts.
    first_due : date
        Of the first instalment, a month from the day of the plan; the others follow month by month, on the same day or
        the month's last.

    Returns
    -------
    DataFrame
        number, due_date, amount, interest, principal, balance.

    Examples
    --------
    >>> price_schedule(1000.0, 3, 0.02, "2025-01-31")[["due_date", "amount", "interest", "balance"]]
        due_date  amount  interest  balance
    0 2025-01-31  346.75     20.00   673.25
    1 2025-02-28  346.75     13.47   339.97
    2 2025-03-31  346.77      6.80     0.00
    """
    if parts < 1 or amount <= 0 or not 0 <= rate_month <= 1:
        raise CallError(f"a plan of {amount} in {parts} parts at {rate_month} a month: each must be above zero.")
    cents = np.array([round(amount * 100)], np.int64)
    plan, rate, owed = in_parts(cents, np.array([parts]), rate_month), in_rate(np.array(rate_month)), int(cents[0])
    if plan.last[0] <= 0:
        raise CallError(f"a plan of {amount} is too little to be divided in {parts} parts.")
    rows: list[dict[str, Any]] = []
    for number in range(1, parts + 1):
        paid = int(plan.regular[0] if number < parts else plan.last[0])
        interest = int(half_up(owed, rate, ONE))
        owed += interest - paid
        rows.append(
            {"number": number, "amount": paid, "interest": interest, "principal": paid - interest, "balance": owed}
        )
    frame = pd.DataFrame(rows)
    frame[["amount", "interest", "principal", "balance"]] /= 100
    due = [pd.Timestamp(first_due) + pd.DateOffset(months=k) for k in range(parts)]
    frame.insert(1, "due_date", pd.to_datetime(due))
    return frame
