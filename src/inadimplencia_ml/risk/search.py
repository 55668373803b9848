"""A search for better tree settings on a budget: a small space, successive rounds, the folds of the model itself.

Trials are drawn from the space below in an order that the seed fixes. Each is grown on the last fold alone; the better
third, and always the settings by size, then meet on all folds. What does not beat the settings by size by more than a
standard error changes nothing.

Without a search one other shape is tried where the table is small: deep trees, for risks in which columns act together.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inadimplencia_ml.risk.boosting import Growth, TreeSettings
from inadimplencia_ml.risk.tree_count import Counted, Fold, count_trees

__all__ = ["SPACE", "counted_by_shape", "search_settings"]

#: Leaves, a factor of the least rows of a leaf, share of the columns, ridge, cut points at random.
SPACE: tuple[tuple[float, ...], ...] = (
    (4, 7, 15, 31, 63),
    (0.3, 1.0, 3.0),
    (0.3, 0.5, 0.8),
    (0.3, 1.0, 10.0),
    (0, 1),
)

_DEEP_UP_TO = 5_000_000  # rows x columns
_SURELY = 2.0  # standard errors


def counted_by_shape(
    growth: Growth, folds: Sequence[Fold], seed: int, *, in_time: bool, most: int, patience: int
) -> tuple[Growth, Counted]:
    """Trees of the shape by size, or deep ones where these lose surely less on the held-out rows; and their count.

    Shallow trees with cut points at random are right for most small tables, and miss what lies in three columns
    together. On large tables nothing else is tried.
    """
    limits = {"most": most, "patience": patience}
    best = count_trees(growth, folds, seed, in_time=in_time, **limits)
    if growth.x.size > _DEEP_UP_TO:
        return growth, best
    deep = growth.with_settings(
        replace(growth.settings, num_leaves=31, max_depth=8, feature_fraction=0.8, extra_trees=False)
    )
    other = count_trees(deep, folds, seed, in_time=in_time, **limits)
    gain = best.losses - other.losses
    if float(gain.sum()) > _SURELY * float(gain.std() * np.sqrt(len(gain))):
        return deep, other
    return growth, best


def search_settings(
    growth: Growth,
    folds: Sequence[Fold],
    seed: int,
    *,
    trials: int | None,
    seconds: float | None,
    in_time: bool,
    most: int,
    patience: int,
) -> TreeSettings:
    """The settings that lose least on the held-out rows, among those by size and the trials.

    Parameters
    ----------
    growth : Growth
        The rows, with the settings by size.
    folds : sequence of (training, test) row numbers
        Those of the model; without any nothing can be compared, and the settings by size are kept.
    trials : int or None
        How many are drawn. The same number, data and seed give the same settings.
    seconds : float or None
        After this long no further trial is begun; how many there were depends on the machine.
    in_time, most, patience
        As in `risk.tree_count.count_trees`.
    """
    if not folds:
        return growth.settings
    end = None if seconds is None else time.monotonic() + seconds

    def tried(settings: TreeSettings, on: Sequence[Fold]) -> Counted:
        other = growth.with_settings(settings)
        return count_trees(other, on, seed, in_time=in_time, most=most, patience=patience)

    first: list[tuple[float, int, TreeSettings]] = []
    for place, settings in enumerate(_drawn(growth.settings, trials, seed)):
        if end is not None and first and time.monotonic() > end:
            break
        first.append((float(tried(settings, folds[-1:]).losses.sum()), place, settings))
    best, least = growth.settings, tried(growth.settings, folds).losses
    for _, _, settings in sorted(first, key=lambda one: one[:2])[: max(1, len(first) // 3)]:
        if end is not None and time.monotonic() > end:
            break
        gain = least - (losses := tried(settings, folds).losses)
        if float(gain.sum()) > float(gain.std() * np.sqrt(len(gain))):
            best, least = settings, losses
    return best


def _drawn(by_size: TreeSettings, trials: int | None, seed: int) -> list[TreeSettings]:
    """Different settings in the order that the seed fixes; all of the space if no number is given."""
    grid = list(itertools.product(*SPACE))
    order = np.random.default_rng(seed).permutation(len(grid))
    return [
        replace(
            by_size,
            num_leaves=int(leaves),
            max_depth=max(by_size.max_depth, 8) if leaves > 31 else by_size.max_depth,
            min_child_samples=max(3, round(by_size.min_child_samples * least)),
            feature_fraction=share,
            reg_lambda=ridge,
            extra_trees=bool(at_random),
        )
        for leaves, least, share, ridge, at_random in (grid[i] for i in order[:trials])
    ]
