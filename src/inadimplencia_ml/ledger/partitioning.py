"""A ledger folder dealt out into partitions, out of core: memory depends on a partition, not on the book."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.errors import CallError, InadimplenciaError, LedgerError
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.folder import TIMEZONE, read_settings, table_files
from inadimplencia_ml.ledger.homes import Homes, Numbers, row_count
from inadimplencia_ml.ledger.manifest import problems_of
from inadimplencia_ml.ledger.partitions import (
    KIND,
    MANIFEST,
    PARTITIONED,
    digests,
    file_entry,
    folder_name,
    is_partitioned,
    schema_to_text,
)
from inadimplencia_ml.parquet import parquet_errors
from inadimplencia_ml.storage import (
    digest,
    named_errors,
    read_parquet,
    sync_folder,
    write_json,
    write_parquet,
    written_whole,
)
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["ROWS_A_PARTITION", "partition_ledger", "partitions_for"]

ROWS_A_PARTITION = 1_000_000
"""Invoice rows that one process works on: under 1 GB with features, scores and decisions of their clients."""
MOST_PARTITIONS = 400
"""Two tables are dealt out at once, and a process may hold some thousand files open."""
_ROWS_AT_ONCE = 1_000_000
_WRITTEN_AT_ONCE = 2


def partitions_for(rows: int, rows_a_partition: int) -> int:
    """How many partitions a book of so many invoice rows has."""
    return max(1, min(-(-rows // rows_a_partition), MOST_PARTITIONS))


def partition_ledger(folder: str | Path, out: str | Path, *, rows_a_partition: int = ROWS_A_PARTITION) -> Path:
    """Writes a ledger again in partitions of whole clients, each read and appended to by itself.

    Parameters
    ----------
    folder : path
        A ledger folder: from an import, or plain Parquet files named as the tables.
    out : path
        The new folder; there must be nothing else in it.
    rows_a_partition : int
        About how many invoice rows a partition holds.

    Raises
    ------
    LedgerError
        As `read_ledger`; or the ledger lies in partitions already.
    CallError
        Something is in ``out``, or ``rows_a_partition`` is below 1.
    """
    folder, out = Path(folder), Path(out)
    if rows_a_partition < 1:
        raise CallError(f"rows_a_partition is {rows_a_partition}; expected 1 or more")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CallError(f"{out}: is there already. Partitions go into a new folder.")
    if is_partitioned(folder):
        raise LedgerError(f"{folder}: lies in partitions already")
    files, said = table_files(folder), read_settings(folder)
    count = partitions_for(row_count(files["invoices"]), rows_a_partition)
    with written_whole(out) as new:
        with parquet_errors(f"{folder}: the rows could not be dealt out to partitions", system=False):
            manifest = _dealt(files, said, count, new)
            _put_whole(manifest, folder, files, said, new)
        if any("sha256" not in entry for one in manifest["partitions"] for entry in one["tables"].values()):
            from inadimplencia_ml.ledger.sealing import seal  # tables that never passed the door

            seal(manifest, new)
        write_json(manifest, new / MANIFEST)
        sync_folder(new / "partitions")
    return out


def _dealt(files: dict[str, Path], said: Mapping[str, Any], count: int, new: Path) -> dict[str, Any]:
    """Deals out the rows of every table; tells the manifest of it."""
    sealed = _sealed(files, said)
    where = new / "partitions"
    where.mkdir()
    with ThreadPoolExecutor(_WRITTEN_AT_ONCE) as pool:
        jobs = {name: pool.submit(*job) for name, job in _jobs(files, count, new, where)}
        rows = {name: jobs[name].result() for name in files if name in jobs}
    shutil.rmtree(new / "spilled", ignore_errors=True)
    paths = {f"{k}/{name}": where / str(k) / f"{name}.parquet" for k in range(count) for name in rows}
    seals = digests(paths)
    partitions = []
    for k in range(count):
        tables = {}
        for name in rows:
            entry: dict[str, Any] = {"rows": rows[name][k]}
            tables[name] = entry | ({"sha256": seals[f"{k}/{name}"]} if sealed[name] else {})
        named = folder_name(k, tables)
        (where / str(k)).rename(where / named)
        partitions.append({"folder": named, "tables": tables})
    schemas = {name: {"schema": schema_to_text(pq.read_schema(path))} for name, path in files.items()}
    return {"partitions": partitions, "tables": schemas, "sealed": sealed}


def _jobs(files: dict[str, Path], count: int, new: Path, where: Path) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What is to be called for each table that is dealt out, as soon as it is known where its rows go."""
    try:
        with named_errors(new / "spilled"), Homes(files, count, new / "spilled") as homes:
            homes.find_owners()
            for name in sorted(files, key=lambda name: name == "payments"):  # others are written meanwhile
                part = homes.of_rows(name)
                if part is not None:
                    yield name, (_write_rows, files[name], part, count, where, name)
    except InadimplenciaError:
        raise
    except Exception as error:
        raise _told(error) from error


