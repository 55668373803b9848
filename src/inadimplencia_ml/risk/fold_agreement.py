"""What the folds of a model agree on: one slope and one level of its log-odds, and how far the folds differ.

Folds of different dates are different times, not draws of one: a shock in one of them, however many its rows, says
little about the next month. So each fold is one witness (random effects, DerSimonian and Laird 1986,
doi:10.1016/0197-2456(86)90046-2), and what does not stand out from its error is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from inadimplencia_ml.risk.newton import logistic, sigmoid

__all__ = ["agreed", "agreed_level", "agreed_levels", "agreed_line", "level_swing"]

Floats = npt.NDArray[np.float64]
Folds = npt.NDArray[np.int64]

_STANDS_OUT = 2.0  # standard errors
_FEWEST = 3  # folds; fewer say nothing of how far the next one may lie


@dataclass(frozen=True)
class _Line:
    """log-odds = centre + slope·(z − centre) + level, of one fold, with variances."""

    slope: float
    slope_variance: float
    level: float
    level_variance: float


def agreed(values: Floats, variances: Floats, stands_out: float = _STANDS_OUT) -> float:
    """The mean that witnesses of different certainty agree on, drawn to 0; 0 under ``stands_out`` standard errors.

    Examples
    --------
    >>> agreed(np.array([0.5, 0.5, 0.5]), np.array([0.001, 0.001, 0.001])).__round__(2)
    0.5
    >>> agreed(np.array([1.2, -0.7, 0.3]), np.array([0.001, 0.001, 0.001]))
    0.0
    """
    weight = 1.0 / variances
    mean = float((weight * values).sum() / weight.sum())
    if len(values) > 1:
        spread = float((weight * (values - mean) ** 2).sum()) - (len(values) - 1)
        between = max(0.0, spread / float(weight.sum() - (weight**2).sum() / weight.sum()))
        weight = 1.0 / (variances + between)
        mean = float((weight * values).sum() / weight.sum())
    noise = stands_out**2 / float(weight.sum())
    return mean * (1.0 - noise / mean**2) if mean**2 > noise else 0.0


def agreed_line(z: Floats, y: Floats, fold: Folds, weight: Floats | None = None) -> tuple[float, float]:
    """Slope and intercept that turn log-odds ``z`` into those of the outcomes, as far as the folds agree.

    Slope and level are taken where most can be learned about them, the mean of z weighted by p(1 − p): there they
    hardly depend on each other.
    """
    w = np.ones(len(y)) if weight is None else weight
    p = sigmoid(z)
    told = w * p * (1.0 - p)
    centre = float((told * z).sum() / told.sum())
    lines = [_line_of(z[fold == k], y[fold == k], w[fold == k], centre) for k in np.unique(fold)]
    slope = 1.0 + agreed(np.array([one.slope - 1.0 for one in lines]), np.array([one.slope_variance for one in lines]))
    level = agreed(np.array([one.level for one in lines]), np.array([one.level_variance for one in lines]))
    slope = max(slope, 0.05)  # a falling curve is never kept
    return slope, centre * (1.0 - slope) + level


def agreed_level(
    z: Floats, y: Floats, fold: Folds, weight: Floats | None = None, *, stands_out: float = _STANDS_OUT
) -> float:
    """By how much log-odds ``z`` lie below those of the outcomes, as far as the folds agree."""
    levels, variances, _ = _levels_of(z, y, fold, weight)
    return agreed(levels, variances, stands_out)


def agreed_levels(z: Floats, y: Floats, fold: Folds, weight: Floats | None = None) -> Floats:
    """Of each row, by how much its fold's level lies above the one that the folds agree on, log-odds."""
    levels, variances, place = _levels_of(z, y, fold, weight)
    return np.asarray((levels - agreed(levels, variances))[place], dtype=np.float64)


def level_swing(z: Floats, y: Floats, fold: Folds) -> float:
    """How far the level of a fold to come may lie from that of log-odds ``z``, 95 times of 100.

    The levels of the folds scatter around 0 by their errors and by what the times differ; the variance of the latter
    is what is left (by moments, the mean known to be 0), with Student's t of as many degrees as there are folds. 0
    where they differ by no more than chance, and where there are fewer than three.

    Examples
    --------
    >>> y, fold = np.tile(np.arange(500) < 50, 4).astype(float), np.repeat(np.arange(4), 500)
    >>> shock = np.repeat([0.5, -0.5, 0.5, -0.5], 500)
    >>> told = np.log(1 / 9)
    >>> round(level_swing(told + 0 * shock, y, fold), 2), round(level_swing(told + shock, y, fold), 2)
    (0.0, 1.32)
    """
    levels, variances, _ = _levels_of(z, y, fold, None)
    if len(levels) < _FEWEST:
        return 0.0
    weight = 1.0 / variances
    beyond = float((weight * levels**2).sum()) - len(levels)
    return float(stdtrit(len(levels), 0.975) * np.sqrt(max(0.0, beyond / float(weight.sum()))))


def _levels_of(z: Floats, y: Floats, fold: Folds, weight: Floats | None) -> tuple[Floats, Floats, Folds]:
    """The level of each fold with its variance, and the place of each row's fold among them."""
    w = np.ones(len(y)) if weight is None else weight
    ids, place = np.unique(fold, return_inverse=True)
    levels, variances = np.empty(len(ids)), np.empty(len(ids))
    for i in range(len(ids)):
        rows = place == i
        # Drawn weakly to 0: a fold without a bad one has no level of its own.
        level = float(logistic([np.ones(int(rows.sum()))], y[rows], weight=w[rows], offset=z[rows], strength=[0.01])[0])
        p = sigmoid(z[rows] + level)
        levels[i], variances[i] = level, 1.0 / (float((w[rows] * p * (1.0 - p)).sum()) + 0.01)
    return levels, variances, place.astype(np.int64)


def _line_of(z: Floats, y: Floats, w: Floats, centre: float) -> _Line:
    x, one = z - centre, np.ones(len(z))
    # Drawn weakly to the diagonal, so that few cases do not turn the curve.
    slope, level = logistic([x, one], y, weight=w, offset=centre, prior=(1.0, 0.0), strength=(1.0, 0.01))
    p = sigmoid(centre + slope * x + level)
    told = w * p * (1.0 - p)
    a, b, c = float((told * x * x).sum()) + 1.0, float((told * x).sum()), float(told.sum()) + 0.01
    det = a * c - b * b
    return _Line(float(slope), c / det, float(level), a / det)
