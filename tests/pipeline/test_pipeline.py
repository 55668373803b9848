"""Scores: one row a client, the same alone, in a batch, shuffled, reloaded; and nothing of what came later."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.catalog import SHORT_HISTORY
from inadimplencia_ml.errors import BundleError, CallError, PolicyError
from inadimplencia_ml.risk.scale import score_raw
from inadimplencia_ml.tables import SCORES

AS_OF = "2025-02-28"


@pytest.fixture(scope="session")
def scores(model: iml.Model, ledger: iml.Ledger) -> pd.DataFrame:
    return model.score(ledger, AS_OF)


def same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), two.reset_index(drop=True), check_exact=True)


def test_every_client_with_a_fact_gets_one_row(scores: pd.DataFrame, ledger: iml.Ledger) -> None:
    known = iml.make_snapshots(ledger, AS_OF)

    assert sorted(scores["client_id"]) == sorted(known["client_id"])
    assert scores["client_id"].is_unique


def test_the_columns_are_those_of_the_contract(scores: pd.DataFrame) -> None:
    required = [c.name for c in SCORES.columns]

    assert [c for c in scores.columns if c in required] == [c for c in required if c in scores.columns]
    assert set(SCORES.required) <= set(scores.columns)


def test_probabilities_scores_and_bounds_hold_together(scores: pd.DataFrame) -> None:
    told = scores[scores["probability"].notna()]

    assert len(told) > 20
    assert told["probability"].between(0, 1).all()
    assert (told["probability_low"] <= told["probability"]).all()
    assert (told["probability"] <= told["probability_high"]).all()
    assert told["score"].between(0, 1000).all()
    back = 1 / (1 + 10 * 2 ** ((told["score_raw"].astype(float) - 500) / 40))
    np.testing.assert_allclose(back, told["probability"], rtol=1e-9)


def test_only_clients_who_can_reach_an_event_have_a_probability(scores: pd.DataFrame) -> None:
    silent = scores["state"].isin(["no_exposure", "inactive"])

    assert scores.loc[silent, "probability"].isna().all()
    assert (scores.loc[silent, "segment"] == "none").all()
    assert scores.loc[scores["state"] == "scoreable", "probability"].notna().all()
    assert (scores.loc[scores["state"] == "already_bad", "segment"] == "high").all()


def test_more_risk_never_earns_a_better_rating_or_segment(scores: pd.DataFrame) -> None:
    told = scores[scores["state"] == "scoreable"].sort_values("probability")
    order = {"low": 0, "medium": 1, "high": 2}

    assert told["rating"].astype(str).is_monotonic_increasing
    assert told["segment"].map(order).is_monotonic_increasing


def test_a_client_alone_scores_as_in_the_batch_to_the_bit(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    some = scores.groupby("state").head(3)
    for client in some["client_id"]:
        alone = model.score(ledger, snapshots=pd.DataFrame({"client_id": [client], "as_of": [AS_OF]}))
        same(alone, scores[scores["client_id"] == client])


def test_a_reloaded_model_scores_to_the_bit(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame, tmp_path: Path
) -> None:
    again = iml.load_model(model.save(tmp_path / "model"))

    assert again.digest == model.digest
    same(again.score(ledger, AS_OF), scores)


def test_what_is_known_later_changes_no_score(model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame) -> None:
    same(model.score(ledger.known_at(AS_OF), AS_OF), scores)


def test_a_client_who_cannot_reach_the_event_keeps_the_last_segment_of_the_history(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    silent = scores.loc[scores["state"] == "no_exposure", "client_id"].iloc[:2].tolist()
    history = pd.DataFrame(
        {
            "client_id": [silent[0], silent[0], silent[1], silent[1]],
            "as_of": ["2024-12-31", "2025-01-31", AS_OF, "2025-03-31"],
            "segment": ["low", "medium", "high", "high"],
        }
    )
    now = model.score(ledger, AS_OF, history=history).set_index("client_id")["segment"]

    assert now[silent[0]] == "medium"
    assert now[silent[1]] == "none"  # a score of the same day or later is no history


def test_near_an_edge_the_last_segment_is_kept_and_the_decision_is_made_and_told_by_it(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    assert model.bands.band_points == iml.TrainingSettings().segment_band
    told = scores[scores["state"] == "scoreable"].set_index("client_id")
    edge = float(score_raw(model.bands.segment_edges)[0])
    near = (told["score_raw"].astype(float) - edge).abs().idxmin()
    wide = dataclasses.replace(model.bands, band_points=abs(float(told.loc[near, "score_raw"]) - edge) + 1e-6)
    other = "medium" if told.loc[near, "segment"] == "low" else "low"
    history = scores.assign(as_of=pd.Timestamp("2025-01-31"))
    history.loc[history["client_id"] == near, "segment"] = other
    now = dataclasses.replace(model, bands=wide).score(ledger, AS_OF, history=history)
    plan = iml.decide(iml.Policy.default(), now, ledger, AS_OF).decisions.set_index("client_id")

    assert (scores.loc[scores["state"] == "scoreable", "segment_basis"] == "no_history").all()
    row = now.set_index("client_id").loc[near]
    assert (row["segment"], row["segment_basis"]) == (other, "kept")
    changed = ["segment", "segment_basis"]
    exposed = scores["state"].isin(["scoreable", "already_bad"])
    same(now[exposed].drop(columns=changed), scores[exposed].drop(columns=changed))
    assert any("mantido da última avaliação" in reason for reason in plan.loc[near, "reasons"])
    assert not any("mantido" in reason for reason in plan.drop(index=near)["reasons"].explode())


def test_reasons_are_codes_of_the_catalogue_with_a_sentence_each(model: iml.Model, ledger: iml.Ledger) -> None:
    told = model.score(ledger, AS_OF, texts=True)
    for k in (1, 2, 3, 4):
        code, text = told[f"reason_{k}"], told[f"text_{k}"]
        assert (code.notna() == text.notna()).all()
        assert code.dropna().astype(str).str.fullmatch(r"R\d\d").all()
    assert told["reason_1"].notna().any()


def test_a_short_history_is_stated_after_the_families_that_speak_and_explains_no_point(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    codes = scores[["reason_1", "reason_2", "reason_3", "reason_4"]]
    said = (codes == SHORT_HISTORY).sum(axis=1)
    short = scores["cold_start"].astype(bool) & scores["probability"].notna()
    looked = iml.build_features(ledger, iml.make_snapshots(ledger, AS_OF)).set_index("client_id")["due_count_all"]

    assert short.any()
    assert (said == short).all()
    assert (looked[scores.loc[short, "client_id"]] <= 2).all()
    at = (codes[short] == SHORT_HISTORY).to_numpy().argmax(axis=1)
    spoken = codes[short].notna().sum(axis=1)
    assert (at == spoken - 1).all()  # last of what is said
    assert SHORT_HISTORY not in model.scorers["event"].reasons.codes
    client = scores.loc[short, "client_id"].iloc[0]
    told = model.explain(ledger, client, AS_OF)
    assert "Histórico curto" in told.text
    assert SHORT_HISTORY not in {code for code, *_ in (*told.against, *told.favour)}


def test_a_model_of_other_features_is_refused_with_the_missing_name(model: iml.Model, ledger: iml.Ledger) -> None:
    bare = iml.Ledger(ledger.frame("invoices"), ledger.frame("payments"))
    reads = model.scorers["event"].columns
    assert any(name.startswith("client_") for name in reads)

    with pytest.raises(BundleError, match=r"the model reads the feature 'client_\w+', which these features have not"):
        model.score(bare, AS_OF)


def test_an_unknown_client_is_said_with_the_near_id(model: iml.Model, ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"client 'C99999' is unknown to the ledger"):
        model.explain(ledger, client_id="C99999", as_of=AS_OF)


def test_a_client_without_a_fact_at_the_date_is_said(model: iml.Model, ledger: iml.Ledger) -> None:
    first = iml.make_snapshots(ledger, AS_OF)["client_id"].iloc[0]

    with pytest.raises(CallError, match="has no fact known at 1999-01-01"):
        model.explain(ledger, client_id=first, as_of="1999-01-01")


@pytest.mark.parametrize("lang", ["pt", "en"])
def test_an_explanation_tells_score_reasons_facts_and_the_way_to_a_review(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame, lang: str
) -> None:
    row = scores[scores["state"] == "scoreable"].sort_values("probability").iloc[-1]
    told = model.explain(ledger, client_id=row["client_id"], as_of=AS_OF, lang=lang)

    assert told.score == row["score"]
    assert f" {row['score']} (0" in told.text
    assert "LGPD" in told.text
    assert [c for c, _, _ in told.against] == [
        row[f"reason_{k}"] for k in (1, 2, 3, 4) if isinstance(row[f"reason_{k}"], str)
    ]
    assert all(points < 0 for _, points, _ in told.against)
    assert all(points > 0 for _, points, _ in told.favour)


def test_nothing_to_say_of_a_silent_client_but_why(model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame) -> None:
    client = scores.loc[scores["state"] == "inactive", "client_id"].iloc[0]
    told = model.explain(ledger, client_id=client, as_of=AS_OF)

    assert told.score is None
    assert "nenhum título emitido nos últimos 180 dias" in told.text


def test_each_client_gets_exactly_one_decision(ledger: iml.Ledger, scores: pd.DataFrame) -> None:
    plan = iml.decide(iml.Policy.default(), scores, ledger, AS_OF)

    assert sorted(plan.decisions["client_id"]) == sorted(scores["client_id"])
    assert plan.decisions["decision_id"].is_unique
    assert plan.decisions["action"].notna().all()


def test_a_plan_for_some_clients_is_part_of_the_plan_for_all(ledger: iml.Ledger, scores: pd.DataFrame) -> None:
    whole = iml.decide(iml.Policy.default(), scores, ledger, AS_OF).decisions
    part = iml.decide(iml.Policy.default(), scores.iloc[:40], ledger, AS_OF).decisions

    assert len(part) == 40
    assert set(part["decision_id"]) <= set(whole["decision_id"])


def test_a_plan_of_scores_without_states_is_refused(ledger: iml.Ledger, scores: pd.DataFrame) -> None:
    with pytest.raises((CallError, PolicyError), match="state"):
        iml.decide(iml.Policy.default(), scores.drop(columns="state"), ledger, AS_OF)


@pytest.mark.parametrize("call", [{}, {"as_of": AS_OF, "at_issue": True}, {"at_issue": True}])
def test_score_wants_one_kind_of_snapshot_that_fits_the_model(
    model: iml.Model, ledger: iml.Ledger, call: dict[str, object]
) -> None:
    with pytest.raises(CallError, match="score: "):
        model.score(ledger, **call)


def test_invoices_at_issue_are_no_snapshots_of_a_client_model(model: iml.Model, ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match="the model is of level client; snapshots of view at_issue"):
        model.score(ledger, snapshots=iml.make_snapshots(ledger, at_issue=True).head(3))
