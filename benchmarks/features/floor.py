"""The bare cost: reads the columns that features need and writes a table of the result's size, on one thread.

    python benchmarks/features/floor.py LEDGER RESULT.parquet

With pyarrow; no feature is computed. RESULT is read back, which is not counted, and written beside itself as it came:
float64, snappy, no dictionaries. Imports are not counted. Prints seconds as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

NEEDED = {
    "invoices": "client_id invoice_id issue_date due_date amount cancelled_date cancel_reason known_on",
    "payments": "invoice_id payment_date amount reversed_on known_on",
    "snapshots": "client_id as_of",
    "clients": "client_id uf",
}
ROWS_A_GROUP = 200_000


def reading(ledger: Path) -> float:
    """Seconds to read the needed columns, table by table."""
    seconds = 0.0
    for name, columns in NEEDED.items():
        file = ledger / f"{name}.parquet"
        if file.exists():
            there = [c for c in columns.split() if c in pq.read_schema(file).names]
            begin = time.perf_counter()
            pq.read_table(file, columns=there, use_threads=False)
            seconds += time.perf_counter() - begin
    return seconds


def writing(result: Path) -> float:
    """Seconds to write the result once more."""
    table, target = pq.read_table(result, use_threads=False), result.with_name("floor.parquet")
    begin = time.perf_counter()
    pq.write_table(table, target, compression="snappy", use_dictionary=False, row_group_size=ROWS_A_GROUP)
    seconds = time.perf_counter() - begin
    target.unlink()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("result", type=Path)
    given = parser.parse_args()
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    pq.read_table(given.ledger / "snapshots.parquet", use_threads=False)  # what pyarrow loads at its first reading
    told = {"read": reading(given.ledger), "write": writing(given.result)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
