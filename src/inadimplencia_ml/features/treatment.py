"""What we did and what was promised: contacts and promises as known at each snapshot (role treatment)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, starts
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, TOLERANCE, Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["CONTACT_NAMES", "PROMISE_NAMES", "contact_features", "promise_features"]

CONTACT_NAMES = ("contact_count_90d", "contact_answer_share_90d", "days_since_contact")
PROMISE_NAMES = ("promise_kept_share_365d", "promise_broken_count_365d")

I32 = npt.NDArray[np.int32]
Out = npt.NDArray[np.float64]


def contact_features(ledger: Ledger, looks: Looks) -> Out:
    """The contact columns, feature x snapshot: outbound contacts, and answers whose day is known and has come."""
    table, books = ledger.tables["contacts"], ledger.books
    if "direction" in table.column_names:
        outbound = pc.fill_null(pc.not_equal(table["direction"], "inbound"), True)
        table = table.filter(outbound)
    client = books.client_numbers(table["client_id"])
    date = date_codes(table, "contacted_at")
    order = np.lexsort((date, client))
    known = np.maximum(date, date_codes(table, "known_on"))[order]
    replied = date_codes(table, "replied_on")
    replied = np.where(replied == NONE, NEVER, replied)[order]
    start = starts(np.bincount(client, minlength=len(books.client_ids)))
    out = np.empty((len(CONTACT_NAMES), len(looks.day)))
    _contacts(looks.client, looks.day, start, date[order], known, replied, out)
    if "replied_on" not in table.column_names:
        out[1] = np.nan
    return out


@maker
def _contacts(client: I32, day: I32, start: I32, date: I32, known: I32, replied: I32, out: Out) -> None:
    for s in range(len(client)):
        count, answered, last, t = 0, 0, NONE, day[s]
        if client[s] >= 0:
            for k in range(start[client[s]], start[client[s] + 1]):
                if known[k] > t:
                    continue
                last = max(last, date[k])
                if date[k] > t - 90:
                    count += 1
                    answered += replied[k] <= t
        out[0, s] = count
        out[1, s] = answered / count if count else np.nan
        out[2, s] = t - last if last != NONE else np.nan


class _Promises(NamedTuple):
    start: I32
    created: I32
    known: I32
    due: I32
    until: I32
    cents: npt.NDArray[np.int64]


def promise_features(ledger: Ledger, looks: Looks) -> Out:
    """The promise columns, feature x snapshot: kept is computed from payments, never read from a status."""
    books = ledger.books
    promises = _read_promises(ledger)
    out = np.empty((len(PROMISE_NAMES), len(looks.day)))
    _kept(looks.client, looks.day, promises, books.client_start, books.versions, books.payments, books.consumers, out)
    return out


def _read_promises(ledger: Ledger) -> _Promises:
    table, books = ledger.tables["agreements"], ledger.books
    table = table.filter(pc.fill_null(pc.equal(table["kind"], "promise"), False))
    client = books.client_numbers(table["client_id"])
    order = np.argsort(client, kind="stable")
    created, due = date_codes(table, "created_at"), date_codes(table, "due_date")
    known = np.maximum(created, date_codes(table, "known_on"))
    uf = np.where(books.client_uf_since[client] <= known, books.client_uf[client], np.int8(-1)).astype(np.int8)
    until = ledger.calendar.adjust(due, uf)
    start = starts(np.bincount(client, minlength=len(books.client_ids)))
    cents = cent_codes(table, "amount")
    return _Promises(start, created[order], known[order], due[order], until[order], cents[order])


@maker
def _received(t: int, low: int, high: int, a: int, b: int, consumer: bool, v: Versions, p: Payments) -> int:
    """Cents of a client's payments dated low..high, as seen at t."""
    total: Any = np.int64(0)
    for j in range(a, b):
        if v.since[j] > t or v.until[j] <= t or t > v.observed_until[j] or (v.closed_known[j] <= t and v.void[j]):
            continue
        if consumer and v.due[j] <= t - FORGOTTEN_AFTER:
            continue
        for q in range(v.pay_start[j], v.pay_stop[j]):
            if p.known[q] <= t and p.until[q] > t and low <= p.date[q] <= high:
                total += p.money[q]
    return int(total)


@maker
def _kept(
    client: I32, day: I32, promises: _Promises, start: I32, v: Versions, p: Payments, who: Consumers, out: Out
) -> None:
    for s in range(len(client)):
        c, t, kept, broken = client[s], np.int64(day[s]), 0, 0
        if c >= 0:
            consumer = consumer_on(t, c, who)
            for k in range(promises.start[c], promises.start[c + 1]):
                due = promises.due[k]
                if promises.known[k] > t or due > t or due <= t - 365:
                    continue
                until = promises.until[k]
                received = _received(t, promises.created[k], until, start[c], start[c + 1], consumer, v, p)
                if received >= promises.cents[k] - TOLERANCE:
                    kept += 1
                elif t > until:
                    broken += 1
        out[0, s] = kept / (kept + broken) if kept + broken else np.nan
        out[1, s] = broken
