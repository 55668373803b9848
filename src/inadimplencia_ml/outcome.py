"""What came after the cut: labels for training and judging. Scoring never imports this room.

The window of a client is (as_of, as_of + horizon_days]; an invoice is decided on due_adj + dpd. Event dates count, as
known at ``labels_known_at``: a payment booked late was still made on its day. A snapshot is mature when its window and
the booking lag have passed, for both classes alike; a bad one known earlier is counted as ``bad_early``, used nowhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.compiled import maker
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.booking_lag import booking_lag_days
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.exposure import (
    Histories,
    client_exposure,
    closed_in_event,
    first_day_past,
    histories,
    invoice_exposure,
    left_on,
    valid_at,
)
from inadimplencia_ml.ledger.lateness import NEVER, OPEN, Consumers, consumer_on, seen, settlement
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots
from inadimplencia_ml.tables.same_kind import same_kind
from inadimplencia_ml.target import Target

__all__ = ["LABELS", "booking_lag_days", "label"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LABELS = ("good", "bad", "immature", "no_exposure", "already_bad")
_GOOD, _BAD, _IMMATURE, _NO_EXPOSURE, _ALREADY_BAD = range(5)


@same_kind("snapshots")
def label(
    ledger: Ledger, snapshots: Any, target: Target, *, labels_known_at: dt.date | str | None = None
) -> pd.DataFrame:
    """What became of each snapshot, as known at ``labels_known_at``.

    Parameters
    ----------
    ledger : Ledger
    snapshots : table
        client_id and as_of, for a target of level invoice also invoice_id (and view).
    target : Target
    labels_known_at : date, optional
        No fact known later is used; by default, and at the latest, the ledger's known_until.

    Returns
    -------
    DataFrame, or the kind of table that the snapshots are
        The keys of the snapshots, then ``label`` (good, bad, immature, no_exposure, already_bad), ``event`` (1.0 or 0.0
        where the label is good or bad: whether the target's event happened, else NaN), ``bad_early`` (immature, but
        known to be bad) and ``mature_on`` (the day from which the label may be used; NaT where what would decide it is
        not observed). A snapshot after labels_known_at is immature.

    Raises
    ------
    CallError
        The target is of level invoice and the snapshots have no invoice_id, or they are not readable.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [100.0, 100.0],
    ...     "issue_date": ["2025-01-02", "2025-01-02"], "due_date": ["2025-02-03", "2025-02-03"],
    ...     "paid_date": ["2025-02-10", "2025-06-30"]}))
    >>> cut = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": ["2025-01-31", "2025-01-31"]})
    >>> label(ledger, cut, Target(dpd=30, horizon_days=90))["label"].tolist()
    ['good', 'bad']
    """
    until = ledger.known_until
    if labels_known_at is not None:
        until = min(until, to_date(labels_known_at, "labels_known_at"))
    lag, known = booking_lag_days(ledger, until), ledger.known_at(until)
    looks = read_snapshots(snapshots, known)
    if target.level == "invoice":
        if looks.invoice is None:
            raise CallError("label: a target of level invoice needs snapshots with the column invoice_id")
        result = _label_invoices(known.books, looks, target, day_number(until), lag)
    else:
        result = _label_clients(known.books, looks, target, day_number(until), lag)
    return _frame(looks, result, day_number(until))


class _Result(NamedTuple):
    """One entry a snapshot."""

    codes: I32
    event: Flags  # as far as it is known
    is_bad: Flags
    mature_on: I32  # NEVER: what would decide it is not observed


def _frame(looks: Looks, result: _Result, known_at: int) -> pd.DataFrame:
    frame = looks.keys.copy()
    has_come = looks.as_of <= known_at
    codes = np.where(has_come, result.codes, _IMMATURE)
    decided = (codes == _GOOD) | (codes == _BAD)
    frame["label"] = pd.Series(np.array(LABELS)[codes], index=frame.index, dtype="str")
    frame["event"] = np.where(decided, result.event.astype(np.float64), np.nan)
    frame["bad_early"] = (codes == _IMMATURE) & result.is_bad & has_come
    never = result.mature_on == NEVER
    day = np.where(never, 0, result.mature_on).astype("datetime64[D]").astype("datetime64[s]")
    frame["mature_on"] = np.where(never, np.datetime64("NaT", "s"), day)
    return frame


# ------------------------------------------------------------------ clients
class _Window(NamedTuple):
    """What a client's event is, and what is known."""

    dpd: int
    horizon: int
    ever: bool
    with_new: bool
    known_at: int


