"""From a model's log-odds to a probability that can be believed: none, Platt, beta or isotonic, chosen by later data.

All four are growing functions of the log-odds, so they change no ranking (isotonic joins neighbours only through the
straight lines between its knots). A known or estimated change of the bad rate moves the level of each (`prior_shift`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.fold_agreement import agreed, agreed_levels, agreed_line
from inadimplencia_ml.risk.newton import logistic, sigmoid

__all__ = ["Calibration", "Method", "choose_calibration", "fit_calibration"]

Floats = npt.NDArray[np.float64]
Folds = npt.NDArray[np.int64]
Method = Literal["none", "platt", "beta", "isotonic"]

# Cases of the rarer class below which a method has too little to learn from: two, three, and some dozens of figures.
_NEEDED: dict[Method, int] = {"none": 0, "platt": 50, "beta": 300, "isotonic": 2000}


@dataclass(frozen=True)
class Calibration:
    """A growing function from log-odds to log-odds.

    Parameters
    ----------
    method : {"none", "platt", "beta", "isotonic"}
        platt: (slope, intercept). beta: (a, b, c) in a·log p − b·log(1−p) + c.
    coefficients : tuple of float
        Of platt or beta.
    knots : tuple of (log-odds in, log-odds out)
        Of isotonic; straight lines between them, parallel to the diagonal outside.
    shift : float
        Added to the calibrated log-odds: another bad rate than that of the training.

    Examples
    --------
    >>> Calibration("platt", (0.8, -0.1)).log_odds(np.array([-2.0, 0.0]))
    array([-1.7, -0.1])
    """

    method: Method = "none"
    coefficients: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    shift: float = 0.0

    def log_odds(self, z: Floats) -> Floats:
        """Calibrated log-odds of raw log-odds ``z``."""
        curve = self._curve(np.ascontiguousarray(z, dtype=np.float64))
        return curve + self.shift if self.shift else curve

    def _curve(self, z: Floats) -> Floats:
        if self.method == "platt":
            slope, intercept = self.coefficients
            return slope * z + intercept
        if self.method == "beta":
            a, b, c = self.coefficients
            good, bad = _log_sides(z)
            return a * bad - b * good + c
        if self.method == "isotonic":
            return _along_knots(z, self.knots)
        return z

    def probability(self, z: Floats) -> Floats:
        """Calibrated probability of raw log-odds ``z``."""
        return sigmoid(self.log_odds(z))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method,
            "coefficients": list(self.coefficients),
            "knots": [[x, y] for x, y in self.knots],
            "shift": self.shift,
        }

    @classmethod
    def from_json(cls, data: Any) -> Calibration:
        """The calibration that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            method, knots = data["method"], tuple((float(x), float(y)) for x, y in data["knots"])
            shift = float(data.get("shift", 0.0))  # not there in bundles of format 1
            made = cls(method, tuple(float(c) for c in data["coefficients"]), knots, shift)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raise BundleError(f"The calibration of the model cannot be read: {error!r}") from None
        count = {"none": 0, "platt": 2, "beta": 3, "isotonic": 0}.get(method)
        if count is None or len(made.coefficients) != count or (method == "isotonic" and len(knots) < 2):
            raise BundleError(f"The calibration of the model is not one of {', '.join(get_args(Method))}: {method!r}")
        return made


def fit_calibration(
    method: Method, z: Floats, y: Floats, weight: Floats | None = None, fold: Folds | None = None
) -> Calibration:
    """The calibration of one method, fitted on out-of-fold log-odds ``z`` and outcomes ``y``.

    Parameters
    ----------
    method : {"none", "platt", "beta", "isotonic"}
    z, y : array
        Out-of-fold log-odds and outcomes.
    weight : array, optional
        Weight of each row.
    fold : array of int, optional
        The fold of each row. With it only what the folds agree on is mended (`risk.fold_agreement`): platt's slope and
        level are those that stand out from the spread between folds, and the curves of beta and isotonic are fitted
        beside a level of each fold.
    """
    if method == "none":
        return Calibration()
    if method == "platt":
        return _platt(z, y, weight) if fold is None else Calibration("platt", agreed_line(z, y, fold, weight))
    aside = np.zeros(len(z)) if fold is None else agreed_levels(z, y, fold, weight)
    return _beta(z, y, weight, aside) if method == "beta" else _isotonic(z + aside, y, weight)


