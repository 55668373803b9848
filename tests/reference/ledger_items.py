"""How often each nasty thing occurs in a ledger, counted from the tables: not what the generator meant to write."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference.random_ledger import HOLIDAYS, month_end
from reference.slow_facts import Row, next_business_day, rows

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
OPTIONAL_TABLES = ("payments", "clients", "contacts", "agreements")
Items = Iterator[tuple[str, bool]]


class Context:
    """The rows of a ledger, and what belongs together."""

    def __init__(self, tables: dict[str, pd.DataFrame], snapshots: pd.DataFrame) -> None:
        self.rows = {name: list(rows(tables.get(name), SAO_PAULO)) for name in ("invoices", *OPTIONAL_TABLES)}
        self.rows["snapshots"] = list(rows(snapshots, SAO_PAULO))
        self.histories = self.grouped("invoices", "invoice_id")
        for history in self.histories.values():
            history.sort(key=lambda row: row["known_on"] or row["issue_date"])
        self.payments = self.grouped("payments", "invoice_id")
        self.clients = self.grouped("clients", "client_id")
        self.cuts = self.grouped("snapshots", "client_id")
        self.ties: dict[Any, set[Any]] = defaultdict(set)
        for row in self.rows["invoices"]:
            self.ties[tie(row)].add(row["invoice_id"])
        by_client = [(h[0]["client_id"], p) for i, h in self.histories.items() for p in self.payments[i]]
        self.received: dict[Any, list[Row]] = defaultdict(list)
        for client, payment in by_client:
            self.received[client].append(payment)

    def grouped(self, table: str, column: str) -> dict[Any, list[Row]]:
        out: dict[Any, list[Row]] = defaultdict(list)
        for row in self.rows[table]:
            out[row[column]].append(row)
        return out


def tie(row: Row) -> tuple[Any, ...]:
    return row["client_id"], row["issue_date"], row["due_date"]


def booked(row: Row) -> int:
    return max(row["payment_date"], row["known_on"] or 0)


def seen(row: Row) -> int:
    return max(row["issue_date"], row["known_on"] or 0)


def by_number(ids: set[Any]) -> list[Any]:
    """The ids as a person sorts them: letters without case or accent order, digits as numbers."""
    return sorted(ids, key=lambda i: [int(p) if p.isdigit() else p.casefold() for p in re.findall(r"\d+", str(i))])


def known_items(row: Row, event: int) -> Items:
    yield "known_on missing", row["known_on"] is None
    yield "known_on before the event", row["known_on"] is not None and row["known_on"] < event
    yield "known_on after the event", row["known_on"] is not None and row["known_on"] > event


def invoice_items(row: Row, at: Context) -> Items:
    history = at.histories[row["invoice_id"]]
    later = history.index(row) > 0 and row["known_on"] != history[0]["known_on"]
    consumer = any(c["is_consumer"] or c["kind"] == "PF" for c in at.clients[row["client_id"]])
    ages = [] if row["due_date"] is None else [cut["as_of"] - row["due_date"] for cut in at.cuts[row["client_id"]]]
    tied = at.ties[tie(row)]
    yield from known_items(row, row["issue_date"])
    yield "a history with and without known_on", len({r["known_on"] is None for r in history}) == 2
    yield "a history of three rows and more", len({r["known_on"] for r in history}) > 2
    yield "two rows of one known_on", sum(r["known_on"] == row["known_on"] for r in history) > 1
    for name in ("due_date", "amount", "paid_date", "cancelled_date", "observed_until"):
        yield f"{name} told by a later row", later and row[name] is not None
    yield "a due date kept by a later row", row["due_date"] is None
    yield "an amount that becomes known", history[0]["amount"] is None and any(r["amount"] for r in history)
    yield "amount zero", row["amount"] == 0
    yield "amount missing", all(r["amount"] is None for r in history)
    yield "own uf", row["uf"] is not None
    yield "another uf in a later row", later and row["uf"] is not None
    yield "observed_until", row["observed_until"] is not None
    yield "due before issue", row["due_date"] is not None and row["due_date"] < row["issue_date"]
    yield (
        "due on a closed day",
        row["due_date"] is not None and next_business_day(row["due_date"], None, "BR") > row["due_date"],
    )
    yield "a tie in due and issue", len(tied) > 1
    yield "a tie that bytes sort otherwise", len(tied) > 1 and sorted(tied) != by_number(tied)
    yield "an id beyond 2**53", isinstance(row["invoice_id"], int) and row["invoice_id"] > 2**53
    yield "a consumer's, five years old at a cut, to the day", consumer and bool({1824, 1825} & set(ages))
    yield "a consumer's, month ends between five years and the cut", consumer and any(1825 < a < 1900 for a in ages)
    yield from shorthand_items(row, history, at)
    yield from cancelled_items(row, at)


def shorthand_items(row: Row, history: list[Row], at: Context) -> Items:
    paid = [r["paid_date"] for r in history if r["paid_date"] is not None]
    cents = row["paid_amount"] if row["paid_amount"] is not None else row["amount"]
    doubles = [
        p for p in at.payments[row["invoice_id"]] if (p["payment_date"], p["amount"]) == (row["paid_date"], cents)
    ]
    told = max(row["paid_date"] or 0, seen(row))
    yield "shorthand with an amount", row["paid_date"] is not None and row["paid_amount"] is not None
    yield "shorthand without an amount", row["paid_date"] is not None and row["paid_amount"] is None
    yield "shorthand said twice", len(paid) > len(set(paid))
    yield "shorthand moved and moved back", any(a == c != b for a, b, c in zip(paid, paid[1:], paid[2:], strict=False))
    yield "a double booked earlier", any(booked(p) < told for p in doubles)
    yield "a double booked later", any(booked(p) > told for p in doubles)
    yield "a double that is reversed", any(p["reversed_on"] for p in doubles)


def cancelled_items(row: Row, at: Context) -> Items:
    day, told = row["cancelled_date"], row["cancelled_known_on"]
    days = [p["payment_date"] for p in at.payments[row["invoice_id"]]]
    for reason in ("void", "renegotiated", "written_off", None):
        yield f"cancelled: {reason}", day is not None and row["cancel_reason"] == reason
    yield "cancellation known before its day", day is not None and told is not None and told < day
    yield "cancellation known later", day is not None and told is not None and told > day
    yield "cancelled after a payment", day is not None and any(d <= day for d in days)
    yield "cancelled before a payment", day is not None and any(d > day for d in days)


def payment_items(row: Row, at: Context) -> Items:
    history, back = at.histories.get(row["invoice_id"]), row["reversed_on"]
    same_day = [p for p in at.payments[row["invoice_id"]] if p["payment_date"] == row["payment_date"]]
    yield from known_items(row, row["payment_date"])
    yield "on account: no invoice", row["invoice_id"] is None
    yield "on account: unknown invoice", row["invoice_id"] is not None and history is None
    yield "before the issue", history is not None and row["payment_date"] < history[0]["issue_date"]
    yield "before the invoice is known", history is not None and booked(row) < seen(history[0])
    for kind in ("payment", "credit_note", "discount", "withheld_tax", "return_of_goods", None):
        yield f"kind {kind}", row["kind"] == kind
    yield "reversed before booking", back is not None and back < booked(row)
    yield "reversed on booking", back is not None and back == booked(row)
    yield "reversed after booking", back is not None and back > booked(row)
    yield "split with principal", bool(row["principal"])
    yield "split without principal", row["principal"] == 0
    yield "several a day", history is not None and len(same_day) > 1
    yield (
        "an id that came before",
        sum(p["payment_id"] == row["payment_id"] for p in at.payments[row["invoice_id"]]) > 1,
    )
    amount = history[0]["amount"] if history is not None and len(history) == 1 else None
    total = sum(p["amount"] for p in at.payments[row["invoice_id"]]) if amount else 0
    yield "overpaid", bool(amount) and total > amount
    yield "one cent short", bool(amount) and total == amount - 1
    yield "two cents short", bool(amount) and total == amount - 2


def client_items(row: Row, at: Context) -> Items:
    history = at.clients[row["client_id"]]
    yield "known_on missing", row.get("known_on") is None
    for name in ("uf", "kind", "is_consumer"):
        yield f"{name} missing", row[name] is None
        yield f"{name} changed", len({r[name] for r in history if r[name] is not None}) > 1


def contact_items(row: Row, at: Context) -> Items:
    cuts = [cut["as_of"] for cut in at.cuts[row["client_id"]]]
    answer = row.get("replied_on")
    yield from known_items(Row(row), row["contacted_at"])
    yield "direction missing", row["direction"] is None
    yield "inbound", row["direction"] == "inbound"
    yield "an answer without its day", row["replied"] is True and answer is None
    yield "answered before a cut", answer is not None and any(answer <= t for t in cuts)
    yield "answered after a cut", answer is not None and any(row["contacted_at"] <= t < answer for t in cuts)


def agreement_items(row: Row, at: Context) -> Items:
    paid, promise = at.received[row["client_id"]], row["kind"] == "promise"
    inside = [p for p in paid if row["created_at"] <= p["payment_date"] <= row["due_date"]]
    late = [p for p in paid if row["due_date"] + 3 < p["payment_date"] <= row["due_date"] + 30]
    total = sum(p["amount"] for p in inside)
    yield from known_items(Row(row), row["created_at"])
    yield "promise", promise
    yield "plan", row["kind"] == "plan"
    yield "kept in parts", promise and total >= row["amount"] and len(inside) > 1
    yield "kept by several invoices", promise and total >= row["amount"] and len({p["invoice_id"] for p in inside}) > 1
    yield "paid too late", promise and total < row["amount"] and bool(late)
    yield "one cent short", promise and total == row["amount"] - 1
    yield "two cents short", promise and total == row["amount"] - 2


def snapshot_items(row: Row, at: Context) -> Items:
    date = pd.Timestamp.fromordinal(row["as_of"]).date()
    facts = [r["issue_date"] for r in at.rows["invoices"]]
    known = any(r["client_id"] == row["client_id"] for r in at.rows["invoices"])
    yield "before the first fact", row["as_of"] < min(facts)
    yield "long after the last fact", row["as_of"] > max(facts) + 300
    yield "on a holiday", date in HOLIDAYS
    yield "on a month end", date == month_end(date)
    yield "of an unknown client", not known
    yield "at issue", row["view"] == "at_issue"


def cell_items(table: pd.DataFrame) -> Items:
    """How the days of a table are written: all its rows alike."""
    column = table[next(c for c in table.columns if c in ("issue_date", "payment_date", "as_of", "created_at"))]
    kind, zoned = column.dtype.kind, isinstance(column.dtype, pd.DatetimeTZDtype)
    yield "days as dates", kind == "O"
    yield "days in UTC, the next day there", zoned
    yield "days as midnights", kind == "M" and not zoned and (column.dropna().dt.hour == 0).all()
    yield "days with a time of day", kind == "M" and not zoned and (column.dropna().dt.hour > 0).all()


ITEMS = {
    "invoices": invoice_items,
    "payments": payment_items,
    "clients": client_items,
    "contacts": contact_items,
    "agreements": agreement_items,
    "snapshots": snapshot_items,
}


def ledger_items(tables: dict[str, pd.DataFrame], settings: dict[str, Any]) -> Items:
    """What a ledger has or has not as a whole."""
    calendar = settings["calendar"] if isinstance(settings["calendar"], str) else "of municipal days"
    for name in ("BR", "none", "of municipal days"):
        yield f"calendar {name}", calendar == name
    for name in OPTIONAL_TABLES:
        yield f"no {name}", name not in tables
    yield "no column replied_on", "contacts" in tables and "replied_on" not in tables["contacts"]
    yield "no column known_on in payments", "payments" in tables and "known_on" not in tables["payments"]
    for column in ("client_id", "invoice_id"):
        beyond = isinstance(tables["invoices"].at[0, column], (int,)) or tables["invoices"][column].dtype == "Int64"
        yield f"{column} as text", not beyond
        yield f"{column} beyond 2**53", beyond and bool((tables["invoices"][column] > 2**53).all())


def count_items(
    tables: dict[str, pd.DataFrame], snapshots: pd.DataFrame, settings: dict[str, Any]
) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Rows with each (table, item), and rows in all a table; a ledger is a row of the table "ledger"."""
    at, found, total = Context(tables, snapshots), Counter[tuple[str, str]](), Counter[str]({"ledger": 1})
    for item, there in ledger_items(tables, settings):
        found["ledger", item] += there
    for name, items in ITEMS.items():
        total[name] += len(at.rows[name])
        for row in at.rows[name]:
            for item, there in items(row, at):
                found[name, item] += there
    for name, table in {**tables, "snapshots": snapshots}.items():
        if name in ("invoices", "payments", "agreements", "snapshots"):
            for item, there in cell_items(table):
                found[name, item] += len(table) * bool(there)
    return found, total
