"""The reasons of a trained model: their points add up to the scores, and say what the scores say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError

AS_OF = "2025-02-28"


@pytest.fixture(scope="module")
def scores(model: iml.Model, ledger: iml.Ledger) -> pd.DataFrame:
    return model.score(ledger, AS_OF, texts=True).set_index("client_id")


@pytest.fixture(scope="module")
def lines(model: iml.Model, ledger: iml.Ledger) -> pd.DataFrame:
    return model.reasons(ledger, AS_OF)


def test_the_lines_of_every_client_with_a_probability_add_up_to_the_score(
    scores: pd.DataFrame, lines: pd.DataFrame
) -> None:
    told = scores[scores["probability"].notna()]
    summed = lines.groupby("client_id", sort=False)["points"].sum()

    assert summed.index.tolist() == told.index.tolist()
    np.testing.assert_allclose(summed.to_numpy(), told["score_raw"].to_numpy(float), rtol=0, atol=1e-6)


def test_the_reasons_of_the_scores_and_their_sentences_are_those_of_the_lines(
    scores: pd.DataFrame, lines: pd.DataFrame
) -> None:
    spoken = lines[lines["side"].isin(["against", "statement"])]
    for client, own in spoken.groupby("client_id"):
        row = scores.loc[client]
        codes = [row[f"reason_{k}"] for k in (1, 2, 3, 4) if isinstance(row[f"reason_{k}"], str)]
        texts = [row[f"text_{k}"] for k in (1, 2, 3, 4) if isinstance(row[f"text_{k}"], str)]
        told = own[own["side"] == "against"]
        short = own[own["side"] == "statement"]
        kept = told.iloc[: 4 - len(short)]
        assert codes == [*kept["code"], *short["code"]]
        assert texts == [*kept["sentence"], *short["sentence"]]


def test_one_snapshot_alone_has_the_same_lines(model: iml.Model, ledger: iml.Ledger, lines: pd.DataFrame) -> None:
    client = lines["client_id"].iloc[-1]
    alone = model.reasons(ledger, snapshots=pd.DataFrame({"client_id": [client], "as_of": [AS_OF]}))
    pd.testing.assert_frame_equal(alone, lines[lines["client_id"] == client].reset_index(drop=True), check_exact=True)


def test_tables_of_the_whole_book_are_made_of_the_lines(model: iml.Model, ledger: iml.Ledger) -> None:
    days = ["2024-12-31", "2025-01-31", AS_OF]
    several = model.reasons(ledger, snapshots=iml.make_snapshots(ledger, days))
    weights, by_day, kept = iml.family_importance(several), iml.reason_stability(several), iml.reasons_kept(several)

    assert weights["share"].sum() == pytest.approx(1)
    assert by_day["as_of"].nunique() == 3
    assert kept["kept"].between(0, 1).all()
    assert len(kept) == 2


def test_an_english_client_is_told_in_english(model: iml.Model, ledger: iml.Ledger) -> None:
    told = model.reasons(ledger, AS_OF, lang="en", spoken_only=True)
    assert set(told["side"]) <= {"against", "for", "statement"}
    assert not told["sentence"].str.contains("títul|escore|histórico").any()
    with pytest.raises(CallError, match="give one of as_of, snapshots and at_issue"):
        model.reasons(ledger)


def test_a_model_gives_what_the_plots_of_shap_draw(model: iml.Model, ledger: iml.Ledger) -> None:
    pytest.importorskip("shap", reason="needs the extra `explain`")
    features = model.wanted.build(ledger, iml.make_snapshots(ledger, AS_OF)).iloc[:9]
    told = model.shap_explanation(features)
    raw = model.scorers["event"].classifier.log_odds(features[model.scorers["event"].columns])
    np.testing.assert_allclose(told.values.sum(axis=1) + told.base_values, raw, rtol=0, atol=1e-9)
