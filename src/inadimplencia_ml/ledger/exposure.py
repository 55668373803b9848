"""Where a client stands at a date, seen from a target: already in the event, able to reach it, open, or inactive.

Told from facts known at the date alone, so that scoring may ask it as well as labelling.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.lateness import CLOSED, INVISIBLE, NEVER, OPEN, consumer_on, seen
from inadimplencia_ml.target import Target

__all__ = ["ACTIVE_DAYS", "Exposure", "client_exposure", "invoice_exposure"]

I32 = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

ACTIVE_DAYS = 180
"""A client with nothing open and nothing issued for this long is inactive."""


class Exposure(NamedTuple):
    """One entry a snapshot."""

    already_bad: Flags
    exposed: Flags  # something open could reach the event within the horizon
    open_now: Flags
    recent: Flags  # something was issued in the last 180 days
    material: npt.NDArray[np.int64]  # cents below which nothing is an event


def client_exposure(books: Books, client: I32, day: I32, target: Target) -> Exposure:
    """Where each client stands at the end of its day; client -1 stands nowhere."""
    n = len(client)
    out = Exposure(*(np.zeros(n, bool) for _ in range(4)), np.zeros(n, np.int64))
    _clients(
        client,
        day,
        books.client_start,
        books.versions,
        books.payments,
        (books.consumer_start, books.consumer_since, books.is_consumer),
        (target.dpd, target.horizon_days, target.cure_days, round(target.min_amount * 100), target.min_share),
        out,
    )
    return out


@njit(cache=True, nogil=True)
def _clients(
    client: I32, day: I32, start: I32, v: Versions, p: Payments, who: tuple, goal: tuple, out: Exposure
) -> None:  # type: ignore[type-arg]
    dpd, horizon, cure, min_cents, min_share = goal
    for s in range(len(client)):
        c, t = client[s], np.int64(day[s])
        if c < 0:
            continue
        consumer = consumer_on(t, c, who[0], who[1], who[2])
        total = np.int64(0)
        if min_share > 0:
            for j in range(start[c], start[c + 1]):
                total += seen(t, j, consumer, v, p)[3]
        material = max(np.int64(min_cents), np.int64(np.ceil(min_share * total)))
        out.material[s] = material
        for j in range(start[c], start[c + 1]):
            if v.since[j] <= t < v.until[j] and v.issue[j] > t - ACTIVE_DAYS:
                out.recent[s] |= not (v.void[j] and v.closed_known[j] <= t)
            status, closed_on, late, left = seen(t, j, consumer, v, p)
            if status == OPEN:
                out.open_now[s] = True
                if left >= material:
                    out.already_bad[s] |= late >= dpd
                    out.exposed[s] |= v.due_adj[j] + dpd <= t + horizon
            elif status != INVISIBLE and late >= dpd and closed_on > t - cure:
                out.already_bad[s] = True


def invoice_exposure(books: Books, client: I32, invoice: I32, day: I32, target: Target) -> Exposure:
    """Where each invoice stands at the end of its day: an invoice not known yet is exposed."""
    n = len(client)
    out = Exposure(*(np.zeros(n, bool) for _ in range(4)), np.full(n, round(target.min_amount * 100), np.int64))
    who = (books.consumer_start, books.consumer_since, books.is_consumer)
    _invoices(client, invoice, day, books.client_start, books.versions, books.payments, who, target.dpd, out)
    return out


@njit(cache=True, nogil=True)
def _invoices(
    client: I32, invoice: I32, day: I32, start: I32, v: Versions, p: Payments, who: tuple, dpd: int, out: Exposure
) -> None:  # type: ignore[type-arg]
    for s in range(len(client)):
        c, t = client[s], np.int64(day[s])
        if c < 0 or invoice[s] < 0:
            continue
        consumer = consumer_on(t, c, who[0], who[1], who[2])
        first_known = NEVER
        for j in range(start[c], start[c + 1]):
            if v.invoice[j] != invoice[s]:
                continue
            first_known = min(first_known, v.known[j])
            status, _, late, left = seen(t, j, consumer, v, p)
            if status == OPEN:
                out.open_now[s] = True
                out.already_bad[s] = late >= dpd and left >= out.material[s]
            elif status == CLOSED or status != INVISIBLE:
                out.already_bad[s] = late >= dpd
        new = first_known > t
        out.recent[s] = new
        out.exposed[s] = (out.open_now[s] or new) and not out.already_bad[s]
