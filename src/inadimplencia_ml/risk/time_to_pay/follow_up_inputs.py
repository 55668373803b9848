"""What comes into a fit or a prediction beside the features, read and checked: entries, dates, ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.date_split import as_days
from inadimplencia_ml.risk.frozen_columns import as_pandas
from inadimplencia_ml.risk.time_to_pay.person_days import CLOSED, OPEN, PAID, FollowUps

__all__ = ["days_of", "read_follow_ups", "whole_days"]

I64 = npt.NDArray[np.int64]

_FARTHEST = 36_500  # a hundred years: more is a mistake in a date


def whole_days(values: Any, name: str, rows: int) -> I64:
    """Whole numbers of days, one a row.

    Raises
    ------
    CallError
        A value is missing, not whole or beyond a hundred years, or there are not ``rows`` of them.
    """
    try:
        given = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CallError(f"{name} holds something that is no number of days: {error}") from None
    if given.shape != (rows,):
        raise CallError(f"{name} has the shape {given.shape}, and there are {rows} rows. Expected one number a row.")
    wrong = ~np.isfinite(given) | (given != np.round(given)) | (np.abs(given) > _FARTHEST)
    if wrong.any():
        raise CallError(
            f"{name}: {int(wrong.sum())} values are missing, not whole or beyond {_FARTHEST} days, "
            f"the first one {given[wrong][0]!r}. Expected whole days relative to the due date."
        )
    return given.astype(np.int64)


def _ends(y: Any, rows: int) -> tuple[I64, I64]:
    """The last day looked at and how it ended, from a table or structured array with ``last_day`` and ``cause``.

    Raises
    ------
    CallError
        A column is missing or a cause is none of 0 (still open), 1 (paid), 2 (closed otherwise).
    """
    frame = as_pandas(y)
    names = list(getattr(getattr(y, "dtype", None), "names", None) or ()) if frame is None else list(frame.columns)
    for name in ("last_day", "cause"):
        if name not in names:
            raise CallError(f"y: column {name!r} is missing; it has {names}. Expected last_day and cause.")
    source = y if frame is None else frame
    last, cause = whole_days(source["last_day"], "y last_day", rows), whole_days(source["cause"], "y cause", rows)
    unknown = ~np.isin(cause, (OPEN, PAID, CLOSED))
    if unknown.any():
        raise CallError(
            f"y: cause {int(cause[unknown][0])} is unknown. Expected 0 (still open), 1 (paid) or 2 (closed otherwise)."
        )
    return last, cause


def days_of(dates: Any, rows: int) -> I64 | None:
    """Dates as day numbers, None without them."""
    return None if dates is None else as_days(dates, rows).astype(np.int64)


def read_follow_ups(y: Any, entry: Any, dates: Any, rows: int) -> tuple[FollowUps, I64 | None]:
    """The follow-ups of a fit, without fingerprints yet, and the dates looked from as day numbers.

    Raises
    ------
    CallError
        A value is missing or wrong, or a follow-up ends on or before the day looked from.
    """
    first, as_of = whole_days(entry, "entry", rows) + 1, days_of(dates, rows)
    last, cause = _ends(y, rows)
    wrong = last < first
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise CallError(
            f"y: {int(wrong.sum())} follow-ups end on or before the day looked from, the first one in row {at}: "
            f"last_day {int(last[at])}, entry {int(first[at]) - 1}. Leave out what was over by then."
        )
    none = np.zeros(rows, np.int64)
    return FollowUps(first, last, cause, none if as_of is None else as_of - (first - 1), none), as_of
