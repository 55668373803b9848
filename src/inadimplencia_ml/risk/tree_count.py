"""How many trees: grown on the training part of each fold, counted where the held-out loss is least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.boosting import Booster, Growth, mean_of
from inadimplencia_ml.risk.newton import logistic

__all__ = ["Counted", "Fold", "count_trees", "held_out"]

Floats = npt.NDArray[np.float64]
Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]  # row numbers of training and test

_TREES_WITHOUT_FOLDS = 50
_LOOK_EVERY = 10  # trees
_FEW_CASES = 1_000  # of the rarer class
_BINS = 400


class Counted(NamedTuple):
    """The number of trees for all rows, each fold's held-out log-odds at its share of them, each row's loss."""

    trees: int
    held: list[Floats]
    losses: Floats


def held_out(
    growth: Growth,
    folds: Sequence[Fold],
    seeds: Sequence[int],
    trees: int | None,
    *,
    in_time: bool,
    most: int,
    patience: int,
    first: Counted | None = None,
) -> tuple[int, list[Floats]]:
    """The number of trees, and each fold's held-out log-odds at its share of them, averaged over the seeds.

    ``trees`` given: as many. Else they are counted with the first seed on all folds, unless ``first`` is that count.
    """
    if not folds:
        return trees or _TREES_WITHOUT_FOLDS, []
    counted: list[Floats] = []
    if trees is None:
        if first is None:
            first = count_trees(growth, folds, seeds[0], in_time=in_time, most=most, patience=patience)
        trees, counted = first.trees, first.held
    held = []
    for k, (fold, share) in enumerate(zip(folds, _shares(growth, folds), strict=True)):
        bags = [counted[k]] if counted else []
        bags += [_grown_on(growth, fold, _trees_of(trees, share), seed) for seed in seeds[len(bags) :]]
        held.append(mean_of(bags))
    return trees, held


def count_trees(
    growth: Growth, folds: Sequence[Fold], seed: int, *, in_time: bool, most: int, patience: int
) -> Counted:
    """The number of trees with the least loss over the folds together.

    A fold that trains on a share of the rows takes that share of the trees: more rows bear more trees, on real books
    about in proportion, with few cases as the root. The folds grow together and are looked at every few trees. Folds
    ``in_time`` are judged with a level of their own, and with many cases a slope: what a shock did to these in one
    month says nothing about the number of trees, and the calibration that follows sets right what all folds show.
    """
    boosters = [_begun(growth, fold, seed) for fold in folds]
    shares, grown = _shares(growth, folds), [0] * len(folds)
    step = max(1, min(_LOOK_EVERY, patience // 4, most // 4))
    best, least = Counted(1, [], np.empty(0)), np.inf
    for n in range(step, most + 1, step):
        held, losses = [], []
        for k, booster in enumerate(boosters):
            for _ in range(_trees_of(n, shares[k]) - grown[k]):
                booster.update()
            grown[k] = _trees_of(n, shares[k])
            held.append(_held_scores(booster))
            losses.append(_row_losses(growth, folds[k][1], held[k], in_time=in_time))
        loss = sum(float(one.sum()) for one in losses)
        if loss < least:
            best, least = Counted(n, held, np.concatenate(losses)), loss
        if n - best.trees >= patience:
            break
    return best


def _shares(growth: Growth, folds: Sequence[Fold]) -> list[float]:
    rarer = min(growth.y.sum(), len(growth.y) - growth.y.sum())
    power = 0.5 if rarer < _FEW_CASES else 1.0
    return [(len(train) / len(growth.y)) ** power for train, _ in folds]


def _trees_of(trees: int, share: float) -> int:
    return max(1, round(trees * share))


def _begun(growth: Growth, fold: Fold, seed: int) -> Booster:
    """A model without trees yet, which keeps the scores of the held-out rows as it grows."""
    train, test = growth.parted(*fold)
    return lgb.Booster(growth.parameters(seed), train).add_valid(test, "held_out")


def _grown_on(growth: Growth, fold: Fold, trees: int, seed: int) -> Floats:
    """Held-out log-odds of ``trees`` trees."""
    booster = _begun(growth, fold, seed)
    for _ in range(trees):
        booster.update()
    return _held_scores(booster)


def _held_scores(booster: Booster) -> Floats:
    """Log-odds of the held-out rows, from the scores that LightGBM keeps: no row is read again."""
    kept: list[Floats] = []

    def keep(probability: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
        kept.append(np.clip(probability, 1e-15, 1.0 - 1e-15))
        return "kept", 0.0, False

    booster.eval_valid(keep)
    return np.asarray(np.log(kept[0]) - np.log1p(-kept[0]), dtype=np.float64)


def _row_losses(growth: Growth, rows: npt.NDArray[np.intp], z: Floats, *, in_time: bool) -> Floats:
    """Weighted log loss of each row; ``in_time``: after the level, with many cases the slope too, was set right.

    Computed and summed here in one order, unlike LightGBM's own metric.
    """
    y = growth.y[rows]
    weight = np.ones(len(y)) if growth.weight is None else growth.weight[rows]
    if in_time:
        rarer = min(growth.y.sum(), len(growth.y) - growth.y.sum())
        z = _straightened(z, y, weight, sloped=rarer >= _FEW_CASES)
    return np.asarray(weight * (np.logaddexp(0.0, z) - y * z), dtype=np.float64)


def _straightened(z: Floats, y: Floats, weight: Floats, *, sloped: bool) -> Floats:
    """The log-odds with the level of the outcomes and, with ``sloped``, their slope.

    Found on a few hundred narrow bins: as good, and one pass over the rows.
    """
    width = max(float(z.max() - z.min()), 1e-9) / _BINS
    place = np.minimum(((z - z.min()) / width).astype(np.int64), _BINS - 1)
    mass: Floats = np.bincount(place, weights=weight).astype(np.float64)
    full = mass > 0
    mass, rate = mass[full], np.bincount(place, weights=weight * y)[full] / mass[full]
    x: Floats = np.bincount(place, weights=weight * z)[full] / mass
    centre = float((mass * x).sum() / mass.sum())
    # Drawn weakly to the diagonal: a fold with hardly a bad one has no line of its own.
    drawn = (1.0 if sloped else 1e12, 0.01)
    slope, level = logistic(
        [x - centre, np.ones(len(x))], rate, weight=mass, offset=centre, prior=(1.0, 0.0), strength=drawn
    )
    return np.asarray(centre + slope * (z - centre) + level, dtype=np.float64)
