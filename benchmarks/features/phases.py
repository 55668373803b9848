"""Where the time of `inadimplencia features` goes: the same functions in one process, one thread, one after another.

    python benchmarks/features/phases.py LEDGER [--at-issue]      # needs LEDGER/snapshots.parquet, or --at-issue
    python benchmarks/features/phases.py LEDGER --first           # from the imports to the first kernel; run it twice

The command reads, computes and writes at the same time on several cores; here each part stands alone, so that what is
printed adds up. A pair is an invoice and a snapshot of its client that knows it: the kernel does not go by pairs, but
other programs do.
"""

from __future__ import annotations

import argparse
import functools
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from inadimplencia_ml.features import build, stream
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.blocks import Blocks
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots
from inadimplencia_ml.storage import parquet_parts, read_parquet

PARTS = (
    (Blocks, "__init__", "blocks"),
    (Blocks, "__getitem__", "blocks"),
    (Books, "of", "books"),
    (stream, "read_snapshots", "snapshots"),
    (Looked, "of", "snapshots"),
    (build, "own_fields", "invoice's columns"),
    (build, "attribute_values", "attributes"),
    (stream, "_as_table", "arrow"),
)
COUNTING = "counting pairs"


class Clock:
    """Seconds by phase; a phase within another is not counted twice."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open = ["rest"]
        self._since = time.perf_counter()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with self.phase(name):
                return function(*given, **named)

        return call

    def _turn(self) -> None:
        now = time.perf_counter()
        self.spent[self._open[-1]] += now - self._since
        self._since = now


class Alone:
    """In place of a pool of threads: works at once, in the caller's."""

    def __init__(self, max_workers: int) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, function: Callable[..., Any], *given: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*given))
        return done


def pairs_of(client_start: Any, versions: Any, snaps: Any) -> int:
    """Pairs of an invoice and a snapshot that knows it, each invoice once."""
    first = versions.since == versions.known
    client = np.repeat(np.arange(len(client_start) - 1), np.diff(client_start))[first]
    known = np.sort(client << 32 | (versions.known[first].astype(np.int64) + 2**31))
    of = np.repeat(np.arange(len(snaps.start) - 1), np.diff(snaps.start))
    seen = np.searchsorted(known, of << 32 | (snaps.day.astype(np.int64) + 2**31), side="right")
    return int((seen - np.searchsorted(known, of << 32)).sum())


def warm_up() -> None:
    """Compiles or loads every kernel of a call, those of invoices too."""
    stream.warm_up()
    day, one = pa.array([0], pa.date32()), pa.array(["1"])
    invoice = {"client_id": one, "invoice_id": one, "issue_date": day, "due_date": day, "amount": [1.0]}
    list(stream.stream_features(Ledger(pa.table(invoice)), functools.partial(make_snapshots, at_issue=True), n_jobs=1))


def phases(ledger: Path, work: Path, at_issue: bool) -> None:
    """One run after a warm-up, phase by phase; the result is written into ``work`` and thrown away."""
    warm_up()
    clock, pairs, sweep = Clock(), [0], build.sweep

    def kernel(*given: Any) -> None:
        with clock.phase("kernel"):
            sweep(*given)
        with clock.phase(COUNTING):
            pairs[0] += pairs_of(given[2], given[3], given[6])

    for owner, name, phase in PARTS:
        setattr(owner, name, clock.watched(getattr(owner, name), phase))
    build.sweep, stream.ThreadPoolExecutor = kernel, Alone
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    rows, columns = 0, 0
    with tempfile.TemporaryDirectory(dir=work) as folder:
        with clock.phase("read, door"):
            book = read_ledger(ledger)
            looks = None if at_issue else read_parquet(ledger / "snapshots.parquet")
        make = clock.watched(functools.partial(make_snapshots, at_issue=True), "snapshots") if at_issue else looks
        # the file is closed, and on disk, only at the end of the block
        with clock.phase("write"), parquet_parts(Path(folder) / "features.parquet") as append, clock.phase("rest"):
            for part in stream.stream_features(book, make, n_jobs=1):
                rows, columns = rows + part.num_rows, part.num_columns
                with clock.phase("write"):
                    append(part)
    report(clock, rows, columns, pairs[0])


def report(clock: Clock, rows: int, columns: int, pairs: int) -> None:
    spent = {name: seconds for name, seconds in clock.spent.items() if name != COUNTING}
    spent["rest"] = spent.pop("rest")  # last
    total = sum(spent.values())
    say(f"{rows:,} snapshots × {columns} columns, one thread: {total:.3f} s, {total / rows * 1e6:.2f} µs a snapshot")
    for name, seconds in spent.items():
        say(f"  {name:<18} {seconds:8.3f} s {seconds / total:6.1%}")
    a_pair = clock.spent["kernel"] / max(pairs, 1) * 1e9
    say(f"kernel: {a_pair:.1f} ns a pair of invoice and snapshot, {pairs:,} pairs")


def first() -> None:
    """Seconds from the imports to the first kernel, on a book of one invoice."""
    begin, sweep, at = time.perf_counter(), build.sweep, list[float]()

    def kernel(*given: Any) -> None:
        at.append(time.perf_counter() - begin)
        sweep(*given)
        at.append(time.perf_counter() - begin)

    build.sweep = kernel
    stream.warm_up()
    whole = time.perf_counter() - begin
    say(f"after the imports: kernel begun at {at[0]:.3f} s, done at {at[1]:.3f} s, result at {whole:.3f} s")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--at-issue", action="store_true", help="every invoice on its day of issue")
    parser.add_argument("--first", action="store_true", help="only the time to the first kernel")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="folder for what is written")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    first() if given.first else phases(given.ledger, given.work, given.at_issue)


if __name__ == "__main__":
    main()
