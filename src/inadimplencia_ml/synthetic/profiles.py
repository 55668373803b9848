"""What the seller knows of the clients: the register, and a bureau's score that sees their ability late and dimly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.synthetic.clients import SEGMENTS
from inadimplencia_ml.synthetic.contacts import CHANNELS
from inadimplencia_ml.synthetic.records import dates, texts_where
from inadimplencia_ml.synthetic.workdays import Days, Texts, month_start
from inadimplencia_ml.synthetic.world import World

__all__ = ["bureau", "clients"]

_ASKED_EVERY_MONTHS = 8
_BUREAU_DELAY_MONTHS = 2
_GOOD_NAME = np.array([60.0, 10.0, -50.0, -70.0, -40.0])  # points that the bureau gives or takes, a row a temper
_LIMIT_REVISED_SHARE, _HARDSHIP_TOLD_SHARE = 0.08, 0.40


def clients(world: World, client_id: Texts, rng: np.random.Generator) -> pd.DataFrame:
    """The table of clients: a row when each was registered, a second one where a limit or a hardship came later."""
    who, days = world.clients, world.days
    n = who.count
    there = who.arrival < days.start + 31
    since = who.arrival - np.where(there, rng.integers(30, 2_500, n), 0)
    income = np.exp(np.log(who.size) + 1.6 + 0.3 * who.level + 0.4 * rng.standard_normal(n))
    limit = np.maximum(100, np.rint(who.size * np.exp(1.2 + 0.3 * rng.standard_normal(n)) / 100) * 100)
    person = who.is_person
    first = pd.DataFrame(
        {
            "client_id": client_id,
            "kind": np.where(person, "PF", "PJ").astype(object),
            "uf": np.array(UFS, dtype=object)[who.uf],
            "since": dates(since),
            "business_segment": texts_where(~person, np.array(SEGMENTS, dtype=object)[who.segment]),
            "income": np.rint(income / 10) * 10,
            "credit_limit": limit,
            "preferred_channel": np.array(CHANNELS, dtype=object)[rng.choice(4, n, p=[0.25, 0.55, 0.08, 0.12])],
            "vulnerable": person & (rng.random(n) < 0.02),
            "hardship": False,
            "do_not_contact": rng.random(n) < 0.004,
            "known_on": dates(since),
        }
    )
    rows = pd.concat([first, *_later_rows(first, world, rng)], ignore_index=True)
    known = rows["known_on"] <= pd.Timestamp(dates(np.array([days.end]))[0])
    return rows[known].sort_values(["known_on", "client_id"], kind="stable", ignore_index=True)


def _later_rows(first: pd.DataFrame, world: World, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Rows of those whose limit was revised, and of those who told of hardship in the month after a blow."""
    who, days = world.clients, world.days
    n = who.count
    day = who.arrival + 60 + (rng.random(n) * (days.end - days.start)).astype(np.int64)
    revised = np.flatnonzero(rng.random(n) < _LIMIT_REVISED_SHARE)
    factor = rng.choice([0.5, 1.5, 2.0], n, p=[0.3, 0.4, 0.3])
    limits = first.iloc[revised].assign(
        credit_limit=np.maximum(100, np.rint(first["credit_limit"].to_numpy()[revised] * factor[revised])),
        known_on=dates(day[revised]),
    )
    month = np.argmax(who.struck, axis=1)
    told = days.opens[0] + (month + 1) * 365 // 12 + rng.integers(0, 30, n)
    tells = who.struck.any(axis=1) & (rng.random(n) < _HARDSHIP_TOLD_SHARE) & (told > np.maximum(day, who.arrival))
    tells &= told <= who.departure
    silent = np.flatnonzero(tells & ~np.isin(np.arange(n), revised))
    hardship = first.iloc[silent].assign(hardship=True, known_on=dates(told[silent]))
    return [limits, hardship]


def bureau(world: World, client_id: Texts, rng: np.random.Generator) -> pd.DataFrame:
    """An attribute table: the score that a bureau gave on the days the seller asked for it."""
    who, days = world.clients, world.days
    first = np.maximum(days.month_of(np.maximum(who.arrival, days.start)), 0)
    first = first + np.where(who.arrival < days.start + 31, rng.integers(0, _ASKED_EVERY_MONTHS, who.count), 0)
    times = np.maximum(0, (days.months - 1 - first) // _ASKED_EVERY_MONTHS + 1)
    client = np.repeat(np.arange(who.count), times)
    month = first[client] + _ASKED_EVERY_MONTHS * (np.arange(len(client)) - np.repeat(np.cumsum(times) - times, times))
    seen = who.ability[client, np.maximum(month - _BUREAU_DELAY_MONTHS, 0)]
    score = 520 + 75 * seen + _GOOD_NAME[who.temper[client]] + 110 * rng.standard_normal(len(client))
    entries = rng.poisson(np.clip(0.35 - 0.25 * seen, 0.02, 3.0))
    day = _day_in_month(month, who.arrival[client], world, rng)
    keep = np.flatnonzero(day <= days.end)
    order = keep[np.lexsort((client[keep], day[keep]))]
    return pd.DataFrame(
        {
            "client_id": client_id[client[order]],
            "known_on": dates(day[order]),
            "score": np.clip(np.rint(score[order]), 0, 1000).astype(np.int64),
            "negative_entries": entries[order],
        }
    )


def _day_in_month(month: Days, arrival: Days, world: World, rng: np.random.Generator) -> Days:
    start = month_start(month + world.days.first_month)
    return world.days.later(np.maximum(start + rng.integers(0, 28, len(month)), arrival), 0)
