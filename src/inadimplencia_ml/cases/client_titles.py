"""One client's titles as they were known at the end of a day: due, paid, how late, what is left."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.cases.title_facts import open_titles, states_at
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.lateness import INVISIBLE, OPEN, SETTLED
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["client_titles"]


def client_titles(ledger: Ledger, client_id: Any, as_of: dt.date | str) -> pd.DataFrame:
    """The titles of a client that count at the end of ``as_of``, in the order of their due dates.

    They are told as the books hold them: the titles that a broken plan gives back are a matter of `build_cases`.

    Parameters
    ----------
    ledger : Ledger
    client_id
    as_of : date
        A later fact changes nothing.

    Returns
    -------
    DataFrame
        invoice_id, issue_date, due_date, ``amount`` (NaN: not told), ``status`` (open, settled, closed: renegotiated or
        written off), ``closed_on``, ``days_late`` (negative: before the due date; 0 up to the next business day),
        ``open_amount`` (net of part payments), ``disputed`` and ``assigned`` (sold).

    Examples
    --------
    >>> invoices = pd.DataFrame({
    ...     "client_id": ["C1", "C1"], "invoice_id": ["T1", "T2"], "issue_date": ["2025-01-02", "2025-02-03"],
    ...     "due_date": ["2025-02-03", "2025-03-05"], "amount": [1200.0, 900.0], "paid_date": ["2025-02-10", None]})
    >>> told = client_titles(Ledger(invoices), "C1", "2025-03-31")
    >>> told[["invoice_id", "status", "days_late", "open_amount"]].values.tolist()
    [['T1', 'settled', 7, 0.0], ['T2', 'open', 26, 900.0]]
    """
    day = to_date(as_of, "as_of")
    books = ledger.books
    states = states_at(books, day_number(day))
    v, number = books.versions, books.client_numbers([client_id])[0]
    at = np.flatnonzero((states.status != INVISIBLE) & (states.owner == number) & (number >= 0))
    status = states.status[at]
    closed = np.where(status == OPEN, np.datetime64("NaT", "s"), _days(np.where(status == OPEN, 0, states.closed[at])))
    frame = pd.DataFrame(
        {
            "invoice_id": books.invoice_ids.take(pa.array(v.invoice[at])).to_pandas(),
            "issue_date": _days(v.issue[at]),
            "due_date": _days(v.due[at]),
            "amount": np.where(v.cents[at] < 0, np.nan, v.cents[at] / 100),
            "status": np.where(status == OPEN, "open", np.where(status == SETTLED, "settled", "closed")),
            "closed_on": closed,
            "days_late": states.late[at],
            "open_amount": states.left[at] / 100,
        }
    )
    titles = open_titles(books, states, ledger.known_at(day).tables["invoices"])[0]
    for name in ("disputed", "assigned"):
        frame[name] = frame["invoice_id"].isin(titles.loc[titles[name], "invoice_id"])
    return frame


def _days(days: Any) -> Any:
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[s]")
