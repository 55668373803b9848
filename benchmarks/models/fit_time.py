"""What a fit of RiskClassifier costs beside one LightGBM fit of as many trees, and in which step the time goes.

    python benchmarks/models/fit_time.py                                  # 1,000,000 rows, 100 columns
    python benchmarks/models/fit_time.py --rows 50000                     # a small one, to try it out

The table is drawn from a seed: 7 % bad, a third of the columns tell something, a tenth of the cells are missing. The
classifier counts its trees on held-out dates, calibrates on them and then fits on all rows; the one fit beside it knows
the number of trees beforehand, and has the same leaves, the same learning rate and the same threads.
"""

from __future__ import annotations

import argparse
import functools
import importlib.metadata as metadata
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk import boosting, classifier

# What the classifier calls, by name, and the step that it is.
STEPS = (
    (classifier.RiskClassifier, "learn_columns", "reading the table"),
    (classifier, "folds_for_fit", "folds"),
    (classifier, "counted_by_shape", "held-out models: counting trees, predictions"),
    (classifier, "held_out", "held-out models: counting trees, predictions"),
    (classifier, "grow", "the kept model"),
    (classifier.RiskClassifier, "calibrate", "calibration"),
)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Clock:
    """Seconds by step; a step within another belongs to the outer one, but for binning, which is done once for all."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open = ["rest"]
        self._since = time.perf_counter()

    @contextmanager
    def step(self, name: str, *, always: bool = False) -> Iterator[None]:
        self._turn()
        inside = len(self._open) > 1 and not always
        self._open.append(self._open[-1] if inside else name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def watched(self, function: Callable[..., Any], name: str, *, always: bool = False) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with self.step(name, always=always):
                return function(*given, **named)

        return call

    def _turn(self) -> None:
        now = time.perf_counter()
        self.spent[self._open[-1]] += now - self._since
        self._since = now


def draw(rows: int, columns: int, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], Any]:
    """Features, outcomes and dates."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, columns))
    telling = columns // 3
    risk = x[:, :telling] @ rng.normal(0, 0.25, telling) + 0.5 * np.maximum(x[:, 0], 0) * x[:, 1]
    level = -3.4 - 0.3 * np.sin(np.arange(rows) / rows * 6)
    y = (rng.random(rows) < 1 / (1 + np.exp(-(level + risk)))).astype(np.int64)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y, np.datetime64("2022-01-01") + (np.arange(rows) * 1000 // rows)


def watch(clock: Clock) -> None:
    for owner, name, step in STEPS:
        setattr(owner, name, clock.watched(getattr(owner, name), step))
    lgb.Dataset.construct = _once(lgb.Dataset.construct, clock)


def _once(construct: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    """Binning is that of a table of its own; subsets of it count where they are asked for."""

    def call(self: lgb.Dataset) -> lgb.Dataset:
        if self.reference is not None or self._handle is not None:
            return construct(self)
        with clock.step("binning", always=True):
            return construct(self)

    return call


def one_fit(x: Any, y: Any, model: classifier.RiskClassifier, threads: int) -> float:
    """Seconds of LightGBM alone, from the array to the last tree."""
    settings: boosting.TreeSettings = model.settings_
    begin = time.perf_counter()
    lgb.LGBMClassifier(
        n_estimators=model.n_trees_,
        num_leaves=settings.num_leaves,
        learning_rate=settings.learning_rate,
        n_jobs=threads,
        verbose=-1,
    ).fit(x, y)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    x, y, dates = draw(given.rows, given.columns, given.seed)
    say(f"{given.rows:,} x {given.columns}, {y.mean():.1%} bad, {given.threads} threads, load before {load:.2f}")
    clock = Clock()
    watch(clock)
    begin = time.perf_counter()
    model = classifier.RiskClassifier(n_jobs=given.threads, random_state=given.seed).fit(x, y, dates=dates)
    whole = time.perf_counter() - begin
    spent = dict(clock.spent)
    alone = one_fit(x, y, model, given.threads)
    say(f"RiskClassifier: {whole:.1f} s, {model.n_trees_} trees, {model.settings_.num_leaves} leaves")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        say(f"  {name:<46} {seconds:7.1f} s {seconds / whole:6.1%}")
    say(f"one LightGBM fit of as many trees: {alone:.1f} s; the classifier takes {whole / alone:.1f} times as long")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("inadimplencia-ml", "lightgbm", "numpy"))
    say(f"Python {platform.python_version()}, {versions}")


if __name__ == "__main__":
    main()
