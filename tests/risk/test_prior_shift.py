from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from risk_data import make_book
from scipy.special import expit

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.prior_shift import estimate_prior, shifted

RATES = st.floats(0.001, 0.999)


def population(rate: float, rows: int = 40_000, seed: int = 0) -> tuple[Any, Any]:
    """Probabilities made for 20 % bad, of a population with ``rate`` bad, and its outcomes; classes look the same."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < rate).astype(float)
    x = rng.normal(2.0 * y)  # log-likelihood ratio 2x − 2
    return expit(2.0 * x - 2.0 + np.log(0.2 / 0.8)), y


@settings(max_examples=30, deadline=None)
@given(RATES, RATES, st.floats(-8, 8))
def test_there_and_back_is_where_it_was(prior: float, rate: float, z: float) -> None:
    there = shifted(Calibration(), prior, rate)
    back = shifted(there, rate, prior)

    assert back.log_odds(np.array([z]))[0] == pytest.approx(z, abs=1e-9)
    assert (there.log_odds(np.array([z]))[0] >= z) == (rate >= prior) or abs(rate - prior) < 1e-9


@settings(max_examples=30, deadline=None)
@given(RATES, RATES)
def test_a_row_that_tells_nothing_gets_the_new_rate(prior: float, rate: float) -> None:
    z = np.array([np.log(prior) - np.log1p(-prior)])

    assert shifted(Calibration(), prior, rate).probability(z)[0] == pytest.approx(rate, rel=1e-9)


@pytest.mark.parametrize("rate", [0.02, 0.2, 0.6])
def test_the_rate_of_rows_without_outcomes_is_found(rate: float) -> None:
    p, y = population(rate)

    assert estimate_prior(p, 0.2) == pytest.approx(y.mean(), abs=0.01)


def test_moved_probabilities_fit_the_new_population() -> None:
    p, y = population(0.6)
    z = np.log(p) - np.log1p(-p)
    moved = shifted(Calibration(), 0.2, estimate_prior(p, 0.2)).probability(z)

    assert moved.mean() == pytest.approx(y.mean(), abs=0.01)
    assert p.mean() < 0.5


def test_a_model_for_another_rate_ranks_and_explains_as_before() -> None:
    book = make_book(1_500)
    model = RiskClassifier(n_trees=20, n_bags=1, n_jobs=1).fit(book.X, book.y)
    before = model.predict_proba(book.X)[:, 1]
    moved = model.with_prior(0.4)

    assert model.prior_ == pytest.approx(book.y.mean())
    assert moved.predict_proba(book.X)[:, 1].mean() == pytest.approx(0.4, abs=0.05)
    assert np.array_equal(moved.log_odds(book.X), model.log_odds(book.X))
    assert np.array_equal(model.predict_proba(book.X)[:, 1], before)
    again = RiskClassifier.from_parts(moved.to_parts())
    assert np.array_equal(again.predict_proba(book.X), moved.predict_proba(book.X))
    assert np.allclose(again.with_prior(book.y.mean()).predict_proba(book.X)[:, 1], before, atol=1e-12)


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.2, 3.0])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(CallError, match=r"rate is .*; expected a share between 0 and 1"):
        shifted(Calibration(), 0.2, rate)
    with pytest.raises(CallError, match=r"prior is .*; expected a share between 0 and 1"):
        estimate_prior([0.5], rate)


@pytest.mark.parametrize("p", [[], [0.5, np.nan], [1.2], [[0.5]]])
def test_probabilities_that_are_none_are_refused(p: Any) -> None:
    with pytest.raises(CallError, match="expected one probability a row"):
        estimate_prior(p, 0.2)


def test_a_shift_comes_back_from_plain_data_and_a_wrong_one_is_refused() -> None:
    moved = shifted(Calibration("platt", (0.8, 0.1)), 0.1, 0.3)

    assert Calibration.from_json(moved.to_json()) == moved
    with pytest.raises(BundleError, match="calibration of the model cannot be read"):
        Calibration.from_json(moved.to_json() | {"shift": "much"})
