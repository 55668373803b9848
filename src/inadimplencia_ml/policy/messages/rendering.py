"""Texts made: for each message its channel's words, filled, with the creditor below; or the reserved text.

Work goes by template, channel, level and number of titles; a message costs one formatting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.filling import Columns, Filling, Unfilled, tidied
from inadimplencia_ml.policy.messages.folding import plain
from inadimplencia_ml.policy.messages.gathering import Gathered
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS
from inadimplencia_ml.policy.messages.rules import ChannelRules, Level, MessagesInForce, MessageTemplate, Text

__all__ = ["Rendered", "Texts", "level_of", "missing_value", "segments"]

_TWICE = set("^{}\\[~]|\f")  # signs that count double in an SMS


class Rendered(NamedTuple):
    """A message's words.

    Attributes
    ----------
    placeholders : tuple of str
        Left for the sender, in subject or body.
    segments : int or None
        Parts of which an SMS consists; None on other channels.
    """

    subject: str | None
    body: str
    placeholders: tuple[str, ...]
    segments: int | None


def level_of(rules: ChannelRules, confirmed: bool | None) -> Level | None:
    """How much may be said; None where somebody else is known to read, and nothing is."""
    if confirmed is None:
        return rules.unconfirmed
    return "full" if confirmed else None


def segments(text: str) -> int:
    """Parts of an SMS in plain signs: one up to 160, else of 153 each.

    >>> segments("a" * 160), segments("a" * 161)
    (1, 2)
    """
    length = len(text) + sum(text.count(sign) for sign in _TWICE)
    return 1 if length <= 160 else -(-length // 153)


@dataclass(frozen=True)
class _Ready:
    """The parts of one text, made ready."""

    subject: Filling | None
    body: Filling
    is_plain: bool
    sender: tuple[str, ...]
    itemised: bool
    escalation: str | None


class Texts:
    """The texts of a policy on a day, made ready as they are asked for."""

    def __init__(self, rules: PolicyInForce, messages: MessagesInForce) -> None:
        self.rules, self.messages = rules, messages
        self._ready: dict[tuple[str, str, Level, bool], _Ready] = {}

    def render(
        self, found: Gathered, rows: Sequence[int], template: str, channel: str, level: Level, *, several: bool
    ) -> Iterator[Rendered]:
        """A message for each of the rows, all of one template, channel, level and number.

        Raises
        ------
        CallError
            A value is missing that the text needs; says which, and of how many messages.
        """
        ready = self._made_ready(template, channel, level, several)
        columns = _columns(found, ready)
        try:
            bodies = ready.body.fill(columns, rows)
            subjects = None if ready.subject is None else ready.subject.fill(columns, rows)
        except Unfilled as gone:
            raise CallError(f"{template} on {channel}: {missing_value(gone, len(rows))}") from gone
        left = {name: found.left[name] for name in ready.sender}
        for place, (i, body) in enumerate(zip(rows, bodies, strict=True)):
            text = tidied(body)
            text = plain(text) if ready.is_plain else text
            subject = None if subjects is None else tidied(subjects[place])
            names = tuple(name for name in left if left[name][i] and f"{{{name}}}" in text)
            yield Rendered(subject, text, names, segments(text) if ready.is_plain else None)

    def _made_ready(self, name: str, channel: str, level: Level, several: bool) -> _Ready:
        key = (name, channel, level, several)
        if key not in self._ready:
            self._ready[key] = self._make(name, channel, level, several)
        return self._ready[key]

    def _make(self, name: str, channel: str, level: Level, several: bool) -> _Ready:
        template, on = self.rules.policy.templates[name], self.messages.channels[channel]
        text = _text(name, template, channel, on, level)
        gap = " " if on.plain else "\n\n"
        footer = f"{gap}{on.footer}" if on.footer else ""
        body = Filling.of(text.body + footer, template.blocks, several=several)
        subject = None if text.subject is None else Filling.of(text.subject, template.blocks, several=several)
        needed = body.needed() | (set() if subject is None else subject.needed())
        sender = tuple(sorted(n for n in needed if PLACEHOLDERS[n].known == "sender"))
        return _Ready(subject, body, on.plain, sender, template.itemised, template.escalation)


def _text(name: str, template: MessageTemplate, channel: str, on: ChannelRules, level: Level) -> Text:
    if level == "reserved" and on.reserved is not None:
        return on.reserved
    if channel not in template.texts:
        raise CallError(f"{name} has no text for {channel}; it has: {', '.join(template.texts) or 'none'}.")
    return template.texts[channel]


def _columns(found: Gathered, ready: _Ready) -> Columns:
    columns = dict(found.columns)
    if ready.itemised:
        columns["lista"] = found.titles.itemised_list
    if ready.escalation is not None:
        columns["data_limite"] = found.until.get(ready.escalation, [None] * len(columns["nome"]))
    return columns


def missing_value(gone: Unfilled, of: int) -> str:
    """Which value is missing, of how many messages, and whence it would come."""
    name = gone.name
    told = f"{{{name}}} is not known for {gone.rows} of {of} messages; it is {PLACEHOLDERS[name].meaning}."
    if name in ("valor_original", "multa", "juros"):
        parts = "correction, fine, interest and discount"
        return f"{told} Give the titles with {parts}, which with open_amount make amount_due."
    if name == "data_limite":
        return f"{told} Only an escalation approved by a person has one: give it in `approved`."
    return f"{told} Give it as a column of `details`." if PLACEHOLDERS[name].known == "perhaps" else told
