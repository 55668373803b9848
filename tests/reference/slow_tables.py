"""The families that read further tables, from their definitions: methods, outreach, groups, macro.

Plain Python, one snapshot at a time; `slow_others.py` has the book of which they ask.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference.slow_facts import Row, as_day
from reference.slow_features import TOLERANCE_CENTS, mean, ratio

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
CARD = ("card", "credit_card", "debit_card")
DEBIT = ("debit", "direct_debit", "debito", "debito_automatico")
TRANSFER = ("transfer", "ted", "doc", "transferencia")
CODES = ("pix", "boleto", "card", "debit", "transfer", "other")
Features = dict[str, float]


def known(row: Row, date: str) -> int:
    """The day from which a row is known: its own, or that of its booking if later."""
    return max(row[date], row["known_on"] or 0)


def last(days: Any, t: int) -> float:
    """Days since the latest of these days; NaN without any."""
    return t - max(days, default=math.nan)


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def folded(name: str) -> str:
    """A name without case, accents and signs."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", letters).strip("_")


def method(name: str | None) -> int | None:
    """The number of a method in `CODES`; None if it is not given."""
    plain = folded(name or "")
    if not plain:
        return None
    if plain in CARD or plain.startswith("cartao"):
        return CODES.index("card")
    for code, names in (("pix", ("pix",)), ("boleto", ("boleto",)), ("debit", DEBIT), ("transfer", TRANSFER)):
        if plain in names:
            return CODES.index(code)
    return CODES.index("other")


def method_features(book: Any, client_id: Any, t: int) -> Features:
    """Rows of the payments table, of kind payment, for invoices that are there; and invoices charged by themselves."""
    there = book.there(client_id, t)
    seen = [
        p
        for s in there
        for p in book.payment_rows.get(s.invoice.id, [])
        if (p["kind"] or "payment") == "payment" and known(p, "payment_date") <= t
    ]
    back = [p for p in seen if p["reversed_on"] is not None and p["reversed_on"] <= t]
    lasting = [p for p in seen if p not in back]
    window = [p for p in lasting if t - 365 < p["payment_date"]]
    used = [code for code in (method(p["method"]) for p in window) if code is not None]
    by_day: dict[int, set[int]] = {}
    for p in lasting:
        code = method(p["method"])
        if code is not None:
            by_day.setdefault(p["payment_date"], set()).add(code)
    latest = [min(by_day[day]) for day in sorted(by_day)[-2:]]
    back_year = [p for p in back if t - 365 < p["reversed_on"]]
    tells = "reversed_on" in book.columns.get("payments", ())
    return {
        **{f"method_{code}_share_365d": ratio(used.count(n), len(used)) for n, code in enumerate(CODES)},
        "method_count_365d": len(set(used)),
        "method_last_changed": float(latest[0] != latest[1]) if len(latest) == 2 else math.nan,
        "reversed_count_365d": len(back_year),
        "reversed_amount_365d": sum(p["amount"] for p in back_year) / 100,
        "reversed_share_365d": ratio(len(back_year), len(back_year) + len(window)) if tells else math.nan,
        "days_since_reversal": last([p["reversed_on"] for p in back], t),
    } | recurring_features(book, there, t)


def recurring_features(book: Any, there: list[Any], t: int) -> Features:
    """Invoices whose kind is a card or a debit; failed: two days late or more."""

    def recurring(s: Any) -> bool:
        code = method(book.first[s.invoice.id]["kind"])
        return code is not None and CODES[code] in ("card", "debit")

    charged = sorted(
        (s for s in there if s.due <= t and recurring(s)), key=lambda s: (s.due, s.invoice.issue, s.invoice.id)
    )
    failed = {days: sum(s.days_late >= 2 for s in charged if t - days < s.due) for days in (90, 365)}
    return {
        "recurring_failed_count_90d": failed[90],
        "recurring_failed_count_365d": failed[365],
        "recurring_failed_share_365d": ratio(failed[365], sum(t - 365 < s.due for s in charged)),
        "recurring_failed_last": float(charged[-1].days_late >= 2) if charged else math.nan,
    }


# ── outreach: contacts, promises and plans ───────────────────────────────────────────────────────────────────────────
CONTACT_NAMES = (
    "opened_without_reply_count_90d",
    "opened_without_reply_share_90d",
    "delivered_share_90d",
    "right_party_count_90d",
    "contact_channels_90d",
    "contact_cost_90d",
    "days_since_reply",
    "reply_days_mean_365d",
    "inbound_count_90d",
)
AGREEMENT_NAMES = (
    "promise_count_365d",
    "promise_open_amount",
    "plan_count_365d",
    "promise_broken_last",
    "days_since_promise",
)


def outreach_features(book: Any, client_id: Any, t: int) -> Features:
    """Of a table that is not there every column is NaN."""
    contacts = contact_columns(book, client_id, t) if "contacts" in book.rows else {}
    agreements = agreement_columns(book, client_id, t) if "agreements" in book.rows else {}
    both = contacts | agreements
    return {name: both.get(name, math.nan) for name in CONTACT_NAMES + AGREEMENT_NAMES}


