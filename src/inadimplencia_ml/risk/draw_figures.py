"""Figures of many resamples in one pass over the rows: ranks from rows sorted once, and sums over cells.

Each takes a block of counts (clients × resamples) and gives one row of figures a resample. Within a resample the rows
are added in one order, so neither blocks nor threads change a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.risk.client_draws import ClientDraws, Counts
from inadimplencia_ml.risk.metrics import Ranking

__all__ = ["CellSums", "DrawFigures", "RankFigures", "ratio", "resample"]

Floats = npt.NDArray[np.float64]


class DrawFigures(Protocol):
    """Figures that can be had of any resample."""

    draws: Floats

    def of(self, counts: Counts) -> Floats:
        """One row of figures a resample."""


def resample(drawn: ClientDraws, asked: Sequence[DrawFigures]) -> None:
    """Fills ``draws`` of each: the data itself in the first row, then a row a resample.

    All are asked of a block before the next one is drawn, as drawing costs as much as a figure.
    """
    found: list[list[Floats]] = [[one.of(drawn.once())] for one in asked]
    for block in drawn.blocks():
        for one, rows in zip(asked, found, strict=True):
            rows.append(one.of(block))
    for one, rows in zip(asked, found, strict=True):
        one.draws = np.concatenate(rows)


class RankFigures:
    """auc, average_precision and ks, a column each.

    Parameters
    ----------
    y, p : array
        Outcomes and probabilities, one a row.
    drawn : ClientDraws
        Of these rows; of more, if ``held`` says which of them these are.
    held : array of bool, optional
        Rows of ``drawn`` that y and p belong to.
    mass : array, optional
        What each row counts, 0 or more; one by default.
    """

    def __init__(
        self, y: Floats, p: Floats, drawn: ClientDraws, *, held: npt.NDArray[Any] | None = None, mass: Any = None
    ) -> None:
        place = drawn.place if held is None else drawn.place[held]
        weigh = np.ones(len(y)) if mass is None else np.asarray(mass, dtype=np.float64)
        counted = weigh > 0
        if not counted.all():
            y, p, place, weigh = y[counted], p[counted], place[counted], weigh[counted]
        ranking = Ranking(y, p)
        self.place = place[ranking.order]
        self.bad = ranking.bad > 0.5
        self.mass = weigh[ranking.order]
        self.last = np.zeros(len(y), dtype=np.bool_)
        self.last[ranking.ends[: len(y)]] = True  # without a row there is an end, and nothing that ends
        self.bads = np.bincount(place, weights=weigh * y, minlength=drawn.clients)
        self.goods = np.bincount(place, weights=weigh * (1 - y), minlength=drawn.clients)
        self.draws: Floats = np.empty((0, 3))

    def of(self, counts: Counts) -> Floats:
        """One row of figures a resample; NaN where it holds one class only."""
        work, out = np.zeros((6, counts.shape[1])), np.zeros((3, counts.shape[1]))
        _ranks(self.place, self.bad, self.mass, self.last, counts, self.bads, self.goods, work, out)
        bads, goods = work[4], work[5]
        both = np.where((bads > 0) & (goods > 0), bads * goods, np.nan)
        return np.column_stack([out[0] / both, out[1] / np.where(bads > 0, bads, np.nan), out[2] / both])


class CellSums:
    """Sums of values over the rows of each cell; ``draws`` has the shape (1 + n, cells, values).

    Parameters
    ----------
    values : sequence of arrays
        What is summed, one array a value.
    drawn : ClientDraws
        Of these rows.
    cell : array of int, optional
        The cell of each row, below 0: in none; without it there is one for all.
    cells : int
        How many cells there are.
    """

    def __init__(
        self, values: Sequence[Any], drawn: ClientDraws, cell: npt.NDArray[Any] | None = None, cells: int = 1
    ) -> None:
        self.cells = cells
        if cell is None:  # a client's rows are drawn together: their sum is all that is needed
            self.place = np.arange(drawn.clients, dtype=np.int32)
            self.cell = np.zeros(drawn.clients, dtype=np.int32)
            summed: list[Any] = [np.bincount(drawn.place, weights=v, minlength=drawn.clients) for v in values]
        else:  # row by row, but client by client, so that counts are read in their order
            self.place = drawn.place[drawn.by_client]
            self.cell = np.asarray(cell, dtype=np.int32)[drawn.by_client]
            summed = [np.asarray(v, dtype=np.float64)[drawn.by_client] for v in values]
        self.values = np.empty((len(self.place), len(summed)))
        for i, value in enumerate(summed):
            self.values[:, i] = value
        self.draws: Floats = np.empty((0, cells, len(summed)))

    def of(self, counts: Counts) -> Floats:
        """Sums, (resamples, cells, values)."""
        out = np.zeros((self.cells, self.values.shape[1], counts.shape[1]))
        _cell_sums(self.place, self.cell, self.values, counts, out)
        return np.ascontiguousarray(np.moveaxis(out, 2, 0))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below; NaN where nothing is below."""
    found: Floats = np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)
    return found


@entry
def _cell_sums(place: Any, cell: Any, values: Any, counts: Any, out: Any) -> None:
    for row in range(len(place)):
        at = cell[row]
        if at < 0:
            continue
        client = place[row]
        for v in range(values.shape[1]):
            value = values[row, v]
            if value != 0.0:
                for j in range(counts.shape[1]):
                    out[at, v, j] += value * counts[client, j]


@entry
def _ranks(place: Any, bad: Any, mass: Any, last: Any, counts: Any, bads: Any, goods: Any, work: Any, out: Any) -> None:
    """Rows by falling probability; ``last`` marks the last row of equal ones, which count together.

    ``work`` (zeros): bad and good weight so far, bad and good weight of the equal ones, all bad and all good weight.
    ``out`` (zeros): Σ pairs ranked right, Σ bad × precision, the largest bad share less good share × both totals.
    """
    n = counts.shape[1]
    for client in range(len(bads)):
        for j in range(n):
            work[4, j] += bads[client] * counts[client, j]
            work[5, j] += goods[client] * counts[client, j]
    alone = True  # no equal row waits: most probabilities are met once, and need less work
    for row in range(len(place)):
        client, weight = place[row], mass[row]
        if alone and last[row] and bad[row]:
            for j in range(n):
                more = weight * counts[client, j]
                work[0, j] += more
                out[1, j] += more * work[0, j] / max(work[0, j] + work[1, j], 1e-300)
                out[2, j] = max(out[2, j], abs(work[0, j] * work[5, j] - work[1, j] * work[4, j]))
            continue
        if alone and last[row]:
            for j in range(n):
                more = weight * counts[client, j]
                out[0, j] += more * work[0, j]
                work[1, j] += more
                out[2, j] = max(out[2, j], abs(work[0, j] * work[5, j] - work[1, j] * work[4, j]))
            continue
        kind = 2 if bad[row] else 3
        for j in range(n):
            work[kind, j] += weight * counts[client, j]
        alone = last[row]
        if alone:
            for j in range(n):
                out[0, j] += work[3, j] * (work[0, j] + 0.5 * work[2, j])
                work[0, j] += work[2, j]
                work[1, j] += work[3, j]
                out[1, j] += work[2, j] * work[0, j] / max(work[0, j] + work[1, j], 1e-300)
                out[2, j] = max(out[2, j], abs(work[0, j] * work[5, j] - work[1, j] * work[4, j]))
                work[2, j] = 0.0
                work[3, j] = 0.0
