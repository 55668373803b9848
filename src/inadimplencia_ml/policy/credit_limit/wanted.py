"""The limit that a client's purchases, risk and means speak for, before anything is said of how it may change.

Each way is at most as high for a higher probability of default: the budget of loss divided by it falls, and the profit
of revolving credit is maximised over limits at which default stays less likely than not, where a higher risk costs the
more the higher the limit (Topkis 1978: then the best limit never rises with the risk).

References
----------
Trade credit: need, risk and capacity, whichever is least. Revolving credit: So, Thomas (2011), Modelling the
profitability of credit cards by Markov decision processes, European Journal of Operational Research 212.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.credit_limit.rules import LimitsInForce, Need, Profit

__all__ = ["BOUNDS", "Wish", "need_limit", "profit_limit", "risk_limit", "wished"]

Numbers = npt.NDArray[np.float64]
_CLIENTS_AT_ONCE = 20_000
_LEAST = 1e-6  # a probability below it divides as this one

BOUNDS = ("need", "profit", "risk", "capacity", "cap", "group", "no_score")
"""What may bind a limit."""


class Wish(NamedTuple):
    """By client: the limit, and the position in BOUNDS of what binds it."""

    limit: Numbers
    bound: npt.NDArray[np.int64]


def need_limit(purchases_month: Numbers, term_days: Numbers, late_days: Numbers, need: Need) -> Numbers:
    """What a client has to owe to go on buying as he does.

    Parameters
    ----------
    purchases_month : array
        Mean purchases a month, money; NaN counts as none.
    term_days : array
        Mean days from issue to due date; NaN takes the policy's.
    late_days : array
        Mean days late; NaN counts as none.

    Examples
    --------
    >>> one = Need(growth=0.2, headroom=1.0, term_days=30)
    >>> need_limit(np.array([10_000.0]), np.array([45.0]), np.array([5.0]), one).round(2).tolist()
    [20000.0]
    """
    term = np.where(np.isnan(term_days), need.term_days, term_days) + np.maximum(np.nan_to_num(late_days), 0)
    return np.asarray(np.nan_to_num(purchases_month) * term / 30 * (1 + need.growth) * need.headroom, np.float64)


def risk_limit(probability: Numbers, budget: Numbers, lgd: float) -> Numbers:
    """The limit at which the expected loss is the budget: budget / (PD x LGD).

    Examples
    --------
    >>> risk_limit(np.array([0.02, 0.2]), np.array([900.0, 900.0]), 0.45).round(2).tolist()
    [100000.0, 10000.0]
    """
    return budget / (np.maximum(probability, _LEAST) * max(lgd, _LEAST))


def profit_limit(
    probability: Numbers, balance: Numbers, start: Numbers, cap: Numbers, lgd: float, how: Profit
) -> Numbers:
    """The limit of the grid at which a year's expected profit is highest; 0 where none is above zero.

    profit(L) = (1 - PD) m u L - PD LGD (B + CCF (L - B)+) - i u L - k L,
    with logit PD(L) = logit PD + e ln(L / L0) for L > L0.

    Parameters
    ----------
    probability : array
        PD at the present limit.
    balance, start, cap : arrays
        What is owed now, the present limit (the smallest step where there is none), and the highest limit of the grid.
    """
    out = np.empty(len(probability))
    for low in range(0, len(out), _CLIENTS_AT_ONCE):
        part = slice(low, low + _CLIENTS_AT_ONCE)
        out[part] = _best_of_grid(probability[part], balance[part], start[part], cap[part], lgd, how)
    return out


def _best_of_grid(pd0: Numbers, balance: Numbers, start: Numbers, cap: Numbers, lgd: float, how: Profit) -> Numbers:
    limit = cap[:, None] * np.linspace(0, 1, how.grid)
    pd0 = np.clip(pd0, _LEAST, 1 - _LEAST)[:, None]
    grown = np.maximum(np.log(np.maximum(limit, 1e-9) / np.maximum(start, 1e-9)[:, None]), 0)
    pd = 1 / (1 + (1 - pd0) / pd0 * np.exp(-how.elasticity * grown))
    exposure = balance[:, None] + how.conversion * np.maximum(limit - balance[:, None], 0)
    used = how.utilisation * limit
    profit = (1 - pd) * how.margin_rate * used - pd * lgd * exposure
    profit -= how.funding_rate * used + how.capital_rate * limit
    profit[(pd > 0.5) & (limit > 0)] = -np.inf
    best = np.argmax(profit, axis=1)  # of equal ones the lowest
    return np.asarray(limit[np.arange(len(best)), best], np.float64)


def wished(
    rules: LimitsInForce,
    *,
    probability: Numbers,
    purchases_12m: Numbers,
    months: Numbers,
    term_days: Numbers,
    late_days: Numbers,
    income: Numbers,
    balance: Numbers,
    present: Numbers,
    others_of_group: Numbers,
) -> Wish:
    """The limit that all bounds together leave, and which of them binds.

    Parameters
    ----------
    probability : array
        NaN where there is no score.
    purchases_12m, months : arrays
        Purchases of the last twelve months and the months of them in which the client was one.
    others_of_group : array
        Owed by the other clients of the same group.
    """
    n, steps = len(probability), rules.steps
    most = np.full((len(BOUNDS), n), np.inf)
    scored = ~np.isnan(probability)
    purchases_12m = np.nan_to_num(purchases_12m)
    need = need_limit(purchases_12m / np.maximum(np.nan_to_num(months), 1), term_days, late_days, rules.need)
    if rules.method == "trade":
        most[0] = need
    else:
        assert rules.profit is not None  # limits_fit
        start = np.where(np.isnan(present), steps.round_to, np.maximum(present, steps.round_to))
        grid = np.full(n, rules.cap)
        most[1] = profit_limit(np.where(scored, probability, 0.5), balance, start, grid, rules.lgd, rules.profit)
        most[1][~scored] = np.inf
    if rules.budget is not None:
        margin = rules.budget.share_of_margin * rules.budget.margin_rate * purchases_12m
        budget = np.maximum(margin, rules.budget.floor)
        most[2] = np.where(scored, risk_limit(np.where(scored, probability, 1.0), budget, rules.lgd), np.inf)
    if rules.capacity is not None:
        able = rules.capacity.income_share * rules.capacity.months * income
        most[3] = np.where(np.isnan(able), np.inf, able)
    most[4] = rules.cap
    if rules.group_cap is not None:
        most[5] = np.maximum(rules.group_cap - np.nan_to_num(others_of_group), 0)
    most[6] = np.where(scored, np.inf, rules.no_score.most)
    bound = np.argmin(most, axis=0)
    limit = most[bound, np.arange(n)]
    return Wish(np.floor(limit / steps.round_to + 1e-9) * steps.round_to, bound)
