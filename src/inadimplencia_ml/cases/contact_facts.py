"""What passed between us and the client: contacts, answers, promises, payments not yet applied."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, flag_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE, TOLERANCE

__all__ = ["agreements", "contacts", "on_account", "promises", "reach_of"]

I64 = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

WINDOWS = (1, 7, 30, 90)
_DAYS = ("last_contact_on", "last_reply_on")
CALL = "phone"
CHANNELS = ("whatsapp", "email", "sms", "phone")
_OTHERS = tuple(f"other_party_{channel}" for channel in CHANNELS)


def contacts(table: pa.Table | None, books: Books, t: int) -> dict[str, Any]:
    """Counts of outbound contacts that happened, answers, and the last day of each; NaN without a contacts table."""
    n = len(books.client_ids)
    if table is None:
        names = [f"contacts_{w}d" for w in WINDOWS]
        return {
            name: np.full(n, np.nan)
            for name in (*names, "calls_7d", "answered_90d", *_DAYS, "opened_unanswered_90d", *_OTHERS)
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
    opened = flag_codes(table, "opened")
    if "known_on" in table.column_names:  # an opening has no day of its own: it counts where its row says when it came
        opened = np.where(date_codes(table, "known_on") == NONE, np.int8(-1), opened)
    tells = np.bincount(owner[(age < 90) & (opened >= 0)], minlength=n) > 0
    unanswered = np.bincount(owner[(age < 90) & (opened == 1) & (replied == NONE)], minlength=n)
    out["opened_unanswered_90d"] = np.where(tells, unanswered, np.nan)
    out |= _others(table, owner, date, n)
    spoken = np.concatenate([owner[inbound], owner[replied != NONE]])
    out["last_reply_on"] = _last_day(spoken, np.concatenate([date[inbound], replied[replied != NONE]]), n)
    return out


def _others(table: pa.Table, owner: Any, date: Any, n: int) -> dict[str, Any]:
    """By channel, whether the last contact that tells who answered reached somebody else; missing where none tells."""
    right, out = flag_codes(table, "right_party"), {}
    for channel in CHANNELS:
        rows = np.flatnonzero((right >= 0) & _is(table, "channel", channel))
        rows = rows[np.lexsort((-right[rows], date[rows]))]  # of one day, somebody else is written last
        last = np.full(n, np.nan)
        last[owner[rows]] = right[rows] == 0
        out[f"other_party_{channel}"] = last
    return out


def reach_of(table: pa.Table | None, books: Books, t: int) -> pd.DataFrame:
    """Outbound contacts of a year by client, channel and hour, and how many were answered by the client in person."""
    if table is None or not pa.types.is_timestamp(table.schema.field("contacted_at").type):
        return pd.DataFrame({name: [] for name in ("client_id", "channel", "hour", "tried", "answered")})
    age = t - date_codes(table, "contacted_at").astype(np.int64)
    answered = (date_codes(table, "replied_on") != NONE) & (flag_codes(table, "right_party") != 0)
    frame = pd.DataFrame(
        {
            "client_id": table["client_id"].to_pandas(),
            "channel": table["channel"].to_pandas(),
            "hour": pc.hour(table["contacted_at"]).to_numpy(),
            "tried": 1,
            "answered": answered.astype(np.int64),
        }
    )
    mine = (age < YEAR) & ~_is(table, "direction", "inbound")
    found: pd.DataFrame = frame[mine].groupby(["client_id", "channel", "hour"], as_index=False).sum()
    return found


def agreements(table: pa.Table | None, books: Books, states: TitleStates, calendar: Calendar) -> dict[str, Any]:
    """Whether the client's last plan is kept, and how old the debts of a broken one are; told by the payments.

    A row is an instalment. It is paid if what came in from the day the plan was made to the instalment's due date,
    moved to a business day, reaches all instalments due by then. One missed breaks the plan.
    """
    n, t = len(books.client_ids), states.t
    names = ("agreement_due_on", "agreement_broken", "agreement_origin_dpd")
    out = {name: np.full(n, np.nan) for name in names}
    if table is None:
        return out
    table = table.filter(pc.fill_null(pc.equal(table["kind"], "plan"), False))
    owner, made, due = (
        books.client_numbers(table["client_id"]).astype(np.int64),
        *(date_codes(table, c).astype(np.int64) for c in ("created_at", "due_date")),
    )
    until = calendar.adjust(due.astype(np.int32)).astype(np.int64)
    plan = pd.factorize(table["agreement_id"].to_pandas())[0]
    order = np.lexsort((due, plan, made, owner))
    owner, made, until, plan = owner[order], made[order], until[order], plan[order]
    cents = cent_codes(table, "amount")[order]
    origin = date_codes(table, "origin_due_date").astype(np.int64)[order]
    begins = np.flatnonzero(np.diff(plan, prepend=-1) != 0)
    total = np.cumsum(cents)
    needed = total - np.repeat(total[begins] - cents[begins], np.diff(np.append(begins, len(plan))))
    paid = _received(books, states, owner, made, until) >= needed - TOLERANCE
    last_plan = np.full(n, -1, np.int64)
    last_plan[owner] = plan  # the rows lie in the order in which the plans were made
    mine = plan == last_plan[owner]
    missed = mine & ~paid & (until < t) & (until > t - YEAR)
    has = np.bincount(owner[mine], minlength=n) > 0
    broken = np.bincount(owner[missed], minlength=n) > 0
    out["agreement_broken"] = np.where(has, broken.astype(np.float64), np.nan)
    waiting = np.flatnonzero(mine & ~paid & (until >= t) & ~broken[owner])[::-1]
    out["agreement_due_on"][owner[waiting]] = until[waiting]
    known = np.flatnonzero(missed & (origin != NONE))
    out["agreement_origin_dpd"][owner[known]] = np.maximum(t - origin[known], 0)
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
