"""Clients at the last month ends from which a horizon is over, and what each of them had open."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.ledger.open_invoices import OpenInvoices, open_on
from inadimplencia_ml.portfolio.looked_back import LookedBack, month_of, months_end

__all__ = ["ClientMonths", "client_months"]


class ClientMonths(NamedTuple):
    """Invoices open at month ends, as known then, and the client-month (cell) of each."""

    found: OpenInvoices
    cell: npt.NDArray[np.int64]
    month: npt.NDArray[np.int64]  # by cell

    def any(self, of_invoice: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """By cell, whether it is so of one of its invoices."""
        return np.bincount(self.cell, of_invoice, minlength=len(self.month)) > 0


def client_months(back: LookedBack, horizon: int, months: int) -> ClientMonths:
    """The last ``months`` month ends after which ``horizon`` days are over and booked."""
    books = back.known.books
    last = int(month_of(np.array([back.complete - horizon + 1]))[0]) - 1
    issued = books.versions.issue
    first = int(month_of(issued.min(keepdims=True))[0]) if len(issued) else last + 1
    found = open_on(books, months_end(np.arange(max(first, last - months + 1), last + 1)).tolist())
    clients = max(len(books.client_ids), 1)
    cells, cell = np.unique(month_of(found.day) * clients + found.client, return_inverse=True)
    return ClientMonths(found, cell, cells // clients)