class _Ends(NamedTuple):
    """By invoice, what spares a closer look at it: as known when the labels are made."""

    known: I32  # first day it is known
    due_adj: I32  # the earliest of all versions
    cancelled: I32  # NEVER if it was not
    paid: I32  # the latest day on which any version's amount was reached; -NEVER if void or nothing was ever due


def _label_clients(books: Books, looks: Looks, target: Target, known_at: int, lag: int) -> _Result:
    where = client_exposure(books, looks.client, looks.day, target)
    n = len(looks.day)
    event, unseen, reachable = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
    goal = _Window(target.dpd, target.horizon_days, target.ever, target.exposure == "open_or_new", known_at)
    h, start = histories(books), books.invoice_start
    ends = _Ends(*(np.empty(len(books.invoice_ids), np.int32) for _ in range(4)))
    _fill_ends(known_at, h, books.versions, books.payments, ends)
    _client_events(
        looks.client, looks.day, start, h, books.versions, books.payments, books.consumers, goal, ends, where.material,
        event, unseen, reachable,
    )  # fmt: skip
    mature_on = np.where(unseen, NEVER, looks.day.astype(np.int64) + target.horizon_days + lag).astype(np.int32)
    codes = np.where(event, _BAD, _GOOD)
    codes = np.where(mature_on <= known_at, codes, _IMMATURE)
    codes = np.where(event | where.exposed | reachable, codes, _NO_EXPOSURE)
    codes = np.where(where.already_bad, _ALREADY_BAD, codes)
    return _Result(codes.astype(np.int32), event, event, mature_on)


@maker
def _client_events(
    client: I32, day: I32, start: I32, h: Histories, v: Versions, p: Payments, who: Consumers, goal: _Window,
    ends: _Ends, material: I64, event: Flags, unseen: Flags, reachable: Flags,
) -> None:  # fmt: skip
    """By snapshot: whether the event is known to have come, may have come unseen, could come of a new invoice."""
    for s in range(len(client)):
        c, t = client[s], np.int64(day[s])
        if c < 0:
            continue
        consumer = consumer_on(t, c, who)
        for i in range(start[c], start[c + 1]):
            is_new = ends.known[i] > t
            if ends.paid[i] <= t or (is_new and not goal.with_new):
                continue
            if ends.due_adj[i] + goal.dpd > t + goal.horizon and not t < ends.cancelled[i] <= t + goal.horizon:
                continue
            came, lost, could = _course(t, i, ends.cancelled[i], h, v, p, goal, material[s])
            if is_new or ((came or lost) and seen(t, valid_at(t, i, h, v), consumer, v, p)[0] == OPEN):
                event[s] |= came
                unseen[s] |= lost
                reachable[s] |= could and is_new


@maker
def _fill_ends(known_at: int, h: Histories, v: Versions, p: Payments, ends: _Ends) -> None:
    for i in range(len(h.start) - 1):
        now = h.at[h.start[i + 1] - 1]  # the version known last tells how the invoice ended
        ends.known[i], ends.due_adj[i], ends.paid[i] = v.known[now], NEVER, -NEVER
        closed = v.closed_known[now] <= known_at
        ends.cancelled[i] = v.cancelled[now] if closed else NEVER
        for k in range(h.start[i], h.start[i + 1]):
            j = h.at[k]
            ends.due_adj[i] = min(ends.due_adj[i], v.due_adj[j])
            if v.cents[j] != 0 and not (closed and v.void[now]):
                paid = settlement(known_at, v.issue[j], v.cents[j], v.pay_start[j], v.pay_stop[j], p)[0]
                ends.paid[i] = max(ends.paid[i], paid)


@maker
def _course(
    t: int, i: int, cancelled: int, h: Histories, v: Versions, p: Payments, goal: _Window, material: int
) -> tuple[bool, bool, bool]:
    """Of invoice i in the window after t: whether it brings the event, may do so unseen, and could have done so."""
    last, known_at = t + goal.horizon, goal.known_at
    observed_until = np.int64(v.observed_until[h.at[h.start[i + 1] - 1]])
    came, lost, could = False, False, False
    for k in range(h.start[i], h.start[i + 1]):
        j = h.at[k]
        if v.until[j] <= t:
            continue
        day = first_day_past(t + 1 if goal.ever else last, last, j, v, goal.dpd)
        if day != NEVER and left_on(t, j, known_at, v, p) >= material:
            could = True
            if day > observed_until:
                lost |= not (goal.ever and _goes_on(t, day, k, i, h, v, goal.dpd))
            elif day <= known_at and day < cancelled and left_on(day, j, known_at, v, p) >= material:
                came = True
        if cancelled <= observed_until and closed_in_event(t + 1, last, j, cancelled, known_at, v, p, material):
            came = True
    return came, lost, could


