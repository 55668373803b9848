"""What a scorecard learns column by column on some rows: bins, what they hold, and what their evidence is worth.

A category with many values is put in order by the very outcomes that it is then measured by, so its evidence flatters
it: among 200 values without any meaning some are bad by chance. Of such columns the slope and the right to come in are
judged by evidence learned on other rows (cross-fitting), five parts in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.binning.column_bins import ColumnBins
from inadimplencia_ml.risk.binning.optimal import optimal_bins
from inadimplencia_ml.risk.binning.partition import BinLimits, Trend
from inadimplencia_ml.risk.binning.prebins import Codes, Prebins, added_up, count_cells
from inadimplencia_ml.risk.binning.woe import Level
from inadimplencia_ml.risk.scorecard.signed_logistic import CellData

__all__ = ["PARTS", "Binned", "Draft", "Settings", "learn_bins"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

PARTS = 5  # of cross-fitting

# Measured on german, heloc, uci_taiwan and pakdd2009_brazil by five-fold cross-validation; see decision 0010.
_SMOOTHING = 1.0  # cases of the rarer class that a bin is given
_BIN_PRICE = 1.0  # what a further bin must earn, in units of what one earns by chance
_TURN_PRICE = 8.0
_MIN_CATEGORY = 20.0  # rows
_STANDS_OUT = 2.0  # standard errors of cross-fitted information
_MANY_VALUES = 12  # categories of a column above which its evidence is cross-fitted
_CORRELATED_ON = 5_000  # rows, which know a correlation of 0.95 to ±0.003


@dataclass(frozen=True)
class Settings:
    """What a person may ask of the bins; see ``ScorecardClassifier``."""

    max_bins: int
    min_share: float
    min_cases: float
    min_goods: float
    min_bads: float
    max_correlation: float

    def limits(self, rows: int) -> BinLimits:
        """The limits of a bin among so many rows."""
        least = (self.min_share * rows, self.min_goods, self.min_bads, self.min_cases)
        return BinLimits(self.max_bins, *least, _BIN_PRICE, _TURN_PRICE, _MIN_CATEGORY)


@dataclass(frozen=True)
class Draft:
    """Everything that fitting needs, whichever rows are taken; ``part`` is the part of each row in cross-fitting."""

    codes: Codes
    y: Floats
    weight: Floats
    part: Ints
    cells: tuple[Prebins, ...]
    trends: tuple[Trend, ...]
    settings: Settings
    threads: int

    @property
    def all_rows(self) -> Rows:
        return np.arange(len(self.y), dtype=np.intp)

    @cached_property
    def size(self) -> int:
        """Cells of the column that has most."""
        return max(c.size for c in self.cells)

    @cached_property
    def crossed(self) -> list[int]:
        """The columns whose evidence is cross-fitted."""
        return [j for j, c in enumerate(self.cells) if c.given is None and len(c.categories or ()) > _MANY_VALUES]

    @cached_property
    def crossed_codes(self) -> Codes:
        """The cells of these alone."""
        return np.ascontiguousarray(self.codes[:, self.crossed])

    @cached_property
    def parted_codes(self) -> Codes:
        """All cells; of the crossed columns each part of the rows has cells of its own."""
        if not self.crossed:
            return self.codes
        codes = self.codes.copy()
        codes[:, self.crossed] += (self.part * self.size).astype(codes.dtype)[:, None]
        return codes


@dataclass(frozen=True)
class Binned:
    """The bins of every column on some rows, and what they hold.

    ``tables`` has the log-odds of each cell against the average; ``crossed`` the same of the crossed columns, learned
    without each part (parts, columns, cells). ``information`` is that of the crossed ones as other rows see it;
    ``likeness`` is how far columns are correlated.
    """

    bins: tuple[ColumnBins, ...]
    trends: tuple[Trend, ...]
    goods: tuple[Floats, ...]
    bads: tuple[Floats, ...]
    rows: tuple[Floats, ...]
    level: Level
    information: Floats
    tables: Floats
    crossed: Floats
    likeness: Floats

    def data(self, draft: Draft, columns: Ints, rows: Rows) -> CellData:
        """Rows with the evidence that they themselves helped to learn: to predict with."""
        return CellData(draft.codes, columns, self.tables[columns], draft.y, draft.weight, rows)

    def data_for_slopes(self, draft: Draft, columns: Ints, rows: Rows) -> CellData:
        """Rows with evidence learned on others where that matters."""
        if not set(draft.crossed) & set(columns.tolist()):
            return self.data(draft, columns, rows)
        tables = np.tile(self.tables[columns], (1, PARTS))
        at = {j: i for i, j in enumerate(draft.crossed)}
        for c, j in enumerate(columns.tolist()):
            if j in at:
                tables[c] = self.crossed[:, at[j]].reshape(-1)
        return CellData(draft.parted_codes, columns, tables, draft.y, draft.weight, rows)


def learn_bins(draft: Draft, rows: Rows) -> Binned:
    """The best bins of every column on some rows."""
    counts = count_cells(draft.codes, draft.y, draft.weight, rows, draft.size)
    level, limits = _level(counts), draft.settings.limits(len(rows))
    tables = np.zeros((len(draft.cells), draft.size))

    def learn(j: int) -> tuple[ColumnBins, Trend, Floats, Floats, Floats, float]:
        bins, trend, held = _best(draft, j, [v[j] for v in counts], level, limits, tables[j])
        return bins, trend, *held, float(level.information(held[0], held[1]).sum())

    with ThreadPoolExecutor(draft.threads) as pool:
        found = list(pool.map(learn, range(len(draft.cells))))
    bins, trends, good, bad, count, information = zip(*found, strict=True)
    seen = np.array(information)
    crossed, seen[draft.crossed] = _cross_fitted(draft, rows, level)
    apart = max(1, -(-len(rows) // _CORRELATED_ON))
    likeness = _likeness(draft.codes[rows[::apart]], tables)
    return Binned(bins, trends, good, bad, count, level, seen, tables, crossed, likeness)


def _level(counts: Sequence[Floats]) -> Level:
    return Level(float(counts[0][0].sum()), float(counts[1][0].sum()), _SMOOTHING)


def _best(
    draft: Draft, j: int, counts: Sequence[Floats], level: Level, limits: BinLimits, table: Floats
) -> tuple[ColumnBins, Trend, tuple[Floats, Floats, Floats]]:
    """The bins of one column, their trend, and good, bad and rows of each; fills the log-odds of its cells."""
    cells, n = draft.cells[j], draft.cells[j].size
    good, bad, many = (v[:n] for v in counts)
    bins, trend = optimal_bins(cells, good, bad, many, level, limits, draft.trends[j])
    place = cells.bins_of_cells(bins)
    goods, bads, rows = (added_up(place, v, bins.size) for v in (good, bad, many))
    table[:n] = -level.woe(goods, bads)[place]
    return bins, trend, (goods, bads, rows)


def _cross_fitted(draft: Draft, rows: Rows, level: Level) -> tuple[Floats, Floats]:
    """The log-odds of the crossed columns' cells learned without each part, and their information value by these.

    Information that does not stand out from its error is 0.
    """
    tables = np.zeros((PARTS, len(draft.crossed), draft.size))
    information, variance = np.zeros(len(draft.crossed)), np.zeros(len(draft.crossed))
    if not draft.crossed:
        return tables, information
    part = draft.part[rows]
    for p in range(PARTS):
        others, own = rows[part != p], rows[part == p]
        counts = count_cells(draft.crossed_codes, draft.y, draft.weight, others, draft.size)
        outside = _level(counts)
        if min(outside.goods, outside.bads) <= 0:
            continue
        for i, j in enumerate(draft.crossed):
            limits = draft.settings.limits(len(others))
            _best(draft, j, [v[i] for v in counts], outside, limits, tables[p, i])
        good, bad, _ = count_cells(draft.crossed_codes, draft.y, draft.weight, own, draft.size)
        information += ((bad / level.bads - good / level.goods) * tables[p]).sum(axis=1)
        variance += ((bad / level.bads**2 + good / level.goods**2) * tables[p] ** 2).sum(axis=1)
    return tables, np.where(information > _STANDS_OUT * np.sqrt(variance), information, 0.0)


def _likeness(codes: Codes, tables: Floats) -> Floats:
    """Correlation of the columns' cell values; summed by einsum, which runs in one thread."""
    values = np.stack([tables[j, codes[:, j]] for j in range(len(tables))])
    values = values - values.mean(axis=1, keepdims=True)
    values = values / np.maximum(np.sqrt((values**2).sum(axis=1, keepdims=True)), 1e-12)
    out: Floats = np.minimum(np.einsum("ir,jr->ij", values, values), 1.0)
    return out
