"""A family in the registry: what makes it the champion, and what does not."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.tracking import CHALLENGER, CHAMPION, FAMILY_NAME, NAME

pytest.importorskip("mlflow", reason="runs and registry need the extra mlflow")


NOTHING = {"columns": [], "rows": []}
ABOUT = {"facts": {"judged_from": "2025-01-01", "judged_to": "2025-03-31"}, "agreement": NOTHING, "pairs": NOTHING}
"""What is kept of a family whose members were never compared with each other."""


def store(folder: Path) -> str:
    return f"sqlite:///{folder / 'mlflow.db'}"


def compared(uri: str, version: int, *ends: float) -> None:
    """What the run of a version says of its log loss less the champion's."""
    import mlflow

    client = mlflow.MlflowClient(uri, registry_uri=uri)
    run = client.get_model_version(FAMILY_NAME, str(version)).run_id
    for end, value in zip(("", "_low", "_high"), ends, strict=True):
        client.log_metric(run, f"log_loss_less_previous{end}", value)


def at(uri: str, alias: str) -> int:
    import mlflow

    return int(mlflow.MlflowClient(uri, registry_uri=uri).get_model_version_by_alias(FAMILY_NAME, alias).version)


@long_run
def test_a_family_becomes_the_champion_as_one_model_does(sample_model: iml.Model, tmp_path: Path) -> None:
    uri, family = store(tmp_path), iml.ModelFamily.of({"pd30": sample_model}, ABOUT)
    ends = sample_model.judgement.metrics.query("model == 'prevalence' and metric == 'log_loss'")
    with contextlib.chdir(tmp_path):
        first = iml.track(family, uri)
        with pytest.raises(CallError, match=f"the model '{NAME}' has no challenger"):
            iml.promote(uri)  # a family is no version of the one model
        champion = iml.promote(uri, name=FAMILY_NAME)
        assert (champion.name, champion.version, champion.former) == (FAMILY_NAME, first.version, None)
        assert champion.high == ends["difference_high"].item() < 0

        other = iml.track(iml.ModelFamily.of({"pd60": sample_model}, ABOUT), uri, previous=family)
        with pytest.raises(CallError, match=r"the challenger's target is pd60:client_default_30d_in_90d"):
            iml.promote(uri, name=FAMILY_NAME)
        alone = iml.track(family, uri)
        with pytest.raises(CallError, match=f"version {alone.version} was not compared with version {first.version}"):
            iml.promote(uri, name=FAMILY_NAME)
        second = iml.track(family, uri, previous=family)
        with pytest.raises(CallError, match=f"version {second.version} .* holds no comparison with the champion"):
            iml.promote(uri, name=FAMILY_NAME)
        compared(uri, second.version, -0.01, -0.03, 0.002)
        with pytest.raises(CallError, match=r"does not win.*interval -0\.0300 to \+0\.0020"):
            iml.promote(uri, name=FAMILY_NAME)
        assert (at(uri, CHAMPION), at(uri, CHALLENGER)) == (first.version, second.version)
        compared(uri, second.version, -0.02, -0.03, -0.001)
        won = iml.promote(uri, name=FAMILY_NAME)

    assert (won.version, won.former, won.high) == (second.version, first.version, -0.001)
    assert at(uri, CHAMPION) == second.version != other.version


@long_run
def test_a_family_of_one_is_logged_as_it_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    book = iml.generate_book(160, random_state=8, start="2023-09-01", end="2025-03-31")
    ledger = iml.Ledger(**book.tables, known_until="2025-03-31")
    settings = iml.TrainingSettings(n_bootstrap=50, judge_bads=10, candidates=("scorecard",))
    family = iml.train_family(ledger, {"pd30": iml.Target()}, settings=settings, mlflow=store(tmp_path))
    client = mlflow.MlflowClient(store(tmp_path))
    version = client.get_model_version_by_alias(FAMILY_NAME, CHALLENGER)
    metrics = client.get_run(version.run_id).data.metrics

    assert version.tags["inadimplencia.digest"] == family.digest
    assert metrics["pd30.auc"] == family.members["pd30"].judgement.value("auc")
    assert metrics["log_loss_less_prevalence_high"] == metrics["pd30.log_loss_less_prevalence_high"]
    assert not any(name.startswith("agreement_") for name in metrics)
