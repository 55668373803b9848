"""The menu as a table to hand over: each offer a quote with an id of its own, its terms and its words in Portuguese.

The id is made of what the quote says and of nothing else: asked again on the same day, it is the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.amounts.owed import owed_on
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.inputs import given
from inadimplencia_ml.policy.offers.campaigns import on_lists
from inadimplencia_ml.policy.offers.menu import Menu, menu_of, owing
from inadimplencia_ml.policy.offers.past import past_offers
from inadimplencia_ml.policy.offers.rules import AUTHORITIES
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import profile_numbers
from inadimplencia_ml.policy.sections import PROFILES, ROWS, STATES
from inadimplencia_ml.policy.standing import Standing, standing
from inadimplencia_ml.policy.summary import reais
from inadimplencia_ml.tables import CASES

__all__ = ["COLUMNS", "offer_menu", "quote_id"]

COLUMNS = (
    "client_id as_of quote_id offer authority requires_approval amount pay_now parts installment last_installment "
    "discount discount_share waived balance valid_until words"
).split()

_TERMS = ("offer", "authority", "amount", "pay_now", "parts", "installment", "last_installment", "valid_until")
_MONEY = {"amount": "amount", "pay_now": "now", "installment": "regular", "last_installment": "last"}


def offer_menu(
    policy: Policy,
    scores: pd.DataFrame,
    cases: pd.DataFrame,
    titles: pd.DataFrame,
    *,
    as_of: dt.date | str,
    history: pd.DataFrame | None = None,
    approved: pd.DataFrame | None = None,
    rates: Any = None,
    payments: pd.DataFrame | None = None,
    calendar: Calendar | str = "BR",
) -> pd.DataFrame:
    """Everything that may be offered to each client on a day, in the order in which it is offered.

    Parameters
    ----------
    policy : Policy
        Its section ``offers``.
    scores, cases, titles : DataFrame
        As `decide` takes them.
    as_of : date
    history : DataFrame, optional
        Earlier offers: client_id, offered_on, offer and, where known, accepted, discount_share, parts, entry_share.
    approved : DataFrame, optional
        client_id and campaign: the lists of the campaigns that somebody approved.
    rates, payments : optional
        For the updated balance; see `updated_balance`.

    Returns
    -------
    DataFrame
        One row a quote: client_id, as_of, quote_id, offer, authority, requires_approval, amount (all that is paid),
        pay_now, parts, installment, last_installment, discount, discount_share, waived, balance, valid_until, words.

    Examples
    --------
    >>> day = "2025-06-30"
    >>> cases = pd.DataFrame({"client_id": ["C1"], "as_of": day, "open_amount": 900.0, "overdue_amount": 900.0,
    ...                       "open_count": 1, "overdue_count": 1, "n_due_12m": 2})
    >>> titles = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "due_date": "2025-06-18", "dpd": 12,
    ...                        "dpd_original": 12, "open_amount": 900.0})
    >>> scores = pd.DataFrame({"client_id": ["C1"], "as_of": day, "state": "scoreable", "segment": "high"})
    >>> found = offer_menu(Policy.default(), scores, cases, titles, as_of=day)
    >>> found[["offer", "amount", "pay_now", "parts", "installment"]].values.tolist()
    [['extension_7d', 900.0, 900.0, 0, 0.0], ['installments', 900.0, 180.0, 3, 240.0]]
    """
    rules = policy.in_force(as_of)
    if rules.offers is None:
        raise PolicyError("the policy has no section `offers`; nothing may be offered.")
    got = given(rules, scores, cases, titles)
    n, facts = len(got.cases), FrameFacts(got.cases, CASES)
    where = standing(got.titles, got.title_case, n, rules)
    profile = profile_numbers(facts, rules).astype(np.int64)
    for name, codes, names in (
        ("profile", profile, PROFILES),
        ("segment", got.segment, ROWS),
        ("state", got.state, STATES),
    ):
        facts.add(name, np.array(names, dtype=object)[codes])
    facts.add("stage_dpd", where.stage_dpd)
    facts.add("collectible_amount", where.collectible_amount)
    owed = owed_on(rules, got, where, facts, calendar=calendar, rates=rates, payments=payments)
    day = np.datetime64(rules.day, "D")
    past = past_offers(history, got.cases["client_id"], day)
    lists = on_lists(rules.offers, approved, got.cases["client_id"])
    mine = owing(where, owed, n)
    menu = menu_of(rules.offers, facts, mine, where.stage_dpd, profile, past, lists)
    return _frame(menu, got.cases["client_id"], mine.total, _titles_of(where, got.titles, n), rules.day, policy.digest)


def quote_id(client: Any, titles: Sequence[Any], terms: Sequence[Any], day: dt.date, digest: str) -> str:
    """First 16 hex digits of SHA-256 over client, titles in order, terms, day and policy digest.

    The parts are written as text and joined by a unit separator (U+001F).

    >>> quote_id("C1", ["T2", "T1"], ["installments", 90000], dt.date(2025, 6, 30), "ab")
    'cbbaaa21728ed5f0'
    """
    told = [str(client), "\x1e".join(sorted(map(str, titles))), *map(str, terms), day.isoformat(), digest]
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:16]


def _titles_of(where: Standing, titles: pd.DataFrame, n: int) -> list[list[Any]]:
    """By case, the late titles that its offers are about."""
    found: list[list[Any]] = [[] for _ in range(n)]
    at = np.flatnonzero(where.collectible & (where.dpd > 0))
    for case, invoice in zip(where.case[at].tolist(), titles["invoice_id"].iloc[at].tolist(), strict=True):
        found[case].append(invoice)
    return found


def _frame(
    menu: Menu, clients: pd.Series, balance: Any, titles: list[list[Any]], day: dt.date, digest: str
) -> pd.DataFrame:
    order = np.lexsort((menu.authority, menu.offer, menu.case))
    case = menu.case[order]
    frame = pd.DataFrame({"client_id": clients.to_numpy()[case], "as_of": pd.Timestamp(day)})
    frame["offer"] = np.array([*menu.names, ""], dtype=object)[menu.offer[order]]
    frame["authority"] = np.array(AUTHORITIES, dtype=object)[menu.authority[order]]
    frame["requires_approval"] = menu.authority[order] > 0
    for name, column in _MONEY.items():
        frame[name] = getattr(menu, column)[order] / 100
    frame["parts"] = menu.parts[order]
    for name in ("discount", "waived"):
        frame[name] = getattr(menu, name)[order] / 100
    frame["discount_share"] = menu.share[order]
    frame["balance"] = balance[case] / 100
    frame["valid_until"] = pd.Timestamp(day) + pd.to_timedelta(menu.days[order], unit="D")
    rows = frame[["client_id", *_TERMS]].itertuples(index=False)
    frame["quote_id"] = [
        quote_id(row[0], titles[at], row[1:], day, digest) for at, row in zip(case.tolist(), rows, strict=True)
    ]
    frame["words"] = [_words(row) for row in frame.itertuples(index=False)]
    return frame[COLUMNS]


def _words(row: Any) -> str:
    """The offer in a sentence's part; nothing in it names a profile or an authority.

    >>> _words(pd.Series({"parts": 0, "discount": 0.0, "waived": 0.0, "amount": 90.0,
    ...                   "valid_until": pd.Timestamp("2025-07-05")}))
    'R$ 90,00 até 05/07/2025'
    """
    until = f"até {row.valid_until:%d/%m/%Y}"
    if row.parts:
        told = f"{row.parts} parcelas de {reais(row.installment)}"
        if row.parts == 1:
            told = f"uma parcela de {reais(row.last_installment)}"
        elif row.last_installment != row.installment:
            told += f" (a última de {reais(row.last_installment)})"
        return f"entrada de {reais(row.pay_now)} {until} e {told}" if row.pay_now else told
    off = row.discount + row.waived
    return f"{reais(row.amount)} {until}" + (f", {reais(off)} a menos" if off else "")
