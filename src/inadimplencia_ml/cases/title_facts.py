"""What the titles say: outstanding amounts, days past due, and how the client paid over the last twelve months."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.cases.latest import latest
from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.books import Books, Payments, Versions
from inadimplencia_ml.ledger.codes import NONE, date_codes, flag_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE, OPEN, SETTLED, Consumers, consumer_on, seen

__all__ = ["YEAR", "TitleStates", "balances", "behaviour", "late_on", "open_titles", "states_at"]

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

_FLAGS = ("protestable", "delivery_proof", "acceptance_refused")
_RATES = ("fine_rate", "interest_rate_month", "interest_per_day", "discount_rate", "contract_rate_month")
_TERMS = (*_RATES, "uf", "index", "discount_until")
YEAR = 365
"""Twelve months, as the windows of the features count them."""


class TitleStates(NamedTuple):
    """At the end of a day: by version of a title its state, and by client what its titles tell together."""

    t: int
    owner: I64  # number of the client
    status: I8
    closed: I64  # the day it closed; a far one while open
    late: I64  # signed days
    left: I64  # cents outstanding
    ever_paid: Flags  # by client
    last_issue: I32  # by client, NONE without any


def states_at(books: Books, t: int) -> TitleStates:
    """The state of every version; INVISIBLE where it is not the valid one."""
    n, count = len(books.client_ids), len(books.versions.invoice)
    status, closed = np.zeros(count, np.int8), np.zeros(count, np.int64)
    late, left = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ever_paid, last_issue = np.zeros(n, bool), np.full(n, NONE, np.int32)
    _look(
        np.int64(t),
        books.client_start,
        books.consumers,
        books.versions,
        books.payments,
        status,
        closed,
        late,
        left,
        ever_paid,
        last_issue,
    )
    owner = np.repeat(np.arange(n, dtype=np.int64), np.diff(books.client_start))
    return TitleStates(t, owner, status, closed, late, left, ever_paid, last_issue)


@maker
def _look(
    t: int,
    start: I32,
    who: Consumers,
    v: Versions,
    p: Payments,
    status: I8,
    closed: I64,
    late: I64,
    left: I64,
    ever_paid: Flags,
    last_issue: I32,
) -> None:
    for c in range(len(start) - 1):
        consumer = consumer_on(t, c, who)
        for j in range(start[c], start[c + 1]):
            if v.since[j] <= t and v.until[j] > t and not (v.void[j] and v.closed_known[j] <= t):
                last_issue[c] = max(last_issue[c], v.issue[j])
            status[j], closed[j], late[j], left[j] = seen(t, j, consumer, v, p)
            if status[j] != INVISIBLE:
                for q in range(v.pay_start[j], v.pay_stop[j]):
                    ever_paid[c] |= p.is_payment[q] and p.known[q] <= t and p.until[q] > t


def balances(books: Books, states: TitleStates) -> dict[str, Any]:
    """By client: what is open, what is overdue, and the worst days past due."""
    n = len(books.client_ids)
    is_open = states.status == OPEN
    overdue = is_open & (states.late > 0)
    original = late_on(states.t, books.first_due, books.first_due_adj)[books.versions.invoice]
    return {
        "open_amount": _sums(states.owner[is_open], states.left[is_open], n),
        "overdue_amount": _sums(states.owner[overdue], states.left[overdue], n),
        "open_count": np.bincount(states.owner[is_open], minlength=n),
        "overdue_count": np.bincount(states.owner[overdue], minlength=n),
        "dpd": _worst(states.owner[is_open], states.late[is_open], n),
        "dpd_original": _worst(states.owner[is_open], original[is_open], n),
        "days_since_issue": np.where(
            states.last_issue == NONE, np.nan, states.t - states.last_issue.astype(np.float64)
        ),
    }


def behaviour(books: Books, states: TitleStates, grace_days: int, cure_dpd: int) -> dict[str, Any]:
    """By client: the facts of the debtor profiles over twelve months."""
    n, v, t = len(books.client_ids), books.versions, states.t
    visible = (states.status != INVISIBLE) & (v.due <= t)
    recent = visible & (v.due > t - YEAR)
    late = recent & (states.late > grace_days)
    settled = states.status == SETTLED
    tried = late & (settled | (t - v.due_adj >= cure_dpd))
    cured = late & settled & (states.late <= cure_dpd)
    due_count, late_count = _counts(states.owner[recent], n), _counts(states.owner[late], n)
    first = np.flatnonzero(visible)  # a client's versions lie in the order of their due dates
    first = first[np.flatnonzero(np.diff(states.owner[first], prepend=-1))]
    first = first[states.status[first] == OPEN]
    oldest = np.full(n, np.iinfo(np.int64).max)
    left = (states.status == OPEN) & (states.late > 0)
    np.minimum.at(oldest, states.owner[left], v.due[left].astype(np.int64))
    since = np.maximum(oldest, t - YEAR)[states.owner]
    newer = settled & (v.due > oldest[states.owner]) & (states.closed > since)
    first_open = np.full(n, np.nan)
    first_open[states.owner[first]] = np.maximum(states.late[first], 0)
    return {
        "n_due_12m": due_count,
        "late_count_12m": late_count,
        "late_share_12m": _share(late_count, due_count),
        "cure_share_12m": _share(_counts(states.owner[cured], n), _counts(states.owner[tried], n)),
        "median_late_days_12m": _medians(states.owner[late], states.late[late], n),
        "first_due_open_dpd": first_open,
        "newer_paid_365d": _counts(states.owner[newer], n),
    }


def open_titles(books: Books, states: TitleStates, invoices: pa.Table) -> tuple[pd.DataFrame, I64, I64]:
    """One row an open title, and the numbers of each title's client and invoice; ``invoices`` as known on the day."""
    at = np.flatnonzero(states.status == OPEN)
    number, v, t = books.versions.invoice[at], books.versions, states.t
    owner = books.invoice_numbers(invoices["invoice_id"])
    names = ("kind", "disputed_from", "disputed_to", "assigned_on", *_FLAGS, "bank_instruction", *_TERMS)
    known = latest(invoices, owner, len(books.invoice_ids), names)
    picked = pa.table({name: column.take(pa.array(number)) for name, column in known.items()})
    picked = picked if picked.num_columns else pa.table({"none": pa.nulls(len(at))})
    begun, ended = date_codes(picked, "disputed_from"), date_codes(picked, "disputed_to")
    over = (ended != NONE) & (ended < t) & (ended >= begun)  # an older end does not close a dispute begun again
    frame = pd.DataFrame(
        {
            "client_id": books.client_ids.take(pa.array(states.owner[at])).to_pandas(),
            "invoice_id": books.invoice_ids.take(pa.array(number)).to_pandas(),
            "due_date": v.due[at].astype("datetime64[D]").astype("datetime64[s]"),
            "dpd": states.late[at],
            "dpd_original": late_on(t, books.first_due[number], books.first_due_adj[number]),
            "open_amount": states.left[at] / 100,
            "amount": np.where(v.cents[at] < 0, np.nan, v.cents[at] / 100),
            "kind": _text(picked, "kind"),
            "disputed": (begun != NONE) & (begun <= t) & ~over,
            "assigned": date_codes(picked, "assigned_on") != NONE,
        }
        | {name: _flag(picked, name) for name in _FLAGS}
        | {"bank_instruction": _text(picked, "bank_instruction")}
        | {"due_adj": v.due_adj[at].astype("datetime64[D]").astype("datetime64[s]")}
        | {name: _number(picked, name) for name in _RATES}
        | {
            "uf": _text(picked, "uf"),
            "index": _text(picked, "index"),
            "discount_until": _date(picked, "discount_until"),
        }
    )
    return frame, states.owner[at], number.astype(np.int64)