@maker
def _goes_on(t: int, day: int, k: int, i: int, h: Histories, v: Versions, dpd: int) -> bool:
    """Whether on ``day`` the k-th version only goes on with what the one before it said, past the dpd in the window."""
    q = k - 1
    while q >= h.start[i] and v.since[h.at[q]] == v.until[h.at[q]]:
        q -= 1  # it never spoke for a whole day
    if q < h.start[i]:
        return False
    j, before = h.at[k], h.at[q]
    same = v.due_adj[j] == v.due_adj[before] and v.cents[j] == v.cents[before]
    return bool(same and day > t + 1 and day > np.int64(v.due_adj[j]) + dpd)


# ------------------------------------------------------------------ invoices
_LATE, _DEFAULT, _PAID = range(3)


class _Decision(NamedTuple):
    """What an invoice's event is, and what is known."""

    kind: int
    dpd: int
    horizon: int
    min_cents: int
    known_at: int


def _label_invoices(books: Books, looks: Looks, target: Target, known_at: int, lag: int) -> _Result:
    assert looks.invoice is not None
    where = invoice_exposure(books, looks.client, looks.invoice, looks.day, target)
    n = len(looks.day)
    event, gone, decided_on = np.zeros(n, bool), np.zeros(n, bool), np.full(n, NEVER, np.int32)
    kind = ("late", "default", "paid").index(target.event)
    goal = _Decision(kind, target.dpd, target.horizon_days, round(target.min_amount * 100), known_at)
    h, start = histories(books), books.invoice_start
    _invoice_events(
        looks.client,
        looks.invoice,
        looks.as_of,
        start,
        h,
        books.versions,
        books.payments,
        goal,
        event,
        gone,
        decided_on,
    )
    decided = decided_on != NEVER
    mature_on = np.where(decided, decided_on.astype(np.int64) + lag, NEVER).astype(np.int32)
    is_bad = ~event if kind == _PAID else event
    codes = np.where(mature_on <= known_at, np.where(is_bad, _BAD, _GOOD), _IMMATURE)
    codes = np.where(where.exposed & ~gone, codes, _NO_EXPOSURE)
    codes = np.where(where.already_bad, _ALREADY_BAD, codes)
    return _Result(codes.astype(np.int32), event, event if kind != _PAID else np.zeros(n, bool), mature_on)


@maker
def _invoice_events(
    client: I32, invoice: I32, as_of: I32, start: I32, h: Histories, v: Versions, p: Payments, goal: _Decision,
    event: Flags, gone: Flags, decided_on: I32,
) -> None:  # fmt: skip
    """By snapshot: whether the event is known to have come, whether nothing was to decide, and the deciding day."""
    for s in range(len(client)):
        c, i, t = client[s], invoice[s], np.int64(as_of[s])
        if c < 0 or i < start[c] or i >= start[c + 1]:
            gone[s] = True
            continue
        first_known = np.int64(v.known[h.at[h.start[i]]])
        then = valid_at(max(t, first_known), i, h, v)  # not known yet: as it will be at first
        now = h.at[h.start[i + 1] - 1]
        due_adj = np.int64(v.due_adj[then])
        settled, _, _, _, _ = settlement(
            goal.known_at, v.issue[now], v.cents[now], v.pay_start[now], v.pay_stop[now], p
        )
        cancelled = np.int64(v.cancelled[now]) if v.closed_known[now] <= goal.known_at else np.int64(NEVER)
        closed = cancelled < settled
        if (cancelled != NEVER and v.void[now]) or (closed and cancelled <= due_adj):
            gone[s] = True
            continue
        day = t + goal.horizon if goal.kind == _PAID else due_adj + goal.dpd
        if v.observed_until[now] < day:
            continue
        decided_on[s] = day
        if goal.kind == _PAID:
            event[s] = settled <= day and not closed
        elif closed and cancelled <= day:
            event[s] = goal.kind == _LATE or left_on(cancelled - 1, now, goal.known_at, v, p) >= goal.min_cents
        elif day <= goal.known_at:
            event[s] = (
                settled >= day if goal.kind == _LATE else left_on(day, now, goal.known_at, v, p) >= goal.min_cents
            )
