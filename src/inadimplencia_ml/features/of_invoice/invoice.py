"""The invoice a snapshot is about: its fields, the batch of its day, its amount and term against the client's past."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.features.of_invoice import invoice_sweep
from inadimplencia_ml.features.of_invoice.asked import ask
from inadimplencia_ml.features.of_invoice.invoice_walk import walk_small
from inadimplencia_ml.ledger.codes import state_codes
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
    asked, v = ask(books, looks, invoice_sweep.PAIRS), books.versions
    found = asked.mine >= 0
    mine = asked.mine[found]
    due, issue, cents = v.due[mine], v.issue[mine], v.cents[mine]
    arguments = asked, books.client_start, v, books.consumers, out
    walk_small(*arguments)
    invoice_sweep.sweep_large(*arguments)
    at = {name: k for k, name in enumerate(OWN_NAMES)}
    out[at["invoice_amount"], found] = np.where(cents >= 0, cents / 100, np.nan)
    out[at["invoice_term_days"], found] = due.astype(np.int64) - issue
    for name, day in (("issue", issue), ("due", due)):
        out[at[f"invoice_{name}_weekday"], found] = (day + _EPOCH_WEEKDAY) % 7
        out[at[f"invoice_{name}_month_day"], found] = _month_day(day)
    uf = _uf_before(ledger, looks, found)
    out[at["invoice_due_is_business_day"], found] = ledger.calendar.is_business_day(due, uf)
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
