"""A plan becomes messages: one for each decision to write to a client, in the order of the decisions.

A decision about which nothing may be written yields nothing: where somebody else is known to read, and where the text
names a consequence that no person has approved. Calls and tasks become an `AgentContext`, in `agent_contexts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.messages.blocks import Block, blocks_of, texts_in_force
from inadimplencia_ml.policy.messages.checking import written_channels
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.message_plan import MessagePlan
from inadimplencia_ml.policy.messages.rendering import Rendered, Texts, level_of
from inadimplencia_ml.policy.messages.sides import sides_of
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["messages_for", "rendered_rows"]


@same_kind("clients", "links", "offers", "details", "approved")
def messages_for(
    plan: Decisions,
    creditor: Creditor,
    *,
    policy: Policy | None = None,
    clients: pd.DataFrame | None = None,
    links: Mapping[Any, str] | pd.Series | pd.DataFrame | None = None,
    offers: pd.DataFrame | None = None,
    details: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
) -> Iterator[MessagePlan]:
    """The messages of a plan, ready to send in their hours.

    Parameters
    ----------
    plan : Decisions
        Of `decide`.
    creditor : Creditor
        In whose name they speak.
    policy : Policy, optional
        The policy of the plan; the default one if not given.
    clients : DataFrame, optional
        client_id, and of name, since, confirmed_<channel> (the client is who reads there) what is known.
    links : mapping, Series or DataFrame of client_id and link, optional
        Payment links; where there is none, {link_pagamento} is left for the sender.
    offers : DataFrame, optional
        The quotes of `offer_menu`, or client_id, offer and words: what may be offered, and how to say it. Those that
        need an approval are left out.
    details : DataFrame, optional
        client_id, and columns named as placeholders: datas_contatos, valor_com_desconto, orgao, beneficio and the like.
    approved : DataFrame, optional
        client_id, kind, answer_until: the escalations that a person has approved, and until when the client may answer.

    Yields
    ------
    MessagePlan

    Raises
    ------
    PolicyError
        The plan is of another policy, or the policy has no texts.
    CallError
        A table does not fit, or a text needs a value that is not given.

    Examples
    --------
    >>> from inadimplencia_ml.policy.decide import decide
    >>> day = "2025-06-30"
    >>> cases = pd.DataFrame({"client_id": ["C1"], "as_of": day, "open_amount": 900.0, "overdue_amount": 900.0,
    ...                       "open_count": 1, "overdue_count": 1, "n_due_12m": 2})
    >>> titles = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "due_date": "2025-06-25", "dpd": 5,
    ...                        "dpd_original": 5, "open_amount": 900.0})
    >>> scores = pd.DataFrame({"client_id": ["C1"], "as_of": day, "state": "scoreable", "segment": "medium"})
    >>> plan = decide(Policy.default(), scores, cases, titles, as_of=day)
    >>> shop = Creditor(name="Loja Boa", document="11222333000181", address="Rua A, 1, Recife", service="0800 000 0000")
    >>> one = next(messages_for(plan, shop, clients=pd.DataFrame({"client_id": ["C1"], "name": ["Ana"]})))
    >>> one.channel, one.template, one.placeholders
    ('whatsapp', 'T03', ('link_pagamento',))
    >>> one.body[:72]
    'Olá, Ana, tudo bem? Até 30/06/2025 não encontramos o pagamento da fatura'
    """
    rules, messages = texts_in_force(policy, plan)
    sides = sides_of(clients, links, offers, details, approved)
    texts, written = Texts(rules, messages), written_channels(messages)

    def wanted(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
        return np.asarray(rows["template"].notna() & rows["channel"].isin(written), bool)

    for block in blocks_of(plan, wanted, creditor, sides, messages):
        yield from _plans(block, texts)


def _plans(block: Block, texts: Texts) -> Iterator[MessagePlan]:
    lists, titles = block.lists, block.found.titles
    channels: list[str] = lists["channel"]  # type: ignore[assignment]  # wanted: none is missing
    levels = [level_of(texts.messages.channels[c], block.found.confirmed[c][i]) for i, c in enumerate(channels)]
    made = rendered_rows(block, texts, channels, levels)
    ids = titles.titles["invoice_id"].tolist()
    amounts = (titles.sums("amount_due") / 100).tolist()
    spans = list(zip(titles.first.tolist(), titles.count.tolist(), strict=True))
    days = pd.to_datetime(block.rows["as_of"]).dt.date.tolist()
    names = (
        "client_id",
        "decision_id",
        "policy_version",
        "channel",
        "template",
        "tone",
        "contact_from",
        "contact_until",
    )
    columns = zip(*(lists[name] for name in names), strict=True)
    for i, (values, text) in enumerate(zip(columns, made, strict=True)):
        if text is None:
            continue
        first, count = spans[i]
        yield MessagePlan.model_construct(
            **dict(zip(names, values, strict=True)),
            type="message",
            format=1,
            as_of=days[i],
            level=levels[i],
            subject=text.subject,
            body=text.body,
            characters=len(text.body),
            segments=text.segments,
            placeholders=text.placeholders,
            invoice_ids=tuple(ids[first : first + count]),
            amount_due=amounts[i],
        )


def rendered_rows(block: Block, texts: Texts, channels: list[str], levels: list[Any]) -> list[Rendered | None]:
    """The texts of a block; None where nothing may be said.

    Raises
    ------
    CallError
        A text would speak of a delay where nothing is late, or its template is not enabled.
    """
    found, templates = block.found, texts.rules.policy.templates
    groups: dict[tuple[Any, ...], list[int]] = {}
    codes, several, dpd = block.lists["template"], found.titles.several.tolist(), found.titles.dpd.tolist()
    for i, (template, channel, level) in enumerate(zip(codes, channels, levels, strict=True)):
        one = templates[str(template)]
        approved = one.escalation is None or found.until.get(one.escalation, [None] * len(codes))[i] is not None
        if level is not None and approved:
            groups.setdefault((template, channel, level, several[i]), []).append(i)
    out: list[Rendered | None] = [None] * len(codes)
    for (template, channel, level, number), rows in groups.items():
        one = templates[template]
        early = sum(dpd[i] <= 0 for i in rows) if one.asserts_default else 0
        if early:
            raise CallError(f"{template} says that a payment is missing, and {early} of its messages are not late.")
        if not one.enabled:
            raise CallError(f"{template} is not enabled; configure what it names, then set enabled: true.")
        made = texts.render(found, rows, template, channel, level, several=number)
        for i, text in zip(rows, made, strict=True):
            out[i] = text
    return out
