"""What passed between us and the client: contacts, answers, promises, escalations, payments not yet applied."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE, TOLERANCE

__all__ = ["ESCALATION_KINDS", "contacts", "escalations", "on_account", "promises"]

I64 = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

ESCALATION_KINDS = ("negativacao", "protest", "mediation", "agency", "legal")
WINDOWS = (1, 7, 30, 90)
CALL = "phone"


def contacts(table: pa.Table | None, books: Books, t: int) -> dict[str, Any]:
    """Counts of outbound contacts that happened, answers, and the last day of each; NaN without a contacts table."""
    n = len(books.client_ids)
    if table is None:
        names = [f"contacts_{w}d" for w in WINDOWS]
        return {
            name: np.full(n, np.nan)
            for name in (*names, "calls_7d", "answered_90d", "last_contact_on", "last_reply_on")
        }
    owner, date = books.client_numbers(table["client_id"]), date_codes(table, "contacted_at")
    inbound = _is(table, "direction", "inbound")
    replied = date_codes(table, "replied_on")
    age = np.where(inbound, np.iinfo(np.int32).max, t - date.astype(np.int64))
    out: dict[str, Any] = {f"contacts_{w}d": np.bincount(owner[age < w], minlength=n) for w in WINDOWS}
    out["calls_7d"] = np.bincount(owner[(age < 7) & _is(table, "channel", CALL)], minlength=n)
    answered = np.bincount(owner[(age < 90) & (replied != NONE)], minlength=n)
    told = (out["contacts_90d"] > 0) & ("replied_on" in table.column_names)
    out["answered_90d"] = np.where(told, answered, np.nan)
    out["last_contact_on"] = _last_day(owner[~inbound], date[~inbound], n)
    spoken = np.concatenate([owner[inbound], owner[replied != NONE]])
    out["last_reply_on"] = _last_day(spoken, np.concatenate([date[inbound], replied[replied != NONE]]), n)
    return out


def promises(table: pa.Table | None, books: Books, states: TitleStates, calendar: Calendar) -> dict[str, Any]:
    """The open promise, and those of twelve months kept and broken, told by the payments and never by a status.

    Kept: the client's payments from the day it was made to its due date, moved to a business day, reach the amount.
    With several open promises the one that falls due last counts.
    """
    n, t = len(books.client_ids), states.t
    if table is None:
        names = (
            "promise_made_on",
            "promise_due_on",
            "promises_kept_12m",
            "promises_broken_12m",
            "promises_kept_share_12m",
        )
        return {name: np.full(n, np.nan) for name in names}
    table = table.filter(pc.fill_null(pc.equal(table["kind"], "promise"), False))
    owner, made, due = (
        books.client_numbers(table["client_id"]),
        *(date_codes(table, c) for c in ("created_at", "due_date")),
    )
    known = np.maximum(made, date_codes(table, "known_on"))
    uf = np.where(books.client_uf_since[owner] <= known, books.client_uf[owner], np.int8(-1)).astype(np.int8)
    until = calendar.adjust(due, uf)
    kept = _received(books, states, owner, made, until) >= cent_codes(table, "amount") - TOLERANCE
    recent = (due <= t) & (due > t - YEAR)
    kept_count = np.bincount(owner[recent & kept], minlength=n)
    broken_count = np.bincount(owner[recent & ~kept & (until < t)], minlength=n)
    decided = kept_count + broken_count
    waiting = np.flatnonzero(~kept & (until >= t))
    waiting = waiting[np.lexsort((made[waiting], until[waiting]))]
    made_on, due_on = np.full(n, np.nan), np.full(n, np.nan)
    made_on[owner[waiting]], due_on[owner[waiting]] = made[waiting], until[waiting]
    return {
        "promise_made_on": made_on,
        "promise_due_on": due_on,
        "promises_kept_12m": kept_count,
        "promises_broken_12m": broken_count,
        "promises_kept_share_12m": np.where(decided > 0, kept_count / np.maximum(decided, 1), np.nan),
    }


def _received(books: Books, states: TitleStates, client: Any, low: Any, high: Any) -> I64:
    """Cents that came in from each client on the days low to high, on titles seen at the day."""
    v, p, t = books.versions, books.payments, states.t
    valid = np.flatnonzero(states.status != INVISIBLE)
    count = (v.pay_stop - v.pay_start)[valid].astype(np.int64)
    begin = np.repeat(v.pay_start[valid] - (np.cumsum(count) - count), count)
    row = begin + np.arange(len(begin))
    owner = np.repeat(states.owner[valid], count)
    seen = (p.known[row] <= t) & (p.until[row] > t)
    row, owner = row[seen], owner[seen]
    key = owner << 33 | (p.date[row].astype(np.int64) + 2**32)
    order = np.argsort(key, kind="stable")
    key, total = key[order], np.concatenate([[0], np.cumsum(p.money[row][order])])
    base = client.astype(np.int64) << 33
    first = np.searchsorted(key, base | (low.astype(np.int64) + 2**32), side="left")
    last = np.searchsorted(key, base | (high.astype(np.int64) + 2**32), side="right")
    return np.asarray(total[np.maximum(last, first)] - total[first], np.int64)


def escalations(table: pa.Table | None, books: Books) -> dict[str, Any]:
    """Which escalations were asked for and are not withdrawn; NaN without an escalations table."""
    n = len(books.client_ids)
    if table is None:
        return {name: np.full(n, np.nan) for name in (*(f"has_{k}" for k in ESCALATION_KINDS), "last_escalation_on")}
    standing = table.filter(pa.array(date_codes(table, "withdrawn_at") == NONE))
    owner = books.client_numbers(standing["client_id"])
    out: dict[str, Any] = {}
    for kind in ESCALATION_KINDS:
        out[f"has_{kind}"] = np.bincount(owner[_is(standing, "kind", kind)], minlength=n) > 0
    out["last_escalation_on"] = _last_day(owner, date_codes(standing, "requested_at"), n)
    return out


def on_account(table: pa.Table | None, books: Books, states: TitleStates) -> dict[str, Any]:
    """What came in within 30 days and is linked to no title of the books, and whether anything was ever paid."""
    n = len(books.client_ids)
    if table is None or "client_id" not in table.column_names:
        return {"unapplied_amount_30d": np.zeros(n), "ever_paid": states.ever_paid}
    owner, age = books.client_numbers(table["client_id"]), states.t - date_codes(table, "payment_date").astype(np.int64)
    linked = books.invoice_numbers(table["invoice_id"]) >= 0 if "invoice_id" in table.column_names else False
    loose = (owner >= 0) & ~np.asarray(linked) & (date_codes(table, "reversed_on") == NONE)
    new = loose & (age < 30)
    cents = np.bincount(owner[new], weights=cent_codes(table, "amount")[new], minlength=n)
    paid = states.ever_paid | (np.bincount(owner[loose], minlength=n) > 0)
    return {"unapplied_amount_30d": np.rint(cents) / 100, "ever_paid": paid}


def _is(table: pa.Table, name: str, value: str) -> npt.NDArray[np.bool_]:
    if name not in table.column_names:
        return np.zeros(table.num_rows, bool)
    return np.asarray(pc.fill_null(pc.equal(table[name], value), False).to_numpy(), bool)


def _last_day(owner: Any, day: Any, n: int) -> Numbers:
    """By owner the latest day, NaN without any."""
    out = np.full(n, -np.inf)
    np.maximum.at(out, owner, day.astype(np.float64))
    return np.where(np.isinf(out), np.nan, out)
