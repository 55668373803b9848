from __future__ import annotations

import dataclasses
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
    for table in (judgement.bins, judgement.ratings, judgement.months, judgement.jeffreys.iloc[1:]):
        assert table["rows"].sum() == ROWS
        assert table["bads"].sum() == given["y"].sum()
    parts = judgement.calibration[judgement.calibration["metric"] == "rows"].set_index("part")["value"]
    assert parts["all"] == parts[["low", "medium", "high"]].sum() == ROWS
    assert list(parts.index) == ["all", "low", "medium", "high"]


def test_an_inversion_of_ratings_is_shown(given: dict[str, Any]) -> None:
    turned = given | {"ratings": np.where(given["p"] < 0.2, "B", "A").astype(object)}
    found = judge(**turned, n=10)

    assert found.ratings["inversion"].tolist() == [False, True]
    assert found.ratings["beyond_chance"].tolist() == [False, True]
    assert "inversão" in found.text("pt")
    assert "inversion" in found.text("en")


@pytest.fixture(scope="module")
def whole(given: dict[str, Any]) -> Judgement:
    """A judgement that was given all there is."""
    rng = np.random.default_rng(1)
    odds = np.log(given["p"] / (1 - given["p"]))
    return judge(
        **given,
        kinds=np.where(given["groups"] % 3 == 0, "PJ", "PF").astype(object),
        new_clients=given["groups"] % 5 == 0,
        exposure=np.where(rng.random(ROWS) < 0.01, np.nan, np.round(rng.lognormal(7, 1, ROWS), 2)),
        overdue=np.round(rng.lognormal(3, 1, ROWS), 2),
        previous=1 / (1 + np.exp(-odds - rng.normal(0, 1, ROWS))),
        approval_rate=0.7,
        margin_rate=0.1,
        loss_given_default=0.6,
        champion=pd.DataFrame(
            {"candidate": ["boosted", "blend"], "role": ["candidate", "champion"], "rows": 99, "auc": [0.81, 0.82]}
        ),
        leaks=pd.DataFrame({"variant": ["cut"], "snapshots": 9, "features": 7, "differing": [0], "which": [""]}),
        labels={"bad": 30, "good": 400, "immature": 12},
        n=40,
    )


def test_each_part_is_judged_as_if_it_were_alone(whole: Judgement, given: dict[str, Any]) -> None:
    found = whole.by("history")
    assert found.index.tolist() == ["new", "known"]
    for part, held in (("new", given["groups"] % 5 == 0), ("known", given["groups"] % 5 != 0)):
        y, p = given["y"][held], given["p"][held]
        row = found.loc[part]
        assert (row["rows"], row["bads"], row["clients"]) == (held.sum(), y.sum(), len(set(given["groups"][held])))
        assert row["auc"] == pytest.approx(metrics.auc(y, p))
        assert row["average_precision"] == pytest.approx(metrics.average_precision(y, p))
        assert row["brier"] == pytest.approx(metrics.brier(y, p))
        assert row["log_loss"] == pytest.approx(metrics.log_loss(y, p))
        assert row["observed_to_expected"] == pytest.approx(y.mean() / p.mean())
        for metric in ("auc", "brier", "bad_rate", "observed_to_expected"):
            assert row[f"{metric}_low"] < row[metric] < row[f"{metric}_high"]


def test_every_dimension_holds_every_row(whole: Judgement) -> None:
    assert whole.parts["dimension"].unique().tolist() == ["segment", "month", "kind", "history"]
    for dimension in ("segment", "month", "kind", "history"):
        assert whole.by(dimension)["rows"].sum() == ROWS
    assert whole.by("segment").index.tolist() == ["low", "medium", "high"]
    assert whole.by("month").index.tolist() == whole.months["month"].tolist()
    assert whole.ratings_by_part.groupby("dimension")["rows"].sum().to_dict() == {"kind": ROWS, "month": ROWS}
    with pytest.raises(CallError, match=r"not made by 'uf'\. It has: segment, month, kind, history"):
        whole.by("uf")


def test_new_clients_have_a_verdict_of_their_own_and_few_of_them_none(whole: Judgement, given: dict[str, Any]) -> None:
    tested = whole.jeffreys[whole.jeffreys["dimension"] == "history"].set_index("part")
    figures = whole.by("history")
    few = np.zeros(ROWS, dtype=bool)
    few[:15] = True
    seldom = judge(**given, new_clients=few, n=10)

    assert list(tested.index) == ["new", "known"]
    assert (tested["rows"] == figures["rows"]).all()
    assert (tested["bads"] == figures["bads"]).all()
    verdicts = seldom.jeffreys[seldom.jeffreys["dimension"] == "history"].set_index("part")["verdict"]
    assert verdicts["new"] == "inconclusive"
    assert verdicts["known"] != "inconclusive"
    (line,) = (one for one in seldom.text("en").splitlines() if one.split()[:1] == ["new"])
    assert line.split()[-1] == "inconclusive"


