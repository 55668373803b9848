"""What came after the cut: labels for training and judging. Scoring never imports this room.

The window of a client is (as_of, as_of + horizon_days]; an invoice is decided on due_adj + dpd. Event dates count, as
known at ``labels_known_at``: a payment booked late was still made on its day. A snapshot is mature when its window and
the booking lag have passed, for both classes alike; a bad one known earlier is counted as ``bad_early`` and used nowhere.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.exposure import Exposure, client_exposure, invoice_exposure
from inadimplencia_ml.ledger.lateness import CLOSED, NEVER, OPEN, consumer_on, seen, settlement
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks, read_snapshots
from inadimplencia_ml.target import Target

__all__ = ["LABELS", "booking_lag_days", "label"]

I32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

LABELS = ("good", "bad", "immature", "no_exposure", "already_bad")
_GOOD, _BAD, _IMMATURE, _NO_EXPOSURE, _ALREADY_BAD = range(5)
_LAG_SHARE = 95  # centile of the booking delay that a window waits for


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
        No fact known later is used; by default the ledger's known_until.

    Returns
    -------
    DataFrame
        The keys of the snapshots, then ``label`` (good, bad, immature, no_exposure, already_bad), ``event`` (1.0 or 0.0
        where the label is good or bad: whether the target's event happened, else NaN), ``bad_early`` (immature, but
        known to be bad) and ``mature_on`` (the day from which the label may be used).

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [100.0, 100.0],
    ...     "issue_date": ["2025-01-02", "2025-01-02"], "due_date": ["2025-02-03", "2025-02-03"],
    ...     "paid_date": ["2025-02-10", "2025-06-30"]}))
    >>> cut = pd.DataFrame({"client_id": ["C1", "C2"], "as_of": ["2025-01-31", "2025-01-31"]})
    >>> label(ledger, cut, Target(dpd=30, horizon_days=90))["label"].tolist()
    ['good', 'bad']
    """
    until = ledger.known_until if labels_known_at is None else to_date(labels_known_at, "labels_known_at")
    lag = booking_lag_days(ledger, until)
    known = ledger.known_at(until)
    looks = read_snapshots(snapshots, known)
    if target.level == "invoice":
        if looks.invoice is None:
            raise CallError("label: a target of level invoice needs snapshots with the column invoice_id")
        codes, event, mature_on = _label_invoices(known.books, looks, target, until, lag)
    else:
        codes, event, mature_on = _label_clients(known.books, looks, target, until, lag)
    return _result(looks, codes, event, mature_on)


def booking_lag_days(ledger: Ledger, until: dt.date) -> int:
    """Days a payment takes to be booked: the 95th centile of known_on - payment_date in the year before ``until``."""
    table = ledger.tables.get("payments")
    if table is None or "known_on" not in table.column_names:
        return 0
    paid, known = date_codes(table, "payment_date"), date_codes(table, "known_on")
    day = day_number(until)
    recent = (known != NONE) & (known <= day) & (paid > day - 365) & (paid <= day)
    if not recent.any():
        return 0
    delay = np.maximum(known[recent] - paid[recent], 0)
    return int(np.percentile(delay, _LAG_SHARE, method="higher"))


def _result(looks: Looks, codes: I32, event: Flags, mature_on: I32) -> pd.DataFrame:
    frame = looks.keys.copy()
    decided = (codes == _GOOD) | (codes == _BAD)
    frame["label"] = pd.Series(np.array(LABELS)[codes], index=frame.index, dtype="str")
    frame["event"] = np.where(decided, event.astype(np.float64), np.nan)
    frame["bad_early"] = (codes == _IMMATURE) & event
    frame["mature_on"] = mature_on.astype("datetime64[D]").astype("datetime64[s]")
    return frame


