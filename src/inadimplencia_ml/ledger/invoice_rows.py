"""Invoice rows in the order of invoices and days known, each history merged: what the books make their versions of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.compiled import Int, entry, maker
from inadimplencia_ml.ledger.codes import (
    MISSING,
    NONE,
    cent_codes,
    date_codes,
    encode,
    keep_older,
    lookup,
    starts,
    state_codes,
    text_codes,
)
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.sorting import order_by_group, sort_within

__all__ = ["InvoiceRows"]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_REASONS = ("void", "renegotiated", "written_off")


class InvoiceRows:
    """One entry a version: the rows of an invoice, and a further one where a cancellation becomes known between them.

    A null keeps the older value. A cancellation is a fact of its own, known from the latest of the row's known day, its
    date and its booking; in a history it is told from that day on, whichever row is then the latest. Entries lie by
    invoice and day known; where no invoice has a second row they lie as the rows of the table.
    """

    def __init__(self, table: pa.Table, client_ids: pa.Array, *, single: bool = False) -> None:
        client = lookup(table["client_id"], client_ids)
        number, by_number, self.invoice_ids, single = _numbered(table["invoice_id"], client, single)
        self.invoice_of_row: I32 = number
        rows: dict[str, Any] = {"client": client, "invoice": number, "issue": date_codes(table, "issue_date")}
        rows["since"] = np.maximum(rows["issue"], date_codes(table, "known_on"))
        for name in ("due_date", "observed_until", "paid_date", "cancelled_date", "cancelled_known_on"):
            rows[name] = date_codes(table, name)
        for name in ("amount", "paid_amount"):
            rows[name] = cent_codes(table, name)
        rows["reason"] = np.maximum(text_codes(table, "cancel_reason", _REASONS), -1)
        rows["uf"] = state_codes(table, "uf")
        if single:
            rows["row"] = np.arange(len(number), dtype=np.int32)
            self._merge(rows, by_number)
        else:
            order = _by_number(number, date_codes(table, "known_on"))
            rows = {name: values[order] for name, values in rows.items()}
            self._merge(_with_cancellations(rows | {"row": order}), None)

    def _merge(self, rows: dict[str, Any], by_number: I32 | None) -> None:
        """``by_number``: the entry of each invoice where each has one."""
        self.row_in_table: I32 = rows["row"]
        self.client: I32 = rows["client"]
        self.invoice: I32 = rows["invoice"]
        self.issue: I32 = rows["issue"]
        self.since: I32 = rows["since"]
        first = np.ones(len(self.invoice), bool)
        if by_number is None:
            first[1:] = self.invoice[1:] != self.invoice[:-1]
        self.single = by_number is not None
        self.first_rows = np.flatnonzero(first) if by_number is None else by_number

        def keep(name: str, null: Any = NONE) -> Any:
            return rows[name] if self.single else keep_older(rows[name], null, first)

        self.due: I32 = keep("due_date")
        self.cents = keep("amount", MISSING)
        self.cancelled: I32 = keep("cancelled_date")
        known = np.maximum(self.cancelled, keep("cancelled_known_on"))
        self.closed_known = np.where(self.cancelled != NONE, known, NEVER).astype(np.int32, copy=False)
        self.reason: I8 = keep("reason", np.int8(-1))
        self.void = self.reason <= 0
        observed = keep("observed_until")
        self.observed_until = np.where(observed == NONE, NEVER, observed).astype(np.int32, copy=False)
        self.uf: I8 = rows["uf"]
        self.paid_date: I32 = rows["paid_date"]
        self.paid_cents = rows["paid_amount"]
        self.until = np.full(len(first), NEVER, np.int32)
        if not self.single:
            self.until[:-1] = np.where(first[1:], NEVER, self.since[1:])
        self.known: I32 = self.first_known(self.since)

    def first_known(self, values: Any) -> Any:
        """Of each entry what the first entry of its invoice says."""
        return values if self.single else values[self.first_rows][self.invoice]

    def order(self) -> I32:
        """Positions by client, due, issue_date, invoice_id."""
        n = len(self.due)
        # by client and id, so that a stable sort by dates leaves ties in the order of ids
        order = self.first_rows.astype(np.int32) if self.single else np.arange(n, dtype=np.int32)
        if not n:
            return order
        key = np.empty(n, np.int64)
        _dates_as_key(self.due, self.issue, int(self.issue.min()), order, key)
        sort_within(starts(np.bincount(self.client)), key, order)
        return order


@entry
def _dates_as_key(due: I32, issue: I32, least: Int, order: I32, key: I64) -> None:
    """Due date, then issue date, as one number, in an order of the rows."""
    for i in range(len(order)):
        key[i] = (np.int64(due[order[i]]) << 32) + (issue[order[i]] - least)


def _numbered(column: pa.ChunkedArray, client: I32, single: bool) -> tuple[I32, I32, pa.Array, bool]:
    """Numbers by client and id; one row of each; the ids in their order; whether each invoice has but one row.

    ``single`` says that it is known to be so: whole numbers need no sorting over all clients then.
    """
    if single and pa.types.is_integer(column.type) and len(client):
        ids = in_one_piece(column).to_numpy()
        start = starts(np.bincount(client))
        by_number = order_by_group(client, start)
        by_number = np.arange(len(ids), dtype=np.int32) if by_number is None else by_number
        sort_within(start, ids.take(by_number).astype(np.int64, copy=False), by_number)
        number, at = np.empty(len(ids), np.int32), by_number.astype(np.intp)
        number[at] = np.arange(len(ids), dtype=np.int32)
        return number, by_number, pa.array(ids[at], column.type), True
    code, values = encode(column)
    number, values = _by_client(client, code, values)
    by_number = np.empty(len(values), np.int32)
    by_number[number[::-1]] = np.arange(len(number), dtype=np.int32)[::-1]
    return number, by_number, values, len(values) == len(code)


def _by_number(number: I32, known: I32) -> I32:
    """Positions by invoice and day known, rows of one day as they came."""
    start = starts(np.bincount(number))
    order = order_by_group(number, start)
    order = np.arange(len(number), dtype=np.int32) if order is None else order
    sort_within(start, known[order].astype(np.int64), order)
    return order


def _by_client(client: I32, code: I32, ids: pa.Array) -> tuple[I32, pa.Array]:
    """Invoice numbers regrouped so that a client's invoices lie together, in the order of ids within the client."""
    owner = np.empty(len(ids), np.int32)
    owner[code[::-1]] = client[::-1]
    order = order_by_group(owner, starts(np.bincount(owner))) if len(owner) else None
    if order is None:
        return code, ids
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    return rank[code], ids.take(pa.array(order))


