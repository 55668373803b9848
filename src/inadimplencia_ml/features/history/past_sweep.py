"""The invoices of a large client against the earlier ones: days go forward once, whatever the number of snapshots.

Of the snapshots of one day that of the latest issue date comes first; rows issued on or after it are taken out of the
sums, and put back when the day is done. A day on which that would be more work than to walk over all rows for each
snapshot is walked.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, kernel, maker
from inadimplencia_ml.features.history import past_running as run
from inadimplencia_ml.features.history.past_running import Running, count_earlier, new_running
from inadimplencia_ml.features.history.past_sums import Spans, Today, spans_of, write_added, write_shared, write_similar
from inadimplencia_ml.features.history.past_walk import SHARED, Halves, Room, make_room, walk
from inadimplencia_ml.features.of_invoice.asked import Asked
from inadimplencia_ml.features.of_invoice.large_client import Agenda, Index, index_of, new_agenda
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


def sweep_large(
    order: I32, asked: Asked, start: I32, v: Versions, p: Payments, who: Consumers, halves: Halves, out: Out
) -> None:
    """The columns of the large clients; ``order`` as `by_day` gives it."""
    for c in np.flatnonzero(asked.large).tolist():
        a, b = int(start[c]), int(start[c + 1])
        mine = order[asked.start[c] : asked.start[c + 1]]
        index = index_of(a, b, v)
        running = new_running(a, b, index, v, p)
        agenda, spans = new_agenda(asked.day[mine], b - a), spans_of(index)
        today = Today(np.zeros((len(running.due), 2), np.int64), np.zeros(b - a, np.bool_))
        room = make_room(b - a)
        _sweep(c, STEPS, mine, asked, start, index, spans, agenda, running, today, v, p, who, halves, room, out)


@maker
def _sweep(
    c: Int,
    steps: Int,
    order: I32,
    asked: Asked,
    start: I32,
    index: Index,
    spans: Spans,
    agenda: Agenda,
    r: Running,
    today: Today,
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
    spans: Spans,
    r: Running,
    today: Today,
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
            largest = write_shared(t, r, halves, s, out)
        last_issue, last_as_of, before = issue, as_of, s
        write_similar(t, mine, a, index, spans, r, v, s, out)
        write_added(as_of, t, mine, old, a, issue, largest, batch, asked, index, r, today, v, s, out)
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
    as_of: Int, consumer: bool, sign: Int, a: Int, index: Index, today: Today, r: Running, v: Versions
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
