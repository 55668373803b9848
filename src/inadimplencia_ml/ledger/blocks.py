"""A ledger in blocks of whole clients, so that a book is worked through in pieces that fit the processor's cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.ledger.books import client_ids_of
from inadimplencia_ml.ledger.codes import lookup, starts
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.sorting import order_by_group

__all__ = ["Blocks"]

I32 = npt.NDArray[np.int32]
ROWS_A_BLOCK = 60_000
"""Invoices; their arrays then lie in the second cache."""


@entry
def _blocks_of(invoice: I32, owner: I32, block_of: I32, block: I32) -> None:
    """The block of each payment by its invoice's owner; the last one for those on account, which are in no feature."""
    last = block_of[len(block_of) - 1]
    for i in range(len(invoice)):
        block[i] = block_of[owner[invoice[i]]] if invoice[i] >= 0 else last


class Blocks:
    """Disjoint sets of clients, in the order of their ids, with about the same number of invoices each.

    Parameters
    ----------
    ledger : Ledger
    count : int, optional
        How many; by default one for every 60,000 invoices.
    """

    def __init__(self, ledger: Ledger, count: int | None = None) -> None:
        self._ledger = ledger
        tables = ledger.all_tables()
        self._client_ids = client_ids_of(ledger.tables)
        invoices = tables["invoices"]
        self.count = max(1, min(count or invoices.num_rows // ROWS_A_BLOCK, len(self._client_ids)))
        owner = lookup(invoices["client_id"], self._client_ids)
        size = np.bincount(owner, minlength=len(self._client_ids)) + 1
        before = np.cumsum(size) - size
        self._block = (before * self.count // max(1, int(size.sum()))).astype(np.int32)
        self._invoice: I32 | None = None  # of each payment a row of the invoices
        self._rows: dict[str, tuple[I32 | None, I32] | None] = {}
        if self.count > 1:
            with ThreadPoolExecutor() as pool:
                orders = pool.map(lambda name: self._orders(name, tables[name], owner), tables)
                self._rows = dict(zip(tables, orders, strict=True))
        self._place = self._places() if self._invoice is not None else None

    def __len__(self) -> int:
        return self.count

    def of_clients(self, ids: Any) -> I32:
        """The block of each client id; the last one for clients that the ledger does not know."""
        number = lookup(ids, self._client_ids)
        return np.append(self._block, np.int32(self.count - 1))[number]  # number -1 takes the last entry

    def __getitem__(self, k: int) -> Ledger:
        """The ledger of the clients of block ``k``: what is not of one client is in every block."""
        if self.count == 1:
            return self._ledger
        tables = {name: self._part(name, table, k) for name, table in self._ledger.all_tables().items()}
        return self._ledger.of_tables(tables, self._paid(k))

    def _paid(self, k: int) -> I32 | None:
        """Of each payment of block ``k`` the row of its invoice in the block, -1 without."""
        rows = self._rows.get("payments")
        if self._invoice is None or self._place is None or rows is None:
            return None
        order, start = rows
        mine = slice(start[k], start[k + 1])
        invoice = self._invoice[mine if order is None else order[mine]]
        return np.where(invoice >= 0, self._place[invoice], np.int32(-1))

    def _places(self) -> I32:
        """Of each invoice row its place in its block."""
        order, start = self._rows["invoices"] or (None, np.zeros(1, np.int32))
        place = np.arange(self._ledger.tables["invoices"].num_rows, dtype=np.int32)
        place -= np.repeat(start[:-1], np.diff(start))
        if order is None:
            return place
        out = np.empty_like(place)
        out[order] = place
        return out

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
            invoice_ids = self._ledger.tables["invoices"]["invoice_id"].combine_chunks()
            invoice = lookup(table["invoice_id"], invoice_ids)
            self._invoice = invoice
            block = np.empty(len(invoice), np.int32)
            _blocks_of(invoice, owner, self._block, block)
        elif name == "invoices":
            block = self._block[owner]
        elif "client_id" in table.column_names:
            block = self.of_clients(table["client_id"])
        else:
            return None
        start = starts(np.bincount(block, minlength=self.count))
        return order_by_group(block, start), start
