"""A small logistic regression by Newton's method, for curves of a few coefficients.

Sums run over rows in one fixed order, never through a threaded library, so the same data gives the same bits whatever
the number of threads: the digest of a model depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

__all__ = ["logistic", "sigmoid"]

Floats = npt.NDArray[np.float64]

_STEPS = 50
_CLOSE = 1e-10  # of the largest change of a coefficient


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(−z)), value by value the same alone or in a batch."""
    return np.asarray(expit(z), dtype=np.float64)


def logistic(
    columns: Sequence[Floats],
    y: Floats,
    *,
    weight: Floats | None = None,
    offset: Floats | float = 0.0,
    prior: Sequence[float] | None = None,
    strength: Sequence[float] | None = None,
) -> Floats:
    """The coefficients of log-odds(y) = offset + Σ coefficient × column.

    Parameters
    ----------
    columns : sequence of arrays
        One array a coefficient; give an array of ones for the intercept.
    y : array
        Outcomes, 0 to 1 (shares of bad ones in grouped data).
    weight : array, optional
        Weight of each row.
    offset : array or float
        Log-odds that are taken as given.
    prior, strength : sequence of float, optional
        Each coefficient is drawn to its prior as by a normal distribution of precision ``strength``.

    Examples
    --------
    >>> one = np.ones(4)
    >>> logistic([one], np.array([1.0, 0.0, 0.0, 0.0])).round(4)  # log-odds of one in four
    array([-1.0986])
    """
    k = len(columns)
    centre = np.zeros(k) if prior is None else np.asarray(prior, dtype=np.float64)
    ridge = np.full(k, 1e-9) if strength is None else np.asarray(strength, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else weight
    beta = centre.copy()
    loss = _loss(columns, y, w, offset, beta, centre, ridge)
    for _ in range(_STEPS):
        step = _newton_step(columns, y, w, offset, beta, centre, ridge)
        # Newton may overshoot where the curve is flat: halve until the loss does not rise.
        for _halving in range(30):
            after = _loss(columns, y, w, offset, beta - step, centre, ridge)
            if after <= loss + 1e-12 * abs(loss):
                break
            step = step / 2
        beta, loss = beta - step, after
        if np.abs(step).max() < _CLOSE * (1 + np.abs(beta).max()):
            break
    return beta


def _margin(columns: Sequence[Floats], offset: Floats | float, beta: Floats) -> Floats:
    z = np.zeros(len(columns[0])) + offset
    for column, b in zip(columns, beta, strict=True):
        z = z + b * column
    return z


def _loss(
    columns: Sequence[Floats], y: Floats, w: Floats, offset: Floats | float, beta: Floats, centre: Floats, ridge: Floats
) -> float:
    z = _margin(columns, offset, beta)
    return float((w * (np.logaddexp(0.0, z) - y * z)).sum() + 0.5 * (ridge * (beta - centre) ** 2).sum())


def _newton_step(
    columns: Sequence[Floats], y: Floats, w: Floats, offset: Floats | float, beta: Floats, centre: Floats, ridge: Floats
) -> Floats:
    p = sigmoid(_margin(columns, offset, beta))
    error, curve = w * (p - y), w * p * (1 - p)
    k = len(columns)
    gradient = np.array([(error * c).sum() for c in columns]) + ridge * (beta - centre)
    hessian = np.empty((k, k))
    for i in range(k):
        weighted = curve * columns[i]
        for j in range(i + 1):
            hessian[i, j] = hessian[j, i] = (weighted * columns[j]).sum()
    hessian[np.diag_indices(k)] += ridge + 1e-12
    return np.asarray(np.linalg.solve(hessian, gradient), dtype=np.float64)
