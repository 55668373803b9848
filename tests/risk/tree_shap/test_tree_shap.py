"""TreeSHAP by tables: equal to LightGBM's own and to shap's, on trees of every shape."""

from __future__ import annotations

import itertools
from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.tree_shap import TreeShap, layout, tree_shap_of
from inadimplencia_ml.risk.tree_shap.trees import trees_of
from risk.tree_shap.random_trees import book, by_lightgbm, model


def strange(x: Any) -> Any:
    """Rows as they come later: all missing, zeros, tiny, huge, categories never seen, below zero or not whole."""
    odd = [np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e300, -1e300, 39.0, 40.0, 5000.0, -1.0, 2.7, np.inf, -np.inf]
    return np.vstack([x[:20], np.array([[value] * x.shape[1] for value in odd])])


@settings(max_examples=tries(60), deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(3, 63),
    depth=st.sampled_from([-1, 3, 6]),
    features=st.integers(2, 14),
    categories=st.integers(0, 2),
    how=st.sampled_from([{}, {"zero_as_missing": True}, {"use_missing": False}, {"extra_trees": True}]),
)
def test_any_model_is_explained_as_lightgbm_does_it(
    seed: int, leaves: int, depth: int, features: int, categories: int, how: dict[str, Any]
) -> None:
    categories = min(categories, features - 2)
    x, y = book(seed, 400, features, categories)
    booster = model(x, y, 6, categories, num_leaves=leaves, max_depth=depth, cat_smooth=1, min_data_per_group=5, **how)
    told, rows = TreeShap.of(booster), strange(x)
    np.testing.assert_allclose(told.contributions(rows), by_lightgbm(booster, rows), rtol=0, atol=1e-9)


def test_a_model_of_monotone_trees_is_explained() -> None:
    x, y = book(1, 800, 6)
    booster = model(x, y, 40, num_leaves=31, max_depth=6, monotone_constraints=[1, -1, 0, 0, 1, 0])
    np.testing.assert_allclose(TreeShap.of(booster).contributions(x), by_lightgbm(booster, x), rtol=0, atol=1e-9)


def test_missing_at_every_split_is_explained() -> None:
    x, y = book(2, 900, 5, missing=0.6)
    booster = model(x, y, 30, num_leaves=20)
    rows = np.array(list(itertools.product([np.nan, 0.3], repeat=5)))
    np.testing.assert_allclose(TreeShap.of(booster).contributions(rows), by_lightgbm(booster, rows), rtol=0, atol=1e-9)


def test_ways_too_long_for_a_table_are_left_to_lightgbm_and_named() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 60))
    y = (np.exp(np.abs(x)).prod(axis=1) ** 0.02 + x @ np.full(60, 0.3) > 2).astype(float)
    booster = model(x, y, 4, num_leaves=63, min_data_in_leaf=1, path_smooth=0, feature_fraction_bynode=0.05)
    told = TreeShap.of(booster)
    longest = [layout.longest_way(tree) for tree in trees_of(booster.model_to_string())]
    assert max(longest) > layout.LONGEST, "this test needs a long way"
    assert told.too_long == tuple(i for i, one in enumerate(longest) if one > layout.LONGEST)
    np.testing.assert_allclose(told.contributions(x[:200]), by_lightgbm(booster, x[:200]), rtol=0, atol=1e-9)


def test_one_tree_gives_the_shapley_values_of_its_game() -> None:
    """From the definition: every coalition of features, what is outside it takes both ways by the training rows."""
    x, y = book(5, 300, 4, missing=0.2)
    booster = model(x, y, 1, num_leaves=8)
    tree, row = trees_of(booster.model_to_string())[0], np.array([0.4, np.nan, -1.2, 0.1])

    def value(known: frozenset[int], node: int = 0) -> float:
        if node < 0:
            return float(tree.leaf[~node])
        if tree.feature[node] in known:
            v = row[tree.feature[node]]
            left = tree.missing_left[node] if np.isnan(v) else v <= tree.threshold[node]
            return value(known, int(tree.left[node] if left else tree.right[node]))
        share = tree.share_left[node]
        return share * value(known, int(tree.left[node])) + (1 - share) * value(known, int(tree.right[node]))

    expected = np.zeros(5)
    expected[4] = value(frozenset())
    for j in range(4):
        others = [k for k in range(4) if k != j]
        for size in range(4):
            for group in itertools.combinations(others, size):
                weight = factorial(size) * factorial(3 - size) / factorial(4)
                expected[j] += weight * (value(frozenset((*group, j))) - value(frozenset(group)))
    np.testing.assert_allclose(TreeShap.of(booster).contributions(row[None])[0], expected, rtol=0, atol=1e-12)


def test_families_are_the_sums_of_their_features_and_rows_add_up() -> None:
    x, y = book(7, 700, 8)
    booster = model(x, y, 50, num_leaves=15)
    each, families = TreeShap.of(booster).contributions(x), [0, 0, 1, 2, 2, 2, 1, 0]
    together = TreeShap.of(booster, families).contributions(x)
    for family in range(3):
        own = each[:, [j for j, f in enumerate(families) if f == family]].sum(axis=1)
        np.testing.assert_allclose(together[:, family], own, rtol=0, atol=1e-10)
    np.testing.assert_allclose(together.sum(axis=1), booster.predict(x, raw_score=True), rtol=0, atol=1e-9)


def test_a_row_alone_in_a_batch_or_among_threads_gets_the_same_bits() -> None:
    x, y = book(8, 1500, 6)
    told = TreeShap.of(model(x, y, 20, num_leaves=31))
    batch = told.contributions(x)
    assert batch.tobytes() == told.contributions(x, n_jobs=3).tobytes()
    assert batch[777].tobytes() == told.contributions(x[777:778])[0].tobytes()
    assert told.contributions(x[:0]).shape == (0, 7)


def test_a_model_that_could_not_split_has_its_mean_alone() -> None:
    x, y = book(9, 50, 3)
    booster = model(x, y, 3, min_data_in_leaf=40)
    np.testing.assert_allclose(TreeShap.of(booster).contributions(x), by_lightgbm(booster, x), rtol=0, atol=1e-12)


def test_tables_are_made_once_a_model() -> None:
    x, y = book(10, 200, 3)
    booster = model(x, y, 2)
    assert tree_shap_of(booster) is tree_shap_of(booster)


def test_linear_leaves_are_refused() -> None:
    x, y = book(11, 300, 3, missing=0)
    with pytest.raises(BundleError, match="linear models"):
        TreeShap.of(model(x, y, 3, linear_tree=True))
