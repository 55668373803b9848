"""Payments beside the invoices they name, as rows: what `check` says of them. No feature reads this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.cells import Rows
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["Matched", "match_payments"]

_NEVER = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Matched:
    """Rows of the payments table, by what stands against them."""

    without: Rows
    unknown: Rows
    before_issue: Rows
    after_observed: Rows
    after_cancelled: Rows


def match_payments(ledger: Ledger) -> Matched:
    """Compares each payment with the latest row of the invoice it names; the ledger has payments."""
    payments, invoices = ledger.tables["payments"], ledger.tables["invoices"]
    if "invoice_id" not in payments.column_names:
        nothing = np.empty(0, np.int64)
        return Matched(np.arange(payments.num_rows), nothing, nothing, nothing, nothing)
    latest = _latest(invoices)
    place = pc.index_in(payments["invoice_id"], value_set=latest["invoice_id"].combine_chunks(), skip_nulls=True)
    at = pc.fill_null(place, -1).to_numpy().astype(np.int64)
    named = payments["invoice_id"].is_valid().to_numpy()
    day = _days(payments["payment_date"], 0)
    issue, observed = _days(latest["issue_date"], 0), _column(latest, "observed_until")
    cancelled = _column(latest, "cancelled_date")
    found = at >= 0
    if not latest.num_rows:
        issue, observed, cancelled = (np.zeros(1, np.int32) for _ in range(3))
    return Matched(
        without=np.flatnonzero(~named),
        unknown=np.flatnonzero(named & ~found),
        before_issue=np.flatnonzero(found & (day < issue[at])),
        after_observed=np.flatnonzero(found & (day > observed[at])),
        after_cancelled=np.flatnonzero(found & (day > cancelled[at])),
    )


def _latest(invoices: pa.Table) -> pa.Table:
    """One row an invoice: the latest known, each null filled with an older value."""
    columns = [c for c in ("issue_date", "observed_until", "cancelled_date") if c in invoices.column_names]
    if "known_on" in invoices.column_names:
        invoices = invoices.sort_by([("known_on", "ascending")])
    whole = invoices.select(["invoice_id", *columns])
    if len(pc.unique(whole["invoice_id"])) == whole.num_rows:
        return whole
    grouped = whole.group_by("invoice_id", use_threads=False).aggregate([(c, "last") for c in columns])
    return grouped.rename_columns([name.removesuffix("_last") for name in grouped.column_names])


def _column(table: pa.Table, name: str) -> npt.NDArray[np.int32]:
    if name not in table.column_names:
        return np.full(table.num_rows, _NEVER)
    return _days(table[name], int(_NEVER))


def _days(column: pa.ChunkedArray, null: int) -> npt.NDArray[np.int32]:
    days: npt.NDArray[np.int32] = pc.fill_null(column.cast(pa.int32()), null).to_numpy()
    return days
