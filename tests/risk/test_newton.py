from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from inadimplencia_ml.risk.newton import logistic


def test_it_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(800, 3))
    y = (rng.random(800) < expit(x @ [1.0, -2.0, 0.5] - 1)).astype(float)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000).fit(x, y)

    beta = logistic([*x.T, np.ones(800)], y)

    assert beta == pytest.approx([*peer.coef_[0], peer.intercept_[0]], abs=1e-5)


def test_a_weight_of_two_is_a_row_given_twice() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=50), (rng.random(50) < 0.4).astype(float)
    weight = rng.integers(1, 4, 50).astype(float)
    again = np.repeat(np.arange(50), weight.astype(int))

    weighted = logistic([x, np.ones(50)], y, weight=weight)

    assert weighted == pytest.approx(logistic([x[again], np.ones(len(again))], y[again]), abs=1e-9)


def test_data_told_apart_without_a_fault_ends_at_its_prior() -> None:
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    beta = logistic([x, np.ones(4)], (x > 0).astype(float), prior=(1.0, 0.0), strength=(1.0, 1.0))

    assert np.isfinite(beta).all()
    assert 1 < beta[0] < 5
