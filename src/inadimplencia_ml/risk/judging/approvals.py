"""What approving more brings: the bad rate, and the margin where it is known what a good and a bad one bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.risk.client_draws import estimates
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, ratio
from inadimplencia_ml.risk.judging.rates import rate_estimates
from inadimplencia_ml.risk.judging.rows import Rows

__all__ = ["Approvals"]

Floats = npt.NDArray[np.float64]

_COLUMNS = [
    *("model", "approval_rate", "cutoff", "rows", "bads", "bad_rate", "low", "high"),
    *("amount", "bad_amount", "bad_amount_rate", "amount_low", "amount_high", "margin", "margin_low", "margin_high"),
]


class Approvals:
    """The curve of approvals: at each cutoff, all rows up to it.

    Parameters
    ----------
    rows : Rows
    models : mapping of arrays
        Probabilities by the model's name.
    rates : sequence of float
        Approval rates near which the curve is read; rows of one probability are approved together.
    margin_rate, loss_given_default : float or None
        What a good one earns and a bad one loses, as shares of their exposure; without exposure each row counts one.
    """

    def __init__(
        self,
        rows: Rows,
        models: Mapping[str, Floats],
        rates: Sequence[float],
        margin_rate: float | None,
        loss_given_default: float | None,
    ) -> None:
        self._margin = None if margin_rate is None or loss_given_default is None else (margin_rate, loss_given_default)
        self._has_money = rows.exposure is not None
        money = np.ones(len(rows.y)) if rows.exposure is None else rows.exposure
        values = [np.ones(len(rows.y)), rows.y, money, money * rows.y]
        self._cutoffs: dict[str, Floats] = {}
        self._sums: dict[str, CellSums] = {}
        for name, p in models.items():
            ranked = np.sort(p)
            counts = np.unique(np.floor(np.asarray(sorted(rates)) * len(p) + 1e-9).astype(np.int64))
            cutoffs = np.unique(ranked[counts[counts > 0] - 1])
            band = np.searchsorted(cutoffs, p, side="left")
            self._cutoffs[name] = cutoffs
            self._sums[name] = CellSums(values, rows.drawn, np.where(band < len(cutoffs), band, -1), len(cutoffs))
        self.asked: list[DrawFigures] = [*self._sums.values()]
        self._total, self._drawn = len(rows.y), rows.drawn

    def table(self) -> pd.DataFrame:
        """See ``Judgement.approvals``."""
        lines = [line for name in self._sums for line in self._lines(name)]
        return pd.DataFrame(lines, columns=_COLUMNS).astype({c: "float64" for c in _COLUMNS if c != "model"})

    def _lines(self, name: str) -> list[tuple[Any, ...]]:
        sums = np.cumsum(self._sums[name].draws, axis=1)
        rows, bads, money, lost = np.moveaxis(sums, 2, 0)
        rate, money_rate = rate_estimates(bads, rows, self._drawn), estimates(ratio(lost, money))
        margin: list[tuple[float, ...]] = [(np.nan, np.nan, np.nan)] * len(rate)
        if self._margin is not None:
            earned, given = self._margin
            margin = [tuple(e) for e in estimates(earned * (money - lost) - given * lost)]
        lines = []
        for i, cutoff in enumerate(self._cutoffs[name]):
            amount = (money[0, i], lost[0, i], *money_rate[i]) if self._has_money else (np.nan,) * 5
            lines.append(
                (name, rows[0, i] / self._total, cutoff, rows[0, i], bads[0, i], *rate[i], *amount, *margin[i])
            )
        return lines
