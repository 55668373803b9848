"""The SELECT of a scorecard, run in DuckDB, against the model itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier

WORDS = ["O'Neil", 'a "quoted" word', "São Paulo; --", "", "rare"]


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    share = np.where(rng.random(rows) < 0.1, np.nan, rng.random(rows))
    code = np.where(rng.random(rows) < 0.2, -9.0, rng.normal(size=rows))
    word = rng.choice(WORDS, rows, p=[0.4, 0.3, 0.2, 0.097, 0.003]).astype(object)
    word[rng.random(rows) < 0.05] = None
    return pd.DataFrame(
        {
            "client_id": np.arange(rows),
            "share": share,
            'odd "name"; x': code,
            "kind of word": word,
            "flag": rng.random(rows) < 0.3,
            "grade": pd.Categorical(rng.choice([1.5, 2.0, 3.0], rows)),
            "count": pd.array(rng.integers(0, 5, rows), dtype="Int64"),
        }
    )


def outcome(X: pd.DataFrame, seed: int) -> Any:
    z = (
        -2
        + 3 * X["share"].fillna(0.8)
        + 0.7 * X["flag"]
        + X["kind of word"].isin(WORDS[:1])
        + 0.6 * (X["grade"] == 3.0)
    )
    z = z - (X['odd "name"; x'] == -9) + 0.3 * X["count"].astype(float)
    return np.random.default_rng(seed).random(len(X)) < 1 / (1 + np.exp(-(z - z.mean() + 1)))


@pytest.fixture(scope="module")
def model() -> ScorecardClassifier:
    X = table(4_000, 0)
    return ScorecardClassifier(special={'odd "name"; x': [-9, -8]}, n_jobs=1).fit(
        X.drop(columns="client_id"), outcome(X, 1)
    )


def new_rows() -> pd.DataFrame:
    """With values that the fit never saw, and edges hit exactly."""
    X = table(2_000, 5)
    X.loc[:9, "kind of word"] = "never seen' --"
    X.loc[10:19, 'odd "name"; x'] = -8.0
    X.loc[20:29, "share"] = [0.1, 0.25, 0.5, 0.75, 0.3, -1e300, 1e300, 0.0, -0.0, 1.0]
    return X


def run(sql: str, X: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.register("book", X)
        connection.execute('CREATE SCHEMA "the ledger"; CREATE TABLE "the ledger"."book ""of"" today" AS FROM book')
        return connection.execute(sql).df().sort_values("client_id", ignore_index=True)


@pytest.mark.parametrize("dialect", ["duckdb", "ansi"])
def test_a_database_gives_the_points_and_probabilities_of_the_model(model: ScorecardClassifier, dialect: Any) -> None:
    X = new_rows()
    got = run(model.to_sql(("the ledger", 'book "of" today'), dialect, keys=["client_id"]), X)
    features = X.drop(columns="client_id")

    assert {f.name for f in model.card_.features} == set(features.columns)
    assert list(got.columns) == ["client_id", "points", "log_odds", "probability"]
    assert np.array_equal(got["points"], model.score_points(features))
    assert np.abs(got["log_odds"] - model.log_odds(features)).max() < 1e-12
    assert np.abs(got["probability"] - model.predict_proba(features)[:, 1]).max() < 1e-12


@pytest.mark.parametrize("method", ["none", "platt", "beta", "isotonic", "moved"])
def test_every_calibration_can_be_said_in_sql(method: Any) -> None:
    X = table(3_000, 2)
    features = X.drop(columns="client_id")
    asked = "platt" if method == "moved" else method
    made = ScorecardClassifier(calibration=asked, n_jobs=1).fit(features, outcome(X, 3))
    if method == "moved":
        made.calibration_ = replace(made.calibration_, shift=-0.7)
    got = run(made.to_sql("book", keys=["client_id"]), X)

    assert made.calibration_.method == asked
    assert np.abs(got["probability"] - made.predict_proba(features)[:, 1]).max() < 1e-12
    assert np.array_equal(got["points"], made.score_points(features))


def test_nan_in_a_database_is_missing(model: ScorecardClassifier) -> None:
    X = new_rows()
    sql = model.to_sql("book", keys=["client_id"])
    with duckdb.connect() as connection:
        connection.register("given", X)
        connection.execute("CREATE TABLE book AS SELECT * REPLACE (CAST('nan' AS DOUBLE) AS share) FROM given")
        got = connection.execute(sql).df().sort_values("client_id", ignore_index=True)

    nothing = X.drop(columns="client_id").assign(share=np.nan)
    assert np.array_equal(got["points"], model.score_points(nothing))


@pytest.mark.parametrize(
    ("given", "message"),
    [({"dialect": "postgres"}, "dialect is 'postgres'"), ({"keys": ["points"]}, "keys names 'points'")],
)
def test_what_cannot_be_said_is_refused(model: ScorecardClassifier, given: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        model.to_sql("book", **given)
