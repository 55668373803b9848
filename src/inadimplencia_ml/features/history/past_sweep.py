"""The invoices of a large client against the earlier ones: days go forward once, whatever the number of snapshots.

Of the snapshots of one day that of the latest issue date comes first; rows issued on or after it are taken out of the
sums, and put back when the day is done. A day on which that would be more work than to walk over all rows for each
snapshot is walked.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from inadimplencia_ml.compiled import Int, kernel
from inadimplencia_ml.features.asked import Asked
from inadimplencia_ml.features.fenwick import highest, sum_all
from inadimplencia_ml.features.history import past_running as run
from inadimplencia_ml.features.history.past_running import Running, count_earlier, new_running
from inadimplencia_ml.features.history.past_walk import (
    SAME_DUE,
    SAME_TERM,
    SHARED,
    SIMILAR,
    TO_MAX,
    TO_OPEN,
    Halves,
    Room,
    make_room,
    walk,
)
from inadimplencia_ml.features.history.view import divide
from inadimplencia_ml.features.large_client import Agenda, Index, index_of, new_agenda
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on

__all__ = ["PAIRS", "sweep_large"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]


PAIRS = 1 << 15
"""With so many pairs of row and snapshot a client costs about as much to sweep as to walk."""

STEPS = 4
"""To take a row out of the sums and to put it back costs about as much as to walk over so many rows."""


class _Spans(NamedTuple):
    """Which ranks are alike to a rank: from and, not included, to."""

    amount_from: I32
    amount_to: I32
    term_from: I32
    term_to: I32


class _Today(NamedTuple):
    """Of the invoices issued on as_of, those known at its end, where the day looked from is the one before."""

    by_due: I64  # count, cents
    there: npt.NDArray[np.bool_]  # by row


def _spans(index: Index) -> _Spans:
    """Amounts from three quarters to five quarters, terms within `SAME_TERM` days."""
    cents, term = index.cents, index.term
    return _Spans(
        np.searchsorted(4 * cents, 3 * cents, side="left").astype(np.int32),
        np.searchsorted(4 * cents, 5 * cents, side="right").astype(np.int32),
        np.searchsorted(term, term - SAME_TERM, side="left").astype(np.int32),
        np.searchsorted(term, term + SAME_TERM, side="right").astype(np.int32),
    )


def sweep_large(
    order: I32, asked: Asked, start: I32, v: Versions, p: Payments, who: Consumers, halves: Halves, out: Out
) -> None:
    """The columns of the large clients; ``order`` as `by_day` gives it."""
    for c in np.flatnonzero(asked.large).tolist():
        a, b = int(start[c]), int(start[c + 1])
        mine = order[asked.start[c] : asked.start[c + 1]]
        index = index_of(a, b, v)
        running = new_running(a, b, index, v, p)
        agenda, spans = new_agenda(asked.day[mine], b - a), _spans(index)
        today = _Today(np.zeros((len(running.due), 2), np.int64), np.zeros(b - a, np.bool_))
        room = make_room(b - a)
        _sweep(c, STEPS, mine, asked, start, index, spans, agenda, running, today, v, p, who, halves, room, out)


@njit(cache=True, nogil=True)
def _sweep(
    c: Int,
    steps: Int,
    order: I32,
    asked: Asked,
    start: I32,
    index: Index,
    spans: _Spans,
    agenda: Agenda,
    r: Running,
    today: _Today,
    v: Versions,
    p: Payments,
    who: Consumers,
    halves: Halves,
    room: Room,
    out: Out,
) -> None:
    a, b = start[c], start[c + 1]
    run.begin(a, b, agenda, v)
    old, upto, k = 0, 0, 0  # rows forgotten; issue dates that lie before the day's end; snapshots done
    for g in range(len(agenda.day)):
        t, stop = np.int64(agenda.day[g]), k
        while stop < len(order) and asked.day[order[stop]] == t:
            stop += 1
        run.refresh(g, old, a, index, agenda, v, p, r)
        consumer = consumer_on(t, c, who)
        old = run.forget(t, consumer, old, a, b, index, v, r)
        while upto < len(index.issue_day) and index.issue_day[upto] <= t:
            upto += 1
        lowest = index.issue_at[asked.mine[order[stop - 1]] - a]
        aside = index.issue_start[upto] - index.issue_start[min(lowest, upto)]
        if aside * steps > np.int64(stop - k) * (b - a):
            walk(order[k:stop], asked, start, v, p, who, halves, room, out)
        else:
            _look_at_day(k, stop, t, consumer, old, upto, a, order, asked, index, spans, r, today, v, halves, out)
        k = stop


@kernel
def _look_at_day(
    low: Int,
    high: Int,
    t: Int,
    consumer: bool,
    old: Int,
    upto: Int,
    a: Int,
    order: I32,
    asked: Asked,
    index: Index,
    spans: _Spans,
    r: Running,
    today: _Today,
    v: Versions,
    halves: Halves,
    out: Out,
) -> None:
    """The columns of the snapshots low..high of ``order``, which look from day t."""
    left, before, filled = upto, -1, False
    last_issue, last_as_of, largest, batch = -1, -NEVER, np.int64(-1), np.int64(0)
    for q in range(low, high):
        s = order[q]
        mine, as_of = asked.mine[s], asked.as_of[s]
        issue = index.issue_at[mine - a]
        while left > issue:
            left -= 1
            _set_aside(left, -1, old, a, index, r, v)
        if as_of > t and not filled:
            _fill_today(as_of, consumer, 1, a, index, today, r, v)
            filled = True
        if issue != last_issue or as_of != last_as_of:
            batch = _batch_cents(as_of, issue, a, index, v)
        if issue == last_issue:
            for column in range(SHARED):
                out[column, s] = out[column, before]
        else:
            largest = _shared(t, r, halves, s, out)
        last_issue, last_as_of, before = issue, as_of, s
        _write_similar(t, mine, a, index, spans, r, v, s, out)
        _write_added(as_of, t, mine, old, a, issue, largest, batch, asked, index, r, today, v, s, out)
    while left < upto:
        _set_aside(left, 1, old, a, index, r, v)
        left += 1
    if filled:
        _fill_today(t + 1, consumer, -1, a, index, today, r, v)


@kernel
def _set_aside(issue: Int, sign: Int, old: Int, a: Int, index: Index, r: Running, v: Versions) -> None:
    """Takes the rows of one issue date out of the earlier ones or puts them back."""
    for place in range(index.issue_start[issue], index.issue_start[issue + 1]):
        row = index.by_issue[place]
        if r.state[row] != run.ABSENT and row >= old:
            count_earlier(row, a, sign, index, v, r)


@kernel
def _fill_today(
    as_of: Int, consumer: bool, sign: Int, a: Int, index: Index, today: _Today, r: Running, v: Versions
) -> None:
    """Counts the invoices issued on as_of and known at its end by due date, or takes them away again."""
    issue = np.searchsorted(index.issue_day, as_of)
    if issue == len(index.issue_day) or index.issue_day[issue] != as_of:
        return
    for place in range(index.issue_start[issue], index.issue_start[issue + 1]):
        row = index.by_issue[place]
        j = a + row
        there = v.since[j] <= as_of < v.until[j] and as_of <= v.observed_until[j]
        there = there and not (v.void[j] and v.closed_known[j] <= as_of)
        if there and not (consumer and v.due[j] <= as_of - FORGOTTEN_AFTER):
            today.there[row] = sign > 0
            today.by_due[r.due_at[row], 0] += sign
            today.by_due[r.due_at[row], 1] += sign * max(v.cents[j], np.int64(0))


@kernel
def _batch_cents(as_of: Int, issue: Int, a: Int, index: Index, v: Versions) -> Int:
    """Cents of the invoices of an issue date that are known at the end of as_of and not void."""
    total = np.int64(0)
    for place in range(index.issue_start[issue], index.issue_start[issue + 1]):
        j = a + index.by_issue[place]
        if v.since[j] <= as_of < v.until[j] and not (v.void[j] and v.closed_known[j] <= as_of):
            total += max(v.cents[j], np.int64(0))
    return total


@kernel
def _shared(t: Int, r: Running, halves: Halves, s: Int, out: Out) -> Int:
    """The columns that depend on day and issue date alone; the largest amount. Weights are added by day, ascending."""
    above_60, below_60, above_90, below_90 = 0.0, 0.0, 0.0, 0.0
    sums = r.sums
    days, count, last = sums[run.DAYS_OPEN] + sums[run.OPEN_LATE] * t, sums[run.OPEN_LATE], np.int64(0)
    total = days  # of the open ones, whose day is t itself
    for k in range(len(r.day)):
        day = np.int64(r.day[k])
        if day > t:
            break
        ended = r.by_day[k]
        if ended[0] == 0:
            continue
        if ended[2] > 0:
            last = day
        total += ended[1]
        if day == t:
            days += ended[1]
            count += ended[0]
            break
        above_60 += halves.of_60[t - day] * ended[1]
        below_60 += halves.of_60[t - day] * ended[0]
        above_90 += halves.of_90[t - day] * ended[1]
        below_90 += halves.of_90[t - day] * ended[0]
    if count > 0:
        above_60 += halves.of_60[0] * days
        below_60 += halves.of_60[0] * count
        above_90 += halves.of_90[0] * days
        below_90 += halves.of_90[0] * count
    known, five = sums[run.KNOWN], sums[run.FIVE]
    out[0, s], out[1, s], out[2, s] = sums[run.COUNT], known, sums[run.LATE]
    out[3, s], out[4, s] = divide(sums[run.LATE], known), divide(total, known)
    out[5, s], out[6, s] = divide(above_60, below_60), divide(above_90, below_90)
    out[7, s], out[8, s] = five, divide(five, known)
    out[9, s] = np.nan
    if five > 0:
        out[9, s] = 0 if sums[run.OPEN_FIVE] > 0 else t - last
    return highest(r.alike, sums[run.GIVEN])


@kernel
def _write_similar(
    t: Int, mine: Int, a: Int, index: Index, spans: _Spans, r: Running, v: Versions, s: Int, out: Out
) -> None:
    """Earlier invoices of about the same amount, and those of about the same term."""
    sums = r.found
    sums[:] = 0
    if v.cents[mine] >= 0:
        rank = index.cents_at[mine - a]
        sum_all(r.alike, spans.amount_to[rank], 1, sums)
        sum_all(r.alike, spans.amount_from[rank], -1, sums)
    known, late = sums[1] & ((1 << run.HALF) - 1), sums[1] >> run.HALF
    known_term, late_term, term = np.int64(0), np.int64(0), index.term_at[mine - a]
    for k in range(spans.term_from[term], spans.term_to[term]):
        known_term += r.terms[k, 0]
        late_term += r.terms[k, 1]
    out[SIMILAR, s], out[SIMILAR + 1, s] = sums[0], divide(late, known)
    out[SIMILAR + 2, s], out[SIMILAR + 3, s] = divide(sums[3] + sums[2] * t, known), divide(late_term, known_term)


@kernel
def _write_added(
    as_of: Int,
    t: Int,
    mine: Int,
    old: Int,
    a: Int,
    issue: Int,
    largest: Int,
    batch: Int,
    asked: Asked,
    index: Index,
    r: Running,
    today: _Today,
    v: Versions,
    s: Int,
    out: Out,
) -> None:
    """What falls due with it and what it adds. Of as_of itself only the invoices issued that day are known."""
    own, due = v.cents[mine], r.due_at[mine - a]
    amount = max(own, np.int64(0))
    same, cents = r.by_due[due, 0], r.by_due[due, 1]
    if as_of > t:
        same += today.by_due[due, 0]
        cents += today.by_due[due, 1]
    for k in range(asked.invoice_start[v.invoice[mine]], asked.invoice_start[v.invoice[mine] + 1]):
        row = asked.versions[k] - a  # its own versions are none of the others
        if 0 <= row < len(r.state) and r.due_at[row] == due:
            times = np.int64(r.state[row] != run.ABSENT and row >= old) + np.int64(as_of > t and today.there[row])
            same -= times
            cents -= times * max(v.cents[a + row], np.int64(0))
    if v.void[mine] and v.closed_known[mine] <= as_of:
        batch += amount
    out[SAME_DUE, s], out[SAME_DUE + 1, s] = same + 1, (cents + amount) / 100
    left = r.sums[run.LEFT] - r.left_by_issue[issue]
    most = index.cents[largest] if largest >= 0 else np.int64(-1)
    out[TO_OPEN, s] = divide(own, left + batch) if own >= 0 else np.nan
    out[TO_MAX, s] = divide(own, most) if own >= 0 and most > 0 else np.nan