def test_what_was_given_is_kept_and_told(whole: Judgement) -> None:
    assert whole.champion["candidate"].tolist() == ["boosted", "blend"]
    assert whole.leaks["differing"].tolist() == [0]
    assert whole.labels.set_index("label")["snapshots"].to_dict() == {"bad": 30, "good": 400, "immature": 12}
    assert whole.facts["approval_rate"] == 0.7
    assert 0 < whole.facts["exposure_missing"] < 60
    assert set(whole.approvals["model"]) == {"model", "previous"}
    assert whole.value("auc", "previous") < whole.value("auc")
    pt, en = whole.text("pt"), whole.text("en")
    for words in ("Em dinheiro", "Em lugar do modelo anterior", "Aprovação e maus", "novos", "PJ", "campeão", "0,8200"):
        assert words in pt
    for words in (
        "In money",
        "In place of the previous model",
        "Approvals",
        "new",
        "Leak audit",
        "immature",
        "Jeffreys",
    ):
        assert words in en
    unsaid = [word for word in ("label_", "part_", "swapped_", "_amount", "_caught") if word in pt + en]
    assert unsaid == []


def test_a_leak_is_told_with_the_feature(given: dict[str, Any]) -> None:
    leaks = pd.DataFrame({"variant": ["cut"], "snapshots": 9, "features": 7, "differing": [1], "which": ["paid_soon"]})
    found = judge(given["y"], given["p"], dates=given["dates"], leaks=leaks, n=2)

    assert "lê o que só se soube depois: paid_soon" in found.text("pt")
    assert "reads what became known later: paid_soon" in found.text("en")


def test_a_flat_model_is_told_to_be_flat(given: dict[str, Any]) -> None:
    odds = np.log(given["p"] / (1 - given["p"]))
    flat, steep = (1 / (1 + np.exp(-(odds + 2) * k + 2)) for k in (0.6, 1.6))

    assert "too near to each other" in judge(given["y"], flat, dates=given["dates"], n=40).text("en")
    assert "too far apart" in judge(given["y"], steep, dates=given["dates"], n=40).text("en")
    assert "too" not in judge(given["y"], given["p"], dates=given["dates"], n=40).text("en")


def test_the_calibration_error_without_the_level_does_not_feel_a_shift(given: dict[str, Any]) -> None:
    odds = np.log(given["p"] / (1 - given["p"]))
    shifted = judge(given["y"], 1 / (1 + np.exp(-odds - 1)), dates=given["dates"], n=2).calibration
    error = shifted[shifted["part"] == "all"].set_index("metric")["value"]
    right = metrics.calibration_error(given["y"], metrics.level_removed(given["y"], given["p"]))

    assert error["calibration_error_level_removed"] == pytest.approx(right, abs=1e-6)
    assert error["calibration_error"] > 0.05 > error["calibration_error_level_removed"]


def test_rows_given_twice_for_their_clients_change_no_figure(given: dict[str, Any]) -> None:
    twice = {name: np.concatenate([values, values]) for name, values in given.items()}
    once, again = judge(**given, n=20), judge(**twice, n=20)

    columns = ["value", "low", "high"]
    assert again.metrics[columns].to_numpy() == pytest.approx(once.metrics[columns].to_numpy(), nan_ok=True)
    rates = ["bad_rate", "low", "high"]
    assert again.ratings[rates].to_numpy() == pytest.approx(once.ratings[rates].to_numpy(), rel=0.05)


def test_a_judgement_kept_by_an_older_version_is_still_read(judgement: Judgement) -> None:
    kept = judgement.to_json()
    old = {k: kept[k] for k in ("facts", "notes", "metrics", "calibration", "bins", "ratings", "months")}
    old["ratings"] = {"columns": kept["ratings"]["columns"][:-1], "rows": [r[:-1] for r in kept["ratings"]["rows"]]}
    old["calibration"] = {
        "columns": kept["calibration"]["columns"],
        "rows": [r for r in kept["calibration"]["rows"] if r[1] != "calibration_error_level_removed"],
    }
    back = Judgement.from_json(json.loads(json.dumps(old)))

    assert back.value("auc") == judgement.value("auc")
    assert back.parts.empty
    assert back.ratings["beyond_chance"].tolist() == back.ratings["inversion"].tolist()
    assert "Classes de risco" in back.text("pt")
    assert json.loads(json.dumps(Judgement.from_json(back.to_json()).to_json())) == back.to_json()


@pytest.mark.parametrize("made", ["judgement", "whole"])
def test_plain_data_brings_a_judgement_back(made: str, request: pytest.FixtureRequest) -> None:
    judgement = request.getfixturevalue(made)
    text = json.dumps(judgement.to_json(), allow_nan=False, sort_keys=True)
    back = Judgement.from_json(json.loads(text))

    assert json.dumps(back.to_json(), sort_keys=True) == text
    assert back.text("pt") == judgement.text("pt")
    for field in dataclasses.fields(Judgement):
        if isinstance(getattr(judgement, field.name), pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(back, field.name), getattr(judgement, field.name))


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
    wrong = [
        ({"new_clients": np.ones(ROWS)}, "Expected one bool a row"),
        ({"kinds": ["PF"]}, "kinds has the shape"),
        ({"exposure": np.full(ROWS, -1.0)}, "exposure holds negative"),
        ({"exposure": ["much"] * ROWS}, "exposure cannot be read as amounts"),
        ({"approval_rate": 1.0}, "approval_rate is 1.0; expected above 0 and below 1"),
        ({"margin_rate": 0.1}, "give both, or none"),
        ({"margin_rate": 0.1, "loss_given_default": 60}, "loss_given_default is 60; expected a share"),
        ({"groups": [None] * ROWS}, "2000 rows have no client"),
    ]
    for argument, message in wrong:
        with pytest.raises(CallError, match=message):
            judge(**(given | argument), n=2)
    with pytest.raises(BundleError, match="judgement of the model cannot be read"):
        Judgement.from_json({"facts": {}})
