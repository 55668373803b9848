"""How the verbs features and score work on Spark: with the session that the environment asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from inadimplencia_ml.cli.show import print_json, print_text, steps
from inadimplencia_ml.cli.snapshot_options import SnapshotOptions

__all__ = ["Engine", "features_with_spark", "on_spark", "score_with_spark"]

_WORDS = ("local", "spark")
Engine = Annotated[
    str, typer.Option(help="local, or spark: the cluster of spark-submit, of SPARK_REMOTE, or this machine.")
]


def on_spark(engine: str) -> bool:
    """Whether a verb is to work on Spark.

    Raises
    ------
    typer.BadParameter
        There is no such engine.
    """
    if engine not in _WORDS:
        raise typer.BadParameter(f"--engine {engine!r} is unknown. Known: {', '.join(_WORDS)}.")
    return engine == "spark"


def features_with_spark(
    ledger: Path, out: Path, options: SnapshotOptions, families: Any, custom: Any, *, json: bool
) -> None:
    """What the verb features does on Spark."""
    from inadimplencia_ml.spark.session import session
    from inadimplencia_ml.spark.writing import write_features

    with steps(json) as tell:
        tell("starting Spark")
        session()
        how: dict[str, Any] = {"families": families, "custom": custom}
        if options.as_of is not None:
            asked, how["as_of"] = None, [day.strip() for day in options.as_of.split(",")]
        else:
            asked = options.table_or_maker()
        rows, columns = write_features(ledger, out, asked, tell, **how)
    if json:
        print_json({"out": str(out), "snapshots": rows, "features": columns})
    else:
        print_text(f"{rows:,} snapshots, {columns} features -> {out}")


def score_with_spark(ledger: Path, model: Any, out: Path, options: SnapshotOptions, *, json: bool, **given: Any) -> Any:
    """What the verb score does on Spark; tells what it wrote."""
    from inadimplencia_ml.spark.session import session
    from inadimplencia_ml.spark.writing import write_scores

    table = None if options.file is None else options.table_or_maker()
    asked: dict[str, Any] = {"as_of": options.as_of, "snapshots": table, "at_issue": options.at_issue}
    with steps(json) as tell:
        tell("starting Spark")
        session()
        return write_scores(model, ledger, out, **asked, **given, tell=tell)
