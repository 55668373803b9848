"""What may be done: a table case x action, each closed cell with the safeguard that closed it.

``nothing`` is never closed. A safeguard can only close; adding one can therefore never lead to a harder decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.policy.channels import reachable
from inadimplencia_ml.policy.conditions import Facts, Flags, holds
from inadimplencia_ml.policy.gates.findings import GateFindings
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.standing import Standing
from inadimplencia_ml.policy.windows import ContactTimes

__all__ = ["GATE", "INTENSITY", "PRESUPPOSED", "Eligible", "eligible"]

GATE = "gate_"
"""Before the name of an escalation: the gate that closes it, in blocked_by and in the reasons."""
INTENSITY = "intensity"
"""What the intensity closes, by the same names."""

PRESUPPOSED: dict[str, tuple[str, str]] = {
    "before_due": ("R4", "Nada relevante venceu ainda; não se fala de atraso."),
    "after_due": ("R4", "O título já venceu; um lembrete de vencimento confundiria."),
    "no_channel": ("R7, R15", "Nenhum canal serve: sem consentimento, ou o contato não chega ao cliente."),
    "no_hours": ("R16", "Não há hora permitida nos próximos dias."),
}
"""What holds under every policy, and cannot be switched off: the rule it comes from, and the sentence."""


@dataclass(frozen=True)
class Eligible:
    """Which actions are open.

    Attributes
    ----------
    actions : tuple of str
        Every action, the softest first.
    safeguards : tuple of str
        Every safeguard in force, in the policy's order, what every policy presupposes, and the gates.
    closed_by : int8 array, cases x actions
        Position of the first safeguard that closed the cell; -1 where it is open.
    fires : bool array, cases x safeguards
        Where a safeguard of the policy closes cells.
    left_out : bool array, cases x safeguards
        Where a safeguard leaves some title out of the plan.
    closes : bool array, safeguards x actions
        What each safeguard closes when it fires.
    """

    actions: tuple[str, ...]
    safeguards: tuple[str, ...]
    closed_by: npt.NDArray[np.int8]
    fires: Flags
    left_out: Flags
    closes: Flags

    def close(self, safeguard: str, actions: tuple[str, ...], fired: Flags) -> None:
        """Close cells while the table is made; a cell stays with the first that closed it."""
        number = self.safeguards.index(safeguard)
        for action in actions:
            column = self.actions.index(action)
            self.closes[number, column] = True
            cells = self.closed_by[:, column]
            cells[fired & (cells < 0)] = number

    @property
    def open(self) -> Flags:
        """Cases x actions: True where nothing closed the cell."""
        return self.closed_by < 0

    def frame(self, client_ids: pd.Series | None = None) -> pd.DataFrame:
        """The table to read: one column an action, holding the safeguard that closed it, missing where open."""
        names = np.array([*self.safeguards, None], dtype=object)
        index = None if client_ids is None else pd.Index(client_ids, name="client_id")
        return pd.DataFrame({a: names[self.closed_by[:, i]] for i, a in enumerate(self.actions)}, index=index)


def eligible(
    facts: Facts,
    rules: PolicyInForce,
    where: Standing,
    usable: Flags,
    times: ContactTimes,
    gates: GateFindings | None = None,
    left: Flags | None = None,
) -> Eligible:
    """The table of what may be done with each case.

    Parameters
    ----------
    facts : Facts
        Of the cases, the derived ones with them.
    usable : bool array, cases x channels
        Channels that the client has not refused.
    times : ContactTimes
        The next allowed hours.
    left : bool array, cases x channels, optional
        Of the usable channels, those that the intensity leaves.
    gates : GateFindings, optional
        Which escalations may be proposed at all; without gates only the safeguards say so.
    """
    kinds = () if gates is None else tuple(gates.open_for)
    n, actions = len(facts), tuple(rules.actions)
    names = (*rules.safeguards, *PRESUPPOSED, INTENSITY, *(GATE + k for k in kinds))
    table = Eligible(
        actions,
        names,
        np.full((n, len(actions)), -1, np.int8),
        np.zeros((n, len(names)), bool),
        np.zeros((n, len(names)), bool),
        np.zeros((len(names), len(actions)), bool),
    )
    for name, closing in rules.safeguards.items():
        if closing.of == "title":
            table.left_out[:, names.index(name)] = where.left_out[name]
            fired = where.left_out[name] & where.none_left
        else:
            fired = holds(closing.when, facts)
        table.fires[:, names.index(name)] = fired
        table.close(name, rules.closed_actions(closing), fired)
    _close_what_makes_no_sense(table, rules, where, usable, times)
    if left is not None:
        for name, action in rules.actions.items():
            if action.kind == "contact":
                table.close(INTENSITY, (name,), ~reachable(rules, left, name))
    if gates is not None:
        _close_gates(table, gates)
    return table


def _close_gates(table: Eligible, gates: GateFindings) -> None:
    """Last of all, so that a cell closed by its gate has nothing else against it."""
    asked = np.bincount(gates.case, minlength=len(table.closed_by)) > 0
    for kind, is_open in gates.open_for.items():
        table.fires[:, table.safeguards.index(GATE + kind)] = asked & ~is_open
        table.close(GATE + kind, (kind,), ~is_open)


def _close_what_makes_no_sense(
    table: Eligible, rules: PolicyInForce, where: Standing, usable: Flags, times: ContactTimes
) -> None:
    """What no policy can open: words that are not true, a contact without a channel or outside the hours."""
    with np.errstate(invalid="ignore"):
        late = where.stage_dpd > 0
    for name, action in rules.actions.items():
        if action.speaks == "after_due" or action.kind == "escalation":
            table.close("before_due", (name,), ~late)
        elif action.speaks == "before_due":
            table.close("after_due", (name,), late)
        if action.kind == "contact":
            table.close("no_channel", (name,), ~reachable(rules, usable, name))
            table.close("no_hours", (name,), np.isnat(times.begin))
