"""From rows to what the trees read of each of their cells, and from hazards of cells to curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.risk.boosting import threads_of
from inadimplencia_ml.risk.time_to_pay.curves import DailyHazards, PaymentCurves, curves_of
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.hazard import Hazard
from inadimplencia_ml.risk.time_to_pay.person_days import Cells, FollowUps, cells_of

__all__ = ["DayMatrix"]

Floats = npt.NDArray[np.float64]

_OF_THE_DAY = ("interval_day", "interval_is_business_day", "interval_weekday")

_CELLS_AT_ONCE = 60_000


@dataclass(frozen=True)
class DayMatrix:
    """How a row's days become rows of the matrix the trees read.

    Attributes
    ----------
    grid : DayGrid
    calendar : Calendar or None
        None: the rows have no dates, so a day is neither a business day nor a weekday.
    usual : tuple of int
        Columns that hold a usual day of payment: trees read how far the interval is from it.
    """

    grid: DayGrid
    calendar: Calendar | None
    usual: tuple[int, ...] = ()

    def names(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The names of what the trees read, of a row with these columns."""
        return (*columns, *_OF_THE_DAY, *(f"interval_day_from_{columns[i]}" for i in self.usual))

    def of(self, x: Floats, rows: FollowUps, cells: Cells) -> Floats:
        """Of each cell the row's features, then the interval's first day, the kind of day, the weekday, distances."""
        p, dated = x.shape[1], self.calendar is not None
        out = np.empty((len(cells.row), p + len(_OF_THE_DAY) + len(self.usual)))
        np.take(x, cells.row, axis=0, out=out[:, :p])
        first = self.grid.first_days[cells.interval]
        out[:, p] = first
        out[:, p + 1] = cells.is_open if dated else np.nan
        weekday = (rows.due[cells.row] + first + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        # A weekday is told of single days alone: a week holds them all.
        out[:, p + 2] = np.where(self.grid.is_single[cells.interval] & dated, weekday, np.nan)
        for k, column in enumerate(self.usual, start=p + len(_OF_THE_DAY)):
            out[:, k] = first - out[:, column]
        return out

    def curves(
        self, paid: Hazard, closed: Hazard | None, x: Floats, rows: FollowUps, ahead: int, n_jobs: int | None
    ) -> Iterator[PaymentCurves]:
        """The curves of the rows, in blocks; one block without rows if there are none."""
        step = max(1, _CELLS_AT_ONCE // (2 * self.grid.count))
        for low in range(0, max(len(x), 1), step):
            block = np.arange(low, min(low + step, len(x)))
            h = self._hazards(paid, closed, x[block], rows.take(block), n_jobs)
            yield self._multiplied(rows.take(block), h, ahead)

    def _hazards(
        self, paid: Hazard, closed: Hazard | None, x: Floats, rows: FollowUps, n_jobs: int | None
    ) -> DailyHazards:
        """Hazards in the cells that the rows come by; 0 in all others."""
        h = DailyHazards(*(np.zeros((len(x), self.grid.count, 2)) for _ in range(2)))
        if not len(x):
            return h
        cells = cells_of(rows, self.grid, self.calendar)
        matrix = self.of(x, rows, cells)
        threads = threads_of(n_jobs, matrix.size)
        h.paid[cells.row, cells.interval, cells.is_open] = paid.probability(matrix, cells, threads)
        if closed is not None:
            h.closed[cells.row, cells.interval, cells.is_open] = closed.probability(matrix, cells, threads)
        return h

    def _multiplied(self, rows: FollowUps, h: DailyHazards, ahead: int) -> PaymentCurves:
        base = int((rows.due + rows.first).min()) if len(rows.first) else 0
        last = int((rows.due + rows.last).max()) if len(rows.first) else 0
        days = np.arange(base, last + 1, dtype=np.int32)
        shut = np.zeros(len(days), np.bool_) if self.calendar is None else ~self.calendar.is_business_day(days)
        return curves_of(rows.first, rows.due, self.grid.starts[0] - 1, self.grid.table, base, shut, h, ahead)
