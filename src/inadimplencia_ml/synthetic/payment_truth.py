"""The true probability that an open title is paid within so many days, computed from the mechanism itself.

On a day the truth knows what `truth` knows at a month end: the client's traits, his ability of that month, what each
title has met so far, a due date agreed but not yet booked, and which titles are void. It goes through all 4³ futures of
the coming months; in each, titles are independent but for one thing: the first title that is renegotiated closes the
client's others with it. Titles sold later are left out: they come too late to matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.synthetic import records
from inadimplencia_ml.synthetic.behaviour import LEAD_SHARE, late_rate
from inadimplencia_ml.synthetic.book import Book, client_ids, world_of
from inadimplencia_ml.synthetic.closing import (
    REPLACED_FROM,
    WRITTEN_OFF_SHARE,
    renegotiated_share,
    talked_by,
    written_off_by,
)
from inadimplencia_ml.synthetic.truth import futures_of
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Floats
from inadimplencia_ml.synthetic.world import World

__all__ = ["TruePayments", "true_payments"]

_MOST_DAYS = 89  # at most three months after the month of any day
_AT_ONCE = 2_000  # titles computed at once: some tens of megabytes


@dataclass(frozen=True)
class TruePayments:
    """The truth of open titles.

    Attributes
    ----------
    titles : DataFrame
        client_id, invoice_id and as_of: the titles in the books that were neither paid nor closed by the end of that
        day, whether the books knew it or not.
    paid, still_open : array, title × day ahead
        Probability of being paid by the end of each day, and of being neither paid nor closed by then.
    """

    titles: pd.DataFrame
    paid: Floats
    still_open: Floats

    @property
    def hazard(self) -> Floats:
        """Chance of being paid on each day ahead, given that the title is open when it begins."""
        before = np.hstack([np.ones((len(self.paid), 1)), self.still_open[:, :-1]])
        return np.diff(self.paid, axis=1, prepend=0.0) / np.maximum(before, 1e-12)


def true_payments(book: Book, as_of: Sequence[dt.date | str], *, days_ahead: int = 60) -> TruePayments:
    """The true probabilities of payment of all titles open on some days.

    Parameters
    ----------
    book : Book
    as_of : sequence of date
        Days looked from, within the book.
    days_ahead : int
        1 to 89.

    Raises
    ------
    CallError
        A day lies outside the book, or ``days_ahead`` outside its range.

    Examples
    --------
    >>> from inadimplencia_ml.synthetic import generate_book
    >>> truth = true_payments(generate_book(40, random_state=1), ["2024-05-31"], days_ahead=30)
    >>> bool((np.diff(truth.paid, axis=1) >= 0).all() and (truth.paid + truth.still_open <= 1 + 1e-9).all())
    True
    """
    if not 1 <= days_ahead <= _MOST_DAYS:
        raise CallError(f"days_ahead is {days_ahead}. Expected 1 to {_MOST_DAYS}.")
    dates = sorted({dt.date.fromisoformat(str(day)) for day in as_of})
    if not dates or dates[0] < book.start or dates[-1] > book.end:
        raise CallError(f"as_of: expected days from {book.start} to {book.end}, the book's own.")
    world = world_of(book)
    title, day = _open(world, np.array([day_number(date) for date in dates]))
    paid, still_open = np.zeros((len(title), days_ahead)), np.zeros((len(title), days_ahead))
    months = world.days.month_of(day)
    cell = day * world.clients.count + world.titles.client[title]
    order = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
    for part in np.split(np.arange(len(starts)), np.flatnonzero(np.diff(starts // _AT_ONCE)) + 1):
        if not len(part):
            continue
        end = starts[part[-1] + 1] if part[-1] + 1 < len(starts) else len(order)
        rows = order[starts[part[0]] : end]
        paid[rows], still_open[rows] = _Titles(world, title[rows], day[rows], months[rows], cell[rows]).ahead(
            days_ahead
        )
    shown = np.flatnonzero(world.titles.known[title] <= day)
    keys = pd.DataFrame(
        {
            "client_id": client_ids(world)[world.titles.client[title]],
            "invoice_id": records.title_names(world)[title],
            "as_of": records.dates(day),
        }
    )
    return TruePayments(keys.iloc[shown].reset_index(drop=True), paid[shown], still_open[shown])


def _open(world: World, days: Days) -> tuple[Days, Days]:
    """Titles issued by each day and then neither paid nor closed, in the order of days."""
    over = np.minimum(world.fates.settled, world.closed_on)
    found = [np.flatnonzero((world.titles.issue <= day) & (over > day)) for day in days]
    return np.concatenate(found), np.repeat(days, [len(one) for one in found])


class _Late:
    """Titles that were late from some day on, in all futures: how likely they are late, and not closed."""

    def __init__(self, own: _Titles, since: Days, begun: Bools) -> None:
        self._own, self.since = own, since
        self._start = own.days.last_open(since)
        self.mass = np.where(begun[:, None], np.ones((1, own.chance.shape[1])), 0.0)
        self.spared = np.ones_like(self.mass)  # given that it is not paid: not closed by the end of the day
        self._before = np.ones_like(self.mass)
        known = np.where(begun, own.day, since)
        self._silent = 1.0 - own.talks * talked_by(since, known, own.days)
        self._kept = 1.0 - WRITTEN_OFF_SHARE * written_off_by(since, known, own.days)

    def pay(self, day: Days, pace: Floats) -> Floats:
        """What is paid on the day, of those not closed before it."""
        at = self._own.days.last_open(day)
        late = at - self._start
        use = np.flatnonzero((late >= 1) & (self._own.days.opens[at] == day) & self.mass.any(axis=1))
        out = np.zeros_like(self.mass)
        rate = late_rate(self._own.temper[use], late[use])
        gone = self.mass[use] * -np.expm1(-rate[:, None] * pace[use])
        self.mass[use] -= gone
        out[use] = gone * self.spared[use]
        return out

    def talks(self, day: Days) -> Floats:
        """Chance that a title, still unpaid, would be renegotiated on the day."""
        days = self._own.days
        share = talked_by(self.since, day, days) - talked_by(self.since, day - 1, days)
        return np.asarray((self._own.talks * share / self._silent)[:, None] * self.mass)

    def close(self, day: Days, others: Floats) -> None:
        """Brings the closings up to date; ``others``: no other title of the client was renegotiated by then."""
        own = self._own
        early = (day < self.since + REPLACED_FROM)[:, None]
        self._before = np.where(early, others, self._before)
        silent = (1.0 - own.talks * talked_by(self.since, day, own.days)) / self._silent
        kept = (1.0 - WRITTEN_OFF_SHARE * written_off_by(self.since, day, own.days)) / self._kept
        spared = 1.0 - self._before + others * silent[:, None]
        self.spared = np.where(early, 1.0, spared) * kept[:, None]


class _Titles:
    """Some open titles, a row each, in all futures of their clients, a column each."""

    def __init__(self, world: World, title: Days, day: Days, month: Days, cell: Days) -> None:
        self.world, self.day, self.days = world, day, world.days
        titles, fates, clients = world.titles, world.fates, world.clients
        self._cells, self._starts, self._row = np.unique(cell, return_index=True, return_inverse=True)
        client = titles.client[title]
        self.temper, self._month = clients.temper[client], month
        first = self._starts
        futures = futures_of(client[first], month[first], clients)
        now = clients.ability[client[first], month[first]]
        still = [clients.on_time_logit(client[first], now), clients.pace(client[first], now)]
        self.chance = futures.chance[self._row]
        self._logit, self._pace = (
            np.concatenate([np.repeat(one[:, None, None], futures.chance.shape[1], axis=1), more], axis=2)
            for one, more in zip(still, (futures.on_time_logit, futures.pace), strict=True)
        )
        self.void_on = fates.void_on[title]
        self._payable, self._payable_2 = fates.payable[title], fates.payable_2[title]
        self._amount_logit = fates.amount_logit[title]
        due = self._payable <= day
        asked = due & fates.asked[title]
        self._asks = np.where(due, 0.0, clients.asks[client])
        may_talk = (titles.agreement[title] < 0) & (self.void_on == NEVER) & ~self._has_plan(client)
        self.talks = np.where(may_talk, renegotiated_share(self.temper), 0.0)
        self._early_on, self._early = self._early_days(fates.early_chance[title], titles.issue[title], due)
        one = np.ones_like(self.chance)
        self._waits, self._asking = one * ~due[:, None], one * (asked & (self._payable_2 > day))[:, None]
        self._late = _Late(self, self._payable, due & ~asked)
        self._late_again = _Late(self, self._payable_2, asked & (self._payable_2 <= day))

    def _has_plan(self, client: Days) -> Bools:
        """Whether the client renegotiated by the day: he does so once."""
        made_on = np.full(self.world.clients.count, NEVER)
        made_on[self.world.plans.client] = self.world.plans.made_on
        return np.asarray(made_on[client] <= self.day)

    def _early_days(self, chance: Floats, issue: Days, due: Bools) -> tuple[Days, Floats]:
        """Days on which each title may be paid early, and how likely, given that it has not been so far."""
        lead = 1 + np.arange(len(LEAD_SHARE))
        at = self.days.last_open(self._payable)[:, None] - lead
        on = np.maximum(self.days.opens[np.maximum(at, 0)], issue[:, None])
        mass = chance[:, None] * LEAD_SHARE
        passed = on <= self.day[:, None]
        left = np.where(passed | due[:, None], 0.0, mass)
        return on, left / (1.0 - np.where(passed, mass, 0.0).sum(axis=1))[:, None]

    def ahead(self, days_ahead: int) -> tuple[Floats, Floats]:
        """P(paid by) and P(open at the end of) each day ahead."""
        paid, still_open = np.zeros((2, len(self.day), days_ahead))
        unbound = np.ones_like(self.chance)  # no talk of this title has come to an agreement
        total = np.zeros(len(self.day))
        for k in range(days_ahead):
            day = self.day + k + 1
            ahead = self.days.month_of(day) - self._month
            pace = self._pace[self._row, :, ahead]
            came = self._late.pay(day, pace) + self._late_again.pay(day, pace) + self._fall_due(day, ahead)
            unbound = unbound - self._late.talks(day) - self._late_again.talks(day)
            others = np.multiply.reduceat(unbound, self._starts, axis=0)[self._row] / unbound
            for late in (self._late, self._late_again):
                late.close(day, others)
            is_open = self._waits + self._asking
            is_open = is_open + sum(late.mass * late.spared for late in (self._late, self._late_again))
            total = total + (came * self.chance).sum(axis=1)
            void = self.void_on < NEVER
            paid[:, k] = np.where(void, 0.0, np.minimum(total, 1.0))
            still_open[:, k] = np.where(void, day < self.void_on, (is_open * self.chance).sum(axis=1))
        return paid, still_open

    def _fall_due(self, day: Days, ahead: Days) -> Floats:
        """What is paid early or on a due date that day; the rest of those due goes on to ask or to be late."""
        early = np.where(self._early_on == day[:, None], self._early, 0.0).sum(axis=1)
        came = np.repeat(early[:, None], self.chance.shape[1], axis=1)
        self._waits = np.where((self._payable > day)[:, None], self._waits - came, self._waits)
        use = np.flatnonzero(self._payable == day)
        held, on_time = self._waits[use], self._on_time(use, ahead[use])
        came[use] += held * on_time
        missed, asks = held * (1.0 - on_time), self._asks[use][:, None]
        self._late.mass[use] += missed * (1.0 - asks)
        self._asking[use] += missed * asks
        self._waits[use] = 0.0
        use = np.flatnonzero((self._payable_2 == day) & self._asking.any(axis=1))
        held, on_time = self._asking[use], self._on_time(use, ahead[use])
        came[use] += held * on_time
        self._late_again.mass[use] += held * (1.0 - on_time)
        self._asking[use] = 0.0
        return came

    def _on_time(self, use: Days, ahead: Days) -> Floats:
        logit = self._logit[self._row[use], :, ahead] + self._amount_logit[use][:, None]
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))
