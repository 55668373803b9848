"""Who the clients are, and what nobody sees of them: willingness to pay (fixed) and ability to pay (it moves by month).

Ability of a client in a month = own level + own path + cyclic sensitivity × recession + season of the line of business.
The path reverts to its mean; each month brings one of four innovations: up, nothing, down, or a blow. Four values and
not a bell curve, so that `truth` can go through all futures of three months (4³) and be exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.synthetic.workdays import Bools, Days, Floats, Workdays, uf_codes

__all__ = ["REVERSION", "SEGMENTS", "TEMPERS", "Clients", "draw_clients"]

TEMPERS = ("punctual", "forgetful", "chronic", "strategic", "never")
"""Willingness: pays in time; forgets until reminded; always late; pays when pressed; hardly ever pays."""

_TEMPER_SHARE = (0.64, 0.17, 0.125, 0.05, 0.015)
_ON_TIME = np.array([3.8, 0.8, -0.8, 0.0, -3.5])  # log-odds of paying by the due date at ability 0
_ON_TIME_BY_ABILITY = np.array([1.5, 0.9, 0.9, 0.5, 0.2])
_SPEED_BY_ABILITY = np.array([1.25, 0.8, 0.95, 0.5, 0.1])  # on the log of the daily rate of paying when late
_EARLY = np.array([0.30, 0.08, 0.05, 0.05, 0.0])  # share paid some days before the due date

_LINES = ("varejo", "alimentação", "construção", "agro", "indústria", "transporte", "serviços", "saúde")
SEGMENTS = (*_LINES, "pessoa física")
_PF = len(SEGMENTS) - 1
_SEGMENT_SHARE = (0.24, 0.15, 0.12, 0.09, 0.13, 0.09, 0.12, 0.06)  # among companies
_CYCLIC = np.array([1.1, 0.6, 1.7, 0.4, 1.2, 1.1, 0.7, 0.3, 0.9])  # mean sensitivity to the recession; hidden

_UFS = ("SP", "MG", "RJ", "PR", "RS", "SC", "BA", "GO", "PE", "CE", "MT")
_UF_SHARE = (0.30, 0.12, 0.10, 0.09, 0.08, 0.07, 0.07, 0.06, 0.04, 0.04, 0.03)

REVERSION = 0.86  # share of the path that stays a month later: half of a blow is gone after 4.6 months
_STEP = 0.33  # standard deviation of a month's ordinary innovation
_BURN_IN = 18  # months before the book, so that paths start in their own balance
_SPARE_MONTHS = 31  # the world goes on after the book ends

_RECESSION = {(2024, 1): -0.4, (2024, 2): -0.7, (2024, 3): -0.9, (2024, 4): -0.9, (2024, 5): -0.8, (2024, 6): -0.6}
_AFTERMATH = {(2024, 7): -0.4, (2024, 8): -0.2}


@dataclass(frozen=True)
class Clients:
    """One entry a client in each array; the paths have a row a client and a column a month."""

    temper: Days
    segment: Days
    uf: npt.NDArray[np.int8]
    arrival: Days
    departure: Days
    size: Floats
    on_time: Floats
    speed: Floats
    early: Floats
    asks: Floats
    cyclic: Floats
    level: Floats
    fragility: Floats
    blow: Floats
    path: Floats
    struck: Bools
    surroundings: Floats

    @property
    def count(self) -> int:
        """How many clients."""
        return len(self.temper)

    @property
    def is_person(self) -> Bools:
        """Whether the client is a person (PF)."""
        return np.equal(self.segment, _PF)

    @property
    def ability(self) -> Floats:
        """Ability to pay, a row a client and a column a month."""
        return self.level[:, None] + self.path + self.surroundings

    def on_time_logit(self, client: Days, ability: Floats) -> Floats:
        """Log-odds of paying by the due date."""
        return self.on_time[client] + _ON_TIME_BY_ABILITY[self.temper[client]] * ability

    def pace(self, client: Days, ability: Floats) -> Floats:
        """Factor on the daily rate at which a late title is paid."""
        return np.exp(self.speed[client] + _SPEED_BY_ABILITY[self.temper[client]] * ability)


def draw_clients(count: int, days: Workdays, rng: np.random.Generator, *, recession: bool = True) -> Clients:
    """Clients with their traits and the whole path of their ability; the recession comes, or it does not."""
    temper = rng.choice(len(TEMPERS), count, p=_TEMPER_SHARE)
    is_person = rng.random(count) < 0.35
    segment = np.where(is_person, _PF, rng.choice(_PF, count, p=_SEGMENT_SHARE))
    uf = uf_codes(_UFS)[rng.choice(len(_UFS), count, p=_UF_SHARE)]
    arrival, departure = _stays(count, days, temper, rng)
    cyclic = _CYCLIC[segment] * np.exp(0.5 * rng.standard_normal(count))
    fragility = 0.006 + 0.05 * rng.random(count) ** 3
    blow = 2.2 + 1.6 * rng.random(count)
    months = days.months + _SPARE_MONTHS
    path, struck = _paths(months, fragility, blow, rng)
    return Clients(
        temper=temper,
        segment=segment,
        uf=uf,
        arrival=arrival,
        departure=departure,
        size=np.exp(np.where(is_person, 5.4, 7.5) + np.where(is_person, 0.5, 0.8) * rng.standard_normal(count)),
        on_time=_ON_TIME[temper] + 0.6 * rng.standard_normal(count),
        speed=0.35 * rng.standard_normal(count),
        early=_EARLY[temper] * 2 * rng.random(count),
        asks=np.where(is_person, 0.02, 0.10) * 2 * rng.random(count),
        cyclic=cyclic,
        level=0.55 + 0.45 * rng.standard_normal(count),
        fragility=fragility,
        blow=blow,
        path=path,
        struck=struck,
        surroundings=np.round(
            cyclic[:, None] * _recession(months, days) * recession + _seasons(months, days)[segment], 6
        ),
    )


def _stays(count: int, days: Workdays, temper: Days, rng: np.random.Generator) -> tuple[Days, Days]:
    """First and last day on which each client buys; those who mean not to pay are gone soon."""
    span = days.end - days.start
    there = rng.random(count) < 0.5
    arrival = days.start + np.where(there, 30 * rng.random(count), span * np.sqrt(rng.random(count))).astype(np.int64)
    stay = rng.standard_exponential(count) * np.where(temper == TEMPERS.index("never"), 200, 2_400)
    return arrival, arrival + stay.astype(np.int64) + 60


def _paths(months: int, fragility: Floats, blow: Floats, rng: np.random.Generator) -> tuple[Floats, Bools]:
    """The mean-reverting paths, and the months in which a blow fell."""
    values, chances = innovations(fragility, blow)
    edges = np.cumsum(chances, axis=1)
    path = np.zeros((len(blow), months))
    struck = np.zeros((len(blow), months), np.bool_)
    now = np.zeros(len(blow))
    for month in range(-_BURN_IN, months):
        drawn = (rng.random(len(blow))[:, None] >= edges[:, :-1]).sum(axis=1)
        now = np.round(REVERSION * now + values[np.arange(len(blow)), drawn], 6)
        if month >= 0:
            path[:, month], struck[:, month] = now, drawn == 3
    return path, struck


def innovations(fragility: Floats, blow: Floats) -> tuple[Floats, Floats]:
    """The four innovations of a month and their chances, a row a client: up, nothing, down, a blow."""
    step = np.sqrt(3.0) * _STEP  # with chances 1/6, 2/3, 1/6 the variance is that of the step, as is the fourth moment
    values = np.stack([np.full_like(blow, step), np.zeros_like(blow), np.full_like(blow, -step), -blow], axis=1)
    calm = 1.0 - fragility
    return values, np.stack([calm / 6, calm * 2 / 3, calm / 6, fragility], axis=1)


def _recession(months: int, days: Workdays) -> Floats:
    """How deep the recession is, month by month: the first half of 2024 and its aftermath."""
    depth = np.zeros(months)
    for (year, month), value in {**_RECESSION, **_AFTERMATH}.items():
        at = year * 12 + month - 1 - days.first_month
        if 0 <= at < months:
            depth[at] = value
    return depth


def _seasons(months: int, days: Workdays) -> Floats:
    """Seasonal ability, a row a line of business: school fees and taxes in January, the 13th salary, the harvest."""
    year = np.zeros((len(SEGMENTS), 12))
    year[SEGMENTS.index("varejo"), [0, 1, 11]] = -0.35, -0.25, 0.25
    year[SEGMENTS.index("construção"), [0, 1]] = -0.25
    year[SEGMENTS.index("agro"), [2, 3, 4, 8, 9, 10]] = 0.4, 0.5, 0.4, -0.3, -0.4, -0.4
    year[_PF, [0, 1, 2, 11]] = -0.4, -0.35, -0.15, 0.3
    return year[:, (np.arange(months) + days.first_month) % 12]
