"""The model beside its baselines on the same resamples, and how far its probabilities are from what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.bootstrap import LineDraws, MeanDraws, RankDraws
from inadimplencia_ml.risk.client_draws import Estimate, estimate
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, ratio
from inadimplencia_ml.risk.judging.rates import rate_estimates
from inadimplencia_ml.risk.judging.rows import Cells, Rows
from inadimplencia_ml.risk.metrics import calibration_error, checked, equal_mass_bins, level_removed

__all__ = ["COMPARED", "MODEL", "Calibration", "Compared", "bin_table"]

Floats = npt.NDArray[np.float64]

#: The judged model's name in the tables.
MODEL = "model"

#: Figures of each model.
COMPARED: tuple[str, ...] = ("auc", "average_precision", "ks", "brier", "log_loss")


class Compared:
    """The table of metrics, all models on the same resamples, so that differences are paired."""

    def __init__(self, rows: Rows, baselines: Mapping[str, Any]) -> None:
        if MODEL in baselines:
            raise CallError(f"A baseline cannot be called {MODEL!r}: that is the judged model.")
        self._models = {name: self._figures(rows, p) for name, p in {MODEL: rows.p, **baselines}.items()}
        self.asked: list[DrawFigures] = [a for made in self._models.values() for one in made for a in one.asked]

    @staticmethod
    def _figures(rows: Rows, given: Any) -> tuple[RankDraws, MeanDraws]:
        y, p = checked(rows.y, given)
        return RankDraws(y, p, rows.drawn), MeanDraws(y, p, rows.drawn)

    def table(self) -> pd.DataFrame:
        """See ``Judgement.metrics``."""
        found = {
            name: {m: column for one in made for m, column in zip(one.names, one.draws().T, strict=True)}
            for name, made in self._models.items()
        }
        ours, lines = found[MODEL], list[tuple[Any, ...]]()
        for name, theirs in found.items():
            nothing = (np.nan, np.nan, np.nan)
            less = {m: nothing if name == MODEL else estimate(ours[m] - theirs[m]) for m in COMPARED}
            lines += [(name, m, *estimate(theirs[m]), *less[m]) for m in COMPARED]
        columns = ["model", "metric", "value", "low", "high", "difference", "difference_low", "difference_high"]
        return pd.DataFrame(lines, columns=columns).astype(dict.fromkeys(columns[2:], "float64"))


class Calibration:
    """The table of calibration: all rows with the line through them, then each segment."""

    def __init__(self, rows: Rows, segments: Cells | None) -> None:
        self._rows = rows
        self._segments = segments
        self._line = LineDraws(rows.y, rows.p, rows.drawn)
        self._means = MeanDraws(rows.y, rows.p, rows.drawn)
        self.asked: list[DrawFigures] = [*self._line.asked, *self._means.asked]
        if segments is not None:
            values = [np.ones(len(rows.y)), rows.y, rows.p]
            self._sums = CellSums(values, rows.drawn, segments.code, len(segments.names))
            self.asked.append(self._sums)

    def table(self) -> pd.DataFrame:
        """See ``Judgement.calibration``."""
        y, p = self._rows.y, self._rows.p
        means = dict(zip(self._means.names, self._means.draws().T, strict=True))
        line = dict(zip(self._line.names, self._line.draws().T, strict=True))
        # Resampled data is rougher than the data, so a resampled calibration error is always larger: no interval.
        errors = {
            "calibration_error": calibration_error(y, p),
            "calibration_error_level_removed": calibration_error(y, level_removed(y, p)),
        }
        lines = self._part("all", len(y), y.sum(), estimate(means["bad_rate"]), means["mean_probability"])
        lines += [("all", name, *estimate(draws)) for name, draws in line.items()]
        lines += [("all", name, value, np.nan, np.nan) for name, value in errors.items()]
        for i, name in enumerate(self._segments.names if self._segments else ()):
            rows, bads, predicted = self._sums.draws[:, i].T
            (rate,) = rate_estimates(bads[:, np.newaxis], rows[:, np.newaxis], self._rows.drawn)
            lines += self._part(name, rows[0], bads[0], rate, ratio(predicted, rows))
        return pd.DataFrame(lines, columns=["part", "metric", "value", "low", "high"])

    @staticmethod
    def _part(name: str, rows: float, bads: float, rate: Estimate, mean: Floats) -> list[tuple[Any, ...]]:
        counts = [(name, "rows", float(rows), np.nan, np.nan), (name, "bads", float(bads), np.nan, np.nan)]
        return [*counts, (name, "bad_rate", *rate), (name, "mean_probability", *estimate(mean))]


def bin_table(rows: Rows) -> pd.DataFrame:
    """Fifteen bins of equal mass; see ``Judgement.bins``."""
    place = equal_mass_bins(rows.p, 15)
    mass = np.bincount(place)
    return pd.DataFrame(
        {
            "rows": mass,
            "bads": np.bincount(place, weights=rows.y).astype(np.int64),
            "mean_probability": np.bincount(place, weights=rows.p) / mass,
            "bad_rate": np.bincount(place, weights=rows.y) / mass,
        }
    )
