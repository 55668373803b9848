"""The hazard of all invoices by interval and kind of day: where the trees begin, so that they tell differences alone.

Most invoices are paid on the due date and few on the day after it. Trees that begin at one level for all days reach
this step only slowly, and smear it over the days beside it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.time_to_pay.person_days import Cells

__all__ = ["baseline_of"]

Floats = npt.NDArray[np.float64]

_DRAWN_BY = 20.0  # days at the mean hazard, added to each interval: few days tell little by themselves


def baseline_of(cells: Cells, y: Floats, weight: Floats, intervals: int) -> Floats:
    """Log-odds of an end on a day, a row an interval and a column a kind of day (0 closed, 1 business day).

    Examples
    --------
    >>> cells = Cells(*np.array([[0, 1, 2], [0, 0, 1], [1, 1, 1], [1, 0, 1]]), np.ones(3))
    >>> baseline_of(cells, np.array([1.0, 0.0, 1.0]), np.array([300.0, 300.0, 200.0]), 2)[:, 1].round(1).tolist()
    [0.0, 3.0]
    """
    place = 2 * cells.interval + cells.is_open
    days, ends = (np.bincount(place, v, 2 * intervals).reshape(intervals, 2) for v in (weight, weight * y))
    mean = np.clip(ends.sum(axis=0) / np.maximum(days.sum(axis=0), 1e-9), 1e-6, 0.5)
    rate = np.clip((ends + _DRAWN_BY * mean) / (days + _DRAWN_BY), 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(rate) - np.log1p(-rate), np.float64)
