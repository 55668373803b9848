"""The true probability that a client reaches 30 days late within 90 days, computed from the mechanism itself.

At a month end the truth knows the client's traits and ability, what each open title has met so far (an extension asked
for but not yet booked, a payment made but not yet booked), and the recession's whole course; it does not know what the
next months bring to the client. It goes through all 4³ futures of the path; in each, the titles are independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from inadimplencia_ml.synthetic.behaviour import LEAD_SHARE, Fates, late_rate
from inadimplencia_ml.synthetic.clients import REVERSION, Clients, innovations
from inadimplencia_ml.synthetic.sales import Titles
from inadimplencia_ml.synthetic.workdays import NEVER, Bools, Days, Floats, Texts, Workdays

__all__ = ["DPD", "HORIZON_DAYS", "Futures", "client_months", "futures_of"]

DPD = 30
HORIZON_DAYS = 90
_BUSINESS_DAYS_IN_DPD = 23  # at most, in 30 calendar days
_AHEAD = 3  # months in which a title can still be paid before the horizon ends
_AT_ONCE = 4_000  # client-months computed at once: some tens of megabytes
_WALKS = np.stack(np.meshgrid(*[np.arange(4)] * _AHEAD, indexing="ij"), axis=-1).reshape(-1, _AHEAD)


@dataclass(frozen=True)
class Futures:
    """What may come: a row a client-month, a column a future; the last axis is the month ahead, the next one first."""

    chance: Floats
    on_time_logit: Floats
    pace: Floats


def client_months(
    client_id: Texts, titles: Titles, fates: Fates, closed_on: Days, clients: Clients, days: Workdays
) -> pd.DataFrame:
    """One row a client and month end from the client's first known title: state, true probability, what happened."""
    title, month = _pairs(titles, fates, closed_on, days)
    cut = days.month_ends[month]
    cell = titles.client[title] * days.months + month
    gone = fates.last_payable[title] + DPD
    bad_already = np.bincount(cell[gone <= cut], minlength=clients.count * days.months) > 0
    falls = (gone > cut) & (gone <= cut + HORIZON_DAYS) & (fates.settled[title] > gone)
    falls_bad = np.bincount(cell[falls], minlength=clients.count * days.months) > 0
    can = _can_reach(title, cut, fates)
    reachable = np.bincount(cell[can], minlength=clients.count * days.months)
    use = np.flatnonzero(can & ~bad_already[cell])
    use = use[np.argsort(cell[use], kind="stable")]
    probability = _probabilities(title[use], month[use], cell[use], titles, fates, clients, days)

    first = np.full(clients.count, NEVER)
    np.minimum.at(first, titles.client, titles.known)
    who, when = np.nonzero(first[:, None] <= days.month_ends[None, :])
    at = who * days.months + when
    state = np.where(bad_already[at], "already_bad", np.where(reachable[at] > 0, "scoreable", "no_exposure"))
    return pd.DataFrame(
        {
            "client_id": client_id[who],
            "as_of": days.month_ends[when].astype("datetime64[D]").astype("datetime64[us]"),
            "ability": np.round(clients.ability[who, when], 6),
            "blow": clients.struck[who, when],
            "state": state,
            "reachable_count": reachable[at],
            "probability": np.where(bad_already[at], np.nan, probability[at]),
            "defaulted": falls_bad[at],
        }
    )


def _pairs(titles: Titles, fates: Fates, closed_on: Days, days: Workdays) -> tuple[Days, Days]:
    """Each title with each month end at which it was in the books and open."""
    ends = days.month_ends
    first = np.searchsorted(ends, titles.known)
    last = np.searchsorted(ends, np.minimum(fates.settled, closed_on))  # paid on a month end: no longer open
    count = np.where(fates.void_on == NEVER, np.maximum(last - first, 0), 0)
    title = np.repeat(np.arange(titles.count), count)
    step = np.arange(len(title)) - np.repeat(np.cumsum(count) - count, count)
    return title, first[title] + step


def _can_reach(title: Days, cut: Days, fates: Fates) -> Bools:
    """Whether a pair can reach 30 days late within the horizon, by the due date that holds on the day."""
    still_asks = fates.payable[title] > cut
    due = np.where(still_asks, fates.payable[title], fates.last_payable[title])
    return (due + DPD > cut) & (due + DPD <= cut + HORIZON_DAYS)


