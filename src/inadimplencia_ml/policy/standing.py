"""Where a client stands: which of his titles may be collected, and how late the worst material one is.

The stage is not that of the single worst title. Titles are taken from the latest down until what they add up to is
material, absolutely and as a share of all that is overdue: thirty reais at 200 days do not speak for fifty thousand at
two days, while forty equal titles, none of which is material alone, do speak.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.policy.conditions import Flags, Numbers, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.tables import TITLES

__all__ = ["Standing", "concerned", "standing", "with_broken_plans"]

I64 = npt.NDArray[np.int64]


class Standing(NamedTuple):
    """By case: what may be collected; by title: whose it is."""

    stage_dpd: Numbers  # NaN where nothing material may be collected
    collectible_amount: Numbers
    late_amount: Numbers  # of it, past due
    left_out: dict[str, Flags]  # by safeguard: cases of which it leaves out some title
    none_left: Flags  # cases with open titles, all of them left out
    case: I64  # by title: number of its case
    collectible: Flags  # by title
    dpd: I64  # by title
    cents: I64  # by title


def standing(titles: pd.DataFrame, case: I64, n: int, rules: PolicyInForce) -> Standing:
    """The standing of ``n`` cases; ``case`` holds the number of each title's case."""
    facts = FrameFacts(titles, TITLES)
    facts.add("days_since_due", day_number(rules.day) - facts.number("due_date"))
    dpd = facts.number("dpd").astype(np.int64)
    cents = np.rint(facts.number("open_amount") * 100).astype(np.int64)
    collectible = np.ones(len(titles), bool)
    left_out = {}
    for name, closing in rules.safeguards.items():
        if closing.of == "title":
            out = holds(closing.when, facts)
            left_out[name] = np.bincount(case[out], minlength=n) > 0
            collectible &= ~out
    amount = _sums(case, np.where(collectible, cents, 0), n)
    late = _sums(case, np.where(collectible & (dpd > 0), cents, 0), n)
    none_left = (np.bincount(case, minlength=n) > 0) & (np.bincount(case[collectible], minlength=n) == 0)
    stage = _worst_material(case[collectible], dpd[collectible], cents[collectible], n, rules)
    return Standing(stage, amount / 100, late / 100, left_out, none_left, case, collectible, dpd, cents)


def _worst_material(case: I64, dpd: I64, cents: I64, n: int, rules: PolicyInForce) -> Numbers:
    """The dpd at which the titles that are at least so late add up to a material amount."""
    overdue = _sums(case, np.where(dpd > 0, cents, 0), n)
    needed = np.maximum(np.ceil(rules.min_amount * 100), np.ceil(rules.min_share * overdue - 1e-6)).astype(np.int64)
    order = np.argsort(
        case << 22 | (2**21 - dpd), kind="stable"
    )  # by case, the latest first; 2^21 days are 5,700 years
    case, dpd, cents = case[order], dpd[order], cents[order]
    so_far = np.cumsum(cents)
    before = np.zeros(n, np.int64)
    firsts = np.flatnonzero(np.diff(case, prepend=-1))
    before[case[firsts]] = so_far[firsts] - cents[firsts]
    reached = np.flatnonzero(so_far - before[case] >= needed[case])
    reached = reached[np.flatnonzero(np.diff(case[reached], prepend=-1))]
    out = np.full(n, np.nan)
    out[case[reached]] = dpd[reached]
    return out


def with_broken_plans(where: Standing, facts: FrameFacts) -> Standing:
    """The standing with broken plans undone: what is late is as late as the oldest debt that the plan stood for."""
    origin = np.where(facts.number("agreement_broken") == 1, facts.number("agreement_origin_dpd"), np.nan)
    with np.errstate(invalid="ignore"):
        older = (where.stage_dpd > 0) & (origin > where.stage_dpd)
    return where._replace(stage_dpd=np.where(older, origin, where.stage_dpd))


def concerned(where: Standing, first_dpd: int) -> Flags:
    """The titles a decision is about: those past due, or, where none is material yet, those soon due."""
    stage = where.stage_dpd[where.case]
    with np.errstate(invalid="ignore"):
        late = (stage > 0) & (where.dpd > 0)
        soon = (stage <= 0) & (stage >= first_dpd) & (where.dpd >= first_dpd)
    return where.collectible & (late | soon)


def _sums(case: I64, cents: I64, n: int) -> I64:
    """Sums by case in whole cents; exact, since bincount adds floats below 2^53."""
    return np.rint(np.bincount(case, weights=cents, minlength=n)).astype(np.int64)
