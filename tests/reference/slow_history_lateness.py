"""The families spread, latest and shock from their definitions: how late a client pays, how evenly, how lately."""

from __future__ import annotations

import math
from itertools import groupby, pairwise

from reference.slow_features import State, mean, ratio, slope, weighted
from reference.slow_history_day import EVER, YEAR, Day, cents, days_late_of, given, iqr, largest, late_of, quantile, std

SPREAD_WINDOWS = {"90d": 90, "365d": YEAR, "all": EVER}


# ── spread ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def spread(day: Day) -> dict[str, float]:
    by_window = {w: _spread(day.due_within(days)) for w, days in SPREAD_WINDOWS.items()}
    return {f"{name}_{w}": value for w, features in by_window.items() for name, value in features.items()}


def _spread(due: list[State]) -> dict[str, float]:
    days_late, amounts = days_late_of(due), given(due)
    late = [d for d in days_late if d > 0]
    late_median = quantile(late, 0.5)
    significant = [s for s in late_of(due) if s.amount is not None and 20 * s.amount > cents(due)]
    return {
        "days_late_median": quantile(days_late, 0.5),
        "days_late_iqr": iqr(days_late),
        "days_late_min": min(days_late, default=math.nan),
        "late_days_mean": mean(late),
        "late_days_median": late_median,
        "late_days_mad": quantile([abs(d - late_median) for d in late], 0.5),
        "on_time_days_mean": mean([d for d in days_late if d <= 0]),
        "late_7_count": sum(d >= 7 for d in days_late),
        "significant_late_count": len(significant),
        "significant_late_share": ratio(len(significant), len(due)),
        "amount_median": quantile(amounts, 0.5) / 100,
        "amount_iqr": iqr(amounts) / 100,
        "amount_cv": ratio(std(amounts), mean(amounts)),
        "amount_max_to_mean": ratio(largest(amounts), mean(amounts)),
        "late_amount_to_mean": ratio(mean(given(late_of(due))), mean(amounts)),
    }


# ── latest ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def latest(day: Day) -> dict[str, float]:
    return _last_and_first(day.matured) | _neighbours(day) | _trends(day) | _runs(day)


def _last_and_first(matured: list[State]) -> dict[str, float]:
    days_late = days_late_of(matured)
    out = {f"days_late_max_last_{k}": largest(days_late[-k:]) for k in (3, 6, 12)}
    out |= {f"late_share_last_{k}": mean([d > 0 for d in days_late[-k:]]) for k in (3, 6, 12)}
    newest = days_late[-4:][::-1]
    second = days_late[-2] if len(days_late) > 1 else math.nan
    last = days_late[-1] if days_late else math.nan
    return out | {
        "days_late_mean_last_12": mean(days_late[-12:]),
        "days_late_std_last_6": std(days_late[-6:]),
        "days_late_weighted_last_4": weighted(newest, [4, 3, 2, 1][: len(newest)]),
        "days_late_first": days_late[0] if days_late else math.nan,
        "days_late_mean_first_6": mean(days_late[:6]),
        "days_late_max_first_3": largest(days_late[:3]),
        "days_late_max_first_6": largest(days_late[:6]),
        "late_count_first_3": sum(d > 0 for d in days_late[:3]),
        "days_late_last_to_second": last - second,
        "days_late_last_to_mean_all": last - mean(days_late),
        "days_late_mean_last_3_to_all": mean(days_late[-3:]) - mean(days_late),
    }


def _neighbours(day: Day) -> dict[str, float]:
    """Of pairs of invoices that follow one another, the later of which fell due within the year."""
    pairs = [(a, b) for a, b in pairwise(day.matured) if b.due > day.t - YEAR]
    changes = [b.days_late - a.days_late for a, b in pairs]
    told = [(a.amount, b.amount) for a, b in pairs if a.amount is not None and b.amount is not None]
    return {
        "days_late_change_abs_mean_365d": mean([abs(c) for c in changes]),
        "days_late_change_max_365d": largest(changes),
        "days_late_rise_share_365d": mean([c > 0 for c in changes]),
        "amount_change_ratio_365d": ratio(mean([abs(b - a) for a, b in told]), mean([b for _, b in told])),
        "due_gap_mean_365d": mean([b.due - a.due for a, b in pairs]),
    }


def _trends(day: Day) -> dict[str, float]:
    year = day.due_within(YEAR)
    last = year[-1].amount if year else None
    twelve = days_late_of(day.matured[-12:])
    told = [(s.due, s.amount) for s in year if s.amount is not None]
    # dates count from t: the slope is the same, and small numbers lose fewer digits
    amount_slope = slope([((due - day.t) / 30, amount) for due, amount in told])
    days_late = days_late_of(day.matured)
    late = [d > 0 for d in days_late]

    def fading(values: list[int], half_life: int) -> float:
        return weighted(values, [0.5 ** ((day.t - s.due) / half_life) for s in day.matured])

    return {
        "amount_last_to_mean_365d": math.nan if last is None else ratio(last, mean(given(year))),
        "days_late_slope_last_12": slope(list(enumerate(twelve))) if len(twelve) > 2 else math.nan,
        "amount_slope_365d": ratio(amount_slope, mean(given(year))),
        **{f"days_late_ewm_{h}d": fading(days_late, h) for h in (30, 60, 180)},
        **{f"late_ewm_{h}d": fading(late, h) for h in (60, 180)},
    }


def runs(states: list[State], late: bool) -> list[int]:
    """The lengths of the unbroken runs of late invoices, or of others."""
    return [len(list(run)) for key, run in groupby(states, key=lambda s: s.days_late > 0) if key == late]


def _runs(day: Day) -> dict[str, float]:
    late = runs(day.due_within(YEAR), late=True)
    return {
        "late_streak_max_365d": max(late, default=0),
        "on_time_streak_max_all": max(runs(day.matured, late=False), default=0),
        "late_run_count_365d": len(late),
    }


# ── shock ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def shock(day: Day) -> dict[str, float]:
    before = days_late_of([s for s in day.matured if s.due <= day.t - 90])
    recent = days_late_of(day.due_within(90))
    share_before, share_recent = mean([d > 0 for d in before]), mean([d > 0 for d in recent])
    late = late_of(day.matured)
    return {
        "late_share_before_90d": share_before,
        "days_late_mean_before_90d": mean(before),
        "late_share_shift_90d": share_recent - share_before,
        "days_late_mean_shift_90d": mean(recent) - mean(before),
        "good_history_recent_shock": _fell_from_grace(before, recent),
        "days_since_first_late": day.t - late[0].due if late else math.nan,
    }


def _fell_from_grace(before: list[int], recent: list[int]) -> float:
    if len(before) < 6:
        return math.nan
    was_good = 10 * sum(d <= 5 for d in before) >= 9 * len(before)
    half_late = len(recent) >= 2 and 2 * sum(d > 0 for d in recent) >= len(recent)
    return float(was_good and (half_late or any(d >= 15 for d in recent)))
