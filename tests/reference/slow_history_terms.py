"""The families cures, postponed and rhythm from their definitions: how invoices end, move, and return."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterable
from itertools import pairwise

from reference.slow_features import State, cancellation, mean, ratio
from reference.slow_history_day import YEAR, Day, cents, days_late_of, largest, late_of, settled_by_payment, std


# ── cures ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def cures(day: Day) -> dict[str, float]:
    late = late_of(day.due_within(YEAR))
    settled = [s for s in late if settled_by_payment(s)]
    renegotiated, written_off = closed_for(day, "renegotiated"), closed_for(day, "written_off")
    never = [s for s in day.matured if s.status == "open" and s.days_late >= 30 and s.paid == 0]
    return {
        "late_settled_share_365d": ratio(len(settled), len(late)),
        "late_settled_days_mean_365d": mean(days_late_of(settled)),
        "cured_share_30_365d": share_that_is("settled", day.due_within(YEAR), 30),
        **{f"cured_share_{k}_all": share_that_is("settled", day.matured, k) for k in (30, 60, 90)},
        "open_late_30_share_all": share_that_is("open", day.matured, 30),
        **_closed(day, renegotiated, "renegotiated"),
        **_closed(day, written_off, "written_off"),
        "days_since_renegotiated": day.t - largest([s.ended for s in renegotiated]),
        "days_since_written_off": day.t - largest([s.ended for s in written_off]),
        "written_off_loss_all": sum(max(0, (s.amount or 0) - s.paid) for s in written_off) / 100,
        "never_paid_count_all": len(never),
        "never_paid_share_all": ratio(len(never), len(day.matured)),
    }


def share_that_is(status: str, states: list[State], days: int) -> float:
    """Of those late by ``days`` or more, the share of that status."""
    return mean([s.status == status for s in states if s.days_late >= days])


def closed_for(day: Day, reason: str) -> list[State]:
    """Every invoice, due or not, that was closed for that reason."""
    closed = [s for s in day.there if s.status == "closed"]
    return [s for s in closed if (cancellation(s.invoice, day.t) or (0, ""))[1] == reason]


def _closed(day: Day, closed: list[State], name: str) -> dict[str, float]:
    year = [s for s in closed if day.within(s.ended, YEAR)]
    return {
        f"{name}_count_365d": len(year),
        f"{name}_count_all": len(closed),
        f"{name}_amount_365d": cents(year) / 100,
        f"{name}_amount_all": cents(closed) / 100,
    }


# ── postponed ────────────────────────────────────────────────────────────────────────────────────────────────────────
def moved(s: State) -> int:
    """Days by which the due date lies after the one first told."""
    return s.due - s.invoice.versions[0].due


def original_days_late(day: Day, s: State) -> int:
    """The days late as if the first due date still held; the clock stops when it stops for the present one."""
    first, known = s.invoice.versions[0].due, s.invoice.versions[0].known
    end = day.t if s.ended is None else s.ended
    adjusted = day.book.adjusted(first, day.client, known, s.invoice.uf)
    if end > adjusted:
        return end - adjusted
    return end - first if end < first else 0


def postponed(day: Day) -> dict[str, float]:
    year = day.due_within(YEAR)
    open_ = [s for s in day.there if s.status == "open"]
    open_moved = [s for s in open_ if moved(s) > 0]
    days_moved = [moved(s) for s in year if moved(s) > 0]
    original = mean([original_days_late(day, s) for s in year])
    first_amounts = [(s.invoice.versions[0].amount, s.amount) for s in year]
    cuts = [a - b for a, b in first_amounts if a is not None and b is not None and a > b]
    return {
        "postponed_count_365d": len(days_moved),
        "postponed_count_all": sum(moved(s) > 0 for s in day.matured),
        "postponed_share_365d": ratio(len(days_moved), len(year)),
        "postponed_days_mean_365d": mean(days_moved),
        "open_postponed_count": len(open_moved),
        "open_postponed_amount": sum(s.outstanding for s in open_moved) / 100,
        "dpd_original_max": max((max(0, original_days_late(day, s)) for s in open_), default=0),
        "days_late_original_mean_365d": original,
        "days_late_hidden_mean_365d": original - mean(days_late_of(year)),
        "reduced_count_365d": len(cuts),
        "reduced_amount_365d": sum(cuts) / 100,
    }


# ── rhythm ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def date_of(day: int) -> dt.date:
    return dt.date.fromordinal(day)


def month_of(day: int) -> tuple[int, int]:
    return date_of(day).year, date_of(day).month


def days_to_month_end(day: int) -> int:
    return calendar.monthrange(*month_of(day))[1] - date_of(day).day


def rhythm(day: Day) -> dict[str, float]:
    return _terms(day) | _seasons(day) | _issues(day) | _payments(day) | _settling(day)


def _terms(day: Day) -> dict[str, float]:
    year = day.due_within(YEAR)
    term = mean([s.due - s.invoice.issue for s in year])
    last = day.matured[-1].due - day.matured[-1].invoice.issue if day.matured else math.nan
    at_month_end = [s for s in year if days_to_month_end(s.due) < 3]
    at_week_end = [s for s in year if date_of(s.due).weekday() >= 4]
    return {
        "term_mean_365d": term,
        "term_last": last,
        "term_last_to_mean_365d": last - term,
        "due_month_end_share_365d": ratio(len(at_month_end), len(year)),
        "late_share_month_end_365d": ratio(len(late_of(at_month_end)), len(at_month_end)),
        "late_share_week_end_365d": ratio(len(late_of(at_week_end)), len(at_week_end)),
    }


def _seasons(day: Day) -> dict[str, float]:
    year, month = month_of(day.t)
    then = cents([s for s in day.there if month_of(s.invoice.issue) == (year - 1, month)])
    twelve = cents([s for s in day.there if (year - 1, month) <= month_of(s.invoice.issue) < (year, month)])
    return {
        "issued_amount_same_month_last_year": then / 100,
        "season_ratio_12m": ratio(12 * then, twelve),
        "as_of_month": month,
        "as_of_month_day": date_of(day.t).day,
        "as_of_days_to_month_end": days_to_month_end(day.t),
    }


def gaps(day: Day, days: Iterable[int]) -> list[int]:
    """The days between one different day and the next, the later of which lies within the year."""
    return [b - a for a, b in pairwise(sorted(set(days))) if day.within(b, YEAR)]


def _issues(day: Day) -> dict[str, float]:
    issued = [s.invoice.issue for s in day.there]
    between = gaps(day, issued)
    return {
        "issue_gap_max_365d": largest(between),
        "issue_gap_std_365d": std(between),
        "issue_gap_now_ratio": ratio(day.t - largest(issued), mean(between)),
        "active_months_365d": len({month_of(d) for d in issued if day.within(d, YEAR)}),
    }


def _payments(day: Day) -> dict[str, float]:
    paid = [p.day for s in day.there for p in s.payments if p.kind == "payment"]
    between = gaps(day, paid)
    return {
        "payment_gap_mean_365d": mean(between),
        "payment_gap_max_365d": largest(between),
        "payment_gap_std_365d": std(between),
        "payment_gap_now_ratio": ratio(day.t - largest(paid), mean(between)),
    }


def _settling(day: Day) -> dict[str, float]:
    settled = [s.ended for s in day.there if settled_by_payment(s) and day.within(s.ended, YEAR)]
    month_ended = [s for s in day.due_within(YEAR) if s.due + days_to_month_end(s.due) <= day.t]
    after = [s for s in month_ended if s.ended is None or s.ended > s.due + days_to_month_end(s.due)]
    return {
        "paid_month_day_mean_365d": mean([date_of(d).day for d in settled]),
        "paid_after_month_end_share_365d": ratio(len(after), len(month_ended)),
    }
