"""Whether the parts of a policy fit together on a day: names that are known, a ladder without gaps, texts in time.

What does not fit is an error and the file is refused. What fits and is still doubtful is for `checking` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.policy.conditions import Condition, check_facts
from inadimplencia_ml.policy.credit_limit.rules import limits_fit
from inadimplencia_ml.policy.facts import fact_kinds
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.checking import texts_fit
from inadimplencia_ml.policy.sections import PROFILES, STATES

__all__ = ["facts_known", "fits_together", "name_known"]


def fits_together(rules: PolicyInForce) -> list[str]:
    """What does not fit in the policy of a day, each with its place; empty if all does.

    The checks stand in an order: a later one relies on what an earlier one has found right.
    """
    return next((found for found in ([*check(rules)] for check in CHECKS) if found), [])


def _actions(rules: PolicyInForce) -> Iterator[str]:
    actions = rules.policy.actions
    if [(a, one.severity) for a, one in actions.items() if one.kind == "none"] != [("nothing", 0)]:
        yield "actions: exactly one must be of kind none, called nothing, with severity 0"
    severities = [one.severity for one in actions.values()]
    if len(set(severities)) < len(severities):
        yield f"actions: two have the same severity ({', '.join(map(str, sorted(severities)))})"
    for name, action in actions.items():
        for channel in action.channels:
            yield from name_known(f"actions.{name}: channel", channel, rules.policy.channels)
        contact = action.kind == "contact"
        if contact != bool(action.channels) or contact != (action.speaks is not None):
            yield f"actions.{name}: `channels` and `speaks` belong to actions of kind contact, and to all of them"


def _templates(rules: PolicyInForce) -> Iterator[str]:
    templates = rules.policy.templates
    for name, template in templates.items():
        yield from name_known(f"templates.{name}: tone", template.tone, rules.policy.tones)
        if template.softer is not None:
            yield from name_known(f"templates.{name}: softer", template.softer, templates)
            if template.softer in templates and templates[template.softer].tone >= template.tone:
                yield f"templates.{name}: {template.softer} is not softer"


def _safeguards(rules: PolicyInForce) -> Iterator[str]:
    closable = {a for a, one in rules.policy.actions.items() if one.kind != "none"} | {"contact", "task", "escalation"}
    for name, closing in rules.safeguards.items():
        for what in closing.closes:
            yield from name_known(f"safeguards.{name}: closes", what, closable)
        yield from facts_known(f"safeguards.{name}", closing.when, closing.of)


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
        yield from name_known(f"{place}: action", step.action, doable)
        yield from name_known(f"{place}: template", step.template, policy.templates)
        for channel in step.channels:
            yield from name_known(f"{place}: channel", channel, policy.channels)
        if step.escalation is not None:
            yield from name_known(f"{place}: escalation", step.escalation, escalations)
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
            yield from name_known(f"profiles.{code}: first_late.template", one.first_late.template, templates)
        if one.at_least is not None:
            yield from name_known(f"profiles.{code}: at_least.action", one.at_least.action, contacts)
        if one.people_only is not None:
            yield from name_known(f"profiles.{code}: people_only.action", one.people_only.action, tasks)
            yield from name_known(f"profiles.{code}: people_only.template", one.people_only.template, templates)
        used = {step.template for _, _, step in rules.steps()}
        used |= {extra.template for extra in (one.first_late, one.people_only) if extra} & set(templates)
        hard = sorted(name for name in used if rules.softened(name, one.tone_max) is None)
        if hard:
            yield f"profiles.{code}: no text within tone {one.tone_max} in the place of {', '.join(hard)}"


def _profile_rules(rules: PolicyInForce) -> Iterator[str]:
    if rules.profile_rules[-1].when.names():
        yield "profile_rules: the last must hold for everyone (when: {})"
    for number, rule in enumerate(rules.profile_rules):
        yield from facts_known(f"profile_rules[{number}]", rule.when, "client")


def _gates(rules: PolicyInForce) -> Iterator[str]:
    if rules.gates is None:
        return
    severity = {a: one.severity for a, one in rules.policy.actions.items() if one.kind == "escalation"}
    for kind in severity:
        if kind not in rules.gates.of:
            yield f"gates.of: no gate for {kind}"
    for kind, gate in rules.gates.of.items():
        place, first = f"gates.of.{kind}", gate.gate.first
        yield from name_known(f"{place}: escalation", kind, severity)
        if first is not None:
            yield from name_known(f"{place}: first", first, severity)
            if severity.get(first, 0) >= severity.get(kind, 0) and first in severity and kind in severity:
                yield f"{place}: first, {first}, is not softer than {kind}"
        for name, condition in gate.conditions.items():
            yield from facts_known(f"{place}.conditions.{name}", condition, "gate")


def _offers(rules: PolicyInForce) -> Iterator[str]:
    if rules.offers is not None:
        for place, condition in rules.offers.conditions():
            yield from facts_known(place, condition, "client")


def _beside_the_ladder(rules: PolicyInForce) -> Iterator[str]:
    """Intensity, acceleration, firm tone, contact rates: their channels, facts, texts and bands are known."""
    channels = rules.policy.channels
    if rules.intensity is not None:
        chances = [level.self_cure for level in rules.intensity.levels]
        if chances != sorted(set(chances), reverse=True):
            yield "intensity: the levels must go from the greatest chance to the least, each once"
        for level in rules.intensity.levels:
            for channel in level.channels:
                yield from name_known(f"intensity: level {level.level}: channel", channel, channels)
    if rules.acceleration is not None:
        for name, condition in rules.acceleration.signals.items():
            yield from facts_known(f"acceleration.{name}", condition, "client")
    if rules.firm_tone is not None:
        yield from facts_known("firm_tone", rules.firm_tone.when, "client")
        used = {step.template for _, _, step in rules.steps()}
        hard = sorted(name for name in used if rules.softened(name, rules.firm_tone.tone - 1) is None)
        if hard:
            yield f"firm_tone: no text below tone {rules.firm_tone.tone} in the place of {', '.join(hard)}"
    if rules.contact_rates is not None:
        for channel in channels:
            if set(rules.contact_rates.prior.get(channel, ())) != set(rules.contact_rates.bands):
                yield f"contact_rates: prior of {channel}: one rate for each of {', '.join(rules.contact_rates.bands)}"
        for hours in (*rules.contact_rates.bands.values(), *rules.contact_rates.words.values()):
            if hours[0] >= hours[1]:
                yield f"contact_rates: hours that end at {hours[1]:%H:%M}, not after they begin at {hours[0]:%H:%M}"
    escalations = {a for a, one in rules.policy.actions.items() if one.kind == "escalation"}
    for name, duty in rules.duties.items():
        for kind in duty.after:
            yield from name_known(f"duties.{name}: after", kind, escalations)


def facts_known(place: str, condition: Condition, of: str) -> Iterator[str]:
    """What is wrong with the facts that a condition asks of a ``client`` or a ``title``."""
    try:
        check_facts(condition, fact_kinds(of))
    except ValueError as error:
        yield f"{place}: {error}"


def name_known(place: str, name: object, known: Any) -> Iterator[str]:
    """That a name is not among those known, with the near one."""
    if name not in known:
        yield f"{place} {name!r} is not known.{did_you_mean(name, known)}"


def _limits(rules: PolicyInForce) -> Iterator[str]:
    yield from limits_fit(rules.limits)
    for name, rule in {} if rules.limits is None else rules.limits.rules.items():
        yield from facts_known(f"limits.rules.{name}", rule.when, "client")


def _further(rules: PolicyInForce) -> Iterator[str]:
    for kind, code, grant in () if rules.further is None else rules.further.each():
        yield from facts_known(f"further.{kind}.{code}", grant.when, "client")
        if grant.template is not None:
            yield from name_known(f"further.{kind}.{code}: template", grant.template, rules.policy.templates)


def _rights(rules: PolicyInForce) -> Iterator[str]:
    for code, right in {} if rules.rights is None else rules.rights.of.items():
        yield from facts_known(f"rights.{code}", right.when, "title")


CHECKS: tuple[Callable[[PolicyInForce], Iterator[str]], ...] = (
    _actions,
    _templates,
    _safeguards,
    _rows,
    _ladder_without_gaps,
    _steps,
    _modifiers,
    _profile_rules,
    _gates,
    _beside_the_ladder,
    texts_fit,
    _limits,
    _offers,
    _further,
    _rights,
)
"""Every check, in order; that of a further section goes at the end."""
