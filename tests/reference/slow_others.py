"""Families beyond the fixed list from their definitions: contracts, order, months and limit; and the way into all.

Plain Python, one snapshot at a time, slow on purpose, and sharing no line with the library. It asks the slow
reference's book (`slow_features.py`) what was known of each invoice; the families that read further tables stand in
`slow_tables.py`, those about the snapshot's own invoice in `slow_past.py`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference import slow_past, slow_tables
from reference.slow_facts import Client, Row, rows, unique
from reference.slow_features import Book, State, bucket, mean, month_ends, ratio, slope

IDS = {"payments": "payment_id", "contacts": "contact_id"}
Features = dict[str, float]


class OtherBook(Book):
    """The book, with the rows of the further tables, and what was there of a client at the end of a day."""

    def __init__(self, tables: dict[str, pd.DataFrame], calendar: Any, timezone: str) -> None:
        super().__init__(tables, calendar, timezone)
        zone = ZoneInfo(timezone)
        self.columns = {name: set(table.columns) for name, table in tables.items()}
        self.rows = {name: list(unique(rows(table, zone), IDS.get(name))) for name, table in tables.items()}
        self.first: dict[Any, Row] = {}  # of each invoice the row that was known first; of equal ones the first
        for row in self.rows["invoices"]:
            other = self.first.setdefault(row["invoice_id"], row)
            if told(row) < told(other):
                self.first[row["invoice_id"]] = row
        self.of_client = {name: grouped(table, "client_id") for name, table in self.rows.items() if name != "macro"}
        self.payment_rows = grouped(self.rows.get("payments", []), "invoice_id")
        self.limits = {client: limit_history(history) for client, history in self.of_client.get("clients", {}).items()}
        self._there: dict[tuple[Any, int], list[State]] = {}

    def client(self, client_id: Any) -> Client:
        return self.clients.get(client_id) or Client()

    def there(self, client_id: Any, t: int) -> list[State]:
        """The client's invoices at t: seen, not void, observed still, and not too old for a consumer."""
        if (client_id, t) not in self._there:
            seen = self.states(self.client(client_id), t)
            self._there[client_id, t] = [s for s in seen if not (s.too_old or s.unobserved)]
        return self._there[client_id, t]

    def due_adj(self, client_id: Any, s: State) -> int:
        return self.adjusted(s.due, self.client(client_id), s.invoice.versions[0].known, s.invoice.uf)


def told(row: Row) -> int:
    return row["issue_date"] if row["known_on"] is None else row["known_on"]