# ------------------------------------------------------------------ clients
def _label_clients(
    books: Books, looks: Looks, target: Target, until: dt.date, lag: int
) -> tuple[I32, Flags, I32]:
    where = client_exposure(books, looks.client, looks.day, target)
    n = len(looks.day)
    event, unknown, new_exposure = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
    goal = (target.dpd, target.horizon_days, target.ever, target.exposure == "open_or_new")
    who = (books.consumer_start, books.consumer_since, books.is_consumer)
    _client_events(
        looks.client, looks.day, day_number(until), books.client_start, books.versions, books.payments, who, goal,
        where.material, event, unknown, new_exposure,
    )  # fmt: skip
    mature_on = (looks.day + target.horizon_days + lag).astype(np.int32)
    return _client_codes(where, event, unknown, new_exposure, mature_on <= day_number(until)), event, mature_on


def _client_codes(where: Exposure, event: Flags, unknown: Flags, new_exposure: Flags, mature: Flags) -> I32:
    codes = np.where(event, _BAD, _GOOD)
    codes = np.where(~event & ~where.exposed & ~new_exposure, _NO_EXPOSURE, codes)
    codes = np.where((codes == _GOOD) & unknown, _IMMATURE, codes)
    codes = np.where((codes != _NO_EXPOSURE) & ~mature, _IMMATURE, codes)
    return np.where(where.already_bad, _ALREADY_BAD, codes).astype(np.int32)


@njit(cache=True, nogil=True)
def _hits(d: int, j: int, known_at: int, v: Versions, p: Payments, material: int) -> bool:
    """Whether version j is open at the end of day d with the material amount outstanding, by dates as known now."""
    if v.cancelled[j] <= d and v.closed_known[j] <= known_at:
        return False
    if v.cents[j] == 0:
        return False
    paid = np.int64(0)
    for q in range(v.pay_start[j], v.pay_stop[j]):
        if p.date[q] <= d and p.known[q] <= known_at < p.until[q]:
            if v.cents[j] < 0 and p.settles[q]:
                return False
            paid += p.cents[q]
    if v.cents[j] > 0 and paid >= v.cents[j] - 1:
        return False
    return max(v.cents[j] - paid, np.int64(0)) >= material


@njit(cache=True, nogil=True)
def _event_of(
    t: int, j: int, known_at: int, v: Versions, p: Payments, dpd: int, last: int, ever: bool, material: int
) -> bool:
    """Whether version j brings the event on a day in (t, last] on which it is in force."""
    in_force = v.issue[j] if v.since[j] == v.known[j] else v.since[j]
    closed = v.closed_known[j] <= known_at and not v.void[j]
    if closed and t < v.cancelled[j] <= last and in_force <= v.cancelled[j] < v.until[j]:
        overdue = v.cancelled[j] > v.due_adj[j]
        if overdue and _hits(v.cancelled[j] - 1, j, known_at, v, p, material):
            return True  # renegotiated or written off while overdue
    first_day = max(np.int64(v.due_adj[j]) + dpd, np.int64(in_force), t + 1)
    day = first_day if ever else last
    return first_day <= day and day <= last and day < v.until[j] and _hits(day, j, known_at, v, p, material)


@njit(cache=True, nogil=True)
def _client_events(
    client: I32, day: I32, known_at: int, start: I32, v: Versions, p: Payments, who: tuple, goal: tuple,
    material: npt.NDArray[np.int64], event: Flags, unknown: Flags, new_exposure: Flags,
) -> None:  # type: ignore[type-arg]  # fmt: skip
    dpd, horizon, ever, with_new = goal
    for s in range(len(client)):
        c, t = client[s], np.int64(day[s])
        if c < 0:
            continue
        last = t + horizon
        consumer = consumer_on(t, c, who[0], who[1], who[2])
        a, b = start[c], start[c + 1]
        for j in range(a, b):
            if v.until[j] <= t or (v.void[j] and v.closed_known[j] <= known_at) or v.since[j] > known_at:
                continue
            was_open = _open_at(t, j, a, b, consumer, v, p)
            is_new = with_new and v.known[j] > t
            if not (was_open or is_new):
                continue
            reaches = np.int64(v.due_adj[j]) + dpd <= last
            new_exposure[s] |= is_new and reaches
            if reaches and v.observed_until[j] < min(last, v.due_adj[j] + dpd):
                unknown[s] = True
            elif _event_of(t, j, known_at, v, p, dpd, last, ever, material[s]):
                event[s] = True


