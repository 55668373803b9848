"""Every gate held against every late title: which conditions are met, and where a gate is open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.conditions import Flags, holds
from inadimplencia_ml.policy.gates.facts import TitleAndClient
from inadimplencia_ml.policy.gates.rules import GatesInForce

__all__ = ["GateFindings", "gate_findings"]

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class GateFindings:
    """What the gates say.

    Attributes
    ----------
    rows : int array
        Positions of the titles looked at: those past due that a decision is about.
    case : int array
        The case of each.
    unmet : dict of escalation to bool array, titles looked at x conditions
        Conditions of the gate that a title does not meet, in the order of the policy.
    open_for : dict of escalation to bool array, one a case
        Some title meets them all.
    """

    rows: I64
    case: I64
    unmet: dict[str, Flags]
    open_for: dict[str, Flags]

    def nearest(self, kind: str) -> I64:
        """By case, the conditions that its nearest title does not meet, as bits; -1 for a case without a title.

        The nearest title is that with the fewest unmet, of equal ones that which misses the earlier conditions.
        """
        unmet = self.unmet[kind]
        bits = unmet.astype(np.int64) @ (1 << np.arange(unmet.shape[1], dtype=np.int64))
        best = np.full(len(self.open_for[kind]), np.iinfo(np.int64).max)
        np.minimum.at(best, self.case, unmet.sum(axis=1, dtype=np.int64) << 40 | bits)
        return np.where(best == np.iinfo(np.int64).max, -1, best & (1 << 40) - 1)


def gate_findings(gates: GatesInForce, facts: TitleAndClient, rows: I64, n: int) -> GateFindings:
    """The gates held against the titles ``rows``, whose ``facts`` these are; ``n`` cases."""
    unmet, open_for = {}, {}
    for kind, gate in gates.of.items():
        flags = [~holds(condition, facts) for condition in gate.conditions.values()]
        unmet[kind] = np.stack(flags, axis=1) if flags else np.zeros((len(rows), 0), bool)
        passes = ~unmet[kind].any(axis=1)
        open_for[kind] = np.bincount(facts.case[passes], minlength=n) > 0
    return GateFindings(rows, facts.case, unmet, open_for)
