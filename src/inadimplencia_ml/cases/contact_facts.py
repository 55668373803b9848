"""What passed between us and the client: contacts, answers, promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.cases.payment_facts import received
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, flag_codes
from inadimplencia_ml.ledger.lateness import TOLERANCE

__all__ = ["contacts", "promises", "reach_of"]

I64 = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

WINDOWS = (1, 7, 30, 90)
_DAYS = ("last_contact_on", "last_reply_on")
CALL = "phone"
CHANNELS = ("whatsapp", "email", "sms", "phone")
_WRONG = tuple(f"{what}_{channel}" for what in ("other_party", "bounced") for channel in CHANNELS)


def contacts(table: pa.Table | None, books: Books, t: int) -> dict[str, Any]:
    """Counts of outbound contacts that happened, answers, and the last day of each; NaN without a contacts table."""
    n = len(books.client_ids)
    if table is None:
        names = [f"contacts_{w}d" for w in WINDOWS]
        return {
            name: np.full(n, np.nan)
            for name in (*names, "calls_7d", "answered_90d", *_DAYS, "opened_unanswered_90d", *_WRONG)
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
    out |= _wrong_ways(table, owner, date, age, n)
    spoken = np.concatenate([owner[inbound], owner[replied != NONE]])
    out["last_reply_on"] = _last_day(spoken, np.concatenate([date[inbound], replied[replied != NONE]]), n)
    return out


def _wrong_ways(table: pa.Table, owner: Any, date: Any, age: Any, n: int) -> dict[str, Any]:
    """By channel, whether the last contact that tells who answered reached somebody else, and, within 90 days, whether
    the last one that tells if it arrived came back; missing where none tells."""
    right, arrived, out = flag_codes(table, "right_party"), flag_codes(table, "delivered"), {}
    recent = (age >= 0) & (age < 90)
    for channel in CHANNELS:
        mine = _is(table, "channel", channel)
        out[f"other_party_{channel}"] = _last_is_no(right, owner, date, (right >= 0) & mine, n, first=-1)
        out[f"bounced_{channel}"] = _last_is_no(arrived, owner, date, (arrived >= 0) & mine & recent, n, first=1)
    return out


def _last_is_no(told: Any, owner: Any, date: Any, rows: Any, n: int, *, first: int) -> Numbers:
    """By owner whether the last of the rows says no. Of one day no is written last (first=-1), or yes (first=1)."""
    at = np.flatnonzero(rows)
    at = at[np.lexsort((first * told[at], date[at]))]
    last = np.full(n, np.nan)
    last[owner[at]] = told[at] == 0
    return last


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
    kept = received(books, states, owner, made, until) >= cent_codes(table, "amount") - TOLERANCE
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


def _is(table: pa.Table, name: str, value: str) -> npt.NDArray[np.bool_]:
    if name not in table.column_names:
        return np.zeros(table.num_rows, bool)
    return np.asarray(pc.fill_null(pc.equal(table[name], value), False).to_numpy(), bool)


def _last_day(owner: Any, day: Any, n: int) -> Numbers:
    """By owner the latest day, NaN without any."""
    out = np.full(n, -np.inf)
    np.maximum.at(out, owner, day.astype(np.float64))
    return np.where(np.isinf(out), np.nan, out)
