"""What is handed to whoever sends, speaks or chats: plain frozen data with a published JSON Schema."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AgentContext", "MessagePlan", "Offer", "ScriptBlock", "TitleFacts", "WordToAvoid"]


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MessagePlan(_Plain):
    """One message, ready to send in its hours; what only the sender knows is left as a placeholder and named."""

    type: Literal["message"] = "message"
    format: Literal[1] = 1
    client_id: str | int = Field(description="the client, as the ledger names him")
    decision_id: str = Field(description="the decision it carries out")
    as_of: dt.date = Field(description="the facts are those known at the end of this day")
    policy_version: str = Field(description="id and version of the policy")
    channel: str = Field(description="whatsapp, email or sms, or a channel of the policy")
    template: str = Field(description="code of the text")
    tone: int = Field(description="0 service to 3 firm")
    level: Literal["full", "reserved"] = Field(description="reserved: no amount, no title, no delay is named")
    contact_from: dt.datetime | None = Field(description="local wall time from which it may be sent")
    contact_until: dt.datetime | None = Field(description="and until when")
    subject: str | None = Field(description="of an e-mail; null elsewhere")
    body: str = Field(description="plain text, paragraphs parted by an empty line; never HTML")
    characters: int = Field(description="length of the body, placeholders as they stand")
    segments: int | None = Field(description="parts of which an SMS consists; null elsewhere")
    placeholders: tuple[str, ...] = Field(description="left in subject or body in braces, for the sender to fill")
    invoice_ids: tuple[str | int, ...] = Field(description="the titles concerned")
    amount_due: float = Field(description="what is asked for, BRL")


class TitleFacts(_Plain):
    """A title that the talk is about."""

    invoice_id: str | int
    due_date: dt.date
    dpd: int = Field(description="days past due; negative: days to the due date")
    open_amount: float = Field(description="outstanding, BRL")
    amount_due: float = Field(description="what is asked for, BRL")


class Offer(_Plain):
    """What may be offered; nothing else may."""

    code: str
    quote_id: str | None = Field(description="by which it is accepted")
    words: str | None = Field(description="how to say it to the client")
    amount: float | None = Field(description="all that is paid, BRL")
    pay_now: float | None = Field(description="of it, what is paid while the offer is good, BRL")
    parts: int | None = Field(description="instalments after the entry; 0 for none")
    valid_until: dt.date | None = Field(description="last day on which it may be accepted")


class WordToAvoid(_Plain):
    """A word not to say, and what to say instead."""

    avoid: str
    instead: str


class ScriptBlock(_Plain):
    """One step of a call."""

    step: str = Field(description="identify, authenticate, purpose, listen, options, confirm or close")
    level: Literal["full", "reserved"] = Field(description="reserved: before it is known who listens")
    say: str
    mind: str | None = Field(description="what to take care of; not to be said")


class AgentContext(_Plain):
    """What a person or a chatbot may know and say of a case. It names no profile, score or risk.

    ``facts`` and what follows from them may be told only after the steps of level reserved are done.
    """

    type: Literal["agent"] = "agent"
    format: Literal[1] = 1
    client_id: str | int = Field(description="the client, as the ledger names him")
    decision_id: str = Field(description="the decision it carries out")
    as_of: dt.date = Field(description="the facts are those known at the end of this day")
    policy_version: str = Field(description="id and version of the policy")
    action: str = Field(description="what is to be done")
    channel: str | None = Field(description="by which channel; null where a person chooses")
    tone: int = Field(description="0 service to 3 firm; no firmer")
    template: str = Field(description="code of the text to go by")
    contact_from: dt.datetime | None = Field(description="local wall time from which the client may be contacted")
    contact_until: dt.datetime | None = Field(description="and until when")
    name: str | None = Field(description="how to address the client; null where not known, and {nome} is left")
    titles: tuple[TitleFacts, ...]
    amount_due: float = Field(description="what is asked for, all titles together, BRL")
    reasons: tuple[str, ...] = Field(description="why, in plain words")
    offers: tuple[Offer, ...] = Field(description="all that may be offered")
    script: tuple[ScriptBlock, ...]
    suggested_text: str | None = Field(description="the template in writing, should the client ask for it")
    forbidden_terms: tuple[WordToAvoid, ...]
    hand_over: tuple[str, ...] = Field(description="situations in which a person takes over")
    placeholders: tuple[str, ...] = Field(description="left in braces in script and text")
