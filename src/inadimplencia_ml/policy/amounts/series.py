"""Series of rates and indices as they are looked up: the legal rate day by day, an index at a date.

The legal rate (Res. CMN 5.171/2024) is a rate of each month, simple, and pro rata by the days of that month: rates of
several months are added. An index is looked up at the last date not after the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.amounts.cents import ONE, in_rate
from inadimplencia_ml.policy.amounts.rules import Series

__all__ = ["Index", "LegalRate", "Rates"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

A_DAY = 377_580
"""Parts of a month's rate: the least number that 28, 29, 30 and 31 days divide, so that pro rata is exact."""


@dataclass(frozen=True)
class Rates:
    """The series given: dates (days since 1970, ascending) and values by name."""

    by_name: dict[str, tuple[I64, Numbers]]

    @classmethod
    def of(cls, given: Any) -> Rates:
        """Series from a table with date, series and value, or from a mapping of names to values by date.

        >>> Rates.of({"taxa_legal": {"2024-09-01": 0.5, "2024-10-01": 0.6}}).by_name["taxa_legal"][1]
        array([0.5, 0.6])
        """
        if given is None:
            return cls({})
        if isinstance(given, Rates):
            return given
        if isinstance(given, Mapping):
            return cls({str(name): _sorted(name, pd.Series(dict(values))) for name, values in given.items()})
        for column in ("date", "series", "value"):
            if column not in given.columns:
                raise CallError(f"rates: column {column!r} is missing.{did_you_mean(column, map(str, given.columns))}")
        return cls({str(n): _sorted(n, rows.set_index("date")["value"]) for n, rows in given.groupby("series")})


def _sorted(name: object, values: pd.Series) -> tuple[I64, Numbers]:
    days = pd.to_datetime(pd.Index(values.index)).to_numpy("datetime64[D]").astype(np.int64)
    numbers = values.to_numpy(dtype=np.float64)
    order = np.argsort(days, kind="stable")
    days, numbers = days[order], numbers[order]
    if np.isnan(numbers).any() or len(np.unique(days)) < len(days):
        raise CallError(f"rates: series {name!r} has a date twice, or a value that is missing.")
    return days, numbers


@dataclass(frozen=True)
class LegalRate:
    """The legal rate by day: what has accrued up to each day, and how many days are not covered."""

    first: int
    accrued: I64  # in 1e-8 / A_DAY
    holes: I64

    @classmethod
    def of(cls, rule: Series | None, rates: Rates) -> LegalRate | None:
        """The rate of the policy's series; None where the series is not given.

        A row holds from its date to the end of that month; below zero it is zero (CC art. 406 § 3).
        """
        if rule is None or rule.series not in rates.by_name or not len(rates.by_name[rule.series][0]):
            return None
        days, values = rates.by_name[rule.series]
        monthly = in_rate(np.maximum(values, 0) / (100 if rule.gives == "percent" else 1))
        begins = days.astype("datetime64[D]").astype("datetime64[M]")
        starts = begins.astype("datetime64[D]").astype(np.int64)
        ends = (begins + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
        first, last = int(days[0]), int(ends[-1])
        by_day, covered = np.zeros(last - first + 1, np.int64), np.zeros(last - first + 1, np.int64)
        for day, start, end, rate in zip(days, starts, ends, monthly, strict=True):  # one a month
            by_day[day - first + 1 : end - first + 1] = rate * (A_DAY // int(end - start))
            covered[day - first + 1 : end - first + 1] = 1
        covered[0] = 1
        return cls(first - 1, np.cumsum(by_day), np.cumsum(1 - covered))

    def between(self, start: I64, end: I64) -> tuple[I64, Flags]:
        """The rate (1e-8) of the days after ``start`` up to ``end``, and where the series covers all of them."""
        known = (start >= self.first) & (end < self.first + len(self.accrued))
        at = np.clip(start - self.first, 0, len(self.accrued) - 1), np.clip(end - self.first, 0, len(self.accrued) - 1)
        known &= self.holes[at[1]] == self.holes[at[0]]
        grown = np.maximum(self.accrued[at[1]] - self.accrued[at[0]], 0)
        return (2 * grown + A_DAY) // (2 * A_DAY), known | (end <= start)

    def month_rate(self, day: I64) -> I64:
        """The rate (1e-8) of the month in which each day lies; 0 where it is not covered."""
        months = day.astype("datetime64[D]").astype("datetime64[M]")
        start = months.astype("datetime64[D]").astype(np.int64) - 1
        end = (months + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - 1
        rate, known = self.between(start, end)
        return np.where(known, rate, 0)


@dataclass(frozen=True)
class Index:
    """The level of an index by date."""

    days: I64
    levels: Numbers

    @classmethod
    def of(cls, rule: Series, rates: Rates) -> Index | None:
        """The index of the policy's series; None where the series is not given."""
        if rule.series not in rates.by_name:
            return None
        days, values = rates.by_name[rule.series]
        levels = values if rule.gives == "level" else np.multiply.accumulate(1 + values / 100)
        return cls(days, np.asarray(levels, np.float64))

    def growth(self, start: I64, end: I64) -> tuple[I64, Flags]:
        """The change (1e-8) of the level from ``start`` to ``end``, rounded half up, and where both are known."""
        at = np.searchsorted(self.days, start, side="right") - 1, np.searchsorted(self.days, end, side="right") - 1
        known = at[0] >= 0
        level = self.levels[np.maximum(at[0], 0)], self.levels[np.maximum(at[1], 0)]
        return np.floor((level[1] / level[0] - 1) * ONE + 0.5).astype(np.int64), known
