"""What holds on one day, and whether its parts fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from inadimplencia_ml.errors import PolicyError, did_you_mean
from inadimplencia_ml.policy.conditions import Condition, check_facts
from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.facts import fact_kinds
from inadimplencia_ml.policy.sections import (
    PROFILES,
    ROWS,
    STATES,
    Action,
    Closing,
    Dated,
    Modifiers,
    ProfileRule,
    Stage,
    Step,
    Week,
)

__all__ = ["PolicyInForce", "fits_together"]


@dataclass(frozen=True)
class PolicyInForce:
    """The values of a policy on one day; what is switched off is not in it."""

    policy: PolicyContents = field(repr=False)
    day: dt.date
    min_amount: float
    min_share: float
    lead_days: int
    grace_days: int
    cure_dpd: int
    use_windows: str
    default_week: Week
    weeks: dict[str, Week]
    safeguards: dict[str, Closing]
    follow: dict[str, str]
    stages: dict[str, Stage]
    profile_rules: tuple[ProfileRule, ...]
    modifiers: dict[str, Modifiers]

    @classmethod
    def of(cls, policy: PolicyContents, day: dt.date) -> PolicyInForce:
        """The values in force on ``day``; PolicyError names a part that has none."""

        def must(place: str, entry: Dated[Any]) -> Any:
            value = entry.at(day)
            if value is None:
                raise PolicyError(
                    f"policy {policy.name}: {place} has no value on {day}; it begins {min(entry.values)}."
                )
            return value

        def present(entries: dict[str, Any]) -> dict[str, Any]:
            return {k: v for k, v in ((k, e.at(day)) for k, e in entries.items()) if v is not None}

        stages: dict[str, Stage] = present(policy.ladder)
        return cls(
            policy=policy,
            day=day,
            min_amount=must("materiality.min_amount", policy.materiality.min_amount),
            min_share=must("materiality.min_share", policy.materiality.min_share),
            lead_days=must("timing.lead_days", policy.timing.lead_days),
            grace_days=must("timing.grace_days", policy.timing.grace_days),
            cure_dpd=must("timing.cure_dpd", policy.timing.cure_dpd),
            use_windows=must("windows.use", policy.windows.use),
            default_week=must("windows.default", policy.windows.default),
            weeks=present(policy.windows.by_uf),
            safeguards=present(policy.safeguards),
            follow={k: must(f"states.{k}", v).follow for k, v in policy.states.items()},
            stages=dict(sorted(stages.items(), key=lambda item: item[1].dpd.ge)),
            profile_rules=must("profile_rules", policy.profile_rules),
            modifiers={k: must(f"profiles.{k}", v) for k, v in policy.profiles.items()},
        )

    @property
    def stage_codes(self) -> tuple[str, ...]:
        """The stages in the order of their days."""
        return tuple(self.stages)

    @property
    def actions(self) -> dict[str, Action]:
        """Every action, the softest first."""
        return dict(sorted(self.policy.actions.items(), key=lambda item: item[1].severity))

    def softened(self, template: str, tone_max: int) -> str | None:
        """The template, or the first softer one within ``tone_max``; None if there is none."""
        name: str | None = template
        while name is not None and self.policy.templates[name].tone > tone_max:
            name = self.policy.templates[name].softer
        return name

    def steps(self) -> Iterator[tuple[str, Stage, Step]]:
        """Every step that is not silent: its place, its stage, itself."""
        for code, stage in self.stages.items():
            for row in ROWS:
                step = getattr(stage, row)
                if step is not None:
                    yield f"ladder.{code}.{row}", stage, step

    def closed_actions(self, closing: Closing) -> tuple[str, ...]:
        """The actions that a safeguard closes."""
        return tuple(a for a, one in self.actions.items() if a in closing.closes or one.kind in closing.closes)


def fits_together(rules: PolicyInForce) -> list[str]:
    """What does not fit in the policy of a day, each with its place; empty if all does.

    The checks stand in an order: a later one relies on what an earlier one has found right.
    """
    checks = (_actions, _templates, _safeguards, _rows, _ladder_without_gaps, _steps, _modifiers, _profile_rules)
    return next((found for found in ([*check(rules)] for check in checks) if found), [])


def _actions(rules: PolicyInForce) -> Iterator[str]:
    actions = rules.policy.actions
    if [(a, one.severity) for a, one in actions.items() if one.kind == "none"] != [("nothing", 0)]:
        yield "actions: exactly one must be of kind none, called nothing, with severity 0"
    severities = [one.severity for one in actions.values()]
    if len(set(severities)) < len(severities):
        yield f"actions: two have the same severity ({', '.join(map(str, sorted(severities)))})"
    for name, action in actions.items():
        for channel in action.channels:
            yield from _unknown(f"actions.{name}: channel", channel, rules.policy.channels)
        contact = action.kind == "contact"
        if contact != bool(action.channels) or contact != (action.speaks is not None):
            yield f"actions.{name}: `channels` and `speaks` belong to actions of kind contact, and to all of them"


def _templates(rules: PolicyInForce) -> Iterator[str]:
    templates = rules.policy.templates
    for name, template in templates.items():
        yield from _unknown(f"templates.{name}: tone", template.tone, rules.policy.tones)
        if template.softer is not None:
            yield from _unknown(f"templates.{name}: softer", template.softer, templates)
            if template.softer in templates and templates[template.softer].tone >= template.tone:
                yield f"templates.{name}: {template.softer} is not softer"


def _safeguards(rules: PolicyInForce) -> Iterator[str]:
    closable = {a for a, one in rules.policy.actions.items() if one.kind != "none"} | {"contact", "task", "escalation"}
    for name, closing in rules.safeguards.items():
        for what in closing.closes:
            yield from _unknown(f"safeguards.{name}: closes", what, closable)
        yield from _facts(f"safeguards.{name}", closing.when, closing.of)


def _rows(rules: PolicyInForce) -> Iterator[str]:
    for place, needed, got in (("states", STATES, rules.follow), ("profiles", PROFILES, rules.modifiers)):
        missing = [name for name in needed if name not in got]
        if missing:
            yield f"{place}: no entry for {', '.join(missing)}"


def _ladder_without_gaps(rules: PolicyInForce) -> Iterator[str]:
    if not rules.stages:
        yield "ladder: no stage"
    stages = list(rules.stages.items())
    for (code, stage), following in zip(stages, [*stages[1:], None], strict=True):
        end = stage.dpd.le
        if end is not None and end < stage.dpd.ge:
            yield f"ladder.{code}: ends at dpd {end}, before it begins at {stage.dpd.ge}"
        if stage.dpd.ge <= 0 and (end is None or end > 0):
            yield f"ladder.{code}: holds days before and after the due date; let one stage end at dpd 0"
        if following is not None and (end is None or following[1].dpd.ge != end + 1):
            yield f"ladder.{code}: ends at dpd {end}, and {following[0]} begins at {following[1].dpd.ge}"


def _steps(rules: PolicyInForce) -> Iterator[str]:
    policy = rules.policy
    doable = {a for a, one in policy.actions.items() if one.kind in ("task", "contact")}
    escalations = {a for a, one in policy.actions.items() if one.kind == "escalation"}
    for place, stage, step in rules.steps():
        yield from _unknown(f"{place}: action", step.action, doable)
        yield from _unknown(f"{place}: template", step.template, policy.templates)
        for channel in step.channels:
            yield from _unknown(f"{place}: channel", channel, policy.channels)
        if step.escalation is not None:
            yield from _unknown(f"{place}: escalation", step.escalation, escalations)
        if step.template in policy.templates and stage.dpd.ge <= 0 and policy.templates[step.template].asserts_default:
            yield f"{place}: {step.template} asserts that a payment is missing, before it is due"
        if stage.dpd.ge <= 0 and step.escalation is not None:
            yield f"{place}: an escalation before the due date"
        speaks = policy.actions[step.action].speaks if step.action in doable else None
        if speaks is not None and speaks != ("before_due" if stage.dpd.ge <= 0 else "after_due"):
            yield f"{place}: {step.action} speaks {speaks}, and the stage is not"


def _modifiers(rules: PolicyInForce) -> Iterator[str]:
    actions, templates = rules.policy.actions, rules.policy.templates
    tasks = {a for a, one in actions.items() if one.kind == "task"}
    contacts = {a for a, one in actions.items() if one.speaks == "after_due"}
    for code, one in rules.modifiers.items():
        if one.first_late is not None:
            yield from _unknown(f"profiles.{code}: first_late.template", one.first_late.template, templates)
        if one.at_least is not None:
            yield from _unknown(f"profiles.{code}: at_least.action", one.at_least.action, contacts)
        if one.people_only is not None:
            yield from _unknown(f"profiles.{code}: people_only.action", one.people_only.action, tasks)
            yield from _unknown(f"profiles.{code}: people_only.template", one.people_only.template, templates)
        used = {step.template for _, _, step in rules.steps()}
        used |= {extra.template for extra in (one.first_late, one.people_only) if extra} & set(templates)
        hard = sorted(name for name in used if rules.softened(name, one.tone_max) is None)
        if hard:
            yield f"profiles.{code}: no text within tone {one.tone_max} in the place of {', '.join(hard)}"


def _profile_rules(rules: PolicyInForce) -> Iterator[str]:
    if rules.profile_rules[-1].when.names():
        yield "profile_rules: the last must hold for everyone (when: {})"
    for number, rule in enumerate(rules.profile_rules):
        yield from _facts(f"profile_rules[{number}]", rule.when, "client")


def _facts(place: str, condition: Condition, of: str) -> Iterator[str]:
    try:
        check_facts(condition, fact_kinds(of))
    except ValueError as error:
        yield f"{place}: {error}"


def _unknown(place: str, name: object, known: Any) -> Iterator[str]:
    if name not in known:
        yield f"{place} {name!r} is not known.{did_you_mean(name, known)}"
