"""What is kept of a client at a time: of each row, of each slot, of each due date.

A slot is all rows of one due and one adjusted due date; an open invoice ages with its slot, so that time alone changes
no row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "ABSENT",
    "AMOUNT",
    "BLOCK",
    "CLOSED",
    "DAYS",
    "EARLY",
    "L15",
    "L30",
    "L60",
    "L90",
    "LATE",
    "LATE_AMOUNT",
    "LOW",
    "OPEN",
    "OPEN_AMOUNT",
    "OPEN_LEFT",
    "OPEN_N",
    "PAID_UP",
    "PARTS",
    "SETTLED",
    "SQUARES",
    "SUMS",
    "UNOBSERVED",
    "WEIGHTED",
    "Dates",
    "N",
    "Rows",
    "Slots",
    "new_dates",
    "new_rows",
    "new_slots",
]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

ABSENT, UNOBSERVED, OPEN, SETTLED, CLOSED = 0, 1, 2, 3, 4
"""What a row is: unobserved ones stay among the issued; closed is renegotiated or written off."""

BLOCK = 64
"""Rows whose next change is kept together."""

N, AMOUNT, LATE, LATE_AMOUNT, L15, L30, L60, L90, DAYS, SQUARES, WEIGHTED, EARLY, PAID_UP, PARTS = range(14)
SUMS = 14
"""Sums of a slot: the two first and last of all its rows, the others of those no longer open."""
OPEN_N, OPEN_AMOUNT, OPEN_LEFT = 14, 15, 16
_WIDTH = 17


class Rows(NamedTuple):
    """What each row added when it was last looked at."""

    state: I8
    slot: I32
    late: I64  # days late, of one no longer open
    left: I64  # cents outstanding
    paid_up: I64  # cents paid, at most the amount
    parts: I8  # paid in parts
    seen_on: I32  # day it was last looked at
    change: I32  # next day on which it may be another
    soonest: I32  # the earliest of these by block of rows


class Slots(NamedTuple):
    """Sums over the rows of one due and one adjusted due date, by due date."""

    due: I32
    due_adj: I32
    row: I32  # first row of this due date; one more at the end
    date: I32  # which of the due dates; one more at the end
    sums: I64  # slot x _WIDTH
    worst: I64  # largest days late of one no longer open
    ended: I64  # latest day on which a late one closed
    good: I64  # of length 1: before which slot nothing changed since it was last summed
    open: I64  # of length 1: how many slots have open rows
    opened: I32  # which ones, in no order
    place: I32  # where each of them stands there


class Dates(NamedTuple):
    """Sums over the slots of one due date, by due date."""

    due: I32
    number: I64  # rows
    days: I64  # days late of those no longer open


LOW: Any = np.int64(-(2**40))


def new_rows(size: int) -> Rows:
    """For a client of up to ``size`` rows."""
    e, f = np.empty((4, size), np.int32), np.empty((3, size), np.int64)
    g = np.empty((2, size), np.int8)
    return Rows(g[0], e[0], f[0], f[1], f[2], g[1], e[1], e[2], np.empty(size // BLOCK + 1, np.int32))


def new_slots(size: int) -> Slots:
    """For a client of up to ``size`` rows."""
    e, f = np.empty((6, size + 1), np.int32), np.empty((2, size), np.int64)
    g = np.zeros((2, 1), np.int64)
    return Slots(e[0], e[1], e[2], e[3], np.empty((size, _WIDTH), np.int64), f[0], f[1], g[0], g[1], e[4], e[5])


def new_dates(size: int) -> Dates:
    """For a client of up to ``size`` due dates."""
    e = np.empty((2, size), np.int64)
    return Dates(np.empty(size, np.int32), e[0], e[1])
