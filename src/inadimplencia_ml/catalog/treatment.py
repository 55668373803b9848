"""Contacts and promises: traces of our own action, only for models that take the action as input.

Directions: we contact those we fear for, so contacts say neither good nor bad: 0. Promises kept -1, broken +1.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Direction, Feature

__all__ = ["CONTACTS", "PROMISES"]


def _ours(
    window: str, name: str, family: str, unit: str, direction: Direction, reason: str, pt: str, en: str
) -> Feature:
    return Feature(name, family, window, unit, pt, en, "treatment", direction, reason)


#: Only where the ledger has contacts.
CONTACTS: tuple[Feature, ...] = (
    _ours(
        "90d",
        "contact_count_90d",
        "contact",
        "count",
        0,
        "R15",
        "Número de contatos feitos por nós (direction diferente de inbound), vistos, com data em (t − 90 d, t].",
        "Number of contacts made by us (direction other than inbound), seen, dated in (t − 90 d, t].",
    ),
    _ours(
        "90d",
        "contact_answer_share_90d",
        "contact",
        "share",
        0,
        "R15",
        "Fração desses contatos com resposta até t (replied_on ≤ t). NaN sem contato ou sem a coluna replied_on.",
        "Share of those contacts answered by t (replied_on ≤ t). NaN without a contact or without the column "
        "replied_on.",
    ),
    _ours(
        "now",
        "days_since_contact",
        "contact",
        "days",
        0,
        "R15",
        "t menos a data do último contato visto feito por nós. NaN se não houver nenhum.",
        "t less the date of the latest seen contact made by us. NaN if there is none.",
    ),
)

#: Only where the ledger has agreements.
PROMISES: tuple[Feature, ...] = (
    _ours(
        "365d",
        "promise_kept_share_365d",
        "promise",
        "share",
        -1,
        "R13",
        "Cumpridas / (cumpridas + não cumpridas), promessas vistas em t com data em (t − 365 d, t]. Cumprida: os "
        "pagamentos vistos do cliente, da criação até a data ajustada ao dia útil, chegam ao valor menos R$ 0,01. "
        "NaN sem promessa decidida.",
        "Kept / (kept + broken), promises seen at t with a due date in (t − 365 d, t]. Kept: the client's seen "
        "payments from its creation to its due date moved to the business day reach the amount less R$ 0.01. "
        "NaN without a decided promise.",
    ),
    _ours(
        "365d",
        "promise_broken_count_365d",
        "promise",
        "count",
        1,
        "R13",
        "Número dessas promessas não cumpridas cuja data ajustada já passou (t depois dela).",
        "Number of those promises not kept whose moved due date has passed (t after it).",
    ),
)