def _number(picked: pa.Table, name: str) -> Numbers:
    """A number as known, NaN where nothing is said."""
    if name not in picked.column_names:
        return np.full(picked.num_rows, np.nan)
    return np.asarray(picked[name].cast(pa.float64()).to_numpy(), np.float64)


def _date(picked: pa.Table, name: str) -> npt.NDArray[np.datetime64]:
    """A date as known, NaT where nothing is said."""
    days = date_codes(picked, name)
    return np.where(days == NONE, np.datetime64("NaT", "D"), days.astype("datetime64[D]")).astype("datetime64[s]")


def _text(table: pa.Table, name: str) -> pd.Series:
    texts: pd.Series = (
        table[name] if name in table.column_names else pa.nulls(table.num_rows, pa.string())
    ).to_pandas()
    return texts


def _flag(table: pa.Table, name: str) -> Any:
    flags = flag_codes(table, name)
    return pd.arrays.BooleanArray(flags == 1, flags < 0)


def late_on(t: int | I64, due: I32, due_adj: I32) -> I64:
    """Signed days late of something open."""
    t64, first, adjusted = np.asarray(t, np.int64), due.astype(np.int64), due_adj.astype(np.int64)
    return np.where(t64 > adjusted, t64 - adjusted, np.where(t64 >= first, 0, t64 - first))


def _sums(owner: I64, cents: I64, n: int) -> Numbers:
    """Amounts by owner, added in whole cents."""
    return np.rint(np.bincount(owner, weights=cents, minlength=n)) / 100


def _counts(owner: I64, n: int) -> I64:
    return np.bincount(owner, minlength=n)


def _share(part: I64, whole: I64) -> Numbers:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _worst(owner: I64, late: I64, n: int) -> Numbers:
    out = np.full(n, -np.inf)
    np.maximum.at(out, owner, late.astype(np.float64))
    return np.where(np.isinf(out), np.nan, out)


def _medians(owner: I64, values: I64, n: int) -> Numbers:
    order = np.lexsort((values, owner))
    count = np.bincount(owner, minlength=n)
    begin = np.cumsum(count) - count
    some = np.flatnonzero(count)
    out = np.full(n, np.nan)
    low, high = begin[some] + (count[some] - 1) // 2, begin[some] + count[some] // 2
    out[some] = (values[order[low]] + values[order[high]]) / 2
    return out
