"""Titles as they stand on a day: one row an invoice, its known versions merged, what was void left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.codes import date_codes, encode

__all__ = ["TITLES", "titles_of"]

Rows = npt.NDArray[np.int64]

TITLES = "titles"
"""The name under which code of one's own reads them."""
_KEPT = ("renegotiated", "written_off")  # any other reason of a cancellation, or none, makes the invoice void


def titles_of(invoices: pa.Table) -> pa.Table:
    """One row an invoice from its known rows: of each column the latest that is not null, in the order of ``known_on``.

    Parameters
    ----------
    invoices : pyarrow.Table
        The invoices of a ledger cut at the day (`Ledger.known_at`), a row for each version.

    Returns
    -------
    pyarrow.Table
        The same columns, ordered as the invoices first come; without those that were void by the day.

    Examples
    --------
    >>> versions = pa.table({"invoice_id": ["T1", "T1"], "due_date": ["2025-02-03", "2025-03-05"],
    ...                      "known_on": [None, "2025-02-10"], "amount": [1200.0, None]})
    >>> titles_of(versions.set_column(2, "known_on", versions["known_on"].cast(pa.date32()))).to_pylist()
    [{'invoice_id': 'T1', 'due_date': '2025-03-05', 'known_on': datetime.date(2025, 2, 10), 'amount': 1200.0}]
    """
    code, ids = encode(invoices["invoice_id"])
    merged = invoices if len(ids) == len(code) else _merged(invoices, code)
    if "cancelled_date" not in merged.column_names:
        return merged
    cancelled = merged["cancelled_date"].is_valid()
    if "cancel_reason" in merged.column_names:
        stays = pc.is_in(merged["cancel_reason"], value_set=pa.array(_KEPT))
        cancelled = pc.and_not(cancelled, stays)
    return merged.filter(pc.invert(cancelled))


def _merged(invoices: pa.Table, code: Any) -> pa.Table:
    """The rows of each invoice as one."""
    order = np.lexsort((date_codes(invoices, "known_on"), code))  # stable: rows of one day stay as they came
    first = np.ones(len(order), bool)
    first[1:] = code[order][1:] != code[order][:-1]
    begin = np.flatnonzero(first)
    end = np.append(begin[1:], len(order)) - 1
    came = np.argsort(np.minimum.reduceat(order, begin), kind="stable")
    begin, end = begin[came], end[came]
    columns = [_latest(column, order, begin, end) for column in invoices.columns]
    return pa.table(columns, schema=invoices.schema)


def _latest(column: pa.ChunkedArray, order: Rows, begin: Rows, end: Rows) -> pa.ChunkedArray:
    """The last value that is not null of each run of rows in ``order``, from ``begin`` to ``end``."""
    known = column.is_valid().to_numpy()[order]
    last = np.maximum.accumulate(np.where(known, np.arange(len(order)), -1))[end]
    return column.take(pa.array(order[last], mask=last < begin))
