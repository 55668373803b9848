"""`policy explain`: a policy as prose that a collections manager reads from top to bottom. Markdown, in Portuguese.

``lang`` changes the frame alone: the sentences are those of the policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inadimplencia_ml.policy.eligible import PRESUPPOSED
from inadimplencia_ml.policy.gates.rules import GateOnDay
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.rules import MessageTemplate
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.conditions_told import told
from inadimplencia_ml.policy.review.findings import Lang
from inadimplencia_ml.policy.review.profiles_told import profiles_told
from inadimplencia_ml.policy.review.titles import frame
from inadimplencia_ml.policy.review.values_told import branches, entry_lines, entry_told, laws, value_told, week_told
from inadimplencia_ml.policy.sections import ROWS, Dated, Step
from inadimplencia_ml.policy.windows import week_of

__all__ = ["TOLD_APART", "policy_told", "rules_told"]

TOLD_APART = {
    *("format", "id", "version", "owner", "review_months", "reviewed_on", "currency", "target", "references"),
    *("materiality", "timing", "windows", "tones", "channels", "actions", "templates", "safeguards", "states"),
    *("ladder", "profile_rules", "profiles", "gates"),
}
"""Sections that have a paragraph of their own; any other is told entry by entry."""


def policy_told(policy: Policy, as_of: dt.date | str, lang: Lang = "pt") -> str:
    """The policy in force on a day, as one Markdown page.

    Examples
    --------
    >>> page = policy_told(Policy.default(), "2025-06-30")
    >>> page.splitlines()[0]
    '# Política regua_padrao_br/0.1.0'
    """
    return rules_told(policy.in_force(as_of), lang)


def rules_told(rules: PolicyInForce, lang: Lang = "pt") -> str:
    """The same of values already in force."""
    policy, say = rules.policy, frame(lang)
    lines = [*_head(rules, say)]
    for title, part in _PARTS:
        lines += ["", f"## {say(title)}", "", *part(rules, say)]
    for section in type(policy).model_fields:
        if section not in TOLD_APART and getattr(policy, section) is not None:
            lines += ["", f"## {say(section)}", "", *_entries(getattr(policy, section), section, rules.day, say)]
    lines += ["", f"## {say('sources')}", "", *_sources(rules, say), ""]
    return "\n".join(lines)


Say = Callable[[str], str]


def _head(rules: PolicyInForce, say: Say) -> Iterator[str]:
    policy = rules.policy
    reviewed = f"{policy.reviewed_on:%d/%m/%Y}" if policy.reviewed_on else say("never")
    due = f"{policy.review_due:%d/%m/%Y}" if policy.review_due else say("now")
    yield f"# {say('policy')} {policy.name}"
    yield ""
    yield f"{say('on')} {rules.day:%d/%m/%Y}. {say('owner')}: {policy.owner}. {say('reviewed')}: {reviewed};"
    yield f"{say('due')}: {due}, {say('every')} {policy.review_months} {say('months')}."
    yield f"{say('target')}: {policy.target or say('any target')}. {say('currency')}: {policy.currency}."
    yield ""
    yield say("order")


def _ladder(rules: PolicyInForce, say: Say) -> Iterator[str]:
    policy = rules.policy
    for entry in (policy.materiality.min_amount, policy.materiality.min_share, policy.timing.lead_days):
        yield f"- {entry_told(entry, rules.day)}"
    for code, stage in rules.stages.items():
        last = "" if stage.dpd.le == stage.dpd.ge else f" {say('to')} {stage.dpd.le}"
        days = f"{stage.dpd.ge}+" if stage.dpd.le is None else f"{stage.dpd.ge}{last}"
        yield ""
        yield f"**{code}, {days}.** {policy.ladder[code].sentence}{laws(policy.ladder[code])}"
        if stage.every_days:
            yield f"{say('pace')} {stage.every_days} {say('days')}."
        yield ""
        for row in ROWS:
            step: Step | None = getattr(stage, row)
            yield f"- {say(row)}: {say('silence') if step is None else _step(rules, step, say)}"


def _step(rules: PolicyInForce, step: Step, say: Say) -> str:
    policy = rules.policy
    channels = ", ".join(policy.channels[c].rstrip(".") for c in step.channels)
    text = policy.templates[step.template]
    action = policy.actions[step.action].sentence.rstrip(".").lower()
    words = f"{action}; {channels}; {step.template}, {say('tone')} {text.tone} ({text.sentence.rstrip('.').lower()})"
    if step.escalation is None:
        return words
    return f"{words}; {say('proposes')}: {policy.actions[step.escalation].sentence.rstrip('.').lower()}"


def _safeguards(rules: PolicyInForce, say: Say) -> Iterator[str]:
    policy = rules.policy
    for name, closing in rules.safeguards.items():
        entry = policy.safeguards[name]
        closes = ", ".join(say(one) if one in ("contact", "task", "escalation") else one for one in closing.closes)
        of = f" {say('by title')}" if closing.of == "title" else ""
        when = f"{say('condition')} {told(closing.when)}; {say('closes')} {closes}{of}."
        yield f"- **{name}.** {entry.sentence}{laws(entry)} {when}"
    yield ""
    yield say("always")
    yield ""
    yield from (f"- **{name}.** {sentence} ({rule})" for name, (rule, sentence) in PRESUPPOSED.items())


def _hours(rules: PolicyInForce, say: Say) -> Iterator[str]:
    windows = rules.policy.windows
    yield f"- {entry_told(windows.use, rules.day)}"
    yield f"- {entry_told(windows.default, rules.day)}"
    yield f"- {say('everybody')}: {week_told(week_of(rules, None))}."
    for uf, entry in windows.by_uf.items():
        yield from entry_lines(entry, rules.day, uf)


def _actions(rules: PolicyInForce, say: Say) -> Iterator[str]:
    """Everything that can be done, the softest first, and by which channels."""
    yield f"{say('channels')} {value_told(tuple(one.rstrip('.') for one in rules.policy.channels.values()))}."
    yield ""
    for name, action in rules.actions.items():
        how = [say(action.kind) if action.kind != "none" else "", action.speaks or "", *action.channels]
        told_so = value_told(tuple(one for one in how if one))
        yield f"- **{name}**, {action.severity}: {action.sentence}{f' ({told_so})' if told_so else ''}"


def _texts(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for tone, sentence in rules.policy.tones.items():
        yield f"- {say('tone')} {tone}: {sentence}"
    yield ""
    for name, one in rules.policy.templates.items():
        off = "" if one.enabled else f" *{say('off')}*"
        softer = f" {say('softer')} {one.softer}." if one.softer else ""
        yield f"- **{name}**, {say('tone')} {one.tone}, {value_told(one.occasion)}: {one.sentence}{softer}{off}"
        yield from _words(one, say)


def _words(template: MessageTemplate, say: Say) -> Iterator[str]:
    """What a template is held to, and its words by channel; of words that are those of another channel that alone."""
    held = [say(name) for name in ("asserts_default", "requests_payment", "itemised") if getattr(template, name)]
    held += [] if template.escalation is None else [f"{say('only with')} {template.escalation}"]
    yield from ([f"  - {'; '.join(held)}."] if held else [])
    seen: dict[str, str] = {}
    for channel, text in template.texts.items():
        words = say("as on").format(seen[text.body]) if text.body in seen else value_told(text.body)
        seen.setdefault(text.body, channel)
        yield f"  - {channel}: {'' if text.subject is None else f'*{text.subject}* '}{words}"
    yield from branches(template.blocks, 1)


def _measures(rules: PolicyInForce, say: Say) -> Iterator[str]:
    yield say("approval")
    policy = rules.policy
    gates = {} if rules.gates is None else rules.gates.of
    for name, action in rules.actions.items():
        if action.kind == "escalation":
            yield ""
            gate = gates.get(name)
            yield f"**{name}.** {action.sentence} {'' if gate is None else gate.gate.sentence}".rstrip()
            yield ""
            if gate is None:
                yield f"- {say('no gate')}"
            else:
                yield from _gate(gate, say)
    if policy.gates is not None:
        yield ""
        for field in (one for one in type(policy.gates).model_fields if one != "of"):
            yield from entry_lines(getattr(policy.gates, field), rules.day)


def _gate(gate: GateOnDay, say: Say) -> Iterator[str]:
    """What must hold, what comes before, who decides."""
    yield from (f"- {gate.told(name)}. *{told(condition)}*" for name, condition in gate.conditions.items())
    if gate.gate.first is not None:
        yield f"- {say('first')} {gate.gate.first}."
    yield f"- {say('approver')} {gate.gate.approver}."


def _profiles(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for entry in (rules.policy.timing.grace_days, rules.policy.timing.cure_dpd):
        yield f"- {entry_told(entry, rules.day)}"
    yield ""
    yield from profiles_told(rules, say)


def _states(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for name, entry in rules.policy.states.items():
        yield from entry_lines(entry, rules.day, name)


def _entries(part: Any, place: str, day: dt.date, say: Say) -> Iterator[str]:
    """A part of the policy entry by entry: first its own, then those of its parts under the part's name."""
    inside = {name: getattr(part, name) for name in type(part).model_fields} if _is_section(part) else part
    if isinstance(inside, Dated):
        yield from entry_lines(inside, day)
        return
    for name, one in inside.items():
        if isinstance(one, Dated):
            yield from entry_lines(one, day, "" if _is_section(part) else str(name))
    for name, one in inside.items():
        if not isinstance(one, Dated) and one:
            yield from ("", f"**{say(f'{place}.{name}')}**", "", *_entries(one, f"{place}.{name}", day, say))


def _is_section(part: Any) -> bool:
    return not isinstance(part, (Mapping, Dated))


def _sources(rules: PolicyInForce, say: Say) -> Iterator[str]:
    yield say("no opinion")
    yield ""
    for name, one in rules.policy.references.items():
        day = say("not verified") if one.verified_on is None else f"{say('verified')} {one.verified_on:%d/%m/%Y}"
        yield f"- **{name}** ({say(one.severity)}, {day}): {one.title}."


_PARTS: tuple[tuple[str, Callable[[PolicyInForce, Say], Iterator[str]]], ...] = (
    ("actions", _actions),
    ("ladder", _ladder),
    ("states", _states),
    ("profiles", _profiles),
    ("safeguards", _safeguards),
    ("windows", _hours),
    ("measures", _measures),
    ("templates", _texts),
)
