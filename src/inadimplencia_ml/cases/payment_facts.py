"""What came in: by client and span of days, by title, and what is linked to no title yet."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.cases.title_facts import TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, cent_codes, date_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE

__all__ = ["Loose", "Receipts", "loose_payments", "on_account", "receipts_of", "received"]

I64 = npt.NDArray[np.int64]


class Receipts(NamedTuple):
    """Payments as known on a day, one entry each."""

    title: I64  # position of the title among those asked for
    date: I64
    cents: I64  # what settles
    money: I64  # what came in, interest and fines included
    is_payment: npt.NDArray[np.bool_]  # and no credit note, discount or the like


def receipts_of(books: Books, t: int, at: npt.NDArray[np.intp]) -> Receipts:
    """The payments of some versions of titles (``at``) that are known, and not taken back, at the end of day ``t``."""
    v, p = books.versions, books.payments
    count = (v.pay_stop - v.pay_start)[at].astype(np.int64)
    row = np.repeat(v.pay_start[at] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    seen = (p.known[row] <= t) & (p.until[row] > t)
    row, title = row[seen], np.repeat(np.arange(len(at)), count)[seen]
    return Receipts(title, p.date[row].astype(np.int64), p.cents[row], p.money[row], p.is_payment[row])


class Loose(NamedTuple):
    """Payments of known clients that are linked to no title of the books, and were not taken back."""

    client: I64
    date: I64
    cents: I64


def loose_payments(table: pa.Table | None, books: Books) -> Loose:
    """Those of the payments table, as known on a day."""
    if table is None or "client_id" not in table.column_names:
        none = np.zeros(0, np.int64)
        return Loose(none, none, none)
    owner, date = books.client_numbers(table["client_id"]).astype(np.int64), date_codes(table, "payment_date")
    linked = books.invoice_numbers(table["invoice_id"]) >= 0 if "invoice_id" in table.column_names else False
    loose = (owner >= 0) & ~np.asarray(linked) & (date_codes(table, "reversed_on") == NONE)
    return Loose(owner[loose], date[loose].astype(np.int64), cent_codes(table, "amount")[loose])


def on_account(loose: Loose, books: Books, states: TitleStates) -> dict[str, Any]:
    """What came in within 30 days and is linked to no title of the books, and whether anything was ever paid."""
    n = len(books.client_ids)
    new = states.t - loose.date < 30
    cents = np.bincount(loose.client[new], weights=loose.cents[new], minlength=n)
    paid = states.ever_paid | (np.bincount(loose.client, minlength=n) > 0)
    return {"unapplied_amount_30d": np.rint(cents) / 100, "ever_paid": paid}


def received(books: Books, states: TitleStates, client: Any, low: Any, high: Any, loose: Loose | None = None) -> I64:
    """Cents that came in from each client on the days low to high: on titles seen at the day, and the loose ones."""
    valid = np.flatnonzero(states.status != INVISIBLE)
    seen = receipts_of(books, states.t, valid)
    owner, date, money = states.owner[valid[seen.title]], seen.date, seen.money
    if loose is not None:
        owner, date = np.concatenate([owner, loose.client]), np.concatenate([date, loose.date])
        money = np.concatenate([money, loose.cents])
    key = owner << 33 | (date + 2**32)
    order = np.argsort(key, kind="stable")
    key, total = key[order], np.concatenate([[0], np.cumsum(money[order])])
    base = client.astype(np.int64) << 33
    first = np.searchsorted(key, base | (low.astype(np.int64) + 2**32), side="left")
    last = np.searchsorted(key, base | (high.astype(np.int64) + 2**32), side="right")
    return np.asarray(total[np.maximum(last, first)] - total[first], np.int64)
