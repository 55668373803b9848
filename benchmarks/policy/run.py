"""Times `decide` on a big book: tables in memory → decisions, items and duties with their reasons in Parquet.

    python benchmarks/policy/run.py                     # 1 M cases, about 1.6 M open titles
    python benchmarks/policy/run.py --clients 20000     # a small one, to try it out
    python benchmarks/policy/run.py --profile           # where the time goes

The book is drawn before the clock starts. What is printed last is a row for the table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import importlib.metadata as metadata
import pstats
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from book import DAY, Book, draw_book

from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import write_parquet


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def carried_out(book: Book, out: Path) -> None:
    """What is timed: the plan, and its tables on disk."""
    beside = {"records": book.records, "reach": book.reach}
    known = {"as_of": str(DAY), "known_until": DAY.astype(dt.date), "bundle_digest": "0" * 64}
    plan = decide(Policy.default(), book.scores, book.cases, book.titles, **known, **beside)
    for name, table in plan.tables.items():
        write_parquet(table, out / f"{name}.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    book = draw_book(given.clients)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    walls = []
    with tempfile.TemporaryDirectory() as folder:
        carried_out(Book(*(frame.iloc[:0] for frame in book)), Path(folder))  # reads the policy, loads what is lazy
        if given.profile:
            with cProfile.Profile() as profile:
                carried_out(book, Path(folder))
            pstats.Stats(profile).sort_stats("tottime").print_stats(35)
            return
        for _ in range(given.runs):
            begin = time.perf_counter()
            carried_out(book, Path(folder))
            walls.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall = f"{min(walls):.2f} / {statistics.median(walls):.2f} / {max(walls):.2f}"
    say(f"wall {wall} s (min / median / max of {len(walls)}); {before:.2f} GB before deciding")
    version = metadata.version("inadimplencia-ml")
    row = f"{dt.datetime.now(dt.UTC).date()} | {version} | {given.clients:,} cases, {len(book.titles):,} titles"
    say(f"| {row} | {wall} | {peak:.2f} |")


if __name__ == "__main__":
    main()
