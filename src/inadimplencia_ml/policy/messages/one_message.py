"""One text at a time: rendered to be looked at, or looked over for words that do not belong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError, PolicyError, did_you_mean
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.messages.blocks import Block
from inadimplencia_ml.policy.messages.checking import profile_names
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.gathering import gathered
from inadimplencia_ml.policy.messages.linter import Finding, Linter, linter_of
from inadimplencia_ml.policy.messages.message_plans import rendered_rows
from inadimplencia_ml.policy.messages.rendering import Rendered, Texts, level_of
from inadimplencia_ml.policy.messages.rules import MessagesInForce
from inadimplencia_ml.policy.messages.sides import sides_of
from inadimplencia_ml.policy.messages.title_columns import title_columns
from inadimplencia_ml.policy.messages.wording import WordingError, as_read
from inadimplencia_ml.policy.policy import Policy

__all__ = ["lint_text", "render"]

LAST_DAY = dt.date(9999, 12, 31)
_ME = "client"


def render(
    template: str,
    channel: str,
    creditor: Creditor,
    titles: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    as_of: dt.date | str,
    policy: Policy | None = None,
    name: str | None = None,
    since: dt.date | str | None = None,
    link: str | None = None,
    details: Mapping[str, Any] | None = None,
    confirmed: bool | None = True,
    answer_until: dt.date | str | None = None,
) -> Rendered:
    """One message, to see how a template reads.

    Parameters
    ----------
    template, channel : str
        A code of the policy, and one of its written channels.
    creditor : Creditor
    titles : DataFrame or iterable of mapping
        invoice_id, due_date, open_amount, and if they differ from what follows: amount_due (open_amount), dpd (days
        from due_date to ``as_of``), correction, fine, interest and discount (none).
    as_of : date
        Day of the facts.
    policy : Policy, optional
        The default one if not given.
    name, since, link : optional
        Of the client: the name, the day since which they are one, the payment link.
    details : mapping, optional
        Further placeholders by name.
    confirmed : bool, optional
        The client is known to be who reads on the channel; None: not known, so that some channels say less.
    answer_until : date, optional
        A person has approved the escalation that the template names, and the client may answer until this day.

    Raises
    ------
    CallError
        There is no such template or text, it is not enabled or not approved, or a value is missing.

    Examples
    --------
    >>> shop = Creditor(name="Loja Boa", document="11222333000181", address="Rua A, 1, Recife", service="0800 000 0000")
    >>> title = {"invoice_id": "T1", "due_date": "2025-07-04", "open_amount": 900.0}
    >>> render("T01", "sms", shop, [title], as_of="2025-06-30", link="https://pague.example.com/1").body[:52]
    'Loja Boa: fatura T1, R$ 900,00, vence em 04/07/2025.'
    """
    rules = (Policy.default() if policy is None else policy).in_force(as_of)
    messages = _messages(rules)
    if template not in rules.policy.templates:
        raise CallError(f"template {template!r} is unknown.{did_you_mean(template, rules.policy.templates)}")
    if channel not in messages.channels:
        raise CallError(f"channel {channel!r} is unknown.{did_you_mean(channel, messages.channels)}")
    one, level = rules.policy.templates[template], level_of(messages.channels[channel], confirmed)
    if level is None:
        raise CallError(f"somebody else reads {channel}: nothing is said there.")
    if one.escalation is not None and answer_until is None:
        raise CallError(f"{template} names {one.escalation}, which no person has approved: give answer_until.")
    me = {"client_id": [_ME]}
    frame = pd.DataFrame
    sides = sides_of(
        frame(me | {"name": [name], "since": [since]}),
        None if link is None else {_ME: link},
        None,
        None if details is None else frame(me | {k: [v] for k, v in details.items()}),
        frame(me | {"kind": [one.escalation], "answer_until": [answer_until]}),
    )
    mine = _titles(titles, rules.day)
    columns = title_columns(mine, np.zeros(len(mine), np.int64), 1, messages)
    found = gathered(pd.Index([_ME]), np.array([rules.day], "datetime64[D]"), columns, creditor, sides, messages)
    if one.requests_payment and not len(mine):
        raise CallError(f"{template} asks for a payment, and there is no title.")
    block = Block(frame(me), {"template": [template]}, found)
    made = rendered_rows(block, Texts(rules, messages), [channel], [level])[0]
    assert made is not None  # a level, and approved
    return made


def _titles(given: Any, day: dt.date) -> pd.DataFrame:
    frame = given.copy() if isinstance(given, pd.DataFrame) else pd.DataFrame(list(given))
    if not len(frame):
        return pd.DataFrame({n: [] for n in ("invoice_id", "due_date", "dpd", "open_amount", "amount_due")})
    if "due_date" in frame:
        late = (pd.Timestamp(day) - pd.to_datetime(frame["due_date"])).dt.days
        frame["dpd"] = frame["dpd"].fillna(late) if "dpd" in frame else late
    if "open_amount" in frame:
        due = frame["amount_due"] if "amount_due" in frame else pd.Series(np.nan, frame.index)
        frame["amount_due"] = due.fillna(frame["open_amount"])
    return frame


def lint_text(
    text: str,
    *,
    policy: Policy | None = None,
    as_of: dt.date | str = LAST_DAY,
    before_due: bool = False,
    escalation: str | None = None,
    data: Iterable[str] = (),
) -> list[Finding]:
    """Words that do not belong into a message, each with its place and a better one; an empty list is good news.

    Parameters
    ----------
    text : str
        A message, or the words of a template: placeholders in braces and [one|several] are read as such.
    policy : Policy, optional
        Whose words to avoid; the default one if not given.
    as_of : date
        Day on which its words hold; those that hold last if not given.
    before_due : bool
        The message speaks of what is not due yet: nothing may say that a payment is missing.
    escalation : str, optional
        What a person has approved; the words that announce it are then allowed.
    data : iterable of str
        What was filled in, which is not judged: names, numbers, links.

    Examples
    --------
    >>> for one in lint_text("Sua dívida vai a protesto!"):
    ...     print(one.kind, one.found, one.start, "->", one.suggestion)
    word dívida 4 -> pendência ou pagamento em aberto
    consequence protesto 17 -> só com uma escalada aprovada (protest)
    exclamation ! 25 -> ponto final
    """
    linter = _default_linter(as_of) if policy is None else _linter(policy, as_of)
    found: dict[tuple[int, int, str], Finding] = {}
    for read, places in _readings(text):
        for one in linter.findings(read, before_due=before_due, escalation=escalation, data=data):
            start, end = places[one.start], places[one.end - 1] + 1
            found.setdefault((start, end, one.kind), one._replace(start=start, end=end, found=text[start:end]))
    return [found[place] for place in sorted(found)]


def _readings(text: str) -> list[tuple[str, list[int]]]:
    """For one title and for several; a text that is none of a template is read as it stands."""
    try:
        return [as_read(text, several=number) for number in (False, True)]
    except WordingError:
        return [(text, list(range(len(text))))]


@lru_cache(maxsize=8)  # a page of texts is looked over with one linter
def _default_linter(day: dt.date | str) -> Linter:
    return _linter(Policy.default(), day)


def _linter(policy: Policy, day: dt.date | str) -> Linter:
    rules = policy.in_force(day)
    return linter_of(_messages(rules), profile_names(rules))


def _messages(rules: PolicyInForce) -> MessagesInForce:
    if rules.messages is None:
        raise PolicyError(f"policy {rules.policy.name} has no section `messages`.")
    return rules.messages
