"""Times `inadimplencia features` file to file: a ledger folder in, a Parquet file of features out, as a whole process.

    python benchmarks/features/run.py                                     # 1 M invoices, 20 k clients, 12 month ends
    python benchmarks/features/run.py --invoices 50000 --clients 1000     # a small one, to try it out

The book is drawn once into the work folder, and kept there for another run. A warm-up run compiles the kernel and is
not counted. What is printed last is a row for the table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata as metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from big_book import LAST_DAY, draw_book

from inadimplencia_ml import Ledger

LIBRARIES = ("inadimplencia-ml", "numba", "numpy", "pandas", "pyarrow")
MONTHS = 12


class Run(NamedTuple):
    """One whole process, interpreter and imports with it."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, all threads
    peak: float  # bytes of resident memory


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ledger_folder(work: Path, given: argparse.Namespace) -> Path:
    """The ledger of these settings, drawn if it is not there yet."""
    folder = work / f"ledger_{given.invoices}_{given.clients}_{given.ids}_{given.seed}"
    if not (folder / "manifest.json").exists():
        book = draw_book(given.invoices, given.clients, random_state=given.seed, text_ids=given.ids == "text")
        Ledger(book.invoices, book.payments, book.clients, known_until=str(LAST_DAY)).write(folder)
    return folder


def features_of(ledger: Path, out: Path) -> list[str]:
    """The command that is timed: features at the last twelve month ends."""
    last = dt.date.fromisoformat(str(LAST_DAY))
    span = ["--from", last.replace(month=1, day=1).isoformat(), "--to", last.isoformat()]
    command = [sys.executable, "-m", "inadimplencia_ml", "features", str(ledger), "--every", "month"]
    return [*command, *span, "--out", str(out), "--json"]


def timed(command: list[str]) -> tuple[Run, dict[str, Any]]:
    """Runs the command to its end; what it used, and what it printed.

    Raises
    ------
    SystemExit
        The command failed; with its messages.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=told, stderr=said)
        _, status, used = os.wait4(process.pid, 0)  # of this process alone, where getrusage would add all up
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        said.seek(0)
        if process.returncode:
            raise SystemExit(f"{said.read().decode()}\nended with {process.returncode}: {' '.join(command)}")
        bytes_a_unit = 1 if sys.platform == "darwin" else 1024
        return Run(wall, used.ru_utime + used.ru_stime, float(used.ru_maxrss * bytes_a_unit)), json.load(told)


def machine() -> str:
    """Processor, cores that this process may use, memory."""
    names = [platform.processor() or platform.machine()]
    cpuinfo, meminfo = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    memory = ""
    if meminfo.exists():
        memory = f", {int(meminfo.read_text().split()[1]) / 2**20:.0f} GB"
    return f"{(names or ['unknown processor'])[0]}, {len(allowed)} cores{memory}, {platform.system()}"


def report(runs: list[Run], told: dict[str, Any], given: argparse.Namespace, load: float) -> None:
    """The runs, and the row for docs/benchmarks.md."""
    walls, cpus = [r.wall for r in runs], [r.cpu for r in runs]
    wall = f"{min(walls):.2f} / {statistics.median(walls):.2f} / {max(walls):.2f}"
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    snapshots, columns = told["snapshots"], told["features"]
    say()
    say(f"wall {wall} s (min / median / max of {len(runs)}); cpu {statistics.median(cpus):.2f} s (median)")
    say(f"Python {platform.python_version()}, {versions}; load before the runs {load:.2f}")
    say()
    say(
        f"| {dt.datetime.now(dt.UTC).date()} | {machine()} | {metadata.version('inadimplencia-ml')} "
        f"| {given.invoices:,} invoices, {given.clients:,} clients, {given.ids} ids | {snapshots:,} × {columns} "
        f"| {wall} | {statistics.median(cpus):.2f} | {max(r.peak for r in runs) / 2**30:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument("--ids", choices=("text", "integer"), default="text")
    parser.add_argument("--runs", type=int, default=5, help="counted runs, after one warm-up")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="folder for ledger and features")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    ledger = ledger_folder(given.work, given)
    command = features_of(ledger, given.work / "features.parquet")
    load = os.getloadavg()[0]  # well above 0: something else was running, and the figures are worth little
    say(f"{ledger.name}: warm-up, then {given.runs} runs of {MONTHS} month ends")
    timed(command)
    runs = []
    for number in range(1, given.runs + 1):
        run, told = timed(command)
        runs.append(run)
        say(f"  run {number}: wall {run.wall:.2f} s, cpu {run.cpu:.2f} s, peak {run.peak / 2**30:.2f} GB")
    report(runs, told, given, load)


if __name__ == "__main__":
    main()