def _sealed(files: Mapping[str, Path], said: Mapping[str, Any]) -> dict[str, bool]:
    """Which files are those of the manifest, whose rows have passed the door."""
    named = {name: entry["sha256"] for name, entry in said.get("tables", {}).items()}
    found = digests({name: path for name, path in files.items() if name in named})
    return {name: name in named and found[name] == named[name] for name in files}


def _told(error: Exception) -> Exception:
    """What DuckDB could not do, as an error of ours; anything else as it is."""
    if type(error).__module__.partition(".")[0] not in ("duckdb", "_duckdb"):
        return error
    text = str(error).splitlines()[0]
    space = " Free some space and run it again." if "space" in text.lower() else ""
    return LedgerError(f"the rows could not be dealt out to partitions: {text}.{space}")


def _write_rows(path: Path, part: Numbers, count: int, where: Path, name: str) -> list[int]:
    """Deals out the rows of a file, in its order, some groups at a time; tells the rows of each partition."""
    with named_errors(where), ExitStack() as opened:
        file = opened.enter_context(pq.ParquetFile(path))
        schema = file.schema_arrow.remove_metadata()
        targets = [where / str(k) / f"{name}.parquet" for k in range(count)]
        writers = []
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            made = pq.ParquetWriter(target, schema, compression="snappy", use_dictionary=False, write_statistics=False)
            writers.append(opened.enter_context(made))
        begin, waiting = 0, []
        for group in range(file.num_row_groups):
            waiting.append(file.read_row_group(group))
            size = sum(table.num_rows for table in waiting)
            if size >= _ROWS_AT_ONCE or group == file.num_row_groups - 1:
                rows = pa.concat_tables(waiting).replace_schema_metadata(None)
                _write_dealt(rows, part[begin : begin + size], writers)
                begin, waiting = begin + size, []
    for target in targets:
        with target.open("rb") as written:
            os.fsync(written.fileno())
    return [int(n) for n in np.bincount(part, minlength=count)]


def _write_dealt(rows: pa.Table, part: Numbers, writers: list[pq.ParquetWriter]) -> None:
    order = np.argsort(part, kind="stable")
    dealt = rows.take(pa.array(order))
    edges = np.searchsorted(part[order], np.arange(len(writers) + 1))
    for k, writer in enumerate(writers):
        if edges[k] < edges[k + 1]:
            writer.write_table(dealt.slice(int(edges[k]), int(edges[k + 1] - edges[k])))


def _put_whole(
    manifest: dict[str, Any], folder: Path, files: Mapping[str, Path], said: Mapping[str, Any], new: Path
) -> None:
    """What is not of one partition: tables of no client, the door's problems, and the ledger's settings."""
    sealed, whole, door = manifest.pop("sealed"), {}, {}
    for name, path in files.items():
        if name not in manifest["partitions"][0]["tables"]:
            place = f"whole/{name}-{digest(path)[:8]}.parquet"
            table = read_parquet(path)
            if not sealed[name]:
                kind = LEDGER_TABLES.get(name, ATTRIBUTES)
                door[name] = admit(kind, table, timezone=said.get("timezone", TIMEZONE), name=name)
                table = door[name].table
                manifest["tables"][name] = {"schema": schema_to_text(table.schema)}
            write_parquet(table, new / place)
            whole[name] = {"file": place} | file_entry(new / place, table.num_rows)
    problems = folder / "problems.parquet"
    found = PROBLEMS.empty_table()
    if said and problems.exists():
        found = problems_of(read_parquet(problems), problems)
    found = pa.concat_tables([found, *(one.problems for one in door.values())], promote_options="permissive")
    write_parquet(found, new / "whole" / "problems.parquet")
    place = f"whole/problems-{digest(new / 'whole' / 'problems.parquet')[:8]}.parquet"
    (new / "whole" / "problems.parquet").rename(new / place)
    whole["problems"] = {"file": place} | file_entry(new / place, found.num_rows)
    counts = {name: said.get("counts", {}).get(name, {"rows": 0}) for name in files}
    counts |= {name: one.counts for name, one in door.items()}
    settings = {name: said[name] for name in ("calendar", "timezone", "currency", "known_until") if name in said}
    manifest |= {"kind": KIND, "format": PARTITIONED, "whole": whole, "counts": counts}
    manifest |= {"notes": said.get("notes", {})} | settings
