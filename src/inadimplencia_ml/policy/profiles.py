"""Debtor profiles P0 to P7: the first line of the policy's decision list that holds."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.conditions import Facts, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import PROFILES
from inadimplencia_ml.tables import CASES

__all__ = ["assign_profiles", "profile_numbers"]


def assign_profiles(cases: pd.DataFrame, policy: Policy, as_of: dt.date | str) -> pd.Series:
    """The profile of each case, as a code that says nothing to a client.

    Examples
    --------
    >>> cases = pd.DataFrame({"client_id": ["C1", "C2"], "open_count": [1, 0], "n_due_12m": [2, 0],
    ...                       "days_since_issue": [40, 400]})
    >>> list(assign_profiles(cases, Policy.default(), "2025-06-30"))
    ['P0', 'P1']
    """
    numbers = profile_numbers(FrameFacts(cases, CASES), policy.in_force(as_of))
    return pd.Series(np.array(PROFILES, dtype=object)[numbers], index=cases.index, name="profile", dtype="str")


def profile_numbers(facts: Facts, rules: PolicyInForce) -> npt.NDArray[np.int8]:
    """Positions in PROFILES; one a case, since the last rule holds for everyone."""
    out = np.full(len(facts), -1, np.int8)
    for rule in rules.profile_rules:
        out[(out < 0) & holds(rule.when, facts)] = PROFILES.index(rule.profile)
    return out
