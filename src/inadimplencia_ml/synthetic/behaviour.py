"""When each title is paid: the one mechanism that `truth` computes with.

A title is paid some days early by habit, or else its fate falls on the due date: paid that day, or the client asks for
more time (once), or it is late. A late title is paid at a rate a business day that depends on the client's temper, on
how long it has been late, and on the ability of the month. Given the path of ability, titles are independent.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from inadimplencia_ml.synthetic.clients import Clients
from inadimplencia_ml.synthetic.sales import Titles
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Floats, Workdays

__all__ = ["LEAD_SHARE", "Fates", "draw_fates", "late_rate", "on_time_chance"]

LEAD_SHARE = np.array([0.5, 0.25, 0.15, 0.10])  # paid 1, 2, 3, 4 business days early
_BANDS = np.array([3, 10, 22, 45])  # business days late at which the rate changes; 22 is about 30 calendar days
_RATES = np.array(  # a row a temper: share of the late titles paid a business day at ability 0
    [
        [0.300, 0.250, 0.180, 0.080, 0.020],
        [0.070, 0.300, 0.250, 0.120, 0.030],  # the reminders make the forgetful pay
        [0.050, 0.085, 0.130, 0.080, 0.020],
        [0.015, 0.030, 0.060, 0.060, 0.015],  # the strategic pay when the protest is near
        [0.003, 0.003, 0.004, 0.004, 0.002],
    ]
)
_VOID_SHARE = 0.007
_QUIET_SHARE = 0.012  # due dates moved by agreement before they come, for reasons of the seller's own
_BY_AMOUNT = 0.25  # log-odds lost where a title is e times the client's usual one


@dataclass(frozen=True)
class Fates:
    """What becomes of each title; the days are latent, the books hear of them later.

    ``due`` is the due date when the day comes (a quiet agreement included), ``due_2`` what an asking client is given;
    ``payable`` and ``payable_2`` are the same moved to business days. ``settled`` is the day it is paid in full.
    """

    due: Days
    payable: Days
    due_2: Days
    payable_2: Days
    quiet_on: Days
    asked: Bools
    asked_on: Days
    early_chance: Floats
    amount_logit: Floats
    settled: Days
    void_on: Days

    @property
    def last_due(self) -> Days:
        """The due date that holds in the end."""
        return np.where(self.asked, self.due_2, self.due)

    @property
    def last_payable(self) -> Days:
        """The same, moved to a business day."""
        return np.where(self.asked, self.payable_2, self.payable)

    def take(self, which: Days) -> Fates:
        """The fates at these positions."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def joined(self, other: Fates) -> Fates:
        """These fates and then the others."""
        both = {f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)}
        return replace(self, **both)


def on_time_chance(clients: Clients, client: Days, amount_logit: Floats, ability: Floats) -> Floats:
    """Chance that a title is paid on its due date if it has not been paid early."""
    return 1.0 / (1.0 + np.exp(-(clients.on_time_logit(client, ability) + amount_logit)))


def late_rate(temper: Days, days_late: Days | int) -> Floats:
    """Rate of paying a business day, so many business days (1 or more) after the due date, at ability 0."""
    return _RATES[temper, np.searchsorted(_BANDS, days_late)]


