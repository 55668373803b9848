"""From a model or a score of another house to scores, reasons and a plan, on days it has not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import inadimplencia_ml as iml
from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData

QUICK = iml.TrainingSettings(n_bootstrap=50, judge_bads=20)
CUT = "2024-01-31"
READ = ["late_share_365d", "days_late_mean_365d", "overdue_amount", "on_time_streak", "tenure_days"]


@pytest.fixture(scope="module")
def ledger() -> iml.Ledger:
    book = iml.generate_book(260, random_state=8, start="2022-09-01", end="2025-03-31")
    bureau = book.attributes["bureau"]
    unasked = bureau["client_id"].str[-1].isin(["3", "7"])  # a bureau that was never asked about a fifth of the clients
    return iml.Ledger(**book.tables, attributes={"bureau": bureau[~unasked]}, known_until="2025-03-31")


@pytest.fixture(scope="module")
def rows(ledger: iml.Ledger) -> tuple[pd.DataFrame, pd.Series]:
    """What somebody fitted on, by the plain functions: month ends whose outcomes were known at the cut."""
    known = ledger.known_at(CUT)
    snapshots = iml.make_snapshots(known, every="month", from_="2022-12-01", to="2023-10-31")
    event = iml.label(known, snapshots, iml.Target(), labels_known_at=CUT)["event"]
    kept = event.notna().to_numpy()
    return iml.build_features(known, snapshots)[kept], event[kept].astype(int)


@pytest.fixture(scope="module")
def linear(rows):
    x, y = rows
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(x[READ], y)


@pytest.fixture(scope="module")
def wrapped(ledger: iml.Ledger, linear) -> iml.Model:
    return iml.wrap(linear, ledger, fitted_to=CUT, settings=QUICK)


def test_a_wrapped_model_goes_the_whole_way_to_the_plan(ledger: iml.Ledger, wrapped: iml.Model) -> None:
    scores = wrapped.score(ledger, as_of="2025-03-31", texts=True)
    plan = iml.decide(iml.Policy.default(), scores, ledger, as_of="2025-03-31")
    scored = scores[scores["state"] == "scoreable"]

    assert len(plan.decisions) == len(scores)
    assert scored["probability"].between(0, 1).all()
    assert (scored["probability_low"] <= scored["probability"]).all()
    assert (scored["probability"] <= scored["probability_high"]).all()
    assert scored["rating"].notna().all()
    assert scored["reason_1"].notna().any()
    assert scores.loc[scores["state"] == "already_bad", "probability"].isna().all()
    assert wrapped.judgement.value("auc") > 0.6
    assert "O que pesa contra" in str(wrapped.explain(ledger, scored["client_id"].iloc[0], "2025-03-31"))


def test_the_columns_of_a_scored_client_are_those_of_a_trained_model(ledger: iml.Ledger, wrapped: iml.Model) -> None:
    alone = iml.TrainingSettings(n_bootstrap=50, judge_bads=20, candidates=("scorecard",))
    trained = iml.train(ledger, settings=alone, previous=wrapped)

    ours, theirs = (model.score(ledger, as_of="2025-03-31") for model in (trained, wrapped))
    assert list(ours.columns) == list(theirs.columns)
    assert (ours.dtypes == theirs.dtypes).all()
    assert "previous" in set(trained.judgement.metrics["model"])


def test_nothing_that_the_model_has_seen_calibrates_or_judges_it(wrapped: iml.Model) -> None:
    manifest = wrapped.bundle.manifest

    assert manifest.judged_on.split("/")[0] > CUT
    assert manifest.settings["wrapped"] == {"kind": "scikit", "fitted_to": CUT, "reasons": True, "handed_in": True}
    judged_later = wrapped.judgement.facts["judged_from"]
    assert judged_later > CUT


def test_rows_up_to_the_fit_change_nothing_of_it(ledger: iml.Ledger, linear, wrapped: iml.Model) -> None:
    fewer = iml.wrap(linear, ledger, fitted_to=CUT, settings=QUICK.model_copy(update={"months": 14}))

    for name in ("event.calibration.json", "event.interval.json", "ratings.json"):
        assert fewer.bundle.parts[name] == wrapped.bundle.parts[name]


def test_a_wrapped_scikit_learn_model_is_handed_in_again(tmp_path, ledger: iml.Ledger, linear, wrapped, rows) -> None:
    folder = wrapped.save(tmp_path / "model")
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".txt", ".sha256"}
    read = iml.load_model(folder, model=linear)

    pd.testing.assert_frame_equal(read.score(ledger, as_of="2025-03-31"), wrapped.score(ledger, as_of="2025-03-31"))
    assert read.digest == wrapped.digest
    with pytest.raises(BundleError, match=r"load_model\(folder, model=fitted\)"):
        iml.load_model(folder)
    x, y = rows
    with pytest.raises(BundleError, match="answers otherwise"):
        iml.load_model(
            folder, model=make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.01)).fit(x[READ], y)
        )


def test_a_score_column_speaks_with_one_reason(tmp_path, ledger: iml.Ledger) -> None:
    model = iml.wrap("bureau_score", ledger, settings=QUICK)
    read = iml.load_model(model.save(tmp_path / "model"))
    scores = read.score(ledger, as_of="2025-03-31", texts=True)
    scored = scores[scores["state"] == "scoreable"].merge(
        iml.build_features(ledger, iml.make_snapshots(ledger, "2025-03-31"))[["client_id", "bureau_score"]]
    )

    told = scored.dropna(subset=["bureau_score"]).sort_values("bureau_score", ascending=False)
    assert (np.diff(told["probability"]) >= -1e-12).all()
    assert {"R16"} <= set(scores["reason_1"].dropna()) <= {"R16", "R17"}
    assert (
        scores.loc[scores["reason_1"] == "R16", "text_1"]
        == "A pontuação de crédito consultada fora da empresa reduziu o escore."
    ).all()
    missing = scored[scored["bureau_score"].isna()]
    assert len(missing) > 0
    assert missing["probability"].nunique() == 1
    assert not (missing["reason_1"] == "R16").any()


def test_a_score_that_is_said_to_point_the_wrong_way_is_refused(ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"higher='riskier', but among the [\d,]+ snapshots .* a higher score is safer"):
        iml.wrap("bureau_score", ledger, higher="riskier", settings=QUICK)


def test_where_reasons_are_not_exact_there_are_none_and_it_is_said(ledger: iml.Ledger, rows) -> None:
    x, y = rows
    forest = make_pipeline(SimpleImputer(), RandomForestClassifier(20, random_state=0)).fit(x[READ], y)
    model = iml.wrap(forest, ledger, fitted_to=CUT, settings=QUICK)
    scores = model.score(ledger, as_of="2025-03-31")
    client = scores.loc[scores["state"] == "scoreable", "client_id"].iloc[0]

    assert set(scores["reason_1"].dropna()) <= {"R17"}
    assert "não permite dizer com exatidão" in str(model.explain(ledger, client, "2025-03-31"))
    assert model.bundle.manifest.settings["wrapped"]["reasons"] is False


def test_a_model_of_invoices_is_wrapped_as_one_of_clients_is(ledger: iml.Ledger) -> None:
    known, target = ledger.known_at(CUT), iml.Target(level="invoice", event="late", dpd=5)
    snapshots = iml.make_snapshots(known, at_issue=True, from_="2023-01-01", to="2023-10-31")
    event = iml.label(known, snapshots, target, labels_known_at=CUT)["event"]
    kept, read = event.notna().to_numpy(), ["known_outcome_days_late_mean", "invoice_amount", "days_late_last"]
    x = iml.build_features(known, snapshots, families=["past"])[kept]
    fitted = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()).fit(
        x[read], event[kept].astype(int)
    )
    model = iml.wrap(fitted, ledger, target, fitted_to=CUT, settings=QUICK)

    assert model.wanted.families == ("past",)
    assert model.score(ledger, at_issue=True)["probability"].notna().any()


@pytest.mark.parametrize(
    ("names", "more", "words"),
    [
        (["late_share_356d"], {}, r"reads 'late_share_356d', which is no feature .* Did you mean 'late_share_365d'"),
        (
            ["client_uf", "late_share_365d"],
            {},
            "'client_uf' may not enter a credit score, by default: .*Fit it again without",
        ),
        (["contact_count_90d"], {}, r"of role treatment: .*settings=TrainingSettings\(treatment=True\)"),
        (["late_share_365d"], {"fitted_to": None}, "fitted_to is missing: the last day of which the model has seen"),
        (["late_share_365d"], {"fitted_to": "2025-03-31"}, "fitted_to 2025-03-31 is not before 2025-03-31"),
    ],
)
def test_what_may_not_be_wrapped_is_said(ledger: iml.Ledger, names, more, words: str) -> None:
    x = pd.DataFrame(np.random.default_rng(0).random((50, len(names))), columns=names)
    model = LogisticRegression().fit(x, np.arange(50) % 2)

    with pytest.raises(CallError, match=words):
        iml.wrap(model, ledger, **{"fitted_to": CUT, "settings": QUICK} | more)


def test_too_little_after_the_fit_is_told_with_the_counts(ledger: iml.Ledger, linear) -> None:
    with pytest.raises(NotEnoughData, match=r"\d+ bad and \d+ good among the mature snapshots after 2024-11-01"):
        iml.wrap(linear, ledger, fitted_to="2024-11-01", settings=QUICK)


def test_an_unknown_score_column_is_said_with_the_near_name(ledger: iml.Ledger) -> None:
    with pytest.raises(CallError, match=r"reads 'bureau_scroe', which is no feature .*'bureau_score'"):
        iml.wrap("bureau_scroe", ledger, settings=QUICK)
