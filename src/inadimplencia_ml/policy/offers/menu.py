"""The menu: which offers each client may have, with their terms in cents, in the order of the policy.

A table client x offer as arrays. Every amount is made of the parts of the updated balance of the client's late titles
that may be collected, so that no offer can be above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.policy.amounts.balance import Balances
from inadimplencia_ml.policy.amounts.cents import ONE, half_up, in_rate
from inadimplencia_ml.policy.conditions import Facts, Flags, Numbers, holds
from inadimplencia_ml.policy.offers.past import PastOffers
from inadimplencia_ml.policy.offers.price import in_parts
from inadimplencia_ml.policy.offers.rules import (
    AUTHORITIES,
    Campaign,
    Discount,
    Extension,
    Installments,
    OffersInForce,
    Waiver,
)
from inadimplencia_ml.policy.standing import Standing

__all__ = ["Menu", "Owing", "menu_of", "owing"]

I64 = npt.NDArray[np.int64]
SYSTEM, SUPERVISOR = 0, 1


class Owing(NamedTuple):
    """By case, in cents: the parts of what is late and may be collected."""

    principal: I64
    correction: I64
    fine: I64
    interest: I64

    @property
    def total(self) -> I64:
        """All of it."""
        return self.principal + self.correction + self.fine + self.interest


def owing(where: Standing, owed: Balances, n: int) -> Owing:
    """The sums by case of the balances of late titles that no safeguard leaves out."""
    at = np.flatnonzero(where.collectible & (where.dpd > 0))
    sums = (np.bincount(where.case[at], weights=getattr(owed, name)[at], minlength=n) for name in Owing._fields)
    return Owing(*(np.rint(one).astype(np.int64) for one in sums))


@dataclass(frozen=True)
class Menu:
    """One row an offer that may be made; amounts in cents.

    Attributes
    ----------
    names : tuple of str
        Codes of the offers: running campaigns first, then the menu in its order.
    case, offer : int array
        Of each row: number of the case, position in ``names``. Rows stand in the order of the offers.
    authority : int array
        Position in AUTHORITIES; what is not the system's needs a person's approval.
    amount : int array
        All that is to be paid.
    now : int array
        Of it, what is to be paid while the offer is good: the entry, or all.
    parts, regular, last : int array
        Instalments after the entry; 0 for none.
    discount, waived : int array
        What is taken off the principal, and of fine and interest.
    share : float array
        The discount as a share of the principal.
    days : int array
        For how many days the offer is good.
    """

    names: tuple[str, ...]
    case: I64
    offer: I64
    authority: I64
    amount: I64
    now: I64
    parts: I64
    regular: I64
    last: I64
    discount: I64
    waived: I64
    share: Numbers
    days: I64

    def first(self, n: int) -> I64:
        """By case, the first offer that needs nobody's approval; -1 for none."""
        out = np.full(n, -1, np.int64)
        rows = np.flatnonzero(self.authority == SYSTEM)[::-1]
        out[self.case[rows]] = self.offer[rows]  # of equal positions the last is written last: the first row
        return out


class _Client(NamedTuple):
    """What the terms of an offer depend on, by case."""

    owing: Owing
    dpd: Numbers
    profile: I64
    capacity: Numbers  # what a consumer of known income can pay a month, in cents; NaN: not known
    past: PastOffers
    person: Flags  # only a person may offer


Columns = dict[str, npt.NDArray[np.generic]]
_COLUMNS = ("authority", "amount", "now", "parts", "regular", "last", "discount", "waived", "days")


def menu_of(
    rules: OffersInForce,
    facts: Facts,
    mine: Owing,
    dpd: Numbers,
    profile: I64,
    past: PastOffers,
    approved: dict[str, Flags] | None = None,
) -> Menu:
    """What may be offered to each case.

    Parameters
    ----------
    facts : Facts
        Of the cases, with stage_dpd, segment and profile.
    dpd : float array
        Of the worst material title.
    profile : int array
        Positions in PROFILES.
    approved : dict of campaign to bool array, optional
        Cases on the list that somebody approved; a campaign without its list offers nothing.
    """
    terms = rules.profiles
    person = np.array([one.by_person for one in terms])[profile]
    client = _Client(mine, dpd, profile, _capacity(rules, facts), past, person)
    with np.errstate(invalid="ignore"):
        anybody = (mine.total > 0) & (dpd > 0)
    if rules.never_when is not None:
        anybody &= ~holds(rules.never_when, facts)
    made: list[tuple[int, I64, Columns]] = []
    names = (*rules.campaigns, *rules.menu)
    for place, (code, campaign) in enumerate(rules.campaigns.items()):
        listed = anybody & (approved or {}).get(code, np.zeros(len(facts), bool)) & holds(campaign.when, facts)
        made.append((place, *_rows(listed, _campaign(campaign, client, rules))))
    for place, (code, offer) in enumerate(rules.menu.items(), len(rules.campaigns)):
        may = anybody & holds(offer.when, facts)
        made += ((place, *_rows(may & able, columns)) for able, columns in _terms(code, offer, client, rules))
    return _joined(names, made)


def _terms(
    code: str, offer: Extension | Installments | Waiver | Discount, client: _Client, rules: OffersInForce
) -> Iterator[tuple[Flags, Columns]]:
    """Who may have an offer, and its columns over all cases; once for each authority."""
    if isinstance(offer, Extension):
        used = client.past.accepted_in_year.get(code, np.zeros(len(client.dpd), np.int64))
        able = np.array([one.extension for one in rules.profiles])[client.profile] & (used < offer.max_per_year)
        yield able, _all_at_once(client, client.owing.total, offer.days)
    elif isinstance(offer, Installments):
        yield _installments(client, rules)
    elif isinstance(offer, Waiver):
        waived = sum((getattr(client.owing, name) for name in offer.waives), np.zeros(len(client.dpd), np.int64))
        columns = _all_at_once(client, client.owing.total - waived, rules.valid_days)
        yield waived > 0, columns | {"waived": waived}
    else:
        yield from _discounts(offer, client, rules)


