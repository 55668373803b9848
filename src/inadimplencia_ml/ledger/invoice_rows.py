"""Invoice rows in the order of invoices and days known, each history merged: what the books make their versions of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.compiled import maker
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
from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.sorting import order_by_group, sort_within, taken

__all__ = ["InvoiceRows"]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
_REASONS = ("void", "renegotiated", "written_off")


class InvoiceRows:
    """One entry a version: the rows of an invoice, and a further one where a cancellation becomes known between them.

    A null keeps the older value. A cancellation is a fact of its own, known from the latest of the row's known day, its
    date and its booking; in a history it is told from that day on, whichever row is then the latest.
    """

    def __init__(self, table: pa.Table, client_ids: pa.Array) -> None:
        client, code, ids = lookup(table["client_id"], client_ids), *encode(table["invoice_id"])
        issue, known = date_codes(table, "issue_date"), date_codes(table, "known_on")
        number, self.invoice_ids = _by_client(client, code, ids)
        self.invoice_of_row: I32 = number
        single = len(ids) == len(code)
        order = _by_number(number, known, single)
        rows: dict[str, Any] = {"row": np.arange(len(number), dtype=np.int32) if order is None else order}
        rows |= {"client": taken(client, order), "invoice": taken(number, order), "issue": taken(issue, order)}
        rows["since"] = np.maximum(rows["issue"], taken(known, order))
        for name in ("due_date", "observed_until", "paid_date", "cancelled_date", "cancelled_known_on"):
            rows[name] = taken(date_codes(table, name), order)
        for name in ("amount", "paid_amount"):
            rows[name] = taken(cent_codes(table, name), order)
        rows["reason"] = np.maximum(taken(text_codes(table, "cancel_reason", _REASONS), order), -1)
        rows["uf"] = taken(state_codes(table, "uf"), order)
        self._merge(rows if single else _with_cancellations(rows), single)

    def _merge(self, rows: dict[str, Any], single: bool) -> None:
        self.row_in_table: I32 = rows["row"]
        self.client: I32 = rows["client"]
        self.invoice: I32 = rows["invoice"]
        self.issue: I32 = rows["issue"]
        self.since: I32 = rows["since"]
        first = np.ones(len(self.invoice), bool)
        first[1:] = self.invoice[1:] != self.invoice[:-1]
        self.first_rows = np.flatnonzero(first)

        def keep(name: str, null: Any = NONE) -> Any:
            return rows[name] if single else keep_older(rows[name], null, first)

        self.due: I32 = keep("due_date")
        self.cents = keep("amount", MISSING)
        self.cancelled: I32 = keep("cancelled_date")
        known = np.maximum(self.cancelled, keep("cancelled_known_on"))
        self.closed_known = np.where(self.cancelled != NONE, known, NEVER).astype(np.int32)
        self.reason: I8 = keep("reason", np.int8(-1))
        self.void = self.reason <= 0
        observed = keep("observed_until")
        self.observed_until = np.where(observed == NONE, NEVER, observed).astype(np.int32)
        self.uf: I8 = rows["uf"]
        self.paid_date: I32 = rows["paid_date"]
        self.paid_cents = rows["paid_amount"]
        self.until = np.full(len(first), NEVER, np.int32)
        self.until[:-1] = np.where(first[1:], NEVER, self.since[1:])
        self.known: I32 = self.since[self.first_rows][self.invoice]

    def order(self) -> I32:
        """Positions by client, due, issue_date, invoice_id."""
        n = len(self.due)
        order = np.arange(n, dtype=np.int32)
        if not n:
            return order
        due, issue = self.due.astype(np.int64), self.issue.astype(np.int64)
        # entries already lie by client and id, so a stable sort by dates leaves ties in the order of ids
        sort_within(starts(np.bincount(self.client)), (due << 32) + (issue - int(issue.min())), order)
        return order


def _by_number(number: I32, known: I32, single: bool) -> I32 | None:
    """Positions by invoice and day known, rows of one day as they came; None where they lie so already."""
    start = starts(np.bincount(number))
    order = order_by_group(number, start)
    if not single:
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
