"""The plan: all that was found, as arrays over the cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.amounts.balance import Balances
from inadimplencia_ml.policy.conditions import Flags
from inadimplencia_ml.policy.credit_limit.limits import Limits
from inadimplencia_ml.policy.dunning import Ladder, Wanted
from inadimplencia_ml.policy.eligible import GATE, INTENSITY, PRESUPPOSED, Eligible
from inadimplencia_ml.policy.gates.findings import GateFindings
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.inputs import Given
from inadimplencia_ml.policy.standing import Standing
from inadimplencia_ml.policy.windows import ContactTimes

__all__ = ["Plan"]

Codes = npt.NDArray[np.int64]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """Actions, templates and the like are positions in the ladder's tuples; -1 for none."""

    rules: PolicyInForce
    ladder: Ladder
    given: Given
    where: Standing
    profile: Codes
    asked: Wanted
    may: Eligible
    times: ContactTimes
    action: Codes
    escalation: Codes
    channel: Codes
    unknown_past: Flags
    gates: GateFindings | None
    owed: Balances  # by title
    offers: tuple[tuple[str, ...], Codes]  # codes, and by case the position of the first one
    limits: Limits | None
    level: Codes  # of intensity, -1 where nothing is narrowed
    duties: pd.DataFrame

    @property
    def held(self) -> Flags:
        """Cases x safeguards: what held back the wanted action or escalation, left out a title, or stops all."""
        may, asked = self.may, self.asked
        stops_all = may.closes[:, self.ladder.kind != "none"].all(axis=1)
        closes = np.vstack([may.closes.T, np.zeros(len(may.safeguards), bool)])  # -1, nothing asked for, takes the last
        held = may.fires & (closes[asked.action] | closes[asked.escalation] | stops_all)
        rows = np.arange(len(held))
        first = may.closed_by[rows, asked.action]
        for name in (*PRESUPPOSED, INTENSITY):
            number = may.safeguards.index(name)
            held[:, number] = first == number
        first = np.where(asked.escalation >= 0, may.closed_by[rows, asked.escalation], -1)
        for kind in () if self.gates is None else self.gates.open_for:
            number = may.safeguards.index(GATE + kind)
            held[:, number] &= first == number  # a gate speaks where nothing else closes what it guards
        return np.asarray(held | may.left_out, bool)
