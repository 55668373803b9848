"""The day from which a table looks back, and the calendar months that are complete by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.booking_lag import booking_lag_days
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["LookedBack", "look_back", "month_of", "month_start", "months_end", "whole_numbers"]

I64 = npt.NDArray[np.int64]


class LookedBack(NamedTuple):
    """A ledger as known on a day, and what of it is complete."""

    known: Ledger
    as_of: dt.date
    day: int  # as_of as a number of days
    complete: int  # the last day of which payments are booked, but for few
    last_month: int  # the last calendar month that is complete, months since 1970-01


def look_back(ledger: Ledger, as_of: dt.date | str | None) -> LookedBack:
    """The ledger as known at ``as_of``, by default and at the latest its ``known_until``."""
    until = ledger.known_until if as_of is None else min(ledger.known_until, to_date(as_of, "as_of"))
    known, day = ledger.known_at(until), day_number(until)
    complete = day - booking_lag_days(known, until)
    last_month = int(month_of(np.array([complete + 1]))[0]) - 1  # its last day is complete
    return LookedBack(known, until, day, complete, last_month)


def month_of(days: npt.NDArray[Any]) -> I64:
    """Months since 1970-01 of days since 1970-01-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def months_end(months: npt.NDArray[Any]) -> I64:
    """The last day of each month."""
    return (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1


def month_start(months: npt.NDArray[Any]) -> pd.Series:
    """The first day of each month, as pandas shows it."""
    return pd.Series(months.astype("datetime64[M]").astype("datetime64[s]"))


def whole_numbers(values: int | Iterable[int], name: str, *, least: int = 1) -> list[int]:
    """Different whole numbers in growing order.

    Raises
    ------
    CallError
        There is none, or one is below ``least`` or no whole number.
    """
    given = list(values) if isinstance(values, Iterable) else [values]
    if not given or any(int(v) != v or v < least for v in given):
        raise CallError(f"{name}: {given}; expected whole numbers from {least} on")
    return sorted({int(v) for v in given})
