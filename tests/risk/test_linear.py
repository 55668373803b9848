from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_data import Book, make_book
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.linear import LinearClassifier
from inadimplencia_ml.risk.linear_terms import LinearTerms
from inadimplencia_ml.risk.metrics import auc


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(1_500)


@pytest.fixture(scope="module")
def model(book: Book) -> LinearClassifier:
    return LinearClassifier(purge_days=30).fit(book.X, book.y, dates=book.dates, groups=book.clients)


def sums(rows: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 8))
    z = x @ np.array([0.8, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0, 0.0]) - 1.0
    return x, (rng.random(rows) < expit(z)).astype(int)


def test_on_plain_numbers_it_is_scikit_learns_logistic_regression() -> None:
    x, y = sums(800, 0)
    inside = np.clip(x, *np.quantile(x, [0.01, 0.99], axis=0))
    model = LinearClassifier(calibration="none").fit(x, y)
    theirs = LogisticRegression(C=model.freedom_).fit(StandardScaler().fit_transform(inside), y)

    assert model.log_odds(x) == pytest.approx(
        theirs.decision_function(StandardScaler().fit_transform(inside)), abs=1e-3
    )


def test_a_large_table_gets_no_regression() -> None:
    assert "linear" in Blend().members_for(np.empty((1_000, 20)))
    assert "linear" not in Blend().members_for(np.empty((100_000, 20)))
    assert Blend(members=("linear",)).members_for(np.empty((100_000, 20))) == ("linear",)


def test_a_risk_that_is_a_sum_makes_the_blend_lean_on_it() -> None:
    x, y = sums(600, 1)
    later, happened = sums(6_000, 2)
    blend = Blend(n_trees=40).fit(x, y)
    alone = Blend(members=("boosted", "scorecard"), n_trees=40).fit(x, y)

    assert blend.weights_["linear"] > 0.25
    assert auc(happened, blend.predict_proba(later)[:, 1]) > auc(happened, alone.predict_proba(later)[:, 1])


def test_terms_add_up_to_the_log_odds(model: LinearClassifier, book: Book) -> None:
    told = model.contributions(book.X)

    assert np.abs(told.sum(axis=1) - model.log_odds(book.X)).max() < 1e-9
    assert np.abs(told[:, :-1].mean(axis=0)).max() < 1e-9


def test_no_number_moves_the_risk_against_its_direction(book: Book) -> None:
    against = {"late_share_365d": -1, "on_time_streak": 1}
    model = LinearClassifier(monotone=against).fit(book.X, book.y)
    told = model.contributions(book.X)

    assert np.array_equal(told[:, 0], np.zeros(len(book.X)))
    assert np.array_equal(told[:, 1], np.zeros(len(book.X)))
    assert told[:, 2].std() > 0


def test_one_row_and_a_batch_give_the_same_bits(model: LinearClassifier, book: Book) -> None:
    batch = model.predict_proba(book.X[:30])

    assert np.array_equal(batch, np.concatenate([model.predict_proba(book.X.iloc[[i]]) for i in range(30)]))


def test_parts_bring_it_back_to_the_bit(model: LinearClassifier, book: Book) -> None:
    parts = model.to_parts("linear.")
    back = LinearClassifier.from_parts(json.loads(json.dumps(parts)), "linear.")

    assert np.array_equal(back.predict_proba(book.X), model.predict_proba(book.X))
    assert np.array_equal(back.contributions(book.X), model.contributions(book.X))
    assert back.to_parts("linear.") == parts


def test_a_missing_number_and_a_level_speak_for_themselves() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"a": rng.normal(size=900), "uf": rng.choice(["SP", "BA", "RS"], 900)})
    x.loc[rng.random(900) < 0.3, "a"] = np.nan
    y = (rng.random(900) < np.where(x["a"].isna(), 0.6, 0.1) + np.where(x["uf"] == "BA", 0.25, 0.0)).astype(int)
    model = LinearClassifier().fit(x, y)
    rows = pd.DataFrame({"a": [0.0, np.nan, 0.0, 0.0], "uf": ["SP", "SP", "BA", "never seen"]})

    plain, empty, bahia, unseen = model.predict_proba(rows)[:, 1]

    assert empty > plain + 0.3
    assert bahia > plain + 0.1
    assert 0.0 < unseen < 1.0


def test_levels_too_many_to_have_slopes_are_told_by_their_evidence() -> None:
    rng = np.random.default_rng(0)
    shop, apart = rng.integers(0, 200, 4_000), rng.normal(size=200)
    y = (rng.random(4_000) < expit(apart[shop] - 1.5)).astype(int)
    x = pd.DataFrame({"shop": pd.Categorical(shop.astype(str)), "a": rng.normal(size=4_000)})
    model = LinearClassifier(n_folds=2).fit(x, y)
    told = model.contributions(pd.DataFrame({"shop": np.arange(200).astype(str), "a": 0.0}))[:, 0]

    assert np.corrcoef(told, apart)[0, 1] > 0.8


def test_a_constant_or_empty_column_says_nothing() -> None:
    x, y = sums(300, 3)
    x[:, 6], x[:, 7] = 5.0, np.nan
    told = LinearClassifier().fit(x, y).contributions(x)

    assert np.isfinite(told).all()
    assert np.abs(told[:, 6:8]).max() < 1e-12


@pytest.mark.parametrize("data", [{}, {"intercept": 0.0, "terms": [{"slope": 1.0}]}, None])
def test_terms_that_cannot_be_read_are_refused(data: Any) -> None:
    with pytest.raises(BundleError, match="terms of the linear model"):
        LinearTerms.from_json(data)
