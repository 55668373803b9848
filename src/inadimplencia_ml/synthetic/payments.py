"""The money that came in: in full or in parts, early or late, with discounts, taxes withheld, fines, and reversals."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from inadimplencia_ml.synthetic.behaviour import Fates
from inadimplencia_ml.synthetic.clients import SEGMENTS, Clients
from inadimplencia_ml.synthetic.sales import Titles
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Workdays

__all__ = ["KINDS", "Deductions", "Receipts", "draw_deductions", "draw_receipts"]

KINDS = ("payment", "credit_note", "discount", "withheld_tax", "return_of_goods")

_CREDIT_SHARE, _RETURN_SHARE = 0.010, 0.006
_PART_SHARE = 0.12  # of the late titles: a part is paid some days after the due date, if the rest has not come by then
_BOUNCE_SHARE = 0.025  # of the late titles: a payment on the due date that is taken back
_CHARGED_SHARE = 0.45  # of the titles paid late: the seller charged fine and interest
_DISCOUNT_SHARE, _DISCOUNT_PERCENT = 0.15, 2  # of the titles paid early by companies
_WITHHELD_PER_10_000 = 465  # PIS, COFINS and CSLL on services to companies (Lei 10.833/2003, art. 31)
_FINE_PERCENT = 2  # the most that consumer law allows (Lei 8.078/1990, art. 52 § 1)
_BOOKING_LAG_SHARE = (0.22, 0.62, 0.11, 0.03, 0.02)  # booked 0 to 4 business days after the payment


@dataclass(frozen=True)
class Receipts:
    """One entry a receipt in each array; amounts in cents, ``fine`` and ``interest`` are part of ``amount``."""

    title: Days
    paid_on: Days
    amount: Days
    fine: Days
    interest: Days
    kind: Days
    known: Days
    reversed_on: Days

    @property
    def principal(self) -> Days:
        """What settles the title."""
        return self.amount - self.fine - self.interest

    def take(self, which: Days) -> Receipts:
        """The receipts at these positions."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})


