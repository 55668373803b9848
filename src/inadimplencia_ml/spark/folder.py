"""A ledger folder read by Spark: on a disk that this process sees too, or anywhere that Spark can reach."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.batch.inputs import digests_of_ledger
from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.folder import FORMAT, TIMEZONE, read_settings, table_files
from inadimplencia_ml.ledger.partitions import KIND, MANIFEST, PARTITIONED, Partitions, is_partitioned
from inadimplencia_ml.spark.session import functions, plain_errors, session
from inadimplencia_ml.spark.slots import named_type
from inadimplencia_ml.spark.spark_ledger import PLACE, ROW, SparkLedger

__all__ = ["frame_of_files", "ledger_of_folder", "spark_path"]


def ledger_of_folder(folder: str | Path, spark: Any = None) -> SparkLedger:
    """The ledger in a folder, as `SparkLedger.read`."""
    spark = session() if spark is None else spark
    if "://" in str(folder):
        return _elsewhere(str(folder).rstrip("/"), spark)
    place = Path(folder)
    return _partitioned(place, spark) if is_partitioned(place) else _in_one_piece(place, spark)


def _in_one_piece(folder: Path, spark: Any) -> SparkLedger:
    """A folder with a file, or a folder of files, for each table; those of the manifest have passed the door."""
    files, said = table_files(folder), read_settings(folder)
    sealed = {name: entry["sha256"] for name, entry in said.get("tables", {}).items()}
    found = digests_of_ledger(folder) if sealed else {}
    passed = {n: pq.read_schema(files[n]) for n, wanted in sealed.items() if found[f"{n}.parquet"] == wanted}
    frames = {name: frame_of_files(spark, [spark_path(path)], passed.get(name)) for name, path in files.items()}
    counts = {name: said["counts"][name] for name in passed}
    return SparkLedger.of_frames(frames, _settings(said), passed, counts, one_currency=False)


def _partitioned(folder: Path, spark: Any) -> SparkLedger:
    """A ledger in partitions: all its tables have passed the door."""
    digests_of_ledger(folder)  # a file that is not the one of the manifest is told
    parts = Partitions.read(folder)
    paths = {name: [spark_path(folder / place) for place in some] for name, some in _places(parts.manifest).items()}
    passed = {name: parts.schema(name) for name in paths}
    frames = {
        name: frame_of_files(spark, some, passed[name]) if some else spark.createDataFrame(passed[name].empty_table())
        for name, some in paths.items()
    }
    counts = {name: parts.manifest["counts"][name] for name in paths}
    return SparkLedger.of_frames(frames, _settings(parts.manifest), passed, counts, one_currency=False)


def _elsewhere(uri: str, spark: Any) -> SparkLedger:
    """A ledger that this process cannot read itself: as its manifest says, with every row through the door again."""
    with plain_errors():
        said = json.loads(spark.read.text(f"{uri}/{MANIFEST}", wholetext=True).first()[0])
    number = said.get("format") if isinstance(said, dict) and said.get("kind") == KIND else None
    if number not in (FORMAT, PARTITIONED):
        raise LedgerError(f"{uri}: ledger format {number!r} is unknown; this version reads {FORMAT} and {PARTITIONED}")
    one = {name: [f"{name}.parquet"] for name in said["tables"]}
    paths = one if number == FORMAT else {name: some for name, some in _places(said).items() if some}
    with plain_errors():
        frames = {name: frame_of_files(spark, [f"{uri}/{place}" for place in some]) for name, some in paths.items()}
    return SparkLedger.of_frames(frames, _settings(said), one_currency=False)


def _places(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The files with rows of each table of a ledger in partitions, in its folder."""
    found: dict[str, list[str]] = {name: [] for name in manifest["tables"]}
    for one in manifest["partitions"]:
        for name, entry in one["tables"].items():
            if entry["rows"]:
                found[name].append(f"partitions/{one['folder']}/{name}.parquet")
    whole = {name: [entry["file"]] for name, entry in manifest["whole"].items() if name != "problems"}
    return found | whole


def _settings(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "calendar": said.get("calendar") or Calendar.of("BR").to_json(),
        "timezone": said.get("timezone", TIMEZONE),
        "currency": said.get("currency", "BRL"),
        "known_until": said.get("known_until"),
    }


def frame_of_files(spark: Any, paths: Sequence[str], schema: pa.Schema | None = None) -> Any:
    """Parquet as a DataFrame, each row with its place in its file; of files without a schema, also with their names.

    A schema spares Spark a job that looks for one; what a file lacks of it is null.
    """
    of_spark, reader = functions(), spark.read
    if schema is None:
        frame = reader.option("mergeSchema", str(len(paths) > 1).lower()).parquet(*paths)
        name = of_spark.col("_metadata.file_name")
    else:
        columns = ", ".join(f"`{field.name}` {named_type(field.type)}" for field in schema)
        frame, name = reader.schema(columns).parquet(*paths), of_spark.lit(None).cast("string")
    return frame.select("*", name.alias(PLACE), of_spark.col("_metadata.row_index").alias(ROW))


def spark_path(path: Path) -> str:
    """A path on this machine as Spark reads it: no file system of a cluster, and no sign in it that means others."""
    return "file:" + re.sub(r"([\[\]{}*?\\])", r"\\\1", str(path.absolute()))
