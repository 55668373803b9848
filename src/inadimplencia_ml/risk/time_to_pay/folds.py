"""Folds of cells in the order of dates: training stops where the held-out dates begin, as it would have on that day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import NotEnoughData
from inadimplencia_ml.risk.date_split import DateSplit, client_folds
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.person_days import PAID, Cells, FollowUps

__all__ = ["TimeFolds", "folds_of"]

I64 = npt.NDArray[np.int64]
Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

_LEAST_ENDS = 20  # of payments, in training and in the held-out part of a fold


@dataclass(frozen=True)
class TimeFolds:
    """Cells to train on and cells held out, and the first date held out where folds keep dates apart."""

    kind: Literal["dates", "clients", "rows", "none"]
    folds: list[Fold]
    starts: list[int]


def folds_of(
    rows: FollowUps, cells: Cells, grid: DayGrid, as_of: I64 | None, clients: Any, *, n_folds: int, seed: int
) -> TimeFolds:
    """Folds by dates where they allow it, else by clients, else by rows; none where too little is paid."""
    if as_of is not None:
        for n in range(n_folds - 1, 0, -1):
            made = _in_time(rows, cells, grid, as_of, n)
            if made is not None:
                return made
    paid = (rows.cause == PAID).astype(np.float64)
    k = min(n_folds, int(min(paid.sum(), len(paid))) // (3 * _LEAST_ENDS))
    if k < 2:
        return TimeFolds("none", [], [])
    fold = client_folds(paid, rows.draw if clients is None else clients, k, seed)[cells.row]
    folds = [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(k)]
    if any(not len(part) for parts in folds for part in parts):  # rows that are all alike lie in one fold
        return TimeFolds("none", [], [])
    return TimeFolds("rows" if clients is None else "clients", folds, [])


def _in_time(rows: FollowUps, cells: Cells, grid: DayGrid, as_of: I64, n: int) -> TimeFolds | None:
    """Expanding folds behind a third of the rows; None where they would be too thin.

    A cell is trained on if its whole interval has passed when the held-out dates begin, whether it holds an end or not:
    taking ends as soon as they come and other days later would make payment look likelier than it is.
    """
    passed = rows.due[cells.row] + grid.last_days[cells.interval]
    folds, starts = [], []
    try:
        parts = list(DateSplit(n, min_train=len(as_of) // 3).split(None, dates=as_of.astype("datetime64[D]")))
    except NotEnoughData:
        return None
    for _, test in parts:
        start = int(as_of[test].min())
        held = np.zeros(len(as_of), np.bool_)
        held[test] = True
        train = np.flatnonzero((passed <= start) & (as_of[cells.row] < start))
        later = np.flatnonzero(held[cells.row])
        if min((cells.cause[train] == PAID).sum(), (cells.cause[later] == PAID).sum()) < _LEAST_ENDS:
            return None
        folds.append((train, later))
        starts.append(start)
    return TimeFolds("dates", folds, starts)
