from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from risk_data import make_book

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.baselines import baseline_predictions
from inadimplencia_ml.risk.metrics import auc, calibration_line


def test_each_baseline_gives_probabilities_for_every_row() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"dpd_max": rng.poisson(3, 900), "days_late_last": rng.normal(0, 9, 900), "kind": "PF"})
    x.loc[::7, "days_late_last"] = np.nan
    y = rng.random(900) < 0.05 + 0.02 * x["dpd_max"]
    found = baseline_predictions(x[:600], y[:600], x[600:])

    assert list(found) == ["prevalence", "dpd_max", "days_late_last", "logistic"]
    assert all(p.shape == (300,) and ((p >= 0) & (p <= 1)).all() for p in found.values())
    assert np.unique(found["prevalence"]) == pytest.approx([y[:600].mean()])


def test_the_logistic_regression_learns_from_unknown_columns_too_and_is_calibrated() -> None:
    early, late = make_book(4_000), make_book(8_000, seed=1)
    names = {"late_share_365d": "a", "on_time_streak": "b", "client_uf": "c", "issued_amount_90d": "d"}
    found = baseline_predictions(early.X.rename(columns=names), early.y, late.X.rename(columns=names))["logistic"]

    assert auc(late.y, found) > auc(late.y, late.truth) - 0.03
    assert calibration_line(late.y, found).slope == pytest.approx(1, abs=0.2)


def test_a_later_day_never_means_less_risk_to_the_clerk() -> None:
    rng = np.random.default_rng(0)
    days = rng.normal(0, 10, 2_000)
    y = rng.random(2_000) < 1 / (1 + np.exp(2 - days / 10))
    x = pd.DataFrame({"days_late_last": days})
    p = baseline_predictions(x, y, pd.DataFrame({"days_late_last": np.linspace(-60, 60, 99)}))["days_late_last"]

    assert (np.diff(p) >= 0).all()


def test_columns_that_tell_nothing_leave_the_prevalence() -> None:
    x = pd.DataFrame({"kind": ["PF"] * 10, "same": [1.0] * 10, "empty": [np.nan] * 10})

    assert list(baseline_predictions(x, [0, 1] * 5, x)) == ["prevalence"]


def test_a_missing_number_has_a_rate_of_its_own() -> None:
    x = pd.DataFrame({"dpd_max": [np.nan] * 50 + [0.0] * 50})
    p = baseline_predictions(x, [1] * 40 + [0] * 60, x)["dpd_max"]

    assert p[0] == pytest.approx(0.8, abs=0.02)
    assert p[-1] == pytest.approx(0.0, abs=0.02)


def test_arrays_and_wrong_lengths_are_refused() -> None:
    with pytest.raises(CallError, match="give tables, not arrays"):
        baseline_predictions(np.zeros((2, 2)), [0, 1], np.zeros((2, 2)))
    with pytest.raises(CallError, match="X_train has 2 rows and y_train 1"):
        baseline_predictions(pd.DataFrame({"a": [1, 2]}), [0], pd.DataFrame({"a": [1]}))
