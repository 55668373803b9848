"""What will be outstanding when an open invoice's client defaults: today's amount times a factor from the past."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.open_invoices import OpenInvoices, open_on, open_snapshots
from inadimplencia_ml.portfolio.client_months import client_months
from inadimplencia_ml.portfolio.courses import courses_of, next_reached
from inadimplencia_ml.portfolio.looked_back import LookedBack, look_back
from inadimplencia_ml.target import Target

__all__ = ["Factor", "OpenNow", "exposure_at_default", "factor_of", "open_now"]

MIN_CASES = 30
"""With fewer defaulted client-months the factor is 1: all that is open."""
_MONTHS = 12


class Factor(NamedTuple):
    """Amount that defaults over amount open before, of clients that default; and from how many client-months."""

    value: float
    cases: int


class OpenNow(NamedTuple):
    """Open invoices at a day, a row each, and where they stand in the books."""

    found: OpenInvoices
    table: pd.DataFrame  # client_id, as_of, invoice_id, outstanding, dpd, in_default, ead


def exposure_at_default(
    ledger: Ledger, as_of: dt.date | str | None = None, *, target: Target | None = None
) -> pd.DataFrame:
    """One row an invoice open at ``as_of``: what is outstanding, and what will be if its client defaults.

    Of clients that were bad within the target's horizon, the factor tells which part of what they had open at the month
    end reached the dpd within the horizon and dpd days more; what they paid meanwhile, or never let go so far, is not
    exposed. It is taken from the last twelve month ends for which this is known. Invoices in default are exposed with
    what is outstanding.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, optional
        By default the ledger's known_until.
    target : Target, optional
        Of level client; by default dpd 90 within 90 days.

    Returns
    -------
    DataFrame
        client_id, as_of, invoice_id, ``outstanding``, ``dpd``, ``in_default``, ``factor`` (1 where fewer than 30
        client-months tell it), ``ead``.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "amount": [100.0],
    ...     "issue_date": ["2025-01-02"], "due_date": ["2025-01-20"]}), known_until="2025-03-31")
    >>> exposure_at_default(ledger)[["outstanding", "dpd", "factor", "ead"]].to_numpy().tolist()
    [[100.0, 70.0, 1.0, 100.0]]
    """
    wanted = Target(dpd=90, horizon_days=90) if target is None else target
    back = look_back(ledger, as_of)
    factor = factor_of(back, wanted)
    day = back.as_of if as_of is None else to_date(as_of, "as_of")
    table = open_now(back, day_number(day), wanted, factor).table
    table.insert(len(table.columns) - 1, "factor", np.where(table["in_default"], 1.0, factor.value))
    return table


def open_now(back: LookedBack, day: int, target: Target, factor: Factor) -> OpenNow:
    """The open invoices of a day with their exposure."""
    found = open_on(back.known.books, [day])
    table = open_snapshots(back.known.books, found)
    table["outstanding"] = found.left / 100
    table["dpd"] = np.maximum(day - found.due_adj.astype(np.int64), 0)
    table["in_default"] = table["dpd"] >= target.dpd
    table["ead"] = table["outstanding"] * np.where(table["in_default"], 1.0, factor.value)
    return OpenNow(found, table)


def factor_of(back: LookedBack, target: Target) -> Factor:
    """The factor as the months before ``as_of`` tell it.

    Raises
    ------
    CallError
        The target is of level invoice.
    """
    if target.level != "client":
        raise CallError(f"target {target.name}: expected one of level client")
    books, dpd, ahead = back.known.books, target.dpd, target.horizon_days
    base = client_months(back, ahead + dpd, _MONTHS)
    found = base.found
    day = found.day.astype(np.int64)
    before = base.any(day - found.due_adj >= dpd)
    came = next_reached(books, back.day, found.invoice, found.day, dpd, ahead + dpd).astype(np.int64)
    bad = base.any(came <= day + ahead) & ~before
    reached = came <= day + ahead + dpd
    courses = courses_of(books, back.day, [dpd])
    first_time = courses.reached[found.invoice, 0] == came  # else it was there before a postponement
    at_default = np.where(first_time, np.minimum(courses.left[found.invoice, 0], found.left), found.left)
    own = bad[base.cell]
    whole, lost = int(found.left[own].sum()), int(at_default[own & reached].sum())
    cases = int(bad.sum())
    return Factor(lost / whole if cases >= MIN_CASES and whole else 1.0, cases)
