"""Lateness, once for the whole library: when an invoice is settled, how many days late it is, what is outstanding.

Compiled scalars, called from the kernels, and `states_at`, the same as arrays for one date. Days are int32 counts since
1970-01-01, money is int64 cents. The words are those of the design: ``due`` as known on the day looked from, ``due_adj``
the next business day, grace between the two, interest and fines never overpayment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

__all__ = ["NEVER", "days_late", "settlement"]

NEVER = np.int32(2**31 - 1)
"""A day that does not come: not cancelled, not reversed, not settled."""

TOLERANCE = 1
"""One cent short counts as settled."""


@njit(cache=True, nogil=True, inline="always")
def days_late(end: int, due: int, due_adj: int) -> int:
    """Signed days late when the clock stops on ``end``: positive after due_adj, 0 within grace, negative before due."""
    if end > due_adj:
        return end - due_adj
    if end >= due:
        return 0
    return end - due


@njit(cache=True, nogil=True)
def settlement(t: int, issue: int, cents: int, start: int, stop: int, pay: Any) -> tuple[int, int, int, int, int]:
    """How an invoice's payments known and unreversed at ``t`` settle it.

    Returns settled_on (NEVER while open), cents paid, the first and the last payment_date of kind payment (NEVER, -NEVER
    without), and the day after ``t`` on which its payments next change. A missing amount (cents < 0) is settled by its
    first settling payment, a zero amount on its day of issue.
    """
    settled, paid, first, last, change = NEVER, np.int64(0), NEVER, -NEVER, NEVER
    if cents == 0:
        settled = issue
    for p in range(start, stop):
        known, until = pay.known[p], pay.until[p]
        if known > t:
            change = min(change, known)
            continue
        if until <= t:
            continue
        change = min(change, until)
        date = pay.date[p]
        paid += pay.cents[p]
        if settled == NEVER and ((cents > 0 and paid >= cents - TOLERANCE) or (cents < 0 and pay.settles[p])):
            settled = date
        if pay.is_payment[p]:
            first = min(first, date)
            last = max(last, date)
    return settled, paid, first, last, change
