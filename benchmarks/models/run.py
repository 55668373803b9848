"""Fits models on public data sets, fold by fold, and keeps what each gave; begins where the last call ended.

    python benchmarks/models/run.py --data FOLDER --sets german --models risk,lightgbm,logistic --folds 5
    python benchmarks/models/run.py --data FOLDER --minutes 3         # again and again, until it says that all is done
    python benchmarks/models/report.py                                  # the tables

FOLDER holds a folder for each set, with the files as they were published (benchmarks/README.md says which).
After ``--minutes`` no further fit is begun. A model whose library is not installed is left out, and said so.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from peers import MODELS, is_there, version_of
from results import Cell, Results
from sets import FOLDS, FOR_CHOICES, REPEATS, SETS, UNSEEN, Split, Task, load

SEEDS_IN_TIME = 5


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def cells(task: Task, models: list[str], folds: int, seeds: int) -> Iterator[tuple[Cell, Split]]:
    """What is to be fitted: fold by fold, so that a run that is cut short has all models on the same folds.

    Out of time every seed on every fold; in repeated folds the seed is the number of the repeat.
    """
    versions = {name: version_of(name) for name in models}
    for seed in range(seeds if task.in_time else 1):
        for split in task.splits if task.in_time else task.splits[:folds]:
            for name in models:
                own = seed if task.in_time else split.number // FOLDS
                if not MODELS[name].seeded:
                    own = 0
                    if seed:
                        continue
                yield Cell(task.name, name, versions[name], split.number, own), split


def installed(names: list[str]) -> list[str]:
    for name in names:
        if not is_there(name):
            say(f"{name}: not here ({MODELS[name].library}); left out")
    return [name for name in names if is_there(name)]


def run(given: argparse.Namespace) -> bool:
    """Fits until the time is up; whether all is done."""
    until = time.monotonic() + 60 * given.minutes
    results = Results(given.work)
    done = results.done()
    models = installed(given.models.split(","))
    for name in given.sets.split(","):
        task = load(name, given.data, given.work)
        for cell, split in cells(task, models, given.folds, given.seeds):
            if cell in done:
                continue
            if time.monotonic() > until:
                return False
            begin = time.perf_counter()
            predict = MODELS[cell.model].fit(task, split, cell.seed, given.threads)
            seconds = time.perf_counter() - begin
            p = predict(task.x.iloc[split.test])
            found = results.add(cell, task.bad[split.test], p, seconds)
            say(
                f"{cell.set:<9} {cell.model:<9} {split.name}, seed {cell.seed}: AUC {found['auc']:.4f}, "
                f"log loss {found['log_loss']:.4f}, {seconds:.1f} s"
            )
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of public data sets")
    parser.add_argument(
        "--sets",
        default=",".join(s for s in SETS if s not in (*FOR_CHOICES, *UNSEEN)),
        help="by comma; default: those that are judged",
    )
    parser.add_argument("--models", default=",".join(MODELS), help="by comma; default: all")
    parser.add_argument("--folds", type=int, default=FOLDS * REPEATS, help="of the repeated folds, the first so many")
    parser.add_argument("--seeds", type=int, default=SEEDS_IN_TIME, help="of the books that are judged out of time")
    parser.add_argument("--threads", type=int, default=2, help="of the peers; ours take what suits the table")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no further fit after so long")
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks"), help="folder for what is written")
    given = parser.parse_args()
    for kind, known in (("sets", SETS), ("models", MODELS)):
        unknown = sorted(set(getattr(given, kind).split(",")) - set(known))
        if unknown:
            parser.error(f"--{kind}: there is no {unknown[0]!r}; there are {', '.join(known)}")
    warnings.filterwarnings("ignore")
    say("all is done" if run(given) else "time is up: call again to go on")


if __name__ == "__main__":
    main()
