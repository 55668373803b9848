"""Models of other houses: what they say of each column, what is kept of them, and who is known again."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import LinearSVC

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.kinds import candidate_of, model_from_parts
from inadimplencia_ml.risk.reasons import fit_reasons
from inadimplencia_ml.risk.wrapped.classifier import WrappedClassifier
from inadimplencia_ml.risk.wrapped.engines import ScoreColumn, closed
from inadimplencia_ml.risk.wrapped.linear import linear_parts
from inadimplencia_ml.risk.wrapped.recognised import columns_of, engine_of

NUMBERS = ["late_share_365d", "overdue_amount", "on_time_streak"]


def rows(n: int = 900, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features, outcomes and dates; what is missing is missing."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(
        {
            "late_share_365d": rng.random(n),
            "overdue_amount": rng.exponential(500.0, n),
            "on_time_streak": rng.integers(0, 9, n).astype(float),
            "client_kind": pd.Categorical(rng.choice(["PF", "PJ"], n)),
        }
    )
    z = 3.0 * x["late_share_365d"] + 0.001 * x["overdue_amount"] - 0.2 * x["on_time_streak"] - 2.0
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-z))).astype(int).to_numpy()
    x.loc[::11, "late_share_365d"] = np.nan
    dates = np.sort(rng.choice(pd.date_range("2024-01-31", periods=10, freq="ME"), n))
    return x, y, dates


X, Y, _ = rows()
LATER, OUTCOME, DATES = rows(seed=1)
LATER_NUMBERS = LATER[NUMBERS]


def linear() -> Any:
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(X[NUMBERS], Y)


def forest() -> Any:
    return make_pipeline(SimpleImputer(), RandomForestClassifier(20, max_depth=3, random_state=0)).fit(X[NUMBERS], Y)


def wrapped(model: Any, x: pd.DataFrame = LATER_NUMBERS, **more: Any) -> WrappedClassifier:
    return WrappedClassifier(engine_of(model, x, **more)).fit(x, OUTCOME, dates=DATES)


def again(model: WrappedClassifier, handed: Any = None) -> Any:
    """The model by way of JSON, as from a folder."""
    parts = {n: p if isinstance(p, bytes) else json.loads(json.dumps(p)) for n, p in model.to_parts("e.").items()}
    return model_from_parts(parts, "e.", handed=handed)


def boosted(name: str) -> tuple[Any, pd.DataFrame]:
    """A small model of trees, and rows it reads."""
    if name == "lightgbm":
        from lightgbm import LGBMClassifier

        return LGBMClassifier(n_estimators=10, verbose=-1, n_jobs=1).fit(X, Y), LATER
    if name == "xgboost":
        xgboost = pytest.importorskip("xgboost", reason="needs xgboost, which the extra test brings")
        model = xgboost.XGBClassifier(n_estimators=10, max_depth=3, enable_categorical=True, n_jobs=1)
        return model.fit(X, Y), LATER
    if name == "catboost":
        catboost = pytest.importorskip("catboost", reason="needs catboost, which the extra test brings")
        quiet = dict(verbose=0, thread_count=1, allow_writing_files=False)
        return catboost.CatBoostClassifier(iterations=10, depth=3, cat_features=["client_kind"], **quiet).fit(
            X, Y
        ), LATER
    return RiskClassifier(n_trees=10, n_bags=1).fit(X, Y), LATER


TREES = ["lightgbm", "xgboost", "catboost", "own"]


# ---- probabilities


@pytest.mark.parametrize("name", ["linear", "forest", *TREES])
def test_a_wrapped_model_keeps_the_ranking_and_gets_the_level_of_the_later_rows(name: str) -> None:
    model, x = {"linear": (linear(), LATER_NUMBERS), "forest": (forest(), LATER_NUMBERS)}.get(name) or boosted(name)
    made = wrapped(model, x)
    own = model.predict_proba(x)[:, 1]
    p = made.predict_proba(x)[:, 1]

    order = np.argsort(own, kind="stable")
    assert (np.diff(p[order]) >= -1e-6).all()
    assert p.mean() == pytest.approx(OUTCOME.mean(), abs=0.02)
    assert candidate_of(made) == "wrapped"


def test_a_model_fitted_on_weighted_classes_gets_its_rate_back() -> None:
    x = X[NUMBERS].fillna(0.5)
    model = LogisticRegression(class_weight={0: 1, 1: 20}, max_iter=2000).fit(x, Y)
    later = LATER_NUMBERS.fillna(0.5)

    assert model.predict_proba(later)[:, 1].mean() > OUTCOME.mean() + 0.2
    assert wrapped(model, later).predict_proba(later)[:, 1].mean() == pytest.approx(OUTCOME.mean(), abs=0.02)


def test_certainty_stands_just_outside_what_was_less_than_certain() -> None:
    deep = make_pipeline(SimpleImputer(), RandomForestClassifier(10, random_state=0)).fit(X[NUMBERS], Y)
    engine = engine_of(deep, LATER_NUMBERS)
    raw, p = engine.raw(LATER_NUMBERS), deep.predict_proba(LATER_NUMBERS)[:, 1]
    inside = raw[(p > 0) & (p < 1)]

    assert (p == 0).any()
    assert raw[p == 0] == pytest.approx(inside.min() - np.log(2.0))
    assert np.isfinite(raw).all()


def test_a_decision_function_is_enough() -> None:
    model = make_pipeline(SimpleImputer(), StandardScaler(), LinearSVC()).fit(X[NUMBERS], Y)
    made = wrapped(model)

    assert made.explains
    assert made.predict_proba(LATER_NUMBERS)[:, 1].mean() == pytest.approx(OUTCOME.mean(), abs=0.02)


def test_the_event_may_be_either_class_but_must_be_said_where_words_do_not_tell() -> None:
    words = np.where(Y == 1, "atrasou", "pagou")
    model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=1000)).fit(X[NUMBERS], words)

    with pytest.raises(CallError, match="'atrasou' and 'pagou': say which is the event, bad_class"):
        wrapped(model)
    with pytest.raises(CallError, match="bad_class is 'x'; the model's classes are"):
        wrapped(model, bad_class="x")
    with pytest.raises(CallError, match="upside down"):
        wrapped(model, bad_class="pagou")
    told = wrapped(model, bad_class="atrasou")
    np.testing.assert_allclose(told.engine.raw(LATER_NUMBERS), -model.decision_function(LATER_NUMBERS), atol=1e-9)


# ---- what each column adds


@pytest.mark.parametrize("name", TREES)
def test_contributions_of_trees_add_up_to_the_log_odds_and_are_those_of_the_house(name: str) -> None:
    model, x = boosted(name)
    made = wrapped(model, x)

    assert made.contributions(x).sum(axis=1) == pytest.approx(made.log_odds(x), abs=1e-9)
    assert made.contributions(x).shape == (len(x), x.shape[1] + 1)
    fit_reasons(made, x, OUTCOME).by_family(made, x)  # raises where they miss the log-odds


def test_contributions_of_a_linear_model_are_coefficient_times_what_it_sees() -> None:
    model = linear()
    seen = model[:-1].transform(LATER_NUMBERS) * model[-1].coef_[0]
    found = engine_of(model, LATER_NUMBERS).contributions(LATER_NUMBERS)

    np.testing.assert_allclose(found[:, :-1], seen)
    np.testing.assert_allclose(found.sum(axis=1), model.decision_function(LATER_NUMBERS))


def test_the_columns_behind_a_column_transformer_are_found_again() -> None:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    parts = ColumnTransformer([("kind", OneHotEncoder(), ["client_kind"]), ("n", numbers, NUMBERS)])
    model = make_pipeline(parts, LogisticRegression()).fit(X, Y)
    engine = engine_of(model, LATER)
    one_hot, coefficients = pd.get_dummies(LATER["client_kind"]).to_numpy(float), model[-1].coef_[0]

    assert engine.explains
    np.testing.assert_allclose(engine.contributions(LATER)[:, 3], one_hot @ coefficients[:2])
    np.testing.assert_allclose(engine.contributions(LATER).sum(axis=1), model.decision_function(LATER))


def test_where_columns_are_mixed_nothing_is_said_of_them() -> None:
    mixed = make_pipeline(SimpleImputer(), PolynomialFeatures(2), StandardScaler(), LogisticRegression(max_iter=2000))

    assert linear_parts(mixed.fit(X[NUMBERS], Y), 3) is None
    assert not engine_of(forest(), LATER_NUMBERS).explains
    with pytest.raises(CallError, match="no exact contributions"):
        engine_of(forest(), LATER_NUMBERS).contributions(LATER_NUMBERS)


def test_what_single_precision_rounds_is_shared_out_and_more_is_refused() -> None:
    parts, raw = np.array([[0.5, -0.25, 0.0]]), np.array([0.2500003])

    assert closed(parts, raw).sum() == pytest.approx(raw[0], abs=1e-15)
    with pytest.raises(CallError, match="miss its own output"):
        closed(parts, raw + 1.0)


# ---- score columns


def test_a_score_is_turned_so_that_higher_is_riskier_and_a_missing_one_gets_the_rate_of_the_missing() -> None:
    rng = np.random.default_rng(5)
    score = rng.normal(500.0, 100.0, 2000)
    y = rng.random(2000) < 1.0 / (1.0 + np.exp((score - 400.0) / 60.0))
    x = pd.DataFrame({"bureau_score": np.where(np.arange(2000) % 5 == 0, np.nan, score)})
    made = WrappedClassifier(ScoreColumn("bureau_score", "safer")).fit(x, y)
    p, missing = made.predict_proba(x)[:, 1], x["bureau_score"].isna().to_numpy()

    assert np.allclose(p[missing], p[missing][0])
    assert p[missing][0] == pytest.approx(y[missing].mean(), abs=0.02)
    true = 1.0 / (1.0 + np.exp((score - 400.0) / 60.0))
    assert np.abs(p - true)[~missing].mean() < 0.03
    assert made.contributions(x).sum(axis=1) == pytest.approx(made.log_odds(x), abs=1e-9)
    fit_reasons(made, x, y).by_family(made, x)


# ---- on disk


@pytest.mark.parametrize("name", TREES)
def test_trees_answer_to_the_bit_as_before_when_they_are_read_and_one_row_as_in_a_batch(name: str) -> None:
    model, x = boosted(name)
    made = wrapped(model, x)
    read = again(made)

    assert np.array_equal(read.predict_proba(x), made.predict_proba(x))
    assert np.array_equal(read.contributions(x), made.contributions(x))
    assert read.predict_proba(x.iloc[[7]])[0, 1] == made.predict_proba(x)[7, 1]
    with pytest.raises(BundleError, match="holds its model itself"):
        again(made, handed=model)


def test_the_words_of_a_catboost_model_hold_no_clock_and_no_path() -> None:
    made = wrapped(*boosted("catboost"))

    assert set(made.to_parts()["wrapped_catboost.json"]["model_info"]) <= {"class_params"}


def test_a_scikit_learn_model_must_be_handed_in_and_another_one_is_found_out() -> None:
    model = forest()
    made = wrapped(model)

    assert np.array_equal(again(made, handed=model).predict_proba(LATER_NUMBERS), made.predict_proba(LATER_NUMBERS))
    with pytest.raises(
        BundleError, match=r"Pipeline\(SimpleImputer, RandomForestClassifier\), which has no form on disk"
    ):
        again(made)
    with pytest.raises(BundleError, match=r"was wrapped, and a Pipeline\(SimpleImputer, StandardScaler, Log"):
        again(made, handed=linear())
    other = make_pipeline(SimpleImputer(), RandomForestClassifier(20, max_depth=3, random_state=1)).fit(X[NUMBERS], Y)
    with pytest.raises(BundleError, match=r"not the .* that was wrapped: it answers otherwise on"):
        again(made, handed=other)


def test_no_row_of_a_client_stands_in_the_probe() -> None:
    told = wrapped(forest()).to_parts()["wrapped.json"]["probe"]
    probe = {tuple(values) for values in zip(*(c["numbers"] for c in told), strict=True)}
    whole = {tuple(None if np.isnan(v) else float(v) for v in row) for row in LATER_NUMBERS.to_numpy()}

    assert len(probe) == 64
    assert len(probe & whole) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "os.system"}, r"unknown kind 'os\.system'"),
        ({"sign": 3}, "cannot be used: sign 3"),
        ({"names": ["a"]}, "name other columns"),
    ],
)
def test_parts_that_were_tampered_with_are_refused(change: dict[str, Any], message: str) -> None:
    parts = wrapped(*boosted("lightgbm")).to_parts()
    parts["wrapped.json"] = {**parts["wrapped.json"], **change}

    with pytest.raises(BundleError, match=message):
        model_from_parts(parts)


# ---- what is refused


def test_a_model_that_cannot_take_missing_values_is_told_which_column_has_them() -> None:
    model = LogisticRegression().fit(X[NUMBERS].fillna(0.0), Y)

    with pytest.raises(
        CallError, match=r"LogisticRegression cannot take missing values, and 1 of its 3 columns .*'late_share"
    ):
        wrapped(model)


def test_what_is_no_classifier_of_two_classes_is_refused() -> None:
    from sklearn.linear_model import LinearRegression

    x = X[NUMBERS].fillna(0.0)
    with pytest.raises(CallError, match="LinearRegression has neither predict_proba nor decision_function"):
        engine_of(LinearRegression().fit(x, Y), x)
    with pytest.raises(CallError, match="the model has 3 classes"):
        engine_of(LogisticRegression(max_iter=500).fit(x, np.arange(len(x)) % 3), x)
    with pytest.raises(CallError, match="is not fitted"):
        wrapped(LogisticRegression(), LATER_NUMBERS.fillna(0.0))


def test_columns_are_asked_for_where_the_model_does_not_know_them() -> None:
    model = LogisticRegression().fit(X[NUMBERS].fillna(0.0).to_numpy(), Y)

    with pytest.raises(CallError, match="does not know its 3 columns by name"):
        columns_of(model)
    with pytest.raises(CallError, match="2 names are given, and the model reads 3"):
        columns_of(model, NUMBERS[:2])
    assert columns_of(model, NUMBERS) == tuple(NUMBERS)
    with pytest.raises(CallError, match=r"those given are others\. Did you mean 'late_share_365d'"):
        columns_of(linear(), ["late_share_356d", *NUMBERS[1:]])


def test_a_model_of_another_event_is_refused() -> None:
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(X[NUMBERS], 1 - Y)

    with pytest.raises(CallError, match="does not rank these 900 rows, or ranks them upside down"):
        wrapped(model)
