"""The invoice a snapshot is about: its fields, the batch of its day, its amount and term against the client's past."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from inadimplencia_ml.ledger.books import Versions
from inadimplencia_ml.ledger.codes import state_codes
from inadimplencia_ml.ledger.lateness import FORGOTTEN_AFTER, Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["OWN_NAMES", "own_fields"]

I32 = npt.NDArray[np.int32]
Out = npt.NDArray[np.float64]

OWN_NAMES = (
    "invoice_amount invoice_term_days invoice_issue_weekday invoice_issue_month_day invoice_due_weekday "
    "invoice_due_month_day invoice_due_is_business_day invoice_interest_rate_month invoice_fine_rate "
    "invoice_installment invoice_installments batch_count batch_amount batch_amount_share batch_amount_rank "
    "invoice_amount_to_client_mean invoice_amount_client_rank invoice_term_to_client_mean invoice_term_client_rank "
    "invoice_days_since_previous_issue"
).split()
_FROM_TABLE = {
    "invoice_interest_rate_month": "interest_rate_month",
    "invoice_fine_rate": "fine_rate",
    "invoice_installment": "installment",
    "invoice_installments": "installments",
}
_CATEGORIES = {"invoice_kind": "kind", "invoice_product": "product"}
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


def own_fields(ledger: Ledger, looks: Looks) -> pd.DataFrame:
    """The columns of each snapshot's invoice; NaN where it is not known at as_of.

    Its own fields and the batch are those known at the end of as_of; the client's past ends the day before for the view
    ``at_issue``. Kind and product are categories.
    """
    books = ledger.books
    assert looks.invoice is not None
    out = np.full((len(OWN_NAMES), len(looks.day)), np.nan)
    who = books.consumers
    found = np.zeros(len(looks.day), bool)
    due, issue = np.zeros(len(looks.day), np.int32), np.zeros(len(looks.day), np.int32)
    _own(
        looks.client,
        looks.invoice,
        looks.as_of,
        looks.day,
        books.client_start,
        books.versions,
        who,
        out,
        found,
        due,
        issue,
    )
    at = {name: k for k, name in enumerate(OWN_NAMES)}
    for name, day in (("issue", issue[found]), ("due", due[found])):
        out[at[f"invoice_{name}_weekday"], found] = (day + _EPOCH_WEEKDAY) % 7
        out[at[f"invoice_{name}_month_day"], found] = _month_day(day)
    uf = _uf_before(ledger, looks, found)
    out[at["invoice_due_is_business_day"], found] = ledger.calendar.is_business_day(due[found], uf)
    frame = pd.DataFrame(out.T, columns=OWN_NAMES, copy=False)
    return _with_table_columns(frame, ledger, looks, found)


def _uf_before(ledger: Ledger, looks: Looks, found: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """The invoice's own UF, else the client's first one if it was known on the day looked from."""
    books = ledger.books
    assert looks.invoice is not None
    client = looks.client[found]
    theirs = np.where(books.client_uf_since[client] <= looks.day[found], books.client_uf[client], -1)
    own = state_codes(ledger.tables["invoices"], "uf")[books.first_row[looks.invoice[found]]]
    return np.where(own >= 0, own, theirs).astype(np.int8)


def _month_day(day: I32) -> npt.NDArray[np.int64]:
    date = day.astype("datetime64[D]")
    since_first: npt.NDArray[np.int64] = (date - date.astype("datetime64[M]")).astype(np.int64)
    return since_first + 1


def _with_table_columns(
    frame: pd.DataFrame, ledger: Ledger, looks: Looks, found: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    """Terms of the contract, from the first row of the invoice."""
    table = ledger.tables["invoices"]
    assert looks.invoice is not None
    first = np.zeros(len(found), np.int64)
    first[found] = ledger.books.first_row[looks.invoice[found]]
    rows = pa.array(first, mask=~found)
    for name, column in _FROM_TABLE.items():
        if column in table.column_names:
            frame[name] = _float(table[column].take(rows))
    for name, column in _CATEGORIES.items():
        if column in table.column_names:
            frame[name] = table[column].take(rows).to_pandas().astype("str").astype("category")
    return frame


def _float(column: pa.ChunkedArray) -> Out:
    values: Out = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return values


@njit(cache=True, nogil=True)
def _own(
    client: I32,
    invoice: I32,
    as_of: I32,
    day: I32,
    start: I32,
    v: Versions,
    who: Consumers,
    out: Out,
    found: npt.NDArray[np.bool_],
    due: I32,
    issue: I32,
) -> None:
    for s in range(len(client)):
        c, t = client[s], as_of[s]
        if c < 0 or invoice[s] < 0:
            continue
        mine = -1
        for j in range(start[c], start[c + 1]):
            if v.invoice[j] == invoice[s] and v.since[j] <= t < v.until[j]:
                mine = j
        if mine < 0:
            continue
        found[s], due[s], issue[s] = True, v.due[mine], v.issue[mine]
        amount, term = v.cents[mine], np.int64(v.due[mine]) - v.issue[mine]
        out[0, s] = amount / 100 if amount >= 0 else np.nan
        out[1, s] = term
        _batch(t, mine, start[c], start[c + 1], v, s, out)
        consumer = consumer_on(day[s], c, who)
        _past(day[s], mine, start[c], start[c + 1], consumer, v, s, out)


@njit(cache=True, nogil=True)
def _batch(t: int, mine: int, a: int, b: int, v: Versions, s: int, out: Out) -> None:
    """The client's invoices issued on the same day and known at t, this one among them."""
    count, total, below, with_amount = 0, np.int64(0), 0, 0
    for j in range(a, b):
        if v.issue[j] != v.issue[mine] or v.since[j] > t or v.until[j] <= t:
            continue
        if v.void[j] and v.closed_known[j] <= t and j != mine:
            continue
        count += 1
        if v.cents[j] >= 0:
            with_amount += 1
            total += v.cents[j]
            below += v.cents[j] <= v.cents[mine]
    out[11, s] = count
    out[12, s] = total / 100
    if v.cents[mine] >= 0:
        out[13, s] = v.cents[mine] / total if total else np.nan
        out[14, s] = below / with_amount


@njit(cache=True, nogil=True)
def _past(t: int, mine: int, a: int, b: int, consumer: bool, v: Versions, s: int, out: Out) -> None:
    """Amount and term against the client's other invoices issued before, as known at t."""
    n, n_amount, total, terms = 0, 0, np.int64(0), np.int64(0)
    amount_below, term_below, last = 0, 0, np.int64(-(2**31))
    own, own_term = v.cents[mine], np.int64(v.due[mine]) - v.issue[mine]
    for j in range(a, b):
        if v.since[j] > t or v.until[j] <= t or v.invoice[j] == v.invoice[mine] or v.issue[j] >= v.issue[mine]:
            continue
        if (v.void[j] and v.closed_known[j] <= t) or (consumer and v.due[j] <= t - FORGOTTEN_AFTER):
            continue
        term = np.int64(v.due[j]) - v.issue[j]
        n += 1
        terms += term
        term_below += term <= own_term
        last = max(last, np.int64(v.issue[j]))
        if v.cents[j] >= 0:
            n_amount += 1
            total += v.cents[j]
            amount_below += v.cents[j] <= own
    if own >= 0 and n_amount > 0:
        out[15, s] = own * n_amount / total if total else np.nan
        out[16, s] = amount_below / n_amount
    if n > 0:
        out[17, s] = own_term * n / terms if terms else np.nan
        out[18, s] = term_below / n
        out[19, s] = v.issue[mine] - last
