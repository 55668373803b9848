"""Money expected by day: outstanding amounts times the probability of being paid, with a simple interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.time_to_pay.curves import PaymentCurves
from inadimplencia_ml.risk.time_to_pay.dependence import Dependence

__all__ = ["CASH_COLUMNS", "CashSums", "expected_cash"]

Floats = npt.NDArray[np.float64]

_Z = 1.959963984540054  # two-sided 95 %

CASH_COLUMNS = "days_from days_to expected low high expected_by_then low_by_then high_by_then".split()


class CashSums:
    """Sums of money over invoices, taken up block by block; blocks may part the invoices of a client.

    Parameters
    ----------
    days : sequence of int
        Growing: the last day of each period ahead; the first period begins on day 1.
    clients : int
        How many clients there are.
    dependence : Dependence
    """

    def __init__(self, days: Sequence[int], clients: int, dependence: Dependence) -> None:
        wanted = [int(d) for d in days]
        if not wanted or wanted[0] < 1 or any(b <= a for a, b in pairwise(wanted)):
            raise CallError(f"days {wanted}: expected growing numbers of days, from 1")
        self._days, self._dependence = np.array(wanted), dependence
        shape = (2, len(wanted))  # in the period, and by its end
        self._mean, self._squares, self._total = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._client = np.zeros((clients, *shape))
        self._outstanding = 0.0

    def add(self, curves: PaymentCurves, amount: Floats, client: npt.NDArray[np.integer[Any]]) -> None:
        """Takes up the invoices of one block; ``client`` numbers their clients from 0."""
        if self._days[-1] > curves.days_ahead:
            raise CallError(f"days {self._days[-1]}: the curves go {curves.days_ahead} days ahead")
        by_then = curves.paid[:, self._days - 1]
        in_period = np.diff(by_then, axis=1, prepend=0.0)
        p = np.stack([in_period, by_then], axis=1)
        sd = np.sqrt(np.clip(p * (1.0 - p), 0.0, None)) * amount[:, None, None]
        self._mean += (p * amount[:, None, None]).sum(axis=0)
        self._squares += (sd**2).sum(axis=0)
        self._total += sd.sum(axis=0)
        np.add.at(self._client, client, sd)
        self._outstanding += float(amount.sum())

    def table(self) -> pd.DataFrame:
        """One row a period."""
        variance = self._dependence.variance(self._squares, self._client, self._total)
        half = _Z * np.sqrt(np.clip(variance, 0.0, None))
        low = np.clip(self._mean - half, 0.0, self._outstanding)
        high = np.clip(self._mean + half, 0.0, self._outstanding)
        first = np.concatenate([[1], self._days[:-1] + 1])
        columns = [first, self._days, self._mean[0], low[0], high[0], self._mean[1], low[1], high[1]]
        return pd.DataFrame(dict(zip(CASH_COLUMNS, columns, strict=True)))


def expected_cash(
    curves: PaymentCurves | Iterable[PaymentCurves],
    amount: Any,
    clients: Any = None,
    *,
    days: Sequence[int] | None = None,
    dependence: Dependence | None = None,
) -> pd.DataFrame:
    """Money that open invoices are expected to bring, by day or period ahead.

    Parameters
    ----------
    curves : PaymentCurves, or blocks of them in the order of the rows
        From ``TimeToPayment.predict_curves`` or ``iter_curves``.
    amount : array-like
        What is outstanding of each invoice.
    clients : array-like, optional
        The client of each invoice; without it each is a client of its own.
    days : sequence of int, optional
        The last day of each period; by default every day that the curves hold.
    dependence : Dependence, optional
        Of the fitted model (``dependence_``); without it payments are taken as independent.

    Returns
    -------
    DataFrame
        ``days_from`` to ``days_to`` ahead, ``expected`` money in these days, ``low`` and ``high`` its 95 % interval;
        the same ``_by_then``, from day 1 on.

    Notes
    -----
    The variance is that of a sum of unequal coins (Poisson-binomial), with equal correlation between the invoices of a
    client and a smaller one between clients; the interval is normal, held between 0 and all that is outstanding. It
    knows nothing of what is not yet issued, nor of how wrong the model may be beyond what it saw held out.

    Examples
    --------
    >>> paid = np.array([[0.5, 0.5], [0.0, 1.0]])
    >>> curves = PaymentCurves(paid, np.zeros((2, 2)), 1 - paid)
    >>> expected_cash(curves, [100.0, 40.0])[["days_to", "expected", "expected_by_then"]].to_numpy().tolist()
    [[1.0, 50.0, 50.0], [2.0, 40.0, 90.0]]
    """
    money = np.asarray(amount, np.float64)
    if money.ndim != 1 or not np.isfinite(money).all() or (money < 0).any():
        raise CallError("amount: expected one finite amount a row, 0 or more")
    number = np.arange(len(money)) if clients is None else np.unique(np.asarray(clients), return_inverse=True)[1]
    if number.shape != money.shape:
        raise CallError(f"clients has the shape {number.shape}, and there are {len(money)} amounts")
    blocks = iter([curves]) if isinstance(curves, PaymentCurves) else iter(curves)
    sums, low = None, 0
    for block in blocks:
        if sums is None:
            ends = range(1, block.days_ahead + 1) if days is None else days
            sums = CashSums(list(ends), int(number.max(initial=-1)) + 1, dependence or Dependence())
        high = low + len(block.paid)
        sums.add(block, money[low:high], number[low:high])
        low = high
    if sums is None or low != len(money):
        raise CallError(f"the curves hold {low} rows, and there are {len(money)} amounts")
    return sums.table()
