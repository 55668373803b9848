"""When a client may next be contacted: the first allowed hours from `lead_days` after as_of on, local wall time.

The facts are those of the end of as_of, when that day's own hours are over; hence `lead_days` is normally 1. Weekdays
are open where the policy gives hours and the calendar says business day, national and of the client's state.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import UFS, Calendar, day_number
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.sections import Week

__all__ = ["ContactTimes", "contact_times", "week_of"]

FURTHEST_DAYS = 60  # no calendar of Brazil shuts so long; a policy that leaves no hour open ends here

Moments = npt.NDArray[np.datetime64]


class ContactTimes(NamedTuple):
    """By case: begin and end of the next allowed hours, and days from as_of to then; NaT and NaN without any."""

    begin: Moments
    end: Moments
    days: npt.NDArray[np.float64]


def contact_times(rules: PolicyInForce, uf: pd.Series | None, calendar: Calendar, n: int) -> ContactTimes:
    """The next allowed hours of ``n`` cases, by their state; without one the default hours and national holidays."""
    codes = np.full(n, -1, np.int64) if uf is None else pd.Index(UFS).get_indexer(pd.Index(uf))
    begin, end = np.full(28, "NaT", "datetime64[s]"), np.full(28, "NaT", "datetime64[s]")
    days = np.full(28, np.nan)
    for code in np.unique(codes):
        found = _next_hours(rules, int(code), calendar)
        if found is not None:
            begin[code + 1], end[code + 1] = found
            days[code + 1] = (found[0].date() - rules.day).days
    return ContactTimes(begin[codes + 1], end[codes + 1], days[codes + 1])


def week_of(rules: PolicyInForce, uf: str | None) -> Week:
    """The hours that hold for a state: its own with ``by_uf``, else what all listed weeks have in common."""
    if rules.use_windows == "by_uf":
        return rules.weeks.get(uf or "", rules.default_week)
    weeks = [rules.default_week, *rules.weeks.values()]
    common: dict[str, tuple[dt.time, dt.time] | None] = {}
    for name in ("mon_fri", "sat", "sun"):
        hours = [getattr(week, name) for week in weeks]
        shut = any(h is None for h in hours) or max(h[0] for h in hours) >= min(h[1] for h in hours)
        common[name] = None if shut else (max(h[0] for h in hours), min(h[1] for h in hours))
    return Week.model_validate(common)


def _next_hours(rules: PolicyInForce, code: int, calendar: Calendar) -> tuple[dt.datetime, dt.datetime] | None:
    week = week_of(rules, UFS[code] if code >= 0 else None)
    first = day_number(rules.day) + rules.lead_days
    days = np.arange(first, first + FURTHEST_DAYS, dtype=np.int32)
    holiday = _holidays(days, code, calendar)
    for day, shut in zip(days, holiday, strict=True):
        date = dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
        hours = (week.mon_fri, week.mon_fri, week.mon_fri, week.mon_fri, week.mon_fri, week.sat, week.sun)[
            date.weekday()
        ]
        if hours is not None and not shut:
            return dt.datetime.combine(date, hours[0]), dt.datetime.combine(date, hours[1])
    return None


def _holidays(days: npt.NDArray[np.int32], code: int, calendar: Calendar) -> npt.NDArray[np.bool_]:
    """Which days are holidays. The calendar knows business days; a weekend is shut where a holiday falls on it."""
    if calendar.name == "none":
        return np.zeros(len(days), bool)
    shut = ~calendar.is_business_day(days, np.full(len(days), code, np.int8))
    weekend = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    on_weekends = np.isin(days, list(_weekend_holidays(days, code, calendar)))
    return np.where(weekend, on_weekends, shut)


def _weekend_holidays(days: npt.NDArray[np.int32], code: int, calendar: Calendar) -> set[int]:
    from holidays import country_holidays

    uf = UFS[code] if code >= 0 else None
    dates = days.astype("datetime64[D]").astype(object)
    public = country_holidays("BR", subdiv=uf, years={d.year for d in dates})
    own = {day for day, where in calendar.municipal if where is None or where == uf}
    return {day_number(d) for d in dates if d in public or d in own}
