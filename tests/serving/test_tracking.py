"""Runs in a real MLflow: what is logged, what is not, who becomes champion, and a model served over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml import tracking
from inadimplencia_ml.errors import CallError, MissingExtraError

HOUSE = Path(__file__).resolve().parents[2]
AS_OF = "2025-06-30"
SECONDS = 120  # a busy machine is no reason to fail


def mlflow_there() -> None:
    pytest.importorskip("mlflow", reason="runs and registry need the extra mlflow")


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    mlflow_there()
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'mlflow.db'}"


@pytest.fixture(scope="module")
def logged(uri: str, sample_model: iml.Model, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with contextlib.chdir(tmp_path_factory.mktemp("artifacts")):
        yield iml.track(sample_model, uri)


class Logged(NamedTuple):
    """Where a run and its model are."""

    run_id: str
    model_uri: str


def artifacts(uri: str, logged: Any, folder: Path) -> list[Path]:
    """All that a run left behind, its model's files too."""
    import mlflow

    client = mlflow.MlflowClient(uri)
    mlflow.set_tracking_uri(uri)
    client.download_artifacts(logged.run_id, "", str(folder))
    mlflow.artifacts.download_artifacts(logged.model_uri, dst_path=str(folder / "model"))
    return [path for path in folder.rglob("*") if path.is_file()]


def test_only_one_room_knows_mlflow() -> None:
    src = HOUSE / "src" / "inadimplencia_ml"
    found = [p.name for p in src.rglob("*.py") if re.search(r"^\s*(import|from) mlflow", p.read_text("utf-8"), re.M)]

    assert found == ["tracking.py"]


def test_without_mlflow_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'inadimplencia-ml\[mlflow\]'"):
        tracking.promote("sqlite:///nowhere.db")


@long_run
def test_a_run_tells_target_split_settings_figures_and_digests(uri: str, logged: Any, sample_model: iml.Model) -> None:
    import mlflow

    run = mlflow.MlflowClient(uri).get_run(logged.run_id)
    auc = sample_model.judgement.metrics.query("model == 'model' and metric == 'auc'").iloc[0]
    params, metrics, tags = run.data.params, run.data.metrics, run.data.tags

    assert [params[k] for k in ("target.dpd", "target.horizon_days", "cut")] == ["30", "90", "2025-03-31"]
    assert params["judged_on"] == sample_model.bundle.manifest.judged_on
    assert params["training.candidates"] == "['scorecard']"
    assert [metrics[k] for k in ("auc", "auc_low", "auc_high")] == [auc["value"], auc["low"], auc["high"]]
    assert metrics["log_loss_less_prevalence_high"] < 0
    assert tags["inadimplencia.digest"] == sample_model.digest
    assert tags["inadimplencia.data_digest"] == sample_model.bundle.manifest.data_digest
    assert re.fullmatch(r"[0-9a-f]{64}", tags["inadimplencia.catalogue"])
    assert logged.version == 1


@long_run
def test_tables_plots_and_model_are_kept_and_nothing_of_a_client(
    uri: str, logged: Any, sample: iml.Ledger, tmp_path: Path
) -> None:
    files = artifacts(uri, logged, tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in files}
    invoices = sample.frame("invoices")
    ids = {*invoices["client_id"].astype(str), *invoices["invoice_id"].astype(str)}
    written = b" ".join(path.read_bytes() for path in files).decode("utf-8", "replace")

    assert {"judgement/metrics.csv", "judgement/julgamento.txt", "plots/calibration.png", "plots/ratings.png"} <= names
    assert "model/artifacts/bundle/manifest.json" in names
    assert [name for name in names if name.endswith((".pkl", ".pickle"))] == []
    assert ids & set(re.split(r"[^\w./-]+", written)) == set()


