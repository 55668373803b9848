"""The tables against LightGBM's own contributions and both ways of shap, on models of many shapes and on real ones.

``shap.TreeExplainer`` asks LightGBM for its contributions where it can; told that the trees are its own it runs its own
algorithm, an independent one. That one reads categories wrongly (shap, pull request 5079), so it is asked of numbers.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from effort import long_run
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.tree_shap import TreeShap, fallback_share, layout
from risk.tree_shap.random_trees import book, by_lightgbm, model

WITHIN = 1e-6  # log-odds; what is found is a thousand million times less


@pytest.fixture
def shap() -> Any:
    return pytest.importorskip("shap", reason="needs the extra `explain`")


def by_shap(shap: Any, booster: lgb.Booster, x: Any) -> Any:
    return shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")(x).values


def by_the_algorithm_of_shap(shap: Any, booster: lgb.Booster, x: Any) -> Any:
    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    explainer.model.model_type = "internal"  # not to ask LightGBM
    return np.asarray(explainer.shap_values(x, check_additivity=False))


def hold(shap: Any, booster: lgb.Booster, x: Any, *, numbers: bool, expects_tables: bool = True) -> TreeShap:
    """All ways agree on these rows."""
    made = TreeShap.of(booster)
    told = made.contributions(x)
    np.testing.assert_allclose(told, by_lightgbm(booster, x), rtol=0, atol=WITHIN)
    np.testing.assert_allclose(told[:, :-1], by_shap(shap, booster, x), rtol=0, atol=WITHIN)
    np.testing.assert_allclose(told.sum(axis=1), booster.predict(x, raw_score=True), rtol=0, atol=WITHIN)
    if numbers:
        np.testing.assert_allclose(told[:, :-1], by_the_algorithm_of_shap(shap, booster, x), rtol=0, atol=WITHIN)
    assert (made.fallback_share == 0) == expects_tables
    return made


SHAPES: dict[str, dict[str, Any]] = {
    "3 leaves": {"num_leaves": 3},
    "15 leaves": {"num_leaves": 15, "max_depth": 4},
    "63 leaves": {"num_leaves": 63, "max_depth": 9},
    "monotone": {"num_leaves": 31, "monotone_constraints": [1, -1, 0, 0, 1, 0], "max_depth": 6},
    "smoothed at random": {"num_leaves": 31, "extra_trees": True, "path_smooth": 3.0, "bagging_fraction": 0.5,
                           "bagging_freq": 1},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_with_gaps_are_explained_as_by_the_others(shap: Any, shape: str) -> None:
    x, y = book(20, 500, 6)
    hold(shap, model(x, y, 50, **SHAPES[shape]), x[:60], numbers=True)


def test_categories_are_explained_as_by_lightgbm_and_through_shap(shap: Any) -> None:
    x, y = book(21, 600, 6, categories=2)
    booster = model(x, y, 50, 2, num_leaves=31, cat_smooth=1, min_data_per_group=5)
    hold(shap, booster, x[:60], numbers=False)


def test_one_feature_many_times_on_a_way_is_one_feature(shap: Any) -> None:
    x, _ = book(22, 900, 2, missing=0.0)
    booster = model(x, np.sin(3 * x[:, 0]) + x[:, 1] > 0.2, 20, num_leaves=63, min_data_in_leaf=1)
    assert max(_depths(booster)) > 6, "this test needs ways longer than the number of features"
    hold(shap, booster, x[:80], numbers=True)


def test_gaps_at_every_split_are_explained_as_by_the_others(shap: Any) -> None:
    x, y = book(23, 900, 4, missing=0.6)
    booster = model(x, y, 30, num_leaves=20)
    rows = np.vstack([np.full((1, 4), np.nan), x[:60]])
    hold(shap, booster, rows, numbers=True)


def test_deep_unbalanced_trees_of_sixty_features_fall_back_and_say_so(
    shap: Any, caplog: pytest.LogCaptureFixture
) -> None:
    rng = np.random.default_rng(24)
    x = rng.normal(size=(1500, 60))
    y = (x @ np.full(60, 0.3) + rng.logistic(size=1500) > 1).astype(float)
    booster = model(x, y, 6, num_leaves=63, min_data_in_leaf=1, feature_fraction_bynode=0.05)
    with caplog.at_level(logging.WARNING):
        made = hold(shap, booster, x[:40], numbers=True, expects_tables=False)

    assert made.trees == 6
    assert 0 < made.fallback_share == len(made.too_long) / 6 == fallback_share([booster])
    assert f"{len(made.too_long)} of 6 trees have ways of more than {layout.LONGEST} different features" in caplog.text


@long_run
@pytest.mark.parametrize(("trees", "leaves", "categories"), [(300, 31, 0), (1_000, 3, 3), (1_000, 63, 3)])
def test_many_trees_are_explained_as_by_the_others(shap: Any, trees: int, leaves: int, categories: int) -> None:
    x, y = book(25, 2_000, 20, categories)
    limits = {"num_leaves": leaves, "max_depth": 7, "learning_rate": 0.02, "min_data_per_group": 5}
    hold(shap, model(x, y, trees, categories, **limits), x[:20], numbers=not categories)


@long_run
def test_many_deep_trees_of_sixty_features_are_explained_as_by_the_others(shap: Any) -> None:
    rng = np.random.default_rng(26)
    x = rng.normal(size=(2_500, 60))
    x[rng.random(x.shape) < 0.1] = np.nan
    y = (np.nan_to_num(x) @ rng.normal(size=60) / 3 + rng.logistic(size=2_500) > 1).astype(float)
    booster = model(x, y, 80, num_leaves=63, min_data_in_leaf=1, feature_fraction_bynode=0.2)
    made = TreeShap.of(booster)
    np.testing.assert_allclose(made.contributions(x[:40]), by_lightgbm(booster, x[:40]), rtol=0, atol=WITHIN)
    np.testing.assert_allclose(
        made.contributions(x[:5])[:, :-1], by_the_algorithm_of_shap(shap, booster, x[:5]), rtol=0, atol=WITHIN
    )
    assert 0 < made.fallback_share < 1


def test_no_tree_of_a_default_model_falls_back() -> None:
    x, y = book(27, 700, 8)
    table = pd.DataFrame(x, columns=[f"f{i}" for i in range(8)])
    for made in (RiskClassifier(n_trees=10, n_jobs=1), Blend(members=("boosted",), n_trees=5, n_jobs=1)):
        fitted = made.fit(table, y)
        assert fitted.fallback_share_ == 0.0
    assert RiskClassifier().max_depth <= layout.LONGEST  # no way is longer than the tree is deep


def test_a_real_model_of_german_credit_is_explained_as_by_the_others(shap: Any, real_data: Path) -> None:
    table = pd.read_csv(real_data / "german" / "germancredit.csv")
    y = (table.pop("creditability") == "bad").to_numpy()
    fitted = RiskClassifier(n_trees=60, n_bags=1, n_jobs=1).fit(table, y)
    x = fitted.levels_.read(fitted.encoded(table.iloc[:100]))
    hold(shap, fitted.boosters_[0], x, numbers=False)
    assert fitted.fallback_share_ == 0.0


def test_a_real_model_of_datarisk_is_explained_as_by_the_others(shap: Any, real_data: Path) -> None:
    table = pd.read_csv(
        real_data / "datarisk" / "base_pagamentos_desenvolvimento.csv", sep=";", nrows=6_000,
        parse_dates=["DATA_EMISSAO_DOCUMENTO", "DATA_PAGAMENTO", "DATA_VENCIMENTO"],
    )  # fmt: skip
    days = (table["DATA_VENCIMENTO"] - table["DATA_EMISSAO_DOCUMENTO"]).dt.days
    late = (table["DATA_PAGAMENTO"] - table["DATA_VENCIMENTO"]).dt.days >= 5
    x = np.column_stack([table["VALOR_A_PAGAR"], table["TAXA"], days, table["DATA_VENCIMENTO"].dt.day]).astype(float)
    hold(shap, model(x, late.to_numpy(float), 80, num_leaves=31, max_depth=6), x[:100], numbers=True)


def _depths(booster: lgb.Booster) -> list[int]:
    return [int(d) for d in booster.trees_to_dataframe().groupby("tree_index")["node_depth"].max()]