def draw_fates(titles: Titles, clients: Clients, days: Workdays, rng: np.random.Generator) -> Fates:
    """The fate of each title."""
    n, client = titles.count, titles.client
    uf = clients.uf[client]
    void_on = days.later(titles.known, rng.integers(1, 6, n))
    is_void = (rng.random(n) < _VOID_SHARE) & (void_on < titles.due - 5)
    due, quiet_on = _quietly_moved(titles, days, rng)
    payable = days.adjusted(due, uf)
    due_2 = due + rng.choice([15, 20, 30], n, p=[0.3, 0.2, 0.5])
    payable_2 = days.adjusted(due_2, uf)
    early_chance = _early_chance(titles, clients, days)
    amount_logit = _amount_logit(titles, clients)

    is_early = (rng.random(n) < early_chance) & (titles.agreement < 0)
    lead = 1 + rng.choice(len(LEAD_SHARE), n, p=LEAD_SHARE)
    early_on = np.maximum(days.opens[np.maximum(days.last_open(payable) - lead, 0)], titles.issue)
    ability = clients.ability
    first, second = rng.random(n), rng.random(n)
    on_time = first < on_time_chance(clients, client, amount_logit, ability[client, days.month_of(payable)])
    on_time_2 = second < on_time_chance(clients, client, amount_logit, ability[client, days.month_of(payable_2)])
    asked = ~is_early & ~on_time & (rng.random(n) < clients.asks[client])
    asked_on = np.minimum(days.later(payable, rng.integers(1, 8, n)), due_2 - 1)

    is_late = ~is_early & np.where(asked, ~on_time_2, ~on_time) & ~is_void
    from_day = np.where(asked, payable_2, payable)
    settled = np.where(is_early, early_on, from_day)
    late = np.flatnonzero(is_late)
    patience = rng.standard_exponential(n)
    settled[late] = _waited(client[late], from_day[late], patience[late], clients, days)
    settled[is_void] = NEVER
    return Fates(
        due=due,
        payable=payable,
        due_2=due_2,
        payable_2=payable_2,
        quiet_on=quiet_on,
        asked=asked & ~is_void,
        asked_on=asked_on,
        early_chance=np.where(titles.agreement < 0, early_chance, 0.0),
        amount_logit=amount_logit,
        settled=settled,
        void_on=np.where(is_void, void_on, NEVER),
    )


def _quietly_moved(titles: Titles, days: Workdays, rng: np.random.Generator) -> tuple[Days, Days]:
    """Due dates after the quiet agreements, and the day each reached the books (NEVER without one)."""
    n = titles.count
    agreed_on = days.opens[np.maximum(days.last_open(titles.due) - rng.integers(2, 9, n), 0)]
    moved = (rng.random(n) < _QUIET_SHARE) & (agreed_on > titles.known) & (titles.agreement < 0)
    due = titles.due + np.where(moved, rng.choice([10, 15, 30], n), 0)
    return due, np.where(moved, agreed_on, NEVER)


def _early_chance(titles: Titles, clients: Clients, days: Workdays) -> Floats:
    """Chance of paying early, settled on the day of issue: so an early payment tells nothing of later months."""
    ability = clients.ability[titles.client, days.month_of(titles.issue)]
    return np.round(clients.early[titles.client] / (1.0 + np.exp(-(2.0 + 1.5 * ability))), 9)


def _amount_logit(titles: Titles, clients: Clients) -> Floats:
    """Log-odds that a large title loses against the client's usual one."""
    usual = 100 * clients.size[titles.client]
    return np.round(-_BY_AMOUNT * np.clip(np.log(titles.amount / usual), -1.5, 1.5), 9)


def _waited(client: Days, since: Days, patience: Floats, clients: Clients, days: Workdays) -> Days:
    """The business day on which each late title is paid: when the rates add up to its patience."""
    settled = np.full(len(client), NEVER)
    pace = clients.pace(np.arange(clients.count)[:, None], clients.ability)
    left, start = patience.copy(), days.last_open(since)
    waiting = np.arange(len(client))
    late = 0
    while len(waiting):
        late += 1
        waiting = waiting[start[waiting] + late < len(days.opens)]
        day = days.opens[start[waiting] + late]
        month = np.minimum(days.month_of(day), pace.shape[1] - 1)
        who = client[waiting]
        left[waiting] -= late_rate(clients.temper[who], late) * pace[who, month]
        paid = left[waiting] <= 0
        settled[waiting[paid]] = day[paid]
        waiting = waiting[~paid]
    return settled
