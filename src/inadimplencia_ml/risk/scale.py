"""The score scale: points for the odds of being good, 0 to 1000, higher is safer.

500 points are odds of 10 good to 1 bad; 40 points more double the odds. Probabilities are held inside the range in
which the points stay within 0 and 1000.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError

__all__ = [
    "HIGHEST_PROBABILITY",
    "LOWEST_PROBABILITY",
    "POINTS_PER_LOG_ODDS",
    "clip_probability",
    "clipped_count",
    "held_points",
    "points_of",
    "probability_of",
    "score",
    "score_raw",
]

Floats = npt.NDArray[np.float64]

_MIDDLE, _ODDS, _DOUBLING = 500.0, 10.0, 40.0

#: The probabilities of 1000 and of 0 points.
LOWEST_PROBABILITY = 1.0 / (1.0 + _ODDS * 2.0 ** (500.0 / _DOUBLING))
HIGHEST_PROBABILITY = 1.0 / (1.0 + _ODDS * 2.0 ** (-500.0 / _DOUBLING))

#: Points that one unit of log-odds of the event costs.
POINTS_PER_LOG_ODDS = _DOUBLING / float(np.log(2.0))


def _probabilities(p: Any) -> Floats:
    values = np.ascontiguousarray(p, dtype=np.float64)
    if ((values < 0) | (values > 1)).any():
        raise CallError("A probability lies outside 0 to 1.")
    return values


def clip_probability(p: Any) -> Floats:
    """``p`` held between the probabilities of 1000 and of 0 points; missing stays missing.

    Raises
    ------
    CallError
        A probability lies outside 0 to 1.
    """
    return np.clip(_probabilities(p), LOWEST_PROBABILITY, HIGHEST_PROBABILITY)


def clipped_count(p: Any) -> int:
    """How many of ``p`` lie outside the scale."""
    values = _probabilities(p)
    return int(((values < LOWEST_PROBABILITY) | (values > HIGHEST_PROBABILITY)).sum())


def score_raw(p: Any) -> Floats:
    """Points as float64: 500 + 40·log2(((1−p)/p)/10), p clipped; NaN for a missing probability.

    Examples
    --------
    >>> score_raw([1 / 11, 1 / 21]).round(9)  # 10 to 1, 20 to 1
    array([500., 540.])
    """
    held = clip_probability(p)
    return np.asarray(_MIDDLE + _DOUBLING * np.log2(((1.0 - held) / held) / _ODDS))


def points_of(log_odds: Any) -> Floats:
    """Points of log-odds of the event, not held between 0 and 1000.

    Examples
    --------
    >>> points_of(-np.log([10.0, 20.0])).round(9)
    array([500., 540.])
    """
    start = _MIDDLE - _DOUBLING * float(np.log2(_ODDS))
    return np.asarray(start - POINTS_PER_LOG_ODDS * np.asarray(log_odds, dtype=np.float64))


def held_points(points: Any) -> Floats:
    """Points held between 0 and 1000, as ``score_raw`` holds them."""
    return np.clip(np.asarray(points, dtype=np.float64), 0.0, 1000.0)


def probability_of(points: Any) -> Floats:
    """The probability of ``score_raw`` points.

    Examples
    --------
    >>> float(probability_of(500.0) * 11)
    1.0
    """
    return np.asarray(1.0 / (1.0 + _ODDS * np.exp2((np.asarray(points, dtype=np.float64) - _MIDDLE) / _DOUBLING)))


def score(p: Any) -> Floats:
    """Points as whole numbers from 0 to 1000 (float64, so that a missing one can stay NaN).

    Examples
    --------
    >>> score([0.5, 0.05, 0.0])
    array([ 367.,  537., 1000.])
    """
    return np.rint(score_raw(p))
