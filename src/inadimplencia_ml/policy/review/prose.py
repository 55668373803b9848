"""`policy explain`: a policy as prose that a collections manager reads from top to bottom. Markdown, in Portuguese.

``lang`` changes the frame alone: the sentences are those of the policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from inadimplencia_ml.policy.eligible import PRESUPPOSED
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.conditions_told import told
from inadimplencia_ml.policy.review.findings import Lang
from inadimplencia_ml.policy.review.profiles_told import profiles_told
from inadimplencia_ml.policy.review.titles import frame
from inadimplencia_ml.policy.review.values_told import entry_told, laws, week_told
from inadimplencia_ml.policy.sections import ROWS, Step
from inadimplencia_ml.policy.windows import week_of

__all__ = ["policy_told"]

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
    rules, say = policy.in_force(as_of), frame(lang)
    lines = [*_head(rules, say)]
    for title, part in _PARTS:
        lines += ["", f"## {say(title)}", "", *part(rules, say)]
    for section in type(policy).model_fields:
        if section not in TOLD_APART and getattr(policy, section) is not None:
            lines += ["", f"## {say(section)}", "", *_entries(rules, section)]
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
    yield f"{say('due')}: {due}. {say('target')}: {policy.target or say('any target')}."
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
        when = f"{say('when')} {told(closing.when)}; {say('closes')} {closes}{of}."
        yield f"- **{name}.** {entry.sentence}{laws(entry)} {when}"
    yield ""
    yield say("always")
    yield ""
    yield from (f"- **{name}.** {sentence} ({rule})" for name, (rule, sentence) in PRESUPPOSED.items())


def _hours(rules: PolicyInForce, say: Say) -> Iterator[str]:
    windows = rules.policy.windows
    yield f"- {entry_told(windows.use, rules.day)}"
    yield f"- {say('everybody')}: {week_told(week_of(rules, None))}."
    for uf, entry in windows.by_uf.items():
        week = entry.at(rules.day)
        if week is not None:
            yield f"- {uf}: {week_told(week)}.{laws(entry)}"


def _texts(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for tone, sentence in rules.policy.tones.items():
        yield f"- {say('tone')} {tone}: {sentence}"
    yield ""
    for name, one in rules.policy.templates.items():
        off = "" if one.enabled else f" *{say('off')}*"
        softer = f" {say('softer')} {one.softer}." if one.softer else ""
        yield f"- **{name}**, {say('tone')} {one.tone}: {one.sentence}{softer}{off}"


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
                yield from (f"- {gate.told(condition)}." for condition in gate.conditions)
    if policy.gates is not None:
        yield ""
        for field in (one for one in type(policy.gates).model_fields if one != "of"):
            yield f"- {entry_told(getattr(policy.gates, field), rules.day)}"


def _profiles(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for entry in (rules.policy.timing.grace_days, rules.policy.timing.cure_dpd):
        yield f"- {entry_told(entry, rules.day)}"
    yield ""
    yield from profiles_told(rules, say)


def _states(rules: PolicyInForce, say: Say) -> Iterator[str]:
    for name, entry in rules.policy.states.items():
        yield f"- {name}: {entry.sentence}"


def _entries(rules: PolicyInForce, section: str) -> Iterator[str]:
    """A section told entry by entry, those of its parts under the part's name."""
    parts: dict[str, list[str]] = {"": []}
    for place, entry in rules.policy.entries().items():
        names = place.split(".")
        if names[0] == section:
            parts.setdefault(".".join(names[1:-1]), []).append(f"- {entry_told(entry, rules.day)}")
    for part, lines in parts.items():
        yield from ("", f"**{part}**", "") if part else ()
        yield from lines


def _sources(rules: PolicyInForce, say: Say) -> Iterator[str]:
    yield say("no opinion")
    yield ""
    for name, one in rules.policy.references.items():
        day = say("not verified") if one.verified_on is None else f"{say('verified')} {one.verified_on:%d/%m/%Y}"
        yield f"- **{name}** ({say(one.severity)}, {day}): {one.title}."


_PARTS: tuple[tuple[str, Callable[[PolicyInForce, Say], Iterator[str]]], ...] = (
    ("ladder", _ladder),
    ("states", _states),
    ("profiles", _profiles),
    ("safeguards", _safeguards),
    ("windows", _hours),
    ("measures", _measures),
    ("templates", _texts),
)
