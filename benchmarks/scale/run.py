"""Times the nightly job on a large book: a ledger folder in, scores, reasons and decisions in Parquet parts out.

    python benchmarks/scale/run.py                                        # 10 M invoices, 200 k clients
    python benchmarks/scale/run.py --invoices 100000000 --clients 2000000
    python benchmarks/scale/run.py --invoices 200000 --clients 4000       # a small one, to try it out

The book is drawn once into the work folder, in pieces; the model is trained once, with the default settings, on a small
book of the same kind. A run is a process of its own with its working processes: time from start to end, the memory of
all of them together, and how the time of the working processes is split. `--in-partitions` deals the book out
beforehand, as a ledger is kept that grows day by day; `--delete` removes book and results at the end.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata as metadata
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from large_ledger import LAST_DAY, book_of, write_large_ledger

import inadimplencia_ml as iml


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def model_in(folder: Path) -> Path:
    """A model of the default settings, trained on 150,000 invoices; one that is there is kept."""
    if not (folder / "manifest.json").exists():
        ledger = book_of(150_000, 3_000, 1)
        iml.train(ledger, iml.Target(dpd=30, horizon_days=90), cut=str(LAST_DAY)).save(folder)
    return folder


def one_run(ledger: str, model: str, out: str, jobs: str, now_in: str) -> None:
    """What is timed, in a process of its own; tells the seconds of each step as JSON, and which it is in a file."""
    begin, steps, last = time.perf_counter(), dict[str, float](), [time.perf_counter(), "starting"]

    def tell(step: str, *_: Any) -> None:
        now = time.perf_counter()
        steps[last[1]] = steps.get(last[1], 0.0) + now - last[0]
        if step != last[1]:
            Path(now_in).write_text(step)
        last[:] = [now, step]

    policy = iml.Policy.default()
    made = iml.score_in_parts(model, ledger, out, str(LAST_DAY), policy=policy, n_jobs=int(jobs) or None, tell=tell)
    tell("end")
    told = {"wall": time.perf_counter() - begin, "steps": steps, "workers": made.seconds, "rows": made.rows}
    say(json.dumps(told | {"parts": made.manifest["parts"]}))


def memory_of(process: int) -> dict[int, int]:
    """Bytes of a process and of each that any of its threads started; what they share is counted once (Linux)."""
    sizes: dict[int, int] = {}
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                sizes[process] = int(line.split()[1]) * 1024
        for thread in Path(f"/proc/{process}/task").iterdir():
            for child in (thread / "children").read_text().split():
                sizes |= memory_of(int(child))
    except OSError:
        return sizes
    return sizes


def timed(words: list[str], step: Path) -> tuple[float, dict[str, list[int]], dict[str, Any]]:
    """Wall time, for each step the bytes of each process when they were most together, and what a run told."""
    begin, peaks, now = time.perf_counter(), dict[str, list[int]](), "starting"
    step.write_text(now)
    words = [sys.executable, __file__, "--one", *words, str(step)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            now, sizes = step.read_text() or now, sorted(memory_of(process.pid).values(), reverse=True)
            peaks[now] = max(peaks.get(now, []), sizes, key=sum)
            time.sleep(0.2)
        told = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"ended with {process.returncode}")
    return time.perf_counter() - begin, peaks, json.loads(told)


def shown(sizes: list[int]) -> str:
    """Gigabytes together, and of each process that has a tenth or more."""
    each = " + ".join(f"{size / 2**30:.2f}" for size in sizes if size >= 2**30 // 10)
    return f"{sum(sizes) / 2**30:.2f} ({each})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--invoices", type=int, default=10_000_000)
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0: one a core")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--in-partitions", action="store_true")
    parser.add_argument("--delete", action="store_true")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"))
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return one_run(*given.one)
    name, out = f"large_{given.invoices}_{given.clients}", given.work / "parts_out"
    ledger, model = (
        write_large_ledger(given.work / name, given.invoices, given.clients),
        model_in(given.work / "large_model"),
    )
    if given.in_partitions:
        parts = given.work / f"{name}_parts"
        ledger = parts if parts.exists() else iml.partition_ledger(ledger, parts)
    load = os.getloadavg()[0]
    for _ in range(given.runs):
        shutil.rmtree(out, ignore_errors=True)
        wall, peaks, told = timed([str(ledger), str(model), str(out), str(given.jobs)], given.work / "step.txt")
        peak = max(map(sum, peaks.values()))
        split = ", ".join(f"{step} {seconds:.1f}" for step, seconds in told["steps"].items())
        inside = ", ".join(f"{step} {seconds:.1f}" for step, seconds in told["workers"].items())
        say(f"wall {wall:.1f} s, peak {peak / 2**30:.2f} GB; {split}; in the working processes: {inside}")
        size = f"{given.invoices:,} invoices, {given.clients:,} clients, {told['parts']} parts"
        say("GB at the peak of each step: " + ", ".join(f"{step} {shown(sizes)}" for step, sizes in peaks.items()))
        version, day = metadata.version("inadimplencia-ml"), dt.datetime.now(dt.UTC).date()
        say(f"| {day} | {version} | {size} | {wall:.1f} | {peak / 2**30:.2f} | {load:.2f} |")
    if given.delete:
        for folder in (out, given.work / name, given.work / f"{name}_parts"):
            shutil.rmtree(folder, ignore_errors=True)
    return None


if __name__ == "__main__":
    main()
