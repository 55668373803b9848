"""The example applications run as they are."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import inadimplencia_ml as iml
from effort import long_run

AS_OF = "2025-06-30"


def test_the_endpoint_scores_and_says_what_is_wrong(
    house: Path, sample_model: iml.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastapi", reason="the endpoint needs fastapi")
    pytest.importorskip("httpx", reason="fastapi's test client needs httpx")
    from fastapi.testclient import TestClient

    monkeypatch.setenv("MODEL", str(house / "models" / "sample"))
    client = TestClient(runpy.run_path(str(house / "examples" / "fastapi_app.py"))["app"])
    invoice = {"client_id": 1, "invoice_id": 1, "issue_date": "2025-06-02", "due_date": "2025-07-02", "amount": 950.0}
    right = client.post("/score", json={"as_of": AS_OF, "records": {"invoices": [invoice]}})
    wrong = client.post("/score", json={"as_of": AS_OF, "records": {"invoices": [{**invoice, "amount": -1}]}})

    assert right.status_code == 200
    assert right.json() == sample_model.score_one({"invoices": [invoice]}, AS_OF)
    assert wrong.status_code == 422
    assert "row 0, amount" in wrong.json()["detail"]
    assert client.get("/health").json() == {"model_version": sample_model.version}


def test_the_flow_around_sql_keeps_scores_and_decisions_in_the_database(
    house: Path, sample: iml.Ledger, sample_model: iml.Model, tmp_path: Path
) -> None:
    invoices = sample.frame("invoices").drop_duplicates("invoice_id")  # noqa: F841  # read by DuckDB
    payments, clients = sample.frame("payments"), sample.frame("clients")  # noqa: F841
    bureau = sample.frame("attributes/bureau")  # noqa: F841
    names = "client_id AS cliente, invoice_id AS titulo, issue_date AS emissao, due_date AS vencimento, amount AS valor"
    with duckdb.connect(str(tmp_path / "books.duckdb")) as db:
        db.sql(f"CREATE TABLE titulos AS SELECT {names} FROM invoices")
        db.sql(
            "CREATE TABLE baixas AS SELECT invoice_id AS titulo, payment_date AS pago_em, amount AS valor FROM payments"
        )
        db.sql("CREATE TABLE clientes AS SELECT client_id AS cliente, * EXCLUDE (client_id) FROM clients")
        db.sql("""CREATE TABLE bureau AS SELECT client_id AS cliente, known_on AS consultado_em,
               * EXCLUDE (client_id, known_on) FROM bureau""")
    flow = runpy.run_path(str(house / "examples" / "duckdb_flow.py"))["run"]
    report = flow(str(tmp_path / "books.duckdb"), str(house / "models" / "sample"), AS_OF)

    with duckdb.connect(str(tmp_path / "books.duckdb")) as db:
        kept = db.sql("SELECT model_version, count(*) FROM scores GROUP BY ALL").fetchall()
        (decided,) = db.sql("SELECT count(*) FROM decisions").fetchall()
    assert [version for version, _ in kept] == [sample_model.version]
    assert sum(row[1] for row in report) == kept[0][1] == decided[0] > 100
    assert {row[0] for row in report} <= {"low", "medium", "high", "none"}


@long_run
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_daily_job_writes_a_day_and_ends_with_the_right_code(house: Path, tmp_path: Path) -> None:
    script, sample = house / "examples" / "daily_batch.sh", house / "data" / "sample"
    environment = {**os.environ, "INADIMPLENCIA": f"{sys.executable} -m inadimplencia_ml"}

    def job(*words: object) -> subprocess.CompletedProcess[str]:
        command = ["bash", str(script), *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    done = job(sample, house / "models" / "sample", tmp_path / "runs", AS_OF)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "runs" / AS_OF / "scores.parquet")) > 100
    assert [f.name for f in (tmp_path / "runs").iterdir() if f.name.startswith(".work")] == []
    assert job(sample).returncode == 2
    assert job(tmp_path, house / "models" / "sample", tmp_path / "runs", AS_OF).returncode == 1
