"""An invoice against its client's others, by a walk over them all for each snapshot: quick where there are few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry, kernel
from inadimplencia_ml.features.of_invoice.asked import Asked
from inadimplencia_ml.ledger.books import Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, Consumers, consumer_on

__all__ = ["BATCH", "PAST", "walk_batch", "walk_past", "walk_small", "write_batch", "write_past"]

I32 = npt.NDArray[np.int32]
Out = npt.NDArray[np.float64]

BATCH, PAST = 11, 15
"""Where the columns of the batch and of the past begin in `own_fields`."""


@entry
def walk_small(asked: Asked, start: I32, v: Versions, who: Consumers, out: Out) -> None:
    """The columns of batch and past for the clients that are not large."""
    for c in range(len(asked.large)):
        if asked.large[c]:
            continue
        for k in range(asked.start[c], asked.start[c + 1]):
            s = asked.order[k]
            walk_batch(asked.as_of[s], asked.mine[s], start[c], start[c + 1], v, s, out)
            consumer = consumer_on(asked.day[s], c, who)
            walk_past(asked.day[s], asked.mine[s], start[c], start[c + 1], consumer, v, s, out)


@kernel
def walk_batch(t: Int, mine: Int, a: Int, b: Int, v: Versions, s: Int, out: Out) -> None:
    """The client's invoices issued on the same day and known at t, this one among them."""
    count, total, below, with_amount = 0, np.int64(0), 0, 0
    for j in range(a, b):
        if v.issue[j] != v.issue[mine] or v.since[j] > t or v.until[j] <= t:
            continue
        if v.void[j] and v.closed_known[j] <= t and j != mine:
            continue
        count += 1
        if v.cents[j] >= 0:
            with_amount += 1
            total += v.cents[j]
            below += v.cents[j] <= v.cents[mine]
    write_batch(v.cents[mine], count, total, below, with_amount, s, out)


@kernel
def write_batch(own: Int, count: Int, total: Int, below: Int, with_amount: Int, s: Int, out: Out) -> None:
    """The columns of the batch: how many, their cents, and how many of those with an amount are not above this one."""
    out[BATCH, s] = count
    out[BATCH + 1, s] = total / 100
    if own >= 0:
        out[BATCH + 2, s] = own / total if total else np.nan
        out[BATCH + 3, s] = below / with_amount


@kernel
def walk_past(t: Int, mine: Int, a: Int, b: Int, consumer: bool, v: Versions, s: Int, out: Out) -> None:
    """Amount and term against the client's other invoices issued before, as known at t."""
    n, n_amount, total, terms = 0, 0, np.int64(0), np.int64(0)
    amount_below, term_below, last = 0, 0, np.int64(-(2**31))
    own, own_term = v.cents[mine], np.int64(v.due[mine]) - v.issue[mine]
    for j in range(a, b):
        if v.since[j] > t or v.until[j] <= t or v.issue[j] >= v.issue[mine]:
            continue
        if (v.void[j] and v.closed_known[j] <= t) or (consumer and v.due[j] <= t - FORGOTTEN_AFTER):
            continue
        term = np.int64(v.due[j]) - v.issue[j]
        n += 1
        terms += term
        term_below += term <= own_term
        last = max(last, np.int64(v.issue[j]))
        if v.cents[j] >= 0:
            n_amount += 1
            total += v.cents[j]
            amount_below += v.cents[j] <= own
    own_term = np.int64(v.due[mine]) - v.issue[mine]
    write_past(own, n_amount, total, amount_below, own_term, n, terms, term_below, v.issue[mine] - last, s, out)


@kernel
def write_past(
    own: Int,
    n_amount: Int,
    total: Int,
    amount_below: Int,
    own_term: Int,
    n: Int,
    terms: Int,
    term_below: Int,
    days: Int,
    s: Int,
    out: Out,
) -> None:
    """The columns of the past: amount and term against mean and rank, days since the last issue."""
    if own >= 0 and n_amount > 0:
        out[PAST, s] = own * n_amount / total if total else np.nan
        out[PAST + 1, s] = amount_below / n_amount
    if n > 0:
        out[PAST + 2, s] = own_term * n / terms if terms else np.nan
        out[PAST + 3, s] = term_below / n
        out[PAST + 4, s] = days
