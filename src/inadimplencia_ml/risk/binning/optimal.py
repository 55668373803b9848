"""The best bins of a column from the counts of its cells, with an edge at the roundest figure that parts the same."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.binning.column_bins import ColumnBins, Value
from inadimplencia_ml.risk.binning.partition import BinLimits, Trend, best_partition
from inadimplencia_ml.risk.binning.prebins import FINE_BINS, Prebins, added_up
from inadimplencia_ml.risk.binning.woe import Level

__all__ = ["optimal_bins", "roundest"]

Floats = npt.NDArray[np.float64]


def optimal_bins(
    cells: Prebins, goods: Floats, bads: Floats, rows: Floats, level: Level, limits: BinLimits, trend: Trend
) -> tuple[ColumnBins, Trend]:
    """The bins of a column that are worth most, and the trend of their bad rates.

    Ranges are joined in their order. Categories are first put in the order of their smoothed weight of evidence, then
    joined like ranges; those of fewer rows than ``limits.min_category`` count as one, "other", where the unseen go too.

    Parameters
    ----------
    cells : Prebins
        The fine bins.
    goods, bads, rows : array
        Weighted good, weighted bad, and rows of each cell.
    level : Level
        Totals and smoothing.
    limits : BinLimits
        What a bin must hold.
    trend : {"up", "down", "peak", "valley", "none", "auto"}
        Of a column of numbers; categories have none.
    """
    if cells.given is not None:
        return cells.given, "none"
    n = cells.ordered
    if cells.categories is not None:
        return _grouped(cells.categories, goods[:n], bads[:n], rows[:n], level, limits), "none"
    found = best_partition(goods[:n], bads[:n], rows[:n], level, limits, trend)
    edges = tuple(roundest(cells.edges[s - 1], cells.above[s - 1]) for s in found.starts[1:])
    return ColumnBins(edges, tuple((v,) for v in cells.special)), found.trend


def _grouped(
    categories: tuple[Value, ...], goods: Floats, bads: Floats, rows: Floats, level: Level, limits: BinLimits
) -> ColumnBins:
    members = _members(rows, limits.min_category)
    if not members:
        return ColumnBins(groups=())
    good, bad, many = (np.array([v[m].sum() for m in members]) for v in (goods, bads, rows))
    order = np.argsort(-level.woe(good, bad), kind="stable")
    cell = _even(many[order])
    good, bad, many = (added_up(cell, v[order], int(cell[-1]) + 1) for v in (good, bad, many))
    found = best_partition(good, bad, many, level, limits, "up")
    group = np.searchsorted(found.starts, cell, side="right") - 1
    groups: list[tuple[Value, ...]] = []
    other = None
    for k in range(len(found.starts)):
        joined = [members[m] for m in order[group == k]]
        if any(len(m) > 1 or rows[m[0]] < limits.min_category for m in joined):
            other = k
        own = [m[0] for m in joined if len(m) == 1 and rows[m[0]] >= limits.min_category]
        groups.append(tuple(categories[c] for c in own))
    return ColumnBins(groups=tuple(groups), other=other)


def _members(rows: Floats, fewest: float) -> list[list[int]]:
    """The categories that stand for themselves, and all that are too rare together."""
    own = [[int(c)] for c in np.flatnonzero(rows >= max(fewest, 1.0))]
    rare = [int(c) for c in np.flatnonzero((rows > 0) & (rows < max(fewest, 1.0)))]
    return own + ([rare] if rare else [])


def _even(rows: Floats) -> npt.NDArray[np.int64]:
    """The cell of each of many categories in their order: at most about FINE_BINS cells of about equal rows."""
    if len(rows) <= FINE_BINS:
        return np.arange(len(rows))
    middle = np.cumsum(rows) - rows / 2
    cell = np.minimum((middle / rows.sum() * FINE_BINS).astype(np.int64), FINE_BINS - 1)
    return np.unique(cell, return_inverse=True)[1].astype(np.int64)


def roundest(low: float, high: float) -> float:
    """The figure of the fewest decimals from ``low`` to below ``high``: an edge that parts the two as ``low`` does.

    Examples
    --------
    >>> roundest(0.1243, 0.1251), roundest(1199.5, 1310.0), roundest(3.0, 4.0)
    (0.125, 1200.0, 3.0)
    """
    if not low < high:
        return low
    start = -math.ceil(math.log10(max(abs(low), abs(high)))) if max(abs(low), abs(high)) > 0 else 0
    for digits in range(start, start + 18):
        step = 10.0**digits
        scaled = math.ceil(low * step) if math.isfinite(low * step) else math.nan
        figure = float(round(scaled / step, max(digits, 0))) if math.isfinite(scaled) else low
        if low <= figure < high:
            return figure + 0.0
    return low
