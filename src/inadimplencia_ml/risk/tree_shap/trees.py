"""Decision trees as flat arrays, read from LightGBM's text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError

__all__ = ["CATEGORY", "MISSING_IS_NAN", "MISSING_IS_ZERO", "NO_MISSING", "Tree", "trees_of"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

NO_MISSING, MISSING_IS_ZERO, MISSING_IS_NAN, CATEGORY = 0, 1, 2, 3
"""How a node decides: what it takes for missing, or by a set of categories."""


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree. Children below 0 are leaves: -1 is leaf 0.

    Attributes
    ----------
    feature, threshold : arrays, one entry a node
        A row goes left where its feature is at most the threshold.
    kind : int array
        NO_MISSING, MISSING_IS_ZERO, MISSING_IS_NAN or CATEGORY.
    missing_left : bool array
        Whether what is missing goes left.
    left, right : int arrays
        Children.
    share_left : float array
        Share of the training rows of the node that went left.
    category_start, category_words : int arrays
        By node, where its set of categories begins in ``words`` and how many words of 32 bits it has.
    words : uint32 array
        Sets of categories, a bit a category that goes left.
    leaf : float array
        Value of each leaf.
    mean : float
        Mean of the leaves over the training rows.
    """

    feature: Ints
    threshold: Floats
    kind: Ints
    missing_left: npt.NDArray[np.bool_]
    left: Ints
    right: Ints
    share_left: Floats
    category_start: Ints
    category_words: Ints
    words: npt.NDArray[np.uint32]
    leaf: Floats
    mean: float


def trees_of(text: str) -> list[Tree]:
    """Every tree of a model, in order.

    Parameters
    ----------
    text : str
        LightGBM's text of a model.

    Raises
    ------
    BundleError
        A tree is linear or lacks a part: only plain trees can be told apart by their decisions.
    """
    trees = []
    for number, block in enumerate(re.split(r"^Tree=\d+$", text, flags=re.MULTILINE)[1:]):
        parts = dict(line.split("=", 1) for line in _lines(block))
        try:
            trees.append(_tree(parts))
        except (KeyError, ValueError) as error:
            raise BundleError(f"tree {number} of the model cannot be read: {error!r}") from None
    return trees


def _lines(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if line.startswith("end of trees"):
            return
        if "=" in line:
            yield line


def _tree(parts: Mapping[str, str]) -> Tree:
    if parts.get("is_linear", "0") != "0":
        raise ValueError("its leaves are linear models")
    leaves = int(parts["num_leaves"])
    if leaves == 1:
        return _stump(float(parts["leaf_value"]))

    def numbers(name: str, dtype: Any, default: str = "") -> npt.NDArray[Any]:
        return np.array(parts.get(name, default).split(), dtype=dtype)

    decision, leaf = numbers("decision_type", np.int64), numbers("leaf_value", np.float64)
    left, right = numbers("left_child", np.int64), numbers("right_child", np.int64)
    threshold = numbers("threshold", np.float64)
    inside, outside = numbers("internal_count", np.float64), numbers("leaf_count", np.float64)
    if not len(leaf) == len(outside) == leaves or not len(left) == len(right) == len(inside) == leaves - 1:
        raise ValueError("its parts are of different lengths")
    if not (inside > 0).all():
        raise ValueError("a decision of it was met by no row")
    categorical = (decision & 1) == 1
    ends = numbers("cat_boundaries", np.int64)
    at = np.where(categorical, threshold, 0).astype(np.int64)
    start = np.where(categorical, ends[at], 0) if len(ends) else np.zeros(len(at), np.int64)
    stop = np.where(categorical, ends[at + 1], 0) if len(ends) else start
    count = np.concatenate([inside, outside])  # a child c is at c, or for a leaf at len(inside) + ~c
    child = np.where(left >= 0, left, len(inside) + ~left)
    return Tree(
        feature=numbers("split_feature", np.int64),
        threshold=threshold,
        kind=np.where(categorical, CATEGORY, (decision >> 2) & 3),
        missing_left=(decision & 2) != 0,
        left=left,
        right=right,
        share_left=count[child] / inside,
        category_start=start,
        category_words=stop - start,
        words=numbers("cat_threshold", np.uint32),
        leaf=leaf,
        mean=float((outside / inside[0] * leaf).sum()),
    )


def _stump(value: float) -> Tree:
    none, flags, real = np.empty(0, np.int64), np.empty(0, bool), np.empty(0)
    words = np.empty(0, np.uint32)
    return Tree(none, real, none, flags, none, none, real, none, none, words, np.array([value]), value)
