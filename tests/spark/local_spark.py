"""What a Spark of the tests is set to, and whether there can be one."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from typing import Any

import pytest

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


def needs_spark() -> None:
    """Skips where Spark cannot run at all; CI installs both."""
    pytest.importorskip("pyspark", reason="needs pyspark: pip install 'inadimplencia-ml[spark]'")
    if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
        pytest.skip("needs Java 17: apt-get install openjdk-17-jre-headless")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
