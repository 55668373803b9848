"""LightGBM as this library runs it: parameters by the size of the data, one binned table, plain text out.

The same rows, seed and version give the same trees at any number of threads: each histogram is summed by one thread in
the order of rows (``force_col_wise``), sums over rows are not split (``deterministic``), and the loss that counts the
trees is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.level_evidence import LevelEvidence, crossed_evidence
from inadimplencia_ml.risk.tree_text import check_tree_text

__all__ = [
    "Booster",
    "Growth",
    "TreeSettings",
    "booster_text",
    "gain_shares",
    "grow",
    "load_booster",
    "mean_of",
    "threads_of",
    "tree_settings",
]

Booster: TypeAlias = lgb.Booster
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_SHORT_OF_ROWS = 20_000
_CELLS_FOR_THREADS = 20_000_000  # rows x columns


@dataclass(frozen=True)
class TreeSettings:
    """What a tree may be; see ``tree_settings`` for how it follows from the data."""

    learning_rate: float
    num_leaves: int
    max_depth: int
    min_child_samples: int
    feature_fraction: float
    subsample: float
    reg_lambda: float
    extra_trees: bool


def tree_settings(
    rows: int,
    rarer: int,
    *,
    learning_rate: float,
    num_leaves: int | None,
    max_depth: int,
    min_child_samples: int | None,
    feature_fraction: float,
    subsample: float,
    reg_lambda: float,
    extra_trees: bool | None,
) -> TreeSettings:
    """Settings for ``rows`` rows with ``rarer`` cases of the rarer class; what is given is kept.

    Examples
    --------
    >>> plain = dict(learning_rate=0.05, num_leaves=None, max_depth=6, min_child_samples=None,
    ...              feature_fraction=0.5, subsample=0.8, reg_lambda=1.0, extra_trees=None)
    >>> small, large = tree_settings(1_000, 300, **plain), tree_settings(1_000_000, 70_000, **plain)
    >>> small.num_leaves, small.min_child_samples, small.extra_trees
    (7, 10, True)
    >>> large.num_leaves, large.min_child_samples, large.extra_trees
    (31, 159, False)
    """
    if num_leaves is None:
        # A leaf is an estimate: more of them only where enough cases of the rarer class stand behind each.
        num_leaves = 7 if rarer < 2_000 else 15 if rarer < 20_000 else 31
    if min_child_samples is None:
        min_child_samples = int(np.clip(round(0.6 * rarer**0.5), 3, 300))
    if extra_trees is None:
        # Cut points drawn at random blur the noise of small data, and lose detail that large data can afford.
        extra_trees = rows < _SHORT_OF_ROWS
    return TreeSettings(
        learning_rate, num_leaves, max_depth, min_child_samples, feature_fraction, subsample, reg_lambda, extra_trees
    )


def _parameters(settings: TreeSettings, monotone: Sequence[int], seed: int, threads: int) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "objective": "binary",
        "metric": "None",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.num_leaves,
        "max_depth": settings.max_depth,
        "min_data_in_leaf": settings.min_child_samples,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.subsample,
        "bagging_freq": 1 if settings.subsample < 1 else 0,
        "lambda_l2": settings.reg_lambda,
        "extra_trees": settings.extra_trees,
        # Up to 32 categories are told one from the rest, which fits few rows better than an order learned from them.
        "max_cat_to_onehot": 32,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_col_wise": True,
        "seed": seed,
        "data_random_seed": 1,  # of the rows that bins are cut by: all seeds share one binned table
        "num_threads": threads,
        "verbosity": -1,
    }
    if any(monotone):
        parameters |= {"monotone_constraints": list(monotone), "monotone_constraints_method": "intermediate"}
    return parameters


@dataclass(frozen=True)
class Growth:
    """Everything that growing trees needs, whichever rows are taken.

    ``many`` are the columns whose levels are told as evidence, by their number of levels; ``part`` is the part of each
    row in learning it (`risk.level_evidence`). ``start`` are log-odds that the trees begin from, 0 if there are none;
    the trees do not hold them, so who predicts adds them.
    """

    x: Floats
    y: Floats
    weight: Floats | None
    names: Sequence[str]
    categorical: Sequence[int]
    monotone: Sequence[int]
    settings: TreeSettings
    threads: int
    many: dict[int, int] = field(default_factory=dict)
    part: npt.NDArray[np.int64] | None = None
    start: Floats | None = None

    @cached_property
    def dataset(self) -> lgb.Dataset:
        """All rows, binned once: folds take subsets of it."""
        return lgb.Dataset(
            self._crossed(np.arange(len(self.y))) if self.many else self.x,
            self.y,
            weight=self.weight,
            init_score=self.start,
            feature_name=_plain_names(self.names),
            categorical_feature=[j for j in self.categorical if j not in self.many],
            params=self.parameters(0),
        ).construct()

    def parted(self, train: Rows, test: Rows) -> tuple[lgb.Dataset, lgb.Dataset]:
        """The rows to grow on and those to watch; what levels say is learned on the former alone."""
        if not self.many:
            return self.dataset.subset(train.tolist()), self.dataset.subset(test.tolist())
        weight = None if self.weight is None else self.weight[train]
        told = LevelEvidence.learn(self.x[train], self.y[train], weight, self.many)
        return self._like(self._crossed(train), train), self._like(told.read(self.x[test]), test)

    def _crossed(self, rows: Rows) -> Floats:
        assert self.part is not None
        weight = None if self.weight is None else self.weight[rows]
        return crossed_evidence(self.x[rows], self.y[rows], weight, self.part[rows], self.many)

    def _like(self, x: Floats, rows: Rows) -> lgb.Dataset:
        """Rows in the bins of the whole table."""
        weight = None if self.weight is None else self.weight[rows]
        return lgb.Dataset(x, self.y[rows], weight=weight, reference=self.dataset, params=self.parameters(0))

    def with_settings(self, settings: TreeSettings) -> Growth:
        """The same rows and the same binned table for other trees."""
        other = replace(self, settings=settings)
        other.__dict__["dataset"] = self.dataset
        return other

    def parameters(self, seed: int) -> dict[str, Any]:
        """LightGBM's parameters."""
        return _parameters(self.settings, self.monotone, seed, self.threads)


