"""Which invoices are open at the end of a day, as known then: what a forecast of payments looks at.

Told from facts known at the day alone, so that a forecast may ask it as well as a training does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.exposure import Histories, histories, valid_at
from inadimplencia_ml.ledger.lateness import NEVER, OPEN, Consumers, consumer_on, seen
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["OpenInvoices", "open_invoices", "open_on", "open_snapshots"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class OpenInvoices(NamedTuple):
    """One entry an open invoice and day, ordered by day, client and invoice."""

    client: I32
    invoice: I32
    day: I32  # days since 1970-01-01
    due_adj: I32  # as known that day
    left: I64  # cents outstanding; 0 where the amount is missing

    def take(self, rows: npt.NDArray[Any]) -> OpenInvoices:
        """The entries at these positions, or where a mask says so."""
        return OpenInvoices(self.client[rows], self.invoice[rows], self.day[rows], self.due_adj[rows], self.left[rows])


def open_on(books: Books, days: Sequence[int]) -> OpenInvoices:
    """The invoices open at the end of each day, as known on it."""
    looked = np.unique(np.asarray(days, np.int32))
    owner = np.repeat(np.arange(len(books.client_ids), dtype=np.int32), np.diff(books.invoice_start))
    arguments = owner, looked, histories(books), books.versions, books.payments, books.consumers
    count = np.zeros(1, np.int64)
    _open(*arguments, count, _room(0))
    found = _room(int(count[0]))
    _open(*arguments, count, found)
    return found.take(np.argsort(found.day, kind="stable"))


def open_snapshots(books: Books, found: OpenInvoices) -> pd.DataFrame:
    """The same as a table of snapshots: client_id, as_of, invoice_id."""
    return pd.DataFrame(
        {
            "client_id": books.client_ids.take(pa.array(found.client)).to_pandas().to_numpy(),
            "as_of": pd.Series(found.day.astype("datetime64[D]").astype("datetime64[s]")),
            "invoice_id": books.invoice_ids.take(pa.array(found.invoice)).to_pandas().to_numpy(),
        }
    )


def open_invoices(ledger: Ledger, as_of: dt.date | str) -> pd.DataFrame:
    """The invoices open at the end of ``as_of``, as known then.

    Returns
    -------
    DataFrame
        client_id, as_of, invoice_id, ``due_date`` (moved to a business day), ``days_past_due`` (calendar days, negative
        before the due date) and ``outstanding`` (net of part payments; 0 where the amount is missing).

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C1"], "invoice_id": ["T1", "T2"], "amount": [100.0, 80.0],
    ...     "issue_date": ["2025-01-02", "2025-01-02"], "due_date": ["2025-02-03", "2025-03-06"],
    ...     "paid_date": ["2025-02-03", None]}))
    >>> open_invoices(ledger, "2025-02-28")[["invoice_id", "days_past_due", "outstanding"]].to_numpy().tolist()
    [['T2', -6, 80.0]]
    """
    found = open_on(ledger.books, [day_number(to_date(as_of, "as_of"))])
    frame = open_snapshots(ledger.books, found)
    frame["due_date"] = found.due_adj.astype("datetime64[D]").astype("datetime64[s]")
    frame["days_past_due"] = found.day.astype(np.int64) - found.due_adj
    frame["outstanding"] = found.left / 100
    return frame


def _room(n: int) -> OpenInvoices:
    client, invoice, day, due_adj = (np.zeros(n, np.int32) for _ in range(4))
    return OpenInvoices(client, invoice, day, due_adj, np.zeros(n, np.int64))


@maker
def _last_change(i: int, h: Histories, v: Versions, p: Payments) -> Any:
    """The last day on which anything becomes known of invoice i."""
    j = h.at[h.start[i + 1] - 1]
    change = np.int64(v.since[j])
    if v.closed_known[j] != NEVER:
        change = max(change, np.int64(v.closed_known[j]))
    for q in range(v.pay_start[j], v.pay_stop[j]):
        change = max(change, np.int64(p.known[q]))
        if p.until[q] != NEVER:
            change = max(change, np.int64(p.until[q]))
    return change


@maker
def _open(
    owner: I32, days: I32, h: Histories, v: Versions, p: Payments, who: Consumers, count: I64, out: OpenInvoices
) -> None:
    """Counts, and writes down as far as ``out`` has room."""
    n, room = 0, len(out.day)
    for i in range(len(owner)):
        known, change = v.known[h.at[h.start[i]]], _last_change(i, h, v, p)
        for s in range(np.searchsorted(days, known), len(days)):
            t = np.int64(days[s])
            j = valid_at(t, i, h, v)
            status, _, _, left = seen(t, j, consumer_on(t, owner[i], who), v, p) if j >= 0 else (0, 0, 0, 0)
            if status == OPEN:
                if n < room:
                    out.client[n], out.invoice[n], out.day[n] = owner[i], i, t
                    out.due_adj[n], out.left[n] = v.due_adj[j], left
                n += 1
            elif t >= change:
                break  # nothing more is heard of it
    count[0] = n
