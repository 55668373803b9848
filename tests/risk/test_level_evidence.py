from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.level_evidence import PARTS, LevelEvidence, columns_of_many_levels, crossed_evidence
from inadimplencia_ml.risk.metrics import auc

LEVELS = 800


def shops(rows: int, spread: float, seed: int = 0) -> tuple[pd.DataFrame, Any, Any]:
    """Two numbers and 800 shops whose log-odds differ by ``spread``; outcomes and true log-odds."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    shop = rng.integers(0, LEVELS, rows)
    z = -1.5 + x[:, 0] + spread * np.random.default_rng(9).normal(size=LEVELS)[shop]
    table = pd.DataFrame(x, columns=["a", "b"]).assign(shop=pd.Categorical(shop.astype(str)))
    return table, (rng.random(rows) < expit(z)).astype(int), z


def fitted(x: pd.DataFrame, y: Any) -> RiskClassifier:
    return RiskClassifier(n_bags=1, max_trees=80, n_folds=3, n_jobs=1).fit(x, y)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_row_does_not_read_its_own_outcome(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes, y = rng.integers(0, 40, (200, 1)).astype(float), (rng.random(200) < 0.3).astype(float)
    part, row = rng.integers(0, PARTS, 200), int(rng.integers(200))
    turned = y.copy()
    turned[row] = 1.0 - turned[row]

    before = crossed_evidence(codes, y, None, part, {0: 40})
    after = crossed_evidence(codes, turned, None, part, {0: 40})

    assert np.array_equal(before[part == part[row]], after[part == part[row]])


def test_levels_without_meaning_do_no_harm_and_levels_with_one_help() -> None:
    new = {spread: shops(8_000, spread, seed=1) for spread in (0.0, 1.0)}
    gain = {}
    for spread, (later, y, _) in new.items():
        x, seen, _ = shops(4_000, spread)
        with_shops, without = fitted(x, seen), fitted(x[["a", "b"]], seen)
        gain[spread] = auc(y, with_shops.predict_proba(later)[:, 1]) - auc(
            y, without.predict_proba(later[["a", "b"]])[:, 1]
        )

    assert gain[0.0] > -0.01
    assert gain[1.0] > 0.02


def test_evidence_is_the_log_odds_of_a_level_where_levels_are_large_and_differ() -> None:
    rates = np.array([0.1, 0.2, 0.5])
    codes = np.repeat([[0.0], [1.0], [2.0]], 20_000, axis=0)
    y = np.concatenate([np.arange(20_000) < r * 20_000 for r in rates]).astype(float)

    told = LevelEvidence.learn(codes, y, None, {0: 3}).tables[0]

    assert told[:3] == pytest.approx(logit(rates) - logit(rates.mean()), abs=0.01)
    assert told[3] == 0.0


def test_levels_that_differ_by_chance_alone_are_drawn_to_the_average() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 200, (4_000, 1)).astype(float)
    told = LevelEvidence.learn(codes, (rng.random(4_000) < 0.2).astype(float), None, {0: 200}).tables[0]
    apart = LevelEvidence.learn(codes, (rng.random(4_000) < expit(codes[:, 0] % 3 - 2)).astype(float), None, {0: 200})

    assert np.abs(told).max() < 0.25
    assert np.abs(apart.tables[0]).max() > 1.0


def test_weights_count_as_rows() -> None:
    codes, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([1.0, 0.0, 0.0, 0.0])
    weight = np.array([3.0, 1.0, 2.0, 5.0])
    times = weight.astype(int)

    told = LevelEvidence.learn(codes, y, weight, {0: 2}).tables[0]

    assert told == pytest.approx(LevelEvidence.learn(codes.repeat(times, 0), y.repeat(times), None, {0: 2}).tables[0])


def test_the_missing_stay_missing_and_the_unseen_are_average() -> None:
    x, y, _ = shops(3_000, 1.0)
    x.loc[:200, "shop"] = np.nan
    model = fitted(x, y)
    one = x.iloc[[500, 500, 500]].astype({"shop": object})
    one["shop"] = ["never seen", None, str(x["shop"].iloc[500])]

    read = model.levels_.read(model.encoded(one))[:, 2]

    assert read[0] == 0.0
    assert np.isnan(read[1])
    assert read[2] != 0.0


def test_it_chooses_itself_by_the_number_of_levels() -> None:
    few, many = ([str(i) for i in range(n)] for n in (32, 33))
    columns = FrozenColumns(("a", "b", "c"), (tuple(few), tuple(many), None))

    assert columns_of_many_levels(columns) == [1]


def test_a_model_with_many_levels_comes_back_to_the_bit() -> None:
    x, y, _ = shops(2_000, 1.0)
    model = fitted(x, y)
    parts = model.to_parts("event.")
    plain = {k: v if isinstance(v, bytes) else json.loads(json.dumps(v)) for k, v in parts.items()}
    back = RiskClassifier.from_parts(plain, "event.")

    assert "event.levels.json" in parts
    assert np.array_equal(back.predict_proba(x), model.predict_proba(x))
    assert np.abs(back.contributions(x[:50]).sum(axis=1) - back.log_odds(x[:50])).max() < 1e-9
    assert back.to_parts("event.") == parts


def test_levels_that_do_not_fit_the_columns_are_refused() -> None:
    columns = FrozenColumns(("shop",), (("a", "b"),))

    with pytest.raises(BundleError, match=r"'shop' has 3 levels, levels\.json 2"):
        LevelEvidence.from_json({"0": [0.1, 0.2]}, columns)
    with pytest.raises(BundleError, match="cannot be read"):
        LevelEvidence.from_json({"shop": [0.1]}, columns)
