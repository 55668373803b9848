"""The days of the synthetic world: business days in a row, months, adjusted due dates.

Clients pay on business days alone, so waiting is counted in business days: position 0 is the first one of the world.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.calendar import UFS, Calendar, day_number

__all__ = ["NEVER", "Bools", "Days", "Floats", "Texts", "Workdays", "month_end", "month_start", "uf_codes"]

Days = npt.NDArray[np.int64]
"""Days since 1970-01-01, positions or cents."""
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

NEVER = 10**6
"""A day that does not come (the year 4707)."""

_SPARE_DAYS = 900  # instalments fall due, and late clients pay, after the book ends


@dataclass(frozen=True)
class Workdays:
    """The calendar from the month of ``start`` to some years after ``end``.

    >>> days = Workdays.between(dt.date(2025, 1, 1), dt.date(2025, 6, 30))
    >>> days.months
    6
    >>> saturday = np.array([day_number(dt.date(2025, 3, 1))])  # of Carnival
    >>> days.later(saturday, 0).astype("datetime64[D]").tolist()
    [datetime.date(2025, 3, 5)]
    """

    first: int
    start: int
    end: int
    months: int
    opens: Days
    position: Days
    first_month: int

    @classmethod
    def between(cls, start: dt.date, end: dt.date) -> Workdays:
        """The days of a book from ``start`` to ``end``."""
        first, last = day_number(start.replace(day=1)), day_number(end)
        every = np.arange(first, last + _SPARE_DAYS, dtype=np.int32)
        is_open = Calendar.of("BR").is_business_day(every)
        months = (end.year - start.year) * 12 + end.month - start.month + 1
        return cls(
            first=first,
            start=day_number(start),
            end=last,
            months=months,
            opens=every[is_open].astype(np.int64),
            position=np.cumsum(is_open).astype(np.int64) - 1,
            first_month=start.year * 12 + start.month - 1,
        )

    @property
    def month_ends(self) -> Days:
        """The month ends of the book, up to ``end``."""
        ends = month_end(np.arange(self.months) + self.first_month)
        return ends[ends <= self.end]

    def month_of(self, days: Days) -> Days:
        """Number of the month of each day, 0 for the month of ``start``."""
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12 - self.first_month

    def last_open(self, days: Days) -> Days:
        """Position of the last business day on or before each day; −1 before the first one."""
        return self.position[np.clip(days - self.first, 0, len(self.position) - 1)]

    def later(self, days: Days, count: Days | int) -> Days:
        """The business day ``count`` business days after the first one on or after each day."""
        at = self.last_open(days - 1) + 1 + count
        found: Days = self.opens[np.clip(at, 0, len(self.opens) - 1)]
        return found

    def adjusted(self, days: Days, uf: npt.NDArray[np.int8]) -> Days:
        """Due dates moved to the next business day of the client's state."""
        return Calendar.of("BR").adjust(days.astype(np.int32), uf).astype(np.int64)


def month_start(months: Days) -> Days:
    """First day of each month, months counted from year 0."""
    first: Days = (months - 1970 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first


def month_end(months: Days) -> Days:
    """Last day of each month, months counted from year 0."""
    return month_start(months + 1) - 1


def uf_codes(names: tuple[str, ...]) -> npt.NDArray[np.int8]:
    """Codes of the calendar for names of states."""
    return np.array([UFS.index(name) for name in names], np.int8)
