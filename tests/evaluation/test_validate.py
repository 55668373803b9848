"""A validation finds what was tampered with, passes what was not, and says where it can say nothing."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.evaluation import sample as sample_room
from inadimplencia_ml.evaluation import validate as validate_room
from inadimplencia_ml.evaluation.settings import ValidationSettings, read_validation_settings
from inadimplencia_ml.evaluation.validate import Validation, validate
from inadimplencia_ml.features.wanted import Wanted

FAST = ValidationSettings(max_snapshots=600, jitter_snapshots=120)
EXACT = ("labels", "features", "metrics", "judged_counts")


@pytest.fixture(scope="module")
def found(ledger: iml.Ledger, model: iml.Model) -> Validation:
    return validate(model, ledger.known_at("2025-01-31"), FAST.model_copy(update={"max_snapshots": 1500}))


def test_a_model_passes_on_the_ledger_it_was_trained_on(found: Validation) -> None:
    assert found.ok, found.text("en")
    assert [found.verdict(name) for name in EXACT] == ["pass"] * 4
    assert found.verdict("auc_holds") == "pass"
    assert found.differences.empty
    assert 0.5 < found.facts["covered"] / found.facts["snapshots"] < 1
    assert found.facts["later"] is False


def test_every_optional_table_is_taken_away_once(ledger: iml.Ledger, found: Validation) -> None:
    assert found.sources["source"].tolist() == sorted(set(ledger.all_tables()) - {"invoices"})
    told = found.sources.set_index("source")
    assert told.loc["payments", "score_change"] > told.loc["contacts", "score_change"] == 0  # a treatment: not read
    assert "source:payments" not in found.findings["test"].tolist()  # told, not judged
    assert found.verdict("source:contacts") == "pass"


def test_the_page_tells_every_test_in_both_languages(found: Validation) -> None:
    for lang, words in (
        ("pt", ("passa", "segunda conta", "histórico")),
        ("en", ("pass", "second reckoning", "history")),
    ):
        page = found.text(lang)
        assert all(word in page for word in words)
        assert page.count("\n  ") >= len(found.findings)


def test_the_same_seed_gives_the_same_validation_and_another_draws_others(ledger: iml.Ledger, model: iml.Model) -> None:
    one, same, other = (sample_room.draw(ledger, model.target, 50, random_state=seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(one, same)
    assert not one.equals(other)


# ---- what was tampered with


def test_one_wrong_label_is_found_with_its_client_and_day(
    ledger: iml.Ledger, model: iml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong: dict[str, Any] = {}

    def tampered(*args: Any, **options: Any) -> pd.DataFrame:
        labels = iml.label(*args, **options)
        if "labels_known_at" not in options:  # those of the sample, not of the judged period
            at = np.flatnonzero((labels["label"] == "good") & covered)[3]
            wrong.update(labels.loc[at, ["client_id", "as_of"]])
            labels.loc[at, "label"] = "bad"
        return labels

    snapshots = sample_room.draw(ledger, model.target, 200, 0)
    with sample_room._plain(ledger, model.target, snapshots) as book:
        covered = book.covered()
    monkeypatch.setattr(sample_room, "label", tampered)
    told, rows = validate_room._reckonings(sample_room.reckoned(model, ledger, snapshots), FAST)
    assert [one.verdict for one in told] == ["fail", "pass"]
    assert told[0].value == 1
    (row,) = rows.to_dict("records")
    assert (row["what"], row["library"], row["plain"]) == ("label", "bad", "good")
    assert {key: row[key] for key in wrong} == wrong


@dataclass(frozen=True)
class OneCentMore(Wanted):
    """Features of which one value of one row is a cent too high."""

    def build(self, ledger: iml.Ledger, snapshots: Any) -> pd.DataFrame:
        features = super().build(ledger, snapshots)
        at = int(np.flatnonzero(features["open_amount"] > 0)[-1])
        features.loc[at, "open_amount"] += 0.01
        return features


def test_one_cent_in_one_feature_is_found(ledger: iml.Ledger, model: iml.Model) -> None:
    book = iml.generate_book(20, random_state=1, start="2024-06-01", end="2025-03-31")
    small = iml.Ledger(**(book.tables | {"invoices": book.tables["invoices"].drop_duplicates("invoice_id")}))
    tampered = replace(model, wanted=OneCentMore())
    snapshots = sample_room.draw(small, model.target, 100, 0)
    told, rows = validate_room._reckonings(sample_room.reckoned(tampered, small, snapshots), FAST)
    assert [(one.test, one.verdict, one.value) for one in told][1] == ("features", "fail", 1)  # though rows are few
    assert rows["what"].tolist() == ["open_amount"]
    assert rows["library"][0] - rows["plain"][0] == pytest.approx(0.01)


def test_a_metric_that_is_wrong_in_the_library_or_in_the_judgement_is_found(
    ledger: iml.Ledger, model: iml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = sample_room.reckoned(model, ledger, sample_room.draw(ledger, model.target, 400, 0))
    scored = model.scorers["event"].score(sample.features[sample.scoreable])
    monkeypatch.setattr(validate_room, "ks", lambda y, p: 0.5)
    assert validate_room._metrics(sample, scored, FAST)[0].verdict == "fail"

    parts = copy.deepcopy(dict(model.bundle.parts))
    parts["judgement.json"]["facts"]["bads"] -= 1
    flattered = replace(model, bundle=replace(model.bundle, parts=parts))
    assert validate_room._judged(flattered, ledger, FAST).verdict == "fail"
    assert validate_room._judged(model, ledger, FAST).verdict == "pass"


def test_a_limit_that_is_passed_is_a_fail_unless_few_bad_ones_make_intervals_wide(
    ledger: iml.Ledger, model: iml.Model
) -> None:
    strict = FAST.model_copy(update={"rating_jumps_in_interval": 0.0, "interval_bads": 1})
    sample = sample_room.reckoned(model, ledger, sample_room.draw(ledger, model.target, 400, 0))
    scored = model.scorers["event"].score(sample.features[sample.scoreable])
    flips, _ = validate_room._flips(model, sample, scored, strict)
    assert flips[1].verdict == "fail"
    assert flips[1].value > 0
    lenient = FAST.model_copy(update={"rating_jumps_in_interval": 0.0})  # the small model learned from few bad ones
    assert validate_room._flips(model, sample, scored, lenient)[0][1].verdict == "inconclusive"


# ---- where it says nothing, or looks further


def test_a_tiny_book_is_inconclusive_and_no_failure(model: iml.Model) -> None:
    book = iml.generate_book(4, random_state=2, start="2024-09-01", end="2024-12-31")
    tiny = validate(model, iml.Ledger(**book.tables, known_until="2024-12-31"), FAST)
    assert tiny.ok
    assert set(tiny.findings["verdict"]) == {"inconclusive"}
    assert "poucas linhas" in tiny.text("pt")


def test_an_older_ledger_and_an_uncovered_target_are_inconclusive(ledger: iml.Ledger, model: iml.Model) -> None:
    assert validate_room._judged(model, ledger.known_at("2024-12-31"), FAST).reason == "ledger_ends_before_cut"
    other = replace(model, target=iml.Target(cure_days=10))
    sample = sample_room.reckoned(other, ledger, sample_room.draw(ledger, other.target, 50, 0))
    assert validate_room._reckonings(sample, FAST)[0][0].reason == "target_not_covered"
    assert validate_room._judged(other, ledger, FAST).reason == "target_not_covered"


def test_a_model_of_invoices_is_reckoned_at_their_issue(ledger: iml.Ledger, model: iml.Model) -> None:
    of_invoices = replace(model, target=iml.Target(level="invoice", event="late", dpd=5))
    snapshots = sample_room.draw(ledger, of_invoices.target, 300, 0)
    told, rows = validate_room._reckonings(sample_room.reckoned(of_invoices, ledger, snapshots), FAST)
    assert [one.verdict for one in told] == ["pass", "pass"], rows


def test_a_ledger_without_a_month_end_is_refused_in_one_line(model: iml.Model) -> None:
    row = {"client_id": "C1", "invoice_id": "T1", "issue_date": "2025-01-02", "due_date": "2025-02-03", "amount": 1.0}
    with pytest.raises(CallError, match="no month ends between 2025-01-02 and 2025-01-05: there is nothing"):
        validate(model, iml.Ledger(pd.DataFrame([row]), known_until="2025-01-05"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("auc_dorp: 0.1", r"unknown key 'auc_dorp'\. Did you mean 'auc_drop'"),
        ("auc_drop: 2", "auc_drop: Input should be less than or equal to 1, got 2"),
        ("- 1", "expected keys and values, got list"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_wrong_settings_are_said_with_their_key(tmp_path: Any, text: str, words: str) -> None:
    (tmp_path / "validate.yaml").write_text(text)
    with pytest.raises(CallError, match=words):
        read_validation_settings(tmp_path / "validate.yaml")