def _with_cancellations(rows: dict[str, Any]) -> dict[str, Any]:
    """Histories in which each cancellation has an entry of its own on the day it is known, and the rows have none."""
    told = (rows["cancelled_date"] != NONE) | (rows["cancelled_known_on"] != NONE) | (rows["reason"] >= 0)
    at = np.flatnonzero(told & (np.bincount(rows["invoice"])[rows["invoice"]] > 1))
    if not len(at):
        return rows
    date, booked, reason = (rows[n][at].copy() for n in ("cancelled_date", "cancelled_known_on", "reason"))
    known = np.maximum(np.maximum(rows["since"][at], date), booked)
    _carry(rows["invoice"][at], known, date, booked, reason)
    rows = {name: values.copy() for name, values in rows.items()}
    rows["cancelled_date"][at], rows["cancelled_known_on"][at], rows["reason"][at] = NONE, NONE, -1
    new = {name: values[at] for name, values in rows.items()}
    new |= {"since": known, "cancelled_date": date, "cancelled_known_on": booked, "reason": reason}
    new |= {name: np.full(len(at), NONE, np.int32) for name in ("due_date", "observed_until", "paid_date")}
    new |= {name: np.full(len(at), MISSING) for name in ("amount", "paid_amount")}
    both = {name: np.concatenate([rows[name], new[name]]) for name in rows}
    order = np.lexsort((both["since"], both["invoice"]))  # stable: a row stands before what becomes known that day
    return {name: values[order] for name, values in both.items()}


@maker
def _carry(invoice: I32, known: I32, date: I32, booked: I32, reason: I8) -> None:
    """In place: what each cancellation says together with the ones known by then, a later row over an older one."""
    date_, booked_, reason_ = date.copy(), booked.copy(), reason.copy()
    begin = 0
    for k in range(len(invoice)):
        if invoice[k] != invoice[begin]:
            begin = k
        date[k], booked[k], reason[k] = NONE, NONE, -1
        q = begin
        while q < len(invoice) and invoice[q] == invoice[k]:
            if known[q] <= known[k]:
                date[k] = date_[q] if date_[q] != NONE else date[k]
                booked[k] = booked_[q] if booked_[q] != NONE else booked[k]
                reason[k] = reason_[q] if reason_[q] >= 0 else reason[k]
            q += 1
