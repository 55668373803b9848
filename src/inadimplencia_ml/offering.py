"""The offers that a ledger's clients may have: the policy's menu on the facts known at a day."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from inadimplencia_ml.cases import build_cases
from inadimplencia_ml.cases.money_facts import money_facts
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.policy.offers.quotes import offer_menu as menu_of_cases
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["offer_menu"]


@same_kind("scores", "history", "approved")
def offer_menu(
    policy: Policy,
    scores: pd.DataFrame,
    ledger: Ledger,
    as_of: dt.date | str,
    *,
    history: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Everything that may be offered to each client at ``as_of``, in the order in which it is offered.

    Parameters
    ----------
    policy : Policy
        Its section ``offers``.
    scores : DataFrame
        From `Model.score` at the same date; clients without a row are left out.
    ledger : Ledger
    as_of : date
    history : DataFrame, optional
        Earlier offers: client_id, offered_on, offer and, where known, accepted, discount_share, parts, entry_share.
        Without them nobody is known to have left an offer unanswered.
    approved : DataFrame, optional
        client_id and campaign: the lists of the campaigns that somebody approved.

    Returns
    -------
    DataFrame
        One row a quote: client_id, as_of, quote_id, offer, authority, requires_approval, amount (all that is paid),
        pay_now, parts, installment, last_installment, discount, discount_share, waived, balance, valid_until, words.

    Raises
    ------
    PolicyError
        The policy has no such section, or the scores are of another target than it asks for.
    CallError
        Scores and ledger are not of the same clients and date, or a client stands on two lists.

    Examples
    --------
    >>> invoices = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-05-02"],
    ...                          "due_date": ["2025-06-18"], "amount": [900.0]})
    >>> scores = pd.DataFrame({"client_id": ["C1"], "as_of": "2025-06-30", "state": "scoreable", "segment": "high"})
    >>> found = offer_menu(Policy.default(), scores, Ledger(invoices), "2025-06-30")
    >>> found[["offer", "amount", "pay_now", "parts", "installment"]].values.tolist()
    [['extension_7d', 900.0, 900.0, 0, 0.0], ['installments', 900.0, 180.0, 3, 240.0]]
    """
    day = to_date(as_of, "as_of")
    rules = policy.in_force(day)
    facts = build_cases(ledger, day, grace_days=rules.grace_days, cure_dpd=rules.cure_dpd)
    mine = [table[table["client_id"].isin(scores["client_id"])] for table in (facts.cases, facts.titles)]
    cases, titles = (table.reset_index(drop=True) for table in mine)
    return menu_of_cases(
        policy,
        scores,
        cases,
        titles,
        as_of=day,
        history=history,
        approved=approved,
        calendar=ledger.calendar,
        **money_facts(ledger, day, titles),
    )