def contact_columns(book: Any, client_id: Any, t: int) -> Features:
    """Contacts; opened and delivered, which have no day of their own, only of rows that say when they were booked."""
    columns = book.columns["contacts"]
    seen = [c for c in book.of_client["contacts"].get(client_id, []) if known(c, "contacted_at") <= t]
    ours = [c for c in seen if c["direction"] != "inbound"]
    recent = [c for c in ours if t - 90 < c["contacted_at"]]
    dated = [c for c in recent if c["known_on"] is not None]
    opened = [c for c in dated if c["opened"]]
    silent = [c for c in opened if c["replied_on"] is None or c["replied_on"] > t]
    delivered = [bool(c["delivered"]) for c in dated if c["delivered"] is not None]
    answered = [c for c in ours if c["replied_on"] is not None and c["replied_on"] <= t]
    answered_year = [c for c in answered if t - 365 < c["contacted_at"]]
    out = {
        ("known_on", "opened", "replied_on"): {
            "opened_without_reply_count_90d": len(silent),
            "opened_without_reply_share_90d": ratio(len(silent), len(opened)),
        },
        ("known_on", "delivered"): {"delivered_share_90d": ratio(sum(delivered), len(delivered))},
        ("right_party",): {"right_party_count_90d": sum(bool(c["right_party"]) for c in recent)},
        (): {"contact_channels_90d": len({c["channel"] for c in recent})},
        ("cost",): {"contact_cost_90d": sum(round(100 * (c["cost"] or 0)) for c in recent) / 100},
        ("replied_on",): {
            "days_since_reply": last([c["replied_on"] for c in answered], t),
            "reply_days_mean_365d": mean([c["replied_on"] - c["contacted_at"] for c in answered_year]),
        },
        ("direction",): {
            "inbound_count_90d": sum(c["direction"] == "inbound" and t - 90 < c["contacted_at"] for c in seen)
        },
    }
    return {name: value for needs, part in out.items() if columns.issuperset(needs) for name, value in part.items()}


def agreement_columns(book: Any, client_id: Any, t: int) -> Features:
    """Promises and plans; kept or broken told from the payments."""
    client = book.client(client_id)
    seen = [a for a in book.of_client["agreements"].get(client_id, []) if known(a, "created_at") <= t]
    promises = [a for a in seen if a["kind"] == "promise"]
    plans = [a for a in seen if a["kind"] == "plan"]
    until = {id(a): book.adjusted(a["due_date"], client, known(a, "created_at")) for a in promises}
    received = [p for s in book.there(client_id, t) for p in s.payments]
    decided: dict[int, list[bool]] = {}  # due date: whether each was broken
    for a in promises:
        if a["due_date"] > t or (book.is_consumer(client, t) and a["due_date"] <= t - 1825):
            continue
        paid = sum(p.amount or 0 for p in received if a["created_at"] <= p.day <= until[id(a)])
        kept = paid >= a["amount"] - TOLERANCE_CENTS
        if kept or t > until[id(a)]:
            decided.setdefault(a["due_date"], []).append(not kept)
    return {
        "promise_count_365d": sum(t - 365 < a["created_at"] for a in promises),
        "promise_open_amount": sum(a["amount"] for a in promises if until[id(a)] >= t) / 100,
        "plan_count_365d": sum(t - 365 < a["created_at"] for a in plans),
        "promise_broken_last": float(any(decided[max(decided)])) if decided else math.nan,
        "days_since_promise": last([a["created_at"] for a in promises], t),
    }


# ── groups ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def group_features(book: Any, client_id: Any, t: int) -> Features:
    """The other clients that share a group with this one, each once, as known at t."""
    links = [row for row in book.rows["links"] if (row["known_on"] or 0) <= t]
    own = {(row["kind"], row["group_id"]) for row in links if row["client_id"] == client_id}
    members = {row["client_id"] for row in links if (row["kind"], row["group_id"]) in own} - {client_id}
    there = [book.there(member, t) for member in members]
    invoices = [s for states in there for s in states]
    days_late = [s.days_late for s in invoices if t - 365 < s.due <= t]
    return {
        "group_size": len(members),
        "group_open_amount": sum(s.outstanding for s in invoices) / 100,
        "group_overdue_amount": sum(s.outstanding for s in invoices if s.dpd > 0) / 100,
        "group_overdue_count": sum(any(s.dpd > 0 for s in states) for states in there),
        "group_dpd_max": max((s.dpd for s in invoices), default=0),
        "group_due_count_365d": len(days_late),
        "group_late_share_365d": ratio(sum(d > 0 for d in days_late), len(days_late)),
        "group_days_late_mean_365d": mean(days_late),
    }


# ── macro ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def macro_value(book: Any, series: str, t: int) -> float:
    """The value of the latest date known at t; of one date the row booked last (a row that does not say when, on its
    own date), then the largest value."""
    told = []
    for row in book.rows["macro"]:
        if row["series"] == series and row["value"] is not None:
            date = as_day(row["date"], SAO_PAULO)
            assert date is not None
            booked = date if row["known_on"] is None else row["known_on"]
            if max(date, booked) <= t:
                told.append((date, booked, row["value"]))
    return max(told)[2] if told else math.nan


def known_series(book: Any, t: int) -> list[str]:
    """The series of which something is known at t, by name."""
    names = sorted({row["series"] for row in book.rows.get("macro", [])})
    return [name for name in names if not pd.isna(macro_value(book, name, t))]


def macro_features(book: Any, series: list[str], t: int) -> Features:
    out = {}
    for name in series:
        now = macro_value(book, name, t)
        out[f"macro_{name}"] = now
        for days in (90, 365):
            out[f"macro_{name}_change_{days}d"] = now - macro_value(book, name, t - days)
    return out
