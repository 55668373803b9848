"""The invoice of a snapshot against the client's earlier ones, by a walk over them: quick where there are few.

Snapshots of one client and day share what is known of its invoices that day, those of one issue date also what is known
of the earlier ones; beside that each costs a walk over the client's invoices.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import OPEN, View, divide, look_at, make_view
from inadimplencia_ml.features.of_invoice.asked import Asked
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on

__all__ = [
    "SAME_DUE",
    "SAME_TERM",
    "SHARED",
    "SIMILAR",
    "TO_MAX",
    "TO_OPEN",
    "Halves",
    "Room",
    "make_room",
    "walk",
]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Out = npt.NDArray[np.float64]

SHARED, SIMILAR, SAME_DUE, TO_OPEN, TO_MAX = 10, 10, 14, 16, 17
"""How many of the first columns depend on client, day and issue date alone; where other columns are."""

SAME_TERM = 3
"""Days by which terms may differ and are of about the same length."""

_BITS = 32


class Halves(NamedTuple):
    """Weights by age in days."""

    of_60: Out
    of_90: Out


class _Earlier(NamedTuple):
    """Scratch over the earlier invoices of a client on a day: those issued before the snapshot's invoice."""

    cents: I64
    term: I64
    late: I64
    known: Flags  # its outcome is known
    key: I64  # day its lateness was last known and position, in one number to sort by


class _Tally(NamedTuple):
    """What the earlier invoices of a client on a day add up to."""

    n: int
    known: int
    most: int  # cents of the largest, -1 without
    open_cents: int  # outstanding on the day, of the invoices of other issue dates


class Room(NamedTuple):
    """Scratch for a walk."""

    day: View
    earlier: _Earlier


def make_room(size: int) -> Room:
    """For clients of up to ``size`` versions."""
    e = np.empty((4, size), np.int64)
    return Room(make_view(size), _Earlier(e[0], e[1], e[2], np.empty(size, np.bool_), e[3]))


@maker
def walk(
    order: I32,
    asked: Asked,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    halves: Halves,
    room: Room,
    out: Out,
) -> None:
    """The columns of the snapshots ``order``, which are by client and day."""
    view, earlier = room.day, room.earlier
    last_client, last_day, last_issue, before, n, consumer = -1, NEVER, NEVER, -1, 0, False
    tally = _Tally(0, 0, -1, 0)
    for s in order:
        c, day, mine = asked.client[s], np.int64(asked.day[s]), asked.mine[s]
        a, b, issue = client_start[c], client_start[c + 1], v.issue[mine]
        again = c == last_client and day == last_day
        if not again:
            consumer = consumer_on(day, c, who)
            n, _ = look_at(day, a, b, v, p, consumer, view)
        if again and issue == last_issue:
            out[:SHARED, s] = out[:SHARED, before]
        else:
            tally = _earlier_ones(day, issue, n, view, earlier)
            _shared(day, tally, view, earlier, halves, s, out)
        last_client, last_day, last_issue, before = c, day, issue, s
        _similar(v.cents[mine], np.int64(v.due[mine]) - issue, tally.n, earlier, s, out)
        _added(asked.as_of[s], day, mine, a, b, consumer, v, tally, s, out)


@maker
def _earlier_ones(day: int, issue: int, n: int, view: View, earlier: _Earlier) -> _Tally:
    """Fills ``earlier`` with those of the view issued before; their keys lie sorted in its first ``known`` places."""
    count, known = 0, 0
    most: Any = np.int64(-1)
    open_cents: Any = np.int64(0)
    for i in range(n):
        if view.issue[i] != issue:
            open_cents += view.left[i]
        if view.issue[i] >= issue:
            continue
        ended = view.status[i] != OPEN or view.late[i] > 0
        earlier.cents[count], earlier.term[count] = view.cents[i], view.due[i] - view.issue[i]
        earlier.late[count], earlier.known[count] = view.late[i], ended
        if ended:
            until = day if view.status[i] == OPEN else view.closed_on[i]
            earlier.key[known] = (until << _BITS) | count
            known += 1
        most = max(most, view.cents[i])
        count += 1
    earlier.key[:known].sort()
    return _Tally(count, known, most, open_cents)


