"""Feeds the command with damaged inputs: each must end in a result with all rows accounted for, or in one clear error.

    python benchmarks/fuzz/run.py                          # 20,000 cases; some 20 minutes on one core
    python benchmarks/fuzz/run.py --cases 400 --seed 7     # a small one, to try it out
    python benchmarks/fuzz/run.py --only csv_cells:123     # one again, with its files left in --work

Each case is drawn from the seed, its kind and its number alone, so it can be drawn again by itself. Cases run in a
process that is forked once everything is imported, with 4 GB of memory more than the program itself maps and 10 seconds
of processor a case; one that dies or hangs is a defect, and the next goes on. What came of each is a line of
``--work/outcomes_SEED.jsonl``: a run that was interrupted goes on there. Defects: a traceback, a warning, a message of
several lines or without end, a name or tax id of a client in what is told, rows that nobody accounts for, anything that
libraries write past us, a crash, a hang, 2 GB of memory. Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # a pool of threads does not outlive a fork

from kinds import KINDS, Kind  # noqa: E402
from stock import DAY, make_stock  # noqa: E402
from verdict import GOOD, Verdict, judge  # noqa: E402

MEMORY, MUCH = 4 << 30, 2 << 30
"""Bytes that a case may map beyond what the program does, and how many it may really use."""
SECONDS, WAIT = 10, 600
"""Of processor a case may take, and of the clock until it counts as stuck."""
A_CHILD = 250
"""Cases that one process works through."""

Asked = tuple[Kind, int]


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def asked_of(cases: int, kinds: str, only: str) -> list[Asked]:
    """Which cases: of each kind by its share, its numbers from 0 on."""
    if only:
        name, _, number = only.partition(":")
        return [(kind, int(number)) for kind in KINDS if kind.name == name]
    wanted = [kind for kind in KINDS if not kinds or kind.name in kinds.split(",")]
    total = sum(kind.share for kind in wanted)
    numbers = {kind.name: -(-cases * kind.share // total) for kind in wanted}
    asked = [(kind, number) for kind in wanted for number in range(numbers[kind.name])]
    return sorted(asked, key=lambda one: one[1] / one[0].share)  # what is interrupted has tried all of them alike


def one_case(kind: Kind, number: int, seed: int, place: Path, stock: Path) -> Verdict:
    """Draws a case into a folder and runs it."""
    rng = random.Random(f"{seed}:{kind.name}:{number}")
    return judge(kind.draw(rng, place, stock))


def in_children(todo: list[Asked], given: argparse.Namespace, stock: Path) -> Iterator[dict[str, Any]]:
    """What came of each case, worked through in processes that may die."""
    while todo:
        batch = todo[:A_CHILD]
        done = 0
        for record in _child(batch, given, stock):
            done += 1
            yield record
        todo = todo[done:]


def _child(batch: list[Asked], given: argparse.Namespace, stock: Path) -> Iterator[dict[str, Any]]:
    """The records of one process; where it dies, the last is of the case that it died on."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        code = 1
        try:
            _work(batch, given, stock, write)
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    got, stuck = 0, False
    with os.fdopen(read, "rb") as pipe:
        while True:
            if not select.select([pipe], [], [], WAIT)[0]:
                stuck = True
                os.kill(pid, signal.SIGKILL)
                break
            line = pipe.readline()
            if not line:
                break
            got += 1
            yield json.loads(line)
    status = os.waitpid(pid, 0)[1]
    if got < len(batch):
        kind, number = batch[got]
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {status}"
        outcome = "hang" if stuck or name in ("SIGPROF", "SIGXCPU") else f"died of {name}"
        yield {"case": f"{kind.name}:{number}", "kind": kind.name, "outcome": outcome, "told": ""}


