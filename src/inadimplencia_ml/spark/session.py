"""The session of Spark, classic or Connect, and what Spark reports as errors of ours."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from inadimplencia_ml.errors import BundleError, CallError, LedgerError, MissingExtraError, NotEnoughData, PolicyError

__all__ = ["functions", "plain_errors", "session"]

_OURS = re.compile(r"inadimplencia_ml\.errors\.(\w+): ([^\n]*)")
_SAID = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception): [^\n]+)", re.MULTILINE)
_JAVA = "\n\tat "
_ASKED_FOR = ("SPARK_REMOTE", "PYSPARK_GATEWAY_PORT")
"""Who set one of these has a session in mind: a server of Connect, or spark-submit."""
_KINDS = {kind.__name__: kind for kind in (BundleError, CallError, LedgerError, NotEnoughData, PolicyError)}


def session() -> Any:
    """The session that is there; else what the environment asks for: spark-submit, SPARK_REMOTE, or this machine.

    Raises
    ------
    MissingExtraError
        pyspark or Java is missing.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtraError.of("pyspark", "spark") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # that Spark does not know pandas 3: here it meets none
            return SparkSession.getActiveSession() or _begun(SparkSession.builder)
    except (PySparkException, FileNotFoundError) as error:
        text = str(error).splitlines()[0]
        raise MissingExtraError(
            f"Spark could not be started ({text}). Without a cluster it needs Java 17 or later: on Debian or Ubuntu "
            "'sudo apt-get install openjdk-17-jre-headless' brings it."
        ) from error


def _begun(builder: Any) -> Any:
    """A session as the environment asks for it; on this machine with this interpreter, and without Java's own log."""
    if any(name in os.environ for name in _ASKED_FOR):
        return builder.getOrCreate()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the first one found, which may lack the library
    return builder.config("spark.log.level", "OFF").config("spark.ui.showConsoleProgress", "false").getOrCreate()


def functions() -> Any:
    """The functions over Spark's columns.

    Raises
    ------
    MissingExtraError
        pyspark is missing.
    """
    try:
        from pyspark.sql import functions as of_spark
    except ImportError:
        raise MissingExtraError.of("pyspark", "spark") from None
    return of_spark


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Within the block, an error of ours that a worker met is raised as itself, and one of Spark's as a `CallError`."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        text = str(error)
        for name, said in _OURS.findall(text)[-1:]:
            raise _KINDS.get(name, CallError)(said.strip()) from error
        said = _SAID.findall(text.partition(_JAVA)[0])  # the last is what a worker met
        raise CallError(f"Spark: {said[-1] if said else text.strip().splitlines()[0]}") from error
