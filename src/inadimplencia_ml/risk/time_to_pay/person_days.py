"""Follow-ups as cells: how many days an invoice was at risk in each interval, and where its follow-up ended.

Days of one interval that differ in nothing the model reads are one cell whose weight is their number: the likelihood
of the days is kept exactly. Where there are too many cells, those of an end and those without one are drawn with
known shares and weighted by the inverse, which keeps the expected likelihood; days without an end are drawn the more
often the more ends their interval has, as a day on which hardly anybody pays tells little. The draw hangs on what a row
holds, not on where it stands, so neither the order of rows nor the number of threads moves it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.compiled import Int, entry, kernel
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid

__all__ = ["CLOSED", "OPEN", "PAID", "Cells", "FollowUps", "cells_of", "fingerprints", "sampled_cells", "thinned"]

I64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

OPEN, PAID, CLOSED = 0, 1, 2
"""How a follow-up ends: still open (censored), paid, closed otherwise (renegotiated, written off, void)."""

_ONE = 1 << 52  # draws are whole numbers below it
_LEAST_RATE = 0.003  # of ends, added to each: no day without an end weighs more than some dozens
_MIX_1, _MIX_2 = 0x2545F4914F6CDD1D, 0x1B873593CC9E2D51


class FollowUps(NamedTuple):
    """One entry a row: days relative to the due date."""

    first: I64  # first day at risk: the day after the one looked from
    last: I64  # last day looked at; the day of the end, if one came
    cause: I64
    due: I64  # day number of day 0
    draw: I64  # fingerprint

    def take(self, which: npt.NDArray[Any]) -> FollowUps:
        """The rows at these positions."""
        return FollowUps(*(column[which] for column in self))


class Cells(NamedTuple):
    """One entry a cell, in the order of rows and days."""

    row: I64
    interval: I64
    is_open: I64  # whether its days are business days
    cause: I64  # OPEN: its days passed without an end
    weight: Floats  # days, over the share drawn


class _Days(NamedTuple):
    """What the kernel must know of days: their interval, and whether they are closed."""

    low: int
    high: int
    base: int
    table: I64
    shut: npt.NDArray[np.bool_]


class _Out(NamedTuple):
    row: I64
    interval: I64
    is_open: I64
    cause: I64
    days: I64


@kernel
def _drawn(draw: Int, cell: Int, share: Int) -> bool:
    """Whether a cell is in the sample: a hash of row and cell below the share, both out of 2^52."""
    if share >= 4503599627370496:
        return True
    h = np.int64(draw) ^ (np.int64(cell) * np.int64(0x2545F4914F6CDD1D))
    h = (h ^ (h >> np.int64(29))) * np.int64(0x1B873593CC9E2D51)
    h = h ^ (h >> np.int64(32))
    return bool((h & np.int64(4503599627370495)) < share)


@entry
def _walk(rows: FollowUps, days: _Days, shares: I64, found: I64, out: _Out) -> None:
    """Counts the cells (``found``: by twice the interval and the kind of day, without an end and then with one), and
    writes them down as far as ``out`` has room. ``shares``: the same order, then that of cells with an end."""
    n, room = np.int64(0), len(out.row)
    half = len(found) // 2
    for i in range(len(rows.first)):
        current, shut_days, open_days = np.int64(-1), np.int64(0), np.int64(0)
        for d in range(rows.first[i], rows.last[i] + 2):
            over = d > rows.last[i]
            j = np.int64(-1) if over else days.table[min(max(d, days.low), days.high) - days.low]
            if j != current:
                for o in range(2):
                    count = open_days if o == 1 else shut_days
                    if count > 0 and _drawn(rows.draw[i], 4 * current + o, shares[2 * current + o]):
                        if n < room:
                            out.row[n], out.interval[n], out.is_open[n], out.cause[n] = i, current, o, 0
                            out.days[n] = count
                        n += 1
                        found[2 * current + o] += 1
                current, shut_days, open_days = j, np.int64(0), np.int64(0)
            if over:
                break
            is_open = np.int64(0) if days.shut[rows.due[i] + d - days.base] else np.int64(1)
            if d == rows.last[i] and rows.cause[i] != 0:
                if _drawn(rows.draw[i], 4 * j + 2 + is_open, shares[half]):
                    if n < room:
                        out.row[n], out.interval[n], out.is_open[n] = i, j, is_open
                        out.cause[n], out.days[n] = rows.cause[i], 1
                    n += 1
                    found[half + 2 * j + is_open] += 1
            elif is_open == 1:
                open_days += 1
            else:
                shut_days += 1


def cells_of(rows: FollowUps, grid: DayGrid, calendar: Calendar | None) -> Cells:
    """All cells of the follow-ups; without a calendar every day is a business day."""
    return _cells(rows, _days(rows, grid, calendar), np.ones(2 * grid.count + 1))


def sampled_cells(rows: FollowUps, grid: DayGrid, calendar: Calendar | None, most: int) -> Cells:
    """The cells, or about ``most`` of them: ends take half of the room at the most."""
    days = _days(rows, grid, calendar)
    found = np.zeros(4 * grid.count, np.int64)
    _walk(rows, days, np.full(2 * grid.count + 1, _ONE, np.int64), found, _room(0))
    free, ends = found[: 2 * grid.count].astype(np.float64), found[2 * grid.count :].astype(np.float64)
    share_of_ends = min(1.0, most / 2 / max(ends.sum(), 1.0))
    room = most - share_of_ends * ends.sum()
    return _cells(rows, days, np.append(_shares(free, ends, room), share_of_ends))


def _shares(free: Floats, ends: Floats, room: float) -> Floats:
    """Shares of the cells without an end, as the root of how often their interval and kind of day has one.

    So the hazard of each is learned about as surely for the cells that are spent on it (Neyman 1934); never below what
    keeps a weight within reason.
    """
    if free.sum() <= room:
        return np.ones(len(free))
    want = np.sqrt(ends / np.maximum(free + ends, 1.0) + _LEAST_RATE)
    scale, share = 0.0, np.zeros(len(free))
    for _ in range(20):  # cells that are all taken leave room for the others
        whole = share >= 1.0
        scale = (room - free[whole].sum()) / max(float((free * want)[~whole].sum()), 1e-9)
        share = np.where(whole, 1.0, np.minimum(scale * want, 1.0))
    return share


def thinned(rows: FollowUps, cells: Cells, cause: int, most: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """The cells of a cause and, of the others, about ``most``: their positions, and the share drawn of their kind."""
    own = cells.cause == cause
    share = min(1.0, most / max(int((~own).sum()), 1))
    h = (rows.draw[cells.row].view(np.uint64) ^ np.uint64(_MIX_2)) * np.uint64(_MIX_1)
    h = (h ^ (4 * cells.interval + cells.is_open).astype(np.uint64)) * np.uint64(_MIX_2)
    h ^= h >> np.uint64(32)
    kept = np.flatnonzero(own | ((h & np.uint64(_ONE - 1)) < np.uint64(round(share * _ONE))))
    return kept, np.where(own[kept], 1.0, share)


def _cells(rows: FollowUps, days: _Days, shares: Floats) -> Cells:
    limits = np.round(shares * _ONE).astype(np.int64)
    found = np.zeros(2 * (len(shares) - 1), np.int64)
    _walk(rows, days, limits, found, _room(0))
    out = _room(int(found.sum()))
    found[:] = 0
    _walk(rows, days, limits, found, out)
    share = limits[np.where(out.cause == OPEN, 2 * out.interval + out.is_open, len(shares) - 1)] / _ONE
    return Cells(out.row, out.interval, out.is_open, out.cause, out.days / share)


def _room(n: int) -> _Out:
    return _Out(*(np.zeros(n, np.int64) for _ in range(5)))


def _days(rows: FollowUps, grid: DayGrid, calendar: Calendar | None) -> _Days:
    low, high, table = grid.starts[0] - 1, grid.starts[-1], grid.table
    if not len(rows.first):
        return _Days(low, high, 0, table, np.zeros(1, np.bool_))
    base, last = int((rows.due + rows.first).min()), int((rows.due + rows.last).max())
    if calendar is None:
        shut = np.zeros(max(last - base, 0) + 1, np.bool_)
    else:
        shut = ~calendar.is_business_day(np.arange(base, max(last, base) + 1, dtype=np.int32))
    return _Days(low, high, base, table, shut)


def fingerprints(x: Floats, *columns: npt.NDArray[Any], seed: int) -> I64:
    """64 bits of what each row holds: equal rows have equal ones, other rows other ones but for rare chance."""
    h = np.full(len(x), np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15 >> 32) + np.uint64(1), np.uint64)
    for column in (*x.T, *columns):
        values = np.asarray(column, np.float64) + 0.0  # −0 as 0
        bits = np.where(np.isnan(values), np.nan, values).view(np.uint64)
        h = (h ^ bits) * np.uint64(_MIX_1)
        h ^= h >> np.uint64(29)
        h *= np.uint64(_MIX_2)
        h ^= h >> np.uint64(32)
    return h.view(np.int64)
