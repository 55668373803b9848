"""Times `append`: the facts of one day for a ledger in partitions, nearly all of which they touch.

    python benchmarks/scale/append.py                                     # 10 M invoices in 64 partitions, 30,000 facts
    python benchmarks/scale/append.py --invoices 1000000 --clients 20000

The facts are drawn from the book: new invoices of its clients, payments of its invoices, due dates moved. Each time a
copy of the ledger is appended to, and what is told is the time of the call alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from large_ledger import LAST_DAY, write_large_ledger

import inadimplencia_ml as iml


def facts_of_a_day(ledger: Path, number: int) -> dict[str, pd.DataFrame]:
    """A third new invoices, a fifteenth moved due dates, the rest payments."""
    invoices = pq.read_table(ledger / "invoices.parquet", columns=["client_id", "invoice_id", "amount", "issue_date"])
    chosen = np.random.default_rng(1).choice(invoices.num_rows, number, replace=False)
    some = invoices.take(pa.array(chosen)).to_pandas()
    day = dt.date.fromisoformat(str(LAST_DAY)) + dt.timedelta(days=1)
    first, second = number // 3, number // 3 + number // 15
    new, moved, paid = some.iloc[:first], some.iloc[first:second], some.iloc[second:]
    new = new.assign(invoice_id="NEW-" + new["invoice_id"].astype(str), issue_date=day)
    told = pd.concat([new, moved]).assign(due_date=day + dt.timedelta(days=30), known_on=day)
    return {"invoices": told, "payments": paid[["invoice_id"]].assign(payment_date=day, amount=1.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=10_000_000)
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--partitions", type=int, default=64)
    parser.add_argument("--facts", type=int, default=30_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"))
    given = parser.parse_args()
    book = write_large_ledger(given.work / f"large_{given.invoices}_{given.clients}", given.invoices, given.clients)
    parts, copy = given.work / f"append_{given.invoices}_{given.partitions}", given.work / "append_copy"
    if not parts.exists():
        iml.partition_ledger(book, parts, rows_a_partition=-(-given.invoices // given.partitions))
    facts = facts_of_a_day(book, given.facts)
    for _ in range(given.runs):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(parts, copy)
        os.sync()
        wall, processor = time.perf_counter(), time.process_time()
        told = iml.append_facts(copy, facts)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        touched = told["invoices"]["partitions"]
        sys.stdout.write(f"{touched} partitions written: {wall:.2f} s, {processor:.2f} s of processor\n")
    shutil.rmtree(copy, ignore_errors=True)


if __name__ == "__main__":
    main()
