"""The percentile rank of a value among values seen once and frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError

__all__ = ["FrozenRanks"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FrozenRanks:
    """Values of a sample, rising, and how many of the sample lay below and up to each.

    The rank of a value is its mid-distribution function, (P(X < x) + P(X ≤ x)) / 2: ties share the middle of the ranks
    that they take. At a kept value it is exact. Between two kept values it runs in a straight line from the share up to
    the lower to the share below the upper; if all different values were kept there is nothing between them, and it is
    exact everywhere.

    Parameters
    ----------
    values : array of float64
        Strictly rising.
    below, upto : array of int64
        Sample values smaller than, and not larger than, each.
    n : int
        Size of the sample, missing values left out.

    Notes
    -----
    Parzen, E. (2004), Quantile probability and statistical data modeling, Statistical Science 19(4), for the
    mid-distribution function; it is ``scipy.stats.percentileofscore(kind="mean")`` / 100.

    Examples
    --------
    >>> ranks = FrozenRanks.learn(np.array([0.0, 0.0, 0.0, 5.0, np.nan]), 1000)
    >>> ranks.rank(np.array([-1.0, 0.0, 3.0, 5.0, 9.0, np.nan])).tolist()
    [0.0, 0.375, 0.75, 0.875, 1.0, nan]
    """

    values: Floats
    below: Ints
    upto: Ints
    n: int

    @classmethod
    def learn(cls, sample: Floats, n_quantiles: int) -> FrozenRanks:
        """The ranks of a sample; of more than ``n_quantiles`` different values as many evenly spaced ones are kept."""
        known = np.sort(sample[~np.isnan(sample)]) + 0.0  # one zero, not two
        n = len(known)
        first = np.flatnonzero(np.concatenate([[True], known[1:] != known[:-1]])) if n else np.empty(0, np.int64)
        last = np.append(first[1:], n) if n else first
        if len(first) > n_quantiles:
            wanted = np.arange(n_quantiles) * (n - 1) // (n_quantiles - 1)
            kept = np.unique(np.searchsorted(first, wanted, side="right") - 1)
            first, last = first[kept], last[kept]
        return cls(known[first], first.astype(np.int64), last.astype(np.int64), n)

    def rank(self, x: Floats) -> Floats:
        """The rank of each value, 0 to 1; 0 below all of the sample, 1 above all, NaN for NaN or an empty sample.

        Each value is ranked by itself, so what else stands in ``x`` changes no bit.
        """
        if self.n == 0:
            return np.full(len(x), np.nan)
        place = np.searchsorted(self.values, x, side="right") - 1
        at = np.maximum(place, 0)
        after = np.minimum(at + 1, len(self.values) - 1)
        up, down = self.upto[at], self.below[after]
        count = np.where(
            x == self.values[at],
            (self.below[at] + up) / 2,
            up + (down - up) * _along(x, self.values[at], self.values[after]),
        )
        count[place < 0] = 0
        count[x > self.values[-1]] = self.n
        count[np.isnan(x)] = np.nan
        return count / self.n

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit."""
        return {
            "n": self.n,
            "values": self.values.tolist(),
            "below": self.below.tolist(),
            "upto": self.upto.tolist(),
        }

    @classmethod
    def from_json(cls, data: Any) -> FrozenRanks:
        """The ranks that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, or the ranks do not rise.
        """
        try:
            values = np.array(data["values"], dtype=np.float64)
            below, upto = (np.array(data[key], dtype=np.int64) for key in ("below", "upto"))
            n = int(data["n"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError(f"Frozen ranks cannot be read: {error!r}") from None
        shaped = values.ndim == 1 and values.shape == below.shape == upto.shape and (len(values) > 0) == (n > 0)
        if not shaped or not np.isfinite(values).all():
            raise BundleError("Frozen ranks cannot be read: values, below and upto do not fit together.")
        steps = np.column_stack([below, upto]).ravel()  # below, upto, below, upto, ... never falls, within 0 to n
        rising = (values[1:] > values[:-1]).all() and (below < upto).all() and (np.diff(steps) >= 0).all()
        if not rising or (n > 0 and (below[0] != 0 or upto[-1] != n)):
            raise BundleError(f"Frozen ranks are broken: they do not rise from 0 to {n}.")
        return cls(values, below, upto, n)


def _along(x: Floats, low: Floats, high: Floats) -> Floats:
    """How far x has come from low to high, 0 to 1; where the way is too long for a float64, in halves."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        way = high - low
        part = np.where(np.isinf(way), (x / 2 - low / 2) / (high / 2 - low / 2), (x - low) / way)
    inside: Floats = np.clip(part, 0, 1)
    return inside
