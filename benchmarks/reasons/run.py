"""How fast exact contributions are: the tables of `TreeShap` against LightGBM's own and against its plain prediction.

    python benchmarks/reasons/run.py [--rows 200000] [--trees 300] [--leaves 31] [--depth 6] [--features 60]
                                      [--categories 0] [--out FOLDER]

Made-up data with gaps and one column of categories in ten (``--categories 0``: none). LightGBM's contributions are
timed on 2,000 rows. ``--out`` keeps the model and rows for `peers.py`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from inadimplencia_ml.risk.tree_shap import TreeShap


def main() -> None:
    """Prints one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"rows": 200_000, "trees": 300, "leaves": 31, "depth": 6, "features": 60, "threads": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--categories", type=int, default=1, help="0: numbers alone")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    booster, x = _model(given)
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        booster.save_model(given.out / "model.txt")
        np.save(given.out / "rows.npy", x[:100_000])
    few = x[:2_000]
    made, shap = _timed(lambda: TreeShap.of(booster), 1)
    shap.contributions(few)  # compiled here, if it never was
    told = np.asarray(booster.predict(few, pred_contrib=True, num_threads=given.threads))
    miss = float(np.abs(shap.contributions(few) - told).max())
    slow, _ = _timed(lambda: booster.predict(few, pred_contrib=True, num_threads=given.threads), 3)
    plain, _ = _timed(lambda: booster.predict(x, raw_score=True, num_threads=given.threads), 3)
    ours, _ = _timed(lambda: shap.contributions(x, n_jobs=given.threads), 3)
    size = shap.forest.table.nbytes / 1e6
    _tell(
        f"tables: {made:.2f} s, {size:.0f} MB, trees left to LightGBM: {len(shap.too_long)} ({shap.fallback_share:.0%})"
    )
    _tell(f"largest difference from LightGBM's contributions: {miss:.2g} log-odds")
    _tell(f"LightGBM's contributions: {len(few) / slow:,.0f} rows a second")
    _tell(f"by tables: {len(x) / ours:,.0f} rows a second, {len(x) / ours / (len(few) / slow):.0f} times as fast")
    _tell(f"time of LightGBM's own prediction: {plain:.2f} s; by tables {ours:.2f} s, {ours / plain:.2f} times that")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _model(given: argparse.Namespace) -> tuple[lgb.Booster, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(given.rows, given.features))
    x[rng.random(x.shape) < 0.1] = np.nan
    categories = list(range(9, given.features, 10)) if given.categories else []
    for j in categories:
        x[:, j] = rng.integers(0, 30, given.rows)
    pull = np.nan_to_num(x) @ rng.normal(size=given.features) / 4 + np.nan_to_num(x[:, 0] * x[:, 1])
    y = (pull + rng.logistic(size=given.rows) > 0).astype(float)
    own = {"objective": "binary", "num_leaves": given.leaves, "max_depth": given.depth, "learning_rate": 0.05}
    own |= {"verbosity": -1, "seed": 1, "num_threads": given.threads}
    fit = slice(0, 50_000)
    return lgb.train(own, lgb.Dataset(x[fit], y[fit], categorical_feature=categories), given.trees), x


def _timed(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Median seconds of some calls, and what the last gave."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        got = call()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), got


if __name__ == "__main__":
    main()
