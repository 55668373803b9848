"""A family of models: each what plain training makes of it, together in agreement for every client that is scored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.model_family import ModelFamily, reads_treatment
from inadimplencia_ml.risk.scale import score_raw
from inadimplencia_ml.training.settings import read_settings_and_targets

QUICK = iml.TrainingSettings(
    n_bootstrap=50,
    judge_bads=10,
    candidates=("scorecard",),
    margin_rate=0.1,
    loss_given_default=0.6,
    approval_rate=0.7,
)
AS_OF = "2025-02-28"
TARGETS = {
    "pd30": iml.Target(),
    "pd60": iml.Target(dpd=60),
    "pd30_soon": iml.Target(horizon_days=60),
    "pd30_treated": {"dpd": 30, "horizon_days": 90, "treatment": True},
}


@pytest.fixture(scope="module")
def ledger() -> iml.Ledger:
    book = iml.generate_book(200, random_state=8, start="2023-06-01", end="2025-03-31")
    return iml.Ledger(**book.tables, known_until="2025-03-31")


@pytest.fixture(scope="module")
def family(ledger: iml.Ledger) -> ModelFamily:
    return iml.train_family(ledger, TARGETS, settings=QUICK)


@pytest.fixture(scope="module")
def scores(family: ModelFamily, ledger: iml.Ledger) -> pd.DataFrame:
    return family.score(ledger, AS_OF)


def wide(scores: pd.DataFrame, column: str) -> pd.DataFrame:
    return scores.pivot(index="client_id", columns="member", values=column)


def test_each_member_is_the_model_that_plain_training_makes(ledger: iml.Ledger, family: ModelFamily) -> None:
    member = family.members["pd60"]
    recorded = member.bundle.manifest.settings["training"]
    alone = iml.train(ledger, TARGETS["pd60"], settings=QUICK.changed(judge_from=recorded["judge_from"]))

    assert alone.digest == member.digest


def test_a_family_of_one_says_what_the_plain_model_says(ledger: iml.Ledger, family: ModelFamily) -> None:
    member = family.members["pd30"]
    one = ModelFamily.of({"pd30": member}, family.about)
    plain = member.score(ledger, AS_OF, texts=True)
    told = one.score(ledger, AS_OF, texts=True)

    pd.testing.assert_frame_equal(told[plain.columns], plain, check_exact=True)
    assert told.attrs == plain.attrs


def test_margin_loss_and_approval_rate_reach_the_judgement(family: ModelFamily) -> None:
    judged = family.members["pd30"].judgement

    assert {k: judged.facts[k] for k in ("margin_rate", "loss_given_default", "approval_rate")} == {
        "margin_rate": 0.1,
        "loss_given_default": 0.6,
        "approval_rate": 0.7,
    }
    assert judged.approvals["margin"].notna().all()
    with pytest.raises(ValueError, match="margin_rate and loss_given_default go together"):
        QUICK.changed(margin_rate=None)


def test_all_members_are_judged_from_one_day_that_is_new_to_all(family: ModelFamily) -> None:
    start = {m.bundle.manifest.judged_on.split("/")[0] for m in family.members.values()}

    assert start == {family.judgement.facts["judged_from"]}


def test_the_implied_event_is_never_less_probable_and_neither_is_its_interval(
    family: ModelFamily, scores: pd.DataFrame
) -> None:
    state = wide(scores, "state").where(wide(scores, "probability").notna())
    assert family.implied() == [["pd30_soon", "pd30"], ["pd60", "pd30"]]
    for kind in ("scoreable", "already_bad"):
        for rarer, likelier in family.implied(kind):
            both = (state[rarer] == kind) & (state[likelier] == kind)
            assert both.any() or kind == "already_bad"
            for column in ("probability", "probability_low", "probability_high"):
                one, other = wide(scores, column)[rarer], wide(scores, column)[likelier]
                assert (one[both] <= other[both]).all(), (rarer, likelier, column)
    crossed = wide(scores, "probability_alone")
    assert (crossed["pd30_soon"] > crossed["pd30"]).any()


def test_points_rating_segment_and_interval_are_those_of_the_moved_probability(
    family: ModelFamily, scores: pd.DataFrame
) -> None:
    moved = scores[scores["probability"].notna() & (scores["probability"] != scores["probability_alone"])]
    assert len(moved) > 20
    told = scores[scores["probability"].notna()]

    np.testing.assert_array_equal(told["score_raw"], score_raw(told["probability"]))
    assert (told["score"] == told["score_raw"].round()).all()
    assert (told["probability_low"] <= told["probability"]).all()
    assert (told["probability"] <= told["probability_high"]).all()
    for name, rows in moved[moved["state"] == "scoreable"].groupby("member"):
        bands = family.members[name].bands
        assert (rows["rating"].to_numpy() == bands.rating(rows["probability"].to_numpy())).all()
        assert (rows["segment"].to_numpy() == bands.segment(rows["probability"].to_numpy())).all()


def test_with_and_without_treatment_are_named_and_not_related(family: ModelFamily, scores: pd.DataFrame) -> None:
    alone = scores[scores["member"] == "pd30_treated"]

    assert family.treatment == {"pd30": False, "pd60": False, "pd30_soon": False, "pd30_treated": True}
    assert reads_treatment(family.members["pd30_treated"])
    pd.testing.assert_series_equal(alone["probability"], alone["probability_alone"], check_names=False)


def test_shuffled_members_give_the_same_answer_to_the_bit(
    family: ModelFamily, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    turned = ModelFamily.of(dict(reversed(family.members.items())), family.about)
    again = turned.score(ledger, AS_OF)

    assert turned.digest == family.digest
    by = ["client_id", "member"]
    pd.testing.assert_frame_equal(
        again.sort_values(by, ignore_index=True), scores.sort_values(by, ignore_index=True), check_exact=True
    )


def test_one_member_asked_for_is_in_agreement_with_all_and_fit_for_a_decision(
    family: ModelFamily, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    one = family.score(ledger, AS_OF, member="pd30")
    same = scores[scores["member"] == "pd30"].reset_index(drop=True)
    plan = iml.decide(iml.Policy.default(), one, ledger, as_of=AS_OF)

    pd.testing.assert_frame_equal(one, same, check_exact=True)
    assert len(plan.decisions) == len(one)
    with pytest.raises(CallError, match=r"no member 'pd03'\. Did you mean .*'pd30'"):
        family.score(ledger, AS_OF, member="pd03")


def test_earlier_scores_of_a_family_count_member_by_member(family: ModelFamily, ledger: iml.Ledger) -> None:
    early = family.score(ledger, "2024-12-31")
    late = family.score(ledger, AS_OF, history=early)
    silent = late[late["state"].isin(["no_exposure", "inactive"])]
    kept = early.set_index(["client_id", "member"])["segment"]
    met = [kept.get(key, "none") for key in zip(silent["client_id"], silent["member"], strict=True)]

    assert (silent["segment"].to_numpy() == np.array(met)).all()
    assert (silent["segment"] != "none").any()


def test_one_client_is_explained_with_the_agreed_probability(
    family: ModelFamily, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    row = scores[(scores["member"] == "pd30_soon") & scores["probability"].notna()].iloc[0]
    told = family.explain(ledger, row["client_id"], AS_OF, member="pd30_soon", lang="en")

    assert told.score == row["score"]
    assert "within 60 days" in told.text


def test_the_judgement_tells_how_far_agreement_moved_and_what_it_was_worth(family: ModelFamily) -> None:
    found = family.judgement
    lines, pairs = found.agreement.set_index("member"), found.pairs.set_index("rarer")

    assert list(lines.index) == [*sorted(TARGETS), "all"]
    assert (lines["log_loss"] - lines["log_loss_alone"]).to_numpy() == pytest.approx(lines["difference"].to_numpy())
    assert lines.loc["all", "difference"] <= 0
    assert lines.loc["pd30_treated", "moved"] == 0
    assert lines.loc["pd30", "moved"] >= pairs["crossed"].max()
    assert found.members["pd30"].value("log_loss") > 0
    for lang, words in (("pt", "O que a concordância mudou"), ("en", "What agreement changed")):
        assert words in found.text(lang)


def test_a_family_is_read_as_it_was_written(
    family: ModelFamily, ledger: iml.Ledger, scores: pd.DataFrame, tmp_path: Path
) -> None:
    kept = iml.load_family(family.save(tmp_path / "family"))

    assert kept.digest == family.digest
    assert kept.judgement.text("en") == family.judgement.text("en")
    pd.testing.assert_frame_equal(kept.score(ledger, AS_OF), scores, check_exact=True)
    assert iml.load_model(tmp_path / "family" / "pd60").digest == family.members["pd60"].digest
    family.save(tmp_path / "family")  # in place of the earlier one


def test_a_family_that_was_altered_or_mixed_is_refused(family: ModelFamily, tmp_path: Path) -> None:
    folder = family.save(tmp_path / "family")
    text = (folder / "family.json").read_text()

    (folder / "family.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(BundleError, match="altered since the family was written"):
        iml.load_family(folder)
    _sealed(folder, text.replace('"format": 1', '"format": 2'))
    with pytest.raises(BundleError, match="the format is 2; this version reads 1 to 1"):
        iml.load_family(folder)
    _sealed(folder, json.dumps(json.loads(text) | {"implied": []}))
    with pytest.raises(BundleError, match="ordered these targets otherwise"):
        iml.load_family(folder)
    _sealed(folder, text)
    shutil.rmtree(folder / "pd60")
    with pytest.raises(BundleError, match="'pd60' is missing from the family"):
        iml.load_family(folder)
    shutil.copytree(folder / "pd30", folder / "pd60")
    with pytest.raises(BundleError, match="pd60: is another model"):
        iml.load_family(folder)
    with pytest.raises(BundleError, match="other things than a family"):
        family.save(folder / "pd30")


def test_a_family_and_a_model_are_not_taken_for_one_another(family: ModelFamily, tmp_path: Path) -> None:
    folder = family.save(tmp_path / "family")

    for read in (iml.load_model, iml.load_payment_model):
        with pytest.raises(BundleError, match=r"family of models.*load_family\(folder\).*pd30, pd30_soon.*pd60\)"):
            read(folder)
    with pytest.raises(BundleError, match=r"no family of models.*, but one model: read it with load_model\(folder\)"):
        iml.load_family(folder / "pd30")
    with pytest.raises(BundleError, match=r"no family of models \(family.json and family.sha256\)$"):
        iml.load_family(tmp_path)


def _sealed(folder: Path, text: str) -> None:
    from inadimplencia_ml.storage import digest

    (folder / "family.json").write_text(text)
    (folder / "family.sha256").write_text(f"{digest(folder / 'family.json')}  family.json\n")


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ({}, "targets: there is none"),
        ({"a": {"dpdd": 3}}, r"targets: a: a target has no setting 'dpdd'\. Did you mean 'dpd'"),
        ({"a": {"dpd": 0}}, "targets: a: dpd: Input should be greater than or equal to 1"),
        ({"a": {"treatment": "yes"}}, "targets: a: treatment is 'yes'; expected true or false"),
        ({"a": 30}, "targets: a: expected a Target or its settings by name, got int"),
        ({"a": iml.Target(), "b": iml.Target()}, "targets: 'a' and 'b' are the same"),
        ([iml.Target(), iml.Target()], "client_default_30d_in_90d comes 2 times"),
        ([iml.Target(), iml.Target(level="invoice")], "the members of a family are of one level"),
        ({"a b": iml.Target()}, "'a b' cannot name a member"),
        ({"pd": iml.Target(), "PD": iml.Target(dpd=60)}, "'pd' and 'PD' differ in capitals alone"),
    ],
)
def test_targets_that_make_no_family_are_refused(ledger: iml.Ledger, targets, words: str) -> None:
    with pytest.raises(CallError, match=words):
        iml.train_family(ledger, targets, settings=QUICK)


def test_a_member_without_enough_cases_is_named(ledger: iml.Ledger) -> None:
    with pytest.raises(NotEnoughData, match=r"never: 0 bad and \d+ good .* at least 30 of each"):
        iml.train_family(ledger, {"some": iml.Target(), "never": iml.Target(min_amount=1e9)}, settings=QUICK)


def test_targets_of_a_file_are_read_beside_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "train.yaml"
    file.write_text("n_bootstrap: 60\ntargets:\n  a: {dpd: 30}\n  b: {dpd: 60, treatment: true}\n")
    settings, targets = read_settings_and_targets(file)

    assert settings == iml.TrainingSettings(n_bootstrap=60)
    assert targets == {"a": {"dpd": 30}, "b": {"dpd": 60, "treatment": True}}
    file.write_text("")
    assert read_settings_and_targets(file) == (iml.TrainingSettings(), None)
    file.write_text("margin_rate: 0.1")
    with pytest.raises(CallError, match="margin_rate and loss_given_default go together: give both, or none"):
        read_settings_and_targets(file)
