"""The sections `templates` and `messages` of a policy file: texts by channel, words, scripts, content levels."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from inadimplencia_ml.policy.on_day import OnDay
from inadimplencia_ml.policy.sections import Dated, Strict, Template

__all__ = [
    "ChannelRules",
    "Level",
    "MessageRules",
    "MessageTemplate",
    "MessagesInForce",
    "Script",
    "ScriptStep",
    "Text",
    "WordRule",
    "Wording",
]

Level = Literal["full", "reserved"]
Occasion = Literal["ladder", "offer", "escalation", "agreement", "payment"]
StepName = Literal["identify", "authenticate", "purpose", "listen", "options", "confirm", "close"]


def _joined(value: Any) -> Any:
    """Paragraphs may be written as a list; an empty line parts them."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n\n".join(value)
    return value


Paragraphs = Annotated[str, BeforeValidator(_joined), Field(min_length=1)]


class Text(Strict):
    """The words for one channel; e-mail has a subject too. Where only a body is written, it need not be named."""

    body: Paragraphs
    subject: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _body_alone(cls, given: Any) -> Any:
        return {"body": given} if isinstance(given, (str, list)) else given


class MessageTemplate(Template):
    """A template with its words.

    Attributes
    ----------
    occasion
        What brings it about: a step of the ladder, an offer, an approved escalation, an agreement, a payment.
    enabled
        A formal notice is off until the company has said who keeps the record, and who approves.
    escalation
        The consequence that the text names; it is rendered only where a person has approved that escalation.
    requests_payment
        It asks for money: amount, due date and payment link must then stand in it.
    itemised
        It must say original amount, fine and interest apart.
    blocks
        Parts of the text, each left out where something in it is not known.
    """

    occasion: Occasion = "ladder"
    enabled: bool = True
    escalation: str | None = None
    requests_payment: bool = True
    itemised: bool = False
    texts: dict[str, Text] = Field(default_factory=dict)
    blocks: dict[str, str] = Field(default_factory=dict)


class ChannelRules(Strict):
    """How a channel is spoken on.

    ``unconfirmed``: what may be said while nobody has confirmed that the client is the one who reads there. ``full``
    holds the amount; ``reserved`` is the text `reserved`, which speaks of no amount, no title and no delay. Where
    somebody else is known to read nothing is sent at all.
    """

    unconfirmed: Level
    plain: bool = False
    footer: str | None = None
    address_behind_link: bool = False
    reserved: Text | None = None


class WordRule(Strict):
    """Words to avoid and what to say instead. Plural and gender are found by themselves, accents or not; a star at the
    end of a word stands for any ending."""

    avoid: tuple[str, ...] = Field(min_length=1)
    instead: str = Field(min_length=1)
    kind: Literal["word", "threat", "deadline", "shame"] = "word"


class Wording(Strict):
    """What the linter looks for beside the words to avoid.

    Attributes
    ----------
    asserts
        Words that say a payment is missing.
    consequences
        By escalation, the words that announce it.
    everyday
        Names of profiles that are everyday words as well: found only beside a word of ``persons``.
    """

    exclamations_max: int = Field(ge=0)
    capitals_from: int = Field(ge=2)
    acronyms: tuple[str, ...] = ()
    asserts: tuple[str, ...]
    consequences: dict[str, tuple[str, ...]]
    everyday: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()


class ScriptStep(Strict):
    """One step of a call: what to say, and what to mind."""

    say: str = Field(min_length=1)
    mind: str | None = None


class Script(Strict):
    """A call, step by step: steps said alike in every tone, and those of each tone.

    The steps of ``before_right_party`` come while it is not known who listens: they name no amount, title or delay.
    """

    order: tuple[StepName, ...]
    before_right_party: tuple[StepName, ...]
    blocks: dict[str, str] = Field(default_factory=dict)
    common: dict[StepName, ScriptStep]
    by_tone: dict[int, dict[StepName, ScriptStep]]

    def of_tone(self, tone: int) -> dict[str, ScriptStep]:
        """The steps of a tone in their order."""
        mine = self.by_tone.get(tone, {})
        found = {step: mine.get(step, self.common.get(step)) for step in self.order}
        return {step: one for step, one in found.items() if one is not None}


class MessageRules(Strict):
    """How messages are made: figures, words, channels, scripts; each with its dates and its source."""

    name_max: Dated[Annotated[int, Field(ge=5, le=200)]]
    name_missing: Dated[str]
    listed_max: Dated[Annotated[int, Field(ge=1, le=100)]]
    sms_max: Dated[Annotated[int, Field(ge=70, le=1530)]]
    answer_days: Dated[Annotated[int, Field(ge=1, le=90)]]
    line: Dated[str]
    line_itemised: Dated[str]
    line_blocks: Dated[dict[str, str]]
    line_rest: Dated[str]
    other_reader: Dated[Literal["nothing"]]
    words: Dated[tuple[WordRule, ...]]
    wording: Dated[Wording]
    channels: dict[str, Dated[ChannelRules]]
    script: Dated[Script]
    hand_over: Dated[tuple[str, ...]]


@dataclass(frozen=True)
class MessagesInForce:
    """The values of the section on one day; see `MessageRules`."""

    name_max: int
    name_missing: str
    listed_max: int
    sms_max: int
    answer_days: int
    line: str
    line_itemised: str
    line_blocks: dict[str, str]
    line_rest: str
    words: tuple[WordRule, ...]
    wording: Wording
    channels: dict[str, ChannelRules]
    script: Script
    hand_over: tuple[str, ...]

    @classmethod
    def of(cls, rules: MessageRules | None, policy: str, day: dt.date) -> MessagesInForce | None:
        """The values of ``day``; None for a policy without the section, PolicyError where a part has no value."""
        if rules is None:
            return None
        on = OnDay(policy, day)
        names = [name for name in cls.__dataclass_fields__ if name != "channels"]
        values = {name: on.must(f"messages.{name}", getattr(rules, name)) for name in names}
        return cls(channels=on.present(rules.channels), **values)
