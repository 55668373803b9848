"""Where a client or an invoice stands at a date, seen from a target: in the event, able to reach it, open, or inactive.

Told from facts known at the date alone, so that scoring may ask it as well as labelling. What both need to know of a
single invoice stands here too: its versions, and what is outstanding on a day by the dates of its payments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.lateness import (
    CLOSED,
    INVISIBLE,
    NEVER,
    OPEN,
    Consumers,
    consumer_on,
    seen,
    settlement,
)
from inadimplencia_ml.target import Target

__all__ = [
    "ACTIVE_DAYS",
    "Exposure",
    "Histories",
    "client_exposure",
    "closed_in_event",
    "first_day_past",
    "histories",
    "invoice_exposure",
    "left_on",
    "valid_at",
]

I32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

ACTIVE_DAYS = 180
"""A client with nothing open and nothing issued for this long is inactive."""
_SHARE_UNITS = 1_000_000  # min_share in millionths: whole cents times whole parts, so that no rounding moves a limit


class Exposure(NamedTuple):
    """One entry a snapshot."""

    already_bad: Flags
    exposed: Flags  # something open could reach the event within the horizon
    open_now: Flags
    recent: Flags  # something was issued in the last 180 days
    material: npt.NDArray[np.int64]  # cents below which nothing is an event


class Histories(NamedTuple):
    """Which versions belong to an invoice: those at ``at[start[i]:start[i + 1]]``, oldest first."""

    start: I32
    at: I32


class _Ends(NamedTuple):
    """By invoice, what spares a closer look at it."""

    known: I32  # first day it is known
    closed_since: I32  # it is never open from this day on
    issue: I32  # of one that is void from then on: long ago


class _Goal(NamedTuple):
    dpd: int
    horizon: int
    cure: int
    min_cents: int
    min_share: int  # millionths


def client_exposure(books: Books, client: I32, day: I32, target: Target) -> Exposure:
    """Where each client stands at the end of its day; client -1 stands nowhere.

    Parameters
    ----------
    books : Books
    client, day : int32 arrays
        Numbers of clients, and days since 1970-01-01.
    target : Target
        Of level client.

    Returns
    -------
    Exposure
        ``already_bad``: some open invoice has the dpd with the material amount, or had it so shortly before that
        ``cure_days`` have not passed.
    """
    goal = _Goal(
        target.dpd,
        target.horizon_days,
        target.cure_days,
        round(target.min_amount * 100),
        round(target.min_share * _SHARE_UNITS),
    )
    h, out = histories(books), _nowhere(len(client), goal.min_cents)
    ends = _Ends(*(np.empty(len(books.invoice_ids), np.int32) for _ in range(3)))
    _closed_since(h, books.versions, books.payments, ends)
    _clients(client, day, books.invoice_start, h, books.versions, books.payments, books.consumers, goal, ends, out)
    return out


def invoice_exposure(books: Books, client: I32, invoice: I32, day: I32, target: Target) -> Exposure:
    """Where each invoice stands at the end of its day; one not known yet is exposed.

    Event late or default: one that has seen the end of its due_adj + dpd is decided; ``already_bad`` if it went bad.
    Event paid: it is exposed as long as it is open, however late.
    """
    out = _nowhere(len(client), round(target.min_amount * 100))
    kind = ("late", "default", "paid").index(target.event)
    h = histories(books)
    args = (books.invoice_start, h, books.versions, books.payments, books.consumers)
    _invoices(client, invoice, day, *args, kind, target.dpd, out)
    return out


def histories(books: Books) -> Histories:
    """The versions of each invoice, in the order they became known."""
    v, n = books.versions, len(books.invoice_ids)
    if n == len(v.invoice):
        at = np.empty(n, np.int32)
        at[v.invoice] = np.arange(n, dtype=np.int32)
    else:
        at = np.lexsort((v.until, v.since, v.invoice)).astype(np.int32)
    count = np.bincount(v.invoice, minlength=n)
    return Histories(np.concatenate([[0], np.cumsum(count)]).astype(np.int32), at)


def _nowhere(n: int, material: int) -> Exposure:
    already_bad, exposed, open_now, recent = (np.zeros(n, bool) for _ in range(4))
    return Exposure(already_bad, exposed, open_now, recent, np.full(n, material, np.int64))


# ------------------------------------------------------------------ one invoice
@maker
def valid_at(t: int, i: int, h: Histories, v: Versions) -> int:
    """The version of invoice ``i`` that counts at the end of day t, -1 before it is known."""
    for k in range(h.start[i], h.start[i + 1]):
        j = h.at[k]
        if v.since[j] <= t < v.until[j]:
            return int(j)
    return -1


@maker
def _in_force(j: int, v: Versions) -> int:
    """First day on which version j speaks for its invoice: the first one from the day of issue."""
    return int(v.issue[j] if v.since[j] == v.known[j] else v.since[j])


@maker
def left_on(d: int, j: int, known_at: int, v: Versions, p: Payments) -> int:
    """Cents outstanding at the end of day d in the amount of version j, -1 if settled by then or nothing was ever due.

    By payment dates, as known at ``known_at``: a payment booked late was made on its day, a reversed one never was.
    Cancellations are not looked at.
    """
    settled, _, _, _, _ = settlement(known_at, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)
    if settled <= d or v.cents[j] == 0:
        return -1
    if v.cents[j] < 0:
        return 0
    left = np.int64(v.cents[j])
    for q in range(v.pay_start[j], v.pay_stop[j]):
        if p.date[q] <= d and p.known[q] <= known_at < p.until[q]:
            left -= p.cents[q]
    return int(max(left, np.int64(0)))


@maker
def first_day_past(first: int, last: int, j: int, v: Versions, dpd: int) -> int:
    """First day of first..last on which version j is in force and its due date ``dpd`` days ago; NEVER if none."""
    day = max(first, _in_force(j, v), np.int64(v.due_adj[j]) + dpd)
    return int(day) if day <= last and day < v.until[j] else int(NEVER)


@maker
def closed_in_event(
    first: int, last: int, j: int, cancelled: int, known_at: int, v: Versions, p: Payments, material: int
) -> bool:
    """Whether a renegotiation or write-off on a day of first..last ends version j overdue, the amount still out."""
    if cancelled < first or cancelled > last or cancelled < _in_force(j, v) or cancelled >= v.until[j]:
        return False
    if cancelled <= v.due_adj[j] or left_on(cancelled, j, known_at, v, p) < 0:
        return False  # not overdue, or paid on or before that day: the payment wins
    return bool(left_on(cancelled - 1, j, known_at, v, p) >= material)


# ------------------------------------------------------------------ clients
@maker
def _closed_since(h: Histories, v: Versions, p: Payments, ends: _Ends) -> None:
    """Fills ``ends``: after the last fact of an invoice its state stands for ever."""
    for i in range(len(h.start) - 1):
        j = h.at[h.start[i + 1] - 1]
        change, void = v.since[j], False
        if v.closed_known[j] != NEVER:
            change, void = max(change, v.closed_known[j]), v.void[j]
        for q in range(v.pay_start[j], v.pay_stop[j]):
            change = max(change, p.known[q])
            if p.until[q] != NEVER:
                change = max(change, p.until[q])
        is_open = seen(change, j, False, v, p)[0] == OPEN
        ends.known[i], ends.closed_since[i] = v.known[j], NEVER if is_open else change
        ends.issue[i] = -NEVER if void else v.issue[j]


@maker
def _was_bad(
    t: int, i: int, cancelled: int, h: Histories, v: Versions, p: Payments, goal: _Goal, material: int
) -> bool:
    """Whether invoice i was in the event on a day of [t - cure, t], as known at t."""
    for k in range(h.start[i], h.start[i + 1]):
        j = h.at[k]
        if v.since[j] > t:
            break
        day = first_day_past(t - goal.cure, min(t, cancelled - 1), j, v, goal.dpd)
        if day != NEVER and left_on(day, j, t, v, p) >= material:
            return True
        if closed_in_event(t - goal.cure + 1, t, j, cancelled, t, v, p, material):
            return True
    return False


@maker
def _material(
    t: int, a: int, b: int, consumer: bool, v: Versions, p: Payments, h: Histories, goal: _Goal, ends: _Ends
) -> int:
    """Material cents: the absolute amount, or the share of what invoices a..b have open at t."""
    if goal.min_share == 0:
        return goal.min_cents
    total: Any = np.int64(0)
    for i in range(a, b):
        if ends.known[i] <= t < ends.closed_since[i]:
            total += seen(t, valid_at(t, i, h, v), consumer, v, p)[3]
    share = -((-goal.min_share * total) // _SHARE_UNITS)  # rounded up to a whole cent
    return int(max(goal.min_cents, share))


@maker
def _clients(
    client: I32,
    day: I32,
    start: I32,
    h: Histories,
    v: Versions,
    p: Payments,
    who: Consumers,
    goal: _Goal,
    ends: _Ends,
    out: Exposure,
) -> None:
    for s in range(len(client)):
        c, t = client[s], np.int64(day[s])
        if c < 0:
            continue
        consumer = consumer_on(t, c, who)
        material = _material(t, start[c], start[c + 1], consumer, v, p, h, goal, ends)
        out.material[s] = material
        for i in range(start[c], start[c + 1]):
            if ends.known[i] > t:
                continue
            if t - goal.cure >= ends.closed_since[i]:
                out.recent[s] |= ends.issue[i] > t - ACTIVE_DAYS
                continue
            j = valid_at(t, i, h, v)
            gone = v.closed_known[j] <= t
            out.recent[s] |= v.issue[j] > t - ACTIVE_DAYS and not (gone and v.void[j])
            status, _, _, left = seen(t, j, consumer, v, p)
            if status == OPEN:
                out.open_now[s] = True
                out.exposed[s] |= left >= material and v.due_adj[j] + goal.dpd <= t + goal.horizon
            if status == OPEN or (status != INVISIBLE and goal.cure > 0):
                cancelled = np.int64(v.cancelled[j]) if gone else np.int64(NEVER)
                out.already_bad[s] |= _was_bad(t, i, cancelled, h, v, p, goal, material)


# ------------------------------------------------------------------ invoices
@maker
def _invoices(
    client: I32,
    invoice: I32,
    day: I32,
    start: I32,
    h: Histories,
    v: Versions,
    p: Payments,
    who: Consumers,
    kind: int,
    dpd: int,
    out: Exposure,
) -> None:
    for s in range(len(client)):
        c, i, t = client[s], invoice[s], np.int64(day[s])
        if c < 0 or i < start[c] or i >= start[c + 1]:
            continue
        j = valid_at(t, i, h, v)
        if j < 0:
            out.recent[s] = out.exposed[s] = True
            continue
        status, _, late, _ = seen(t, j, consumer_on(t, c, who), v, p)
        out.open_now[s] = status == OPEN
        decided_on = np.int64(v.due_adj[j]) + dpd
        if status == INVISIBLE or kind == 2 or t < decided_on:
            out.exposed[s] = status == OPEN
        elif kind == 0:
            out.already_bad[s] = late >= dpd
        else:
            closed_before = status == CLOSED and v.cancelled[j] <= decided_on
            out.already_bad[s] = not closed_before and left_on(decided_on, j, t, v, p) >= out.material[s]
