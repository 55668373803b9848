"""What the seller does about bad debt: stops selling, renegotiates into a plan, writes off.

Nothing here happens before a title is 45 days late, so it cannot change whether a title reaches 30.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inadimplencia_ml.synthetic.behaviour import Fates
from inadimplencia_ml.synthetic.clients import TEMPERS, Clients
from inadimplencia_ml.synthetic.payments import Deductions
from inadimplencia_ml.synthetic.sales import Titles, split_cents
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Floats, Workdays

__all__ = [
    "REPLACED_FROM",
    "WRITTEN_OFF_SHARE",
    "Closing",
    "Plans",
    "close_titles",
    "make_plans",
    "renegotiated_share",
    "sold",
    "talked_by",
    "written_off_by",
]

_STOP_SELLING_AFTER = 60  # days late
_PAUSE_AFTER_PLAN = 365  # days without sales on credit from the day of a renegotiation
REPLACED_FROM = 30  # days late from which a title goes into its client's agreement
_TALKS, _WRITES_OFF = (45, 150), (210, 330)  # days late, each as likely as the others
_RENEGOTIATED = np.array([0.40, 0.35, 0.35, 0.25, 0.03])  # share of the titles so late, a temper
WRITTEN_OFF_SHARE = 0.8
_INSTALMENT_DAYS = 30
_CHARGES_PERCENT = 4  # fine and interest, added to what the plan replaces


@dataclass(frozen=True)
class Closing:
    """When the seller would renegotiate each title, or write it off; NEVER where he would not."""

    renegotiated_on: Days
    written_off_on: Days

    @property
    def on(self) -> Days:
        """The first of the two days."""
        return np.minimum(self.renegotiated_on, self.written_off_on)

    def take(self, which: Days) -> Closing:
        """The closings at these positions."""
        return Closing(self.renegotiated_on[which], self.written_off_on[which])

    def joined(self, other: Closing) -> Closing:
        """These closings and then the others."""
        return Closing(
            np.concatenate([self.renegotiated_on, other.renegotiated_on]),
            np.concatenate([self.written_off_on, other.written_off_on]),
        )


@dataclass(frozen=True)
class Plans:
    """One entry an agreement (a client has one at most) in each array, and the titles each one replaces."""

    client: Days
    made_on: Days
    total: Days
    parts: Days
    replaced: Days
    replaced_by: Days


def close_titles(titles: Titles, fates: Fates, clients: Clients, days: Workdays, rng: np.random.Generator) -> Closing:
    """The day on which each title would be closed without having been paid."""
    n, due = titles.count, fates.last_payable
    renegotiated_on = days.later(due + rng.integers(_TALKS[0], _TALKS[1] + 1, n), 0)
    written_off_on = days.later(due + rng.integers(_WRITES_OFF[0], _WRITES_OFF[1] + 1, n), 0)
    talks = (rng.random(n) < _RENEGOTIATED[clients.temper[titles.client]]) & (titles.agreement < 0)
    gives_up = rng.random(n) < WRITTEN_OFF_SHARE
    unpaid = fates.void_on == NEVER
    talks &= unpaid & (renegotiated_on < fates.settled)
    gives_up &= unpaid & (written_off_on < fates.settled)
    return Closing(np.where(talks, renegotiated_on, NEVER), np.where(gives_up, written_off_on, NEVER))


def renegotiated_share(temper: Days) -> Floats:
    """Share of the titles, late for long, that would be renegotiated."""
    return np.asarray(_RENEGOTIATED[temper])


def talked_by(since: Days, day: Days, days: Workdays) -> Floats:
    """Of the titles due on ``since`` that would be renegotiated, the share for which it would be so by the day."""
    return _passed(_TALKS, since, day, days)


def written_off_by(since: Days, day: Days, days: Workdays) -> Floats:
    """The same of those that would be written off."""
    return _passed(_WRITES_OFF, since, day, days)


def _passed(span: tuple[int, int], since: Days, day: Days, days: Workdays) -> Floats:
    """Share of the days late in the span whose business day has come."""
    last = days.opens[np.maximum(days.last_open(day), 0)] - since
    return np.asarray(np.clip(last - span[0] + 1, 0, span[1] - span[0] + 1) / (span[1] - span[0] + 1))


def sold(titles: Titles, fates: Fates, closing: Closing) -> Bools:
    """Which titles were sold: those issued while no earlier title of the client stood in the way.

    A title that was not sold cannot stand in the way, so the answer is found by going over it until nothing changes:
    each pass settles at least the next one in time.
    """
    starts = fates.last_payable + _STOP_SELLING_AFTER
    written_off = closing.written_off_on < closing.renegotiated_on
    ends = np.where(written_off, NEVER, np.minimum(fates.settled, closing.renegotiated_on + _PAUSE_AFTER_PLAN))
    blocks = (starts < ends) & (fates.void_on == NEVER)
    kept = np.ones(titles.count, np.bool_)
    while True:
        by = np.flatnonzero(blocks & kept)
        still = ~_covered(titles.client, titles.issue, titles.client[by], starts[by], ends[by])
        if np.array_equal(still, kept):
            return kept
        kept = still


def make_plans(
    titles: Titles,
    fates: Fates,
    deductions: Deductions,
    closing: Closing,
    clients: Clients,
    days: Workdays,
    rng: np.random.Generator,
) -> tuple[Plans, Titles, Closing]:
    """The agreements, their instalments as titles, and the closing of the titles as the agreements leave it."""
    first = np.full(clients.count, NEVER)
    np.minimum.at(first, titles.client, closing.renegotiated_on)
    made_on = first[titles.client]
    still_open = (fates.settled > made_on) & (closing.written_off_on > made_on) & (fates.void_on == NEVER)
    replaced = np.flatnonzero(still_open & (made_on < NEVER) & (made_on - fates.last_payable >= REPLACED_FROM))
    client, by = np.unique(titles.client[replaced], return_inverse=True)
    order = np.lexsort((client, first[client]))  # numbered as they were made
    client, by = client[order], np.argsort(order)[by]
    owed = np.zeros(len(client), np.int64)
    np.add.at(owed, by, (titles.amount - deductions.until(made_on))[replaced])
    renegotiated_on = np.full(titles.count, NEVER)
    renegotiated_on[replaced] = made_on[replaced]
    left = Closing(renegotiated_on, np.where(renegotiated_on < NEVER, NEVER, closing.written_off_on))
    person = clients.is_person[client]
    parts = np.where(person, rng.integers(3, 9, len(client)), rng.integers(2, 7, len(client)))
    parts = np.where(clients.temper[client] == TEMPERS.index("strategic"), parts + 2, parts)
    plans = Plans(client, first[client], owed * (100 + _CHARGES_PERCENT) // 100, parts, replaced, by)
    return plans, _instalments(plans, days), left


def _instalments(plans: Plans, days: Workdays) -> Titles:
    """The titles of the agreements: the first falls due five business days later, the others month by month."""
    agreement = np.repeat(np.arange(len(plans.client)), plans.parts)
    number = np.arange(len(agreement)) - np.repeat(np.cumsum(plans.parts) - plans.parts, plans.parts) + 1
    parts, issue = plans.parts[agreement], plans.made_on[agreement]
    return Titles(
        client=plans.client[agreement],
        issue=issue,
        due=days.later(issue, 5) + _INSTALMENT_DAYS * (number - 1),
        amount=split_cents(plans.total[agreement], parts, number),
        contract=agreement,
        installment=number,
        installments=parts,
        form=np.ones(len(agreement), np.int64),
        known=issue,
        agreement=agreement,
    )


def _covered(client: Days, day: Days, by_client: Days, start: Days, end: Days) -> Bools:
    """Whether each day lies in an interval [start, end) of its client."""
    span = 4 * NEVER  # intervals of one client never reach the next one's days
    begun = np.searchsorted(np.sort(by_client * span + start), client * span + day, side="right")
    ended = np.searchsorted(np.sort(by_client * span + end), client * span + day, side="right")
    return begun > ended
