"""The snapshot's own invoice against the client's earlier ones, from the definitions: plain Python, one at a time.

Its own amount, due date and batch are those known at the end of as_of, the client's other invoices those known at the
end of t, which for the view at_issue is the day before.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd

from reference.slow_features import latest, mean, ratio, weighted

NAMES = (
    "earlier_count known_outcome_count known_outcome_late_count known_outcome_late_share known_outcome_days_late_mean "
    "known_outcome_days_late_ewm_60d known_outcome_days_late_ewm_90d known_outcome_late_5_count "
    "known_outcome_late_5_share days_since_late_5 similar_count similar_late_share similar_days_late_mean "
    "similar_term_late_share same_due_count same_due_amount amount_to_open amount_to_max "
    "invoice_due_days_to_month_end invoice_due_days_moved"
).split()
Features = dict[str, float]


def late_share(days_late: list[int], least: int = 1) -> float:
    return ratio(sum(d >= least for d in days_late), len(days_late))


def past_features(book: Any, client_id: Any, invoice_id: Any, as_of: int, t: int) -> Features:
    client = book.client(client_id)
    own = next((i for i in client.invoices if i.id == invoice_id), None)
    if own is None or own.versions[0].known > as_of:
        return dict.fromkeys(NAMES, math.nan)
    due, amount = latest(own, "due", as_of), latest(own, "amount", as_of)
    others = [s for s in book.there(client_id, t) if s.invoice is not own]
    earlier = [s for s in others if s.invoice.issue < own.issue]
    same_day = [s for s in book.states(client, as_of) if s.invoice.issue == own.issue and s.invoice is not own]
    fresh = [s for s in same_day if s.invoice.issue == as_of and not s.unobserved]
    fresh = [s for s in fresh if not (book.is_consumer(client, t) and s.due <= t - 1825)]
    alike = [s for s in (*fresh, *(s for s in others if s.invoice.issue != as_of)) if s.due == due]
    batch = (amount or 0) + sum(s.amount or 0 for s in same_day)
    base = sum(s.outstanding for s in others if s.invoice.issue != own.issue) + batch
    given = [s.amount for s in earlier if s.amount is not None]
    moved = book.adjusted(due, client, own.versions[0].known, own.uf)
    return outcome_features(earlier, t) | {
        **alike_features(earlier, amount, due - own.issue),
        "same_due_count": 1 + len(alike),
        "same_due_amount": ((amount or 0) + sum(s.amount or 0 for s in alike)) / 100,
        "amount_to_open": math.nan if amount is None else ratio(amount, base),
        "amount_to_max": math.nan if amount is None else ratio(amount, max(given, default=0)),
        "invoice_due_days_to_month_end": month_end(due) - due,
        "invoice_due_days_moved": moved - due,
    }


def month_end(day: int) -> int:
    return (pd.Timestamp(dt.date.fromordinal(day)) + pd.offsets.MonthEnd(0)).toordinal()


def has_outcome(s: Any) -> bool:
    return s.status != "open" or s.days_late > 0


def outcome_features(earlier: list[Any], t: int) -> Features:
    ended = [s for s in earlier if has_outcome(s)]
    days_late = [s.days_late for s in ended]
    days = [t if s.ended is None else s.ended for s in ended]
    late_5 = [s for s in ended if s.days_late >= 5]
    since = [t if s.ended is None else s.ended for s in late_5]
    return {
        "earlier_count": len(earlier),
        "known_outcome_count": len(ended),
        "known_outcome_late_count": sum(d > 0 for d in days_late),
        "known_outcome_late_share": late_share(days_late),
        "known_outcome_days_late_mean": mean(days_late),
        **{
            f"known_outcome_days_late_ewm_{h}d": weighted(days_late, [0.5 ** ((t - d) / h) for d in days])
            for h in (60, 90)
        },
        "known_outcome_late_5_count": len(late_5),
        "known_outcome_late_5_share": late_share(days_late, 5),
        "days_since_late_5": t - max(since, default=math.nan),
    }


def alike_features(earlier: list[Any], amount: int | None, term: int) -> Features:
    """Earlier invoices of nearly this amount, and of nearly this term."""
    near = [s for s in earlier if None not in (amount, s.amount) and 3 * amount <= 4 * s.amount <= 5 * amount]
    days_late = [s.days_late for s in near if has_outcome(s)]
    of_term = [s.days_late for s in earlier if abs(s.due - s.invoice.issue - term) <= 3 and has_outcome(s)]
    return {
        "similar_count": len(near),
        "similar_late_share": late_share(days_late),
        "similar_days_late_mean": mean(days_late),
        "similar_term_late_share": late_share(of_term),
    }
