"""Changes the code in one small place at a time and looks whether a test turns red: a change that none sees is a gap.

    python scripts/mutants.py outcome.py policy --tests "tests/outcome tests/policy" --sample 40 --seed 0
    python scripts/mutants.py features/fixed --tests tests/features/test_against_reference.py --sample 20 --jobs 2

Files and folders are those of the package; of all changes that can be made in their functions so many are drawn by the
seed. A change is one comparison, sign, number, minimum or maximum, condition or added-up statement. Each is made in a
copy, the tests named are run against it and stop at the first that fails, in a process forked from one that has the
heavy libraries loaded. Prints a line for each change, and the count. Some survivors mean nothing (a change that changes
no result); the others want a test.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import multiprocessing
import os
import py_compile
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

HOUSE = Path(__file__).resolve().parents[1]
PACKAGE = HOUSE / "src" / "inadimplencia_ml"
HEAVY = [
    "duckdb",
    "lightgbm",
    "numba",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "scipy.stats",
    "sklearn.linear_model",
]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
LONGEST = 900  # seconds of tests; a change that makes them run on for ever is seen too

OTHER: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}


class Mutant(NamedTuple):
    """One change: where (line, and bytes from and to), and what stands there instead."""

    path: Path
    line: int
    begin: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(PACKAGE)}:{self.line}: {self.before} -> {self.after}"


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """The node, changed; nothing for most."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OTHER:
        yield ast.Compare(node.left, [OTHER[type(node.ops[0])]()], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(OTHER[type(node.op)](), node.values)
    elif isinstance(node, ast.BinOp) and type(node.op) in OTHER and not _text(node):
        yield ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Name) and node.id in NAMES and isinstance(node.ctx, ast.Load):
        yield ast.Name(NAMES[node.id])
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield ast.Attribute(node.value, NAMES[node.attr], ast.Load())
    elif isinstance(node, ast.AugAssign):
        yield ast.Pass()


def _text(node: ast.BinOp) -> bool:
    return any(
        isinstance(n, ast.JoinedStr) or isinstance(getattr(n, "value", None), str) for n in (node.left, node.right)
    )


def inside(function: ast.AST) -> Iterator[ast.AST]:
    """What a function does: not its annotations, defaults, docstring or messages."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.arguments | ast.Raise | ast.JoinedStr | ast.FunctionDef | ast.ClassDef):
            continue
        if child in getattr(function, "decorator_list", []) or child is getattr(function, "returns", None):
            continue
        if isinstance(child, ast.AnnAssign) and child.value is not None:
            child = child.value
        yield child
        yield from inside(child)


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change that can be made in the functions of a file."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in inside(function):
            for changed in changes(node):
                begin = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
                end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
                after = ast.unparse(changed)
                after = after if isinstance(changed, ast.Pass) else f"({after})"
                yield Mutant(path, node.lineno, begin, end, source[begin:end].decode(), after)  # type: ignore[attr-defined]


def run_tests(src: Path, cache: Path, words: list[str]) -> None:
    """Runs the tests named and ends with their exit code; the target of a forked process."""
    os.setsid()  # what the tests start ends with them
    os.chdir(HOUSE)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    os.environ |= {"PYTHONPATH": str(src), "NUMBA_CACHE_DIR": str(cache)}
    sys.path.insert(0, str(src))
    import pytest

    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *words]))


class Copy:
    """A copy of the package in which one change at a time is made."""

    def __init__(self, folder: Path) -> None:
        self.src = folder / "src"
        shutil.copytree(PACKAGE, self.src / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        checked = py_compile.PycInvalidationMode.CHECKED_HASH  # a time of change says too little here
        compileall.compile_dir(self.src, quiet=1, invalidation_mode=checked)
        self.cache = folder / "compiled"
        self.cache.mkdir()
        for kept in (PACKAGE / "compiled" / "__pycache__").glob("*.code"):  # named for what it was made from
            shutil.copy2(kept, self.cache)
        self.forked = multiprocessing.get_context("forkserver")

    def tests_pass(self, words: list[str]) -> bool:
        process = self.forked.Process(target=run_tests, args=(self.src, self.cache, words))
        process.start()
        assert process.pid is not None
        process.join(LONGEST)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        return process.exitcode == 0

    def survives(self, mutant: Mutant, words: list[str]) -> bool:
        """Whether no test sees the change."""
        place = self.src / PACKAGE.name / mutant.path.relative_to(PACKAGE)
        whole = mutant.path.read_bytes()
        place.write_bytes(whole[: mutant.begin] + mutant.after.encode() + whole[mutant.end :])
        try:
            return self.tests_pass(words)
        finally:
            place.write_bytes(whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", help="files and folders of the package")
    parser.add_argument("--tests", required=True, help="words for pytest")
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    named = [PACKAGE / place for place in given.places]
    files = sorted({f for p in named for f in ([p] if p.suffix else p.rglob("*.py"))})
    every = [mutant for path in files for mutant in mutants_of(path)]
    drawn = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    words = given.tests.split()
    free: Queue[Copy] = Queue()

    def look(mutant: Mutant) -> bool:
        copy = free.get()
        try:
            survived = copy.survives(mutant, words)
        finally:
            free.put(copy)
        sys.stdout.write(f"{'SURVIVED' if survived else 'killed  '} {mutant}\n")
        sys.stdout.flush()
        return survived

    os.environ |= ONE_THREAD | {"PYTHONDONTWRITEBYTECODE": "1"}
    multiprocessing.get_context("forkserver").set_forkserver_preload(HEAVY)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for number in range(given.jobs):
            free.put(Copy(Path(folder) / str(number)))
        copy = free.get()
        if not copy.tests_pass(words):
            raise SystemExit("the tests fail without any change")
        free.put(copy)
        with ThreadPoolExecutor(given.jobs) as pool:
            alive = sum(pool.map(look, drawn))
    sys.stdout.write(f"{len(drawn)} of {len(every)} changes in {len(files)} files tried, {alive} survived\n")


if __name__ == "__main__":
    main()