def _work(batch: list[Asked], given: argparse.Namespace, stock: Path, pipe: int) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    mapped = _status("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, mapped + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind, number in batch:
        place = Path(given.work) / "place" / str(os.getpid())
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
        before, begin = _status("VmRSS"), time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            verdict = one_case(kind, number, given.seed, place, stock)
        except Exception:  # noqa: BLE001  # in the drawing: a fault of this benchmark, told as one
            verdict = Verdict("not drawn", traceback.format_exc())
        signal.setitimer(signal.ITIMER_PROF, 0)
        used = _status("VmHWM") - before
        if verdict.outcome in GOOD and used > MUCH:
            verdict = Verdict("memory", f"{used / 2**30:.1f} GB")
        record = {"case": f"{kind.name}:{number}", "kind": kind.name, "outcome": verdict.outcome, "told": verdict.told}
        record |= {"seconds": round(time.process_time() - begin, 3), "mb": used >> 20}
        os.write(pipe, json.dumps(record).encode() + b"\n")
        shutil.rmtree(place, ignore_errors=True)


def _status(name: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) << 10
    return 0


def warm(stock: Path) -> None:
    """Imports and loads once what all cases need, and compiles what has no kept code yet: no case pays for that."""
    import importlib
    import pkgutil

    import inadimplencia_ml
    from inadimplencia_ml.features.stream import warm_up

    for one in pkgutil.walk_packages(inadimplencia_ml.__path__, "inadimplencia_ml."):
        if not one.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(one.name)
    warm_up()
    ledger = inadimplencia_ml.read_ledger(stock / "ledger")
    looks = inadimplencia_ml.make_snapshots(ledger, as_of=DAY)
    inadimplencia_ml.build_features(ledger, looks, families="all")


def table_of(records: list[dict[str, Any]]) -> str:
    """Cases by kind and outcome."""
    outcomes = sorted({one["outcome"] for one in records}, key=lambda o: (o not in GOOD, o))
    counts = Counter((one["kind"], one["outcome"]) for one in records)
    head = f"{'kind':16}{'cases':>8}" + "".join(f"{o:>14}" for o in outcomes)
    lines = [head + f"{'cpu s':>10}{'worst s':>9}{'worst MB':>10}"]
    for kind in (*(k.name for k in KINDS), ""):
        own = [one for one in records if kind in (one["kind"], "")]
        if not own:
            continue
        cells = "".join(
            f"{sum(n for (k, o), n in counts.items() if o == outcome and kind in (k, '')):>14,}" for outcome in outcomes
        )
        seconds = [one.get("seconds", 0.0) for one in own]
        worst = max(one.get("mb", 0) for one in own)
        lines.append(f"{kind or 'all':16}{len(own):>8,}{cells}{sum(seconds):>10.1f}{max(seconds):>9.2f}{worst:>10,}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="", help="some alone, by comma")
    parser.add_argument("--only", default="", help="one case again: KIND:NUMBER")
    parser.add_argument("--work", type=Path, help="folder for stock, inputs and outcomes; best in memory")
    given = parser.parse_args()
    given.work = given.work or Path(tempfile.mkdtemp(prefix="inadimplencia-fuzz-"))
    stock = make_stock(given.work / "stock")
    warm(stock)
    if given.only:
        _again(asked_of(0, "", given.only)[0], given, stock)
        return
    log = given.work / f"outcomes_{given.seed}.jsonl"
    records = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    seen = {one["case"] for one in records}
    todo = [one for one in asked_of(given.cases, given.kinds, "") if f"{one[0].name}:{one[1]}" not in seen]
    shown = Counter[str]()
    with log.open("a") as file:
        for record in in_children(todo, given, stock):
            file.write(json.dumps(record) + "\n")
            file.flush()
            records.append(record)
            if record["outcome"] not in GOOD:
                where = (record["told"].rstrip().splitlines() or [""])[-1][:160]
                shown[record["outcome"] + where[:60]] += 1
                if shown[record["outcome"] + where[:60]] <= 3:
                    say(f"{record['outcome']:12} {record['case']:24} {where}")
    say(table_of(records))
    shutil.rmtree(given.work / "place", ignore_errors=True)
    bad = [one for one in records if one["outcome"] not in GOOD]
    say(f"{len(records):,} cases, {len(bad):,} defects. Again: --seed {given.seed} --work {given.work} --only CASE")
    raise SystemExit(1 if bad else 0)


def _again(asked: Asked, given: argparse.Namespace, stock: Path) -> None:
    place = Path(given.work) / "again"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    verdict = one_case(*asked, given.seed, place, stock)
    say(f"{verdict.outcome}\n{verdict.told}\nfiles: {place}")


if __name__ == "__main__":
    main()
