from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.calibration import Calibration, choose_calibration, fit_calibration
from inadimplencia_ml.risk.metrics import calibration_error, log_loss

METHODS = ["none", "platt", "beta", "isotonic"]


def draw(rows: int, bend: Any, seed: int = 0) -> tuple[Any, Any, Any]:
    """Raw log-odds, outcomes, and the true log-odds as ``bend`` makes them."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-2, 1.5, rows)
    true = bend(z)
    return z, (rng.random(rows) < expit(true)).astype(float), true


@pytest.mark.parametrize("method", METHODS)
def test_a_riskier_raw_score_never_gets_a_lower_probability(method: Any) -> None:
    z, y, _ = draw(3_000, lambda z: 0.6 * z - 0.3)
    made = fit_calibration(method, z, y)
    p = made.probability(np.linspace(-40, 40, 4_001))

    assert (np.diff(p) >= 0).all()
    assert ((p >= 0) & (p <= 1)).all()


@pytest.mark.parametrize("method", METHODS)
def test_plain_data_brings_a_calibration_back_to_the_bit(method: Any) -> None:
    z, y, _ = draw(3_000, lambda z: 0.6 * z - 0.3)
    made = fit_calibration(method, z, y)

    assert Calibration.from_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize("method", METHODS)
def test_one_value_and_a_batch_give_the_same_bits(method: Any) -> None:
    z, y, _ = draw(3_000, lambda z: 0.6 * z - 0.3)
    made = fit_calibration(method, z, y)

    assert np.array_equal(made.probability(z[:500]), np.concatenate([made.probability(z[[i]]) for i in range(500)]))


@pytest.mark.parametrize("method", ["platt", "beta", "isotonic"])
def test_scores_too_far_apart_are_mended(method: Any) -> None:
    z, y, _ = draw(20_000, lambda z: 0.6 * z - 0.3)
    later, happened, _ = draw(20_000, lambda z: 0.6 * z - 0.3, seed=1)
    p = fit_calibration(method, z, y).probability(later)

    assert calibration_error(happened, p) < 0.015
    assert calibration_error(happened, expit(later)) > 0.03


def test_platt_finds_the_line_that_made_the_data() -> None:
    z, y, _ = draw(200_000, lambda z: 0.6 * z - 0.3)

    assert fit_calibration("platt", z, y).coefficients == pytest.approx((0.6, -0.3), abs=0.03)


def test_a_score_that_points_the_wrong_way_stays_growing() -> None:
    z, y, _ = draw(5_000, lambda z: -z - 4)

    for method in ("platt", "beta"):
        assert (np.diff(fit_calibration(method, z, y).log_odds(np.linspace(-5, 5, 99))) > 0).all()  # type: ignore[arg-type]


def test_a_bend_that_no_line_follows_calls_for_steps() -> None:
    z, y, _ = draw(60_000, lambda z: np.where(z < -2, -5.0, np.where(z < 0, -1.0, -0.5)))
    made, losses = choose_calibration(z, y, np.arange(len(z)) * 5 // len(z), later=True)

    assert made.method == "isotonic"
    assert losses["isotonic"] < min(losses[m] for m in ("none", "platt", "beta"))


def test_true_probabilities_are_hardly_touched() -> None:
    z, y, _ = draw(5_000, lambda z: z)
    later, happened, true = draw(50_000, lambda z: z, seed=1)
    made, _ = choose_calibration(z, y, np.arange(len(z)) % 5, later=False)

    assert log_loss(happened, made.probability(later)) < log_loss(happened, expit(true)) + 0.001


def test_with_few_bad_cases_no_method_of_many_figures_is_tried() -> None:
    z, y, _ = draw(600, lambda z: z - 1)
    _, losses = choose_calibration(z, y, np.arange(600) % 5, later=False)

    assert set(losses) <= {"none", "platt"}


def test_methods_are_compared_on_later_folds_whatever_their_level() -> None:
    bend = lambda z: np.where(z < -2, -5.0, np.where(z < 0, -1.0, -0.5))  # noqa: E731
    early, later = draw(30_000, bend), draw(30_000, lambda z: bend(z) + 1.0, seed=1)
    z, y = np.concatenate([early[0], later[0]]), np.concatenate([early[1], later[1]])
    made, losses = choose_calibration(z, y, np.repeat([0, 1, 2], 20_000), later=True)

    assert made.method == "isotonic"
    assert losses["isotonic"] < losses["platt"]


def test_one_month_of_another_slope_is_not_taken_for_a_rule() -> None:
    calm, shock = draw(12_000, lambda z: z), draw(4_000, lambda z: 0.5 * z + 0.8, seed=1)
    z, y = np.concatenate([calm[0], shock[0]]), np.concatenate([calm[1], shock[1]])
    fold = np.repeat([0, 1, 2, 3], 4_000)
    made, _ = choose_calibration(z, y, fold, later=True)

    assert made.log_odds(np.array([-4.0]))[0] == pytest.approx(-4.0, abs=0.2)
    assert fit_calibration("platt", z, y).log_odds(np.array([-4.0]))[0] > -3.7


def test_a_slope_that_all_folds_show_is_mended() -> None:
    z, y, _ = draw(20_000, lambda z: 1.3 * z)
    made, losses = choose_calibration(z, y, np.arange(20_000) % 4, later=True)

    assert made.method == "platt"
    assert made.coefficients[0] == pytest.approx(1.3, abs=0.06)
    assert losses["platt"] < losses["none"]


def test_isotonic_ends_do_not_reach_certainty() -> None:
    z = np.linspace(-4, 4, 400)
    y = (z > 0).astype(float)
    p = fit_calibration("isotonic", z, y).probability(z)

    assert 0 < p.min() < 0.05
    assert 0.95 < p.max() < 1


def test_a_calibration_of_another_form_is_refused() -> None:
    with pytest.raises(BundleError, match="not one of none, platt, beta, isotonic: 'platt'"):
        Calibration.from_json({"method": "platt", "coefficients": [1.0], "knots": []})
    with pytest.raises(BundleError, match="calibration of the model cannot be read"):
        Calibration.from_json({"method": "platt"})
