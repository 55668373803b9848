"""What a server answers: features, raw records and whole books, each as the library scores them, and nothing else."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.model_family import ModelFamily
from inadimplencia_ml.online import ANSWER
from inadimplencia_ml.serving import LEDGERS, ServedFamily, ServedModel

AS_OF = "2025-06-30"
FIGURES = ["probability", "probability_low", "probability_high", "score_raw", "rating", "segment"]


@pytest.fixture(scope="module")
def served(sample_model: iml.Model) -> ServedModel:
    return ServedModel(sample_model)


@pytest.fixture(scope="module")
def scores(sample_model: iml.Model, sample: iml.Ledger) -> pd.DataFrame:
    return sample_model.score(sample, AS_OF, texts=True)


def test_features_answer_as_the_book_does_where_the_event_can_come(
    served: ServedModel, sample: iml.Ledger, scores: pd.DataFrame
) -> None:
    told = scores[scores["state"] == "scoreable"].reset_index(drop=True)
    features = iml.build_features(sample, told[["client_id", "as_of"]])
    answer = served.predict(features.drop(columns=["client_id", "as_of"]))

    assert list(answer.columns) == list(ANSWER)
    pd.testing.assert_frame_equal(answer[FIGURES], told[FIGURES], check_exact=True)
    for name in ("reason_1", "text_1"):
        assert answer[name].fillna("").tolist() == told[name].fillna("").tolist()


def test_records_answer_as_one_client_does(served: ServedModel, sample_model: iml.Model) -> None:
    invoice = {"client_id": "A", "invoice_id": "1", "issue_date": "2025-06-02", "due_date": "2025-07-02"}
    records = {"invoices": [{**invoice, "amount": 950.0}]}
    answer = served.predict(pd.DataFrame({"records": [json.dumps(records)], "as_of": [AS_OF]}), lang="en")
    told = sample_model.score_one(records, AS_OF, lang="en")

    assert len(answer) == 1
    assert answer["probability"].tolist() == [told["probability"]]
    assert answer["score"].tolist() == [told["score"]]
    assert answer["text_1"].tolist() == [told["reasons"][0]["sentence"] if told["reasons"] else None]
    with pytest.raises(CallError, match="records: not readable as JSON"):
        served.predict(pd.DataFrame({"records": ["{"], "as_of": [AS_OF]}))
    with pytest.raises(CallError, match="each row needs records and as_of"):
        served.predict(pd.DataFrame({"records": ["{}"]}))


def test_a_ledger_answers_for_each_client_and_only_under_the_folder_that_was_named(
    served: ServedModel,
    sample: iml.Ledger,
    scores: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sample.write(tmp_path / "books" / "june")
    asked = pd.DataFrame({"ledger": ["june"], "as_of": [AS_OF]})
    monkeypatch.delenv(LEDGERS, raising=False)
    with pytest.raises(CallError, match=f"this process reads none; {LEDGERS} names"):
        served.predict(asked)
    monkeypatch.setenv(LEDGERS, str(tmp_path / "books"))
    answer = served.predict(asked)

    assert answer["client_id"].tolist() == scores["client_id"].tolist()
    np.testing.assert_array_equal(answer["probability"], scores["probability"])
    assert answer["segment"].tolist() == scores["segment"].tolist()
    assert set(answer["as_of"]) == {AS_OF}
    (tmp_path / "elsewhere").mkdir()
    for outside in ("../elsewhere", str(tmp_path / "elsewhere")):
        with pytest.raises(CallError, match="lies outside the folder"):
            served.predict(asked.assign(ledger=[outside]))


@pytest.fixture(scope="module")
def family(sample_model: iml.Model) -> ModelFamily:
    """The sample model, and one that takes a rarer event for more probable: alone they do not agree."""
    scorer = sample_model.scorers["event"]
    higher = copy(scorer.classifier)
    higher.calibration_ = replace(higher.calibration_, shift=0.5)
    rarer = replace(sample_model, target=iml.Target(dpd=60), scorers={"event": replace(scorer, classifier=higher)})
    return ModelFamily.of({"pd60": rarer, "pd30": sample_model}, {})


def test_a_family_answers_for_each_member_in_agreement(family: ModelFamily, sample: iml.Ledger) -> None:
    scores = family.score(sample, AS_OF)
    told = scores[scores.groupby("client_id")["state"].transform(lambda s: (s == "scoreable").all())]
    keys = told[["client_id", "as_of"]].drop_duplicates()
    features = iml.build_features(sample, keys).drop(columns=["client_id", "as_of"])
    answer = ServedFamily(family).predict(features, lang="en")

    assert list(answer.columns) == ["member", *ANSWER]
    assert answer["member"].tolist() == ["pd60", "pd30"] * len(keys)
    pd.testing.assert_frame_equal(answer[FIGURES], told[FIGURES].reset_index(drop=True), check_exact=True)
    assert (told["probability"] != told["probability_alone"]).any()
    assert answer["text_1"].notna().any()


def test_a_family_answers_records_and_ledgers_as_it_scores_a_book(
    family: ModelFamily, sample: iml.Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = {"client_id": "A", "invoice_id": "1", "issue_date": "2025-06-02", "due_date": "2025-07-02"}
    records = {"invoices": [{**invoice, "amount": 950.0}]}
    one = ServedFamily(family).predict(pd.DataFrame({"records": [json.dumps(records)], "as_of": [AS_OF]}))
    sample.write(tmp_path / "june")
    monkeypatch.setenv(LEDGERS, str(tmp_path))
    book = ServedFamily(family).predict(pd.DataFrame({"ledger": ["june"], "as_of": [AS_OF]}))
    alone = family.members["pd30"].score_one(records, AS_OF)

    assert one["member"].tolist() == ["pd60", "pd30"]
    assert one["probability"].iloc[0] <= one["probability"].iloc[1]
    assert one["probability"].iloc[1] >= alone["probability"]
    np.testing.assert_array_equal(book["probability"], family.score(sample, AS_OF)["probability"])


def test_a_feature_that_is_missing_is_named(served: ServedModel, sample_model: iml.Model) -> None:
    first = sample_model.scorers["event"].columns[0]
    some = pd.DataFrame({name: [0.0] for name in sample_model.scorers["event"].columns if name != first})

    with pytest.raises(BundleError, match=f"reads the feature '{first}'"):
        served.predict(some)
