"""One Spark for all tests of this folder: a local session of two cores that also serves Spark Connect, on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sample_book import Sample, sample_book

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "3",
    "spark.default.parallelism": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "500",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    # Tests are over before compiled code pays: the plan of a small table is quicker read than compiled.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.python.daemon.module": "daemon_with_imports",
}


@dataclass(frozen=True)
class Served:
    """A classic session, and where the same Spark answers as a Connect server."""

    session: Any
    url: str


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    needs_spark()
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    port, folder = free_port(), tmp_path_factory.mktemp("spark")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_LOCAL_DIRS", str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
        builder = SparkSession.builder.master("local[2]").config(map=SETTINGS)
        builder = builder.config("spark.plugins", "org.apache.spark.sql.connect.SparkConnectPlugin")
        builder = builder.config("spark.connect.grpc.binding.address", "127.0.0.1")
        session = builder.config("spark.connect.grpc.binding.port", str(port)).getOrCreate()
        server = SparkContext._gateway.proc  # type: ignore[union-attr]  # there as long as the session is
        try:
            yield Served(session, f"sc://127.0.0.1:{port}")
        finally:
            session.stop()
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="session")
def spark(served: Served) -> Any:
    return served.session


def needs_spark() -> None:
    """Skips where Spark cannot run at all; CI installs both."""
    pytest.importorskip("pyspark", reason="needs pyspark: pip install 'inadimplencia-ml[spark]'")
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        pytest.skip("needs Java 17: apt-get install openjdk-17-jre-headless")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_book(tmp_path_factory.mktemp("sample"))
