"""Holds what Spark writes against what one machine writes, to the bit, and times both.

    python benchmarks/scale/spark_equal.py LEDGER MODEL --as-of 2025-06-30       # needs the extra spark, and Java

Each is the whole command, from the start of the interpreter on: features at the date, then scores, reasons and
decisions with the default policy. Spark works with as many cores as there are. Ends with 1 where a bit differs.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

TABLES = ("scores", "decisions", "decision_items", "duties", "further")


def timed(*words: object) -> tuple[float, float]:
    """Wall and processor seconds of a command of the library."""
    command = [sys.executable, "-W", "ignore", "-m", "inadimplencia_ml", *map(str, words)]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begin, cpu


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
                wall, cpu = timed(verb, given.ledger, *asked, "--out", out, "--engine", engine)
                sys.stdout.write(f"{verb}, {engine}: {wall:.1f} s wall, {cpu:.1f} s of processor\n")
        good &= same("features", work / "features_local.parquet", work / "features_spark.parquet")
        for table in TABLES:
            good &= same(table, place(work / "score_local", table), place(work / "score_spark", table))
    sys.stdout.write(f"{os.cpu_count()} cores\n")
    sys.exit(not good)


if __name__ == "__main__":
    main()
