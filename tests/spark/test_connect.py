"""Spark Connect: a client without Java of its own gets the same rows, to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from local_spark import SETTINGS, Served, free_port, needs_spark
from sample_book import DAY, Sample, same

from effort import long_run

CLIENT = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from pyspark import SparkContext
import inadimplencia_ml as iml

ledger, model, history, day, out = sys.argv[1:]
book = iml.SparkLedger.read(ledger)
made = iml.score_on_spark(model, book, day, policy=iml.Policy.default(), history=history).kept()
for name in made.names:
    pq.write_table(made[name].toArrow(), Path(out) / f"{name}.parquet")
made.let_go()
print(type(book.spark).__module__, SparkContext._active_spark_context)
"""


def looked_at_by_a_client(url: str, sample: Sample, out: Path) -> None:
    """A process that knows only where the server is; what it was handed is held against memory."""
    env = {**os.environ, "SPARK_REMOTE": url, "JAVA_HOME": "/nowhere"}
    words = [sys.executable, "-W", "ignore", "-c", CLIENT, sample.folder, sample.model, sample.history, DAY, out]
    ran = subprocess.run(list(map(str, words)), env=env, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert ran.stdout.split() == ["pyspark.sql.connect.session", "None"]
    for name, expected in sample.tables.items():
        same(pq.read_table(out / f"{name}.parquet"), expected)


@long_run
def test_a_client_of_spark_connect_gets_the_rows_of_memory(served: Served, sample: Sample, tmp_path: Path) -> None:
    looked_at_by_a_client(served.url, sample, tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A server as an administrator starts it, in a process of its own, ended by its number."""
    needs_spark()
    import pyspark

    port, home = free_port(), Path(pyspark.__file__).parent
    settings = SETTINGS | {"spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": port}
    words = [home / "bin" / "spark-submit", "--master", "local[2]"]
    words += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"]
    env = {
        **os.environ,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(tmp_path),
    }
    env.pop("SPARK_REMOTE", None)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(list(map(str, words)), env=env, stdout=log, stderr=log)
    try:
        _until_it_answers(port, process)
        yield f"sc://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    import socket

    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail("the server does not answer")


@long_run
def test_a_server_in_a_process_of_its_own_gives_the_rows_of_memory(server: str, sample: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    looked_at_by_a_client(server, sample, out)
