"""What must hold of every plan. A breach is an error of this library, never mended in silence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inadimplencia_ml.policy.conditions import Flags
from inadimplencia_ml.policy.plan import Plan

__all__ = ["check"]


def check(plan: Plan) -> None:
    """Assert the laws of a plan.

    Raises
    ------
    AssertionError
        Names the law and how many cases break it.
    """
    for law, broken in _laws(plan):
        if broken.any():
            raise AssertionError(f"{law}: broken by {int(broken.sum())} of {len(broken)} cases")


def _laws(plan: Plan) -> Iterator[tuple[str, Flags]]:
    ladder, rules, n = plan.ladder, plan.rules, len(plan.action)
    rows = np.arange(n)
    kind = ladder.kind[plan.action]
    contact, proposed = kind == "contact", plan.escalation >= 0
    with np.errstate(invalid="ignore"):
        late = plan.where.stage_dpd > 0
    asserts = np.array([rules.policy.templates[t].asserts_default for t in ladder.templates] + [False])
    yield "exactly one decision a case", np.full(n, n != len(plan.given.cases))
    yield "nothing is always open", ~plan.may.open[:, ladder.action("nothing")]
    yield "only what is open is done", ~plan.may.open[rows, plan.action]
    yield "nothing harder than the ladder", ladder.severity[plan.action] > ladder.severity[plan.asked.action]
    yield "an escalation is never an action", kind == "escalation"
    yield "only what is open is proposed", proposed & ~plan.may.open[rows, plan.escalation]
    for name, is_open in {} if plan.gates is None else plan.gates.open_for.items():
        yield f"every gate of {name} is met", (plan.escalation == ladder.action(name)) & ~is_open
    yield "no text asserts a default before it is one", (kind != "none") & asserts[plan.asked.template] & ~late
    yield "no escalation before the due date", proposed & ~late
    yield "every contact has a channel", contact & (plan.channel < 0)
    yield "every contact has its hours", contact & np.isnat(plan.times.begin)
    yield "no contact before the plan begins", contact & (plan.times.days < rules.lead_days)
