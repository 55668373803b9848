"""The ledger as sorted arrays of whole clients: what every compiled pass reads.

An invoice with a history is held as versions, each valid from the day it was known until the next one. All versions
of a client lie together in the order (due, issue_date, invoice_id), so that at any day exactly one version of an
invoice is valid and the valid ones stand in the order that streaks and last-k features need. Payments lie by invoice
and date; the shorthand of an invoice row (paid_date) has become a payment, its double in the payments table is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.ledger.client_rows import ClientRows
from inadimplencia_ml.ledger.codes import lookup, sorted_unique, starts
from inadimplencia_ml.ledger.invoice_rows import InvoiceRows
from inadimplencia_ml.ledger.lateness import Consumers
from inadimplencia_ml.ledger.payment_rows import Payments, payments_of
from inadimplencia_ml.ledger.sorting import in_order

__all__ = ["Books", "Known", "Payments", "Versions", "client_ids_of"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Known(NamedTuple):
    """What is known of a ledger's tables before its books are made."""

    paid: I32 | None = None
    """Of each payment the row of its invoice in the invoices table, -1 for none."""
    single: bool = False
    """No invoice has a second row."""


class Versions(NamedTuple):
    """Arrays over invoice versions, ordered by client, due, issue_date, invoice_id. Days since 1970, money in cents."""

    invoice: I32  # position in the arrays over invoices
    issue: I32
    due: I32
    due_adj: I32
    cents: I64  # MISSING where the amount is missing
    known: I32  # first day the invoice is known
    since: I32  # first day this version is known
    until: I32  # first day the next version is known
    closed_known: I32  # k: day from which the cancellation is known
    cancelled: I32
    void: Flags
    reason: npt.NDArray[np.int8]  # of the cancellation: 1 renegotiated, 2 written off, else void
    observed_until: I32
    pay_start: I32
    pay_stop: I32


@dataclass(frozen=True)
class Books:
    """All arrays of a ledger. Clients are numbered in the order of their ids.

    Attributes
    ----------
    client_ids, invoice_ids : pyarrow arrays
        Ids in the order of their numbers; invoices of one client lie together.
    client_start : int32 array, one longer than the clients
        Where a client's versions begin.
    invoice_start : int32 array, one longer than the clients
        Where a client's invoices begin.
    consumers : Consumers
        By client, from which day consumer law holds or not, as known.
    client_uf, client_uf_since
        By client, the code of the first UF ever given (-1: none) and the day it was known.
    first_due, first_due_adj : int32 arrays over invoices
        The due date first known, for dpd_original.
    first_row : int32 array over invoices
        Row of the invoices table that was known first.
    doubles : int
        Payments that only repeat a shorthand.
    """

    client_ids: pa.Array
    invoice_ids: pa.Array
    client_start: I32
    invoice_start: I32
    versions: Versions
    payments: Payments
    consumers: Consumers
    client_uf: npt.NDArray[np.int8]
    client_uf_since: I32
    first_due: I32
    first_due_adj: I32
    first_row: I32
    doubles: int

    @classmethod
    def of(cls, tables: dict[str, pa.Table], calendar: Calendar, known: Known | None = None) -> Books:
        """The books of canonical tables, of which some things may be known already."""
        invoices, clients, known = tables["invoices"], tables.get("clients"), known or Known()
        client_ids = client_ids_of(tables)
        people = ClientRows(clients, client_ids)
        rows = InvoiceRows(invoices, client_ids, single=known.single)
        adjusted = _adjusted(rows, people, calendar)
        payments, pay_start, doubles = payments_of(tables.get("payments"), rows, known.paid)
        order = rows.order()
        versions = _versions(rows, order, adjusted, pay_start)
        first = rows.first_rows.astype(np.intp)
        count = np.bincount(rows.client, minlength=len(client_ids))
        return cls(
            client_ids=client_ids,
            invoice_ids=rows.invoice_ids,
            client_start=starts(count),
            invoice_start=starts(np.bincount(rows.client[first], minlength=len(client_ids))),
            versions=versions,
            payments=payments,
            consumers=people.consumers,
            client_uf=people.uf,
            client_uf_since=people.uf_since,
            first_due=rows.due[first],
            first_due_adj=adjusted[first],
            first_row=rows.row_in_table[first],
            doubles=doubles,
        )

    def client_numbers(self, ids: Any) -> I32:
        """The number of each client id, -1 where unknown."""
        return lookup(ids, self.client_ids)

    def invoice_numbers(self, ids: Any) -> I32:
        """The number of each invoice id, -1 where unknown."""
        return lookup(ids, self.invoice_ids)


_CLIENT_TABLES = ("invoices", "clients", "contacts", "agreements", "links", "escalations")


def client_ids_of(tables: dict[str, pa.Table]) -> pa.Array:
    """The ids of all clients of a ledger, sorted."""
    return sorted_unique([tables[name]["client_id"] for name in _CLIENT_TABLES if name in tables])


def _adjusted(rows: InvoiceRows, people: ClientRows, calendar: Calendar) -> I32:
    """Due dates moved to business days: by the invoice's own UF, else the client's first, if known that day."""
    client = rows.client.astype(np.intp)
    theirs = np.where(people.uf_since[client] <= rows.known, people.uf[client], np.int8(-1))
    own = rows.first_known(rows.uf)
    return calendar.adjust(rows.due, np.where(own >= 0, own, theirs) if own.max(initial=-1) >= 0 else theirs)


def _versions(rows: InvoiceRows, order: I32, adjusted: I32, pay_start: I32) -> Versions:
    at = order.astype(np.intp)
    invoice = rows.invoice[at]
    begin = invoice.astype(np.intp)
    names = "issue due cents known since until closed_known cancelled void reason observed_until".split()
    return Versions(
        invoice=invoice,
        due_adj=adjusted[at],
        pay_start=pay_start[begin],
        pay_stop=pay_start[begin + 1],
        **in_order({name: getattr(rows, name) for name in names}, at),
    )
