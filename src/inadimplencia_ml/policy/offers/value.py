"""What an offer is worth to the house: settlement value and the break-even of a discount for paying early.

Pure functions of figures that others give; they decide nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError

__all__ = ["break_even_discount", "settlement_value"]

Numbers = npt.NDArray[np.float64]


def break_even_discount(rate_year: Any, days_sooner: Any, less_loss: Any = 0.0) -> Numbers:
    """The largest discount for paying sooner that costs no more than it brings: ``r · days / 365 + ΔP(loss)``.

    Parameters
    ----------
    rate_year : float or array
        Cost of money a year, as a share.
    days_sooner : float or array
        Days by which the payment comes sooner.
    less_loss : float or array
        By how much the chance of losing the amount falls.

    Examples
    --------
    >>> break_even_discount(0.18, 30, 0.005).round(4)
    np.float64(0.0198)
    """
    rate, days, loss = (np.asarray(one, np.float64) for one in (rate_year, days_sooner, less_loss))
    if (rate < 0).any() or (days < 0).any():
        raise CallError("break_even_discount: rate_year and days_sooner may not be below zero.")
    return np.asarray(rate * days / 365 + loss)[()]


def settlement_value(
    balance: Any,
    *,
    discount: Any,
    entry: Any,
    parts: int,
    accept: Any,
    otherwise: Any,
    rate_month: float,
    discount_rate_month: float | None = None,
    keeps_paying: Any = 1.0,
    cost: Any = 0.0,
) -> Numbers:
    """The expected value today of offering a settlement.

    ``V = P · PV + (1 − P) · otherwise − cost``, with ``PV = e·B(1−d) + Σ_t s^t · PMT / (1+j)^t`` and
    ``PMT = (1−e)·B(1−d)·i / (1 − (1+i)^−n)`` (equal parts where i = 0).

    Parameters
    ----------
    balance, discount, entry : float or array
        B, d and e: the updated balance, the share taken off, the share paid at once.
    parts : int
        n, after the entry; 0: all at once, the entry is not asked for.
    accept : float or array
        P, the chance that the offer is accepted, 0 to 1.
    otherwise : float or array
        What is expected to come in without it.
    rate_month, discount_rate_month : float
        i, the interest of the plan; j, the house's own (i where not given).
    keeps_paying : float or array
        s, the chance each month that an agreement goes on.
    cost : float or array
        Of making the offer; borne by the house.

    Examples
    --------
    >>> settlement_value(1000.0, discount=0.1, entry=0.0, parts=0, accept=0.5, otherwise=300.0, rate_month=0.0).round(2)
    np.float64(600.0)
    """
    b, d, e, p = (np.asarray(one, np.float64) for one in (balance, discount, entry, accept))
    for name, share in (("discount", d), ("entry", e), ("accept", p), ("keeps_paying", np.asarray(keeps_paying))):
        if ((share < 0) | (share > 1)).any():
            raise CallError(f"settlement_value: {name} is a share from 0 to 1.")
    own = rate_month if discount_rate_month is None else discount_rate_month
    agreed = b * (1 - d)
    if parts == 0:
        present = agreed
    else:
        rest = (1 - e) * agreed
        each = rest / parts if rate_month == 0 else rest * rate_month / (1 - (1 + rate_month) ** -parts)
        steps = (np.asarray(keeps_paying, np.float64) / (1 + own))[..., None] ** np.arange(1, parts + 1)
        present = e * agreed + each * steps.sum(axis=-1)
    return np.asarray(p * present + (1 - p) * np.asarray(otherwise) - np.asarray(cost))[()]
