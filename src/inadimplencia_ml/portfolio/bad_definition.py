"""Which dpd and horizon make a good target: how many bads each pair has, and whether they are bad for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.client_months import ClientMonths, client_months
from inadimplencia_ml.portfolio.courses import Courses, courses_of, next_reached
from inadimplencia_ml.portfolio.definition_text import Choice, recommendation
from inadimplencia_ml.portfolio.looked_back import LookedBack, look_back, month_start, whole_numbers
from inadimplencia_ml.target import Target

__all__ = ["BadDefinition", "bad_definition"]

I64 = npt.NDArray[np.int64]

_BY_MONTH = ["dpd", "horizon_days", "month", "clients", "bads", "bad_rate"]
CURE_DAYS = 90
"""Days after it reached the dpd in which an invoice that is settled has cured by itself."""


@dataclass(frozen=True)
class BadDefinition:
    """What each pair of dpd and horizon would mean as a target, and which one is recommended.

    Attributes
    ----------
    table : DataFrame
        One row a pair: ``dpd``, ``horizon_days``; ``clients`` (client-months with something that could reach it),
        ``bads``, ``bad_rate``; ``found_share`` (bads within the horizon, of those within the longest);
        ``bad_invoices`` that brought them and have been followed for 90 days, ``cured_share`` and
        ``cured_amount_share`` of them that were settled in these days; ``months``, and over them ``rate_low``,
        ``rate_high`` and ``rate_spread`` (standard deviation over mean). NaN where there is nothing to divide by.
    by_month : DataFrame
        The same pairs by ``month``: ``clients``, ``bads``, ``bad_rate``.
    choice : Choice
        ``dpd`` and ``horizon_days``, None where nothing is recommended, and why.
    """

    table: pd.DataFrame
    by_month: pd.DataFrame
    choice: Choice

    @property
    def target(self) -> Target | None:
        """The recommended target; None where the data is too little."""
        if self.choice.dpd is None or self.choice.horizon_days is None:
            return None
        return Target(dpd=self.choice.dpd, horizon_days=self.choice.horizon_days)

    def text(self, lang: Literal["pt", "en"] = "pt") -> str:
        """The recommendation and its reasons in words."""
        return recommendation(self.choice, lang)


def bad_definition(
    ledger: Ledger,
    as_of: dt.date | str | None = None,
    *,
    dpds: Sequence[int] = (15, 30, 60, 90),
    horizons: Sequence[int] = (30, 60, 90, 180),
    months: int = 12,
    min_bads: int = 100,
    min_months: int = 6,
    most_cured: float = 0.5,
    least_found: float = 0.9,
) -> BadDefinition:
    """Compares definitions of bad on the same clients and months, and recommends one with its reasons.

    Parameters
    ----------
    ledger : Ledger
    as_of : date, optional
        Nothing known later is used; by default, and at the latest, the ledger's known_until.
    dpds, horizons : sequence of int
        Days past due and days ahead to compare.
    months : int
        Month ends looked from: the last ones for which the longest horizon is over.
    min_bads, min_months : int
        With fewer nothing is recommended.
    most_cured : float
        A dpd is past the point of no return when at most this share of its invoices is settled within 90 days.
    least_found : float
        A horizon is long enough when it finds this share of the bads of the longest.

    Returns
    -------
    BadDefinition
        The lowest dpd past the point of no return, with the shortest horizon that is long enough. Bad is what it is for
        `Target`: something open at the month end reaches the dpd, or is closed overdue; who was there already is left
        out.

    Examples
    --------
    >>> ledger = Ledger(pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "amount": [100.0],
    ...     "issue_date": ["2025-01-02"], "due_date": ["2025-01-20"]}), known_until="2025-12-31")
    >>> found = bad_definition(ledger, dpds=(30, 60), horizons=(30, 60))
    >>> found.target is None, found.table["bads"].tolist()
    (True, [1, 1, 1, 2])
    """
    days, ahead = whole_numbers(dpds, "dpds"), whole_numbers(horizons, "horizons")
    back = look_back(ledger, as_of)
    base = client_months(back, ahead[-1], whole_numbers(months, "months")[0])
    courses = courses_of(back.known.books, back.day, days)
    lines, monthly = [], []
    for k, dpd in enumerate(days):
        own, by_month = _of_dpd(back, base, courses, k, dpd, ahead)
        lines += own
        monthly += by_month
    table, by_month_table = pd.DataFrame(lines), pd.DataFrame(monthly, columns=_BY_MONTH)
    by_month_table["month"] = month_start(by_month_table["month"].to_numpy(np.int64))
    choice = Choice.of(table, min_bads=min_bads, min_months=min_months, most_cured=most_cured, least_found=least_found)
    return BadDefinition(table, by_month_table, choice)


def _of_dpd(
    back: LookedBack, base: ClientMonths, courses: Courses, k: int, dpd: int, ahead: list[int]
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """The rows of one dpd, a horizon each; and the same by month."""
    found = base.found
    reached, left = courses.reached[:, k].astype(np.int64), courses.left[:, k]
    cures = (courses.closed == 0) & (courses.ended.astype(np.int64) <= reached + CURE_DAYS)
    day, due = found.day.astype(np.int64), found.due_adj.astype(np.int64)
    before = base.any(day - due >= dpd)
    came = next_reached(back.known.books, back.day, found.invoice, found.day, dpd, ahead[-1]).astype(np.int64)
    all_bads = int((base.any(came != NEVER) & ~before).sum())
    lines, monthly = [], []
    for horizon in ahead:
        brings = came <= day + horizon
        bad = base.any(brings) & ~before
        exposed = bad | (base.any(due + dpd <= day + horizon) & ~before)
        own = np.unique(found.invoice[brings & bad[base.cell]])
        own = own[reached[own] + CURE_DAYS <= back.complete]
        cured = cures[own]
        months, where = np.unique(base.month[exposed], return_inverse=True)
        n, b = np.bincount(where, minlength=len(months)), np.bincount(where, bad[exposed], minlength=len(months))
        rate = b / np.maximum(n, 1)
        pair = {"dpd": dpd, "horizon_days": horizon}
        lines.append(
            pair
            | {"clients": int(n.sum()), "bads": int(b.sum()), "bad_rate": _share(b.sum(), n.sum())}
            | {"found_share": _share(b.sum(), all_bads), "bad_invoices": len(own)}
            | {"cured_share": _share(cured.sum(), len(own))}
            | {"cured_amount_share": _share(left[own][cured].sum(), left[own].sum()), "months": len(months)}
            | {"rate_low": rate.min(initial=1.0) if len(rate) else np.nan}
            | {"rate_high": rate.max(initial=0.0) if len(rate) else np.nan}
            | {"rate_spread": _share(rate.std(), rate.mean()) if len(rate) else np.nan}
        )
        stacked = zip(months.tolist(), n.tolist(), b.tolist(), rate.tolist(), strict=True)
        monthly += [pair | {"month": m, "clients": c, "bads": int(d), "bad_rate": r} for m, c, d, r in stacked]
    return lines, monthly


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")
