"""A model asks for the features it was trained with: families, declared ones, and code that is handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.training.settings import read_settings

DAY = "2025-03-31"
LATE = iml.Aggregate(
    name="late_10_share_120d",
    aggregation="share",
    window=120,
    of={"days_late": {"ge": 10}},
    direction=1,
    reason="R02",
)
OPENED = "SELECT client_id, count(*) AS value FROM invoices GROUP BY client_id"


def titles(facts: Any, clients: pd.Series) -> pd.Series:
    counts = facts["invoices"].groupby("client_id")["invoice_id"].nunique()
    return clients.map(counts).fillna(0)


def code() -> list[Any]:
    return [iml.PythonFeature(name="titles_seen", function=titles), iml.SqlFeature(name="rows_seen", sql=OPENED)]


@pytest.fixture(scope="module")
def told(ledger: iml.Ledger) -> iml.Model:
    settings = iml.TrainingSettings(
        n_bootstrap=50, judge_bads=20, months=15, families=("spread", "order"), custom=(LATE,)
    )
    return iml.train(ledger, settings=settings, custom=code())


def test_the_model_reads_families_and_features_of_ones_own(told: iml.Model) -> None:
    columns = set(told.scorers["event"].columns)
    assert {"late_10_share_120d", "titles_seen", "rows_seen", "days_late_median_365d", "skipped_amount"} <= columns
    assert told.wanted.families == ("spread", "order")


def test_a_declared_direction_and_reason_are_kept(told: iml.Model) -> None:
    scorer = told.scorers["event"]
    at = scorer.columns.index("late_10_share_120d")
    assert scorer.classifier.monotone_[at] == 1
    assert (scorer.reasons.directions[at], scorer.reasons.families[at]) == (1, "R02")


def test_a_model_read_from_disk_scores_to_the_bit_once_the_code_is_handed_in(
    told: iml.Model, ledger: iml.Ledger, tmp_path: Path
) -> None:
    again = iml.load_model(told.save(tmp_path / "model"), custom=code())
    pd.testing.assert_frame_equal(again.score(ledger, DAY), told.score(ledger, DAY), check_exact=True)
    assert again.digest == told.digest
    assert not any("def titles" in file.read_text("utf-8", "ignore") for file in (tmp_path / "model").iterdir())


def test_without_its_code_a_model_says_how_to_hand_it_in(told: iml.Model, tmp_path: Path) -> None:
    folder = told.save(tmp_path / "model")
    with pytest.raises(BundleError, match=r"titles_seen.*load_model\(folder, custom="):
        iml.load_model(folder)


def test_other_code_under_the_same_name_is_refused(told: iml.Model, tmp_path: Path) -> None:
    folder = told.save(tmp_path / "model")
    other = [code()[0], iml.SqlFeature(name="rows_seen", sql=OPENED + " HAVING count(*) > 1")]
    with pytest.raises(BundleError, match="rows_seen"):
        iml.load_model(folder, custom=other)


def test_a_client_is_explained_with_features_of_ones_own(told: iml.Model, ledger: iml.Ledger) -> None:
    scores = told.score(ledger, DAY)
    who = scores.loc[scores["state"] == "scoreable", "client_id"].iloc[0]
    assert str(who) in str(told.explain(ledger, who, DAY))


def test_a_feature_of_a_role_that_no_model_reads_stays_out(ledger: iml.Ledger) -> None:
    shielded = LATE.model_copy(update={"name": "late_while_ill", "role": "protected"})
    settings = iml.TrainingSettings(n_bootstrap=50, judge_bads=20, months=15, custom=(shielded,))
    assert "late_while_ill" not in iml.train(ledger, settings=settings).scorers["event"].columns


def test_settings_in_yaml_name_families_and_declare_features(tmp_path: Path) -> None:
    text = "families: [spread]\ncustom:\n  - {name: open_90d, measure: open_amount, aggregation: sum, window: 90}\n"
    (tmp_path / "train.yaml").write_text(text)
    settings = read_settings(tmp_path / "train.yaml")
    assert settings.families == ("spread",)
    assert [one.name for one in settings.custom] == ["open_90d"]


def test_a_family_that_is_none_is_told_with_the_near_name(ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"no family 'spred'\. Did you mean 'spread'"):
        iml.train(ledger, settings=iml.TrainingSettings(families=("spred",)))


@long_run
def test_invoices_get_the_invoice_against_its_past_by_default(ledger: iml.Ledger) -> None:
    settings = iml.TrainingSettings(n_bootstrap=50, judge_bads=20)
    model = iml.train(ledger, iml.Target(level="invoice", event="late", dpd=5), settings=settings)
    assert model.wanted.families == ("past",)
    assert "similar_late_share" in model.scorers["event"].columns
