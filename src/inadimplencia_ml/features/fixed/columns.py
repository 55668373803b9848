"""The names of the fixed columns, in their order."""

from __future__ import annotations

__all__ = ["AGES", "NOW", "PER_WINDOW", "WINDOWS", "always_there", "fixed_names"]

WINDOWS: tuple[str, ...] = ("30d", "90d", "180d", "365d", "all")
AGES: tuple[int, ...] = (30, 90, 180, 365)
"""Days in each window but the last one, which has no end."""
PER_WINDOW: tuple[str, ...] = tuple(
    (
        "due_count due_amount late_count late_amount late_share late_amount_share late_15_count late_30_count "
        "late_60_count late_90_count days_late_mean days_late_max days_late_std days_late_weighted early_share "
        "paid_amount issued_count issued_amount"
    ).split()
)
NOW: tuple[str, ...] = tuple(
    (
        "open_count open_amount overdue_count overdue_amount overdue_share dpd_max dpd_weighted overdue_1_30_amount "
        "overdue_31_60_amount overdue_61_90_amount overdue_91_plus_amount not_due_amount due_next_30d_amount "
        "days_since_issue days_since_payment days_since_late tenure_days on_time_streak late_streak days_late_last "
        "days_late_mean_last_3 days_late_mean_last_6 days_late_mean_first_3 days_late_ewm_90d days_late_slope_365d "
        "late_share_ratio_90d_365d worst_dpd_3m worst_dpd_6m worst_dpd_12m roll_up_count_12m partial_count_all "
        "payment_ratio_365d days_between_issues_mean ticket_mean_365d ticket_ratio_90d_365d"
    ).split()
)


def fixed_names() -> list[str]:
    """Names of the kernel's columns, in their order."""
    return [f"{name}_{window}" for window in WINDOWS for name in PER_WINDOW] + list(NOW)


_OF_NOTHING_NOTHING = frozenset(  # what a client without data has none of: it is not 0, it is missing
    "late_share late_amount_share days_late_mean days_late_max days_late_std days_late_weighted early_share "
    "overdue_share dpd_weighted days_since_issue days_since_payment days_since_late tenure_days days_late_last "
    "days_late_mean_last_3 days_late_mean_last_6 days_late_mean_first_3 days_late_ewm_90d days_late_slope_365d "
    "late_share_ratio_90d_365d payment_ratio_365d days_between_issues_mean ticket_mean_365d "
    "ticket_ratio_90d_365d".split()
)


def always_there() -> frozenset[str]:
    """Names of the kernel's columns that are a number for every client: counts, amounts, streaks, worst delays."""
    missing = {f"{name}_{window}" for window in WINDOWS for name in PER_WINDOW if name in _OF_NOTHING_NOTHING}
    return frozenset(fixed_names()) - missing - _OF_NOTHING_NOTHING
