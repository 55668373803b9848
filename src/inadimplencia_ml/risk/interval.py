"""How sure a probability is: the 95 % interval of the event rate among clients with this score.

Clients are drawn again and again from the held-out predictions, a smooth growing-with-the-data curve of the event rate
over the log-odds is fitted to each draw, and the spread of the curves at some fifty places is frozen with the model.
What is scored lies in a month to come, and months have levels of their own: by as much as those held out differed
beyond chance the interval is wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.bootstrap import client_weights
from inadimplencia_ml.risk.fold_agreement import level_swing
from inadimplencia_ml.risk.metrics import equal_mass_bins
from inadimplencia_ml.risk.newton import logistic, sigmoid

__all__ = ["RateInterval", "fit_interval"]

Floats = npt.NDArray[np.float64]

_BINS = 200  # of equal mass, in which the rows are counted once a draw
_PLACES = 49
_BEYOND = 1e6  # no log-odds are so large


@dataclass(frozen=True)
class RateInterval:
    """Lower and upper log-odds of the event rate at some log-odds of the probability; straight lines between them.

    Outside the places, the nearest distance from the probability holds on.

    Examples
    --------
    >>> interval = RateInterval((-3.0, -1.0), (-3.5, -1.2), (-2.6, -0.9))
    >>> low, high = interval.around(np.array([0.1, 0.5]))
    >>> bool((low <= [0.1, 0.5]).all() and (high >= [0.1, 0.5]).all())
    True
    """

    log_odds: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def around(self, probability: Any) -> tuple[Floats, Floats]:
        """Lower and upper bound of each probability, NaN where it is missing; the probability lies between them.

        A model without held-out predictions has no interval: all bounds are NaN.
        """
        p = np.ascontiguousarray(probability, dtype=np.float64)
        if not self.log_odds:
            return np.full(p.shape, np.nan), np.full(p.shape, np.nan)
        held = np.clip(p, 1e-12, 1 - 1e-12)
        z = np.log(held) - np.log1p(-held)
        x = np.asarray(self.log_odds)
        low = sigmoid(z + _between(z, x, np.asarray(self.low) - x))
        high = sigmoid(z + _between(z, x, np.asarray(self.high) - x))
        return np.minimum(low, p), np.maximum(high, p)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"log_odds": list(self.log_odds), "low": list(self.low), "high": list(self.high)}

    @classmethod
    def from_json(cls, data: Any) -> RateInterval:
        """The interval that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            made = cls(*(tuple(float(v) for v in data[k]) for k in ("log_odds", "low", "high")))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError(f"The intervals of the model cannot be read: {error!r}") from None
        if not (np.abs(np.concatenate([made.log_odds, made.low, made.high])) < _BEYOND).all():
            raise BundleError("The intervals of the model cannot be used: a place or an end is no log-odds.")
        if not len(made.log_odds) == len(made.low) == len(made.high) or (np.diff(made.log_odds) <= 0).any():
            raise BundleError(
                "The intervals of the model cannot be used: their places do not rise, or differ in number."
            )
        return made


def _between(z: Floats, x: Floats, y: Floats) -> Floats:
    """Straight lines between (x, y), level outside; written out, so that one row and a batch agree to the bit."""
    if len(x) == 1:
        return np.full(z.shape, y[0])
    left = np.clip(np.searchsorted(x, z, side="right") - 1, 0, len(x) - 2)
    share = np.clip((z - x[left]) / (x[left + 1] - x[left]), 0.0, 1.0)
    out: Floats = y[left] + share * (y[left + 1] - y[left])
    return out


def fit_interval(
    probability: Any, y: Any, groups: Any = None, dates: Any = None, *, n: int = 300, random_state: int = 0
) -> RateInterval:
    """The interval over the scores of held-out predictions.

    Parameters
    ----------
    probability, y : array-like
        Held-out probabilities, calibrated, and outcomes (1 bad, 0 good).
    groups : array-like, optional
        The client of each row.
    dates : array-like, optional
        The day of each row. With them the interval is that of a month to come (`fold_agreement.level_swing`); without,
        that of a month like the mean of those held out.
    n : int
        Number of resamples.
    random_state : int
        Seed.
    """
    p, bad = np.asarray(probability, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not len(p) or len(np.unique(bad)) < 2:
        return RateInterval((), (), ())
    held = np.clip(p, 1e-12, 1 - 1e-12)
    z = np.log(held) - np.log1p(-held)
    place = equal_mass_bins(z, _BINS)
    centre = np.bincount(place, weights=z) / np.bincount(place)
    knots = np.unique(np.quantile(z, (0.25, 0.5, 0.75, 0.9)))
    places = np.unique(np.quantile(z, np.linspace(0.005, 0.995, _PLACES)))
    curves = np.array(list(_curves(centre, place, bad, places, knots, client_weights(groups, len(p), n, random_state))))
    low, high = np.quantile(curves, (0.025, 0.975), axis=0)
    # Sampling noise must not let a riskier score have a lower bound: each bound is widened until it rises.
    low = np.minimum.accumulate(np.minimum(low, places)[::-1])[::-1]
    high = np.maximum.accumulate(np.maximum(high, places))
    if dates is not None:
        # Whom the draw holds and how the month goes are two chances of their own: their squares add.
        swing = level_swing(z, bad, _months(dates))
        low, high = (places + side * np.hypot(end - places, swing) for side, end in ((-1.0, low), (1.0, high)))
    return RateInterval(tuple(places.tolist()), tuple(low.tolist()), tuple(high.tolist()))


def _months(dates: Any) -> npt.NDArray[np.int64]:
    """A number for the calendar month of each day."""
    day = pd.DatetimeIndex(np.asarray(dates, dtype="datetime64[ns]"))
    return np.asarray(day.year * 12 + day.month, dtype=np.int64)


def _curves(
    centre: Floats, place: npt.NDArray[np.int64], bad: Floats, places: Floats, knots: Floats, draws: Iterator[Floats]
) -> Iterator[Floats]:
    """The log-odds of the event rate at ``places``, for each draw."""
    basis, shown = _hinges(centre, knots), _hinges(places, knots)
    # Drawn to the diagonal, as the probabilities are calibrated; a bend needs some cases to be believed.
    prior = [0.0, 1.0] + [0.0] * len(knots)
    strength = [0.01, 0.1] + [1.0] * len(knots)
    for weight in draws:
        mass: Floats = np.bincount(place, weights=weight, minlength=len(centre)).astype(np.float64)
        bads = np.bincount(place, weights=weight * bad, minlength=len(centre))
        rate = np.divide(bads, mass, out=np.zeros_like(mass), where=mass > 0)
        beta = logistic(basis, rate, weight=mass, prior=prior, strength=strength)
        yield np.sum([b * column for b, column in zip(beta, shown, strict=True)], axis=0)


def _hinges(z: Floats, knots: Floats) -> list[Floats]:
    """1, z, and the part of z above each knot."""
    return [np.ones(len(z)), z, *(np.maximum(z - k, 0.0) for k in knots)]
