"""From how many days past due on more stays unpaid than comes back: the point of no return."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.portfolio.courses import RENEGOTIATED, courses_of, paid_within
from inadimplencia_ml.portfolio.looked_back import LookedBack

__all__ = ["no_return_table", "point_of_no_return"]


def no_return_table(back: LookedBack, dpds: Sequence[int], follow_days: int) -> pd.DataFrame:
    """One row a threshold: of what reached it, how much was paid, renegotiated, written off or still open later.

    Only invoices that have been past the threshold for ``follow_days`` days, all booked, are counted; those closed
    before they reached it are not. Amounts are what was outstanding when it was reached; a part payment counts as far
    as it goes.
    """
    books = back.known.books
    courses = courses_of(books, back.day, dpds)
    rows = []
    for k, dpd in enumerate(dpds):
        day = courses.reached[:, k]
        known = (day != NEVER) & (day.astype(np.int64) + follow_days <= back.complete)
        at = np.flatnonzero(known & courses.counted & ~courses.by_closing[:, k])
        left, ended = courses.left[at, k], courses.ended[at] <= day[at].astype(np.int64) + follow_days
        paid = paid_within(books, back.day, at, day[at], left, follow_days)
        closed = courses.closed[at]
        cured = ended & (closed == 0)
        moved, lost = ended & (closed == RENEGOTIATED), ended & (closed > RENEGOTIATED)
        rest = left - paid
        counts = [int(group.sum()) for group in (cured, moved, lost, ~ended)]
        money = [int(paid.sum() + rest[cured].sum()), *(int(rest[group].sum()) for group in (moved, lost, ~ended))]
        rows.append([dpd, len(at), *counts, int(left.sum()) / 100, *(cents / 100 for cents in money)])
    ends = ("cured", "renegotiated", "written_off", "unpaid")
    table = pd.DataFrame(rows, columns=["dpd", "invoices", *ends, "amount", *(f"{e}_amount" for e in ends)])
    for end in ends:
        table[f"{end}_share"] = table[end] / table["invoices"].where(table["invoices"] > 0)
        table[f"{end}_amount_share"] = table[f"{end}_amount"] / table["amount"].where(table["amount"] > 0)
    return table


def point_of_no_return(table: pd.DataFrame, *, share: str = "cured_share", most: float = 0.5) -> int | None:
    """The lowest dpd from which on, at every higher one too, less than ``most`` comes back; None if there is none."""
    below = (table[share] < most).to_numpy()[::-1]  # an empty row is none
    filled = table[share].notna().to_numpy()[::-1]
    dpd = table["dpd"].to_numpy()[::-1]
    found = None
    for under, some, value in zip(below, filled, dpd, strict=True):
        if some and not under:
            break
        found = int(value) if some else found
    return found
