"""Whether the texts of a policy may be used: what stands in them, what must, and what their words say.

What does not fit refuses the policy; what is only doubtful is told by `doubtful_texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inadimplencia_ml.errors import did_you_mean
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.linter import Linter, linter_of
from inadimplencia_ml.policy.messages.placeholders import (
    BLOCK,
    ITEMISED,
    MANDATORY,
    OF_LINES,
    PERHAPS_ITEMISED,
    PLACEHOLDERS,
    RESERVED,
    unknown,
)
from inadimplencia_ml.policy.messages.rules import MessagesInForce, MessageTemplate, Text
from inadimplencia_ml.policy.messages.wording import WordingError, as_read, names_in

__all__ = ["profile_names", "texts_fit", "written_channels"]

CREDITOR = ("credor_nome", "credor_documento", "credor_endereco")


def profile_names(rules: PolicyInForce) -> tuple[str, ...]:
    """The names of the profiles, which no text may hold."""
    return tuple(one.name for one in rules.policy.profiles.values())


def written_channels(messages: MessagesInForce) -> tuple[str, ...]:
    """The channels on which a text is sent."""
    return tuple(name for name, one in messages.channels.items() if one.footer is not None)


def texts_fit(rules: PolicyInForce) -> Iterator[str]:
    """What does not fit in templates and messages, each with its place; nothing in a policy without texts."""
    messages = rules.messages
    if messages is None:
        return
    linter = linter_of(messages, profile_names(rules))
    yield from _channels(rules, messages, linter)
    yield from _figures(rules, messages)
    yield from _script(rules, messages, linter)
    for name, template in rules.policy.templates.items():
        yield from _template(f"templates.{name}", template, rules, messages, linter)
    yield from _used(rules, messages)


def _channels(rules: PolicyInForce, messages: MessagesInForce, linter: Linter) -> Iterator[str]:
    for name, one in messages.channels.items():
        place = f"messages.channels.{name}"
        yield from _unknown(place, name, rules.policy.channels)
        if one.footer is not None:
            yield from _readable(f"{place}.footer", one.footer, CREDITOR + RESERVED)
        if one.reserved is not None:
            for part, words in _parts(one.reserved):
                yield from _readable(f"{place}.reserved{part}", words, RESERVED)
                yield from _words(f"{place}.reserved{part}", words, linter, before_due=True)
            if "link_pagamento" not in names_in(one.reserved.body):
                yield f"{place}.reserved: {{link_pagamento}} is missing; behind it the client sees what it is about"
        elif one.footer is not None and one.unconfirmed == "reserved":
            yield f"{place}: unconfirmed is reserved, and there is no text `reserved` for it"


def _figures(rules: PolicyInForce, messages: MessagesInForce) -> Iterator[str]:
    for place in ("line", "line_itemised", "line_rest"):
        yield from _readable(f"messages.{place}", getattr(messages, place), OF_LINES, messages.line_blocks)
    for name, words in messages.line_blocks.items():
        yield from _readable(f"messages.line_blocks.{name}", words, OF_LINES)
    escalations = {a for a, one in rules.policy.actions.items() if one.kind == "escalation"}
    for name in messages.wording.consequences:
        yield from _unknown(f"messages.wording.consequences.{name}", name, escalations)


def _script(rules: PolicyInForce, messages: MessagesInForce, linter: Linter) -> Iterator[str]:
    script = messages.script
    for tone in rules.policy.tones:
        steps = script.of_tone(tone)
        yield from (f"messages.script: no step {s} in tone {tone}" for s in script.order if s not in steps)
        for name, step in steps.items():
            early = name in script.before_right_party
            place = f"messages.script.{name} (tone {tone})"
            for words in (step.say, step.mind or ""):
                yield from _readable(place, words, RESERVED if early else PLACEHOLDERS, script.blocks)
            yield from _words(place, step.say, linter, before_due=early or tone == 0)


def _template(
    place: str, template: MessageTemplate, rules: PolicyInForce, messages: MessagesInForce, linter: Linter
) -> Iterator[str]:
    escalations = {a for a, one in rules.policy.actions.items() if one.kind == "escalation"}
    if (template.escalation is not None) != (template.occasion == "escalation"):
        yield f"{place}: `escalation` belongs to templates of occasion escalation, and to all of them"
    if template.escalation is not None:
        yield from _unknown(f"{place}: escalation", template.escalation, escalations)
    blocks = list(_blocks(place, template))
    yield from blocks
    for channel, text in template.texts.items():
        here = f"{place}.texts.{channel}"
        yield from _unknown(here, channel, rules.policy.channels)
        found = [
            p for part, words in _parts(text) for p in _readable(here + part, words, PLACEHOLDERS, template.blocks)
        ]
        yield from found
        if channel not in messages.channels or messages.channels[channel].footer is None:
            yield f"{here}: messages.channels says no footer for {channel}, so nothing is sent there"
        elif not found and not blocks:
            yield from _mandatory(here, text, template, messages.channels[channel].footer or "", channel, messages)
            yield from _numbers(here, text, template)
        for part, words in _parts(text):
            yield from _said(here + part, words, template, linter)


def _blocks(place: str, template: MessageTemplate) -> Iterator[str]:
    for name, words in template.blocks.items():
        yield from _readable(f"{place}.blocks.{name}", words, PLACEHOLDERS)
        bodies = (words for text in template.texts.values() for _, words in _parts(text))
        if not any(f"{{{BLOCK}{name}}}" in words for words in bodies):
            yield f"{place}.blocks.{name}: no text holds {{{BLOCK}{name}}}"


def _mandatory(
    place: str, text: Text, template: MessageTemplate, footer: str, channel: str, messages: MessagesInForce
) -> Iterator[str]:
    """What must stand in the text whatever the number of titles, and outside the blocks, which may be left out."""
    for several in (False, True):
        told = names_in(text.body, several=several)
        whole = told | names_in(footer)
        wanted = [*MANDATORY] if template.requests_payment else []
        wanted += [*ITEMISED] if template.itemised else []
        if template.itemised:
            perhaps = names_in(text.body, template.blocks, several=several)
            wanted += [name for name in PERHAPS_ITEMISED if name not in perhaps]
        if template.escalation is not None:
            wanted.append("data_limite")
        missing = [name for name in wanted if name not in told]
        behind = messages.channels[channel].address_behind_link
        missing += [name for name in CREDITOR if name not in whole and not (behind and name == "credor_endereco")]
        if template.tone == max(messages.script.by_tone) and "canal_atendimento" not in whole:
            missing.append("canal_atendimento")
        for name in dict.fromkeys(missing):
            yield f"{place}: {{{name}}} is missing; it is {PLACEHOLDERS[name].meaning}"
        if missing:
            return
    if template.occasion == "ladder":
        for name in sorted(names_in(text.body)):
            if name in PLACEHOLDERS and PLACEHOLDERS[name].known == "perhaps":
                yield f"{place}: {{{name}}} may not be known; let it stand in a block, which is then left out"


def _numbers(place: str, text: Text, template: MessageTemplate) -> Iterator[str]:
    """A text that would speak of several titles as of one."""
    if not template.requests_payment:
        return
    for part, words in _parts(text):
        told = names_in(words, several=True)
        if "referencia" in told or (not part and not told & {"quantidade", "lista"}):
            yield f"{place}{part}: speaks of one title where there are several; write [a fatura|as faturas]"


def _said(place: str, words: str, template: MessageTemplate, linter: Linter) -> Iterator[str]:
    for one in (words, *(template.blocks.values() if not place.endswith("subject") else ())):
        yield from _words(place, one, linter, before_due=not template.asserts_default, escalation=template.escalation)


def _words(
    place: str, words: str, linter: Linter, *, before_due: bool = False, escalation: str | None = None
) -> Iterator[str]:
    seen: set[tuple[int, int, str]] = set()
    for several in (False, True):
        try:
            read, places = as_read(words, several=several)
        except WordingError:
            return  # told by _readable
        for one in linter.of_template(read, before_due=before_due, escalation=escalation):
            start = places[one.start]
            if (start, one.end, one.kind) not in seen:
                seen.add((start, one.end, one.kind))
                yield f"{place}, sign {start + 1}: {one.found!r} ({one.kind}); better: {one.suggestion}"


def _readable(place: str, words: str, allowed: Iterable[str], blocks: dict[str, str] | None = None) -> Iterator[str]:
    try:
        names = names_in(words)
    except WordingError as error:
        yield f"{place}: {error}"
        return
    own = {BLOCK + name for name in blocks or {}}
    for name in sorted(names - own):
        why = unknown(name, blocks)
        if why is not None:
            yield f"{place}: {why}"
        elif name not in allowed:
            yield f"{place}: {{{name}}} cannot stand here; allowed: {', '.join(sorted(allowed))}"


def _used(rules: PolicyInForce, messages: MessagesInForce) -> Iterator[str]:
    """Every step of the ladder finds its text, on each channel by which it may go."""
    templates, actions, written = rules.policy.templates, rules.policy.actions, written_channels(messages)
    extra = [
        (f"profiles.{code}", one.template, ())
        for code, changes in rules.modifiers.items()
        for one in (changes.first_late, changes.people_only)
        if one is not None
    ]
    steps = [(place, step.template, actions[step.action].channels) for place, _, step in rules.steps()]
    for place, first, channels in [*steps, *extra]:
        name: str | None = first
        while name is not None:
            if not templates[name].enabled:
                yield f"{place}: {name} is not enabled; configure it and set enabled: true"
            lacking = [c for c in channels if c in written and c not in templates[name].texts]
            if lacking:
                yield f"{place}: {name} has no text for {', '.join(lacking)}"
            name = templates[name].softer


def _parts(text: Text) -> Iterator[tuple[str, str]]:
    yield "", text.body
    if text.subject is not None:
        yield ".subject", text.subject


def _unknown(place: str, name: str, known: Iterable[str]) -> Iterator[str]:
    if name not in known:
        yield f"{place}: {name!r} is not known.{did_you_mean(name, known)}"
