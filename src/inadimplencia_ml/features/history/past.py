"""The invoice of a snapshot against the client's earlier ones: how those ended, the alike among them, what it adds.

A client of few invoices is walked over for each snapshot (`past_walk`); for one of many the days go forward once
(`past_sweep`). Both give the same bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.features.history import past_sweep
from inadimplencia_ml.features.history.past_walk import Halves, make_room, walk
from inadimplencia_ml.features.of_invoice.asked import Asked, ask, by_day
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["NAMES", "past_features"]

NAMES: tuple[str, ...] = tuple(
    (
        "earlier_count known_outcome_count known_outcome_late_count known_outcome_late_share "
        "known_outcome_days_late_mean "
        "known_outcome_days_late_ewm_60d known_outcome_days_late_ewm_90d known_outcome_late_5_count "
        "known_outcome_late_5_share days_since_late_5 similar_count similar_late_share similar_days_late_mean "
        "similar_term_late_share same_due_count same_due_amount amount_to_open amount_to_max "
        "invoice_due_days_to_month_end invoice_due_days_moved"
    ).split()
)

Out = npt.NDArray[np.float64]

_MONTH_END, _MOVED = 18, 19


def past_features(ledger: Ledger, looks: Looks) -> Out:
    """The columns ``NAMES``, feature x snapshot; NaN where the snapshot names no invoice that is known."""
    books = ledger.books
    out = np.full((len(NAMES), len(looks.day)), np.nan)
    if looks.invoice is None or not len(books.versions.invoice):
        return out
    asked, v, start = ask(books, looks, past_sweep.PAIRS), books.versions, books.client_start
    order = by_day(asked.order, asked.start, asked, v)
    ages = np.arange(_oldest_age(books, asked) + 1)
    halves = Halves(np.exp2(-ages / 60), np.exp2(-ages / 90))
    small = order[~asked.large[asked.client[order]]] if asked.large.any() else order
    widest = int(np.diff(start).max(initial=0, where=~asked.large))
    walk(small, asked, start, v, books.payments, books.consumers, halves, make_room(widest), out)
    past_sweep.sweep_large(order, asked, start, v, books.payments, books.consumers, halves, out)
    found = np.flatnonzero(asked.mine >= 0)
    due = v.due[asked.mine[found]]
    after = due.astype("datetime64[D]").astype("datetime64[M]") + np.timedelta64(1, "M")
    out[_MONTH_END, found] = after.astype("datetime64[D]").astype(np.int64) - 1 - due
    out[_MOVED, found] = v.due_adj[asked.mine[found]].astype(np.int64) - due
    return out


def _oldest_age(books: Books, asked: Asked) -> int:
    """Days from the first day on which any invoice can have been closed to the last day looked from."""
    v = books.versions
    cancelled = v.cancelled[v.cancelled != NONE]
    latest = int(asked.day.max(initial=0))
    return max(0, *(latest - int(days.min(initial=latest)) for days in (v.issue, cancelled, books.payments.date)))