@long_run
def test_the_logged_model_scores_as_the_bundle_does(
    logged: Any, uri: str, sample: iml.Ledger, sample_model: iml.Model
) -> None:
    import mlflow

    mlflow.set_tracking_uri(uri)
    loaded = mlflow.pyfunc.load_model(logged.model_uri)
    scores = sample_model.score(sample, AS_OF)
    told = scores[scores["state"] == "scoreable"].reset_index(drop=True)
    answer = loaded.predict(iml.build_features(sample, told[["client_id", "as_of"]]), params={"lang": "en"})

    np.testing.assert_array_equal(answer["probability"], told["probability"])
    assert answer["segment"].tolist() == told["segment"].tolist()
    example = loaded.metadata.load_input_example(logged.model_uri)
    assert 0 < loaded.predict(example)["probability"][0] < 1


@long_run
def test_a_challenger_must_win_outside_its_interval(
    uri: str, logged: Any, sample_model: iml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = iml.promote(uri)
    assert (first.version, first.former) == (logged.version, None)
    assert first.high < 0
    with pytest.raises(CallError, match="has no challenger"):
        iml.promote(uri)

    second = again(uri, sample_model, previous="another")
    with pytest.raises(CallError, match=f"version {second} was not compared with version 1, the champion"):
        iml.promote(uri)
    even = again(uri, sample_model, previous=sample_model.digest, less=(-0.001, -0.01, 0.008))
    with pytest.raises(
        CallError, match=rf"version {even} of 'inadimplencia' does not win.*-0\.0010, interval -0\.0100"
    ):
        iml.promote(uri)
    better = again(uri, sample_model, previous=sample_model.digest, less=(-0.02, -0.03, -0.01))
    won = iml.promote(uri)
    assert (won.version, won.former, won.high) == (better, 1, -0.01)
    with pytest.raises(CallError, match="the model 'none' has no challenger"):
        iml.promote(uri, name="none")


def again(uri: str, model: iml.Model, previous: str, less: tuple[float, ...] = ()) -> int:
    """A further version that was compared with ``previous``, without its model: the registry is what is tried."""
    import mlflow

    client = mlflow.MlflowClient(uri, registry_uri=uri)
    held = client.get_experiment_by_name("inadimplencia")
    assert held is not None
    run = client.create_run(held.experiment_id)
    for end, value in zip(("", "_low", "_high"), less, strict=False):
        client.log_metric(run.info.run_id, f"log_loss_less_previous{end}", value)
    made = client.create_model_version("inadimplencia", "models", run.info.run_id)
    tags = {"target": model.target.name, "digest": "d" * 64, "previous": previous}
    for key, value in tags.items():
        client.set_model_version_tag("inadimplencia", made.version, f"inadimplencia.{key}", value)
    client.set_registered_model_alias("inadimplencia", "challenger", made.version)
    return int(made.version)


# --- families --------------------------------------------------------------------------------------------------------


@long_run
def test_a_family_is_one_run_with_a_run_for_each_member_and_is_served_whole(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.chdir(tmp_path)
    book = iml.generate_book(160, random_state=8, start="2023-09-01", end="2025-03-31")
    ledger = iml.Ledger(**book.tables, known_until="2025-03-31")
    settings = iml.TrainingSettings(n_bootstrap=50, judge_bads=10, candidates=("scorecard",))
    targets = {"pd30": iml.Target(), "pd60": iml.Target(dpd=60)}
    family = iml.train_family(ledger, targets, settings=settings, mlflow=uri)
    client = mlflow.MlflowClient(uri)
    version = client.get_model_version_by_alias(tracking.FAMILY_NAME, tracking.CHALLENGER)
    whole = client.get_run(version.run_id)
    below = client.search_runs(
        [whole.info.experiment_id], f"tags.`mlflow.parentRunId` = '{whole.info.run_id}'", order_by=["created DESC"]
    )
    members = {run.info.run_name: run.data for run in below}

    assert sorted(members) == ["pd30", "pd60"]
    assert whole.data.tags["inadimplencia.digest"] == family.digest
    assert whole.data.params["pd60.target"] == "client_default_60d_in_90d"
    for name, run in members.items():
        assert run.params["target.dpd"] == name.removeprefix("pd")
        assert run.metrics["auc"] == whole.data.metrics[f"{name}.auc"] == family.members[name].judgement.value("auc")
    less = [run.metrics["log_loss_less_prevalence_high"] for run in members.values()]
    assert whole.data.metrics["log_loss_less_prevalence_high"] == pytest.approx(sum(less))
    files = artifacts(uri, Logged(whole.info.run_id, f"models:/{version.name}/{version.version}"), tmp_path / "kept")
    names = {path.relative_to(tmp_path / "kept").as_posix() for path in files}
    assert {"judgement/agreement.csv", "model/artifacts/bundle/family.json"} <= names
    written = b" ".join(path.read_bytes() for path in files).decode("utf-8", "replace")
    invoices = book.tables["invoices"]
    assert {*invoices["client_id"], *invoices["invoice_id"]} & set(re.split(r"[^\w./-]+", written)) == set()
    mlflow.set_tracking_uri(uri)
    served = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}")
    example = served.predict(served.metadata.load_input_example(f"models:/{version.name}/{version.version}"))
    assert example["member"].tolist() == ["pd30", "pd60"]
    assert example["probability"].iloc[0] >= example["probability"].iloc[1]


def test_a_family_is_not_compared_with_one_model(sample_model: iml.Model) -> None:
    with pytest.raises(CallError, match="a family with a family"):
        iml.track(iml.ModelFamily.of({"pd30": sample_model}, {}), "sqlite:///never.db", previous=sample_model)


# --- real servers ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def server(words: list[str], port: int, folder: Path, ready: str, **environment: str) -> Iterator[str]:
    """A server of MLflow on the loopback, ended by the id of its process."""
    command = [sys.executable, "-m", "mlflow", *words, "--host", "127.0.0.1", "--port", str(port)]
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # where MLflow finds uvicorn
    with (folder / f"{port}.log").open("wb") as log:
        running = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env={**os.environ, **path, **environment},
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + SECONDS
            while time.monotonic() < end and running.poll() is None:
                with contextlib.suppress(OSError), urllib.request.urlopen(address + ready, timeout=5):
                    yield address
                    return
                time.sleep(0.3)
            pytest.fail((folder / f"{port}.log").read_text(encoding="utf-8", errors="replace")[-2000:])
        finally:
            for signal in (15, 9):  # a busy server may not hear the first
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, signal)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(10)


