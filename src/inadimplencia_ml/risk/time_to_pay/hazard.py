"""One hazard: boosted trees on cells, trees counted and probabilities calibrated on later dates; the same as parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.boosting import (
    Booster,
    Growth,
    booster_text,
    gain_shares,
    grow,
    load_booster,
    mean_of,
)
from inadimplencia_ml.risk.calibration import Calibration, Method, choose_calibration, fit_calibration
from inadimplencia_ml.risk.fold_agreement import agreed_level
from inadimplencia_ml.risk.model_parts import Parts
from inadimplencia_ml.risk.time_to_pay.person_days import Cells
from inadimplencia_ml.risk.tree_count import held_out

__all__ = ["Hazard", "HazardFit", "fit_hazard"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]

_BANDS = (8, 31)  # days past due from which a level of its own is asked for; before, the line through all days holds
_EXPECTED = 1.0  # standard error: of a level whose cause is known, less is asked for than for any other


@dataclass(frozen=True, eq=False)
class Hazard:
    """Chance of an end on a day, given that it has not come before.

    Attributes
    ----------
    boosters : list of LightGBM boosters
        Their log-odds are averaged.
    calibration : Calibration
    n_trees : int
        Of each booster.
    losses : dict
        Log loss of each calibration on held-out dates.
    start : array, interval × kind of day
        Log-odds to which the trees' are added: where they began (`baseline.baseline_of`), moved to the level of later
        dates.
    """

    boosters: list[Booster]
    calibration: Calibration
    n_trees: int
    start: Floats
    losses: dict[str, float] = field(default_factory=dict)

    def probability(self, x: Floats, cells: Cells, threads: int) -> Floats:
        """The hazard of each cell, from the matrix the trees read."""
        return self.calibration.probability(self.log_odds(x, cells, threads))

    def log_odds(self, x: Floats, cells: Cells, threads: int) -> Floats:
        """Log-odds before the calibration."""
        z = [np.asarray(b.predict(x, raw_score=True, num_threads=threads), np.float64) for b in self.boosters]
        return mean_of(z) + self.start[cells.interval, cells.is_open]

    def gain_shares(self, columns: int) -> Floats:
        """Share of each column in the gain of all splits."""
        return gain_shares(self.boosters, columns)

    def to_parts(self, name: str) -> Parts:
        """LightGBM's text and JSON, by file name."""
        parts: Parts = {f"{name}_{i + 1}.txt": booster_text(b) for i, b in enumerate(self.boosters)}
        parts[f"{name}.json"] = {
            "n_trees": self.n_trees,
            "n_bags": len(self.boosters),
            "calibration": self.calibration.to_json(),
            "log_loss": dict(self.losses),
            "start": self.start.tolist(),
        }
        return parts

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], name: str, columns: int, intervals: int) -> Self:
        """The hazard that ``to_parts`` wrote.

        Raises
        ------
        BundleError
            A part is missing or not of its form, or the trees read another number of columns.
        """
        try:
            about = parts[f"{name}.json"]
            boosters = [load_booster(parts[f"{name}_{i + 1}.txt"]) for i in range(int(about["n_bags"]))]
            start = np.array(about.get("start", np.zeros((intervals, 2))), np.float64)  # earlier models have none
            calibration, trees = Calibration.from_json(about["calibration"]), int(about["n_trees"])
            made = cls(boosters, calibration, trees, start, dict(about["log_loss"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(f"The hazard {name!r} of the model cannot be read: {error!r}") from None
        if start.shape != (intervals, 2) or not np.isfinite(start).all():
            raise BundleError(f"The hazard {name!r} of the model has no start for each of {intervals} intervals.")
        read = {b.num_feature() for b in boosters}
        if read != {columns}:
            raise BundleError(
                f"The trees of the hazard {name!r} read {sorted(read)} columns; the model lists {columns}."
            )
        return made


@dataclass(frozen=True)
class HazardFit:
    """How trees are counted and probabilities calibrated."""

    folds: Sequence[Fold]
    in_time: bool
    seeds: Sequence[int]
    n_trees: int | None
    max_trees: int
    patience: int
    calibration: Method | Literal["auto"]


def fit_hazard(growth: Growth, how: HazardFit, start: Floats, interval: Ints, first_days: Ints) -> Hazard:
    """Fits one hazard on all cells of ``growth``, with the number of trees that does best on later ones.

    Parameters
    ----------
    start : array
        What the trees of ``growth`` begin from, by interval and kind of day.
    interval : array
        The interval of each cell.
    first_days : array
        The first day of each interval, relative to the due date.
    """
    trees, held = held_out(
        growth, how.folds, how.seeds, how.n_trees, in_time=how.in_time, most=how.max_trees, patience=how.patience
    )
    boosters = [grow(growth, None, trees, seed) for seed in how.seeds]
    if not held:
        return Hazard(boosters, Calibration(), trees, start)
    index = np.concatenate([test for _, test in how.folds])
    fold = np.concatenate([np.full(len(test), k, np.int64) for k, (_, test) in enumerate(how.folds)])
    z, y = np.concatenate(held), growth.y[index]
    weight = np.ones(len(y)) if growth.weight is None else growth.weight[index]
    if how.calibration != "none":
        band = np.digitize(first_days, _BANDS)
        levels = _levels(z, y, weight, fold if how.in_time else np.zeros_like(fold), band[interval[index]])
        z, start = z + levels[band[interval[index]]], start + levels[band][:, None]
    calibration, losses = _calibrated(how, z, y, weight, fold)
    return Hazard(boosters, calibration, trees, start, losses)


def _levels(z: Floats, y: Floats, weight: Floats, fold: Ints, band: Ints) -> Floats:
    """By how much the log-odds of each band of days lie below those of later dates, as far as these agree.

    An invoice is looked at again and again, so what the trees learn of a late one is also the luck of its end: whoever
    paid soon is told to pay soon, but is at risk for few days, and so hazards of days on which few are left to pay come
    out too high for others. Dates that were held out show by how much.
    """
    levels = np.zeros(len(_BANDS) + 1)
    for b in np.unique(band[band > 0]):
        at = band == b
        levels[b] = agreed_level(z[at], y[at], fold[at], weight[at], stands_out=_EXPECTED)
    return levels


def _calibrated(
    how: HazardFit, z: Floats, y: Floats, weight: Floats, fold: Ints
) -> tuple[Calibration, dict[str, float]]:
    if how.calibration == "auto":
        return choose_calibration(z, y, fold, later=how.in_time, weight=weight)
    return fit_calibration(how.calibration, z, y, weight), {}
