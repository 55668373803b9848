"""Weight of evidence of a bin, drawn to zero where the bin holds few cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Level"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """How many good and bad there are in all, and how many rows of that mix every bin is given beside its own.

    The weight of evidence of a bin with g good and b bad is ln((g + m·G/N)/(b + m·B/N)) − ln(G/B), m being
    ``added`` rows: above 0 safer than all, below 0 riskier, 0 for an empty bin, finite for a bin of one class.

    Parameters
    ----------
    goods, bads : float
        Weighted counts of the whole column, both above 0.
    smoothing : float
        Cases of the rarer class that a bin is given; 0 for the plain formula.

    Examples
    --------
    >>> level = Level(900.0, 100.0, smoothing=1.0)
    >>> level.woe(np.array([0.0, 90.0, 50.0]), np.array([0.0, 10.0, 0.0])).round(3)
    array([0.  , 0.  , 1.88])
    """

    goods: float
    bads: float
    smoothing: float

    @property
    def bad_rate(self) -> float:
        """Share of the bad."""
        return self.bads / (self.goods + self.bads)

    @property
    def added(self) -> float:
        """Rows of the overall mix that a bin is given."""
        return self.smoothing * (self.goods + self.bads) / min(self.goods, self.bads)

    @property
    def noise(self) -> float:
        """The information value that one more bin earns on average where it tells nothing: 1/G + 1/B."""
        return 1.0 / self.goods + 1.0 / self.bads

    def woe(self, goods: Floats, bads: Floats) -> Floats:
        """Weight of evidence of bins with so many good and bad."""
        share = self.bad_rate
        good = np.asarray(goods, dtype=np.float64) + self.added * (1.0 - share)
        bad = np.asarray(bads, dtype=np.float64) + self.added * share
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.log(good / bad) - np.log(self.goods / self.bads)
        return np.where(np.isnan(found), 0.0, found)

    def information(self, goods: Floats, bads: Floats) -> Floats:
        """Each bin's part of the information value: (good share − bad share) × weight of evidence."""
        shares: Floats = np.asarray(goods) / self.goods - np.asarray(bads) / self.bads
        return shares * self.woe(goods, bads)