def grow(growth: Growth, rows: npt.NDArray[np.intp] | None, trees: int, seed: int) -> Booster:
    """A model of ``trees`` trees on all rows, or on some."""
    data = growth.dataset
    if rows is not None:
        data = data.subset(rows.tolist())
    booster = lgb.Booster(growth.parameters(seed), data)
    for _ in range(trees):
        booster.update()  # adds nothing where no split is left
    return load_booster(booster_text(booster), checked=False)  # as it will be read from disk


def mean_of(parts: Sequence[Floats]) -> Floats:
    """The mean of equal arrays, summed in their order; one array as it is."""
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total if len(parts) == 1 else total / len(parts)


def threads_of(n_jobs: int | None, cells: int, one_below: int = _CELLS_FOR_THREADS) -> int:
    """LightGBM's number of threads: 0 stands for all cores; where nothing is asked, one for a small table.

    On a small table threads wait for each other longer than they work, and on a busy machine many times longer.

    Examples
    --------
    >>> threads_of(None, 1_000), threads_of(None, 30_000_000), threads_of(None, 30_000_000, one_below=60_000_000)
    (1, 0, 1)
    """
    if n_jobs is None:
        return 1 if cells < one_below else 0
    return 0 if n_jobs < 1 else int(n_jobs)


def gain_shares(boosters: Sequence[Booster], columns: int) -> Floats:
    """Share of each column in the gain of all splits; zeros where no tree could split."""
    gain = np.zeros(columns)
    for booster in boosters:
        gain = gain + booster.feature_importance(importance_type="gain")
    return gain / gain.sum() if gain.sum() > 0 else gain


def load_booster(text: bytes, *, checked: bool = True) -> Booster:
    """The model of LightGBM's text, each number of which is looked at first unless this process has just written it.

    Raises
    ------
    BundleError
        It is no such text.
    """
    try:
        told = text.decode("utf-8")
        if checked:
            check_tree_text(told)
        return lgb.Booster(model_str=told)
    except (UnicodeDecodeError, lgb.basic.LightGBMError) as error:
        raise BundleError(f"The trees of the model cannot be read by LightGBM: {error}") from None


def booster_text(booster: Booster) -> bytes:
    """LightGBM's text of the trees, without the section of the run's parameters, which holds the number of threads."""
    text = booster.model_to_string(num_iteration=-1)
    return re.sub(r"\nparameters:.*?end of parameters\n", "\n", text, flags=re.DOTALL).encode("utf-8")


def _plain_names(names: Sequence[str]) -> list[str]:
    """The columns' names if LightGBM takes all of them as they are, else their numbers."""
    if all(re.fullmatch(r"\w+", n, flags=re.ASCII) for n in names):
        return list(names)
    return [f"column_{i}" for i in range(len(names))]
