"""A ledger in blocks of whole clients, so that a book is worked through in pieces that fit the processor's cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.ledger.codes import first_rows, lookup, sorted_unique, starts
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.sorting import order_by_group

__all__ = ["Blocks"]

I32 = npt.NDArray[np.int32]
ROWS_A_BLOCK = 120_000
"""Invoices; their arrays then lie in the second cache."""


class Blocks:
    """Disjoint sets of clients, in the order of their ids, with about the same number of invoices each.

    Parameters
    ----------
    ledger : Ledger
    count : int, optional
        How many; by default one for every 120,000 invoices.
    """

    def __init__(self, ledger: Ledger, count: int | None = None) -> None:
        self._ledger = ledger
        tables = ledger.all_tables()
        self._client_ids = sorted_unique([t["client_id"] for t in tables.values() if "client_id" in t.column_names])
        invoices = tables["invoices"]
        self.count = count or max(1, invoices.num_rows // ROWS_A_BLOCK)
        owner = lookup(invoices["client_id"], self._client_ids)
        size = np.bincount(owner, minlength=len(self._client_ids)) + 1
        before = np.cumsum(size) - size
        self._block = (before * self.count // max(1, int(size.sum()))).astype(np.int32)
        self._rows = (
            {name: self._orders(name, table, owner) for name, table in tables.items()} if self.count > 1 else {}
        )

    def __len__(self) -> int:
        return self.count

    def of_clients(self, ids: Any) -> I32:
        """The block of each client id; the last one for clients that the ledger does not know."""
        number = lookup(ids, self._client_ids)
        return np.where(number >= 0, self._block[number], self.count - 1).astype(np.int32)

    def __getitem__(self, k: int) -> Ledger:
        """The ledger of the clients of block ``k``: what is not of one client is in every block."""
        if self.count == 1:
            return self._ledger
        return self._ledger.of_tables(
            {name: self._part(name, table, k) for name, table in self._ledger.all_tables().items()}
        )

    def _part(self, name: str, table: pa.Table, k: int) -> pa.Table:
        rows = self._rows[name]
        if rows is None:
            return table
        order, start = rows
        if order is None:
            return table.slice(int(start[k]), int(start[k + 1] - start[k]))
        return table.take(pa.array(order[start[k] : start[k + 1]]))

    def _orders(self, name: str, table: pa.Table, owner: I32) -> tuple[I32 | None, I32] | None:
        """Rows of a table by block and where each begins; None for a table without clients."""
        if name == "payments" and "invoice_id" in table.column_names:
            invoice = first_rows(table["invoice_id"], self._ledger.tables["invoices"]["invoice_id"])
            block = self._block[owner[np.maximum(invoice, 0)]]
            block[invoice < 0] = self.count - 1  # of an unknown invoice: on account, in no feature
        elif "client_id" in table.column_names:
            block = self._block[owner if name == "invoices" else lookup(table["client_id"], self._client_ids)]
        else:
            return None
        start = starts(np.bincount(block, minlength=self.count))
        return order_by_group(block, start), start
