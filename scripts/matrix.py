"""The package as its users get it: built once, then installed into empty environments and tested there.

    python scripts/matrix.py --pythons "python3.11 python3.12 python3.13"            # every cell; an hour and more
    python scripts/matrix.py --pythons /opt/python3.13/bin/python --cells newest --args "-k lateness"

A cell is a Python with dependencies as new as pip finds them (`newest`), with the lower bounds of pyproject.toml
(`oldest`), or, for the last Python, the source distribution in place of the wheel (`sdist`). In each: the bare package
runs `inadimplencia demo` in an empty folder; then come all extras and the tests, which are those of the unpacked source
distribution, run against what was installed. One line a cell; more lies in WORK. Ends with 1 if a cell failed.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).resolve().parents[1]
PACKAGE = "inadimplencia_ml"
KINDS = ("newest", "oldest", "sdist")
NEVER_SHIPPED = re.compile(
    r"(^|/)(__pycache__|\.hypothesis|\.\w+_cache|\.venv|\.git)(/|$)|\.(py[co]|nb[ci]|code|lock)$"
)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LAST_LINE = re.compile(r"^=* ?(?P<told>(\d+ \w+,? ?)+) in (?P<seconds>[\d.]+)s", re.MULTILINE)


class Cell(NamedTuple):
    """One environment."""

    python: str  # a command
    version: str
    kind: str

    @property
    def name(self) -> str:
        return f"{'.'.join(self.version.split('.')[:2])}-{self.kind}"


class Built(NamedTuple):
    """What is installed, and where the tests lie."""

    wheel: Path
    sdist: Path
    unpacked: Path
    oldest: Path


class Failed(Exception):
    """A step of a cell went wrong; the text says which and where its words are."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(command: list[str | Path], log: Path, *, folder: Path | None = None, **more: str) -> float:
    """Runs a command, its words added to ``log``; the seconds it took.

    Raises
    ------
    Failed
        It ended with another code than 0.
    """
    begin = time.perf_counter()
    apart = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {shlex.join(map(str, command))}\n")
        file.flush()
        done = subprocess.run(command, cwd=folder, env=apart | more, stdout=file, stderr=file, check=False)
    if done.returncode:
        raise Failed(f"{shlex.join(map(str, command))[:100]} ended with {done.returncode}, see {log}")
    return time.perf_counter() - begin


def environment(python: str, folder: Path, log: Path) -> Path:
    """The interpreter of a new, empty environment."""
    run([python, "-m", "venv", "--clear", folder], log)
    return folder / "bin" / "python"


def build(python: str, work: Path) -> Built:
    """Wheel and source distribution, looked through, and the latter unpacked."""
    log, dist, unpacked = work / "build.txt", work / "dist", work / "unpacked"
    for old in (dist, unpacked):
        shutil.rmtree(old, ignore_errors=True)
    log.unlink(missing_ok=True)
    tools = environment(python, work / "tools", log)
    run([tools, "-m", "pip", "install", "--quiet", "build"], log)
    run([tools, "-m", "build", "--outdir", dist, HOUSE], log)  # the wheel out of the source distribution
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (inside,) = unpacked.iterdir()
    look_through(wheel, sdist, inside)
    oldest = work / "oldest.txt"
    told = subprocess.run([tools, HOUSE / "scripts" / "oldest.py"], capture_output=True, text=True, check=True)
    oldest.write_text(told.stdout, encoding="utf-8")
    return Built(wheel, sdist, inside, oldest)


def look_through(wheel: Path, sdist: Path, unpacked: Path) -> None:
    """The wheel holds every file of the package and nothing else; neither holds what a machine left behind.

    Raises
    ------
    SystemExit
        Something is missing or too much; with its names.
    """
    packed = set(zipfile.ZipFile(wheel).namelist())
    source = HOUSE / "src"
    files = {p.relative_to(source).as_posix() for p in (source / PACKAGE).rglob("*") if p.is_file()}
    files = {name for name in files if not NEVER_SHIPPED.search(name)}
    others = {name for name in packed - files if not name.partition("/")[0].endswith(".dist-info")}
    left = {name for name in packed if NEVER_SHIPPED.search(name)}
    left |= {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if NEVER_SHIPPED.search(p.as_posix())}
    if files - packed or others or left:
        raise SystemExit(f"wheel lacks {sorted(files - packed)}, has {sorted(others)}; left behind: {sorted(left)}")
    data = sum(not name.endswith(".py") for name in files)
    sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in (wheel, sdist))
    say(f"built: {sizes}; {len(files)} files of the package, {data} of them data, types and templates")


