"""Training: nothing younger than the cut, judged on what came after, the same bytes for the same data and seed."""

from __future__ import annotations

import pandas as pd
import pytest

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.training.settings import read_settings

QUICK = iml.TrainingSettings(n_bootstrap=50, judge_bads=20)


@pytest.fixture(scope="module")
def ledger() -> iml.Ledger:
    book = iml.generate_book(200, random_state=8, start="2023-06-01", end="2025-03-31")
    return iml.Ledger(**book.tables, known_until="2025-03-31")


@pytest.fixture(scope="module")
def model(ledger: iml.Ledger) -> iml.Model:
    return iml.train(ledger, cut="2025-01-31", settings=QUICK)


def test_facts_after_the_cut_change_not_a_byte_of_the_model(ledger: iml.Ledger, model: iml.Model) -> None:
    from_the_past = iml.train(ledger.known_at("2025-01-31"), cut="2025-01-31", settings=QUICK)

    assert from_the_past.digest == model.digest


def test_the_model_says_when_it_was_judged_and_to_when_it_was_fitted(model: iml.Model) -> None:
    manifest = model.bundle.manifest
    first, last = manifest.judged_on.split("/")

    assert first < last <= manifest.fitted_to < manifest.cut == "2025-01-31"
    horizon = pd.Timestamp(manifest.cut) - pd.Timestamp(manifest.fitted_to)
    assert horizon.days >= 90 + manifest.booking_lag_days


def test_all_snapshots_are_counted_by_label(model: iml.Model) -> None:
    labels = model.bundle.manifest.settings["labels"]

    assert set(labels) == {"good", "bad", "immature", "no_exposure", "already_bad", "bad_early"}
    assert labels["good"] > labels["bad"] > 0
    assert labels["immature"] > 0


def test_the_judgement_is_better_than_the_prevalence_and_told_in_both_languages(model: iml.Model) -> None:
    judged = model.judgement

    assert judged.value("auc") > 0.6
    assert judged.value("log_loss") < judged.value("log_loss", "prevalence")
    assert "Julgamento" in judged.text("pt")
    assert "Judgement" in judged.text("en")


def test_a_model_in_use_is_compared_and_it_is_told_if_it_knew_the_judged_months(
    ledger: iml.Ledger, model: iml.Model
) -> None:
    alone = iml.TrainingSettings(n_bootstrap=50, judge_bads=20, candidates=("scorecard",))
    newer = iml.train(ledger, settings=alone, previous=model).judgement
    groups = newer.swap_set[newer.swap_set["approval_rate"].round(6) == 0.8].set_index("group")

    assert {"both_approved", "swapped_in", "swapped_out", "both_declined"} <= set(groups.index)
    assert groups.loc["swapped_in", "rows"] == pytest.approx(groups.loc["swapped_out", "rows"])
    assert "previous" in set(newer.metrics["model"])
    seen = model.bundle.manifest.fitted_to >= newer.facts["judged_from"]
    assert ("previous_has_seen" in newer.notes) == seen
    assert model.judgement.swap_set.empty


def test_a_model_of_another_target_is_not_compared_with(ledger: iml.Ledger, model: iml.Model) -> None:
    with pytest.raises(
        CallError, match="previous: its target is client_default_30d_in_90d, and client_default_15d_in_60d"
    ):
        iml.train(ledger, iml.Target(dpd=15, horizon_days=60), settings=QUICK, previous=model)


def test_the_champion_is_kept_and_named_beside_all_it_was_compared_with(model: iml.Model) -> None:
    table = model.judgement.champion.set_index("candidate")
    (champion,) = table.index[table["role"] == "champion"]

    assert {"boosted", "scorecard", "blend", "prevalence", "logistic"} <= set(table.index)
    assert model.bundle.manifest.settings["kinds"]["event"] == champion
    assert table.loc[champion, "log_loss"] < table.loc["prevalence", "log_loss"]


def test_no_treatment_and_no_protected_column_enters_a_model(model: iml.Model) -> None:
    from inadimplencia_ml.catalog import feature

    roles = {feature(name).role for name in model.scorers["event"].columns}

    assert roles == {"risk"}


def test_too_few_bads_are_refused_with_the_counts() -> None:
    book = iml.generate_book(15, random_state=1, start="2024-01-01", end="2025-03-31")

    with pytest.raises(NotEnoughData, match=r"\d+ bad and \d+ good among the .*at least 30 of each"):
        iml.train(iml.Ledger(**book.tables), settings=QUICK)


def test_a_cut_after_the_last_known_day_is_refused(ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match="cut: 2025-12-31 lies after 2025-03-31, the last day the ledger knows"):
        iml.train(ledger, cut="2025-12-31", settings=QUICK)


def test_an_excluded_feature_that_is_none_is_said_with_the_near_name(ledger: iml.Ledger) -> None:
    wrong = iml.TrainingSettings(exclude=("due_conut_30d",))

    with pytest.raises(CallError, match=r"no feature 'due_conut_30d'\. Did you mean 'due_count_30d'"):
        iml.train(ledger, settings=wrong)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("judge_month: 3", r"unknown key 'judge_month'\. Did you mean 'judge_months'"),
        ("judge_share: 2", "judge_share: Input should be less than 1, got 2"),
        ("- 1", "expected keys and values, got list"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_wrong_settings_are_said_with_their_key(tmp_path, text: str, words: str) -> None:
    (tmp_path / "train.yaml").write_text(text)

    with pytest.raises(CallError, match=words):
        read_settings(tmp_path / "train.yaml")


@pytest.mark.slow
@long_run
def test_datarisk_from_the_raw_files_to_a_score_for_every_test_invoice(real_data) -> None:
    files = sorted((real_data / "datarisk").glob("*.csv"))
    ledger = import_ledger(files, read_mapping("examples/mappings/datarisk.yaml"))
    assert ledger.counts.set_index("table").loc["invoices", "rows"] == 77_414 + 12_275
    settings = iml.TrainingSettings(judge_from="2021-03-01", n_bootstrap=100)

    model = iml.train(ledger, iml.Target(level="invoice", event="late", dpd=5), cut="2021-07-31", settings=settings)
    assert model.judgement.value("auc") >= 0.95
    assert model.judgement.value("average_precision") >= 0.70

    invoices = ledger.frame("invoices")
    test = invoices[invoices["observed_until"].notna()]
    snapshots = test[["client_id", "invoice_id"]].assign(as_of=test["issue_date"], view="at_issue")
    scores = model.score(ledger, snapshots=snapshots)
    assert len(scores) == 12_275
    assert scores["probability"].between(0, 1).all()


@pytest.mark.slow
def test_ibm_ar_is_judged_on_2013_without_the_column_disputed(real_data) -> None:
    files = sorted((real_data / "ibm_ar").glob("*.csv"))
    ledger = import_ledger(files, read_mapping("examples/mappings/ibm_ar.yaml"))
    assert not [c for c in ledger.tables["invoices"].column_names if "disput" in c]
    settings = iml.TrainingSettings(judge_from="2013-01-01", n_bootstrap=100)

    model = iml.train(ledger, iml.Target(level="invoice", event="late", dpd=1), settings=settings)

    assert model.judgement.value("auc") >= 0.855
