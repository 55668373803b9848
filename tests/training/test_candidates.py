"""Candidates: fitted once on the same folds, compared on rows they did not see, the champion chosen by a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.metrics import auc, log_loss
from inadimplencia_ml.training.candidates import Field, Fitting, choose_champion, compared, fit_candidates, refit
from inadimplencia_ml.training.settings import TrainingSettings

ALL = ("boosted", "scorecard", "blend")


def field_of(rows: int, rate: float = 0.2, seed: int = 0) -> Field:
    """Snapshots of twelve months whose risk is additive in two columns, and nothing but noise in a third."""
    rng = np.random.default_rng(seed)
    x = pd.DataFrame(
        {"late_share_365d": rng.random(rows), "dpd_max": rng.poisson(3, rows) * 1.0, "ticket": rng.normal(size=rows)}
    )
    z = np.log(rate / (1 - rate)) - 2.0 + 2.0 * x["late_share_365d"] + 0.3 * x["dpd_max"]
    y = (rng.random(rows) < 1 / (1 + np.exp(-z))).astype(float).to_numpy()
    dates = pd.Series(pd.Timestamp("2024-01-31") + pd.to_timedelta(rng.integers(0, 12, rows) * 30, "D"))
    return Field(x, y, dates, pd.Series(rng.integers(0, rows // 4, rows)))


def fitting_of(*candidates: Any) -> Fitting:
    return Fitting(0, "catalog", TrainingSettings(candidates=candidates))


@pytest.fixture(scope="module")
def field() -> Field:
    return field_of(1_500)


@pytest.fixture(scope="module")
def models(field: Field) -> dict[str, Any]:
    return fit_candidates(field, fitting_of(*ALL))


def test_the_blend_takes_the_members_that_stand_beside_it(models: dict[str, Any]) -> None:
    assert list(models) == ["scorecard", "boosted", "blend"]
    assert models["blend"].members_["boosted"] is models["boosted"]
    assert models["blend"].members_["scorecard"] is models["scorecard"]


def test_the_table_holds_all_candidates_and_baselines_on_the_same_rows(field: Field, models: dict[str, Any]) -> None:
    name, table = choose_champion(field, models, fitting_of(*ALL))
    held = table.set_index("candidate")
    index = models["boosted"].oof_index_

    assert list(held.index[:3]) == ["scorecard", "boosted", "blend"]
    assert {"prevalence", "dpd_max", "logistic"} <= set(held.index[3:])
    assert (held["rows"] == len(index)).all()
    assert (held["bads"] == int(field.y[index].sum())).all()
    assert held.loc[held["role"] == "champion"].index.tolist() == [name]
    for kind, model in models.items():
        assert held.loc[kind, "auc"] == pytest.approx(auc(field.y[index], model.oof_probability_))
        assert held.loc[kind, "log_loss"] == pytest.approx(log_loss(field.y[index], model.oof_probability_))
    assert held.loc["prevalence", "behind"] > 3 * held.loc["prevalence", "error"]
    assert held.loc[name, "behind"] <= held.loc[name, "error"]


def test_of_equals_the_simplest_is_champion(field: Field, models: dict[str, Any]) -> None:
    same = {"scorecard": models["boosted"], "boosted": models["boosted"], "blend": models["boosted"]}

    assert choose_champion(field, same, fitting_of(*ALL))[0] == "scorecard"


def test_with_few_bads_boosted_trees_alone_are_not_champion() -> None:
    few = field_of(500, rate=0.2, seed=1)
    assert few.y.sum() < 200
    models = fit_candidates(few, fitting_of("boosted", "blend"))
    models["blend"].oof_probability_ = np.clip(1.0 - models["boosted"].oof_probability_, 0.01, 0.99)  # far worse

    assert choose_champion(few, models, fitting_of("boosted", "blend"))[0] == "blend"
    alone = {"boosted": models["boosted"]}
    assert choose_champion(few, alone, fitting_of("boosted"))[0] == "boosted"


def test_a_refitted_champion_has_the_trees_that_were_counted(models: dict[str, Any]) -> None:
    more = field_of(1_800, seed=2)
    again = refit(models["blend"], more, fitting_of(*ALL))

    assert isinstance(again, Blend)
    assert again.n_trees_ == models["boosted"].n_trees_
    assert set(again.weights_) == set(models["blend"].weights_)
    assert refit(models["scorecard"], more, fitting_of(*ALL)).oof_index_.max() > 1_500


def test_a_champion_is_named_where_no_fold_can_be_made() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"late_share_365d": rng.random(60)})
    y = np.zeros(60)
    y[:3] = 1.0
    tiny = Field(x, y, pd.Series([pd.Timestamp("2024-01-31")] * 60), pd.Series(range(60)))
    name, table = choose_champion(tiny, fit_candidates(tiny, fitting_of(*ALL)), fitting_of(*ALL))

    assert name == "blend"
    assert table["log_loss"].isna().all()


def test_the_error_of_a_difference_counts_clients_not_rows() -> None:
    rng = np.random.default_rng(0)
    gain = rng.normal(size=200)
    once = compared(gain, np.arange(200))
    nine = compared(np.repeat(gain, 9), np.repeat(np.arange(200), 9))

    assert once[1] == pytest.approx(gain.std() / np.sqrt(200))
    assert nine == pytest.approx(once)
