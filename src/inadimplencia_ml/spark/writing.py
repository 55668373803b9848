"""Results of Spark in a folder that this process sees too: the parts, manifest and steps of a run in parts.

Spark names its files by chance and leaves marks beside them; here they get the names that our parts have.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from inadimplencia_ml.batch.asked import Asked
from inadimplencia_ml.batch.inputs import inputs_of
from inadimplencia_ml.batch.job import counted
from inadimplencia_ml.batch.journal import Journal
from inadimplencia_ml.batch.results import FORMAT, RESULTS, part_name
from inadimplencia_ml.batch.run import BatchResult, result_of
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.partitions import digests
from inadimplencia_ml.ledger.parts import invoice_rows
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.spark.run import SparkTables, features_on_spark, score_on_spark
from inadimplencia_ml.spark.session import plain_errors
from inadimplencia_ml.spark.spark_ledger import SparkLedger
from inadimplencia_ml.spark.works import LOOKED
from inadimplencia_ml.storage import held_alone, sync_folder, written_whole
from inadimplencia_ml.tables import SNAPSHOTS

__all__ = ["parts_written", "write_features", "write_scores"]

Tell = Callable[..., None]
_LEAST_ROWS = 50_000
"""Invoices of a partition."""


def write_features(ledger: str | Path, out: Path, snapshots: Any, tell: Tell, **how: Any) -> tuple[int, int]:
    """Writes the features of a ledger folder as a folder of Parquet parts; tells how many rows and features.

    Raises
    ------
    CallError
        Something else is there; nobody is there to look at.
    """
    if out.exists() and not _is_parts(out):
        raise CallError(f"--out {out}: is there already. On Spark, features go into a new folder of Parquet parts.")
    tell("reading")
    book = SparkLedger.read(ledger)
    frame = features_on_spark(book, snapshots, partitions=_partitions(ledger, book), **how)
    tell("features")
    with written_whole(out) as folder:
        rows = sum(parts_written(frame, folder / "made").values())
        for part in sorted((folder / "made").iterdir()):
            part.rename(folder / part.name)
        (folder / "made").rmdir()
        if not rows:
            raise CallError("there is nobody to look at: no client has a fact known at that time")
    return rows, sum(name not in SNAPSHOTS.by_name for name in frame.columns)


def _is_parts(folder: Path) -> bool:
    return folder.is_dir() and all(p.name.startswith("part-") and p.suffix == ".parquet" for p in folder.iterdir())


def write_scores(
    model: str | Path,
    ledger: str | Path,
    out: Path,
    *,
    snapshots: Any,
    as_of: Any,
    at_issue: bool,
    member: str | None,
    policy: Policy | None,
    history: Path | None,
    texts: bool,
    allow_stale: bool,
    tell: Tell,
) -> BatchResult:
    """Scores a ledger folder on Spark and, with a policy, decides; what was in ``out`` stays until all is done.

    Raises
    ------
    CallError
        As `score_in_parts`; or the workers of Spark write to another place than this process sees.
    """
    tell("reading")
    asked = Asked.of(model, as_of, snapshots, at_issue, member, policy)
    inputs = inputs_of(Path(ledger), asked.model, history, asked.told | {"texts": texts, "engine": "spark"}, 0)
    book = SparkLedger.read(ledger)
    how: dict[str, Any] = {"at_issue": at_issue, "member": member, "policy": policy, "history": history}
    how["partitions"] = _partitions(ledger, book)
    with held_alone(out):
        journal = Journal(out)
        journal.begin(inputs, resume=False)
        try:
            tell("deciding" if policy is not None else "scoring")
            made = score_on_spark(
                asked.model, book, as_of, snapshots=snapshots, texts=texts, allow_stale=allow_stale, **how
            ).kept()
            rows = {name: parts_written(made[name], journal.made / name) for name in made.names if name != LOOKED}
            last = str(book.settings["known_until"])
            manifest = _manifest(journal.made, rows, inputs, asked.about(last), _beyond(made))
            made.let_go()
        except BaseException:
            journal.drop()
            raise
        left = journal.commit(manifest)
    return result_of(out, manifest, left, {})


def _partitions(ledger: str | Path, book: SparkLedger) -> int:
    """As many as Spark is set to, but none with so few rows that to begin with it costs more than to do it."""
    rows, most = invoice_rows(Path(ledger)), book.spark.conf.get("spark.sql.shuffle.partitions")
    return min(int(most), 1 + rows // _LEAST_ROWS)


def parts_written(frame: Any, folder: Path) -> dict[str, int]:
    """Writes a DataFrame as parts of a new folder; tells the rows of each. A table without rows has one empty part.

    Raises
    ------
    CallError
        What Spark wrote is not to be seen here.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with plain_errors():
        frame.write.parquet(f"file:{folder.absolute()}")
    found = sorted(folder.glob("part-*.parquet"))
    if not found:
        raise CallError(
            f"{folder}: what Spark wrote is not here. Its workers and this process must see the same folders."
        )
    sizes = {path: pq.ParquetFile(path).metadata.num_rows for path in found}
    kept = [path for path in found if sizes[path]] or found[:1]
    names = {path: part_name(k) for k, path in enumerate(kept)}
    for path in folder.iterdir():
        if path in names:
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.rename(folder / names[path])
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    sync_folder(folder)
    return {names[path]: sizes[path] for path in kept}


def _beyond(made: SparkTables) -> int:
    """Snapshots after the ledger's last day; refuses a run that looked at nobody, or from before all invoices."""
    with plain_errors():
        found = made[LOOKED].agg({"beyond": "sum", "last": "max", "first": "min"}).first().asDict()
    if found["max(last)"] is None:
        raise CallError("no row to go on: no client has a fact known at that date")
    if found["max(last)"] < found["min(first)"]:
        day = dt.date(1970, 1, 1) + dt.timedelta(days=found["max(last)"])
        raise CallError(f"as_of {day} lies before the first invoice that the ledger knows")
    return int(found["sum(beyond)"])


def _manifest(made: Path, rows: dict[str, dict[str, int]], inputs: Any, about: Any, beyond: int) -> dict[str, Any]:
    """Everything that the result is told by; no clock, no path, no host."""
    sizes = {f"{table}/{part}": number for table, parts in rows.items() for part, number in parts.items()}
    files = digests({name: made / name for name in sizes})
    scores = pq.ParquetFile(made / "scores" / part_name(0)).schema_arrow
    by = [name for name in ("member", "state", "segment") if name in scores.names]
    told = {"files": files, "rows": sizes, "parts": len(rows["scores"]), "inputs": inputs, "beyond_known_until": beyond}
    told |= {"states": _counts(made / "scores", by), "actions": []}
    if "decisions" in rows:
        told["actions"] = _counts(made / "decisions", ["stage", "action"])
    return {"kind": RESULTS, "format": FORMAT, **told, **about}


def _counts(folder: Path, by: list[str]) -> list[list[Any]]:
    found = counted(pq.read_table(folder, columns=by).to_pandas(), by)
    return sorted(found, key=lambda row: [str(word) for word in row[:-1]])
