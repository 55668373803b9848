"""A ledger in blocks of whole clients, so that a book is worked through in pieces that fit the processor's cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.compiled import Int, entry
from inadimplencia_ml.ledger.books import Known, client_ids_of
from inadimplencia_ml.ledger.codes import all_different, lookup, starts
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.regrouped import places, regrouped, written

__all__ = ["Blocks"]

I32 = npt.NDArray[np.int32]
ROWS_A_BLOCK = 120_000
"""Invoices. With half as many the work around the arrays weighs more; with more nothing is gained but memory taken."""


class Blocks:
    """Disjoint sets of clients, in the order of their ids, with about the same number of invoices each.

    Parameters
    ----------
    ledger : Ledger
    count : int, optional
        How many; by default one for every 120,000 invoices.
    tied : bool
        Whether clients whom links tie together are in one block, that of the first of them.
    use_up : bool
        Whether the ledger may lose its tables to the blocks, so that no row is there twice.
    """

    def __init__(self, ledger: Ledger, count: int | None = None, *, tied: bool = False, use_up: bool = False) -> None:
        self._ledger = ledger
        tables = ledger.all_tables()
        self._client_ids = client_ids_of(tables)
        rows = tables["invoices"].num_rows
        self.count = max(1, min(count or rows // ROWS_A_BLOCK, len(self._client_ids)))
        self._start: dict[str, I32] = {}  # of each table with clients, where the rows of a block begin
        self._tables: dict[str, pa.Table] = {}
        self._paid: I32 | None = None  # of each payment the row of its invoice, -1 without
        self._single = False  # no invoice is known to have a second row
        with ThreadPoolExecutor() as pool:
            beside = pool.submit(self._look_at_invoices, tables) if self.count > 1 else None
            owner = np.require(lookup(tables["invoices"]["client_id"], self._client_ids), requirements="W")
            size = np.bincount(owner, minlength=len(self._client_ids)) + 1
            before = np.cumsum(size) - size
            self._block = (before * self.count // max(1, int(size.sum()))).astype(np.int32)
            if tied and self.count > 1:
                self._tie_together(tables.get("links"))
            if beside is not None:
                _in_blocks(owner, self._block)
                invoice, self._single = beside.result()
                del tables, beside
                self._deal(ledger.give_away() if use_up else ledger.all_tables(), owner, invoice, pool)

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
        tables = {name: self._of_block(name, table, k) for name, table in self._tables.items()}
        return self._ledger.of_tables(tables, Known(None if self._paid is None else self._paid_in(k), self._single))

    def _paid_in(self, k: int) -> I32:
        """Of each payment of a block the row of its invoice in the block, -1 without."""
        invoice = self._of_block("payments", self._paid, k)
        return np.where(invoice >= 0, invoice - self._start["invoices"][k], np.int32(-1))

    def _of_block(self, name: str, rows: Any, k: int) -> Any:
        if name not in self._start:
            return rows
        low, high = (int(edge) for edge in self._start[name][k : k + 2])
        return rows[low:high]

    def _tie_together(self, links: pa.Table | None) -> None:
        from inadimplencia_ml.ledger.homes import linked_clients  # for who asks for it, brings a solver of graphs along

        clients, first = linked_clients(links)
        place = lookup(clients.cast(self._client_ids.type), self._client_ids)
        self._block[place] = self._block[place[first]]

    def _look_at_invoices(self, tables: dict[str, pa.Table]) -> tuple[I32 | None, bool]:
        """Of each payment the row of its invoice, and whether each invoice has but one row, if that is quickly told."""
        ids = in_one_piece(tables["invoices"]["invoice_id"])
        return _invoices_paid(tables), pa.types.is_integer(ids.type) and all_different(ids)

    def _deal(self, tables: dict[str, pa.Table], block: I32, invoice: I32 | None, pool: ThreadPoolExecutor) -> None:
        """Puts the rows of each table in the order of blocks, and tells of each payment where its invoice went.

        Large arrays are written over where they have served: memory touched for the first time is dear.
        """
        blocks: dict[str, I32] = {"invoices": block}
        if invoice is not None:
            blocks["payments"] = np.empty(len(invoice), np.int32)
            _blocks_paid(invoice, block, self.count - 1, blocks["payments"])
        for name in tables.keys() - blocks.keys():
            if "client_id" in tables[name].column_names:
                blocks[name] = self.of_clients(tables[name]["client_id"])
        self._start = dict(zip(blocks, pool.map(self._starts, blocks.values()), strict=True))
        place = dict(zip(blocks, pool.map(places, blocks.values(), self._start.values()), strict=True))
        names = list(tables)
        made = pool.map(lambda name: _dealt(tables, name, place.get(name)), names)
        if invoice is not None:
            self._paid = _regrouped_rows(invoice, place["invoices"], place["payments"])
        self._tables = dict(zip(names, made, strict=True))

    def _starts(self, block: I32) -> I32:
        return starts(np.bincount(block, minlength=self.count))


def _invoices_paid(tables: dict[str, pa.Table]) -> I32 | None:
    """Of each payment the row of its invoice, -1 without; None where payments name no invoices."""
    if "payments" not in tables or "invoice_id" not in tables["payments"].column_names:
        return None
    row = lookup(tables["payments"]["invoice_id"], in_one_piece(tables["invoices"]["invoice_id"]))
    return np.require(row, requirements="W")


@entry
def _in_blocks(owner: I32, block_of: I32) -> None:
    """In place: the block of each client."""
    for i in range(len(owner)):
        owner[i] = block_of[owner[i]]


@entry
def _blocks_paid(invoice: I32, block: I32, last: Int, out: I32) -> None:
    """The block of each payment, that of its invoice; the last one for those on account, which are in no feature."""
    for i in range(len(invoice)):
        out[i] = block[invoice[i]] if invoice[i] >= 0 else last


def _regrouped_rows(invoice: I32, place: I32 | None, to: I32 | None) -> I32:
    """Of each payment, at its own place, the place of its invoice."""
    if place is not None:
        _at_their_places(invoice, place)
    return invoice if to is None else written(invoice, to)


@entry
def _at_their_places(row: I32, place: I32) -> None:
    """In place: where each row went; -1 stays."""
    for i in range(len(row)):
        row[i] = place[row[i]] if row[i] >= 0 else -1


def _dealt(tables: dict[str, pa.Table], name: str, place: I32 | None) -> pa.Table:
    """A table in the order of blocks; taken out of ``tables``, so that it goes as the new one comes."""
    return tables.pop(name) if place is None else regrouped(tables.pop(name), place)
