"""Scorecards of this library and of others: how well they know the truth, and whether they survive being kept.

    python benchmarks/comparison/cards.py --peer optbinning=PYTHON --peer toad=PYTHON --peer scorecardpy=PYTHON

Tables drawn with the truth known, several seeds a size. `excess` is the log loss of new rows above that of the truth
itself, in thousandths; `slope` is how much the log-odds of the truth move with one of the card (1: as told; below 1:
too sure); `calibration` the mean distance of told and true probability over twenty bins, in hundredths. `kept` is the
greatest change of a probability, `points` that of the points, between before and after.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from drawn_table import NOT_TOLD, Drawn, draw

import inadimplencia_ml as iml

HERE = Path(__file__).parent
Floats = npt.NDArray[np.float64]


class Told(NamedTuple):
    """What a card answers on new rows, before and after it was kept, and what is known of it."""

    answers: pd.DataFrame
    cpu: float
    how: str
    unseen: dict[str, str]
    version: str


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ours(train: Drawn, test: Drawn) -> dict[str, Told]:
    """Our card: by JSON, and by the SQL that it writes, run by DuckDB."""
    begin = time.process_time()
    model = iml.ScorecardClassifier(special={"tenure": [NOT_TOLD]}, random_state=0, n_jobs=1).fit(train.x, train.y)
    used = time.process_time() - begin
    before = {"p": model.predict_proba(test.x)[:, 1], "points": model.score_points(test.x).astype(float)}
    read = iml.ScorecardClassifier.from_json(model.to_json())
    again = {"p_again": read.predict_proba(test.x)[:, 1], "points_again": read.score_points(test.x).astype(float)}
    with duckdb.connect() as connection:
        connection.register("book", test.x.assign(row=np.arange(len(test.x))))
        told = connection.sql(f"SELECT * FROM ({model.to_sql('book', keys=['row'])}) ORDER BY row").df()
    by_sql = {"p_again": told["probability"].to_numpy(), "points_again": told["points"].to_numpy(float)}
    odd = {"category": test.x.head(5).assign(region="R99"), "missing": test.x.head(5).assign(late_share=np.nan)}
    answers = {what: model.predict_proba(x)[:, 1] for what, x in odd.items()}
    unseen = {what: "an answer" if np.isfinite(p).all() else "NaN" for what, p in answers.items()}
    name = iml.__version__
    return {
        "ours": Told(pd.DataFrame(before | again), used, "JSON", unseen, name),
        "ours, in SQL": Told(pd.DataFrame(before | by_sql), used, "SQL", unseen, name),
    }


def of_a_peer(library: str, python: str, folder: Path) -> Told:
    """The same of another library.

    Raises
    ------
    SystemExit
        It failed; with its last words.
    """
    command = [python, str(HERE / "peer_cards.py"), library, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{library}: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    version = f"{told['versions'][library]} (pandas {told['versions']['pandas']})"
    answers = pd.read_parquet(folder / f"{library}_card.parquet")
    return Told(answers, told["cpu"], told["how"], told["unseen"], version)


def judged(told: Told, truth: Floats) -> dict[str, float]:
    """The figures of one card on one table, against the truth."""
    p = np.clip(told.answers["p"].to_numpy(), 1e-6, 1 - 1e-6)

    def loss(q: Floats) -> float:
        return float(-(truth * np.log(q) + (1 - truth) * np.log(1 - q)).mean())

    slope = _slope(np.log(p / (1 - p)), truth)
    part = pd.qcut(pd.Series(p).rank(method="first"), 20, labels=False)
    apart = pd.DataFrame({"part": part, "told": p, "true": truth}).groupby("part").mean()
    return {
        "excess": 1000 * (loss(p) - loss(truth)),
        "slope": slope,
        "calibration": 100 * float((apart["told"] - apart["true"]).abs().mean()),
        "kept": float((told.answers["p"] - told.answers["p_again"]).abs().max()),
        "points": float((told.answers["points"] - told.answers["points_again"]).abs().max()),
        "cpu": told.cpu,
    }


def _slope(log_odds: Floats, truth: Floats) -> float:
    """Slope of the logistic regression of the truth on the card's log-odds, by Newton's steps."""
    x, beta = np.column_stack([np.ones_like(log_odds), log_odds]), np.array([0.0, 1.0])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ beta))
        beta = beta + np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (truth - p))
    return float(beta[1])


def report(rows: list[dict[str, Any]], told: dict[str, Told]) -> None:
    """Means over the seeds; of what was kept, the worst."""
    say(
        "| | excess (min to max) | slope | calibration | kept as | kept | points | unseen word | missing | fit, cpu s |"
    )
    say("|---|---|---|---|---|---|---|---|---|---|")
    for name, of in pd.DataFrame(rows).groupby("name", sort=False):
        mean, worst, one = of.mean(numeric_only=True), of.max(numeric_only=True), told[str(name)]
        excess = f"{mean['excess']:.2f} ({of['excess'].min():.2f} to {worst['excess']:.2f})"
        cells = [excess, f"{mean['slope']:.3f}", f"{mean['calibration']:.2f}", one.how]
        cells += [f"{worst['kept']:.2g}", f"{worst['points']:.2g}", one.unseen["category"], one.unseen["missing"]]
        say(f"| {name} {one.version} | {' | '.join(cells)} | {mean['cpu']:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], help="LIBRARY or LIBRARY=PYTHON")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 20_000])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path("out_benchmarks/comparison"))
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    test = draw(50_000, random_state=10_000)
    test.x.assign(bad=test.y).to_parquet(given.work / "test.parquet")
    ours(draw(1_000, random_state=0), test)  # compiled once
    for size in given.rows:
        rows: list[dict[str, Any]] = []
        last: dict[str, Told] = {}
        for seed in range(given.seeds):
            train = draw(size, random_state=seed)
            train.x.assign(bad=train.y).to_parquet(given.work / "train.parquet")
            last = ours(train, test)
            for peer in given.peer:
                library, _, python = peer.partition("=")
                last[library] = of_a_peer(library, python or sys.executable, given.work)
            rows += [{"name": name, **judged(told, test.truth)} for name, told in last.items()]
        say(f"\n{size:,} rows, {given.seeds} seeds\n")
        report(rows, last)


if __name__ == "__main__":
    main()
