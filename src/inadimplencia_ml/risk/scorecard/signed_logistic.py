"""Logistic regression on tables of cell values whose slopes may not be negative, drawn to a centre.

A slope below zero would say that a bin with more bad ones is safer. Held at zero instead, the column leaves the card.
The loss is convex and so is the set, so there is one answer, found by Newton's method: each step solves the quadratic
of the loss under the bounds by coordinate descent. Sums run over rows in one fixed order and through no threaded
library, so the same data gives the same bits at any number of threads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry, kernel
from inadimplencia_ml.risk.binning.prebins import Codes

__all__ = ["CLOSE", "CellData", "signed_logistic"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

_STEPS = 60
CLOSE = 1e-8  # largest change of a coefficient, relative to the largest coefficient
_CURVED_ON = 20_000  # rows, evenly spaced, that the curvature is taken from; the slope is always that of all rows


@dataclass(frozen=True)
class CellData:
    """Rows as cells, what each cell of each chosen column is worth, and the outcome.

    Parameters
    ----------
    codes : array (rows, columns)
        Cell of each value.
    columns : array of int
        The columns that take part.
    tables : array (columns that take part, cells)
        Value of each cell.
    y, weight : array
        Outcome, 0 or 1, and weight of each row.
    rows : array of int
        The rows that take part.
    """

    codes: Codes
    columns: Ints
    tables: Floats
    y: Floats
    weight: Floats
    rows: Rows

    def log_odds(self, beta: Floats, rows: Rows) -> Floats:
        """beta[-1] + Σ beta × value, of some rows."""
        out = np.empty(len(rows))
        _predict(self.codes, self.columns, self.tables, beta, rows, out)
        return out


def signed_logistic(
    data: CellData, *, ridge: float, centre: float, start: Floats | None = None, close: float = CLOSE
) -> Floats:
    """Slopes, none below zero, and behind them the intercept.

    Minimises Σ weight × log loss + ½·ridge·(Σ (slope − mean)² + (mean − centre)²): slopes are drawn to their mean, and
    the mean, as one slope more, to the centre.

    Parameters
    ----------
    data : CellData
        Rows and values.
    ridge : float
        0 or more, in units of rows.
    centre : float
        What the mean of the slopes is drawn to.
    start : array, optional
        Where to begin, such as the answer of a near ridge.
    close : float
        Largest change of a coefficient, relative to the largest one, at which it ends.
    """
    k = len(data.columns)
    beta = np.zeros(k + 1) if start is None else start.copy()
    if start is None:
        share = float((data.weight * data.y)[data.rows].sum() / data.weight[data.rows].sum())
        beta[k] = math.log(share / (1.0 - share))
    loss, gradient = _slope(data, beta, ridge, centre)
    for _ in range(_STEPS):
        after = beta.copy()
        _descend(gradient, _curvature(data, beta, ridge), beta, after)
        step = after - beta
        tried, slope_there = _slope(data, beta + step, ridge, centre)
        halvings = 0
        while tried > loss + 1e-11 * abs(loss) and halvings < 30:
            step, halvings = step / 2, halvings + 1
            tried, slope_there = _slope(data, beta + step, ridge, centre)
        beta, loss, gradient = beta + step, tried, slope_there
        if np.abs(step).max() <= close * (1.0 + np.abs(beta).max()):
            break
    return beta


def _slope(data: CellData, beta: Floats, ridge: float, centre: float) -> tuple[float, Floats]:
    """The penalised loss and its gradient."""
    gradient, total = np.zeros(len(beta)), np.zeros(1)
    _gradient(data.codes, data.columns, data.tables, data.y, data.weight, data.rows, beta, gradient, total)
    loss = float(total[0])
    slopes = beta[:-1]
    if not len(slopes):
        return loss, gradient
    mean = float(slopes.mean())
    gradient[:-1] += ridge * (slopes - mean + (mean - centre) / len(slopes))
    return loss + 0.5 * ridge * (float(((slopes - mean) ** 2).sum()) + (mean - centre) ** 2), gradient


def _curvature(data: CellData, beta: Floats, ridge: float) -> Floats:
    k = len(beta)
    apart = max(1, -(-len(data.rows) // _CURVED_ON))
    rows = np.ascontiguousarray(data.rows[::apart])
    found = np.zeros((k, k))
    _hessian(data.codes, data.columns, data.tables, data.weight, rows, beta, np.empty(k), found)
    found = np.tril(found) * (len(data.rows) / len(rows))
    found = found + np.tril(found, -1).T
    found[np.diag_indices(k)] += 1e-9
    slopes = max(k - 1, 1)
    found[np.arange(k - 1), np.arange(k - 1)] += ridge
    found[: k - 1, : k - 1] += ridge * (1.0 / slopes - 1.0) / slopes
    return found


@kernel
def _margin(codes: Codes, columns: Ints, tables: Floats, beta: Floats, i: Int) -> Any:
    z = beta[columns.shape[0]]
    for j in range(columns.shape[0]):
        z += beta[j] * tables[j, codes[i, columns[j]]]
    return z


@entry
def _predict(codes: Codes, columns: Ints, tables: Floats, beta: Floats, rows: Rows, out: Floats) -> None:
    for r in range(rows.shape[0]):
        out[r] = _margin(codes, columns, tables, beta, rows[r])


@entry
def _gradient(
    codes: Codes,
    columns: Ints,
    tables: Floats,
    y: Floats,
    weight: Floats,
    rows: Rows,
    beta: Floats,
    gradient: Floats,
    total: Floats,
) -> None:
    k = columns.shape[0]
    for r in range(rows.shape[0]):
        i = rows[r]
        z = _margin(codes, columns, tables, beta, i)
        tail = math.exp(-abs(z))
        p = 1.0 / (1.0 + tail) if z >= 0 else tail / (1.0 + tail)
        total[0] += weight[i] * (math.log1p(tail) + max(z, 0.0) - y[i] * z)
        error = weight[i] * (p - y[i])
        for j in range(k):
            gradient[j] += error * tables[j, codes[i, columns[j]]]
        gradient[k] += error


@entry
def _hessian(
    codes: Codes, columns: Ints, tables: Floats, weight: Floats, rows: Rows, beta: Floats, values: Floats, found: Floats
) -> None:
    """The lower triangle; ``values`` is room for a row."""
    k = columns.shape[0]
    for r in range(rows.shape[0]):
        i = rows[r]
        z = _margin(codes, columns, tables, beta, i)
        tail = math.exp(-abs(z))
        curve = weight[i] * tail / (1.0 + tail) ** 2
        for j in range(k):
            values[j] = tables[j, codes[i, columns[j]]]
        values[k] = 1.0
        for a in range(k + 1):
            part = curve * values[a]
            for b in range(a + 1):
                found[a, b] += part * values[b]


@entry
def _descend(gradient: Floats, hessian: Floats, beta: Floats, after: Floats) -> None:
    """Coordinate descent on the quadratic around beta, slopes held at 0 or above; ``after`` is moved to its lowest
    point."""
    k = beta.shape[0]
    for _sweep in range(1000):
        moved = 0.0
        for j in range(k):
            slope = gradient[j]
            for b in range(k):
                slope += hessian[j, b] * (after[b] - beta[b])
            wish = after[j] - slope / hessian[j, j]
            if j < k - 1 and wish < 0.0:
                wish = 0.0
            moved = max(moved, abs(wish - after[j]))
            after[j] = wish
        if moved < 1e-11:
            break