def installed(cell: Cell, built: Built, home: Path, *, kept: bool) -> str:
    """Makes the environment of a cell, bare at first, and with everything after the demonstration; what is to be said.

    Raises
    ------
    Failed
        A step went wrong.
    """
    package = built.sdist if cell.kind == "sdist" else built.wheel
    bounds: list[str | Path] = ["-c", built.oldest] if cell.kind == "oldest" else []
    log, python = home / "install.txt", home / "venv" / "bin" / "python"
    if kept := kept and python.exists():
        run([python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", package], log)
    else:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        environment(cell.python, home / "venv", log)
        run([python, "-m", "pip", "install", "--quiet", *bounds, package], log)
    size = "" if kept else f"; bare environment {megabytes(home / 'venv')} MB"
    empty = home / "empty"
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir()
    demo = run([python.with_name("inadimplencia"), "demo", "--out", "out"], home / "demo.txt", folder=empty)
    run([python, "-m", "pip", "install", "--quiet", *bounds, f"{package}[all,test]"], log)
    run([python, "-m", "pip", "check"], log)
    (home / "versions.txt").unlink(missing_ok=True)
    run([python, "-m", "pip", "freeze"], home / "versions.txt")
    return f"demo {demo:.0f} s{size}"


def tested(cell: Cell, built: Built, work: Path, words: list[str], *, kept: bool) -> str:
    """Installs and tests one cell; what is to be said of it.

    Raises
    ------
    Failed
        A step went wrong.
    """
    home = work / cell.name
    said = installed(cell, built, home, kept=kept)
    python = home / "venv" / "bin" / "python"
    package = where_it_lies(python, built.unpacked, home)
    told = home / "tests.txt"
    told.unlink(missing_ok=True)
    test: list[str | Path] = [
        python,
        "-m",
        "pytest",
        "-c",
        "pyproject.toml",
        "--rootdir",
        ".",
        "-p",
        "no:cacheprovider",
    ]
    parallel = ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
    failed = ""
    try:
        run([*test, *parallel, "tests", package, *words], told, folder=built.unpacked, **ONE_THREAD)
    except Failed as fault:
        failed = f"; {fault}"
    ended = LAST_LINE.findall(told.read_text(encoding="utf-8")) or [("?", "", "?")]
    if list((built.unpacked / "src").rglob("__pycache__")):
        failed += "; something was imported from the source's folder instead of the installed package"
    whole = f"tests {shlex.join(words)}" if words else "all tests"
    counts = f"{whole}: {ended[-1][0]} in {ended[-1][-1]} s; {said}"
    if failed:
        raise Failed(counts + failed)
    return counts


def where_it_lies(python: Path, folder: Path, home: Path) -> Path:
    """The folder of the installed package, as seen from where the tests run.

    Raises
    ------
    Failed
        It is not in the environment.
    """
    code = f"import {PACKAGE}; print({PACKAGE}.__file__)"
    told = subprocess.run([python, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    found = Path(told.stdout.strip()).parent
    if home not in found.parents:
        raise Failed(f"{PACKAGE} is that of {found}")
    return found


def megabytes(folder: Path) -> int:
    return round(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink()) / 1e6)


def cells_of(pythons: list[str], kinds: list[str]) -> list[Cell]:
    """The cells asked for, by Python; the source distribution with the last.

    Raises
    ------
    SystemExit
        A Python does not run.
    """
    found = []
    for python in pythons:
        try:
            told = subprocess.run([python, "--version"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError) as refused:
            raise SystemExit(f"{python!r} is no Python that runs ({refused}); name others with --pythons") from None
        version = told.stdout.split()[1]
        found += [Cell(python, version, kind) for kind in kinds if kind != "sdist" or python == pythons[-1]]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pythons", default="python3.11 python3.12 python3.13", help="commands or paths")
    parser.add_argument("--cells", default=" ".join(KINDS), help="kinds of cells: newest, oldest, sdist")
    parser.add_argument("--args", default="", help="words for pytest: a cell then is a part, and its line says so")
    parser.add_argument("--work", type=Path, default=Path("out_matrix"), help="folder for what is written")
    parser.add_argument("--keep", action="store_true", help="use environments that are there: not a proof, but sooner")
    given = parser.parse_args()
    if unknown := set(given.cells.split()) - set(KINDS):
        parser.error(f"--cells {sorted(unknown)}: there are {', '.join(KINDS)}")
    work = given.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    cells = cells_of(given.pythons.split(), given.cells.split())
    built = build(cells[-1].python, work)
    failures = 0
    for cell in cells:
        try:
            told = tested(cell, built, work, shlex.split(given.args), kept=given.keep)
        except Failed as failed:
            failures, told = failures + 1, f"FAILED: {failed}"
        say(f"{cell.name} (Python {cell.version}): {told}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
