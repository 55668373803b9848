"""How sure a difference between two models is: over clients where they come again, over folds where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from results import Cell, Results, without_level
from scipy import stats
from sets import FOLDS, Task

from inadimplencia_ml.risk import metrics

__all__ = ["DRAWN", "Paired", "client_draws", "corrected_test", "mean_over", "pooled_calibration"]

Floats = npt.NDArray[np.float64]
DRAWN = ("auc", "ap", "log_loss", "brier")


class Paired(NamedTuple):
    """Mean difference over folds, half its 95 % interval, and the two-sided p of no difference."""

    difference: float
    half: float
    p: float
    folds: int


def corrected_test(differences: Floats, rows: int, tested: float) -> Paired:
    """The paired t test for folds that share training rows.

    The variance of a mean over J folds is taken as (1/J + n_test/n_train) times that of a fold, not 1/J (Nadeau and
    Bengio, Inference for the generalization error, Machine Learning 52, 2003): folds that overlap agree too much.
    """
    n = len(differences)
    if n < 2:
        return Paired(float(differences.mean()) if n else float("nan"), float("nan"), float("nan"), n)
    error = float(np.sqrt((1 / n + tested / (rows - tested)) * differences.var(ddof=1)))
    mean = float(differences.mean())
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1)) if error > 0 else 1.0
    return Paired(mean, float(stats.t.ppf(0.975, n - 1)) * error, p, n)


def client_draws(task: Task, results: Results, rows: pd.DataFrame, n: int = 500) -> dict[str, dict[int, Floats]]:
    """By model and period the figures ``DRAWN``, means over seeds: of the data, then of ``n`` drawn sets of clients.

    The same clients are drawn for all models, so that differences can be taken draw by draw, over the periods that both
    have.
    """
    assert task.clients is not None
    bounds = np.cumsum([0, *(len(s.test) for s in task.splits)])
    parts: dict[str, list[tuple[int, metrics.Ranking, Floats, Floats]]] = {}
    for cell in rows[list(Cell._fields)].itertuples(index=False):
        y = task.bad[task.splits[cell.fold].test].astype(np.float64)
        p = results.probabilities(Cell(*cell))
        kept = cell.fold, metrics.Ranking(y, p), metrics.row_log_loss(y, p), (p - y) ** 2
        parts.setdefault(cell.model, []).append(kept)
    of = np.unique(task.clients[np.concatenate([s.test for s in task.splits])], return_inverse=True)[1]
    clients, rng = int(of.max()) + 1, np.random.default_rng(0)
    out: dict[str, list[list[tuple[float, ...]]]] = {name: [] for name in parts}
    for draw in range(n + 1):
        drawn = np.bincount(rng.integers(0, clients, clients), minlength=clients)[of] if draw else np.ones(len(of))
        weight = drawn.astype(np.float64)
        for name, cells in parts.items():
            out[name].append([_drawn(weight, bounds, *cell) for cell in cells])
    return {name: _by_period([cell[0] for cell in parts[name]], np.array(drawn)) for name, drawn in out.items()}


def mean_over(drawn: dict[int, Floats], periods: Iterable[int]) -> Floats:
    """The figures of a model, draw by draw, as the mean over ``periods``: each counts once, whatever its seeds."""
    return np.asarray(np.mean([drawn[k] for k in sorted(periods)], axis=0))


def _by_period(periods: list[int], drawn: Floats) -> dict[int, Floats]:
    """Draws x cells x figures, cells of the same period taken together."""
    of = np.array(periods)
    return {int(k): drawn[:, of == k].mean(axis=1) for k in np.unique(of)}


def _drawn(
    weight: Floats, bounds: npt.NDArray[np.int64], fold: int, ranking: metrics.Ranking, loss: Floats, sq: Floats
) -> tuple[float, float, float, float]:
    w = weight[bounds[fold] : bounds[fold + 1]]
    auc, ap, _ = ranking.figures(w)
    return auc, ap, float((w * loss).sum() / w.sum()), float((w * sq).sum() / w.sum())


def pooled_calibration(task: Task, results: Results, rows: pd.DataFrame, chance: int = 20) -> tuple[float, float]:
    """The calibration error of one model, and what chance alone would give a model without fault.

    All periods of a seed, or all folds of a repeat, are taken together, each without its level: bins of a single fold
    hold so few rows that the error is mostly chance. The second figure draws the outcomes from the probabilities.
    """
    of = rows["seed"] if task.in_time else rows["fold"] // FOLDS
    found, by_chance, rng = [], [], np.random.default_rng(0)
    for _, together in rows.groupby(of):
        cells = [Cell(*cell) for cell in together[list(Cell._fields)].itertuples(index=False)]
        parts = [task.bad[task.splits[c.fold].test] for c in cells]
        y = np.concatenate(parts)
        p = np.concatenate([without_level(o, results.probabilities(c)) for o, c in zip(parts, cells, strict=True)])
        found.append(metrics.calibration_error(y, p))
        drawn = (metrics.calibration_error(rng.random(len(p)) < p, p) for _ in range(chance))
        by_chance.append(np.mean(list(drawn)))
    return float(np.mean(found)), float(np.mean(by_chance))
