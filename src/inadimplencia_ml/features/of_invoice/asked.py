"""Snapshots that name an invoice: the version it has, and the same client's snapshots together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry, maker
from inadimplencia_ml.ledger.books import Books, Versions
from inadimplencia_ml.ledger.codes import starts
from inadimplencia_ml.ledger.snapshots import Looks
from inadimplencia_ml.ledger.sorting import order_by_group, sort_within

__all__ = ["Asked", "ask", "by_day"]

I32 = npt.NDArray[np.int32]

_FEW = 64


class Asked(NamedTuple):
    """Snapshots as arrays; ``order`` and ``start`` are of those whose invoice is known."""

    client: I32
    as_of: I32
    day: I32
    mine: I32  # version of the snapshot's invoice, -1 where it is not known at as_of
    order: I32  # positions of snapshots, by client
    start: I32  # where a client's begin in ``order``
    large: npt.NDArray[np.bool_]  # by client: too many snapshots and invoices to walk over all invoices for each
    invoice_start: I32  # where an invoice's versions begin in ``versions``
    versions: I32


def ask(books: Books, looks: Looks, pairs: int) -> Asked:
    """The snapshots that name an invoice; a client with more than ``pairs`` pairs of row and snapshot is large."""
    assert looks.invoice is not None
    invoice_start, versions = _by_invoice(books.versions.invoice, len(books.invoice_ids))
    mine = np.full(len(looks.day), -1, np.int32)
    lists = books.client_start, invoice_start, versions, books.versions
    _own_versions(looks.client, looks.invoice, looks.as_of, *lists, mine)
    found = np.flatnonzero(mine >= 0).astype(np.int32)
    client = looks.client[found]
    start = starts(np.bincount(client, minlength=len(books.client_ids)))
    by_client = order_by_group(client, start)
    order = found if by_client is None else found[by_client]
    rows, snapshots = np.diff(books.client_start).astype(np.int64), np.diff(start)
    large = (snapshots > _FEW) & (rows * snapshots > pairs)
    return Asked(looks.client, looks.as_of, looks.day, mine, order, start, large, invoice_start, versions)


def by_day(order: I32, start: I32, asked: Asked, v: Versions) -> I32:
    """Snapshots sorted within their clients by day, of one day the latest issue date first, and then by as_of."""
    day, issue = asked.day[order].astype(np.int64), v.issue[asked.mine[order]].astype(np.int64)
    key = (day << 32) + ((int(issue.max(initial=0)) - issue) << 1) + (asked.as_of[order] - day)
    order = order.copy()
    sort_within(start, key, order)
    return order


@maker
def _by_invoice(invoice: I32, n: int) -> tuple[I32, I32]:
    """Versions by invoice: where each invoice's begin, and their positions."""
    start = np.zeros(n + 1, np.int32)
    for j in range(len(invoice)):
        start[invoice[j] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    at, put = np.empty(len(invoice), np.int32), start.copy()
    for j in range(len(invoice)):
        at[put[invoice[j]]] = j
        put[invoice[j]] += 1
    return start, at


@entry
def _own_versions(
    client: I32, invoice: I32, as_of: I32, client_start: I32, start: I32, at: I32, v: Versions, mine: I32
) -> None:
    """The version of each snapshot's invoice valid at the end of as_of, if it is one of the client's."""
    for s in range(len(client)):
        c = client[s]
        if c < 0 or invoice[s] < 0:
            continue
        for k in range(start[invoice[s]], start[invoice[s] + 1]):
            j = at[k]
            if client_start[c] <= j < client_start[c + 1] and v.since[j] <= as_of[s] < v.until[j]:
                mine[s] = j
