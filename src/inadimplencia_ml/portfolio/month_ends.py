"""In which bucket each client or invoice stood at month ends, as known on each, and what became of it by the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.exposure import Histories, histories, valid_at
from inadimplencia_ml.ledger.lateness import CLOSED, SETTLED, Consumers, consumer_on, seen
from inadimplencia_ml.ledger.open_invoices import OpenInvoices, open_on

__all__ = ["CLOSED_STATE", "GONE", "NEW", "SETTLED_STATE", "Moves", "bucket_of", "client_moves", "invoice_moves"]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

NEW, SETTLED_STATE, CLOSED_STATE, GONE = -1, -2, -3, -4
"""States beside the buckets 0, 1, 2…: nothing open before; all settled; closed; void, forgotten or not observed."""


class Moves(NamedTuple):
    """One entry a client or invoice that is open at the first or the second of two consecutive days."""

    month: I64  # position of the second day
    source: I64  # a bucket, or NEW
    target: I64  # a bucket, or how it ended
    before: I64  # cents outstanding at the first day
    after: I64  # and at the second


class _Standing(NamedTuple):
    """Who is open at one day: its number, its worst dpd, its cents outstanding. Sorted by number."""

    who: I64
    dpd: I64
    left: I64


def bucket_of(dpd: I64, edges: Sequence[int]) -> I64:
    """The bucket of each dpd: 0 up to the first edge, then up to each further one, last those beyond."""
    return np.searchsorted(np.asarray(edges), dpd, side="left").astype(np.int64)


def invoice_moves(books: Books, days: I64, edges: Sequence[int]) -> Moves:
    """Moves of invoices between consecutive ``days``."""
    found = open_on(books, days.tolist())
    return _moves(books, found, [_standing(found, found.invoice, int(d)) for d in days], edges, days, by_client=False)


def client_moves(books: Books, days: I64, edges: Sequence[int]) -> Moves:
    """Moves of clients; a client stands where the worst of its open invoices does, with all that it has open."""
    found = open_on(books, days.tolist())
    return _moves(books, found, [_standing(found, found.client, int(d)) for d in days], edges, days, by_client=True)


def _standing(found: OpenInvoices, of: I32, day: int) -> _Standing:
    at = found.day == day
    who, where = np.unique(of[at], return_inverse=True)
    dpd = np.zeros(len(who), np.int64)
    np.maximum.at(dpd, where, day - found.due_adj[at].astype(np.int64))
    left = np.zeros(len(who), np.int64)
    np.add.at(left, where, found.left[at])
    return _Standing(who.astype(np.int64), dpd, left)


def _moves(
    books: Books, found: OpenInvoices, ends: list[_Standing], edges: Sequence[int], days: I64, *, by_client: bool
) -> Moves:
    parts = []
    for month in range(1, len(ends)):
        first, second = ends[month - 1], ends[month]
        who = np.union1d(first.who, second.who)
        source, before = np.full(len(who), NEW), np.zeros(len(who), np.int64)
        target, after = np.full(len(who), SETTLED_STATE), np.zeros(len(who), np.int64)
        at = np.searchsorted(who, first.who)
        source[at], before[at] = bucket_of(first.dpd, edges), first.left
        over = np.setdiff1d(first.who, second.who)
        target[np.searchsorted(who, over)] = _ends(books, found, days[month - 1 : month + 1], over, by_client)
        at = np.searchsorted(who, second.who)
        target[at], after[at] = bucket_of(second.dpd, edges), second.left
        parts.append(Moves(np.full(len(who), month), source, target, before, after))
    none = Moves(*(np.zeros(0, np.int64) for _ in range(5)))
    return Moves(*(np.concatenate(columns) for columns in zip(none, *parts, strict=True)))


def _ends(books: Books, found: OpenInvoices, days: I64, over: I64, by_client: bool) -> I64:
    """How those ended that were open at the first day and have nothing open at the second."""
    at = np.flatnonzero((found.day == days[0]) & np.isin(found.client if by_client else found.invoice, over))
    status = np.zeros(len(at), np.int8)
    arguments = histories(books), books.versions, books.payments, books.consumers
    _status(np.int64(days[1]), found.invoice[at], found.client[at], *arguments, status)
    out = np.full(len(over), GONE)
    owner = np.searchsorted(over, found.client[at] if by_client else found.invoice[at])
    out[owner[status == SETTLED]] = SETTLED_STATE
    out[owner[status == CLOSED]] = CLOSED_STATE  # one closed invoice says more than others that were settled
    return out


@maker
def _status(t: int, invoice: I32, client: I32, h: Histories, v: Versions, p: Payments, who: Consumers, out: I8) -> None:
    for s in range(len(invoice)):
        j = valid_at(t, invoice[s], h, v)
        if j >= 0:
            out[s] = seen(t, j, consumer_on(t, client[s], who), v, p)[0]
