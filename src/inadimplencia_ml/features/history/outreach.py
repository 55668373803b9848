"""Further contacts and agreements: what was opened and answered, by which channels and at what cost, the last promise.

Facts that come after a contact count from a day of their own. An answer has one, ``replied_on``. That a message was
delivered or opened has none: it counts only where the row says when it reached the books (``known_on``), from then on.
That the client in person was reached, and what it cost, is a fact of the contact itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.view import View, divide, look_at, make_view
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes, encode, flag_codes, starts, text_codes
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, NEVER, TOLERANCE, Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["NAMES", "outreach_features"]

_CONTACTS: dict[str, tuple[str, ...]] = {
    "opened_without_reply_count_90d": ("opened", "known_on", "replied_on"),
    "opened_without_reply_share_90d": ("opened", "known_on", "replied_on"),
    "delivered_share_90d": ("delivered", "known_on"),
    "right_party_count_90d": ("right_party",),
    "contact_channels_90d": ("channel",),
    "contact_cost_90d": ("cost",),
    "days_since_reply": ("replied_on",),
    "reply_days_mean_365d": ("replied_on",),
    "inbound_count_90d": ("direction",),
}
"""Columns from contacts, and the columns of that table without one of which they are NaN."""

_AGREEMENTS = (
    "promise_count_365d",
    "promise_open_amount",
    "plan_count_365d",
    "promise_broken_last",
    "days_since_promise",
)

NAMES: tuple[str, ...] = (*_CONTACTS, *_AGREEMENTS)

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Out = npt.NDArray[np.float64]


class _Contacts(NamedTuple):
    start: I32  # where a client's contacts begin; one more group for clients without a fact
    date: I32
    known: I32
    inbound: Flags
    replied_on: I32  # NEVER where not answered
    opened: I8  # 1 yes, 0 no, -1 not said
    delivered: I8
    right_party: I8
    channel: I32
    cents: I64


class _Agreements(NamedTuple):
    start: I32  # as of contacts; within a client the latest due date first
    promise: Flags  # else a plan
    created: I32
    known: I32
    due: I32
    until: I32  # the due date moved to a business day
    cents: I64


def outreach_features(ledger: Ledger, looked: Looked, n_jobs: int) -> Out:
    """The columns ``NAMES``, feature x pair of client and day."""
    tables, books = ledger.tables, ledger.books
    out = np.full((len(NAMES), len(looked.snaps.day)), np.nan)
    if not out.size:
        return out
    if "contacts" in tables:
        contacts, channels = _read_contacts(tables["contacts"], books)
        looked.each_share(n_jobs, _contacts, looked.snaps, contacts, channels, out)
        for k, needs in enumerate(_CONTACTS.values()):
            if not set(needs) <= set(tables["contacts"].column_names):
                out[k] = np.nan
    if "agreements" in tables:
        agreements = _read_agreements(ledger)
        arguments = looked.client_start, books.versions, books.payments, looked.who, looked.snaps
        looked.each_share(n_jobs, _promises, *arguments, agreements, out)
    return out


def _starts(client: I32, clients: int) -> I32:
    return starts(np.bincount(client, minlength=clients + 1))


def _read_contacts(table: pa.Table, books: Books) -> tuple[_Contacts, int]:
    """The contacts by client, and how many channels there are."""
    client, date, booked = (
        books.client_numbers(table["client_id"]),
        date_codes(table, "contacted_at"),
        date_codes(table, "known_on"),
    )
    replied = date_codes(table, "replied_on")
    channel, channels = encode(table["channel"])
    told = booked != NONE
    columns: dict[str, Any] = {
        "date": date,
        "known": np.maximum(date, booked),
        "inbound": text_codes(table, "direction", ("inbound",)) == 0,
        "replied_on": np.where(replied == NONE, NEVER, replied),
        "opened": np.where(told, flag_codes(table, "opened"), np.int8(-1)),
        "delivered": np.where(told, flag_codes(table, "delivered"), np.int8(-1)),
        "right_party": flag_codes(table, "right_party"),
        "channel": channel,
        "cents": np.maximum(cent_codes(table, "cost"), 0),
    }
    order = np.argsort(client, kind="stable")
    rows = {name: values[order] for name, values in columns.items()}
    return _Contacts(_starts(client, len(books.client_ids)), **rows), len(channels)


def _read_agreements(ledger: Ledger) -> _Agreements:
    table, books = ledger.tables["agreements"], ledger.books
    table = table.filter(pc.is_in(table["kind"], value_set=pa.array(["promise", "plan"])))
    client = books.client_numbers(table["client_id"])
    created, due = date_codes(table, "created_at"), date_codes(table, "due_date")
    known = np.maximum(created, date_codes(table, "known_on"))
    uf = np.where(books.client_uf_since[client] <= known, books.client_uf[client], np.int8(-1)).astype(np.int8)
    columns: dict[str, Any] = {
        "promise": text_codes(table, "kind", ("promise",)) == 0,
        "created": created,
        "known": known,
        "due": due,
        "until": ledger.calendar.adjust(due, uf),
        "cents": cent_codes(table, "amount"),
    }
    order = np.lexsort((-due.astype(np.int64), client))
    rows = {name: values[order] for name, values in columns.items()}
    return _Agreements(_starts(client, len(books.client_ids)), **rows)


@maker
def _contacts(low: int, high: int, snaps: Snaps, x: _Contacts, channels: int, out: Out) -> None:
    used = np.full(channels, -1, np.int64)  # the last snapshot in which a channel was met
    for c in range(low, high):
        for s in range(snaps.start[c], snaps.start[c + 1]):
            t = np.int64(snaps.day[s])
            opened, unanswered, said, delivered, right, met, inbound = 0, 0, 0, 0, 0, 0, 0
            answers, waited, last = 0, 0, -NEVER
            cents: Any = np.int64(0)
            for k in range(x.start[c], x.start[c + 1]):
                if x.known[k] > t:
                    continue
                age = t - x.date[k]
                if x.inbound[k]:
                    inbound += age < 90
                    continue
                replied = x.replied_on[k]
                if replied <= t:
                    last = max(last, replied)
                    if age < 365:
                        answers += 1
                        waited += replied - x.date[k]
                if age >= 90:
                    continue
                opened += x.opened[k] == 1
                unanswered += x.opened[k] == 1 and replied > t
                said += x.delivered[k] >= 0
                delivered += x.delivered[k] == 1
                right += x.right_party[k] == 1
                cents += x.cents[k]
                if x.channel[k] >= 0 and used[x.channel[k]] != s:
                    used[x.channel[k]] = s
                    met += 1
            out[0, s] = unanswered
            out[1, s] = divide(unanswered, opened)
            out[2, s] = divide(delivered, said)
            out[3, s] = right
            out[4, s] = met
            out[5, s] = cents / 100
            out[6, s] = t - last if last != -NEVER else np.nan
            out[7, s] = divide(waited, answers)
            out[8, s] = inbound


@maker
def _received(t: int, low: int, high: int, n: int, view: View, v: Versions, p: Payments) -> int:
    """Cents of all payments dated low..high on the invoices that are there, as seen at t."""
    total: Any = np.int64(0)
    for i in range(n):
        j = view.version[i]
        for q in range(v.pay_start[j], v.pay_stop[j]):
            if p.known[q] <= t and p.until[q] > t and low <= p.date[q] <= high:
                total += p.money[q]
    return int(total)


@maker
def _last_broken(
    t: int, a: int, b: int, n: int, consumer: bool, view: View, v: Versions, p: Payments, x: _Agreements
) -> float:
    """1 if a promise of the latest due date with a decided one was broken, 0 if none was, NaN without such a date."""
    found, at = np.nan, NEVER
    for k in range(a, b):
        due = x.due[k]
        if not x.promise[k] or x.known[k] > t or due > t or (consumer and due <= t - FORGOTTEN_AFTER):
            continue
        if not np.isnan(found) and due != at:
            break
        if _received(t, x.created[k], x.until[k], n, view, v, p) >= x.cents[k] - TOLERANCE:
            at, found = due, 0.0 if np.isnan(found) else found
        elif t > x.until[k]:
            at, found = due, 1.0
    return found


@maker
def _promises(
    low: int,
    high: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    x: _Agreements,
    out: Out,
) -> None:
    widest = 0
    for c in range(low, high):
        widest = max(widest, client_start[c + 1] - client_start[c])
    view = make_view(widest)
    for c in range(low, high):
        a, b = x.start[c], x.start[c + 1]
        for s in range(snaps.start[c], snaps.start[c + 1]):
            t = np.int64(snaps.day[s])
            promises, plans, last, undecided = 0, 0, -NEVER, False
            cents: Any = np.int64(0)
            for k in range(a, b):
                if x.known[k] > t:
                    continue
                recent = x.created[k] > t - 365
                if not x.promise[k]:
                    plans += recent
                    continue
                promises += recent
                last = max(last, x.created[k])
                undecided = undecided or x.due[k] <= t
                if x.until[k] >= t:
                    cents += max(x.cents[k], np.int64(0))
            broken = np.nan
            if undecided:
                consumer = consumer_on(t, c, who)
                n, _ = look_at(t, client_start[c], client_start[c + 1], v, p, consumer, view)
                broken = _last_broken(t, a, b, n, consumer, view, v, p, x)
            out[9, s] = promises
            out[10, s] = cents / 100
            out[11, s] = plans
            out[12, s] = broken
            out[13, s] = t - last if last != -NEVER else np.nan
