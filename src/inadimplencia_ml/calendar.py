"""Business days in Brazil, and the day on which a payment due on a closed day may still be made.

National closed days are the public holidays plus Carnival Monday and Tuesday and Corpus Christi, on which banks are
shut in the whole country (Resolução CMN 2.932/2002, art. 5). Ash Wednesday, 24 and 31 December are business days. State
days hold where the invoice's state is known. Municipal days come in as a table of the user's own.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["UFS", "Calendar", "asked_days", "day_number", "kept_days"]

Days = npt.NDArray[np.int32]

UFS: tuple[str, ...] = tuple("AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO".split())
"""The 26 states and the Distrito Federal; a uf code is a position in this tuple, -1 where unknown."""

_BANK_DAYS = {"Carnival", "Corpus Christi"}
_FIRST_YEAR, _LAST_YEAR = 1950, 2100  # outside these years only weekends move a due date


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01.

    >>> day_number(dt.date(1970, 1, 31))
    30
    """
    return day.toordinal() - 719_163


@lru_cache(maxsize=4096)
def _holidays(year: int, uf: str | None) -> Days:
    """Closed days of one year as day numbers: national ones, with those of ``uf`` if given."""
    kept = kept_days()
    if kept is not None and kept["first_year"] <= year <= kept["last_year"]:
        first, last = day_number(dt.date(year, 1, 1)), day_number(dt.date(year, 12, 31))
        days = [np.asarray(kept["closed"][name], np.int32) for name in ("BR", uf) if name]
        return np.concatenate([of[np.searchsorted(of, first) : np.searchsorted(of, last, side="right")] for of in days])
    return np.fromiter(asked_days(year, uf), np.int32)


def asked_days(year: int, uf: str | None) -> frozenset[int]:
    """The same, asked of the library `holidays`, which takes its time."""
    import holidays
    from holidays.constants import OPTIONAL, PUBLIC

    days = set(holidays.country_holidays("BR", subdiv=uf, years=year, categories=(PUBLIC,)))
    optional = holidays.country_holidays("BR", years=year, categories=(OPTIONAL,), language="en_US")
    days |= {day for day, name in optional.items() if set(name.split("; ")) & _BANK_DAYS}
    return frozenset(day_number(day) for day in days)


@lru_cache(maxsize=1)
def kept_days() -> dict[str, Any] | None:
    """What the installed version of `holidays` said when it was asked for closed_days.json; None if it was another."""
    from importlib.metadata import PackageNotFoundError, version

    kept: dict[str, Any] = json.loads(Path(__file__).with_name("closed_days.json").read_text(encoding="utf-8"))
    try:
        return kept if kept["holidays"] == version("holidays") else None
    except PackageNotFoundError:
        return None


