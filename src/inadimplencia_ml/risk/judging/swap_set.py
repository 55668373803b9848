"""Whom the model would let in and keep out in place of another one, if both approved equally many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.risk.client_draws import Estimate, estimate
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, ratio
from inadimplencia_ml.risk.judging.rates import rate_estimates
from inadimplencia_ml.risk.judging.rows import Rows

__all__ = ["SwapSet"]

Floats = npt.NDArray[np.float64]

_GROUPS = ("both_approved", "swapped_in", "swapped_out", "both_declined")
_COLUMNS = [
    *("approval_rate", "group", "rows", "share", "bads", "bad_rate", "low", "high"),
    *("amount", "bad_amount", "bad_amount_rate", "amount_low", "amount_high"),
]


class _Bands:
    """Rows by probability, cut at each approval rate; those tied at a cut have a band of their own.

    Attributes
    ----------
    band : array of int
        The band of each row, safest first.
    approved : array, (rates, bands)
        The share of each band that is approved: 1, 0, or what is left for those tied at the cut.
    """

    def __init__(self, p: Floats, rates: Sequence[float]) -> None:
        ranked = np.sort(p)
        counts = [int(np.floor(rate * len(p) + 1e-9)) for rate in rates]
        cuts = [ranked[count - 1] if count else -1.0 for count in counts]
        edges = np.unique(cuts)
        # 0, 2, 4 … lie between the cuts, 1, 3, 5 … on them
        self.band = np.searchsorted(edges, p, side="left") + np.searchsorted(edges, p, side="right")
        self.bands = 2 * len(edges) + 1
        self.approved = np.zeros((len(counts), self.bands))
        for i, (count, cut) in enumerate(zip(counts, cuts, strict=True)):
            below, upto = np.searchsorted(ranked, cut, side="left"), np.searchsorted(ranked, cut, side="right")
            on = 2 * int(np.searchsorted(edges, cut)) + 1
            self.approved[i, :on] = 1.0
            self.approved[i, on] = (count - below) / max(upto - below, 1)


class SwapSet:
    """The table of swaps at some approval rates; each model approves so many rows with the lowest probability.

    Parameters
    ----------
    rows : Rows
    previous : array
        Probabilities of the other model for the same rows.
    rates : sequence of float
        Shares of the rows that are approved.
    """

    def __init__(self, rows: Rows, previous: Floats, rates: Sequence[float]) -> None:
        self._rates = tuple(rates)
        self._has_money = rows.exposure is not None
        self._total, self._drawn = len(rows.y), rows.drawn
        self._new, self._old = _Bands(rows.p, self._rates), _Bands(previous, self._rates)
        money = np.zeros(len(rows.y)) if rows.exposure is None else rows.exposure
        values = [np.ones(len(rows.y)), rows.y, money, money * rows.y]
        cell = self._new.band * self._old.bands + self._old.band
        # Who is in which group stays as it is; resampled clients bring their rows along.
        self._sums = CellSums(values, rows.drawn, cell, self._new.bands * self._old.bands)
        self.asked: list[DrawFigures] = [self._sums]

    def table(self) -> pd.DataFrame:
        """See ``Judgement.swap_set``."""
        sums = self._sums.draws.reshape(-1, self._new.bands, self._old.bands, 4)
        lines = []
        for i, rate in enumerate(self._rates):
            new, old = self._new.approved[i], self._old.approved[i]
            shares = ((new, old), (new, 1 - old), (1 - new, old), (1 - new, 1 - old))
            draws = np.stack([np.einsum("a,b,nabv->nv", a, b, sums) for a, b in shares], axis=1)
            bad, lost = ratio(draws[..., 1], draws[..., 0]), ratio(draws[..., 3], draws[..., 2])
            rates = rate_estimates(draws[..., 1], draws[..., 0], self._drawn)
            for k, group in enumerate(_GROUPS):
                lines.append((rate, group, *self._counts(draws[0, k], rates[k], estimate(lost[:, k]))))
            less = estimate(bad[:, 1] - bad[:, 2]), estimate(lost[:, 1] - lost[:, 2])
            lines.append((rate, "in_less_out", *self._counts(np.full(4, np.nan), *less)))
        return pd.DataFrame(lines, columns=_COLUMNS).astype({c: "float64" for c in _COLUMNS if c != "group"})

    def _counts(self, sums: Floats, bad: Estimate, lost: Estimate) -> tuple[float, ...]:
        rows, bads, amount, bad_amount = sums
        money = (amount, bad_amount, *lost) if self._has_money else (np.nan,) * 5
        return (rows, rows / self._total, bads, *bad, *money)
