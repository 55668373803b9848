"""Vintages: of the invoices of a month, how many ever reached so many days past due, by the months since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.courses import courses_of
from inadimplencia_ml.portfolio.looked_back import look_back, month_of, month_start, whole_numbers

__all__ = ["vintages"]


def vintages(
    ledger: Ledger,
    as_of: dt.date | str | None = None,
    *,
    dpd: int | Sequence[int] = (15, 30, 60, 90),
    since: Literal["issue", "due"] = "issue",
    months: int = 24,
) -> pd.DataFrame:
    """Invoices by month of issue (or of their first due date), and what share of them ever reached ``dpd``.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, optional
        Nothing known later is used; by default, and at the latest, the ledger's known_until.
    dpd : int or sequence of int
        Days past due, at least 1. An invoice renegotiated or written off while overdue has reached all.
    since : {"issue", "due"}
        Which month an invoice belongs to.
    months : int
        Months followed, at most.

    Returns
    -------
    DataFrame
        One row a ``vintage`` (first day of the month), ``dpd`` and ``month`` (0: by the end of the same calendar
        month): ``invoices``, ``amount``; ``bad_invoices``, ``bad_amount`` (outstanding when the dpd was reached, at
        most the amount as last known) up to then, ``bad_share``, ``bad_amount_share``. These four are null where the
        month, or the booking of its payments, is not over. Void invoices are left out, and such as are not observed to
        their end. For a triangle:
        ``table[table.dpd == 30].pivot(index="vintage", columns="month", values="bad_share")``.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1", "C2"], "invoice_id": ["T1", "T2"], "amount": [100.0, 60.0],
    ...     "issue_date": ["2025-01-02", "2025-01-02"], "due_date": ["2025-01-20", "2025-01-20"],
    ...     "paid_date": ["2025-02-10", None]}), known_until="2025-03-31")
    >>> vintages(ledger, dpd=30)[["month", "bad_share", "bad_amount_share"]].to_numpy().tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.5, 0.375], [2.0, 0.5, 0.375]]
    """
    if since not in ("issue", "due"):
        raise CallError(f"since={since!r} is unknown.{did_you_mean(since, ('issue', 'due'))}")
    dpds, most = whole_numbers(dpd, "dpd"), whole_numbers(months, "months", least=0)[0]
    back = look_back(ledger, as_of)
    courses = courses_of(back.known.books, back.day, dpds)
    cohort = month_of(courses.issue if since == "issue" else courses.due_adj)
    use = courses.counted & (cohort <= back.last_month)
    cohort = cohort[use]
    first = int(cohort.min(initial=back.last_month + 1))
    rows, columns = back.last_month - first + 1, min(most, back.last_month - first) + 1
    count = np.bincount(cohort - first, minlength=rows)
    cents = np.zeros(rows, np.int64)
    np.add.at(cents, cohort - first, courses.cents[use])
    seen = np.add.outer(np.arange(rows), np.arange(columns)) < rows
    month = np.broadcast_to(np.arange(columns), seen.shape)
    parts = []
    for k, days in enumerate(dpds):
        bad, lost = np.zeros((2, rows, columns), np.int64)
        reached, left = courses.reached[use, k], np.minimum(courses.left[use, k], courses.cents[use])
        age = np.maximum(month_of(reached) - cohort, 0)
        at = np.flatnonzero((reached != NEVER) & (age < columns))
        np.add.at(bad, (cohort[at] - first, age[at]), 1)
        np.add.at(lost, (cohort[at] - first, age[at]), left[at])
        part = {"vintage": np.repeat(np.arange(rows), columns) + first, "dpd": days, "month": month.ravel()}
        part |= {"invoices": np.repeat(count, columns), "amount": np.repeat(cents / 100, columns)}
        part |= {"bad_invoices": np.where(seen, bad.cumsum(axis=1), np.nan).ravel()}
        part |= {"bad_amount": np.where(seen, lost.cumsum(axis=1) / 100, np.nan).ravel()}
        parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["invoices"] > 0].reset_index(drop=True)
    table["vintage"] = month_start(table["vintage"].to_numpy())
    table["bad_share"] = table["bad_invoices"] / table["invoices"].where(table["invoices"] > 0)
    table["bad_amount_share"] = table["bad_amount"] / table["amount"].where(table["amount"] > 0)
    return table
