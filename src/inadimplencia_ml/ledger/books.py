"""The ledger as sorted arrays of whole clients: what every compiled pass reads.

An invoice with a history is held as versions, each valid from the day it was known until the next one. All versions of
a client lie together in the order (due, issue_date, invoice_id), so that at any day exactly one version of an invoice is
valid and the valid ones stand in the order that streaks and last-k features need. Payments lie by invoice and date;
the shorthand of an invoice row (paid_date) has become a payment, its double in the payments table is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.ledger.codes import (
    MISSING,
    NONE,
    cent_codes,
    date_codes,
    encode,
    flag_codes,
    keep_older,
    lookup,
    sorted_unique,
    starts,
    state_codes,
    text_codes,
)
from inadimplencia_ml.ledger.lateness import NEVER

__all__ = ["Books", "Payments", "Versions"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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
    observed_until: I32
    pay_start: I32
    pay_stop: I32


class Payments(NamedTuple):
    """Arrays over payments, ordered by invoice and date; seen at t when known <= t < until."""

    date: I32
    cents: I64  # what settles
    money: I64  # what came in, interest and fines included
    is_payment: Flags  # kind payment
    settles: Flags
    known: I32
    until: I32


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
    consumer_start, consumer_since, is_consumer
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
    consumer_start: I32
    consumer_since: I32
    is_consumer: Flags
    client_uf: npt.NDArray[np.int8]
    client_uf_since: I32
    first_due: I32
    first_due_adj: I32
    first_row: I32
    doubles: int

    @classmethod
    def of(cls, tables: dict[str, pa.Table], calendar: Calendar) -> Books:
        """The books of canonical tables."""
        invoices, clients = tables["invoices"], tables.get("clients")
        known_ids = [invoices["client_id"]] + [tables[n]["client_id"] for n in _CLIENT_TABLES if n in tables]
        client_ids = sorted_unique(known_ids)
        people = _Clients(clients, client_ids)
        rows = _Rows(invoices, client_ids)
        adjusted = rows.adjusted(calendar, people)
        payments, pay_start, doubles = _payments(tables.get("payments"), rows)
        order = rows.order()
        versions = rows.versions(order, adjusted, pay_start)
        first = rows.first_rows
        count = np.bincount(rows.client[order], minlength=len(client_ids))
        return cls(
            client_ids=client_ids,
            invoice_ids=rows.invoice_ids,
            client_start=starts(count),
            invoice_start=starts(np.bincount(rows.client[first], minlength=len(client_ids))),
            versions=versions,
            payments=payments,
            consumer_start=people.start,
            consumer_since=people.since,
            is_consumer=people.is_consumer,
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


_CLIENT_TABLES = ("clients", "contacts", "agreements", "links", "escalations")


class _Rows:
    """Invoice rows with their histories merged: a null keeps the older value, later facts are known later."""

    def __init__(self, table: pa.Table, client_ids: pa.Array) -> None:
        client, code, ids = lookup(table["client_id"], client_ids), *encode(table["invoice_id"])
        issue, known = date_codes(table, "issue_date"), date_codes(table, "known_on")
        number, ids = _by_client(client, code, ids)
        single = len(ids) == len(code)
        order = np.empty(len(number), np.int64)
        if single:
            order[number] = np.arange(len(number))
        else:
            order = np.lexsort((known, number))
        self.row_in_table = order.astype(np.int32)
        take = lambda a: a[order]  # noqa: E731 - the same reordering of every column
        self.invoice_ids, self.client, self.invoice = ids, take(client), take(number)
        self.issue = take(issue)
        self.since = np.maximum(self.issue, take(known))
        self.first = np.ones(len(order), bool)
        self.first[1:] = self.invoice[1:] != self.invoice[:-1]
        self.first_rows = np.flatnonzero(self.first)
        keep = (lambda a, null: a) if single else (lambda a, null: keep_older(a, null, self.first))
        dates = {n: keep(take(date_codes(table, n)), NONE) for n in _DATES}
        self.due, self.cancelled = dates["due_date"], dates["cancelled_date"]
        self.observed_until = np.where(dates["observed_until"] == NONE, NEVER, dates["observed_until"])
        self.cents = keep(take(cent_codes(table, "amount")), MISSING)
        reason = keep(take(_reasons(table)), np.int8(-1))
        self.void = reason <= 0
        gone = self.cancelled != NONE
        self.closed_known = np.where(gone, np.maximum(self.cancelled, dates["cancelled_known_on"]), NEVER)
        self.uf = take(state_codes(table, "uf"))
        self.paid_date = take(date_codes(table, "paid_date"))
        self.paid_cents = take(cent_codes(table, "paid_amount"))
        self.until = np.full(len(order), NEVER, np.int32)
        self.until[:-1] = np.where(self.first[1:], NEVER, self.since[1:])
        self.known = self.since[self.first_rows][self.invoice]

    def adjusted(self, calendar: Calendar, people: _Clients) -> I32:
        """Due dates moved to business days: by the invoice's own UF, else the client's first, if known that day."""
        own = self.uf[self.first_rows][self.invoice]
        theirs = np.where(people.uf_since[self.client] <= self.known, people.uf[self.client], np.int8(-1))
        return calendar.adjust(self.due, np.where(own >= 0, own, theirs).astype(np.int8))

    def order(self) -> npt.NDArray[np.int64]:
        """Positions of the rows by client, due, issue_date, invoice_id."""
        low_due, low_issue = int(self.due.min(initial=0)), int(self.issue.min(initial=0))
        due, issue = self.due.astype(np.int64) - low_due, self.issue.astype(np.int64) - low_issue
        if not len(due):
            return np.empty(0, np.int64)
        if int(self.client.max()) < 2**23 and int(due.max()) < 2**20 and int(issue.max()) < 2**20:
            # rows already lie by client and invoice id, so a stable sort by one integer leaves ties in the order of ids
            return np.argsort(self.client.astype(np.int64) << 40 | due << 20 | issue, kind="stable")
        return np.lexsort((self.invoice, issue, due, self.client))

    def versions(self, order: npt.NDArray[np.int64], adjusted: I32, pay_start: I32) -> Versions:
        invoice = self.invoice[order]
        return Versions(
            invoice=invoice,
            issue=self.issue[order],
            due=self.due[order],
            due_adj=adjusted[order],
            cents=self.cents[order],
            known=self.known[order],
            since=self.since[order],
            until=self.until[order],
            closed_known=self.closed_known[order].astype(np.int32),
            cancelled=self.cancelled[order],
            void=self.void[order],
            observed_until=self.observed_until[order].astype(np.int32),
            pay_start=pay_start[invoice],
            pay_stop=pay_start[invoice + 1],
        )


_DATES = ("due_date", "cancelled_date", "cancelled_known_on", "observed_until")


class _Clients:
    """What the clients table says of UF and consumer law, and from when."""

    def __init__(self, table: pa.Table | None, client_ids: pa.Array) -> None:
        n = len(client_ids)
        self.uf, self.uf_since = np.full(n, -1, np.int8), np.full(n, NEVER, np.int32)
        if table is None or not table.num_rows:
            self.start, self.since = np.zeros(n + 1, np.int32), np.empty(0, np.int32)
            self.is_consumer = np.empty(0, bool)
            return
        client, known = lookup(table["client_id"], client_ids), date_codes(table, "known_on")
        order = np.lexsort((known, client))
        client, self.since = client[order], known[order]
        first = np.ones(len(client), bool)
        first[1:] = client[1:] != client[:-1]
        uf = state_codes(table, "uf")[order]
        told = np.flatnonzero(uf >= 0)[::-1]  # backwards, so that the first UF ever given is written last
        self.uf[client[told]], self.uf_since[client[told]] = uf[told], self.since[told]
        given = keep_older(flag_codes(table, "is_consumer")[order], np.int8(-1), first)
        person = keep_older(_kind_codes(table)[order], np.int8(-1), first)
        self.is_consumer = np.where(given >= 0, given == 1, person == 1)
        self.start = starts(np.bincount(client, minlength=n))


def _payments(table: pa.Table | None, rows: _Rows) -> tuple[Payments, I32, int]:
    """Payments by invoice and date, where each invoice's begin, and how many doubles were dropped."""
    short = _shorthand(rows)
    if table is not None and table.num_rows and "invoice_id" in table.column_names:
        full, doubles = _without_doubles(_payment_rows(table, rows), short)
        parts = {name: np.concatenate([short[name], full[name]]) for name in short}
    else:
        parts, doubles = short, 0
    seen = np.flatnonzero(parts["known"] < parts["until"])
    invoice, date = parts["invoice"][seen].astype(np.int64), parts["date"][seen].astype(np.int64)
    low = int(date.min(initial=0))
    seen = seen[np.argsort(invoice << 24 | (date - low), kind="stable")]  # 2^24 days are 45,000 years
    start = starts(np.bincount(invoice, minlength=len(rows.first_rows)))
    return Payments(**{name: parts[name][seen] for name in Payments._fields}), start, doubles


