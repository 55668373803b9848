"""Invoices by a column of theirs or of their clients, as last known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.codes import date_codes
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["Groups", "invoice_groups"]


class Groups(NamedTuple):
    """The group of each invoice of the books, and the values that make a group, a row each."""

    code: npt.NDArray[np.int64]
    labels: pd.DataFrame


def invoice_groups(known: Ledger, by: str | Sequence[str] | None) -> Groups:
    """Groups by columns of the invoices, or else of the clients; a null is a group of its own.

    Raises
    ------
    CallError
        Neither table has such a column.
    """
    names = [by] if isinstance(by, str) else list(by or ())
    n = len(known.books.invoice_ids)
    if not names:
        return Groups(np.zeros(n, np.int64), pd.DataFrame(index=range(1)))
    values = pd.DataFrame({name: _column(known, name) for name in names})
    grouped = values.groupby(names, dropna=False, sort=True)
    labels = grouped.size().index.to_frame(index=False)
    return Groups(grouped.ngroup().to_numpy().astype(np.int64), labels)


def _column(known: Ledger, name: str) -> npt.NDArray[np.object_]:
    books, tables = known.books, known.tables
    homes = {table: tables[table].column_names for table in ("invoices", "clients") if table in tables}
    home = next((table for table, columns in homes.items() if name in columns), None)
    if home is None:
        every = {column for columns in homes.values() for column in columns}
        raise CallError(f"by: neither the invoices nor the clients have a column {name!r}.{did_you_mean(name, every)}")
    table = tables[home]
    table = table.filter(table[name].is_valid())
    order = np.argsort(date_codes(table, "known_on"), kind="stable")
    if home == "invoices":
        number, n = books.invoice_numbers(table["invoice_id"]), len(books.invoice_ids)
    else:
        number, n = books.client_numbers(table["client_id"]), len(books.client_ids)
    out = np.full(n, None, object)
    out[number[order]] = table[name].to_pandas().to_numpy(object)[order]  # the last one known stays
    owner = np.repeat(np.arange(len(books.client_ids)), np.diff(books.invoice_start))
    return out if home == "invoices" else out[owner]
