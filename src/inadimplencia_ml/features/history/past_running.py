"""What the invoices of a large client add up to as days go forward: by amount, by term, by the day they ended.

A row is one version of an invoice. It is looked at again only on a day on which something of it changed; that an open
invoice becomes late, and five days late, is such a change. Between these, time alone changes no sum: the days of the
open late ones are kept as their number and the sum of their due dates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.of_invoice.fenwick import add_all
from inadimplencia_ml.features.of_invoice.large_client import Agenda, Index, wait
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, days_late, settlement

__all__ = [
    "ABSENT",
    "COUNT",
    "DAYS_OPEN",
    "FIVE",
    "GIVEN",
    "HALF",
    "KNOWN",
    "LATE",
    "LEFT",
    "OPEN_FIVE",
    "OPEN_LATE",
    "Running",
    "begin",
    "count_earlier",
    "forget",
    "new_running",
    "refresh",
]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

ABSENT, NOT_LATE, IS_LATE, IS_FIVE, ENDED = 0, 1, 2, 3, 4
"""What a row is: of the open ones, late by up to four days or by five and more; settled, renegotiated, written off."""

COUNT, GIVEN, KNOWN, LATE, OPEN_LATE, DAYS_OPEN, FIVE, OPEN_FIVE, LEFT = range(9)
"""Sums over the earlier ones; the last over all. Given: an amount. Known: an outcome. Days of the open late ones: less
the day looked from for each."""

HALF = 32
"""Bits of a number that holds two counts."""


class Running(NamedTuple):
    """By row what it was when last looked at, and what the rows add up to."""

    state: I8
    days: I64  # days late of an ended one; the adjusted due date, negative, of an open late one; else 0
    ended: I32  # place in `day` of the day it ended
    left: I64  # cents outstanding
    sums: I64
    alike: I64  # tree by rank of amount: count, counts known and late, count open and late, days
    terms: I64  # by term: count known, count late
    day: I32  # the days on which invoices can have ended, ascending
    by_day: I64  # of those that ended then: count, days, count of five days late and more
    left_by_issue: I64
    due: I32  # the different due dates, ascending
    due_at: I32  # which of them is the row's
    by_due: I64  # count, cents
    by: I64  # scratch: what changes in a node of `alike`
    found: I64  # scratch: sums over nodes of `alike`


def new_running(a: int, b: int, index: Index, v: Versions, p: Payments) -> Running:
    """For the client of versions a..b, of whom nothing is known yet."""
    n, f = b - a, np.zeros((2, b - a), np.int64)
    closed = (v.closed_known[a:b] != NEVER) & ~v.void[a:b]
    pays = p.date[v.pay_start[a:b].min() : v.pay_stop[a:b].max()]
    day = np.unique(np.concatenate([v.issue[a:b][v.cents[a:b] == 0], v.cancelled[a:b][closed], pays]))
    due, due_at = np.unique(v.due[a:b], return_inverse=True)
    return Running(
        state=np.zeros(n, np.int8),
        days=f[0],
        ended=np.zeros(n, np.int32),
        left=f[1],
        sums=np.zeros(9, np.int64),
        alike=np.zeros((len(index.cents) + 1, 4), np.int64),
        terms=np.zeros((len(index.term), 2), np.int64),
        day=day,
        by_day=np.zeros((len(day), 3), np.int64),
        left_by_issue=np.zeros(len(index.issue_day), np.int64),
        due=due,
        due_at=due_at.astype(np.int32),
        by_due=np.zeros((len(due), 2), np.int64),
        by=np.zeros(4, np.int64),
        found=np.zeros(4, np.int64),
    )


@kernel
def begin(a: Int, b: Int, agenda: Agenda, v: Versions) -> None:
    """Lets each row wait for the day it is known."""
    for row in range(b - a):
        if v.since[a + row] < v.until[a + row]:
            wait(agenda, row, v.since[a + row])


@inlined
def _in_tree(row: Int, sign: Int, r: Running) -> None:
    """Adds what a row is in the tree to the scratch ``by``, or takes it away."""
    state = r.state[row]
    if state == ABSENT:
        return
    r.by[0] += sign
    if state > NOT_LATE:
        is_open = state < ENDED
        late = is_open or r.days[row] > 0
        r.by[1] += sign * (1 + (np.int64(late) << HALF))
        r.by[2] += sign * np.int64(is_open)
        r.by[3] += sign * r.days[row]


@inlined
def _beside_tree(row: Int, sign: Int, index: Index, r: Running) -> None:
    """Adds what a row is among the earlier ones to all sums but the tree, or takes it away."""
    state = r.state[row]
    if state == ABSENT:
        return
    sums, days = r.sums, r.days[row]
    sums[COUNT] += sign
    if state == NOT_LATE:
        return
    is_open = state < ENDED
    late = is_open or days > 0
    sums[KNOWN] += sign
    terms = r.terms[index.term_at[row]]
    terms[0] += sign
    if late:
        sums[LATE] += sign
        terms[1] += sign
    if is_open:
        sums[OPEN_LATE] += sign
        sums[DAYS_OPEN] += sign * days
        if state == IS_FIVE:
            sums[FIVE] += sign
            sums[OPEN_FIVE] += sign
        return
    ended = r.by_day[r.ended[row]]
    ended[0] += sign
    ended[1] += sign * days
    if days >= 5:
        sums[FIVE] += sign
        ended[2] += sign


@inlined
def _of_others(row: Int, a: Int, sign: Int, index: Index, v: Versions, r: Running) -> None:
    """Adds a row to what is open and what falls due by day, whatever its issue date, or takes it away."""
    if r.state[row] != ABSENT:
        by_due = r.by_due[r.due_at[row]]
        by_due[0] += sign
        by_due[1] += sign * max(v.cents[a + row], np.int64(0))
        r.sums[LEFT] += sign * r.left[row]
        r.left_by_issue[index.issue_at[row]] += sign * r.left[row]


@inlined
def _to_tree(row: Int, a: Int, index: Index, v: Versions, r: Running) -> None:
    """Brings the scratch ``by`` into the tree and empties it."""
    if v.cents[a + row] >= 0 and (r.by[0] != 0 or r.by[1] != 0 or r.by[2] != 0 or r.by[3] != 0):
        r.sums[GIVEN] += r.by[0]
        add_all(r.alike, index.cents_at[row], r.by)
    r.by[:] = 0


@kernel
def count_earlier(row: Int, a: Int, sign: Int, index: Index, v: Versions, r: Running) -> None:
    """Counts a row among the earlier ones, or no longer."""
    _in_tree(row, sign, r)
    _to_tree(row, a, index, v, r)
    _beside_tree(row, sign, index, r)


@kernel
def refresh(g: Int, old: Int, a: Int, index: Index, agenda: Agenda, v: Versions, p: Payments, r: Running) -> None:
    """Brings the rows that changed by the end of the ``g``-th day up to date; the first ``old`` ones do not count."""
    t, row = np.int64(agenda.day[g]), agenda.first[g]
    while row >= 0:
        later = agenda.following[row]
        if row >= old:
            _in_tree(row, -1, r)
            _beside_tree(row, -1, index, r)
            _of_others(row, a, -1, index, v, r)
        change = _look(t, row, a, v, p, r)
        if change != NEVER:
            wait(agenda, row, change)
        if row >= old:
            _in_tree(row, 1, r)
            _to_tree(row, a, index, v, r)
            _beside_tree(row, 1, index, r)
            _of_others(row, a, 1, index, v, r)
        row = later


@inlined
def _look(t: Int, row: Int, a: Int, v: Versions, p: Payments, r: Running) -> Int:
    """Sets what a row is at the end of day t; the day on which it may next be another."""
    j = a + row
    gone = v.closed_known[j] <= t
    r.state[row], r.days[row], r.left[row] = ABSENT, 0, 0
    if v.until[j] <= t or v.observed_until[j] < t or (gone and v.void[j]):
        return np.int64(NEVER)
    settled, paid, _, _, change = settlement(t, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
    change = min(np.int64(change), v.until[j])
    if not gone:
        change = min(change, v.closed_known[j])
    if v.observed_until[j] < change:
        change = np.int64(v.observed_until[j]) + 1
    closed_on, is_open = np.int64(settled), settled == NEVER
    if gone and settled > v.cancelled[j]:
        closed_on, is_open = np.int64(v.cancelled[j]), False
    due_adj = np.int64(v.due_adj[j])
    if not is_open:
        r.state[row] = ENDED
        r.days[row] = days_late(closed_on, np.int64(v.due[j]), due_adj)
        r.ended[row] = np.searchsorted(r.day, closed_on)
        return change
    r.left[row] = max(max(v.cents[j], np.int64(0)) - paid, np.int64(0))
    if t <= due_adj:
        r.state[row] = NOT_LATE
        return min(change, due_adj + 1)
    r.days[row] = -due_adj
    if t < due_adj + 5:
        r.state[row] = IS_LATE
        return min(change, due_adj + 5)
    r.state[row] = IS_FIVE
    return change


@kernel
def forget(t: Int, consumer: bool, old: Int, a: Int, b: Int, index: Index, v: Versions, r: Running) -> Int:
    """Takes rows away that are too old for a consumer, or gives them back; how many do not count."""
    while consumer and old < b - a and v.due[a + old] <= t - FORGOTTEN_AFTER:
        count_earlier(old, a, -1, index, v, r)
        _of_others(old, a, -1, index, v, r)
        old += 1
    while old > 0 and not (consumer and v.due[a + old - 1] <= t - FORGOTTEN_AFTER):
        old -= 1
        count_earlier(old, a, 1, index, v, r)
        _of_others(old, a, 1, index, v, r)
    return old
