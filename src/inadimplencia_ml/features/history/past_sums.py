"""One snapshot's invoice of a large client read from the running sums: every column but the two of its own due date."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, kernel
from inadimplencia_ml.features.history import past_running as run
from inadimplencia_ml.features.history.past_running import Running
from inadimplencia_ml.features.history.past_walk import SAME_DUE, SAME_TERM, SIMILAR, TO_MAX, TO_OPEN, Halves
from inadimplencia_ml.features.history.view import divide
from inadimplencia_ml.features.of_invoice.asked import Asked
from inadimplencia_ml.features.of_invoice.fenwick import highest, sum_all
from inadimplencia_ml.features.of_invoice.large_client import Index
from inadimplencia_ml.ledger.books import Versions

__all__ = ["Spans", "Today", "spans_of", "write_added", "write_shared", "write_similar"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]


class Spans(NamedTuple):
    """Which ranks are alike to a rank: from and, not included, to."""

    amount_from: I32
    amount_to: I32
    term_from: I32
    term_to: I32


class Today(NamedTuple):
    """Of the invoices issued on as_of, those known at its end, where the day looked from is the one before."""

    by_due: I64  # count, cents
    there: npt.NDArray[np.bool_]  # by row


def spans_of(index: Index) -> Spans:
    """Amounts from three quarters to five quarters, terms within `SAME_TERM` days."""
    cents, term = index.cents, index.term
    return Spans(
        np.searchsorted(4 * cents, 3 * cents, side="left").astype(np.int32),
        np.searchsorted(4 * cents, 5 * cents, side="right").astype(np.int32),
        np.searchsorted(term, term - SAME_TERM, side="left").astype(np.int32),
        np.searchsorted(term, term + SAME_TERM, side="right").astype(np.int32),
    )


@kernel
def write_shared(t: Int, r: Running, halves: Halves, s: Int, out: Out) -> Int:
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
def write_similar(
    t: Int, mine: Int, a: Int, index: Index, spans: Spans, r: Running, v: Versions, s: Int, out: Out
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
def write_added(
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
    today: Today,
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