def choose_calibration(
    z: Floats, y: Floats, fold: Folds, *, later: bool, weight: Floats | None = None
) -> tuple[Calibration, dict[str, float]]:
    """The method that does best on data it was not fitted on, fitted on all; and the log loss of each method.

    Platt's line, as far as the folds agree on it, unless they agree that a curve does better: with few bad cases curves
    fit noise, and one odd month must not bend the rest. Where folds follow each other in time, losses are compared
    after each method's level was set right: the level of one month says nothing about the shape.

    Parameters
    ----------
    z, y : array
        Out-of-fold log-odds and outcomes.
    fold : array of int
        The fold of each row, in the order of time if ``later``.
    later : bool
        True: each fold but the first against those before it. False: each fold against all others.
    weight : array, optional
        Weight of each row.
    """
    w = np.ones(len(y)) if weight is None else weight
    rarer = int(min((y > 0.5).sum(), (y <= 0.5).sum()))
    methods = [m for m in get_args(Method) if rarer >= _NEEDED[m]]
    ids = np.unique(fold)
    judges = ids[1:] if later else ids
    if len(methods) == 1 or len(ids) < 2:
        return Calibration(), {}
    losses: dict[Method, list[Floats]] = {method: [] for method in methods}
    for k in judges:
        seen, held = (fold < k) if later else (fold != k), fold == k
        for method in methods:
            out = fit_calibration(method, z[seen], y[seen], w[seen], fold[seen]).log_odds(z[held])
            level = logistic([np.ones(len(out))], y[held], weight=w[held], offset=out, strength=[0.01]) if later else 0
            losses[method].append(w[held] * _row_loss(out + level, y[held]))
    best = _best(losses)
    rows = float(w[np.isin(fold, judges)].sum())
    means = {m: float(sum(one.sum() for one in v)) / rows for m, v in losses.items()}
    made = fit_calibration(best, z, y, w, fold)
    return Calibration() if made.coefficients == (1.0, 0.0) else made, {str(m): v for m, v in means.items()}


def _best(losses: dict[Method, list[Floats]]) -> Method:
    """Platt, or a curve that the folds agree is better than what stands before it."""
    best: Method = "platt"
    for curve in ("beta", "isotonic"):
        if curve in losses:
            gains = [before - after for before, after in zip(losses[best], losses[curve], strict=True)]
            mean = np.array([g.mean() for g in gains])
            variance = np.array([g.var() / len(g) for g in gains])
            if agreed(mean, np.maximum(variance, 1e-18)) > 0:
                best = curve
    return best


def _row_loss(z: Floats, y: Floats) -> Floats:
    return np.logaddexp(0.0, z) - y * z


def _log_sides(z: Floats) -> tuple[Floats, Floats]:
    """log(1−p) and log p of log-odds z, without loss at the ends."""
    return -np.logaddexp(0.0, z), -np.logaddexp(0.0, -z)


def _platt(z: Floats, y: Floats, weight: Floats | None) -> Calibration:
    # Drawn weakly to the diagonal, so that few cases do not turn the curve; a falling curve is never kept.
    slope, intercept = logistic([z, np.ones(len(z))], y, weight=weight, prior=(1.0, 0.0), strength=(1.0, 0.01))
    return Calibration("platt", (max(float(slope), 0.05), float(intercept)))


def _beta(z: Floats, y: Floats, weight: Floats | None, aside: Floats) -> Calibration:
    good, bad = _log_sides(z)
    one = np.ones(len(z))
    two: dict[str, Any] = {"weight": weight, "prior": (1.0, 0.0), "strength": (1.0, 0.01)}
    drawn: dict[str, Any] = {"weight": weight, "prior": (1.0, 1.0, 0.0), "strength": (1.0, 1.0, 0.01)}
    a, b, c = logistic([bad, -good, one], y, offset=aside, **drawn)
    # A side that would fall is held at 0.01: the curve must grow, and at 0 the ranking would be lost.
    if a < 0.01:
        b, c = logistic([-good, one], y, offset=aside + 0.01 * bad, **two)
    elif b < 0.01:
        a, c = logistic([bad, one], y, offset=aside - 0.01 * good, **two)
    return Calibration("beta", (max(float(a), 0.01), max(float(b), 0.01), float(c)))


def _isotonic(z: Floats, y: Floats, weight: Floats | None) -> Calibration:
    w = np.ones(len(z)) if weight is None else weight
    step = IsotonicRegression(increasing=True).fit_transform(z, y, sample_weight=w)
    order = np.argsort(z, kind="stable")
    block = np.concatenate([[0], np.cumsum(np.diff(step[order]) > 0)])
    mass = np.bincount(block, weights=w[order])
    centre = np.bincount(block, weights=(w * z)[order]) / mass
    # Two cases as Platt expects them keep the ends from 0 and 1, which no number of cases can show.
    expected = _platt(z, y, weight).probability(centre)
    share = (np.bincount(block, weights=(w * y)[order]) + 2.0 * expected) / (mass + 2.0)
    height = np.maximum.accumulate(np.log(share) - np.log1p(-share))
    keep = np.concatenate([[True], np.diff(height) > 1e-9])
    if keep.sum() < 2:
        return _platt(z, y, weight)
    return Calibration("isotonic", (), tuple(zip(centre[keep].tolist(), height[keep].tolist(), strict=True)))


def _along_knots(z: Floats, knots: tuple[tuple[float, float], ...]) -> Floats:
    """Straight lines between the knots, parallel to the diagonal outside."""
    x, y = np.array(knots, dtype=np.float64).T
    left = np.clip(np.searchsorted(x, z, side="right") - 1, 0, len(x) - 2)
    slope = (y[left + 1] - y[left]) / (x[left + 1] - x[left])
    inside = y[left] + slope * (np.clip(z, x[0], x[-1]) - x[left])
    out: Floats = inside + np.minimum(z - x[0], 0.0) + np.maximum(z - x[-1], 0.0)
    return out
