"""The same figures for each segment, month and kind of client, and for new clients apart from known ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.risk.client_draws import Estimate, estimates
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, RankFigures, ratio
from inadimplencia_ml.risk.judging.rates import beta_interval, cell_rates
from inadimplencia_ml.risk.judging.rows import Cells, Rows
from inadimplencia_ml.risk.metrics import row_log_loss

__all__ = ["PART_METRICS", "Parts"]

Floats = npt.NDArray[np.float64]

#: What is told of each part. ``observed_to_expected``: the rate of bad ones over the mean probability, 1 is right.
PART_METRICS: tuple[str, ...] = (
    "rows",
    "clients",
    "bads",
    "mean_probability",
    "bad_rate",
    "observed_to_expected",
    "auc",
    "average_precision",
    "brier",
    "log_loss",
)


class Parts:
    """The table of parts: of each dimension, each part's figures with their intervals.

    Rates have the interval of ``rates.beta_interval``, which holds where bad ones are few or none; the other figures
    that of resampled clients.
    """

    def __init__(self, rows: Rows, dimensions: dict[str, Cells]) -> None:
        self._rows = rows
        self._dimensions = dimensions
        self._losses: dict[str, CellSums] = {}
        self._ranks: dict[tuple[str, int], RankFigures] = {}
        y, p = rows.y, rows.p
        losses = [np.ones(len(y)), (p - y) ** 2, row_log_loss(y, p)]
        for name, cells in dimensions.items():
            self._losses[name] = CellSums(losses, rows.drawn, cells.code, len(cells.names))
            for i in range(len(cells.names)):
                held = cells.code == i
                self._ranks[name, i] = RankFigures(y[held], p[held], rows.drawn, held=held)
        self.asked: list[DrawFigures] = [*self._losses.values(), *self._ranks.values()]

    def table(self) -> pd.DataFrame:
        """See ``Judgement.parts``."""
        lines = [line for dimension in self._dimensions for line in self._lines(dimension)]
        return pd.DataFrame(lines, columns=["dimension", "part", "metric", "value", "low", "high"])

    def _lines(self, dimension: str) -> list[tuple[Any, ...]]:
        cells = self._dimensions[dimension]
        rates = cell_rates(self._rows, cells)
        low, high = beta_interval(rates.rows, rates.bads, rates.rate_effect)
        # Of the ratio only what chance adds to the predicted rate is in doubt, not which clients are in the part.
        ratio_low, ratio_high = beta_interval(rates.rows, rates.bads, rates.residual_effect)
        lines = []
        for i, part in enumerate(cells.names):
            mean = rates.mean_probability[i]
            sums = self._losses[dimension].draws[:, i]
            ranks = estimates(self._ranks[dimension, i].draws)
            counts = [_exact(rates.rows[i]), _exact(rates.clients[i]), _exact(rates.bads[i]), _exact(mean)]
            rate = Estimate(float(rates.bad_rate[i]), float(low[i]), float(high[i]))
            expected = Estimate(
                *(float(v / mean) if mean > 0 else np.nan for v in (rate.value, ratio_low[i], ratio_high[i]))
            )
            losses = estimates(ratio(sums[:, 1:], np.repeat(sums[:, :1], 2, axis=1)))
            found = [*counts, rate, expected, *ranks[:2], *losses]
            lines += [(dimension, part, metric, *one) for metric, one in zip(PART_METRICS, found, strict=True)]
        return lines


def _exact(value: float) -> Estimate:
    """A figure that has no interval."""
    return Estimate(float(value), float("nan"), float("nan"))
