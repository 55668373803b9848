"""How sure a figure is: clients are drawn again and again, whole, as one client's rows tell nearly the same story."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.metrics import (
    Ranking,
    binned_error,
    calibration_line,
    checked,
    equal_mass_bins,
    line_of_rates,
    row_log_loss,
)

__all__ = ["METRICS", "Estimate", "bootstrap_draws", "client_bootstrap", "client_weights", "estimate"]

Floats = npt.NDArray[np.float64]

# Some figures of one set of weights, None: each row once.
_Figures = Callable[[Floats | None], tuple[float, ...]]


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def client_weights(groups: Any, rows: int, n: int, random_state: int) -> Iterator[Floats]:
    """``n`` times: how often each row was drawn, when clients are drawn with replacement.

    Without ``groups`` each row is a client of its own. The same arguments give the same draws, so figures of several
    models can be compared draw by draw.
    """
    rng = np.random.default_rng(random_state)
    if groups is None:
        place, clients = np.arange(rows), rows
    else:
        given = np.asarray(groups)
        if given.shape != (rows,):
            raise CallError(
                f"groups has the shape {given.shape}, and there are {rows} rows. Expected one client a row."
            )
        ids, place = np.unique(given, return_inverse=True)
        clients = len(ids)
    for _ in range(n):
        drawn = np.bincount(rng.integers(0, clients, clients), minlength=clients).astype(np.float64)
        yield drawn[place]


def _ranks(y: Floats, p: Floats) -> _Figures:
    """auc, average_precision, ks: one running sum serves all three."""
    ranking = Ranking(y, p)
    return lambda w: ranking.figures(w)


def _means(y: Floats, p: Floats) -> _Figures:
    """brier, log_loss, bad_rate, mean_probability."""
    columns = ((p - y) ** 2, row_log_loss(y, p), y, p)
    return lambda w: tuple(float(c.mean() if w is None else (c * w).sum() / w.sum()) for c in columns)


def _line(y: Floats, p: Floats) -> _Figures:
    """Slope, intercept and level; resamples count the rows in 500 bins first, which moves no digit that is shown."""
    bins = equal_mass_bins(p, 500)
    mass = np.bincount(bins)
    centre = np.bincount(bins, weights=p) / mass

    def of_draw(w: Floats | None) -> tuple[float, ...]:
        if w is None:
            return calibration_line(y, p)
        drawn: Floats = np.bincount(bins, weights=w).astype(np.float64)
        bads = np.bincount(bins, weights=w * y)
        rate = np.divide(bads, drawn, out=np.zeros_like(bads), where=drawn > 0)
        return line_of_rates(rate, centre, drawn)

    return of_draw


def _errors(y: Floats, p: Floats) -> _Figures:
    """calibration_error over the bins of the data itself."""
    bins = equal_mass_bins(p, 15)
    return lambda w: (binned_error(bins, y, p, w),)


_GROUPS: tuple[tuple[tuple[str, ...], Callable[[Floats, Floats], _Figures]], ...] = (
    (("auc", "average_precision", "ks"), _ranks),
    (("brier", "log_loss", "bad_rate", "mean_probability"), _means),
    (("calibration_slope", "calibration_intercept", "calibration_level"), _line),
    (("calibration_error",), _errors),
)

#: Figures that can be resampled.
METRICS: tuple[str, ...] = tuple(name for names, _ in _GROUPS for name in names)


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
    made = [(names, group(y, p)) for names, group in _GROUPS if set(names) & set(wanted)]
    draws = {name: np.empty(n + 1) for names, _ in made for name in names}
    weights: Iterator[Floats | None] = itertools.chain([None], client_weights(groups, len(y), n, random_state))
    for i, weight in enumerate(weights):
        for names, figures in made:
            for name, value in zip(names, figures(weight), strict=True):
                draws[name][i] = value
    return {name: draws[name] for name in wanted}


def estimate(draws: Floats) -> Estimate:
    """The figure in the first cell, with the interval of the others; resamples that could not give it are left out."""
    kept = draws[1:][np.isfinite(draws[1:])]
    if not len(kept) or not np.isfinite(draws[0]):
        return Estimate(float(draws[0]), float("nan"), float("nan"))
    low, high = np.quantile(kept, (0.025, 0.975))
    return Estimate(float(draws[0]), float(low), float(high))


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