def asked(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        address + "/invocations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.loads(answer.read())


@long_run
@pytest.mark.slow
def test_a_tracking_server_keeps_a_run_and_a_model_server_answers_over_http(
    sample_model: iml.Model, sample: iml.Ledger, tmp_path: Path
) -> None:
    mlflow_there()
    store = ["server", "--backend-store-uri", f"sqlite:///{tmp_path / 'store.db'}", "--workers", "1"]
    store += ["--artifacts-destination", str(tmp_path / "kept")]
    with server(store, free_port(), tmp_path, "/health", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false") as at:
        logged = iml.track(sample_model, at)
        serve = ["models", "serve", "-m", logged.model_uri, "--env-manager", "local", "--workers", "1"]
        scores = sample_model.score(sample, AS_OF, texts=True)
        told = scores[scores["state"] == "scoreable"].head(5).reset_index(drop=True)
        features = iml.build_features(sample, told[["client_id", "as_of"]]).drop(columns=["client_id", "as_of"])
        with server(serve, free_port(), tmp_path, "/ping", MLFLOW_TRACKING_URI=at) as model_at:
            split = json.loads(features.to_json(orient="split"))
            answer = pd.DataFrame(asked(model_at, {"dataframe_split": split})["predictions"])
            invoice = {"client_id": 1, "invoice_id": 1, "issue_date": "2025-06-02", "due_date": "2025-07-02"}
            records = {"invoices": [{**invoice, "amount": 950.0}]}
            one = {"dataframe_records": [{"records": json.dumps(records), "as_of": AS_OF}]}
            (alone,) = asked(model_at, one)["predictions"]
            with pytest.raises(urllib.error.HTTPError):
                asked(model_at, {"dataframe_records": [{"ledger": "/", "as_of": AS_OF}]})

    np.testing.assert_allclose(answer["probability"], told["probability"], rtol=1e-12)
    for name in ("score", "segment", "reason_1", "text_1"):
        assert answer[name].fillna("").tolist() == told[name].astype(object).fillna("").tolist()
    assert alone["probability"] == pytest.approx(sample_model.score_one(records, AS_OF)["probability"], rel=1e-12)
