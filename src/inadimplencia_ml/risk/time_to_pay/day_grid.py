"""The time axis: days relative to the due date, in intervals that are single days where payments crowd."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError

__all__ = ["INTERVAL_STARTS", "DayGrid"]

Ints = npt.NDArray[np.int64]

_BEFORE = (-90, -60, -45, -30, -21, -14, -10)
_DAILY = tuple(range(-7, 16))
_AFTER = (16, 19, 22, 26, 31, 38, 46, 61, 76, 91, 121, 151, 181, 271, 366)

INTERVAL_STARTS: tuple[int, ...] = (*_BEFORE, *_DAILY, *_AFTER)
"""First day of each interval but the first, which is everything before; the last one has no end."""

_OPEN_END = 180  # days that an interval without end is taken to last where a length is asked for


@dataclass(frozen=True)
class DayGrid:
    """Intervals of days relative to the due date: day 0 is the due date, day −1 the day before.

    Parameters
    ----------
    starts : tuple of int
        Growing. Interval 0 is every day before the first of them, the last interval every day from the last of them on.

    Examples
    --------
    >>> grid = DayGrid((-7, 0, 1, 8))
    >>> grid.of(np.array([-30, -7, -1, 0, 1, 7, 8, 400])).tolist()
    [0, 1, 1, 2, 3, 3, 4, 4]
    >>> grid.first_days.tolist(), grid.is_single.tolist()
    ([-8, -7, 0, 1, 8], [False, False, True, False, False])
    """

    starts: tuple[int, ...] = INTERVAL_STARTS

    def __post_init__(self) -> None:
        if not self.starts or any(b <= a for a, b in pairwise(self.starts)):
            raise CallError(f"interval_starts must grow and not be empty; got {list(self.starts)}")

    @classmethod
    def read(cls, starts: Any) -> DayGrid:
        """The grid of ``starts``, None: the default one.

        Raises
        ------
        CallError
            They are not whole numbers that grow.
        """
        if starts is None:
            return cls()
        try:
            days = tuple(int(s) for s in starts)
        except (TypeError, ValueError) as error:
            raise CallError(f"interval_starts: expected growing whole numbers, got {starts!r}") from error
        return cls(days)

    @property
    def count(self) -> int:
        """How many intervals."""
        return len(self.starts) + 1

    @property
    def first_days(self) -> Ints:
        """The first day of each interval; of the one without beginning, the day before the next one."""
        return np.array([self.starts[0] - 1, *self.starts], np.int64)

    @property
    def last_days(self) -> Ints:
        """The last day of each interval; the one without end is taken to last 180 days."""
        return np.array([*(s - 1 for s in self.starts), self.starts[-1] + _OPEN_END - 1], np.int64)

    @property
    def is_single(self) -> npt.NDArray[np.bool_]:
        """Which intervals are a single day."""
        single: npt.NDArray[np.bool_] = self.first_days == self.last_days
        single[0] = False
        return single

    @property
    def table(self) -> Ints:
        """The interval of each day from the one before the first start to the last start."""
        days = np.arange(self.starts[0] - 1, self.starts[-1] + 1)
        return np.searchsorted(np.array(self.starts), days, side="right").astype(np.int64)

    def of(self, days: Ints) -> Ints:
        """The interval of each day."""
        return np.searchsorted(np.array(self.starts), days, side="right").astype(np.int64)