def _probabilities(
    title: Days, month: Days, cell: Days, titles: Titles, fates: Fates, clients: Clients, days: Workdays
) -> Floats:
    """Probability of each cell (client × month); 0 where no title can reach the event."""
    out = np.zeros(clients.count * days.months)
    cells, starts = np.unique(cell, return_index=True)
    for low in range(0, len(cells), _AT_ONCE):
        part = cells[low : low + _AT_ONCE]
        end = starts[low + _AT_ONCE] if low + _AT_ONCE < len(cells) else len(cell)
        pair = slice(int(starts[low]), int(end))
        futures = futures_of(part // days.months, part % days.months, clients)
        row = np.searchsorted(part, cell[pair])
        reach = _reach(title[pair], month[pair], titles, fates, clients, days, futures, row)
        spared = np.multiply.reduceat(1.0 - reach, starts[low : low + _AT_ONCE] - starts[low], axis=0)
        out[part] = np.clip(((1.0 - spared) * futures.chance).sum(axis=1), 0.0, 1.0)
    return np.round(out, 9)


def futures_of(client: Days, month: Days, clients: Clients) -> Futures:
    """All futures of the three months after ``month``, from the path as it stands in it."""
    values, chances = innovations(clients.fragility[client], clients.blow[client])
    chance = chances[:, _WALKS].prod(axis=2)
    path = np.repeat(clients.path[client, month][:, None], len(_WALKS), axis=1)
    on_time_logit, pace = np.empty((*chance.shape, _AHEAD)), np.empty((*chance.shape, _AHEAD))
    who = client[:, None]
    for ahead in range(_AHEAD):
        path = REVERSION * path + values[:, _WALKS[:, ahead]]
        ability = path + (clients.level[client] + clients.surroundings[client, month + ahead + 1])[:, None]
        on_time_logit[:, :, ahead] = clients.on_time_logit(who, ability)
        pace[:, :, ahead] = clients.pace(who, ability)
    return Futures(chance, on_time_logit, pace)


def _reach(
    title: Days,
    month: Days,
    titles: Titles,
    fates: Fates,
    clients: Clients,
    days: Workdays,
    futures: Futures,
    row: Days,
) -> Floats:
    """Chance that each title reaches 30 days late within the horizon, a column a future; ``row``: its client-month."""
    client, cut = titles.client[title], days.month_ends[month]
    payable, payable_2 = fates.payable[title], fates.payable_2[title]
    amount_logit = fates.amount_logit[title]
    asks = np.where(payable <= cut, fates.asked[title].astype(np.float64), clients.asks[client])[:, None]
    missed = _missed(payable, cut, month, amount_logit, days, futures, row)
    missed_again = _missed(payable_2, cut, month, amount_logit, days, futures, row)
    lasts = _lasts(payable, cut, month, clients.temper[client], days, futures, row)
    lasts_again = _lasts(payable_2, cut, month, clients.temper[client], days, futures, row)
    waits = _not_early(fates.early_chance[title], payable, cut, days)
    return waits[:, None] * missed * ((1.0 - asks) * lasts + asks * missed_again * lasts_again)


def _not_early(early_chance: Floats, payable: Days, cut: Days, days: Workdays) -> Floats:
    """Chance that a title will not be paid early, given that it has not been so far."""
    left = days.last_open(payable) - days.last_open(cut)  # business days in which it can still come
    within = np.concatenate([[0.0], np.cumsum(LEAD_SHARE)])[np.clip(left - 1, 0, len(LEAD_SHARE))]
    return (1.0 - early_chance) / (1.0 - early_chance * (1.0 - np.where(payable > cut, within, 0.0)))


def _missed(
    payable: Days, cut: Days, month: Days, amount_logit: Floats, days: Workdays, futures: Futures, row: Days
) -> Floats:
    """Chance that the due date passes without payment; 1 where it has passed."""
    ahead = np.clip(days.month_of(payable) - month, 1, _AHEAD) - 1
    logit = futures.on_time_logit[row, :, ahead] + amount_logit[:, None]
    return np.where((payable <= cut)[:, None], 1.0, 1.0 / (1.0 + np.exp(logit)))


def _lasts(payable: Days, cut: Days, month: Days, temper: Days, days: Workdays, futures: Futures, row: Days) -> Floats:
    """Chance that a title, late by this due date, is not paid before it is 30 days late; 0 outside the horizon."""
    rates = np.zeros((len(payable), _AHEAD))
    start = days.last_open(payable)
    for late in range(1, _BUSINESS_DAYS_IN_DPD + 1):
        day = days.opens[np.minimum(start + late, len(days.opens) - 1)]
        ahead = days.month_of(day) - month
        use = np.flatnonzero((day > cut) & (day <= payable + DPD) & (ahead >= 1) & (ahead <= _AHEAD))
        rates[use, ahead[use] - 1] += late_rate(temper[use], late)
    counts = (payable + DPD > cut) & (payable + DPD <= cut + HORIZON_DAYS)
    total = sum(rates[:, [k]] * futures.pace[row, :, k] for k in range(_AHEAD))
    return np.where(counts[:, None], np.exp(-np.asarray(total)), 0.0)
