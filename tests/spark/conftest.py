"""One Spark for all tests of this folder: a local session of two cores that also serves Spark Connect, on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_spark import SETTINGS, Served, free_port, needs_spark
from sample_book import Sample, sample_book


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


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_book(tmp_path_factory.mktemp("sample"))
