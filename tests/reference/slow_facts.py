"""The facts of a ledger from its raw tables, one small record each, and the business days: for the slow reference.

It shares no line with the library. Days are ordinals, money is whole cents, None is missing, and nothing is decided
here about what was known when: each record carries its own days.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pandas as pd
from dateutil.easter import easter

Says = tuple[float, str | None, str | None, bool | None]  # a client row: known, uf, kind, is_consumer
TABLES = {"invoices": None, "payments": "payment_id", "clients": None, "contacts": "contact_id", "agreements": None}


# ── business days ────────────────────────────────────────────────────────────────────────────────────────────────────
@cache
def public_holidays(year: int, uf: str | None) -> frozenset[dt.date]:
    """The national holidays that move a due date, with those of a state."""
    easter_day = easter(year)
    moving = {easter_day + dt.timedelta(days) for days in (-48, -47, 60)}  # Carnival Monday and Tuesday, Corpus Christi
    return frozenset(holidays.country_holidays("BR", subdiv=uf, years=year)) | moving


@cache
def next_business_day(day: int, uf: str | None, calendar: str | tuple[tuple[int, str | None], ...]) -> int:
    """``day``, or the first business day after it; ``calendar`` is "BR", "none", or further (day, uf) closed in BR."""
    date = dt.date.fromordinal(day)
    municipal = () if isinstance(calendar, str) else calendar
    closed = date.weekday() >= 5 or date in public_holidays(date.year, uf) or {(day, None), (day, uf)} & set(municipal)
    return day if calendar == "none" or not closed else next_business_day(day + 1, uf, calendar)


# ── the facts of one client, as they stand in the raw tables ─────────────────────────────────────────────────────────
@dataclass
class Version:
    """One row of an invoice's history; known from ``known`` on."""

    known: int
    due: int | None
    amount: int | None
    paid: int | None
    paid_amount: int | None
    cancelled: int | None
    reason: str | None
    cancelled_known: int | None
    observed_until: int | None


@dataclass
class Payment:
    """Money received for an invoice: ``amount`` in all, ``settles`` of it against the invoice."""

    day: int
    booked: int
    amount: int | None
    settles: int | None
    kind: str = "payment"
    reversed: int | None = None


@dataclass
class Invoice:
    """What never changes of an invoice, its versions in the order they became known, and its payments."""

    id: Any
    issue: int
    uf: str | None
    versions: list[Version]
    payments: list[Payment] = field(default_factory=list)


@dataclass
class Client:
    """Everything the ledger holds of one client."""

    invoices: list[Invoice] = field(default_factory=list)
    history: list[Says] = field(default_factory=list)
    contacts: list[tuple[int, int, int | None]] = field(default_factory=list)  # day, known, replied
    promises: list[tuple[int, int, int, int]] = field(default_factory=list)  # created, known, due, amount


def in_cents(value: Any) -> int | None:
    return None if pd.isna(value) else round(100 * value)


def as_day(value: Any, zone: ZoneInfo) -> int | None:
    """The calendar day of a date, a timestamp or an ISO text; a time with a zone is first told in ours."""
    if pd.isna(value):
        return None
    if not isinstance(value, dt.date):  # a Timestamp is one
        value = pd.Timestamp(value)
    if getattr(value, "tzinfo", None) is not None:
        value = value.tz_convert(zone)
    return value.toordinal()


class Row(dict[str, Any]):
    """A row of a table; an absent column is a missing value."""

    def __missing__(self, name: str) -> None:
        return None


def rows(table: pd.DataFrame | None, zone: ZoneInfo) -> Iterable[Row]:
    """The rows of a table: days as ordinals, amounts as cents, missing as None."""
    for values in [] if table is None else table.to_dict("records"):
        row = Row()
        for name, value in values.items():
            if name.endswith(("_date", "_on", "_at", "_until")) or name == "as_of":
                row[name] = as_day(value, zone)
            elif name in ("amount", "paid_amount", "principal"):
                row[name] = in_cents(value)
            else:
                row[name] = None if pd.isna(value) else value
        yield row


def unique(read: Iterable[Row], key: str | None) -> Iterable[Row]:
    """The rows without those whose id (where the table has one) came before."""
    seen = set()
    for row in read:
        if key is None or row[key] is None or row[key] not in seen:
            seen.add(row[key])
            yield row


def client_facts(tables: dict[str, pd.DataFrame], zone: ZoneInfo) -> dict[Any, Client]:
    """The records of every client, from the raw tables."""
    clients: dict[Any, Client] = {}
    read = {name: list(unique(rows(tables.get(name), zone), key)) for name, key in TABLES.items()}
    invoices = {}
    for invoice_id, history in _by_invoice(read["invoices"]).items():
        first = history[0]
        invoice = Invoice(invoice_id, first["issue_date"], first["uf"], [_version(row, first) for row in history])
        invoices[invoice_id] = invoice
        clients.setdefault(first["client_id"], Client()).invoices.append(invoice)
    for row in read["payments"]:
        if row["invoice_id"] in invoices:  # the others are on account: in no feature
            invoices[row["invoice_id"]].payments.append(_payment(row))
    for row in read["clients"]:
        known = -math.inf if row["known_on"] is None else row["known_on"]
        says = (known, row["uf"], row["kind"], row["is_consumer"])
        clients.setdefault(row["client_id"], Client()).history.append(says)
    for client in clients.values():
        client.history.sort(key=lambda says: says[0])
    for row in read["contacts"]:
        if row["direction"] != "inbound":
            fact = (row["contacted_at"], max(row["contacted_at"], row["known_on"] or 0), row["replied_on"])
            clients.setdefault(row["client_id"], Client()).contacts.append(fact)
    for row in read["agreements"]:
        if row["kind"] == "promise":
            created = row["created_at"]
            promise = (created, max(created, row["known_on"] or 0), row["due_date"], row["amount"])
            clients.setdefault(row["client_id"], Client()).promises.append(promise)
    return clients


def _by_invoice(read: list[Row]) -> dict[Any, list[Row]]:
    """The history of each invoice in the order it became known; of rows of one known_on the first in the file."""
    histories: dict[Any, dict[int | None, Row]] = {}
    for row in read:
        histories.setdefault(row["invoice_id"], {}).setdefault(row["known_on"], row)

    def order(row: Row) -> int:
        return row["issue_date"] if row["known_on"] is None else row["known_on"]

    return {invoice_id: sorted(by_known.values(), key=order) for invoice_id, by_known in histories.items()}


def _version(row: Row, first: Row) -> Version:
    known = max(first["issue_date"], row["known_on"] or 0)
    columns = ("due_date", "amount", "paid_date", "paid_amount", "cancelled_date", "cancel_reason")
    return Version(known, *(row[c] for c in columns), row["cancelled_known_on"], row["observed_until"])


def _payment(row: Row) -> Payment:
    booked = max(row["payment_date"], row["known_on"] or 0)
    settles = row["amount"] if row["principal"] is None else row["principal"]
    return Payment(row["payment_date"], booked, row["amount"], settles, row["kind"] or "payment", row["reversed_on"])
