"""Whole cents and whole rates: exact products, rounded once, half up, as Brazilian practice has it.

A rate is a whole number of 1e-8, so that the legal rate with its six decimals of a percent fits. A product of cents,
days and a rate is exact in integers, and half a cent goes up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ONE", "half_up", "in_cents", "in_rate"]

I64 = npt.NDArray[np.int64]

ONE = 10**8
"""The rate 1, or 100 %."""

_ROOM = 2**62


def half_up(amount: Any, numerator: Any, denominator: Any) -> I64:
    """``amount * numerator / denominator``, rounded to a whole number, a half upwards.

    Exact for amounts below 2^62; ``numerator`` may be negative, ``denominator`` is above zero.

    >>> half_up(50_000 * 45, 1_000_000, 30 * ONE)  # R$ 500,00, 45 days, 1 % a month: R$ 7,50
    array(750)
    >>> half_up(np.array([1, 3, -1]), 1, 2)
    array([1, 2, 0])
    """
    amount, numerator, denominator = (np.asarray(one, np.int64) for one in (amount, numerator, denominator))
    whole, rest = np.divmod(amount, denominator)
    if _largest(rest) * _largest(numerator) * 2 + _largest(denominator) < _ROOM:
        return np.asarray(whole * numerator + (2 * rest * numerator + denominator) // (2 * denominator), np.int64)
    wide, by = rest.astype(object), denominator.astype(object)  # Python's integers, for amounts of hundreds of millions
    exact = np.asarray((2 * wide * numerator.astype(object) + by) // (2 * by))
    return np.asarray(whole * numerator + exact.astype(np.int64), np.int64)


def in_cents(amounts: npt.NDArray[np.float64]) -> I64:
    """Amounts with two decimals as whole cents; missing ones are 0."""
    return np.rint(np.nan_to_num(amounts) * 100).astype(np.int64)


def in_rate(shares: npt.NDArray[np.float64]) -> I64:
    """Shares as whole rates, to eight decimals; missing ones are 0.

    >>> in_rate(np.array([0.01, 0.00717584]))
    array([1000000,  717584])
    """
    return np.rint(np.nan_to_num(shares) * ONE).astype(np.int64)


def _largest(values: I64) -> int:
    return max(abs(int(values.min(initial=0))), abs(int(values.max(initial=0))))
