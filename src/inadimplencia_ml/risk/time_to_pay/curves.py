"""What becomes of each open invoice, day by day: paid, closed otherwise, still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.errors import CallError

__all__ = ["DailyHazards", "PaymentCurves", "curves_of"]

Floats = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class DailyHazards(NamedTuple):
    """Hazards of a day by row, interval and kind of day (0 closed, 1 business day)."""

    paid: Floats
    closed: Floats


@dataclass(frozen=True, eq=False)
class PaymentCurves:
    """Probabilities by the end of each day ahead: column 0 is the first day after the one looked from.

    Attributes
    ----------
    paid, closed, still_open : array, row × day ahead
        Paid by then, closed otherwise by then (renegotiated, written off, void), open at the end of that day. They add
        up to 1; ``paid`` never falls.
    """

    paid: Floats
    closed: Floats
    still_open: Floats

    @property
    def days_ahead(self) -> int:
        """How many days ahead the curves go."""
        return int(self.paid.shape[1])

    def paid_by(self, days: npt.ArrayLike) -> Floats:
        """Probability of being paid within so many days, a column each.

        Raises
        ------
        CallError
            A number of days is below 1 or beyond the curves.
        """
        wanted = np.atleast_1d(np.asarray(days, np.int64))
        if ((wanted < 1) | (wanted > self.days_ahead)).any():
            raise CallError(f"days {wanted.tolist()}: these curves go from 1 to {self.days_ahead} days ahead")
        return self.paid[:, wanted - 1]

    def quantile(self, share: float = 0.5) -> Floats:
        """Days until the probability of being paid reaches ``share``; NaN where it does not within the curves.

        The probability is that of the invoice, not of those that will be paid: where it never reaches the share, most
        likely nothing comes in the time looked at.
        """
        if not 0 < share < 1:
            raise CallError(f"share is {share}; expected a number between 0 and 1")
        reached = self.paid >= share
        return np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.nan)


@entry
def _follow(
    first: I64, due: I64, low: I64, table: I64, base: I64, shut: npt.NDArray[np.bool_], h: DailyHazards, out: Floats
) -> None:
    """Multiplies the days of each row up: out[0] paid, out[1] closed, out[2] still open."""
    last = len(table) - 1
    for i in range(len(first)):
        alive, paid = 1.0, 0.0
        for k in range(out.shape[2]):
            d = first[i] + k
            j = table[min(max(d - low[0], 0), last)]
            o = 0 if shut[due[i] + d - base[0]] else 1
            p = h.paid[i, j, o]
            paid += alive * p
            alive *= (1.0 - p) * (1.0 - h.closed[i, j, o])
            paid = min(paid, 1.0 - alive)  # rounding must not make the parts exceed the whole
            out[0, i, k], out[1, i, k], out[2, i, k] = paid, (1.0 - alive) - paid, alive


def curves_of(
    first: I64, due: I64, low: int, table: I64, base: int, shut: npt.NDArray[np.bool_], h: DailyHazards, ahead: int
) -> PaymentCurves:
    """The curves of rows whose first day at risk is ``first``, ``ahead`` days long."""
    out = np.empty((3, len(first), ahead))
    _follow(first, due, np.array([low], np.int64), table, np.array([base], np.int64), shut, h, out)
    return PaymentCurves(out[0], out[1], out[2])
