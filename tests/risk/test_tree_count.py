from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from inadimplencia_ml.risk.boosting import Growth, tree_settings
from inadimplencia_ml.risk.tree_count import count_trees, held_out

LIMITS: dict[str, Any] = {"most": 200, "patience": 30}


def growth_of(x: Any, y: Any) -> Growth:
    settings = tree_settings(
        len(y),
        int(min(y.sum(), len(y) - y.sum())),
        learning_rate=0.1,
        num_leaves=7,
        max_depth=4,
        min_child_samples=20,
        feature_fraction=1.0,
        subsample=0.8,
        reg_lambda=1.0,
        extra_trees=False,
    )
    return Growth(x, y, None, [f"x{i}" for i in range(x.shape[1])], [], [0] * x.shape[1], settings, 1)


def book_of(rows: int, shock: float) -> tuple[Growth, list[Any]]:
    """Four periods that follow the same rule; in the last the level is ``shock`` log-odds higher."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows * 4, 4))
    period = np.repeat(np.arange(4), rows)
    level = np.where(period == 3, shock, 0.0)
    y = (rng.random(rows * 4) < expit(-1.5 + 1.5 * x[:, 0] * (x[:, 1] > 0) + x[:, 2] + level)).astype(float)
    return growth_of(x, y), [(np.flatnonzero(period < k), np.flatnonzero(period == k)) for k in (1, 2, 3)]


def test_a_month_in_which_everything_counts_half_hardly_changes_the_number_of_trees() -> None:
    growth, folds = book_of(2_000, 0.0)
    rng = np.random.default_rng(1)
    last, odds = folds[-1][1], 0.4
    x = growth.x[last]
    flat = growth.y.copy()
    flat[last] = rng.random(len(last)) < expit(-1.5 + odds * (1.5 * x[:, 0] * (x[:, 1] > 0) + x[:, 2]))

    calm = count_trees(growth, folds, 0, in_time=True, **LIMITS).trees
    halved = count_trees(growth_of(growth.x, flat), folds, 0, in_time=True, **LIMITS).trees
    blind = count_trees(growth_of(growth.x, flat), folds[-1:], 0, in_time=False, **LIMITS).trees

    assert halved > 0.6 * calm
    assert blind < halved


def test_a_shock_of_the_level_hardly_changes_the_number_of_trees() -> None:
    calm = count_trees(*book_of(800, 0.0), 0, in_time=True, **LIMITS).trees
    growth, folds = book_of(800, 2.5)
    shocked = count_trees(growth, folds, 0, in_time=True, **LIMITS).trees
    blind = count_trees(growth, folds[-1:], 0, in_time=False, **LIMITS).trees

    assert shocked > 0.6 * calm
    assert blind < shocked or blind == LIMITS["most"]


def test_held_out_log_odds_are_those_of_a_model_that_saw_only_the_training_rows() -> None:
    growth, folds = book_of(300, 0.0)
    _, held = held_out(growth, folds, [1, 2], 20, in_time=True, **LIMITS)
    changed = growth.y.copy()
    changed[folds[-1][1]] = 1 - changed[folds[-1][1]]  # outcomes of the last period, which no fold trains on
    _, again = held_out(growth_of(growth.x, changed), folds, [1, 2], 20, in_time=True, **LIMITS)

    assert [len(z) for z in held] == [300, 300, 300]
    assert all(np.array_equal(a, b) for a, b in zip(held, again, strict=True))


def test_a_fold_of_few_rows_gets_fewer_trees() -> None:
    growth, folds = book_of(300, 0.0)
    _, few = held_out(growth, folds[:1], [0], 60, in_time=True, **LIMITS)
    _, many = held_out(growth, [(np.arange(900), folds[0][1])], [0], 60, in_time=True, **LIMITS)

    assert few[0].std() < many[0].std()


def test_losses_are_of_the_rows_held_out_in_the_order_of_the_folds() -> None:
    growth, folds = book_of(300, 0.0)
    counted = count_trees(growth, folds, 0, in_time=False, **LIMITS)
    z, y = np.concatenate(counted.held), growth.y[np.concatenate([test for _, test in folds])]

    assert counted.losses == pytest.approx(np.logaddexp(0, z) - y * z, abs=1e-12)
    assert 10 <= counted.trees <= LIMITS["most"]


def test_without_folds_there_is_a_number_all_the_same() -> None:
    growth, _ = book_of(100, 0.0)

    assert held_out(growth, [], [0], None, in_time=True, **LIMITS) == (50, [])
    assert held_out(growth, [], [0], 7, in_time=True, **LIMITS) == (7, [])
