"""What became of every invoice, by the dates of events as known on one day: when it went past due, and how it ended.

An invoice reaches ``dpd`` when on some day its due date lies so many days back and something is outstanding, or when it
is renegotiated or written off while overdue: what a `Target` counts as bad. A payment booked late was made on its day;
one that is reversed never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.exposure import Histories, closed_in_event, first_day_past, histories, left_on
from inadimplencia_ml.ledger.lateness import NEVER, settlement

__all__ = ["RENEGOTIATED", "Courses", "Receipts", "courses_of", "next_reached", "paid_within", "receipts_after"]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RENEGOTIATED = 1
"""``Courses.closed`` of an invoice that came back as the instalments of an agreement; 2: written off, 0: neither."""


class Courses(NamedTuple):
    """Arrays over invoices, in the order of the books. Days since 1970-01-01 (NEVER: not), money in cents."""

    client: I32
    issue: I32
    due_adj: I32  # as first known
    cents: I64  # as last known; 0 where the amount is missing
    ended: I32  # the day it was settled or closed
    closed: I8  # why it was closed; 0: it was not
    counted: Flags  # not void, and observed until as_of or its end
    reached: I32  # a column for each dpd: the day on which it was reached
    left: I64  # a column for each dpd: outstanding at the end of that day
    by_closing: Flags  # a column for each dpd: it was closed overdue before it reached it


class Receipts(NamedTuple):
    """What settled chosen invoices after a day of theirs, an entry a payment; their positions among the chosen."""

    at: I64
    day: I32
    cash: I64
    other: I64  # credit notes, discounts, withheld tax, returned goods


def courses_of(books: Books, known_at: int, dpds: Sequence[int]) -> Courses:
    """The courses of all invoices as known at day ``known_at``."""
    n, k = len(books.invoice_ids), len(dpds)
    ends = np.full(n, NEVER, np.int32), np.zeros(n, np.int8), np.zeros(n, bool)
    reached, left = np.full((n, k), NEVER, np.int32), np.zeros((n, k), np.int64)
    issue, cents = np.zeros(n, np.int32), np.zeros(n, np.int64)
    h = histories(books)
    asked = np.asarray(dpds, np.int64)
    _follow(known_at, asked, h, books.versions, books.payments, issue, cents, *ends, reached, left)
    ended, closed, counted = ends
    owner = np.repeat(np.arange(len(books.client_ids), dtype=np.int32), np.diff(books.invoice_start))
    by_closing = (closed[:, None] > 0) & (reached == ended[:, None])
    return Courses(owner, issue, books.first_due_adj, cents, ended, closed, counted, reached, left, by_closing)


def next_reached(books: Books, known_at: int, invoice: I32, day: I32, dpd: int, horizon: int) -> I32:
    """The first day of (day, day + horizon] on which each invoice is at ``dpd`` or more; NEVER if on none."""
    out = np.full(len(invoice), NEVER, np.int32)
    _next_reached(known_at, dpd, horizon, invoice, day, histories(books), books.versions, books.payments, out)
    return out


def paid_within(books: Books, known_at: int, invoice: I64, day: I32, left: I64, days: int) -> I64:
    """Cents of ``left`` that were settled, by whatever kind of payment, in (day, day + days]."""
    got = receipts_after(books, known_at, invoice, day, left)
    inside = got.day <= day[got.at].astype(np.int64) + days
    out = np.zeros(len(invoice), np.int64)
    np.add.at(out, got.at[inside], (got.cash + got.other)[inside])
    return out


def receipts_after(books: Books, known_at: int, invoice: I64, day: I32, left: I64) -> Receipts:
    """Payments after ``day`` of each chosen invoice, as known at ``known_at``, up to the cents ``left`` that day."""
    v, h = books.versions, histories(books)
    version = h.at[h.start[invoice]]
    start, stop = v.pay_start[version], v.pay_stop[version]
    offset = np.concatenate([[0], np.cumsum(stop - start, dtype=np.int64)])
    at, n = np.repeat(np.arange(len(invoice), dtype=np.int64), stop - start), int(offset[-1])
    out = Receipts(at, np.zeros(n, np.int32), np.zeros(n, np.int64), np.zeros(n, np.int64))
    _receive(known_at, start, stop, day, left, offset, books.payments, out)
    some = (out.cash > 0) | (out.other > 0)
    return Receipts(out.at[some], out.day[some], out.cash[some], out.other[some])


@maker
def _follow(
    t: int, dpds: I64, h: Histories, v: Versions, p: Payments, issue: I32, cents: I64, ended: I32, closed: I8,
    counted: Flags, reached: I32, left: I64,
) -> None:  # fmt: skip
    for i in range(len(h.start) - 1):
        now = h.at[h.start[i + 1] - 1]  # the version known last tells how the invoice ended
        issue[i], cents[i] = v.issue[now], max(v.cents[now], np.int64(0))
        gone = v.closed_known[now] <= t
        if gone and v.void[now]:
            continue
        settled = settlement(t, v.issue[now], v.cents[now], v.pay_start[now], v.pay_stop[now], p)[0]
        cancelled = np.int64(v.cancelled[now]) if gone else np.int64(NEVER)
        ended[i] = settled
        if cancelled < settled:
            ended[i], closed[i] = cancelled, v.reason[now]
        observed_until = np.int64(v.observed_until[now])
        counted[i] = observed_until >= min(np.int64(t), np.int64(ended[i]))
        last = min(np.int64(t), observed_until)
        first, last = np.int64(v.issue[now]), min(np.int64(t), observed_until)
        due = _earliest_due(i, h, v)
        for k in range(len(dpds)):
            in_time = h.start[i + 1] - h.start[i] == 1 and settled <= due + dpds[k]
            if cancelled == NEVER and (in_time or due + dpds[k] > last):
                continue  # most invoices: no closer look
            reached[i, k], left[i, k] = _first_reached(first, last, i, dpds[k], cancelled, t, h, v, p)


@maker
def _earliest_due(i: int, h: Histories, v: Versions) -> int:
    due = np.int64(NEVER)
    for q in range(h.start[i], h.start[i + 1]):
        due = min(due, np.int64(v.due_adj[h.at[q]]))
    return int(due)


@maker
def _first_reached(
    first: int, last: int, i: int, dpd: int, cancelled: int, t: int, h: Histories, v: Versions, p: Payments
) -> tuple[int, int]:
    """The first day of first..last on which invoice i reaches dpd (NEVER: none), and what is outstanding then."""
    for q in range(h.start[i], h.start[i + 1]):
        j = h.at[q]
        day = first_day_past(first, last, j, v, dpd)
        if day != NEVER and day < cancelled:
            out = left_on(day, j, t, v, p)
            if out >= 0:
                return day, out
    for q in range(h.start[i], h.start[i + 1] if cancelled != NEVER else h.start[i]):
        j = h.at[q]
        if closed_in_event(first, last, j, cancelled, t, v, p, 0):
            return cancelled, max(left_on(cancelled, j, t, v, p), 0)
    return np.int64(NEVER), 0  # type: ignore[return-value]  # compiled: an integer


@maker
def _next_reached(
    t: int, dpd: int, horizon: int, invoice: I32, day: I32, h: Histories, v: Versions, p: Payments, out: I32
) -> None:
    for s in range(len(invoice)):
        i = invoice[s]
        now = h.at[h.start[i + 1] - 1]
        gone = v.closed_known[now] <= t
        if gone and v.void[now]:
            continue
        cancelled = np.int64(v.cancelled[now]) if gone else np.int64(NEVER)
        last = min(np.int64(day[s]) + horizon, np.int64(v.observed_until[now]), np.int64(t))
        out[s] = _first_reached(np.int64(day[s]) + 1, last, i, dpd, cancelled, t, h, v, p)[0]


@maker
def _receive(t: int, start: I32, stop: I32, day: I32, left: I64, offset: I64, p: Payments, out: Receipts) -> None:
    for i in range(len(start)):
        rest = left[i]
        for q in range(start[i], stop[i]):
            if p.date[q] <= day[i] or p.known[q] > t or p.until[q] <= t:
                continue
            cents = min(p.cents[q], rest)
            rest -= cents
            at = offset[i] + q - start[i]
            out.day[at] = p.date[q]
            if p.is_payment[q]:
                out.cash[at] = cents
            else:
                out.other[at] = cents