@dataclass(frozen=True)
class Calendar:
    """Which days are business days.

    Parameters
    ----------
    name : {"BR", "none"}
        ``"BR"``: weekends, national and state holidays. ``"none"``: every day is a business day.
    municipal : tuple of (date, uf or None)
        Further closed days; with a uf they hold for invoices of that state alone.

    Examples
    --------
    >>> Calendar.of("BR").adjusted(dt.date(2025, 3, 1))  # the Saturday of Carnival
    datetime.date(2025, 3, 5)
    >>> Calendar.of("none").adjusted(dt.date(2025, 3, 1))
    datetime.date(2025, 3, 1)
    """

    name: str = "BR"
    municipal: tuple[tuple[dt.date, str | None], ...] = ()

    def __post_init__(self) -> None:
        if self.name not in ("BR", "none"):
            raise CallError(f"calendar {self.name!r} is unknown.{did_you_mean(self.name, ('BR', 'none'))}")
        for day, uf in self.municipal:
            if not isinstance(day, dt.date) or (uf is not None and uf not in UFS):
                raise CallError(f"calendar: municipal day ({day!r}, {uf!r}) is not a (date, UF or None) pair")

    @classmethod
    def of(cls, calendar: str | Calendar | Sequence[dt.date] | Any) -> Calendar:
        """A calendar from its name, from a table of municipal days (columns date and, if wanted, uf), or as given."""
        if isinstance(calendar, Calendar):
            return calendar
        if isinstance(calendar, str):
            return cls(calendar)
        return cls("BR", tuple(sorted(_municipal(calendar), key=lambda pair: (pair[0], pair[1] or ""))))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Calendar:
        """The calendar that ``to_json`` wrote."""
        return cls(value["name"], tuple((dt.date.fromisoformat(d), uf) for d, uf in value.get("municipal", ())))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a manifest."""
        return {"name": self.name, "municipal": [[d.isoformat(), uf] for d, uf in self.municipal]}

    def adjusted(self, day: dt.date, uf: str | None = None) -> dt.date:
        """``day``, or the next business day if it is closed."""
        code = UFS.index(uf) if uf is not None else -1
        moved = self.adjust(np.array([day_number(day)], np.int32), np.array([code], np.int8))
        return dt.date(1970, 1, 1) + dt.timedelta(days=int(moved[0]))

    def adjust(self, days: Days, uf: npt.NDArray[np.int8] | None = None) -> Days:
        """Each day (since 1970-01-01), or the next business day if it is closed; ``uf`` holds codes into ``UFS``."""
        if self.name == "none" or not len(days):
            return days.astype(np.int32, copy=True)
        out = np.empty(len(days), np.int32)
        low, high = int(days.min()), int(days.max())
        codes = np.full(len(days), -1, np.int8) if uf is None else uf
        present = np.flatnonzero(np.bincount(codes.astype(np.int16) + 1, minlength=28)) - 1
        if len(present) == 1:
            first, table = self._next_open(low, high, int(present[0]))
            return table[days - first]
        offset = np.empty(28, np.int64)
        tables: list[Days] = []
        for code in present:
            first, table = self._next_open(low, high, int(code))
            offset[code + 1] = sum(len(t) for t in tables) - first
            tables.append(table)
        np.take(np.concatenate(tables), days + offset[codes.astype(np.intp) + 1], out=out)
        return out

    def is_business_day(self, days: Days, uf: npt.NDArray[np.int8] | None = None) -> npt.NDArray[np.bool_]:
        """Whether each day (since 1970-01-01) is a business day."""
        open_: npt.NDArray[np.bool_] = self.adjust(days, uf) == days
        return open_

    def _next_open(self, low: int, high: int, code: int) -> tuple[int, Days]:
        """First day of a table that holds low..high, and the next business day of each of its days."""
        first, last = (int(np.datetime64(day, "D").astype("datetime64[Y]").astype(int)) + 1970 for day in (low, high))
        return _next_open(self, first, last, code)


@lru_cache(maxsize=256)
def _next_open(calendar: Calendar, first_year: int, last_year: int, code: int) -> tuple[int, Days]:
    """First day of the first year, and the next business day of each day up to the last year's end."""
    low, high = day_number(dt.date(first_year, 1, 1)), day_number(dt.date(last_year, 12, 31))
    days = np.arange(low, high + 60, dtype=np.int64)  # a spare two months behind
    closed = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    uf = UFS[code] if code >= 0 else None
    for year in range(max(first_year, _FIRST_YEAR), min(last_year + 1, _LAST_YEAR) + 1):
        shut = _holidays(year, uf)
        shut = shut[(shut >= days[0]) & (shut <= days[-1])]
        closed[shut - days[0]] = True
    for day, where in calendar.municipal:
        number = day_number(day)
        if (where is None or where == uf) and days[0] <= number <= days[-1]:
            closed[number - days[0]] = True
    table = np.where(closed, np.iinfo(np.int32).max, days)
    opened = np.minimum.accumulate(table[::-1])[::-1].astype(np.int32)
    opened.flags.writeable = False
    return low, opened


def _municipal(table: Any) -> list[tuple[dt.date, str | None]]:
    """(date, uf) pairs from a DataFrame with a date column, or from a plain sequence of dates."""
    if hasattr(table, "columns"):
        if "date" not in table.columns:
            raise CallError(f"calendar: the table of municipal days has no column 'date'; it has {list(table.columns)}")
        ufs = list(table["uf"]) if "uf" in table.columns else [None] * len(table)
        return [(_as_date(d), u if isinstance(u, str) else None) for d, u in zip(list(table["date"]), ufs, strict=True)]
    return [(_as_date(d), None) for d in table]


def _as_date(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value.date() if isinstance(value, dt.datetime) else value