@njit(cache=True, nogil=True)
def _open_at(t: int, j: int, a: int, b: int, consumer: bool, v: Versions, p: Payments) -> bool:
    """Whether the invoice of version j was open as seen at t, in whichever version was then valid."""
    if v.since[j] <= t < v.until[j]:
        return seen(t, j, consumer, v, p)[0] == OPEN
    if v.known[j] > t:
        return False
    for k in range(a, b):
        if v.invoice[k] == v.invoice[j] and v.since[k] <= t < v.until[k]:
            return seen(t, k, consumer, v, p)[0] == OPEN
    return False


# ------------------------------------------------------------------ invoices
_EVENTS = {"late": 0, "default": 1, "paid": 2}


def _label_invoices(
    books: Books, looks: Looks, target: Target, until: dt.date, lag: int
) -> tuple[I32, Flags, I32]:
    assert looks.invoice is not None  # noqa: S101 - checked by the caller
    where = invoice_exposure(books, looks.client, looks.invoice, looks.day, target)
    n = len(looks.day)
    event, gone, decided_on = np.zeros(n, bool), np.zeros(n, bool), np.full(n, NEVER, np.int32)
    goal = (_EVENTS[target.event], target.dpd, target.horizon_days, round(target.min_amount * 100))
    _invoice_events(
        looks.client, looks.invoice, looks.as_of, day_number(until), books.client_start, books.versions, books.payments,
        goal, event, gone, decided_on,
    )  # fmt: skip
    seen_until = decided_on != NEVER
    mature_on = np.where(seen_until, np.minimum(decided_on.astype(np.int64) + lag, NEVER), NEVER).astype(np.int32)
    bad = ~event if target.event == "paid" else event
    codes = np.where(mature_on <= day_number(until), np.where(bad, _BAD, _GOOD), _IMMATURE)
    codes = np.where(gone | ~where.exposed, _NO_EXPOSURE, codes)
    codes = np.where(where.already_bad, _ALREADY_BAD, codes)
    return codes.astype(np.int32), event, mature_on


@njit(cache=True, nogil=True)
def _invoice_events(
    client: I32, invoice: I32, as_of: I32, known_at: int, start: I32, v: Versions, p: Payments, goal: tuple,
    event: Flags, gone: Flags, decided_on: I32,
) -> None:  # type: ignore[type-arg]  # fmt: skip
    kind, dpd, horizon, material = goal
    for s in range(len(client)):
        c, t = client[s], np.int64(as_of[s])
        mine, now = -1, -1  # the version known at as_of (else the first one), and the one known now
        if c >= 0 and invoice[s] >= 0:
            for j in range(start[c], start[c + 1]):
                if v.invoice[j] == invoice[s]:
                    if v.since[j] <= t < v.until[j] or (v.known[j] > t and v.since[j] == v.known[j]):
                        mine = j
                    if v.since[j] <= known_at < v.until[j]:
                        now = j
        if mine < 0 or now < 0:
            gone[s] = True
            continue
        due_adj = np.int64(v.due_adj[mine])
        closed = v.closed_known[now] <= known_at
        settled, _, _, _, _ = settlement(known_at, v.issue[now], v.cents[now], v.pay_start[now], v.pay_stop[now], p)
        ended_by_cancel = closed and settled > v.cancelled[now]
        if closed and (v.void[now] or (ended_by_cancel and v.cancelled[now] <= due_adj)):
            gone[s] = True
            continue
        day = t + horizon if kind == 2 else due_adj + dpd
        if v.observed_until[now] < day:
            continue  # never known: stays immature
        decided_on[s] = day
        if kind == 2:
            event[s] = settled <= day
        elif kind == 0:
            event[s] = settled >= day or (ended_by_cancel and v.cancelled[now] <= day)
        else:
            overdue_end = ended_by_cancel and v.cancelled[now] <= day
            event[s] = overdue_end or _hits(day, now, known_at, v, p, material)