@maker
def _shared(day: int, tally: _Tally, view: View, earlier: _Earlier, halves: Halves, s: int, out: Out) -> None:
    """The columns that depend on client, day and issue date alone. Weights are added by day, ascending."""
    late, late_5, last_5, total = 0, 0, np.int64(NONE), np.int64(0)
    above_60, below_60, above_90, below_90 = 0.0, 0.0, 0.0, 0.0
    k = 0
    while k < tally.known:
        until, days, count = earlier.key[k] >> _BITS, np.int64(0), 0
        while k < tally.known and earlier.key[k] >> _BITS == until:
            one = earlier.late[earlier.key[k] & (2**_BITS - 1)]
            days, count, late, k = days + one, count + 1, late + (one > 0), k + 1
            if one >= 5:
                late_5, last_5 = late_5 + 1, until
        total += days
        above_60, below_60 = above_60 + halves.of_60[day - until] * days, below_60 + halves.of_60[day - until] * count
        above_90, below_90 = above_90 + halves.of_90[day - until] * days, below_90 + halves.of_90[day - until] * count
    out[0, s], out[1, s], out[2, s] = tally.n, tally.known, late
    out[3, s], out[4, s] = divide(late, tally.known), divide(total, tally.known)
    out[5, s], out[6, s] = divide(above_60, below_60), divide(above_90, below_90)
    out[7, s], out[8, s] = late_5, divide(late_5, tally.known)
    out[9, s] = day - last_5 if late_5 else np.nan  # an open one is late on the day itself


@maker
def _similar(own: int, term: int, count: int, earlier: _Earlier, s: int, out: Out) -> None:
    """Earlier invoices of about the same amount, and those of about the same term."""
    alike, known, late, known_term, late_term, days = 0, 0, 0, 0, 0, np.int64(0)
    for i in range(count):
        cents, is_late = earlier.cents[i], earlier.late[i] > 0
        if own >= 0 and cents >= 0 and 3 * own <= 4 * cents <= 5 * own:
            alike += 1
            if earlier.known[i]:
                known, late, days = known + 1, late + is_late, days + earlier.late[i]
        if earlier.known[i] and abs(earlier.term[i] - term) <= SAME_TERM:
            known_term, late_term = known_term + 1, late_term + is_late
    out[SIMILAR, s], out[SIMILAR + 1, s] = alike, divide(late, known)
    out[SIMILAR + 2, s], out[SIMILAR + 3, s] = divide(days, known), divide(late_term, known_term)


@maker
def _added(
    as_of: int, day: int, mine: int, a: int, b: int, consumer: bool, v: Versions, tally: _Tally, s: int, out: Out
) -> None:
    """What falls due with it and what it adds. Of as_of itself only the invoices issued that day are known."""
    same, cents, batch = 0, np.int64(0), np.int64(0)
    for j in range(a, b):
        in_batch, with_it = v.issue[j] == v.issue[mine], v.due[j] == v.due[mine]
        if not (in_batch or with_it):
            continue
        amount = max(v.cents[j], np.int64(0))
        t: Any = np.int64(as_of) if v.issue[j] == as_of else day
        gone = v.void[j] and v.closed_known[j] <= as_of and j != mine
        if in_batch and v.since[j] <= as_of < v.until[j] and not gone:
            batch += amount
        there = v.since[j] <= t < v.until[j] and t <= v.observed_until[j] and not (v.void[j] and v.closed_known[j] <= t)
        there = there and v.invoice[j] != v.invoice[mine] and not (consumer and v.due[j] <= t - FORGOTTEN_AFTER)
        if with_it and (there or j == mine):
            same, cents = same + 1, cents + amount
    own = v.cents[mine]
    out[SAME_DUE, s], out[SAME_DUE + 1, s] = same, cents / 100
    out[TO_OPEN, s] = divide(own, tally.open_cents + batch) if own >= 0 else np.nan
    out[TO_MAX, s] = divide(own, tally.most) if own >= 0 and tally.most > 0 else np.nan
