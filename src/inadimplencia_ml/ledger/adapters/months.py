"""Calendar months on days counted since 1970: which month a day lies in, the same day some months later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["month_of", "months_later"]

I32 = npt.NDArray[np.int32]


def month_of(days: I32) -> I32:
    """The month of each day, counted since January 1970."""
    return np.asarray(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32))


def months_later(days: I32, months: I32 | int) -> I32:
    """The same day of the month, ``months`` later (negative: earlier); the last day where the month has no such day.

    >>> start = np.array(["2024-01-31"], "datetime64[D]").astype(np.int32)
    >>> months_later(start, 1).astype("datetime64[D]").astype(str).tolist()
    ['2024-02-29']
    """
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    day_of_month = date - month.astype("datetime64[D]")
    target = month + np.asarray(months).astype("timedelta64[M]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray(np.minimum(target.astype("datetime64[D]") + day_of_month, last).astype(np.int32))
