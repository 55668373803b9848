"""Holds what Spark writes against what one machine writes, to the bit, and times both.

    python benchmarks/scale/spark_equal.py LEDGER MODEL --as-of 2025-06-30       # needs the extra spark, and Java

Each is the whole command, from the start of the interpreter on: features at the date, then scores, reasons and
decisions with the default policy. Spark works with as many cores as there are; its event log tells the bytes that were
shuffled. Memory is that of all processes together, and of Spark's largest Python worker. Ends with 1 where a bit
differs. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from run import memory_of

TABLES = ("scores", "decisions", "decision_items", "duties", "further")


class Run(NamedTuple):
    """What a command took: seconds, and bytes of memory at the peak."""

    wall: float
    processor: float
    together: int
    worker: int

    def __str__(self) -> str:
        memory = f"{self.together / 2**30:.2f} GB together, {self.worker / 2**30:.2f} GB the largest worker"
        return f"{self.wall:.1f} s wall, {self.processor:.1f} s of processor, {memory}"


def timed(*words: object, log: Path) -> Run:
    """A command of the library; a Spark of its own writes its event log into a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "inadimplencia_ml", *map(str, words)]
    log.mkdir()
    settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": log.as_uri()}
    settings |= {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}
    (log / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    peak, worker = 0, 0
    environment = {**os.environ, "SPARK_CONF_DIR": str(log)}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        while process.poll() is None:
            sizes = memory_of(process.pid)
            peak = max(peak, sum(sizes.values()))
            worker = max([worker, *(size for who, size in sizes.items() if _is_worker(who))])
            time.sleep(0.2)
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}: {' '.join(command)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(time.perf_counter() - begin, cpu, peak, worker)


def _is_worker(process: int) -> bool:
    try:
        return b"pyspark" in Path(f"/proc/{process}/cmdline").read_bytes().partition(b"-m\0")[2]
    except OSError:
        return False


def shuffled(log: Path) -> int:
    """Bytes that all tasks wrote for the shuffle, by the event log."""
    total = 0
    for file in (one for one in log.rglob("*") if one.is_file() and one.suffix != ".conf"):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                metrics = json.loads(line).get("Task Metrics") or {}
                total += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    return total


def in_order(table: pa.Table) -> pa.Table:
    """Texts without encodings, dates as dates, rows in the order of all that is text, a date or an id."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        kind = pa.date32() if name == "as_of" else pa.string() if pa.types.is_large_string(kind) else kind
        columns[name] = column.cast(pa.timestamp("us") if pa.types.is_timestamp(kind) else kind)
    plain = pa.table(columns)
    sortable = [n for n in plain.column_names if not pa.types.is_nested(plain[n].type)]
    keys = [n for n in sortable if not pa.types.is_floating(plain[n].type)]
    return plain.take(pc.sort_indices(plain.select(keys), sort_keys=[(n, "ascending") for n in keys])).combine_chunks()


def same(name: str, one: Path, other: Path) -> bool:
    """Whether two files or folders hold the same rows; says it."""
    local, spark = in_order(pq.read_table(one)), in_order(pq.read_table(other))
    wrong = [c for c in local.column_names if c not in spark.column_names or not local[c].equals(spark[c])]
    equal = not wrong and local.column_names == spark.column_names and local.num_rows == spark.num_rows
    told = "equal" if equal else f"differ in {', '.join(wrong) or 'rows or columns'}"
    sys.stdout.write(f"  {name}: {local.num_rows:,} and {spark.num_rows:,} rows, {told}\n")
    return equal


def place(folder: Path, table: str) -> Path:
    """Where a table of a result lies: a file, or a folder of parts."""
    return folder / f"{table}.parquet" if (folder / f"{table}.parquet").exists() else folder / table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory(dir=given.work, prefix="spark_equal.") as temporary:
        work = Path(temporary)
        for verb in ("features", "score"):
            asked = ["--as-of", given.as_of]
            if verb == "score":
                asked += ["--model", given.model, "--policy", "default"]
            for engine in ("local", "spark"):
                out = work / f"{verb}_{engine}.parquet" if verb == "features" else work / f"{verb}_{engine}"
                log = work / f"log_{verb}_{engine}"
                run = timed(verb, given.ledger, *asked, "--out", out, "--engine", engine, log=log)
                moved = f", {shuffled(log):,} bytes shuffled" if engine == "spark" else ""
                sys.stdout.write(f"{verb}, {engine}: {run}{moved}\n")
                sys.stdout.flush()
        good &= same("features", work / "features_local.parquet", work / "features_spark.parquet")
        for table in TABLES:
            good &= same(table, place(work / "score_local", table), place(work / "score_spark", table))
    sys.stdout.write(f"{os.cpu_count()} cores\n")
    sys.exit(not good)


if __name__ == "__main__":
    main()
