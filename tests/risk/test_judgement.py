from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk import metrics
from inadimplencia_ml.risk.judgement import Judgement, judge
from inadimplencia_ml.risk.judgement_text import NOTES

ROWS = 2_000


def outcomes(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    p = rng.beta(0.7, 5, ROWS)
    return {
        "y": (rng.random(ROWS) < p).astype(int),
        "p": p,
        "dates": np.datetime64("2025-01-31") + rng.integers(0, 3, ROWS) * 31,
        "groups": rng.integers(0, 600, ROWS),
        "ratings": np.where(p < 0.05, "A", np.where(p < 0.2, "B", "C")).astype(object),
        "segments": np.where(p < 0.05, "low", np.where(p < 0.2, "medium", "high")).astype(object),
    }


@pytest.fixture(scope="module")
def given() -> dict[str, Any]:
    return outcomes()


@pytest.fixture(scope="module")
def judgement(given: dict[str, Any]) -> Judgement:
    rate = np.full(ROWS, given["y"].mean())
    worse = np.clip(given["p"] * 0.5 + 0.05, 0, 1)
    return judge(**given, baselines={"prevalence": rate, "logistic": worse}, notes=("one_segment",), n=80)


def test_figures_are_those_of_the_metrics(judgement: Judgement, given: dict[str, Any]) -> None:
    y, p = given["y"], given["p"]

    assert judgement.value("auc") == metrics.auc(y, p)
    assert judgement.value("brier") == metrics.brier(y, p)
    assert judgement.value("auc", "prevalence") == 0.5
    assert judgement.facts["bads"] == y.sum()
    assert judgement.facts["clients"] == len(np.unique(given["groups"]))


def test_every_figure_stands_within_its_interval(judgement: Judgement) -> None:
    table = judgement.metrics[judgement.metrics["model"] != "prevalence"]

    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


def test_differences_from_a_baseline_are_paired(judgement: Judgement) -> None:
    table = judgement.metrics.set_index(["model", "metric"])
    row = table.loc[("logistic", "log_loss")]

    assert row["difference"] == pytest.approx(judgement.value("log_loss") - row["value"])
    assert row["difference_high"] < 0  # never worse than a blurred copy of itself, on any draw
    assert row["difference_high"] - row["difference_low"] < row["high"] - row["low"]


def test_tables_count_every_row_once(judgement: Judgement, given: dict[str, Any]) -> None:
    for table in (judgement.bins, judgement.ratings, judgement.months):
        assert table["rows"].sum() == ROWS
        assert table["bads"].sum() == given["y"].sum()
    parts = judgement.calibration[judgement.calibration["metric"] == "rows"].set_index("part")["value"]
    assert parts["all"] == parts[["low", "medium", "high"]].sum() == ROWS
    assert list(parts.index) == ["all", "low", "medium", "high"]


def test_an_inversion_of_ratings_is_shown(given: dict[str, Any]) -> None:
    turned = given | {"ratings": np.where(given["p"] < 0.2, "B", "A").astype(object)}
    found = judge(**turned, n=10)

    assert found.ratings["inversion"].tolist() == [False, True]
    assert "inversão" in found.text("pt")
    assert "inversion" in found.text("en")


def test_plain_data_brings_a_judgement_back(judgement: Judgement) -> None:
    text = json.dumps(judgement.to_json(), allow_nan=False, sort_keys=True)
    back = Judgement.from_json(json.loads(text))

    assert json.dumps(back.to_json(), sort_keys=True) == text
    assert back.text("pt") == judgement.text("pt")
    pd.testing.assert_frame_equal(back.metrics, judgement.metrics)


def test_the_page_speaks_portuguese_and_english(judgement: Judgement) -> None:
    pt, en = judgement.text(), judgement.text("en")

    assert "Período: 2025-01-31 a 2025-04-03" in pt
    assert "2.000 casos" in pt
    assert "2,000 cases" in en
    assert f"{judgement.value('auc'):.3f}".replace(".", ",") in pt
    assert f"{judgement.value('auc'):.3f}" in en
    assert NOTES["one_segment"][0] in pt
    assert NOTES["one_segment"][1] in en


@pytest.mark.parametrize("note", sorted(NOTES))
def test_every_note_is_said_in_words_and_bands_give_no_other(note: str, given: dict[str, Any]) -> None:
    found = judge(given["y"], given["p"], dates=given["dates"], notes=(note,), n=2)

    assert note not in found.text("pt") + found.text("en")
    assert {"centiles", "one_segment"} <= set(NOTES)


def test_figures_that_cannot_be_had_are_dashes_and_nulls(given: dict[str, Any]) -> None:
    y = given["y"].copy()
    y[given["dates"] == given["dates"].max()] = 0
    found = judge(**(given | {"y": y}), n=10)

    assert found.to_json()["months"]["rows"][-1][-1] is None
    assert "–" in found.text()


def test_the_same_data_and_seed_give_the_same_judgement(given: dict[str, Any]) -> None:
    first, second, third = (judge(**given, n=20, random_state=s).to_json() for s in (1, 1, 2))

    assert first == second != third


def test_it_works_without_clients_ratings_and_segments(given: dict[str, Any]) -> None:
    found = judge(given["y"], given["p"], dates=given["dates"], n=10)

    assert found.facts["clients"] is None
    assert len(found.ratings) == 0
    assert found.text("en")


def test_one_class_cannot_be_judged(given: dict[str, Any]) -> None:
    with pytest.raises(NotEnoughData, match="there are 0 bad and 2000 good ones"):
        judge(np.zeros(ROWS), given["p"], dates=given["dates"])


def test_what_does_not_fit_is_told(given: dict[str, Any], judgement: Judgement) -> None:
    with pytest.raises(CallError, match="baseline cannot be called 'model'"):
        judge(**given, baselines={"model": given["p"]}, n=2)
    with pytest.raises(CallError, match="no figure 'gini' of 'model'"):
        judgement.value("gini")
    with pytest.raises(CallError, match="Texts exist in 'pt' and 'en'"):
        judgement.text("es")
    with pytest.raises(BundleError, match="judgement of the model cannot be read"):
        Judgement.from_json({"facts": {}})
