"""How sure a figure is: the same figure of clients drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.client_draws import ClientDraws, Estimate, client_weights, estimate
from inadimplencia_ml.risk.draw_figures import CellSums, DrawFigures, RankFigures, ratio, resample
from inadimplencia_ml.risk.metrics import (
    Ranking,
    brier,
    calibration_error,
    calibration_line,
    checked,
    equal_mass_bins,
    line_of_rates,
    log_loss,
    row_log_loss,
)

__all__ = [
    "METRICS",
    "Estimate",
    "LineDraws",
    "MeanDraws",
    "RankDraws",
    "bootstrap_draws",
    "client_bootstrap",
    "client_weights",
    "estimate",
]

Floats = npt.NDArray[np.float64]


class RankDraws:
    """auc, average_precision and ks."""

    names: tuple[str, ...] = ("auc", "average_precision", "ks")

    def __init__(self, y: Floats, p: Floats, drawn: ClientDraws) -> None:
        self.y, self.p = y, p
        self._ranks = RankFigures(y, p, drawn)
        self.asked: list[DrawFigures] = [self._ranks]

    def draws(self) -> Floats:
        """One row a resample, the data itself first; a column for each name."""
        found = self._ranks.draws.copy()
        found[0] = Ranking(self.y, self.p).figures()  # added in numpy's way, to the bit the metric's own figure
        return found


class MeanDraws:
    """brier, log_loss, bad_rate and mean_probability."""

    names: tuple[str, ...] = ("brier", "log_loss", "bad_rate", "mean_probability")

    def __init__(self, y: Floats, p: Floats, drawn: ClientDraws) -> None:
        self.y, self.p = y, p
        self._sums = CellSums([(p - y) ** 2, row_log_loss(y, p), y, p, np.ones(len(y))], drawn)
        self.asked: list[DrawFigures] = [self._sums]

    def draws(self) -> Floats:
        """As for ``RankDraws``."""
        sums = self._sums.draws[:, 0]
        found = ratio(sums[:, :4], np.repeat(sums[:, 4:], 4, axis=1))
        found[0] = brier(self.y, self.p), log_loss(self.y, self.p), self.y.mean(), self.p.mean()
        return found


class LineDraws:
    """Slope, intercept and level; resamples count the rows in 500 bins first, which moves no digit that is shown."""

    names: tuple[str, ...] = ("calibration_slope", "calibration_intercept", "calibration_level")

    def __init__(self, y: Floats, p: Floats, drawn: ClientDraws) -> None:
        self.y, self.p = y, p
        bins = equal_mass_bins(p, 500)
        mass = np.bincount(bins)
        self._centre = np.bincount(bins, weights=p) / mass
        self._sums = CellSums([np.ones(len(y)), y], drawn, bins, len(mass))
        self.asked: list[DrawFigures] = [self._sums]

    def draws(self) -> Floats:
        """As for ``RankDraws``."""
        rows: list[tuple[float, ...]] = [tuple(calibration_line(self.y, self.p))]
        for sums in self._sums.draws[1:]:
            drawn = np.ascontiguousarray(sums[:, 0])
            rate = np.divide(sums[:, 1], drawn, out=np.zeros_like(drawn), where=drawn > 0)
            rows.append(tuple(line_of_rates(rate, self._centre, drawn)))
        return np.array(rows)


class _ErrorDraws:
    """calibration_error over the bins of the data itself."""

    names: tuple[str, ...] = ("calibration_error",)

    def __init__(self, y: Floats, p: Floats, drawn: ClientDraws) -> None:
        self.y, self.p = y, p
        bins = equal_mass_bins(p, 15)
        self._sums = CellSums([y - p, np.ones(len(y))], drawn, bins, int(bins.max()) + 1)
        self.asked: list[DrawFigures] = [self._sums]

    def draws(self) -> Floats:
        """As for ``RankDraws``."""
        gaps = np.abs(self._sums.draws[:, :, 0]).sum(axis=1)
        found = ratio(gaps, self._sums.draws[:, :, 1].sum(axis=1))
        found[0] = calibration_error(self.y, self.p)
        return found[:, np.newaxis]


_Group = RankDraws | MeanDraws | LineDraws | _ErrorDraws
_GROUPS: tuple[type[_Group], ...] = (RankDraws, MeanDraws, LineDraws, _ErrorDraws)

#: Figures that can be resampled.
METRICS: tuple[str, ...] = (*RankDraws.names, *MeanDraws.names, *LineDraws.names, *_ErrorDraws.names)


def bootstrap_draws(
    metrics: str | Sequence[str], y: Any, p: Any, groups: Any = None, *, n: int = 500, random_state: int = 0
) -> dict[str, Floats]:
    """The figures of ``n`` resamples; the first cell of each array is the figure of the data itself.

    Raises
    ------
    CallError
        A metric is unknown, or y, p and groups do not fit.
    """
    y, p = checked(y, p)
    wanted = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in wanted:
        if name not in METRICS:
            raise CallError(f"There is no metric {name!r}.{did_you_mean(name, METRICS)}")
    if not len(y):
        raise CallError("There is no row to judge.")
    drawn = ClientDraws(groups, len(y), n, random_state)
    made = [group(y, p, drawn) for group in _GROUPS if set(group.names) & set(wanted)]
    resample(drawn, [asked for group in made for asked in group.asked])
    draws = {name: column for group in made for name, column in zip(group.names, group.draws().T, strict=True)}
    return {name: np.ascontiguousarray(draws[name]) for name in wanted}


def client_bootstrap(
    metrics: str | Sequence[str], y: Any, p: Any, groups: Any = None, *, n: int = 500, random_state: int = 0
) -> dict[str, Estimate]:
    """Figures with their 95 % intervals over resampled clients.

    Parameters
    ----------
    metrics : str or sequence of str
        Of ``METRICS``.
    y, p : array-like
        Outcomes (1 bad, 0 good) and probabilities.
    groups : array-like, optional
        The client of each row; without it rows are drawn.
    n : int
        Number of resamples.
    random_state : int
        Seed.

    Raises
    ------
    CallError
        A metric is unknown, or y, p and groups do not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.random(300)
    >>> found = client_bootstrap("auc", (rng.random(300) < p).astype(int), p, np.arange(300) // 3, n=50)["auc"]
    >>> found.low < found.value < found.high
    True
    """
    draws = bootstrap_draws(metrics, y, p, groups, n=n, random_state=random_state)
    return {name: estimate(values) for name, values in draws.items()}