def grouped(table: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    out: dict[Any, list[Row]] = defaultdict(list)
    for row in table:
        out[row[column]].append(row)
    return out


def matured(there: list[State], t: int) -> list[State]:
    return sorted((s for s in there if s.due <= t), key=lambda s: (s.due, s.invoice.issue, s.invoice.id))


def reais(cents: Iterable[int]) -> float:
    return sum(cents) / 100


def by_payment(s: State) -> bool:
    """Settled by payment: a zero amount is settled by none."""
    return s.status == "settled" and s.amount != 0


def still_open(there: list[State]) -> list[State]:
    return [s for s in there if s.status == "open"]


# ── contracts ────────────────────────────────────────────────────────────────────────────────────────────────────────
def contract_features(book: OtherBook, client_id: Any, t: int) -> Features:
    """Contracts, and first instalments: contract and number are those of the invoice's first known row."""
    there = book.there(client_id, t)
    contracts: dict[Any, list[State]] = defaultdict(list)
    for s in there:
        number = book.first[s.invoice.id]["contract_id"]
        if number is not None:
            contracts[number].append(s)
    began = {number: min(s.invoice.issue for s in own) for number, own in contracts.items()}
    newest = max(began, key=lambda number: (began[number], number), default=None)
    last = contracts[newest] if newest is not None else []
    fell_due = matured(last, t)
    late = [s.days_late for s in fell_due]
    lateness = [[s.days_late for s in own if s.due <= t] for own in contracts.values()]
    lateness = [days for days in lateness if days]
    first = [s for s in there if s.due <= t and book.first[s.invoice.id]["installment"] == 1]
    in_open = sum(any(s.status == "open" for s in own) for own in contracts.values())
    overdue = sum(any(s.dpd > 0 for s in own) for own in contracts.values())
    return {
        "contract_count_all": len(contracts),
        "contract_open_count": in_open,
        "contract_overdue_count": overdue,
        "contract_overdue_share": ratio(overdue, in_open),
        "last_contract_due_count": len(fell_due),
        "last_contract_late_share": ratio(sum(d > 0 for d in late), len(late)),
        "last_contract_days_late_mean": mean(late),
        "last_contract_days_late_max": max(late, default=math.nan),
        "last_contract_overdue_amount": reais(s.outstanding for s in last if s.dpd > 0),
        "last_contract_paid_share": ratio(
            sum(min(s.paid, s.amount or 0) for s in last), sum(s.amount or 0 for s in last)
        ),
        "last_contract_age_days": t - began[newest] if newest is not None else math.nan,
        "contract_late_share_max": max((sum(d > 0 for d in days) / len(days) for days in lateness), default=math.nan),
        "contract_days_late_mean_max": max((mean(days) for days in lateness), default=math.nan),
        "first_payment_default_count_all": sum(s.days_late >= 30 for s in first),
        "first_payment_late_share_all": ratio(sum(s.days_late > 0 for s in first), len(first)),
    }


# ── order: which invoice is paid first ───────────────────────────────────────────────────────────────────────────────
def order_features(book: OtherBook, client_id: Any, t: int) -> Features:
    there = book.there(client_id, t)
    paid = [(p.day, s) for s in there for p in s.payments if p.kind == "payment" and t - 365 < p.day <= t]

    def overdue_on(s: State, day: int) -> bool:
        return book.due_adj(client_id, s) < day and (s.ended is None or s.ended > day)

    newer = sum(any(o.due < s.due and overdue_on(o, day) for o in there) for day, s in paid)
    overdue = [s for s in there if s.dpd > 0]
    settled = [s for s in there if by_payment(s)]
    newest_paid = max((s.due for s in settled), default=math.nan)
    skipped = [s for s in overdue if any(o.due > s.due for o in settled)]
    part_paid = [s for s in still_open(there) if s.paid > 0]
    year = [s for s in there if t - 365 < s.due <= t]
    over = [s for s in year if s.amount and s.paid > s.amount]
    settled_year = [s for s in year if by_payment(s)]
    return {
        "pays_newer_count_365d": newer,
        "pays_newer_share_365d": ratio(newer, len(paid)),
        "skipped_count": len(skipped),
        "skipped_amount": reais(s.outstanding for s in skipped),
        "skipped_share": ratio(len(skipped), len(overdue)),
        "newest_paid_gap_days": newest_paid - min((s.due for s in overdue), default=math.nan),
        "part_paid_open_count": len(part_paid),
        "part_paid_open_share": ratio(sum(s.paid for s in part_paid), sum(s.amount or 0 for s in part_paid)),
        "overpaid_count_365d": len(over),
        "overpaid_amount_365d": reais(s.paid - (s.amount or 0) for s in over),
        "payments_per_invoice_mean_365d": mean([sum(p.kind == "payment" for p in s.payments) for s in settled_year]),
    }


# ── month ends ───────────────────────────────────────────────────────────────────────────────────────────────────────
def at_month_ends(book: OtherBook, client_id: Any, t: int, count: int) -> list[list[State]]:
    """The client's invoices at the last month ends as seen then, latest first, without what is too old at t."""
    client, ends = book.client(client_id), month_ends(t, count)[::-1]
    return [[s for s in book.there(client_id, e) if not book.left(client, s.invoice, t, e)[0]] for e in ends]


def month_features(book: OtherBook, client_id: Any, t: int) -> Features:
    months = at_month_ends(book, client_id, t, 24)
    dpd = [max((s.dpd for s in month), default=0) for month in months]
    owed = [sum(s.outstanding for s in month) for month in months]
    overdue = [sum(s.outstanding for s in month if s.dpd > 0) for month in months]
    now = sum(s.outstanding for s in book.there(client_id, t))
    steps = [bucket(newer) - bucket(older) for newer, older in pairwise(dpd)]
    worst = max(dpd[:12])
    mean_owed = mean(owed[:6])
    return {
        **{f"months_late_{k}m": sum(d > 0 for d in dpd[:k]) for k in (6, 12, 24)},
        **{f"months_{k}_plus_12m": sum(d >= k for d in dpd[:12]) for k in (30, 60)},
        "worst_dpd_24m": max(dpd),
        **{f"dpd_month_mean_{k}m": mean(dpd[:k]) for k in (6, 12)},
        "roll_up_count_6m": sum(step > 0 for step in steps[:5]),
        "roll_down_count_12m": sum(step < 0 for step in steps[:11]),
        "months_since_worst_12m": dpd.index(worst) if worst else math.nan,
        "months_clean_streak_24m": next((k for k, d in enumerate(dpd) if d > 0), 24),
        "bucket_last_month": bucket(dpd[0]),
        "bucket_change_1m": steps[0],
        "overdue_amount_max_12m": max(overdue[:12]) / 100,
        "overdue_amount_mean_6m": mean(overdue[:6]) / 100,
        "open_amount_mean_6m": mean_owed / 100,
        "open_amount_to_mean_6m": ratio(now, mean_owed),
        "open_amount_slope_6m": ratio(slope([(5 - k, owed[k]) for k in range(6)]), mean_owed),
    }


# ── limit ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def limit_history(history: list[Row]) -> list[tuple[float, int]]:
    """(known day, limit in cents) in order of days: of several told on a day the largest."""
    by_day: dict[float, int] = {}
    for row in history:
        if row["credit_limit"] is not None:
            day = -math.inf if row["known_on"] is None else row["known_on"]
            by_day[day] = max(by_day.get(day, 0), round(100 * row["credit_limit"]))
    return sorted(by_day.items())


def limit_features(book: OtherBook, client_id: Any, t: int) -> Features:
    history = book.limits.get(client_id, [])

    def limit(day: int) -> int:
        return next((cents for known, cents in reversed(history) if known <= day), 0)

    there = book.there(client_id, t)
    ends, months = month_ends(t, 12)[::-1], at_month_ends(book, client_id, t, 12)
    used = [ratio(sum(s.outstanding for s in month), limit(e)) for e, month in zip(ends, months, strict=True)]
    given = [u for u in used if not math.isnan(u)]
    half_year = [u for u in used[:6] if not math.isnan(u)]
    changes = [known for (_, old), (known, new) in pairwise(history) if known <= t and new != old]
    amounts = [s.amount for s in there if t - 365 < s.invoice.issue <= t and s.amount is not None]
    return {
        "limit_utilisation": ratio(sum(s.outstanding for s in there), limit(t)),
        "overdue_to_limit": ratio(sum(s.outstanding for s in there if s.dpd > 0), limit(t)),
        "limit_utilisation_max_12m": max(given, default=math.nan),
        "limit_utilisation_mean_6m": ratio(math.fsum(half_year), len(half_year)),
        "limit_change_ratio_365d": ratio(limit(t), limit(t - 365)),
        "days_since_limit_change": t - changes[-1] if changes else math.nan,
        "ticket_to_limit": ratio(mean(amounts), limit(t)),
    }


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────
FAMILIES: dict[str, Callable[[Any, Any, int], Features]] = {
    "contracts": contract_features,
    "order": order_features,
    "months": month_features,
    "limit": limit_features,
    "methods": slow_tables.method_features,
    "outreach": slow_tables.outreach_features,
    "groups": slow_tables.group_features,
}
NEEDS = {  # a family has no columns in a ledger without one of these (table, column)
    "contracts": [("invoices", "contract_id")],
    "limit": [("clients", "credit_limit")],
    "methods": [("payments", "payment_date"), ("invoices", "kind")],
    "outreach": [("contacts", "contacted_at"), ("agreements", "created_at")],
    "groups": [("links", "group_id")],
    "macro": [("macro", "date")],
}


def families_of(tables: dict[str, pd.DataFrame]) -> list[str]:
    """The families that have columns in a ledger of these tables."""

    def has(family: str) -> bool:
        needs = NEEDS.get(family)
        return needs is None or any(column in tables.get(name, ()) for name, column in needs)

    return [family for family in (*FAMILIES, "macro", "past") if has(family)]


def slow_others(
    tables: dict[str, pd.DataFrame],
    snapshots: pd.DataFrame,
    calendar: str | pd.DataFrame = "BR",
    timezone: str = "America/Sao_Paulo",
) -> dict[str, pd.DataFrame]:
    """Of each family of this ledger the features, a row a snapshot in the order of the snapshots."""
    book = OtherBook(tables, calendar, timezone)
    cuts = rows(snapshots, ZoneInfo(timezone))
    looks = [(row["client_id"], row["as_of"], row["invoice_id"], row["view"] == "at_issue") for row in cuts]
    out: dict[str, list[Features]] = {family: [] for family in families_of(tables)}
    series = slow_tables.known_series(book, max((day - before for _, day, _, before in looks), default=0))
    for client_id, day, invoice_id, before in looks:
        t = day - before
        at_t = {family: partial(FAMILIES[family], book, client_id, t) for family in out if family in FAMILIES}
        at_t["macro"] = partial(slow_tables.macro_features, book, series, t)
        at_t["past"] = partial(slow_past.past_features, book, client_id, invoice_id, day, t)
        for family, features in out.items():
            features.append({name: float(value) for name, value in at_t[family]().items()})
    return {family: pd.DataFrame(features) for family, features in out.items()}
