"""Rules of a policy that nothing can reach: shadowed, impossible, beyond the last day that can be collected.

Decided exactly on the conditions, facts being taken as independent; where that would take too long, by trying random
values, and the finding says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.facts import DERIVED, DERIVED_OF_GATES, DERIVED_OF_TITLES, fact_kinds
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.review.boxes import Space, TooManyBoxes
from inadimplencia_ml.policy.review.findings import Finding
from inadimplencia_ml.policy.sections import PROFILES
from inadimplencia_ml.tables import CASES, TITLES

__all__ = ["covered_by", "space_of", "unreachable", "why_unreached"]

TRIES = 20_000
SEED = 1
_GIVEN = (*CASES.columns, *TITLES.columns)
_COUNTS = {c.name for c in (*_GIVEN, *DERIVED, *DERIVED_OF_TITLES, *DERIVED_OF_GATES) if c.kind in ("count", "date")}
_SIGNED = ("days_", "dpd", "first_due_open_dpd", "median_late_days_12m")
_LEAST = {c.name: 0.0 for c in _GIVEN if c.kind in ("count", "amount", "number") and not c.name.startswith(_SIGNED)}


def space_of(conditions: Sequence[Condition], of: str) -> Space:
    """The space of some conditions on facts of a ``client``, a ``title`` or a ``gate``."""
    kinds = fact_kinds(of)
    return Space(conditions, {k: "count" if k in _COUNTS and v == "number" else v for k, v in kinds.items()}, _LEAST)


def covered_by(condition: Condition, others: Sequence[Condition], of: str) -> tuple[bool, bool]:
    """Whether a condition holds only where one of the others does, and whether that is certain."""
    space = space_of([condition, *others], of)
    try:
        return space.covered(condition, others), True
    except TooManyBoxes:
        return space.seems_covered(condition, others, TRIES, SEED), False


def why_unreached(condition: Condition, before: Sequence[Condition], of: str) -> str | None:
    """The finding on a line of a list of which the first that holds decides; None where it can decide something."""
    if not _possible([condition], of):
        return "never_holds"
    hidden, certain = covered_by(condition, before, of)
    return None if not hidden else "shadowed" if certain else "seems_shadowed"


def unreachable(rules: PolicyInForce) -> Iterator[Finding]:
    """Every rule in force that can never decide anything."""
    for part in _PARTS:
        yield from part(rules)


def _possible(conditions: Sequence[Condition], of: str) -> bool:
    try:
        return space_of(conditions, of).possible(*conditions)
    except TooManyBoxes:
        return True


def _profile_rules(rules: PolicyInForce) -> Iterator[Finding]:
    before: list[Condition] = []
    given = set()
    for number, rule in enumerate(rules.profile_rules):
        place = f"profile_rules[{number}]"
        why = why_unreached(rule.when, before, "client")
        if why is None:
            given.add(rule.profile)
        else:
            yield Finding(why, place)
        before.append(rule.when)
    for code in PROFILES:
        if code not in given:
            yield Finding("profile_never_given", f"profiles.{code}")


def _safeguards(rules: PolicyInForce) -> Iterator[Finding]:
    closed = {name: set(rules.closed_actions(closing)) for name, closing in rules.safeguards.items()}
    for name, closing in rules.safeguards.items():
        place = f"safeguards.{name}"
        if not _possible([closing.when], closing.of):
            yield Finding("never_holds", place)
            continue
        others = [
            one.when
            for other, one in rules.safeguards.items()
            if other != name and one.of == closing.of and closed[other] >= closed[name]
        ]
        hidden, certain = covered_by(closing.when, others, closing.of)
        if hidden and certain:
            yield Finding("adds_nothing", place)


def _stages(rules: PolicyInForce) -> Iterator[Finding]:
    """A title of dpd d fell due at least d days ago; a stage of titles that are all left out is never reached."""
    left_out = [one.when for one in rules.safeguards.values() if one.of == "title"]
    for code, stage in rules.stages.items():
        late = Condition.model_validate({"days_since_due": {"ge": stage.dpd.ge}})
        if stage.dpd.ge > 0 and covered_by(late, left_out, "title") == (True, True):
            yield Finding("stage_unreachable", f"ladder.{code}", {"dpd": stage.dpd.ge})
        elif all(getattr(stage, row) is None for row in ("low", "medium", "high", "none")):
            yield Finding("silent_stage", f"ladder.{code}")


def _modifiers(rules: PolicyInForce) -> Iterator[Finding]:
    for code, one in rules.modifiers.items():
        if one.at_least is not None and one.at_least.until_dpd < one.at_least.from_dpd:
            yield Finding("never_holds", f"profiles.{code}.at_least")


def _gates(rules: PolicyInForce) -> Iterator[Finding]:
    asked = {step.escalation for _, _, step in rules.steps()} - {None}
    gates = {} if rules.gates is None else rules.gates.of
    asked |= {one.gate.first for name, one in gates.items() if name in asked} - {None}
    for name, action in rules.actions.items():
        if action.kind == "escalation" and name not in asked:
            yield Finding("never_proposed", f"actions.{name}")
        elif action.kind == "escalation" and name not in gates:
            yield Finding("no_gate", f"actions.{name}")
    for name, gate in gates.items():
        if not gate.conditions:
            yield Finding("open_gate", f"gates.of.{name}")
        elif not _possible(list(gate.conditions.values()), "gate"):
            yield Finding("gate_never_opens", f"gates.of.{name}")


_PARTS: tuple[Callable[[PolicyInForce], Iterator[Finding]], ...] = (
    _profile_rules,
    _safeguards,
    _stages,
    _modifiers,
    _gates,
)
