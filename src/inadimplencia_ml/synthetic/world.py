"""The synthetic world as it is, before any book is kept of it: each step draws from a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inadimplencia_ml.synthetic.behaviour import Fates, draw_fates
from inadimplencia_ml.synthetic.clients import Clients, draw_clients
from inadimplencia_ml.synthetic.closing import Closing, Plans, close_titles, make_plans, sold
from inadimplencia_ml.synthetic.contacts import Contacts, Promises, draw_contacts, draw_promises
from inadimplencia_ml.synthetic.payments import Receipts, draw_deductions, draw_receipts
from inadimplencia_ml.synthetic.sales import Titles, draw_sales
from inadimplencia_ml.synthetic.workdays import NEVER, Days, Workdays

__all__ = ["World", "draw_world", "streams"]

_STEPS = tuple("clients sales fates closing deductions plans receipts contacts closed_known disputes profiles".split())
_DISPUTED_SHARE = 0.03  # of the late titles of companies


@dataclass(frozen=True)
class World:
    """All that happens, before and after the last day of the book; ``closed_known``: when a closing was booked."""

    days: Workdays
    clients: Clients
    titles: Titles
    fates: Fates
    closing: Closing
    plans: Plans
    receipts: Receipts
    contacts: Contacts
    promises: Promises
    disputed_from: Days
    disputed_to: Days
    closed_known: Days

    @property
    def closed_on(self) -> Days:
        """The day each title was voided, renegotiated or written off; NEVER if it was not."""
        return np.minimum(self.closing.on, self.fates.void_on)

    @property
    def settled_known(self) -> Days:
        """The day on which the books show each title as settled; NEVER if they never do."""
        return _settled_known(self.titles.count, self.fates, self.receipts)


def streams(random_state: int) -> dict[str, np.random.Generator]:
    """A stream of chance for each step, so that a change in one leaves the draws of the others as they were."""
    seeds = np.random.SeedSequence(random_state).spawn(len(_STEPS))
    return {step: np.random.default_rng(seed) for step, seed in zip(_STEPS, seeds, strict=True)}


def draw_world(count: int, days: Workdays, rng: dict[str, np.random.Generator], *, recession: bool = True) -> World:
    """Draws a world of so many clients."""
    clients = draw_clients(count, days, rng["clients"], recession=recession)
    titles = draw_sales(clients, days, rng["sales"])
    fates = draw_fates(titles, clients, days, rng["fates"])
    closing = close_titles(titles, fates, clients, days, rng["closing"])
    kept = np.flatnonzero(sold(titles, fates, closing))
    titles, fates, closing = titles.take(kept), fates.take(kept), closing.take(kept)
    less = draw_deductions(titles, fates, days, rng["deductions"])
    plans, instalments, closing = make_plans(titles, fates, less, closing, clients, days, rng["plans"])
    further = draw_fates(instalments, clients, days, rng["fates"])
    closing = closing.joined(close_titles(instalments, further, clients, days, rng["closing"]))
    less = less.joined(draw_deductions(instalments, further, days, rng["deductions"]))
    titles, fates = titles.joined(instalments), fates.joined(further)
    receipts = draw_receipts(titles, fates, less, closing.on, clients, days, rng["receipts"])
    shown = _settled_known(titles.count, fates, receipts)
    contacts = draw_contacts(titles, fates, closing.on, shown, clients, days, rng["contacts"])
    promises = draw_promises(contacts, receipts, titles, fates, closing.on)
    disputed_from, disputed_to = _disputes(titles, fates, clients, days, rng["disputes"])
    return World(
        days=days,
        clients=clients,
        titles=titles,
        fates=fates,
        closing=closing,
        plans=plans,
        receipts=receipts,
        contacts=contacts,
        promises=promises,
        disputed_from=disputed_from,
        disputed_to=disputed_to,
        closed_known=_closed_known(closing, fates, days, rng["closed_known"]),
    )


def _settled_known(count: int, fates: Fates, receipts: Receipts) -> Days:
    last = np.flatnonzero((receipts.paid_on == fates.settled[receipts.title]) & (receipts.reversed_on == NEVER))
    known = np.full(count, -1)
    np.maximum.at(known, receipts.title[last], receipts.known[last])
    return np.where(known < 0, NEVER, known)


def _closed_known(closing: Closing, fates: Fates, days: Workdays, rng: np.random.Generator) -> Days:
    """When each closing was booked: a renegotiation at once, the others within three business days."""
    on = np.minimum(closing.on, fates.void_on)
    lag = np.where(closing.renegotiated_on < NEVER, 0, rng.integers(0, 4, len(on)))
    return np.where(on < NEVER, days.later(on, lag), NEVER)


def _disputes(
    titles: Titles, fates: Fates, clients: Clients, days: Workdays, rng: np.random.Generator
) -> tuple[Days, Days]:
    """First and last day in dispute of some late titles of companies; NEVER for all others."""
    n = titles.count
    first = days.later(fates.last_payable, rng.integers(1, 11, n))
    last = days.later(first, rng.integers(5, 31, n))
    has = (rng.random(n) < _DISPUTED_SHARE) & ~clients.is_person[titles.client] & (first < fates.settled)
    has &= (fates.void_on == NEVER) & (fates.settled > fates.last_payable)
    return np.where(has, first, NEVER), np.where(has, last, NEVER)