def _payment_rows(table: pa.Table, rows: _Rows) -> dict[str, Any]:
    invoice = lookup(table["invoice_id"], rows.invoice_ids)
    mine = np.flatnonzero(invoice >= 0)  # the others are on account
    date = date_codes(table, "payment_date")
    money = cent_codes(table, "amount")
    principal = cent_codes(table, "principal")
    reversed_on = date_codes(table, "reversed_on")
    columns = {
        "invoice": invoice,
        "date": date,
        "cents": np.where(principal == MISSING, money, principal),
        "money": money,
        "is_payment": text_codes(table, "kind", ("payment",)) != -2,
        "settles": principal != 0,
        "known": np.maximum(date, date_codes(table, "known_on")),
        "until": np.where(reversed_on == NONE, NEVER, reversed_on).astype(np.int32),
    }
    return {name: values[mine] for name, values in columns.items()}


def _shorthand(rows: _Rows) -> dict[str, Any]:
    """One payment for each new paid_date in an invoice's rows, until a later row tells of another."""
    at = np.flatnonzero(rows.paid_date != NONE)
    cents = np.where(rows.paid_cents[at] == MISSING, np.maximum(rows.cents[at], 0), rows.paid_cents[at])
    invoice, date = rows.invoice[at], rows.paid_date[at]
    new = np.ones(len(at), bool)
    new[1:] = (invoice[1:] != invoice[:-1]) | (date[1:] != date[:-1]) | (cents[1:] != cents[:-1])
    at, cents, invoice, date = at[new], cents[new], invoice[new], date[new]
    until = np.full(len(at), NEVER, np.int32)
    until[:-1] = np.where(invoice[1:] == invoice[:-1], rows.since[at][1:], NEVER)
    yes = np.ones(len(at), bool)
    known = np.maximum(date, rows.since[at])
    return dict(
        invoice=invoice, date=date, cents=cents, money=cents, is_payment=yes, settles=yes, known=known, until=until
    )


