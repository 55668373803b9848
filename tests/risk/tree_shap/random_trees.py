"""Random features and models of LightGBM, for the tests of exact contributions."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np


def book(seed: int, rows: int, features: int, categories: int = 0, missing: float = 0.1) -> tuple[Any, Any]:
    """Features, some with gaps, the last ones categories, and an outcome that depends on several of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).round(2)
    x[rng.random(x.shape) < missing] = np.nan
    for j in range(features - categories, features):
        x[:, j] = rng.integers(0, 40, rows)
        x[rng.random(rows) < missing, j] = np.nan
    pull = np.nan_to_num(x) @ rng.normal(size=features) + np.nan_to_num(x[:, 0] * x[:, 1])
    if categories:
        pull = pull + np.isin(x[:, -1] % 3, [0, 2])
    return x, (pull + rng.logistic(size=rows) > np.median(pull)).astype(float)


def model(x: Any, y: Any, trees: int, categories: int = 0, **parameters: Any) -> lgb.Booster:
    own = {"objective": "binary", "verbosity": -1, "min_data_in_leaf": 2, "num_threads": 1, "seed": 3, **parameters}
    categorical = list(range(x.shape[1] - categories, x.shape[1]))
    return lgb.train(own, lgb.Dataset(x, y, categorical_feature=categorical, params=own), trees)


def by_lightgbm(booster: lgb.Booster, x: Any) -> Any:
    return np.asarray(booster.predict(x, pred_contrib=True, num_threads=1))
