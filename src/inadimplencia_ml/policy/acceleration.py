"""Signals that a client avoids us: enough of them let the ladder run sooner, and a person looks first."""

from __future__ import annotations

import numpy as np

from inadimplencia_ml.policy.conditions import Facts, Flags, Numbers, holds
from inadimplencia_ml.policy.in_force import PolicyInForce

__all__ = ["accelerated"]


def accelerated(rules: PolicyInForce, facts: Facts, stage_dpd: Numbers) -> Flags:
    """Cases past due with at least so many signals as the policy asks for."""
    if rules.acceleration is None:
        return np.zeros(len(facts), bool)
    signs = np.zeros(len(facts), np.int64)
    for condition in rules.acceleration.signals.values():
        signs += holds(condition, facts)
    with np.errstate(invalid="ignore"):
        return np.asarray((signs >= rules.acceleration.at_least) & (stage_dpd > 0), bool)
