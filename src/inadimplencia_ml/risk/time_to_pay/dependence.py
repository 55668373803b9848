"""How payments hang together: those of one client, and those of one date, measured on dates held out of a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError

__all__ = ["Dependence", "decided_rows", "measured"]

Floats = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

HORIZON = 30
"""Days within which being paid is compared with its probability."""


@dataclass(frozen=True)
class Dependence:
    """Correlation of being paid between two invoices looked at on one day.

    Attributes
    ----------
    client : float
        Of one client, 0 to 1; never below ``date``.
    date : float
        Of different clients: a month that is better or worse than foreseen is so for many.

    Examples
    --------
    >>> two = np.array([50.0, 50.0])  # 100 each, paid as likely as not: standard deviations of 50
    >>> [Dependence(rho).variance((two**2).sum(), np.array([two.sum()]), two.sum()) for rho in (0.0, 1.0)]
    [np.float64(5000.0), np.float64(10000.0)]
    """

    client: float = 0.0
    date: float = 0.0

    def variance(self, squares: Any, of_clients: Any, total: Any) -> Any:
        """Variance of a sum, from sums of the standard deviations of its parts.

        Parameters
        ----------
        squares : float or array
            Sum of the squares.
        of_clients : array, client × …
            Sum within each client.
        total : float or array
            Sum of all.
        """
        own = (1.0 - self.client) * squares
        return own + (self.client - self.date) * (of_clients**2).sum(axis=0) + self.date * total**2

    def to_json(self) -> dict[str, float]:
        """Plain data."""
        return {"client": self.client, "date": self.date}

    @classmethod
    def from_json(cls, data: Any) -> Dependence:
        """The dependence that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            made = cls(float(data["client"]), float(data["date"]))
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"The dependence of the model cannot be read: {error!r}") from None
        if not 0 <= made.date <= made.client <= 1:
            raise BundleError(f"The dependence of the model is {made}; expected 0 <= date <= client <= 1.")
        return made


def decided_rows(first: I64, last: I64, cause: I64, as_of: I64) -> npt.NDArray[np.intp]:
    """Rows of dates on which nobody is lost from sight within the horizon: others would show early ends alone."""
    followed = last - first + 1
    lost = (cause == 0) & (followed < HORIZON)
    dates = np.setdiff1d(np.unique(as_of), np.unique(as_of[lost]))
    return np.flatnonzero(np.isin(as_of, dates))


def measured(paid: Floats, p: Floats, client: I64, as_of: I64) -> Dependence:
    """Mean product of standardised residuals over pairs of one client and date, and over pairs of one date."""
    p = np.clip(p, 0.005, 0.995)
    r = (paid - p) / np.sqrt(p * (1.0 - p))
    date = np.unique(as_of, return_inverse=True)[1]
    pair = np.unique(np.stack([date, client], axis=1), axis=0, return_inverse=True)[1].ravel()
    n_pair, r_pair = np.bincount(pair), np.bincount(pair, weights=r)
    n_date, r_date = np.bincount(date), np.bincount(date, weights=r)
    within = float((n_pair.astype(np.float64) ** 2 - n_pair).sum())
    between = float((n_date.astype(np.float64) ** 2).sum() - (n_pair.astype(np.float64) ** 2).sum())
    of_client = ((r_pair**2).sum() - (r**2).sum()) / within if within else 0.0
    of_date = ((r_date**2).sum() - (r_pair**2).sum()) / between if between else 0.0
    by_date = float(np.clip(of_date, 0.0, 1.0))
    return Dependence(float(np.clip(of_client, by_date, 1.0)), by_date)
