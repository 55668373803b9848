"""Lateness, once for the whole library: when an invoice is settled, how many days late it is, what is outstanding.

Compiled scalars, called from the kernels that look at whole clients. Days are int32 counts since 1970-01-01, money is
int64 cents. The words are those of the design: ``due`` as known on the day looked from, ``due_adj`` the next business
day, grace between the two, interest and fines never overpayment.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel

__all__ = [
    "CLOSED",
    "FORGOTTEN_AFTER",
    "INVISIBLE",
    "NEVER",
    "OPEN",
    "SETTLED",
    "TOLERANCE",
    "Consumers",
    "consumer_on",
    "days_late",
    "seen",
    "settlement",
]

NEVER: Any = np.int32(2**31 - 1)
"""A day that does not come: not cancelled, not reversed, not settled."""

TOLERANCE = 1
"""One cent short counts as settled."""


class Consumers(NamedTuple):
    """By client, from which day consumer law holds or not, as known."""

    start: npt.NDArray[np.int32]  # where a client's entries begin
    since: npt.NDArray[np.int32]
    flag: npt.NDArray[np.bool_]


@inlined
def days_late(end: Int, due: Int, due_adj: Int) -> Int:
    """Signed days late when the clock stops on ``end``: positive after due_adj, 0 within grace, negative before due."""
    if end > due_adj:
        return end - due_adj
    if end >= due:
        return 0
    return end - due


@inlined
def settlement(t: Int, issue: Int, cents: Int, start: Int, stop: Int, pay: Any) -> tuple[Int, Int, Int, Int, Int]:
    """How an invoice's payments known and unreversed at ``t`` settle it.

    Returns settled_on (NEVER while open), cents paid, the first and the last payment_date of kind payment (NEVER,
    -NEVER without), and the day after ``t`` on which its payments next change. A missing amount (cents < 0) is settled
    by its first settling payment, a zero amount on its day of issue.
    """
    paid: Any = np.int64(0)
    settled, first, last, change = NEVER, NEVER, -NEVER, NEVER
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


INVISIBLE, OPEN, SETTLED, CLOSED = 0, 1, 2, 3
FORGOTTEN_AFTER = 1825
"""A consumer's invoice with due <= t - 1825 days is gone (five years: CDC art. 43, § 1)."""


@kernel
def seen(t: Int, j: Int, consumer: bool, v: Any, pay: Any) -> tuple[Int, Int, Int, Int]:
    """Version ``j`` at the end of day t: its status, the day it closed (NEVER: open), days late, cents outstanding.

    INVISIBLE: not known, replaced by a later version, void, too old for a consumer, or no longer observed.
    """
    if v.since[j] > t or v.until[j] <= t or t > v.observed_until[j]:
        return INVISIBLE, NEVER, 0, 0
    gone = v.closed_known[j] <= t
    if (gone and v.void[j]) or (consumer and v.due[j] <= t - FORGOTTEN_AFTER):
        return INVISIBLE, NEVER, 0, 0
    settled, paid, _, _, _ = settlement(t, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], pay)
    status, closed_on = (SETTLED if settled != NEVER else OPEN), settled
    if gone and settled > v.cancelled[j]:
        status, closed_on = CLOSED, np.int64(v.cancelled[j])
    late = days_late(t if status == OPEN else closed_on, np.int64(v.due[j]), np.int64(v.due_adj[j]))
    left: Any = max(v.cents[j] - paid, np.int64(0)) if status == OPEN and v.cents[j] > 0 else np.int64(0)
    return status, closed_on, late, left


@kernel
def consumer_on(day: Int, c: Int, who: Consumers) -> bool:
    """Whether consumer law holds for client ``c``, as known on ``day``."""
    known = False
    for e in range(who.start[c], who.start[c + 1]):
        if who.since[e] > day:
            break
        known = who.flag[e]
    return known
