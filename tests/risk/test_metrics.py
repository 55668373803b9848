from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import ks_2samp
from sklearn import metrics as peers

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk import metrics


def cases(rows: int = 400, seed: int = 0, ties: bool = True) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 4, rows)
    if ties:
        p = p.round(2)
    return (rng.random(rows) < p).astype(float), p, rng.random(rows) * 3


@pytest.mark.parametrize("ties", [True, False])
def test_figures_agree_with_scikit_learn_and_scipy(ties: bool) -> None:
    y, p, w = cases(ties=ties)

    assert metrics.auc(y, p) == pytest.approx(peers.roc_auc_score(y, p))
    assert metrics.auc(y, p, w) == pytest.approx(peers.roc_auc_score(y, p, sample_weight=w))
    assert metrics.average_precision(y, p) == pytest.approx(peers.average_precision_score(y, p))
    assert metrics.average_precision(y, p, w) == pytest.approx(peers.average_precision_score(y, p, sample_weight=w))
    assert metrics.brier(y, p, w) == pytest.approx(peers.brier_score_loss(y, p, sample_weight=w))
    held = np.clip(p, 1e-15, 1 - 1e-15)
    assert metrics.log_loss(y, held, w) == pytest.approx(peers.log_loss(y, held, sample_weight=w))
    assert metrics.ks(y, p) == pytest.approx(ks_2samp(p[y == 1], p[y == 0]).statistic)


@given(st.integers(0, 10_000))
def test_a_weight_of_two_is_a_row_given_twice(seed: int) -> None:
    y, p, _ = cases(60, seed)
    weight = np.random.default_rng(seed).integers(0, 3, 60).astype(float)
    again = np.repeat(np.arange(60), weight.astype(int))
    if len(np.unique(y[again])) < 2:
        return

    for figure in (metrics.auc, metrics.average_precision, metrics.ks, metrics.brier, metrics.log_loss):
        assert figure(y, p, weight) == pytest.approx(figure(y[again], p[again]))


@given(st.integers(0, 10_000))
def test_ranking_depends_on_the_order_alone(seed: int) -> None:
    y, p, _ = cases(60, seed)
    if len(np.unique(y)) < 2:
        return
    shuffled = np.random.default_rng(seed).permutation(60)

    for figure in (metrics.auc, metrics.average_precision, metrics.ks):
        assert figure(y[shuffled], p[shuffled]) == pytest.approx(figure(y, p))
        assert figure(y, p**2 / 2) == pytest.approx(figure(y, p))
    assert metrics.auc(y, 1 - p) == pytest.approx(1 - metrics.auc(y, p))


def test_calibration_line_finds_what_was_done_to_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(-1, 1, 300_000)
    y = (rng.random(len(z)) < expit(z)).astype(float)

    right = metrics.calibration_line(y, expit(z))
    wide = metrics.calibration_line(y, expit(2 * z))
    low = metrics.calibration_line(y, expit(z - 0.5))

    assert tuple(right) == pytest.approx((1, 0, 0), abs=0.02)
    assert wide.slope == pytest.approx(0.5, abs=0.02)
    assert low.level == pytest.approx(0.5, abs=0.02)


def test_bins_of_equal_mass_keep_ties_together_and_grow_with_p() -> None:
    _, p, _ = cases(2_000)
    place = metrics.equal_mass_bins(p, 15)

    assert np.array_equal(np.unique(place), np.arange(place.max() + 1))
    assert (np.diff(place[np.argsort(p, kind="stable")]) >= 0).all()
    assert all(len(np.unique(place[p == v])) == 1 for v in np.unique(p))
    assert np.bincount(place).max() < 2.5 * 2_000 / 15


def test_calibration_error_is_small_for_the_truth_and_large_for_a_shift() -> None:
    y, p, _ = cases(50_000, ties=False)

    assert metrics.calibration_error(y, p) < 0.008
    assert metrics.calibration_error(y, np.clip(p + 0.1, 0, 1)) == pytest.approx(0.1, abs=0.01)


def test_capture_and_lift_of_a_perfect_order() -> None:
    y, p = np.repeat([1.0, 0.0], [10, 90]), np.linspace(1, 0, 100)

    assert metrics.captured_at(y, p, 0.05) == pytest.approx(0.5)
    assert metrics.captured_at(y, p, 1.0) == 1
    assert metrics.lift_at(y, p, 0.1) == pytest.approx(10)
    assert metrics.lift_at(y, np.full(100, 0.3), 0.1) == pytest.approx(1)


def test_one_class_has_no_ranking() -> None:
    zeros, p = np.zeros(5), np.linspace(0, 1, 5)

    assert np.isnan([metrics.auc(zeros, p), metrics.ks(zeros, p), metrics.calibration_line(zeros, p).slope]).all()
    assert metrics.brier(zeros, p) == pytest.approx((p**2).mean())


@pytest.mark.parametrize(
    ("y", "p", "message"),
    [
        ([1, 0], [0.1], "Expected one outcome and one probability a row"),
        ([2, 0], [0.1, 0.2], "other values than 0"),
        ([1, 0], [0.1, 1.2], "1 of p are missing or lie outside"),
        ([1, 0], [0.1, np.nan], "1 of p are missing or lie outside"),
    ],
)
def test_what_is_no_outcome_or_probability_is_refused(y: Any, p: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        metrics.auc(y, p)


def test_a_share_of_nothing_captures_nothing_to_tell() -> None:
    with pytest.raises(CallError, match="share is 0; expected above 0"):
        metrics.captured_at([1, 0], [0.2, 0.1], 0)