def _all_at_once(client: _Client, amount: I64, days: int) -> Columns:
    return {"amount": amount, "now": amount, "days": np.full(len(amount), days), "authority": _at_least(client, SYSTEM)}


def _at_least(client: _Client, level: int) -> I64:
    return np.where(client.person, max(level, SUPERVISOR), level).astype(np.int64)


def _installments(client: _Client, rules: OffersInForce) -> tuple[Flags, Columns]:
    """As many parts as the profile may have and the least instalment allows, each within what the client can pay."""
    most = np.array([one.max_installments for one in rules.profiles])[client.profile].astype(np.float64)
    entry_share = np.array([one.min_entry for one in rules.profiles])[client.profile]
    tired = client.past.ignored > rules.ignored_at_most
    most = np.where(tired, np.fmin(most, client.past.most_parts), most)
    entry_share = np.where(tired, np.fmax(entry_share, client.past.least_entry), entry_share)
    total = client.owing.total
    entry = half_up(total, in_rate(entry_share), ONE)
    rest = total - entry
    least = max(1, round(rules.min_installment * 100))
    parts = np.minimum(most.astype(np.int64), rest // least)
    plans = in_parts(rest, parts, rules.installment_rate_month)
    heaviest = np.maximum(np.maximum(plans.regular, plans.last), entry)
    able = (parts >= np.where(entry > 0, 1, 2)) & ~(heaviest > client.capacity)
    return able, {
        "authority": _at_least(client, SYSTEM),
        "amount": entry + plans.total,
        "now": entry,
        "parts": parts,
        "regular": plans.regular,
        "last": plans.last,
        "days": np.full(len(total), rules.valid_days),
    }


def _discounts(offer: Discount, client: _Client, rules: OffersInForce) -> Iterator[tuple[Flags, Columns]]:
    """A discount by age, up to what each authority may grant; higher ones only where they may grant more."""
    steps = sorted(offer.share_from_dpd.items())
    begun = np.searchsorted([dpd for dpd, _ in steps], np.nan_to_num(client.dpd, nan=-1.0), side="right")
    share = np.array([0.0, *(one for _, one in steps)])[begun]
    tired = client.past.ignored > rules.ignored_at_most
    share = np.where(tired, np.minimum(share, client.past.best_share), share)
    starts = [
        len(AUTHORITIES) if o.discount_from is None else AUTHORITIES.index(o.discount_from) for o in rules.profiles
    ]
    start = np.maximum(np.array(starts)[client.profile], np.where(client.person, SUPERVISOR, SYSTEM))
    before = np.zeros(len(share))
    for level, most in enumerate(rules.authority):
        granted = np.where(start <= level, np.minimum(share, most), 0.0)
        yield granted > before, _discounted(client, granted, np.full(len(share), level), rules.valid_days)
        before = np.maximum(before, granted)


def _discounted(
    client: _Client, share: Numbers, authority: I64, days: int, waives: tuple[str, ...] = ("fine", "interest")
) -> Columns:
    """Charges waived and a share of the principal taken off, down to the cent, never above the share."""
    waived = sum((getattr(client.owing, name) for name in waives), np.zeros(len(share), np.int64))
    whole, rest = np.divmod(client.owing.principal, ONE)
    off = whole * in_rate(share) + rest * in_rate(share) // ONE
    amount = client.owing.total - waived - off
    return {
        "authority": authority,
        "amount": amount,
        "now": amount,
        "discount": off,
        "waived": waived,
        "share": share,
        "days": np.full(len(share), days),
    }


def _campaign(campaign: Campaign, client: _Client, rules: OffersInForce) -> Columns:
    """The terms of a campaign; its list was approved, so nobody need approve each."""
    share = np.full(len(client.dpd), campaign.discount)
    days = min(rules.valid_days, (campaign.ends_on - rules.day).days)
    return _discounted(client, share, np.zeros(len(share), np.int64), days, campaign.waives)


def _capacity(rules: OffersInForce, facts: Facts) -> Numbers:
    """What a consumer whose income is known can pay in a month and keep the essential minimum (R39), in cents."""
    income = facts.number("income")
    if rules.essential_minimum is None:
        return np.full(len(facts), np.nan)
    left = np.floor(np.maximum(income - rules.essential_minimum, 0) * 100 + 1e-6)
    return np.where(facts.number("is_consumer") == 0, np.nan, left)


def _rows(who: Flags, columns: Columns) -> tuple[I64, Columns]:
    at = np.flatnonzero(who)
    return at, {name: values[at] for name, values in columns.items()}


def _joined(names: tuple[str, ...], made: list[tuple[int, I64, Columns]]) -> Menu:
    """The rows of all offers under one another."""
    none = np.zeros(0, np.int64)
    columns = {
        name: np.concatenate([none, *(c.get(name, np.zeros(len(at), np.int64)) for _, at, c in made)]).astype(np.int64)
        for name in _COLUMNS
    }
    share = np.concatenate([np.zeros(0), *(c.get("share", np.zeros(len(at))) for _, at, c in made)]).astype(np.float64)
    case = np.concatenate([none, *(at for _, at, _ in made)]).astype(np.int64)
    offer = np.concatenate([none, *(np.full(len(at), place) for place, at, _ in made)]).astype(np.int64)
    return Menu(names=names, case=case, offer=offer, share=share, **columns)
