"""Ends a run in parts at random moments and fills its disk: what is resumed must be what an undisturbed run gives.

    python benchmarks/scale/kill.py                  # 30 times kill -9, 5 times a full disk; some minutes
    python benchmarks/scale/kill.py --kills 3 --fills 1 --invoices 20000

Each run is the command itself, with two working processes. It is killed after a random time, a few times in a row, then
resumed to its end; all files are compared byte by byte with those of a run that nobody disturbed, and the working
processes must end by themselves. A full disk is a limit on the size of a file (RLIMIT_FSIZE): the command must say so
in one line and end with 1.
Linux or macOS.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from large_ledger import LAST_DAY, book_of

import inadimplencia_ml as iml

LASTED: list[float] = []
"""Seconds that working processes outlived the one that was killed."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def command(work: Path, out: Path) -> list[str]:
    words = ["score", str(work / "ledger"), "--model", str(work / "model"), "--as-of", str(LAST_DAY), "--out", str(out)]
    words += ["--policy", "default", "--rows-in-memory", "0", "--rows-a-part", "3000", "--jobs", "2", "--resume"]
    return [sys.executable, "-m", "inadimplencia_ml", *words]


def run(words: list[str], after: float | None = None, limit: Callable[[], None] | None = None) -> tuple[int, str]:
    """Exit code and messages; killed after so many seconds if it is still running then."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=limit) as one:
        try:
            told = one.communicate(timeout=after)[1]
        except subprocess.TimeoutExpired:
            one.send_signal(signal.SIGKILL)
            begin = time.monotonic()
            told = one.communicate()[1]  # comes back when no working process holds the pipe any more
            LASTED.append(time.monotonic() - begin)
    return one.returncode, told


def kills(work: Path, expected: dict[str, str], number: int, length: float, dice: random.Random) -> int:
    """Kills ``number`` times in all; a run may be killed several times before it comes to its end."""
    killed = wrong = 0
    while killed < number:
        out = work / "killed"
        shutil.rmtree(out, ignore_errors=True)
        for _ in range(dice.randint(1, 4)):
            code, told = run(command(work, out), after=dice.uniform(0.2, 1.05 * length))
            killed += code == -signal.SIGKILL
            if code == 0 or killed == number:
                break
        code, told = run(command(work, out))
        same = code == 0 and contents(out) == expected
        wrong += not same
        say(f"  killed {killed:2d}: resumed with {code}, {'the same bytes' if same else 'DIFFERENT ' + told}")
    return wrong


def fills(work: Path, expected: dict[str, str], sizes: list[int]) -> int:
    """Runs that may write no file above a size; then the same with room."""
    wrong = 0
    for size in sizes:
        out = work / "filled"
        shutil.rmtree(out, ignore_errors=True)
        code, told = run(command(work, out), limit=lambda size=size: _limit(size))  # type: ignore[misc]  # a default
        lines = [line for line in told.splitlines() if line.strip()]
        plain = code == 1 and len(lines) == 1 and lines[0].startswith("error: ")
        again, why = run(command(work, out))
        same = again == 0 and contents(out) == expected
        if not same:
            files = contents(out)
            say(f"  {again}: {why} {[name for name in {*files, *expected} if files.get(name) != expected.get(name)]}")
        wrong += not (plain and same)
        say(f"  no file above {size:,}: ended with {code}, {lines}; resumed {'the same' if same else 'WRONG'}")
    return wrong


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--fills", type=int, default=5)
    parser.add_argument("--invoices", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--within", type=float, help="seconds in which a run is killed; else those of one undisturbed")
    parser.add_argument("--model", type=Path, help="a model folder; else one is trained")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inadimplencia-kill-") as folder:
        work = Path(folder)
        ledger = book_of(given.invoices, given.invoices // 40, 1)
        ledger.write(work / "ledger")
        if given.model:
            shutil.copytree(given.model, work / "model")
        else:
            iml.train(ledger, settings=iml.TrainingSettings(candidates=("boosted",), n_bootstrap=50)).save(
                work / "model"
            )
        begin = time.monotonic()
        code, told = run(command(work, work / "undisturbed"))
        length = given.within or time.monotonic() - begin
        if code:
            raise SystemExit(told)
        expected = contents(work / "undisturbed")
        say(f"undisturbed: {len(expected)} files; killed within {length:.1f} s")
        wrong = kills(work, expected, given.kills, length, random.Random(given.seed))
        largest = max(path.stat().st_size for path in (work / "undisturbed").rglob("*.parquet"))
        wrong += fills(work, expected, [int(largest * share) for share in (0.02, 0.2, 0.5, 0.8, 0.95)][: given.fills])
        longest = max(LASTED, default=0.0)
        say(f"{wrong} of the runs were wrong; working processes outlived a kill by {longest:.1f} s at most")
        raise SystemExit(1 if wrong or longest > 30 else 0)


if __name__ == "__main__":
    main()
