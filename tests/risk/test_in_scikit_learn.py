"""The estimators where scikit-learn's users have them: pipelines, searches, calibrators, weights, groups, joblib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from risk_data import Book, make_book
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline

from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.date_split import DateSplit
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier

BOOSTED: dict[str, Any] = {"n_trees": 6, "n_bags": 1, "n_folds": 2}
MODELS = {
    "boosted": RiskClassifier(**BOOSTED),
    "scorecard": ScorecardClassifier(max_bins=4, n_folds=2),
    "blend": Blend(members=("boosted", "scorecard"), n_trees=6, n_folds=2),
}
each_model = pytest.mark.parametrize("name", MODELS)


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(600, level=-1.2, seed=4)


def plain(book: Book) -> Any:
    """The columns of numbers alone."""
    return book.X.drop(columns="client_uf")


@pytest.mark.parametrize("kind", ["pandas", "polars"])
@each_model
def test_a_pipeline_hands_named_columns_on_and_predicts_as_the_model_alone(name: str, kind: str, book: Book) -> None:
    filled = make_column_transformer(
        (SimpleImputer(), ["issued_amount_90d"]), remainder="passthrough", verbose_feature_names_out=False
    )
    given = book.X if kind == "pandas" else pl.from_pandas(book.X)
    pipe = make_pipeline(filled, MODELS[name]).set_output(transform=kind).fit(given, book.y)
    table = filled.transform(given)
    assert type(table) is type(given)
    alone = type(MODELS[name])(**MODELS[name].get_params()).fit(table, book.y)

    assert sorted(pipe[-1].feature_names_in_) == sorted(book.X.columns)
    np.testing.assert_array_equal(pipe.predict_proba(given), alone.predict_proba(table))


@each_model
def test_a_search_over_dates_finds_parameters(name: str, book: Book) -> None:
    grid = {"scorecard": {"max_bins": [2, 4]}, "boosted": {"num_leaves": [3, 7]}, "blend": {"n_trees": [2, 6]}}[name]
    folds = list(DateSplit(n_splits=2).split(book.X, book.y, dates=book.dates))
    found = GridSearchCV(MODELS[name], grid, scoring="neg_log_loss", cv=folds).fit(book.X, book.y)

    assert found.best_params_[next(iter(grid))] in next(iter(grid.values()))
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
    assert found.best_estimator_.predict_proba(book.X).shape == (600, 2)


@each_model
def test_a_calibrator_takes_it(name: str, book: Book) -> None:
    around = CalibratedClassifierCV(MODELS[name], method="sigmoid", cv=2).fit(plain(book), book.y)
    p = around.predict_proba(plain(book))[:, 1]

    assert p.mean() == pytest.approx(book.y.mean(), abs=0.03)


@each_model
def test_rows_of_weight_zero_are_as_good_as_absent(name: str, book: Book) -> None:
    kept = np.arange(600) < 450
    weight = np.where(kept, 1.0, 0.0)
    # Columns are learned from all rows given, so every category must be among those kept.
    assert set(book.X["client_uf"][kept]) == set(book.X["client_uf"])
    one = joblib_copy(MODELS[name]).fit(book.X, book.y, sample_weight=weight, groups=book.clients)
    two = joblib_copy(MODELS[name]).fit(book.X[kept], book.y[kept], groups=book.clients[kept])

    np.testing.assert_allclose(one.predict_proba(book.X), two.predict_proba(book.X), rtol=1e-9)


def joblib_copy(model: Any) -> Any:
    return type(model)(**model.get_params())


@each_model
def test_weights_groups_and_dates_are_routed_as_metadata(name: str, book: Book) -> None:
    with config_context(enable_metadata_routing=True):
        model = joblib_copy(MODELS[name]).set_fit_request(sample_weight=True, groups=True, dates=False)
        weight = np.ones(600)
        found = cross_validate(
            make_pipeline(model),
            book.X,
            book.y,
            cv=GroupKFold(2),
            scoring=get_scorer("neg_log_loss").set_score_request(sample_weight=False),
            params={"sample_weight": weight, "groups": book.clients},
            return_estimator=True,
        )

    assert [one[-1].fold_kind_ for one in found["estimator"]] == ["clients", "clients"]
    assert np.isfinite(found["test_score"]).all()


@each_model
def test_joblib_keeps_it_for_a_notebook(name: str, book: Book, tmp_path: Path) -> None:
    fitted = joblib_copy(MODELS[name]).fit(book.X, book.y)
    joblib.dump(fitted, tmp_path / "model.joblib")

    again = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(again.predict_proba(book.X), fitted.predict_proba(book.X))


@each_model
def test_polars_and_arrow_are_read_as_pandas_is(name: str, book: Book) -> None:
    frame = book.X
    fitted = joblib_copy(MODELS[name]).fit(pl.from_pandas(frame), book.y)
    as_pandas = joblib_copy(MODELS[name]).fit(frame, book.y)

    expected = as_pandas.predict_proba(frame)
    for table in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        np.testing.assert_array_equal(fitted.predict_proba(table), expected)


@each_model
def test_threads_change_no_bit(name: str, book: Book) -> None:
    one, two = (joblib_copy(MODELS[name]).set_params(n_jobs=n).fit(book.X, book.y) for n in (1, 2))

    np.testing.assert_array_equal(one.predict_proba(book.X), two.predict_proba(book.X))
