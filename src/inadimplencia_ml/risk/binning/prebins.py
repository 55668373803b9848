"""A column cut finely without a look at the outcome: the values between which bins may be parted.

The fine bins of a column hold about equal numbers of rows; rows of one value stay together. A number from 0 stands
for each: ranges or categories first, then special values, then (of categories) what was never seen, then the missing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.risk.binning.column_bins import ColumnBins, Value

__all__ = ["FINE_BINS", "Codes", "Prebins", "added_up", "count_cells", "encode", "fine_bins"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[Any]  # of uint16, or uint32 where there are very many categories

#: Ranges that a column of numbers is cut into at most, but for values that many rows share.
FINE_BINS = 64


@dataclass(frozen=True)
class Prebins:
    """The fine bins of one column.

    Parameters
    ----------
    edges : tuple of float
        The highest value of each range but the last.
    above : tuple of float
        The lowest value that occurs above each edge.
    special : tuple of float
        Values with a cell of their own.
    categories : tuple or None
        All categories, None for numbers.
    given : ColumnBins or None
        Bins that somebody has given: each is a cell, and nothing is joined.
    """

    edges: tuple[float, ...] = ()
    above: tuple[float, ...] = ()
    special: tuple[float, ...] = ()
    categories: tuple[Value, ...] | None = None
    given: ColumnBins | None = None

    @property
    def ordered(self) -> int:
        """The number of ranges or categories, which come first."""
        return len(self.edges) + 1 if self.categories is None else len(self.categories)

    @property
    def size(self) -> int:
        """The number of cells."""
        if self.given is not None:
            return self.given.size
        return self.ordered + len(self.special) + (self.categories is not None) + 1

    def cells(self, values: Floats) -> Ints:
        """The cell of each value."""
        if self.given is not None:
            return self.given.place(values, self.categories or ())
        if self.categories is None:
            return ColumnBins(self.edges, tuple((v,) for v in self.special)).place(values)
        # Behind the categories: never seen, then missing.
        return np.where(np.isnan(values), self.ordered + 1, values).astype(np.int64)

    def bins_of_cells(self, bins: ColumnBins) -> Ints:
        """The bin of each cell, for bins whose edges lie between cells."""
        if self.given is not None:
            return np.arange(self.size)
        if self.categories is None:
            inside = np.array([*self.edges, math.inf])
            return bins.place(np.concatenate([inside, self.special, [np.nan]]))
        return bins.place(np.array([*range(self.ordered + 1), np.nan]), self.categories)


def fine_bins(values: Floats, special: Sequence[float] = (), most: int = FINE_BINS) -> Prebins:
    """The fine bins of a column of numbers.

    Parameters
    ----------
    values : array
        NaN for what is missing.
    special : sequence of float
        Values that mean something else than their size.
    most : int
        Ranges wanted. A value that more than one part in ``most`` of the rows has gets a range of its own.

    Examples
    --------
    >>> fine_bins(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, np.nan]), most=4).edges
    (0.0, 1.0, 2.0)
    """
    apart = tuple(sorted({float(v) for v in special}))
    known = values[~np.isnan(values)]
    for value in apart:
        known = known[known != value]
    known = np.sort(known) + 0.0  # one zero, not two
    if not len(known):
        return Prebins(special=apart)
    first = np.flatnonzero(np.diff(known)) + 1  # where a new value begins
    if len(first) + 1 <= most:
        edges = known[first - 1]
    else:
        # The smallest value with k/most of the rows up to it, in whole numbers.
        at = known[(np.arange(1, most) * len(known) + most - 1) // most - 1]
        common = np.unique(at[1:][at[1:] == at[:-1]])
        below = np.searchsorted(known, common, side="left")
        edges = np.union1d(at, known[below[below > 0] - 1])
        edges = edges[edges < known[-1]]
    above = known[np.searchsorted(known, edges, side="right")]
    return Prebins(tuple(edges.tolist()), tuple(above.tolist()), apart)


def encode(x: Floats, columns: Sequence[Prebins], threads: int = 1, times: int = 1) -> Codes:
    """The cell of each value of a matrix, row by row, with room for numbers ``times`` as large."""
    wide = times * max(c.size for c in columns) > np.iinfo(np.uint16).max
    codes = np.empty(x.shape, dtype=np.uint32 if wide else np.uint16)

    def fill(j: int) -> None:
        codes[:, j] = columns[j].cells(x[:, j])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, range(x.shape[1])))
    return codes


def added_up(place: Ints, values: Floats, size: int) -> Floats:
    """The sum of the values at each place, 0 to size − 1."""
    return np.asarray(np.bincount(place, values, minlength=size), dtype=np.float64)


def count_cells(codes: Codes, y: Floats, weight: Floats, rows: npt.NDArray[np.intp], size: int) -> tuple[Floats, ...]:
    """Weighted good, weighted bad and rows of each cell of each column: three arrays of shape (columns, size)."""
    goods, bads, many = (np.zeros((codes.shape[1], size)) for _ in range(3))
    _count(codes, y, weight, rows, goods, bads, many)
    return goods, bads, many


@entry
def _count(
    codes: Codes, y: Floats, weight: Floats, rows: npt.NDArray[np.intp], goods: Floats, bads: Floats, many: Floats
) -> None:
    """Adds up in the order of rows."""
    for r in range(rows.shape[0]):
        i = rows[r]
        bad = weight[i] * y[i]
        good = weight[i] - bad
        for j in range(codes.shape[1]):
            c = codes[i, j]
            goods[j, c] += good
            bads[j, c] += bad
            many[j, c] += 1.0
