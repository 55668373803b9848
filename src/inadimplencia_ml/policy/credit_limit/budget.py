"""Limits for a whole book within a budget of expected loss: the same price of loss for every client.

max sum profit(L) over the clients, with sum loss(L) <= budget: at a price of p reais for each real of expected loss
every client takes the limit with the highest profit - p loss, and p is the lowest at which the budget holds (the dual
of the linear programme; at most one client would have two limits in part, and keeps the lower).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.conditions import Numbers

__all__ = ["Allotment", "allot_limits"]

_HALVINGS = 60


@dataclass(frozen=True)
class Allotment:
    """What each client gets.

    Attributes
    ----------
    choice : int array
        By client, the column of its limit.
    price : float
        What one more real of expected loss would bring in profit; 0 where the budget does not bind.
    profit, loss : float
        Expected, of all clients together.
    """

    choice: npt.NDArray[np.int64]
    price: float
    profit: float
    loss: float


def allot_limits(profit: Numbers, loss: Numbers, budget: float) -> Allotment:
    """The limits with the highest expected profit within a budget of expected loss.

    Parameters
    ----------
    profit, loss : float arrays, clients x limits
        Expected profit and loss of each client at each limit of a grid; the first column is the smallest limit, and no
        column has a lower loss.
    budget : float
        Most expected loss of all clients together.

    Raises
    ------
    CallError
        The arrays do not fit, hold NaN, or even the smallest limits lose more than the budget.

    Examples
    --------
    >>> profit = np.array([[0.0, 50.0, 60.0], [0.0, 40.0, 45.0]])
    >>> loss = np.array([[0.0, 10.0, 30.0], [0.0, 20.0, 40.0]])
    >>> allot_limits(profit, loss, 35.0).choice.tolist()
    [1, 1]
    """
    if profit.shape != loss.shape or profit.ndim != 2 or not profit.shape[1]:
        raise CallError(f"profit and loss: of shapes {profit.shape} and {loss.shape}; both must be clients x limits.")
    if not (np.isfinite(profit).all() and np.isfinite(loss).all()):
        raise CallError("profit and loss: hold a value that is not a number.")
    least = float(loss[:, 0].sum())
    if least > budget:
        raise CallError(f"budget: even the smallest limits are expected to lose {least:.2f}, more than {budget:.2f}.")
    free = _chosen(profit, loss, 0.0)
    if _sum(loss, free) <= budget:
        return Allotment(free, 0.0, _sum(profit, free), _sum(loss, free))
    low, high = 0.0, 1.0
    while _sum(loss, _chosen(profit, loss, high)) > budget:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _sum(loss, _chosen(profit, loss, middle)) <= budget
        low, high = (low, middle) if fits else (middle, high)
    choice = _chosen(profit, loss, high)
    return Allotment(choice, high, _sum(profit, choice), _sum(loss, choice))


def _chosen(profit: Numbers, loss: Numbers, price: float) -> npt.NDArray[np.int64]:
    return np.asarray(np.argmax(profit - price * loss, axis=1), np.int64)


def _sum(values: Numbers, choice: npt.NDArray[np.int64]) -> float:
    return float(values[np.arange(len(choice)), choice].sum())
