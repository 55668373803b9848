"""`TreeShap`: what each feature contributes to a boosted model's log-odds, for millions of rows."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.tree_shap.layout import LONGEST, longest_way
from inadimplencia_ml.risk.tree_shap.looks import Scratch, add_contributions
from inadimplencia_ml.risk.tree_shap.tables import Forest, forest_of
from inadimplencia_ml.risk.tree_shap.trees import Tree, trees_of

__all__ = ["TreeShap", "fallback_share", "tree_shap_of"]

_LOG = logging.getLogger(__name__)

Floats = npt.NDArray[np.float64]
_BLOCK = 512  # rows at a time: with 60 features their values and sums stay in the second cache


@dataclass(frozen=True, eq=False)
class TreeShap:
    """The tables of a model, made once.

    Attributes
    ----------
    forest : Forest
    slots : int
        Entries of a row: features, or families of them.
    base : float
        Mean log-odds over the training rows.
    features : int
        Columns the model reads.
    trees : int
    too_long : tuple of int
        Trees with a way of more than 12 different features; LightGBM itself explains these, for every row, and slowly.
    """

    forest: Forest
    slots: int
    base: float
    features: int
    trees: int
    too_long: tuple[int, ...]
    _long: lgb.Booster | None
    _slot_of: npt.NDArray[np.int64]

    @classmethod
    def of(cls, booster: lgb.Booster, slots: Sequence[int] | None = None) -> TreeShap:
        """The tables of a LightGBM model.

        Parameters
        ----------
        booster : lightgbm.Booster
        slots : sequence of int, optional
            By feature, the place to which its contribution is added: families instead of features. Each feature for
            itself if not given.

        Raises
        ------
        BundleError
            The trees are of a kind that has no such tables (linear leaves).
        """
        text = booster.model_to_string(num_iteration=-1)
        trees = trees_of(text)
        features = booster.num_feature()
        slot_of = np.arange(features) if slots is None else np.asarray(slots, np.int64)
        too_long = tuple(i for i, tree in enumerate(trees) if longest_way(tree) > LONGEST)
        if too_long:
            _LOG.warning(
                "%d of %d trees have ways of more than %d different features: LightGBM explains these, slowly",
                len(too_long), len(trees), LONGEST,
            )  # fmt: skip
        short = [_nothing() if i in set(too_long) else tree for i, tree in enumerate(trees)]
        return cls(
            forest=forest_of(short, slot_of.tolist()),
            slots=int(slot_of.max(initial=-1)) + 1,
            base=sum(tree.mean for tree in trees),
            features=features,
            trees=len(trees),
            too_long=too_long,
            _long=lgb.Booster(model_str=text) if too_long else None,
            _slot_of=slot_of,
        )

    @cached_property
    def _widest(self) -> int:
        """Nodes of the tree that has most."""
        return int(np.diff(self.forest.node_start).max(initial=0))

    @property
    def fallback_share(self) -> float:
        """Share of the trees that LightGBM itself has to explain, 0 to 1."""
        return len(self.too_long) / max(self.trees, 1)

    def contributions(self, x: Floats, *, n_jobs: int = 1) -> Floats:
        """Exact path-dependent SHAP values.

        Parameters
        ----------
        x : float64 array, (rows, features)
            NaN where missing; categories by their codes.
        n_jobs : int
            Threads; 0 for all cores. The result does not depend on them.

        Returns
        -------
        float64 array, (rows, slots + 1)
            Log-odds; the last column is the mean over the training rows, and a row adds up to its log-odds.
        """
        x = np.ascontiguousarray(x, dtype=np.float64)
        out = np.zeros((len(x), self.slots + 1))
        nodes = self._widest
        threads = max(1, min(n_jobs or os.cpu_count() or 1, -(-len(x) // _BLOCK)))
        edges = np.linspace(0, len(x), threads + 1).astype(np.int64)

        def span(low: int, high: int) -> None:
            block = max(1, min(_BLOCK, high - low))  # of one row all lies side by side
            scratch = Scratch(
                np.empty((self.features, block)),
                np.empty((self.slots, block)),
                np.empty((nodes, block), np.uint8),
                np.empty(block, np.uint16),
                np.empty(block, np.uint8),
            )
            add_contributions(low, high, x, self.forest, scratch, out)

        if threads == 1:
            span(0, len(x))
        else:
            with ThreadPoolExecutor(max_workers=threads) as pool:
                for job in [pool.submit(span, int(a), int(b)) for a, b in pairwise(edges)]:
                    job.result()
        self._add_long_ways(x, out, n_jobs)
        out[:, -1] = self.base
        return out

    def _add_long_ways(self, x: Floats, out: Floats, n_jobs: int) -> None:
        """Trees that have no table, by LightGBM: neighbours at once."""
        for _, run in groupby(enumerate(self.too_long), lambda at: at[1] - at[0]):
            trees = [tree for _, tree in run]
            assert self._long is not None
            span = {"start_iteration": trees[0], "num_iteration": len(trees)}
            told: Any = self._long.predict(x, pred_contrib=True, num_threads=n_jobs, **span)
            for column, slot in enumerate(self._slot_of):
                out[:, slot] += told[:, column]


_MADE: WeakKeyDictionary[lgb.Booster, TreeShap] = WeakKeyDictionary()
_ONE_AT_A_TIME = Lock()


def tree_shap_of(booster: lgb.Booster) -> TreeShap:
    """The tables of a model, made at the first call and kept as long as the model."""
    with _ONE_AT_A_TIME:
        made = _MADE.get(booster)
        if made is None:
            made = _MADE[booster] = TreeShap.of(booster)
        return made


def fallback_share(boosters: Sequence[lgb.Booster]) -> float:
    """Share of all trees of some models that have no table, so that LightGBM itself explains them for every row."""
    made = [tree_shap_of(booster) for booster in boosters]
    return sum(len(one.too_long) for one in made) / max(sum(one.trees for one in made), 1)


def _nothing() -> Tree:
    none, real = np.empty(0, np.int64), np.empty(0)
    return Tree(none, real, none, none.astype(bool), none, none, real, none, none, none.astype(np.uint32), real, 0.0)
