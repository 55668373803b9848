"""What the seller writes and says to clients who are late, what they answer, and what they promise.

Answers and promises depend on the client's temper and the ability of the month, never on the day the title is paid.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from inadimplencia_ml.synthetic.behaviour import Fates
from inadimplencia_ml.synthetic.clients import Clients
from inadimplencia_ml.synthetic.payments import Receipts
from inadimplencia_ml.synthetic.sales import Titles
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Workdays

__all__ = ["CHANNELS", "Contacts", "Promises", "draw_contacts", "draw_promises"]

CHANNELS = ("email", "whatsapp", "sms", "phone")
_STEPS = ((4, 1), (12, 0), (25, 3), (45, 1), (75, 3), (120, 0))  # (days late, channel)
_SKIPPED_SHARE = 0.15  # nobody had the time
_ANSWERS = np.array([0.75, 0.75, 0.55, 0.35, 0.10])  # share of the contacts answered at ability 0, a row a temper
_INBOUND_SHARE = 0.03  # the client wrote first
_PROMISE_SHARE = 0.45  # of the answers
_OPENS_AT, _CLOSES_AT = 8 * 60, 18 * 60  # minutes of the day


@dataclass(frozen=True)
class Contacts:
    """One entry a contact in each array; ``minute`` of the day, ``promised_by`` NEVER without a promise."""

    title: Days
    day: Days
    minute: Days
    channel: Days
    inbound: Bools
    replied_on: Days
    promised_by: Days

    def take(self, which: Days) -> Contacts:
        """The contacts at these positions."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})


@dataclass(frozen=True)
class Promises:
    """One entry a promise in each array: what was still owed on that title, and the day it was all paid (or NEVER)."""

    title: Days
    made_on: Days
    due: Days
    amount: Days
    paid_on: Days
    known: Days


def draw_contacts(
    titles: Titles,
    fates: Fates,
    closed_on: Days,
    settled_known: Days,
    clients: Clients,
    days: Workdays,
    rng: np.random.Generator,
) -> Contacts:
    """Contacts about titles that were late in the books, one a client and day at most, in order of time."""
    found = []
    for late, channel in _STEPS:
        day = days.later(fates.last_payable + late, 0)
        in_the_books = (day < settled_known) & (day < closed_on) & (fates.void_on == NEVER) & (day <= days.end)
        title = np.flatnonzero(in_the_books & (rng.random(titles.count) >= _SKIPPED_SHARE))
        found.append(np.stack([title, day[title], np.full(len(title), channel)]))
    title, day, channel = np.concatenate(found, axis=1)
    order = np.lexsort((title, day, titles.client[title]))
    title, day, channel = title[order], day[order], channel[order]
    client = titles.client[title]
    first_of_day = np.ones(len(title), np.bool_)
    first_of_day[1:] = (client[1:] != client[:-1]) | (day[1:] != day[:-1])
    title, day, channel, client = (a[first_of_day] for a in (title, day, channel, client))
    n = len(title)
    ability = clients.ability[client, days.month_of(day)]
    wish = np.log(_ANSWERS / (1 - _ANSWERS))[clients.temper[client]] + 0.4 * ability
    inbound = rng.random(n) < _INBOUND_SHARE
    answers = (rng.random(n) < 1.0 / (1.0 + np.exp(-wish))) & ~inbound
    replied_on = np.where(answers, days.later(day, rng.integers(0, 3, n)), NEVER)
    promises = (answers | inbound) & (rng.random(n) < _PROMISE_SHARE)
    by = days.later(np.where(inbound, day, replied_on), rng.integers(3, 9, n))
    minute = rng.integers(_OPENS_AT, _CLOSES_AT, n)
    contacts = Contacts(title, day, minute, channel, inbound, replied_on, np.where(promises, by, NEVER))
    return contacts.take(np.lexsort((title, minute, day)))


def draw_promises(contacts: Contacts, receipts: Receipts, titles: Titles, fates: Fates, closed_on: Days) -> Promises:
    """The promises made in those contacts, for what is owed on the title that day; one a title at a time."""
    said = np.flatnonzero(contacts.promised_by < NEVER)
    title, by = contacts.title[said], contacts.promised_by[said]
    made_on = np.where(contacts.inbound[said], contacts.day[said], contacts.replied_on[said])
    holds = (made_on < np.minimum(fates.settled[title], closed_on[title])) & (by < closed_on[title])
    title, by, made_on = title[holds], by[holds], made_on[holds]
    owed = titles.amount[title] - _paid_before(title, made_on, receipts)
    paid_on = np.where(fates.settled[title] <= by, fates.settled[title], NEVER)
    order = np.lexsort((by, title, made_on))
    return Promises(title[order], made_on[order], by[order], owed[order], paid_on[order], made_on[order])


def _paid_before(title: Days, day: Days, receipts: Receipts) -> Days:
    """Cents paid on each title up to the day, reversed payments left out."""
    good = np.flatnonzero(receipts.reversed_on == NEVER)
    good = good[np.lexsort((receipts.paid_on[good], receipts.title[good]))]
    key = receipts.title[good] * (2 * NEVER) + receipts.paid_on[good]
    total = np.concatenate([[0], np.cumsum(receipts.principal[good])])
    upto = np.searchsorted(key, title * (2 * NEVER) + day, side="right")
    before = np.searchsorted(key, title * (2 * NEVER), side="left")
    paid: Days = total[upto] - total[before]
    return paid
