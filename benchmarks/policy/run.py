"""Times `decide` on a big book: tables in memory → decisions, items and duties with their reasons in Parquet.

    python benchmarks/policy/run.py                     # 1 M cases, about 1.6 M open titles
    python benchmarks/policy/run.py --clients 20000     # a small one, to try it out
    python benchmarks/policy/run.py --profile           # where the time goes
    python benchmarks/policy/run.py --clients 10000000 --part 1000000   # part by part, with the memory of one part

The book is drawn before the clock starts; part by part, while the clock stands still. What is printed
last is a row for the table of docs/benchmarks.md.
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from book import DAY, Book, draw_book

from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.in_parts import decide_in_parts
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import write_parquet

KNOWN: dict[str, Any] = {"as_of": str(DAY), "known_until": DAY.astype(dt.date), "bundle_digest": "0" * 64}


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def carried_out(book: Book, out: Path) -> None:
    """What is timed: the plan, and its tables on disk."""
    plan = decide(Policy.default(), **book._asdict(), **KNOWN)
    for name, table in plan.tables.items():
        write_parquet(table, out / f"{name}.parquet")


class Drawn:
    """Parts drawn one after the other; ``walls`` are the seconds that each then took, without its drawing."""

    def __init__(self, clients: int, rows: int) -> None:
        self.sizes = [min(rows, clients - begin) for begin in range(0, clients, rows)]
        self.walls: list[float] = []
        self.titles = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number, size in enumerate(self.sizes):
            part = draw_book(size, random_state=number, first=number * self.sizes[0])._asdict()
            self.titles += len(part["titles"])
            begin = time.perf_counter()
            yield part
            self.walls.append(time.perf_counter() - begin)
            del part


def in_parts(clients: int, rows: int, out: Path) -> tuple[float, int]:
    """Seconds of deciding and writing, and how many titles there were."""
    drawn = Drawn(clients, rows)
    decide_in_parts(Policy.default(), drawn, out, **KNOWN)
    say(f"a part: {told(drawn.walls)} s of {len(drawn.walls)}")
    return sum(drawn.walls), drawn.titles


def whole(clients: int, runs: int, out: Path, profiled: bool) -> tuple[list[float], int]:
    """Seconds of each run on a book in memory, and how many titles there were."""
    book, walls = draw_book(clients), []
    carried_out(Book(*(frame.iloc[:0] for frame in book)), out)  # reads the policy, loads what is lazy
    if profiled:
        with cProfile.Profile() as profile:
            carried_out(book, out)
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
        raise SystemExit
    say(f"{peak():.2f} GB before deciding")
    for _ in range(runs):
        begin = time.perf_counter()
        carried_out(book, out)
        walls.append(time.perf_counter() - begin)
    return walls, len(book.titles)


def told(walls: list[float]) -> str:
    """The least, the median and the most."""
    return f"{min(walls):.2f} / {statistics.median(walls):.2f} / {max(walls):.2f}"


def peak() -> float:
    """The most memory this process has held, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--part", type=int, default=0, help="decide in parts of so many cases")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.part:
            in_parts(1_000, 1_000, Path(folder) / "warm")
            runs = [in_parts(given.clients, given.part, Path(folder) / "plan") for _ in range(given.runs)]
            walls, titles = [wall for wall, _ in runs], runs[0][1]
        else:
            walls, titles = whole(given.clients, given.runs, Path(folder), given.profile)
    wall = told(walls)
    say(f"wall {wall} s (min / median / max of {len(walls)})")
    version = metadata.version("inadimplencia-ml")
    parts = f", parts of {given.part:,}" if given.part else ""
    row = f"{dt.datetime.now(dt.UTC).date()} | {version} | {given.clients:,} cases, {titles:,} titles{parts}"
    say(f"| {row} | {wall} | {peak():.2f} |")


if __name__ == "__main__":
    main()
