"""How good a probability is: ranking, sharpness, calibration. Every figure takes weights, so it can be resampled.

``y`` holds 1 for bad and 0 for good, ``p`` the probability of bad; higher p ranks first. A figure that the data cannot
give (one class only) is NaN.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.newton import logistic, sigmoid

__all__ = [
    "CalibrationLine",
    "Ranking",
    "auc",
    "average_precision",
    "brier",
    "calibration_error",
    "calibration_line",
    "captured_at",
    "equal_mass_bins",
    "ks",
    "level_removed",
    "lift_at",
    "log_loss",
]

Floats = npt.NDArray[np.float64]

_TINY = 1e-15  # nearest to 0 and 1 that a probability may come before its logarithm is taken


def checked(y: Any, p: Any) -> tuple[Floats, Floats]:
    """Both as float64 arrays of one length.

    Raises
    ------
    CallError
        Lengths differ, y holds something else than 0 and 1, or p lies outside 0 to 1.
    """
    y, p = np.asarray(y, dtype=np.float64), np.asarray(p, dtype=np.float64)
    if y.ndim != 1 or y.shape != p.shape:
        raise CallError(f"y has the shape {y.shape} and p {p.shape}. Expected one outcome and one probability a row.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise CallError("y holds other values than 0 (good) and 1 (bad).")
    if not ((p >= 0) & (p <= 1)).all():
        raise CallError(f"{int((~((p >= 0) & (p <= 1))).sum())} of p are missing or lie outside 0 to 1.")
    return y, p


class Ranking:
    """Rows sorted once by falling probability; each figure then is a running sum over weights.

    Parameters
    ----------
    y, p : array
        Outcomes and probabilities, one a row.
    """

    def __init__(self, y: Floats, p: Floats) -> None:
        self.order = np.argsort(-p, kind="stable")
        ranked = p[self.order]
        self.bad = y[self.order]
        # Rows of one probability count together: a figure must not depend on how ties happen to lie.
        self.ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))

    def counts(self, weight: Floats | None = None) -> tuple[Floats, Floats]:
        """Bad and good weight from the top down to the end of each probability; ``weight`` in the order of the rows."""
        w = np.ones(len(self.bad)) if weight is None else weight[self.order]
        bad = w * self.bad
        return np.cumsum(bad)[self.ends], np.cumsum(w - bad)[self.ends]

    def figures(self, weight: Floats | None = None) -> tuple[float, float, float]:
        """auc, average_precision and ks."""
        bad, good = self.counts(weight)
        return _auc(bad, good), _average_precision(bad, good), _ks(bad, good)

    def auc(self, weight: Floats | None = None) -> float:
        """See ``metrics.auc``."""
        return _auc(*self.counts(weight))


def _auc(bad: Floats, good: Floats) -> float:
    if bad[-1] <= 0 or good[-1] <= 0:
        return float("nan")
    height = bad - 0.5 * np.diff(bad, prepend=0.0)
    return float((np.diff(good, prepend=0.0) * height).sum() / (bad[-1] * good[-1]))


def _average_precision(bad: Floats, good: Floats) -> float:
    if bad[-1] <= 0:
        return float("nan")
    seen = bad + good
    precision = np.divide(bad, seen, out=np.zeros_like(bad), where=seen > 0)
    return float((np.diff(bad, prepend=0.0) * precision).sum() / bad[-1])


def _ks(bad: Floats, good: Floats) -> float:
    if bad[-1] <= 0 or good[-1] <= 0:
        return float("nan")
    return float(np.abs(bad / bad[-1] - good / good[-1]).max())


def auc(y: Any, p: Any, weight: Floats | None = None) -> float:
    """Chance that a bad one has the higher probability than a good one; half for equal ones.

    Examples
    --------
    >>> auc([1, 0, 1, 0], [0.9, 0.1, 0.4, 0.4])
    0.875
    """
    return Ranking(*checked(y, p)).auc(weight)


def average_precision(y: Any, p: Any, weight: Floats | None = None) -> float:
    """Share of bad ones among those ranked above, averaged over the bad ones.

    Examples
    --------
    >>> round(average_precision([1, 0, 1, 0], [0.9, 0.8, 0.4, 0.1]), 4)
    0.8333
    """
    return _average_precision(*Ranking(*checked(y, p)).counts(weight))


def ks(y: Any, p: Any, weight: Floats | None = None) -> float:
    """Largest distance between the share of bad ones and the share of good ones above a cut.

    Examples
    --------
    >>> ks([1, 0, 1, 0], [0.9, 0.8, 0.4, 0.1])
    0.5
    """
    return _ks(*Ranking(*checked(y, p)).counts(weight))


def _mean(values: Floats, weight: Floats | None) -> float:
    if weight is None:
        return float(values.mean()) if len(values) else float("nan")
    return float((values * weight).sum() / weight.sum())


def brier(y: Any, p: Any, weight: Floats | None = None) -> float:
    """Mean squared distance of the probability from what happened.

    Examples
    --------
    >>> brier([1, 0], [0.8, 0.4])
    0.1
    """
    y, p = checked(y, p)
    return _mean((p - y) ** 2, weight)


def row_log_loss(y: Floats, p: Floats) -> Floats:
    """−log of the probability given to what happened, a row."""
    return np.asarray(-np.log(np.maximum(np.where(y > 0.5, p, 1.0 - p), _TINY)))


def log_loss(y: Any, p: Any, weight: Floats | None = None) -> float:
    """Mean of −log of the probability given to what happened.

    Examples
    --------
    >>> round(log_loss([1, 0], [0.5, 0.5]), 4)
    0.6931
    """
    return _mean(row_log_loss(*checked(y, p)), weight)


class CalibrationLine(NamedTuple):
    """log-odds of what happened = intercept + slope × log-odds of the probability; level: the intercept at slope 1.

    A slope under 1 says that the probabilities are too far apart; a level above 0 that they are too low.
    """

    slope: float
    intercept: float
    level: float


def calibration_line(y: Any, p: Any, weight: Floats | None = None) -> CalibrationLine:
    """The straight line that would mend the probabilities; (1, 0, 0) needs no mending.

    Examples
    --------
    >>> y, p = [1] * 2 + [0] * 8 + [1] * 6 + [0] * 4, [0.2] * 10 + [0.6] * 10
    >>> [round(abs(v), 6) for v in calibration_line(y, p)]
    [1.0, 0.0, 0.0]
    """
    return line_of_rates(*checked(y, p), weight)


def line_of_rates(y: Floats, p: Floats, weight: Floats | None = None) -> CalibrationLine:
    """``calibration_line`` of outcomes that may be shares of bad ones in grouped rows."""
    seen = y if weight is None else y[weight > 0]
    if not len(seen) or seen.max() <= 0 or seen.min() >= 1:
        return CalibrationLine(float("nan"), float("nan"), float("nan"))
    held = np.clip(p, _TINY, 1 - 1e-12)
    z = np.log(held) - np.log1p(-held)
    one = np.ones(len(y))
    (level,) = logistic([one], y, weight=weight, offset=z)
    if np.ptp(z) == 0:
        return CalibrationLine(float("nan"), float("nan"), float(level))
    # So weak a prior is not felt by any data but such as is told apart without a fault, where the slope has no end.
    slope, intercept = logistic([z, one], y, weight=weight, prior=(1.0, 0.0), strength=(1e-6, 1e-6))
    return CalibrationLine(float(slope), float(intercept), float(level))


def equal_mass_bins(p: Floats, bins: int) -> npt.NDArray[np.int64]:
    """The bin, 0 (lowest p) upwards, of each row: about equal numbers, equal probabilities together, none empty."""
    values, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - 0.5 * counts
    raw = np.minimum((middle * bins / len(p)).astype(np.int64), bins - 1)
    return np.asarray(np.unique(raw, return_inverse=True)[1][place], dtype=np.int64) if len(values) else place


def calibration_error(y: Any, p: Any, weight: Floats | None = None, *, bins: int = 15) -> float:
    """Mean distance between the rate of bad ones and the mean probability over bins of equal mass (ECE).

    Examples
    --------
    >>> round(calibration_error([1, 0, 0, 0, 1, 1], [0.2] * 3 + [0.6] * 3, bins=2), 4)
    0.1
    """
    y, p = checked(y, p)
    if not len(y):
        return float("nan")
    return binned_error(equal_mass_bins(p, bins), y, p, weight)


def binned_error(place: npt.NDArray[np.int64], y: Floats, p: Floats, weight: Floats | None = None) -> float:
    """The calibration error over bins that are given."""
    gap = (y - p) if weight is None else weight * (y - p)
    mass = float(len(y)) if weight is None else float(weight.sum())
    return float(np.abs(np.bincount(place, weights=gap)).sum() / mass)


def level_removed(y: Any, p: Any, weight: Floats | None = None) -> Floats:
    """The probabilities, moved in log-odds by their level, so that their mean is the rate of bad ones.

    What calibration error is left behind it is one of shape: a level moves from one period to the next and is mended by
    a prior shift, a shape is not. One class only: the probabilities as they are.

    Examples
    --------
    >>> level_removed([1, 0, 1, 0], [0.2, 0.2, 0.2, 0.2]).round(4).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    y, p = checked(y, p)
    level = calibration_line(y, p, weight).level
    if not np.isfinite(level):
        return np.asarray(p, dtype=np.float64)
    held = np.clip(p, _TINY, 1 - 1e-12)
    mended: Floats = sigmoid(np.log(held) - np.log1p(-held) + level)
    return mended


def captured_at(y: Any, p: Any, share: float) -> float:
    """Share of all bad ones among the ``share`` (0 to 1) of rows ranked highest; ties at the cut count in part.

    Examples
    --------
    >>> captured_at([1, 0, 1, 0], [0.9, 0.8, 0.4, 0.1], 0.5)
    0.5
    """
    if not 0 < share <= 1:
        raise CallError(f"share is {share}; expected above 0 and up to 1.")
    y, p = checked(y, p)
    bad, good = Ranking(y, p).counts()
    if bad[-1] <= 0:
        return float("nan")
    return float(np.interp(share * len(y), np.append(0.0, bad + good), np.append(0.0, bad)) / bad[-1])


def lift_at(y: Any, p: Any, share: float) -> float:
    """How many times more bad ones are among the ``share`` of rows ranked highest than among all.

    Examples
    --------
    >>> lift_at([1, 0, 0, 0], [0.9, 0.8, 0.4, 0.1], 0.25)
    4.0
    """
    return captured_at(y, p, share) / share