def _without_doubles(full: dict[str, Any], short: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Rows that repeat a shorthand end when it is known; their reversal goes over to it."""
    if not len(short["invoice"]) or not len(full["invoice"]):
        return full, 0
    key = ["invoice", "date", "money"]
    left = pd.DataFrame({c: full[c] for c in key}).assign(row=np.arange(len(full["date"])))
    right = pd.DataFrame({c: short[c] for c in key}).assign(short=np.arange(len(short["date"])))
    pairs = left.merge(right, on=key)
    if not len(pairs):
        return full, 0
    row, to = pairs["row"].to_numpy(), pairs["short"].to_numpy()
    full, until = dict(full), full["until"].copy()
    taken_back = until[row] < NEVER
    ends = np.maximum(until[row], full["known"][row])[taken_back]
    np.minimum.at(short["until"], to[taken_back], ends)
    np.minimum.at(until, row, short["known"][to])
    full["until"] = until
    return full, len(np.unique(row))


def _by_client(client: I32, code: I32, ids: pa.Array) -> tuple[I32, pa.Array]:
    """Invoice numbers regrouped so that a client's invoices lie together, in the order of ids within the client."""
    owner = np.empty(len(ids), np.int32)
    owner[code[::-1]] = client[::-1]
    order = np.argsort(owner, kind="stable")
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids), dtype=np.int32)
    return rank[code], ids.take(pa.array(order))


def _reasons(table: pa.Table) -> npt.NDArray[np.int8]:
    return np.maximum(text_codes(table, "cancel_reason", ("void", "renegotiated", "written_off")), -1)


def _kind_codes(table: pa.Table) -> npt.NDArray[np.int8]:
    return np.maximum(text_codes(table, "kind", ("PJ", "PF")), -1)
