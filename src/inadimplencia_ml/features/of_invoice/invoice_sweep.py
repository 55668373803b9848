"""The invoices of a large client against its others: days go forward, a row is touched only when it comes or goes.

What is known on a day is counted by rank of amount and of term. Of the snapshots of one day that of the latest issue
date comes first; rows issued on or after it are taken out, and put back when the day is done. A day on which that would
be more work than to walk over all rows for each snapshot is walked.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry, inlined, kernel
from inadimplencia_ml.features.of_invoice.asked import Asked, by_day
from inadimplencia_ml.features.of_invoice.fenwick import add_at, new_tree, sum_below
from inadimplencia_ml.features.of_invoice.invoice_walk import walk_past, write_batch, write_past
from inadimplencia_ml.features.of_invoice.large_client import Agenda, Index, index_of, new_agenda, wait
from inadimplencia_ml.ledger.books import Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, Consumers, consumer_on

__all__ = ["PAIRS", "sweep_large"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

_N, _N_AMOUNT, _CENTS, _TERMS = range(4)
_COUNT, _WITH_AMOUNT, _BATCH_CENTS = range(3)

PAIRS = 1 << 18
"""With so many pairs of row and snapshot a client costs about as much to sweep as to walk."""

STEPS = 32
"""To take a row out of the counts and to put it back costs about as much as to walk over so many rows."""


class _Known(NamedTuple):
    """What is known of the client on a day."""

    there: npt.NDArray[np.bool_]  # by row: valid and not void
    sums: I64
    amounts: I32  # tree of counts by rank of amount
    terms: I32  # tree of counts by rank of term
    issued: I32  # counts by issue date


class _Batch(NamedTuple):
    """The batch last looked at."""

    sums: I64
    upto: I32  # by place in `Index.by_issue`: how many of its batch have an amount not above its own


def sweep_large(asked: Asked, start: I32, v: Versions, who: Consumers, out: Out) -> None:
    """The columns of batch and past for the large clients."""
    for c in np.flatnonzero(asked.large).tolist():
        a, b = int(start[c]), int(start[c + 1])
        mine = asked.order[asked.start[c] : asked.start[c + 1]]
        order = by_day(mine, np.array([0, len(mine)], np.int32), asked, v)
        index = index_of(a, b, v)
        agenda = new_agenda(asked.day[order], b - a)
        known = _Known(
            np.zeros(b - a, np.bool_),
            np.zeros(4, np.int64),
            new_tree(len(index.cents)),
            new_tree(len(index.term)),
            np.zeros(len(index.issue_day), np.int32),
        )
        batch = _Batch(np.zeros(3, np.int64), np.empty(b - a, np.int32))
        _sweep(c, a, b, STEPS, order, asked, index, agenda, known, batch, v, who, out)


@inlined
def _count(row: Int, a: Int, sign: Int, index: Index, known: _Known, v: Versions) -> None:
    """Adds a row to what is known or takes it away."""
    known.sums[_N] += sign
    known.sums[_TERMS] += sign * np.int64(index.term[index.term_at[row]])
    known.issued[index.issue_at[row]] += sign
    add_at(known.terms, index.term_at[row], sign)
    cents = v.cents[a + row]
    if cents >= 0:
        known.sums[_N_AMOUNT] += sign
        known.sums[_CENTS] += sign * cents
        add_at(known.amounts, index.cents_at[row], sign)


@inlined
def _goes(j: Int, v: Versions) -> Int:
    """First day on which version j no longer counts."""
    return min(v.until[j], v.closed_known[j]) if v.void[j] else v.until[j]


@kernel
def _refresh(g: Int, old: Int, a: Int, index: Index, agenda: Agenda, known: _Known, v: Versions) -> None:
    """Brings the rows that changed by the end of the ``g``-th day up to date; the first ``old`` ones do not count."""
    t, row = agenda.day[g], agenda.first[g]
    while row >= 0:
        later, goes = agenda.following[row], _goes(a + row, v)
        if t < goes:
            wait(agenda, row, goes)
        if known.there[row] != (t < goes):
            known.there[row] = t < goes
            if row >= old:
                _count(row, a, 1 if t < goes else -1, index, known, v)
        row = later


@kernel
def _forget(t: Int, consumer: bool, old: Int, a: Int, b: Int, index: Index, known: _Known, v: Versions) -> Int:
    """Takes rows away that are too old for a consumer, or gives them back; how many do not count."""
    while consumer and old < b - a and v.due[a + old] <= t - FORGOTTEN_AFTER:
        if known.there[old]:
            _count(old, a, -1, index, known, v)
        old += 1
    while old > 0 and not (consumer and v.due[a + old - 1] <= t - FORGOTTEN_AFTER):
        old -= 1
        if known.there[old]:
            _count(old, a, 1, index, known, v)
    return old


@kernel
def _set_aside(issue: Int, sign: Int, old: Int, a: Int, index: Index, known: _Known, v: Versions) -> None:
    """Takes the rows of one issue date away or gives them back."""
    for place in range(index.issue_start[issue], index.issue_start[issue + 1]):
        row = index.by_issue[place]
        if known.there[row] and row >= old:
            _count(row, a, sign, index, known, v)


@entry
def _sweep(
    c: Int,
    a: Int,
    b: Int,
    steps: Int,
    order: I32,
    asked: Asked,
    index: Index,
    agenda: Agenda,
    known: _Known,
    batch: _Batch,
    v: Versions,
    who: Consumers,
    out: Out,
) -> None:
    for row in range(b - a):
        if v.since[a + row] < _goes(a + row, v):
            wait(agenda, row, v.since[a + row])
    old, upto, k = 0, 0, 0  # rows forgotten; issue dates that lie before the day's end; snapshots done
    last_issue, last_as_of = -1, -NEVER
    for g in range(len(agenda.day)):
        t, stop = agenda.day[g], k
        while stop < len(order) and asked.day[order[stop]] == t:
            stop += 1
        _refresh(g, old, a, index, agenda, known, v)
        consumer = consumer_on(t, c, who)
        old = _forget(t, consumer, old, a, b, index, known, v)
        while upto < len(index.issue_day) and index.issue_day[upto] <= t:
            upto += 1
        lowest = index.issue_at[asked.mine[order[stop - 1]] - a]
        aside = index.issue_start[upto] - index.issue_start[min(lowest, upto)]
        walked = aside * steps > np.int64(stop - k) * (b - a)
        left, before = upto, -1
        for q in range(k, stop):
            s = order[q]
            mine, as_of = asked.mine[s], asked.as_of[s]
            issue = index.issue_at[mine - a]
            if issue != last_issue or as_of != last_as_of:
                _look_at_batch(as_of, issue, a, index, batch, v)
                last_issue, last_as_of = issue, as_of
            _write_batch(as_of, mine, a, index, batch, v, s, out)
            if walked:
                walk_past(t, mine, a, b, consumer, v, s, out)
                continue
            while left > issue:
                left -= 1
                _set_aside(left, -1, old, a, index, known, v)
            if q == k or issue != index.issue_at[asked.mine[order[q - 1]] - a]:
                before = issue - 1
                while before >= 0 and known.issued[before] == 0:
                    before -= 1
            _write_past(mine, before, a, index, known, v, s, out)
        while left < upto:
            _set_aside(left, 1, old, a, index, known, v)
            left += 1
        k = stop


@kernel
def _look_at_batch(t: Int, issue: Int, a: Int, index: Index, batch: _Batch, v: Versions) -> None:
    """Sums up what is known at the end of day t of the invoices of one issue date."""
    batch.sums[:] = 0
    begin, stop = index.issue_start[issue], index.issue_start[issue + 1]
    while begin < stop:
        rank, end = index.cents_at[index.by_issue[begin]], begin
        while end < stop and index.cents_at[index.by_issue[end]] == rank:
            j = a + index.by_issue[end]
            if v.since[j] <= t < _goes(j, v):
                batch.sums[_COUNT] += 1
                if v.cents[j] >= 0:
                    batch.sums[_WITH_AMOUNT] += 1
                    batch.sums[_BATCH_CENTS] += v.cents[j]
            end += 1
        while begin < end:
            batch.upto[begin] = batch.sums[_WITH_AMOUNT]
            begin += 1


@kernel
def _write_batch(t: Int, mine: Int, a: Int, index: Index, batch: _Batch, v: Versions, s: Int, out: Out) -> None:
    """The columns of the batch; the snapshot's invoice is one of them, void or not."""
    own, void = v.cents[mine], t >= _goes(mine, v)
    count, total = batch.sums[_COUNT], batch.sums[_BATCH_CENTS]
    below, with_amount = np.int64(batch.upto[index.place[mine - a]]), batch.sums[_WITH_AMOUNT]
    if void:
        count += 1
        if own >= 0:
            total, below, with_amount = total + own, below + 1, with_amount + 1
    write_batch(own, count, total, below, with_amount, s, out)


@kernel
def _write_past(mine: Int, before: Int, a: Int, index: Index, known: _Known, v: Versions, s: Int, out: Out) -> None:
    """The columns of the past, of what is left in ``known``."""
    row, sums = mine - a, known.sums
    amount_below = sum_below(known.amounts, index.cents_at[row] + 1)
    term_below = sum_below(known.terms, index.term_at[row] + 1)
    days = v.issue[mine] - index.issue_day[before] if before >= 0 else 0
    own_term = np.int64(index.term[index.term_at[row]])
    write_past(
        v.cents[mine],
        sums[_N_AMOUNT],
        sums[_CENTS],
        amount_below,
        own_term,
        sums[_N],
        sums[_TERMS],
        term_below,
        days,
        s,
        out,
    )
