"""Times `inadimplencia features` and other programs on one ledger folder, in turn, and what it costs to read and write.

    python benchmarks/features/peers.py LEDGER \\
        --peer polars='python features_polars.py {ledger} {out} --parts 16' --imports polars=polars,pyarrow.parquet \\
        --peer duckdb='python features_duckdb.py {ledger} {out} --threads {cores}' --imports duckdb=duckdb,pyarrow
    python benchmarks/features/peers.py LEDGER --at-issue --phases                    # our own alone

LEDGER holds snapshots.parquet. All programs run as whole processes on the same cores with the same environment, ours
and each peer one after another, a first round uncounted; figures are medians. compute is what is left of the wall time
without imports (a process that does nothing else) and without the floor (`floor.py`: bare reading and writing). A peer
without --imports has none taken off. What the programs computed is not compared here.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
OUR_IMPORTS = (
    "inadimplencia_ml.cli.app,inadimplencia_ml.features.stream,inadimplencia_ml.ledger.ledger,"
    "typer._adapters,llvmlite.binding,pyarrow.csv"  # loaded when the first word is read, and with the first kernel
)
OURS, AT_ISSUE = "ours", "ours at issue"


class Run(NamedTuple):
    """One whole process, interpreter and imports with it."""

    wall: float  # seconds
    cpu: float  # seconds, user and system, all threads
    peak: float  # bytes of resident memory
    told: str  # what it printed


class Program(NamedTuple):
    """What is timed."""

    name: str
    command: list[str]
    imports: list[str] | None  # the command that only imports its libraries
    out: Path
    floor: str  # the program whose result's size tells the floor


class Figures(NamedTuple):
    """Medians of one program."""

    wall: float
    cpu: float
    peak: float
    imports: float
    floor: float
    rows: int
    columns: int

    @property
    def compute(self) -> float:
        return self.wall - self.imports - self.floor


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def once(command: list[str]) -> Run:
    """Runs a command to its end; what it used. This process stays small: a child's peak is never below its parent's.

    Raises
    ------
    SystemExit
        The command failed; with its messages.
    """
    os.sync()  # what the run before has written is not this one's to wait for
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=told, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        said.seek(0)
        if process.returncode:
            raise SystemExit(f"{said.read().decode()}\nended with {process.returncode}: {shlex.join(command)}")
        peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return Run(wall, used.ru_utime + used.ru_stime, peak, told.read().decode())


def programs_of(given: argparse.Namespace) -> list[Program]:
    """Ours, ours at issue if asked for, and the peers."""
    ours = [sys.executable, "-m", "inadimplencia_ml", "features", str(given.ledger), "--json", "--out"]
    imports = _importing(sys.executable, f"{OUR_IMPORTS}, os; os._exit(0)")  # as the command ends, at once
    out, at_issue = given.work / "ours.parquet", given.work / "ours_at_issue.parquet"
    snapshots = ["--snapshots", str(given.ledger / "snapshots.parquet")]
    found = [Program(OURS, [*ours, str(out), *snapshots], imports, out, OURS)]
    if given.at_issue:
        found.append(Program(AT_ISSUE, [*ours, str(at_issue), "--at-issue"], imports, at_issue, AT_ISSUE))
    libraries = dict(_named(given.imports, "--imports"))
    for name, words in _named(given.peer, "--peer"):
        out = given.work / f"peer_{name}.parquet"
        values = {"{ledger}": str(given.ledger), "{out}": str(out), "{cores}": str(len(given.cores.split(",")))}
        command = [_filled(word, values) for word in shlex.split(words)]
        wanted = libraries.pop(name, None)
        found.append(Program(name, command, _importing(command[0], wanted) if wanted else None, out, OURS))
    if libraries or len({program.out for program in found}) < len(found):
        raise SystemExit(f"--peer: each needs a name of its own; --imports: there is no peer {sorted(libraries)}")
    return found


def _importing(python: str, modules: str) -> list[str]:
    return [python, "-c", f"import {modules}"]


def _named(given: list[str], option: str) -> list[tuple[str, str]]:
    for one in given:
        if "=" not in one:
            raise SystemExit(f"{option} {one!r}: expected NAME=VALUE")
    return [(name.strip(), value) for name, _, value in (one.partition("=") for one in given)]


def _filled(word: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def a_round(programs: list[Program], ledger: Path) -> dict[tuple[str, str], Run]:
    """Every program once, then its imports, then the floors; by the name of the program and what was run."""
    runs = {}
    for program in programs:
        if program.out.is_dir():  # of a peer that writes in parts
            shutil.rmtree(program.out)
        program.out.unlink(missing_ok=True)
        runs[program.name, "whole"] = once(program.command)
        if program.imports:
            runs[program.name, "imports"] = once(program.imports)
    for program in programs:
        if program.floor == program.name:
            runs[program.name, "floor"] = once([sys.executable, str(HERE / "floor.py"), str(ledger), str(program.out)])
    return runs


def figures_of(program: Program, rounds: list[dict[tuple[str, str], Run]]) -> Figures:
    """Medians over the rounds, and the size of the last result."""
    import pyarrow.dataset as ds  # here: see `once`

    def middle(part: str, field: str) -> float:
        return statistics.median(getattr(one[program.name, part], field) for one in rounds)

    floors = [json.loads(one[program.floor, "floor"].told) for one in rounds]
    result = ds.dataset(program.out)
    return Figures(
        *(middle("whole", field) for field in ("wall", "cpu", "peak")),
        middle("imports", "wall") if program.imports else 0.0,
        statistics.median(floor["read"] + floor["write"] for floor in floors),
        result.count_rows(),
        len(result.schema.names),
    )


def report(figures: dict[str, Figures]) -> None:
    """The table, and what the programs are to one another."""
    say()
    say(
        "| program | snapshots × columns | wall, s | cpu, s | peak, GB | imports, s | floor, s | compute, s | µs each |"
    )
    say("|---|---|---|---|---|---|---|---|---|")
    for name, f in figures.items():
        say(
            f"| {name} | {f.rows:,} × {f.columns} | {f.wall:.2f} | {f.cpu:.2f} | {f.peak / 2**30:.2f} "
            f"| {f.imports:.2f} | {f.floor:.2f} | {f.compute:.2f} | {f.compute / max(f.rows, 1) * 1e6:.2f} |"
        )
    say()
    ours = figures[OURS]
    for name, f in figures.items():
        bare = f"{f.wall / f.floor:.2f}, without imports {(f.wall - f.imports) / f.floor:.2f}"
        say(f"{name}: file to file / floor {bare}")
        if name not in (OURS, AT_ISSUE):
            memory = f.peak / ours.peak
            say(f"{name} / ours: wall {f.wall / ours.wall:.2f}, compute {ratio(f, ours)}, peak {memory:.2f}")
    if AT_ISSUE in figures:
        issue = figures[AT_ISSUE]
        each = (issue.wall - issue.imports) / issue.rows / ((ours.wall - ours.imports) / ours.rows)
        say(f"a snapshot at issue / one of {OURS}: without imports {each:.2f}, compute {ratio(issue, ours, each=True)}")


def ratio(f: Figures, ours: Figures, *, each: bool = False) -> str:
    """Compute of the one in that of ours; nothing where ours lies within what a clock can tell."""
    if ours.compute < 0.05:
        return "not to be told on so small a ledger"
    return f"{f.compute / ours.compute * (ours.rows / f.rows if each else 1):.2f}"


def phases(given: argparse.Namespace) -> None:
    """Where our own time goes, and how soon a second process computes."""
    alone = [sys.executable, str(HERE / "phases.py"), str(given.ledger), "--work", str(given.work)]
    for more in [[], ["--at-issue"]] if given.at_issue else [[]]:
        say()
        say(once([*alone, *more]).told.rstrip())
    say()
    for _ in range(2):  # the first may compile
        told = once([*alone, "--first"]).told.rstrip()
    say(f"second process, {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--peer", action="append", default=[], help="NAME='command with {ledger}, {out}, {cores}'")
    parser.add_argument("--imports", action="append", default=[], help="NAME=MODULE[,MODULE...] of that peer")
    parser.add_argument("--runs", type=int, default=5, help="counted rounds, after one warm-up")
    parser.add_argument("--cores", default="0,1", help="the cores that all may use")
    parser.add_argument("--at-issue", action="store_true", help="ours also at the issue of every invoice")
    parser.add_argument("--phases", action="store_true", help="also where our time goes, on one thread")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="folder for what is written")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    cores = {int(core) for core in given.cores.split(",")}
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)  # children inherit it
    os.environ["POLARS_MAX_THREADS"] = str(len(cores))
    programs = programs_of(given)
    say(f"{given.ledger.name}: {', '.join(p.name for p in programs)}; load {os.getloadavg()[0]:.2f}")
    rounds = []
    for number in range(given.runs + 1):
        rounds.append(a_round(programs, given.ledger))
        walls = ", ".join(f"{p.name} {rounds[-1][p.name, 'whole'].wall:.2f} s" for p in programs)
        say(f"  {f'round {number}' if number else 'warm-up'}: {walls}")
    if given.phases:
        phases(given)
    report({program.name: figures_of(program, rounds[1:]) for program in programs})


if __name__ == "__main__":
    main()