@dataclass(frozen=True)
class Deductions:
    """What lessens each title before it is paid: a credit (or goods returned) and a part payment; NEVER without one."""

    credit_on: Days
    credit: Days
    is_return: Bools
    part_on: Days
    part: Days

    def until(self, day: Days) -> Days:
        """Cents that each title is less by that day."""
        return np.where(self.credit_on <= day, self.credit, 0) + np.where(self.part_on <= day, self.part, 0)

    def take(self, which: Days) -> Deductions:
        """The deductions at these positions."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def joined(self, other: Deductions) -> Deductions:
        """These deductions and then the others."""
        both = {f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)}
        return replace(self, **both)


def draw_deductions(titles: Titles, fates: Fates, days: Workdays, rng: np.random.Generator) -> Deductions:
    """Credits of 5 to 40 % soon after the issue, and parts of 20 to 55 % of late titles.

    Their days are drawn without a look at the day of the payment, so they tell nothing of it.
    """
    n, alive = titles.count, fates.void_on == NEVER
    chance, credit_on = rng.random(n), days.later(titles.known, rng.integers(1, 6, n))
    credited = alive & (chance < _CREDIT_SHARE + _RETURN_SHARE) & (credit_on < fates.settled) & (titles.agreement < 0)
    part_on = days.later(fates.last_payable + 1, rng.geometric(0.08, n) - 1)
    parted = (rng.random(n) < _PART_SHARE) & _is_late(fates) & (part_on < fates.settled)
    return Deductions(
        credit_on=np.where(credited, credit_on, NEVER),
        credit=titles.amount * rng.integers(5, 41, n) // 100,
        is_return=chance >= _CREDIT_SHARE,
        part_on=np.where(parted, part_on, NEVER),
        part=titles.amount * rng.integers(20, 56, n) // 100,
    )


def draw_receipts(
    titles: Titles,
    fates: Fates,
    deductions: Deductions,
    closed_on: Days,
    clients: Clients,
    days: Workdays,
    rng: np.random.Generator,
) -> Receipts:
    """Every receipt of every title, in order of the day it was booked."""
    credited = np.flatnonzero(deductions.credit_on < closed_on)
    parted = np.flatnonzero(deductions.part_on < closed_on)
    credit = _receipts(credited, deductions.credit_on[credited], deductions.credit[credited], "credit_note")
    kind = np.where(deductions.is_return[credited], KINDS.index("return_of_goods"), credit.kind)
    part = _receipts(parted, deductions.part_on[parted], deductions.part[parted], "payment")
    bounced = _bounced(titles, fates, closed_on, days, rng)
    last = _last(titles, fates, closed_on, titles.amount - deductions.until(fates.settled), clients, rng)
    groups = [replace(credit, kind=kind), part, bounced, *last]
    names = [f.name for f in fields(Receipts)]
    everything = Receipts(**{name: np.concatenate([getattr(g, name) for g in groups]) for name in names})
    lag = rng.choice(len(_BOOKING_LAG_SHARE), len(everything.title), p=_BOOKING_LAG_SHARE)
    lag = np.where(everything.reversed_on < NEVER, np.minimum(lag, 1), lag)  # booked before it is taken back
    known = np.maximum(days.later(everything.paid_on, lag), titles.known[everything.title])
    booked = replace(everything, known=known)
    return booked.take(np.lexsort((booked.kind, booked.title, booked.paid_on, booked.known)))


def _receipts(title: Days, paid_on: Days, amount: Days, kind: str) -> Receipts:
    none = np.zeros(len(title), np.int64)
    return Receipts(title, paid_on, amount, none, none, none + KINDS.index(kind), paid_on, none + NEVER)


def _bounced(titles: Titles, fates: Fates, closed_on: Days, days: Workdays, rng: np.random.Generator) -> Receipts:
    """Payments on the due date that were taken back some days later."""
    n = titles.count
    back_on = days.later(fates.last_payable, rng.integers(2, 6, n))
    has = (rng.random(n) < _BOUNCE_SHARE) & _is_late(fates) & (back_on < np.minimum(fates.settled, closed_on))
    title = np.flatnonzero(has & (titles.known <= fates.last_payable))
    made = _receipts(title, fates.last_payable[title], titles.amount[title], "payment")
    return replace(made, reversed_on=back_on[title])


def _last(
    titles: Titles, fates: Fates, closed_on: Days, owed: Days, clients: Clients, rng: np.random.Generator
) -> list[Receipts]:
    """The payment that settles each title, beside it a discount or the tax withheld."""
    n = titles.count
    charged, discounted = rng.random(n) < _CHARGED_SHARE, rng.random(n) < _DISCOUNT_SHARE
    withholds = rng.random(clients.count) < 0.6
    title = np.flatnonzero(fates.settled < closed_on)
    client, day, left = titles.client[title], fates.settled[title], owed[title]
    company = ~clients.is_person[client] & (titles.agreement[title] < 0)
    services = company & (clients.segment[client] == SEGMENTS.index("serviços")) & withholds[client]
    early = (day < fates.last_due[title]) & company & ~services & discounted[title]
    tax = np.where(services, left * _WITHHELD_PER_10_000 // 10_000, 0)
    discount = np.where(early, left * _DISCOUNT_PERCENT // 100, 0)
    principal = left - tax - discount
    days_late = day - fates.last_payable[title]
    pays_charges = charged[title] & (days_late >= 2)
    fine = np.where(pays_charges, principal * _FINE_PERCENT // 100, 0)
    interest = np.where(pays_charges, principal * days_late // 3_000, 0)  # 1 % for 30 days
    paid = _receipts(title, day, principal + fine + interest, "payment")
    return [
        replace(paid, fine=fine, interest=interest),
        _receipts(title[tax > 0], day[tax > 0], tax[tax > 0], "withheld_tax"),
        _receipts(title[discount > 0], day[discount > 0], discount[discount > 0], "discount"),
    ]


def _is_late(fates: Fates) -> Bools:
    """Whether the (last) due date passes without full payment."""
    late: Bools = (fates.settled > fates.last_payable) & (fates.void_on == NEVER)
    return late
