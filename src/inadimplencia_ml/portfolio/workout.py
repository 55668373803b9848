"""Defaults and the money after them, summed by cohort and month; the same of resampled clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.portfolio.chain_ladder import Development, development, pooled_rate
from inadimplencia_ml.portfolio.courses import courses_of, receipts_after
from inadimplencia_ml.portfolio.groups import Groups
from inadimplencia_ml.portfolio.looked_back import LookedBack, month_of

__all__ = ["Cells", "Defaults", "Figures", "cells_of", "client_weights", "defaults_of", "figures_of"]

Floats = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_AT_ONCE = 25  # resamples worked on together
_YEAR = 365.0


class Defaults(NamedTuple):
    """Arrays over defaults, and over payments after them."""

    group: I64
    client: I64  # numbered among those with a default
    cohort: I64  # month of default
    left: I64
    closed: npt.NDArray[np.int8]
    other: I64
    of: I64  # by payment: position of its default
    month: I64  # since default
    cash: Floats
    discounted: Floats


def defaults_of(back: LookedBack, groups: Groups, settings: dict[str, Any]) -> Defaults:
    """What went into default in months that are over, and what was received after it in such months."""
    books = back.known.books
    courses = courses_of(books, back.day, [settings["dpd"]])
    day, left = courses.reached[:, 0], courses.left[:, 0]
    cohort = month_of(day)
    at = np.flatnonzero((day != NEVER) & courses.counted & (left > 0) & (cohort <= back.last_month))
    got = receipts_after(books, back.day, at, day[at], left[at])
    since = month_of(got.day) - cohort[at][got.at]
    seen = (month_of(got.day) <= back.last_month) & (since <= settings["months"])
    other = np.zeros(len(at), np.int64)
    np.add.at(other, got.at[seen], got.other[seen])
    of, cash = got.at[seen], got.cash[seen].astype(np.float64)
    years = (got.day[seen].astype(np.int64) - day[at][of]) / _YEAR
    client = np.unique(courses.client[at], return_inverse=True)[1]
    discounted = cash * (1.0 + settings["annual_rate"]) ** -years
    closed = courses.closed[at]
    return Defaults(groups.code[at], client, cohort[at], left[at], closed, other, of, since[seen], cash, discounted)


class Cells(NamedTuple):
    """Sums by client: exposure by cohort; money, and discounted money, by cohort and month."""

    exposure: Any
    cash: Any
    discounted: Any
    shape: tuple[int, int]


def cells_of(found: Defaults, own: npt.NDArray[np.bool_], first: int, rows: int, columns: int, clients: int) -> Cells:
    """The sums of some of the defaults."""
    pay = np.flatnonzero(own[found.of])
    of = found.of[pay]
    cell = (found.cohort[of] - first) * columns + found.month[pay]
    at = (cell, found.client[of])
    size = (rows * columns, clients)
    where = (found.cohort[own] - first, found.client[own])
    exposure = sparse.csr_matrix((found.left[own].astype(np.float64), where), shape=(rows, clients))
    cash, discounted = (sparse.csr_matrix((m[pay], at), shape=size) for m in (found.cash, found.discounted))
    return Cells(exposure, cash, discounted, (rows, columns))


def client_weights(clients: int, draws: int, random_state: int) -> Iterator[Floats]:
    """How often each client (row) counts: once, then in blocks of resamples drawn with replacement."""
    yield np.ones((clients, 1))
    rng = np.random.default_rng(random_state)
    for low in range(0, draws if clients > 1 else 0, _AT_ONCE):
        drawn = [rng.integers(0, clients, clients) for _ in range(min(_AT_ONCE, draws - low))]
        yield np.stack([np.bincount(one, minlength=clients) for one in drawn], axis=1).astype(np.float64)


class Figures(NamedTuple):
    """The last axis is the resample."""

    exposure: Floats
    cash: Floats
    found: Development
    rate: Floats
    rate_discounted: Floats


def figures_of(cells: Cells, weights: Floats, age: I64, tail: float) -> Figures:
    """Triangle, development and ultimate rate of each resample; a rate is at most 1, as no default returns more."""
    shape = (*cells.shape, weights.shape[1])
    exposure = np.asarray(cells.exposure @ weights)
    cash, discounted = (np.asarray(m @ weights).reshape(shape).cumsum(axis=1) for m in (cells.cash, cells.discounted))
    found = development(cash, age, tail)
    rate = pooled_rate(cash, age, exposure, found)
    other = pooled_rate(discounted, age, exposure, development(discounted, age, tail))
    return Figures(exposure, cash, found, np.minimum(rate, 1.0), np.minimum(other, 1.0))
