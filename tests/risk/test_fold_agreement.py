"""What folds agree on: a common slope is found, a shock in one of them is not taken for a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from inadimplencia_ml.risk.fold_agreement import (
    agreed,
    agreed_level,
    agreed_levels,
    agreed_line,
    level_swing,
)


def folds_of(bends: list[Any], rows: int = 4_000, seed: int = 0) -> tuple[Any, Any, Any]:
    """Log-odds, outcomes and fold of each row; the true log-odds of fold k are ``bends[k](z)``."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-2, 1.5, rows * len(bends))
    fold = np.repeat(np.arange(len(bends)), rows)
    true = np.concatenate([bend(z[fold == k]) for k, bend in enumerate(bends)])
    return z, (rng.random(len(z)) < expit(true)).astype(float), fold


def test_folds_that_agree_turn_the_line() -> None:
    slope, intercept = agreed_line(*folds_of([lambda z: 0.6 * z - 0.3] * 5, 20_000))

    assert slope == pytest.approx(0.6, abs=0.03)
    assert intercept == pytest.approx(-0.3, abs=0.05)


def test_a_shock_of_one_fold_moves_less_than_its_rows_would() -> None:
    calm, shock = (lambda z: z), (lambda z: 0.6 * z + 1.0)
    z, y, fold = folds_of([calm, calm, calm, shock])
    slope, intercept = agreed_line(z, y, fold)

    assert slope == 1.0
    assert abs(intercept) < 0.1


def test_the_less_has_to_stand_out_the_more_of_what_folds_say_is_kept() -> None:
    levels, variances = np.array([-0.3, -0.2, -0.01]), np.full(3, 0.001)
    mean, error = levels.mean(), levels.std(ddof=1) / np.sqrt(3)
    assert abs(mean) < 2 * error
    assert agreed(levels, variances) == 0.0
    assert agreed(levels, variances, stands_out=1.0) == pytest.approx(mean * (1 - (error / mean) ** 2))


def test_true_log_odds_are_left_as_they_are() -> None:
    moved = [agreed_line(*folds_of([lambda z: z] * 4, 2_000, seed)) for seed in range(8)]

    assert sum(line == (1.0, 0.0) for line in moved) >= 4
    assert max(abs(slope - 1.0) for slope, _ in moved) < 0.06


def test_a_slope_never_turns_round() -> None:
    slope, _ = agreed_line(*folds_of([lambda z: -z - 4] * 3))

    assert slope == 0.05


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=8),
    st.floats(0.001, 2),
)
def test_what_is_agreed_lies_between_nothing_and_the_plain_mean(values: list[float], variance: float) -> None:
    found = agreed(np.array(values), np.full(len(values), variance))
    mean = float(np.mean(values))

    assert min(0.0, mean) - 1e-9 <= found <= max(0.0, mean) + 1e-9
    assert agreed(-np.array(values), np.full(len(values), variance)) == pytest.approx(-found, abs=1e-9)


def test_levels_are_told_against_the_agreed_one() -> None:
    z, y, fold = folds_of([lambda z: z, lambda z: z + 1.0, lambda z: z - 1.0], 20_000)
    aside = [float(agreed_levels(z, y, fold)[fold == k][0]) for k in range(3)]

    assert aside == pytest.approx([0.0, 1.0, -1.0], abs=0.06)


def test_a_fold_without_a_bad_one_has_a_level_all_the_same() -> None:
    z, y, fold = folds_of([lambda z: z, lambda z: z - 40.0], 300)

    assert np.isfinite(agreed_levels(z, y, fold)).all()
    assert np.isfinite(agreed_line(z, y, fold)).all()


def test_a_level_that_all_folds_share_is_found_and_one_of_a_single_fold_is_not() -> None:
    rng = np.random.default_rng(0)
    z, fold = rng.normal(-2.0, 1.0, 12_000), np.arange(12_000) % 4
    drawn = rng.random(12_000)

    def came(level: np.ndarray) -> np.ndarray:
        return (drawn < 1 / (1 + np.exp(-(z + level)))).astype(float)

    assert agreed_level(z, came(np.full(12_000, -0.5)), fold) == pytest.approx(-0.5, abs=0.1)
    assert agreed_level(z, came(np.where(fold == 2, 1.0, 0.0)), fold) == 0.0


def test_the_swing_of_folds_is_that_of_their_shocks() -> None:
    shocks = np.random.default_rng(3).normal(0.0, 0.3, 40)
    z, y, fold = folds_of([lambda z, by=by: z + by for by in shocks], 2_000)

    # Student's t of 40 degrees.
    assert level_swing(z, y, fold) == pytest.approx(2.021 * np.sqrt(np.mean(shocks**2)), rel=0.1)


def test_folds_that_differ_by_chance_alone_have_hardly_a_swing() -> None:
    swings = [level_swing(*folds_of([lambda z: z] * 12, 1_000, seed)) for seed in range(8)]

    assert min(swings) == 0.0
    assert np.median(swings) < 0.15


def test_a_level_that_all_folds_share_is_part_of_the_swing() -> None:
    z, y, fold = folds_of([lambda z: z] * 4, 5_000)

    assert level_swing(z + 0.5, y, fold) > 1.0
    assert level_swing(z + 0.5, y, np.minimum(fold, 1)) == 0.0
