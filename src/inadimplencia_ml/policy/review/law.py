"""Whether a policy keeps what its references demand: hours of a state, bounds of values, cells that must be closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.references import Bound, Reference
from inadimplencia_ml.policy.review.conditions_told import told
from inadimplencia_ml.policy.review.findings import Finding
from inadimplencia_ml.policy.review.reach import covered_by
from inadimplencia_ml.policy.sections import Closing, Dated, Week
from inadimplencia_ml.policy.windows import week_of

__all__ = ["against_the_law"]

DAYS = ("mon_fri", "sat", "sun")


def against_the_law(rules: PolicyInForce) -> Iterator[Finding]:
    """What the policy of a day does not keep of what its references demand."""
    for name, reference in rules.policy.references.items():
        yield from _hours(rules, name, reference)
        yield from _bounds(rules, name, reference)
        for demand in reference.demands.closes:
            yield from _closed(rules, name, demand)


def _hours(rules: PolicyInForce, rule: str, reference: Reference) -> Iterator[Finding]:
    for uf, lawful in reference.demands.hours.items():
        mine = week_of(rules, uf)
        for day in DAYS:
            if _outside(mine, lawful, day):
                own = rules.use_windows == "by_uf" and uf in rules.weeks
                place = f"windows.by_uf.{uf}" if own else "windows.default"
                yield Finding("beyond_hours", place, {"rule": rule, "part": f"{uf} {day}"})


def _outside(mine: Week, lawful: Week, day: str) -> bool:
    here, there = getattr(mine, day), getattr(lawful, day)
    return here is not None and (there is None or here[0] < there[0] or here[1] > there[1])


def _bounds(rules: PolicyInForce, rule: str, reference: Reference) -> Iterator[Finding]:
    for place, bound in reference.demands.bounds.items():
        found, value = _value(rules, place)
        facts = {"rule": rule, "place": place, "value": value, "bound": _words(bound)}
        if not found:
            yield Finding("bound_without_place", f"references.{rule}", facts)
        elif value is None or not _within(float(value), bound):
            yield Finding("beyond_bound", place, facts)


def _within(value: float, bound: Bound) -> bool:
    return (bound.ge is None or value >= bound.ge) and (bound.le is None or value <= bound.le)


def _words(bound: Bound) -> str:
    parts = [f"{sign} {limit:g}" for sign, limit in ((">=", bound.ge), ("<=", bound.le)) if limit is not None]
    return " e ".join(parts)


def _value(rules: PolicyInForce, place: str) -> tuple[bool, Any]:
    """The value in force at a place, which may lie inside that of an entry; None where the entry is off."""
    part: Any = rules.policy
    for name in place.split("."):
        if isinstance(part, Dated):
            part = part.at(rules.day)
            if part is None:
                return True, None
        part = part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)
        if part is None:
            return False, None
    return True, part.at(rules.day) if isinstance(part, Dated) else part


def _closed(rules: PolicyInForce, rule: str, demand: Closing) -> Iterator[Finding]:
    """Each action apart: some safeguards together must close it wherever the rule says so."""
    open_still = []
    for action in rules.closed_actions(demand):
        closing = [one.when for one in rules.safeguards.values() if one.of == demand.of and _closes(rules, one, action)]
        if not covered_by(demand.when, closing, demand.of)[0]:
            open_still.append(action)
    if open_still:
        facts = {"rule": rule, "closes": ", ".join(open_still), "when": told(demand.when)}
        yield Finding("not_closed", "safeguards", facts)


def _closes(rules: PolicyInForce, closing: Closing, action: str) -> bool:
    return action in rules.closed_actions(closing)
