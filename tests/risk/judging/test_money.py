from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from judged import rows_of, true_book
from sklearn.metrics import roc_auc_score

from inadimplencia_ml.risk.draw_figures import resample
from inadimplencia_ml.risk.judging.money import Money
from inadimplencia_ml.risk.metrics import captured_at


def money_of(y: np.ndarray, p: np.ndarray, client: np.ndarray, exposure: np.ndarray, n: int = 0) -> pd.DataFrame:
    rows = rows_of(y, p, client, n=n, exposure=exposure)
    made = Money(rows, exposure / 2)
    resample(rows.drawn, made.asked)
    return made.table().set_index("metric")


def test_figures_are_those_of_rows_repeated_as_often_as_they_owe() -> None:
    y, p, client = true_book(0)
    owed = np.random.default_rng(0).integers(0, 6, len(y))
    found = money_of(y, p, client, owed.astype(float))["value"]
    again = np.repeat(np.arange(len(y)), owed)

    assert found["exposure"] == owed.sum()
    assert found["bad_exposure"] == y[again].sum()
    assert found["bad_rate_amount"] == pytest.approx(y[again].mean())
    assert found["mean_probability_amount"] == pytest.approx(p[again].mean())
    assert found["observed_to_expected_amount"] == pytest.approx(y[again].mean() / p[again].mean())
    assert found["auc_amount"] == pytest.approx(roc_auc_score(y, p, sample_weight=owed))


@pytest.mark.parametrize("decimals", [12, 1])
def test_money_caught_is_that_of_the_riskiest_tenth_of_rows(decimals: int) -> None:
    y, p, client = true_book(1)
    p = np.round(p, decimals)
    found = money_of(y, p, client, np.full(len(y), 10.0))["value"]

    assert found["bad_caught_10"] == pytest.approx(captured_at(y, p, 0.1))
    assert found["overdue_caught_10"] == pytest.approx(0.1)


def test_true_probabilities_are_calibrated_in_money_too_and_intervals_hold_the_figure() -> None:
    y, p, client = true_book(2, clients=2_000)
    found = money_of(y, p, client, np.random.default_rng(0).lognormal(7, 1, len(y)), n=100)
    shown = found.dropna()

    assert ((shown["low"] <= shown["value"]) & (shown["value"] <= shown["high"])).all()
    assert found.loc["observed_to_expected_amount", "low"] < 1 < found.loc["observed_to_expected_amount", "high"]
    assert found.loc["calibration_error_amount", "value"] < 0.03


def test_nothing_owed_leaves_shares_without_a_value() -> None:
    y, p, client = true_book(3, clients=50)
    found = money_of(y, p, client, np.zeros(len(y)), n=10)

    assert found.loc[["exposure", "bad_exposure"], "value"].tolist() == [0.0, 0.0]
    assert found.loc[["bad_rate_amount", "auc_amount", "bad_caught_10"], "value"].isna().all()
