"""A client on one day: every invoice that is there, in the order of due dates, with its lateness and its money.

`look_at` fills a `View`; each family of this folder reads it. An invoice is there if it is seen, not void, not past its
observed_until and, for a consumer, not forgotten. The first ``matured`` entries are due by the day, the rest later.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, days_late, settlement

__all__ = ["CLOSED", "OPEN", "SETTLED", "Side", "View", "divide", "look_at", "make_view", "window_start"]

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]

OPEN, SETTLED, CLOSED = 0, 1, 2
"""Status of an invoice: closed is renegotiated or written off, by what `Versions.reason` says."""


class View(NamedTuple):
    """Arrays over the invoices of one client that are there on a day, ordered by due, issue_date, invoice_id."""

    version: I64  # position in Versions
    issue: I64
    due: I64
    due_adj: I64
    cents: I64  # MISSING (-1) where the amount is missing
    amount: I64  # the same, 0 where missing
    late: I64  # days late, signed
    status: I64  # OPEN, SETTLED or CLOSED
    closed_on: I64  # day it was settled or closed; NEVER while open
    paid: I64  # cents that settled it, of all payments known on the day
    left: I64  # cents outstanding; 0 unless open
    first_paid: I64  # payment_date of its first and last payment of kind payment; NEVER, -NEVER without
    last_paid: I64


class Side(NamedTuple):
    """What the families read of an invoice beyond its version; arrays over invoices, from the row first known."""

    contract: I32  # number of its contract, -1 without
    installment: I32  # number of the instalment, -1 without
    recurring: npt.NDArray[np.bool_]  # charged by card or direct debit, as its kind says
    first_due: I32
    first_due_adj: I32
    first_cents: I64  # MISSING (-1) where the amount was missing


@maker
def make_view(size: int) -> View:
    """An empty view for clients of up to ``size`` versions."""
    e = np.empty((13, size), np.int64)
    return View(e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9], e[10], e[11], e[12])


@maker
def look_at(t: int, a: int, b: int, v: Versions, p: Payments, consumer: bool, view: View) -> tuple[int, int]:
    """Fills ``view`` with versions a..b of one client at the end of day t: how many are there, how many matured."""
    n, matured = 0, 0
    for j in range(a, b):
        if v.since[j] > t or v.until[j] <= t or t > v.observed_until[j]:
            continue
        gone = v.closed_known[j] <= t
        due: Any = np.int64(v.due[j])
        if (gone and v.void[j]) or (consumer and due <= t - FORGOTTEN_AFTER):
            continue
        issue: Any = np.int64(v.issue[j])
        settled, paid, first, last, _ = settlement(t, issue, v.cents[j], v.pay_start[j], v.pay_stop[j], p)
        status, closed_on = (SETTLED if settled != NEVER else OPEN), np.int64(settled)
        if gone and settled > v.cancelled[j]:
            status, closed_on = CLOSED, np.int64(v.cancelled[j])
        amount = max(v.cents[j], np.int64(0))
        view.version[n] = j
        view.issue[n], view.due[n], view.due_adj[n] = issue, due, v.due_adj[j]
        view.cents[n], view.amount[n] = v.cents[j], amount
        view.late[n] = days_late(t if status == OPEN else closed_on, due, np.int64(v.due_adj[j]))
        view.status[n], view.closed_on[n] = status, closed_on
        view.paid[n], view.left[n] = paid, max(amount - paid, np.int64(0)) if status == OPEN else np.int64(0)
        view.first_paid[n], view.last_paid[n] = first, last
        n += 1
        if due <= t:
            matured = n
    return n, matured


@maker
def window_start(t: int, days: int, matured: int, view: View) -> int:
    """Position of the first matured invoice with due in (t - days, t]; ``days`` below 0: of the first of all."""
    if days < 0:
        return 0
    k = matured
    while k > 0 and view.due[k - 1] > t - days:
        k -= 1
    return k


@maker
def divide(a: float, b: float) -> float:
    """a / b, NaN where b is 0."""
    return a / b if b != 0 else np.nan
