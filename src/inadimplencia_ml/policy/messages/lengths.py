"""How long the texts of a policy become, with values of a usual width, where a channel is paid by length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.filling import Filling, tidied
from inadimplencia_ml.policy.messages.placeholders import PLACEHOLDERS

__all__ = ["LongText", "long_texts"]

WIDTHS = {"money": 11, "date": 10, "days": 8, "count": 2, "link": 30, "text": 24}
"""Signs of a usual value by kind: R$ 1.234,56 has eleven."""


class LongText(NamedTuple):
    """A text beyond the longest wanted, with all its blocks."""

    place: str
    length: int
    most: int


def long_texts(rules: PolicyInForce) -> Iterator[LongText]:
    """The texts of plain channels that would become longer than ``sms_max``."""
    messages = rules.messages
    if messages is None:
        return
    usual = {name: ["x" * WIDTHS[one.kind]] for name, one in PLACEHOLDERS.items()}
    for name, template in rules.policy.templates.items():
        for channel, text in template.texts.items():
            on = messages.channels.get(channel)
            if on is None or not on.plain:
                continue
            lengths = []
            for several in (False, True):
                filled = Filling.of(f"{text.body} {on.footer or ''}", template.blocks, several=several)
                lengths.append(len(tidied(filled.fill(usual, [0])[0])))
            if max(lengths) > messages.sms_max:
                yield LongText(f"templates.{name}.texts.{channel}", max(lengths), messages.sms_max)
