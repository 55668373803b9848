"""LightGBM's text of a model looked through before LightGBM reads it.

LightGBM believes the numbers of its text: a feature that the model has not, a child that leads back to its parent, or a
length that is not the tree's is read past the end of memory, or for ever. So each number is looked at here first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError

__all__ = ["check_tree_text"]

_OBJECTIVES = (
    "binary cross_entropy cross_entropy_lambda regression regression_l1 huber fair poisson quantile mape gamma tweedie "
    "custom none lambdarank rank_xendcg"
).split()
_MOST_LEAVES, _MOST_COLUMNS = 1 << 17, 1 << 17
_FLOATS = ("split_gain", "threshold", "internal_value", "internal_weight")
_OF_NODES = ("split_feature", "decision_type", "left_child", "right_child", "internal_count")
_CATEGORIES = re.compile(r"\npandas_categorical:(.*)\n?\Z")


def check_tree_text(text: str) -> None:
    """Refuses a text that is not what LightGBM would have written.

    Raises
    ------
    BundleError
        Says which tree, and which line of it.
    """
    head, *blocks = re.split(r"^(?=Tree=\d+$)", text, flags=re.MULTILINE)
    try:
        columns = _check_head(head, blocks)
        _check_end(text)
    except (KeyError, ValueError, RecursionError) as error:
        raise BundleError(f"The trees of the model cannot be read: {_told(error)}") from None
    for number, block in enumerate(blocks):
        try:
            _check_tree(_lines(block), number, columns)
        except (KeyError, ValueError, OverflowError) as error:
            raise BundleError(f"Tree {number} of the model cannot be read: {_told(error)}") from None


def _told(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)[:200]


def _lines(block: str) -> dict[str, str]:
    """Names and values, up to the end of the trees; a name that comes twice is refused."""
    found: dict[str, str] = {}
    for line in block.split("\n"):
        if line.startswith("end of trees"):
            break
        name, equals, value = line.partition("=")
        if not equals:
            continue
        if name in found:
            raise ValueError(f"{name} comes twice")
        found[name] = value
    return found


def _check_head(head: str, blocks: Sequence[str]) -> int:
    """What stands before the trees; tells the number of columns."""
    said = _lines(head)
    if not head.startswith("tree\n"):
        raise ValueError("it is no model of LightGBM")
    if "\0" in head:
        raise ValueError("it holds a sign at which LightGBM stops to read")
    columns = _whole(said, "max_feature_idx", 0, _MOST_COLUMNS) + 1
    if _whole(said, "num_class", 1, 1) != _whole(said, "num_tree_per_iteration", 1, 1):
        raise ValueError("it is of several classes")
    _whole(said, "label_index", 0, _MOST_COLUMNS)
    for name in ("feature_names", "feature_infos"):
        if sum(word != "" for word in said[name].split(" ")) != columns:  # LightGBM counts no empty ones
            raise ValueError(f"{name} are not {columns:,}")
    if "monotone_constraints" in said:
        _numbers(said, "monotone_constraints", np.int64, columns)
    _check_objective(said.get("objective", "none"))
    sizes = _numbers(said, "tree_sizes", np.int64, len(blocks)).tolist()
    for number, (size, block) in enumerate(zip(sizes, blocks, strict=True)):
        end = block.find("end of trees")
        if size != len((block if end < 0 else block[:end]).encode("utf-8")) or (end < 0) != (number < len(blocks) - 1):
            raise ValueError(f"tree {number} is not of the length that tree_sizes tells")
    if not blocks and "end of trees" not in head:
        raise ValueError("it does not end")
    return columns


def _check_objective(words: str) -> None:
    name, *settings = words.split(" ")
    if name not in _OBJECTIVES:
        raise ValueError(f"the objective {name[:40]!r} is unknown")
    for setting in settings:
        key, _, value = setting.partition(":")
        if key == "sigmoid" and not 0 < float(value) < 1e6:
            raise ValueError("the objective has no slope")


def _check_end(text: str) -> None:
    """The categories that LightGBM's Python keeps behind the model, as JSON."""
    found = _CATEGORIES.search(text)
    if found is not None:
        json.loads(found[1])


def _check_tree(said: Mapping[str, str], number: int, columns: int) -> None:
    if said["Tree"] != str(number):
        raise ValueError("it is not in its place")
    leaves = _whole(said, "num_leaves", 1, _MOST_LEAVES)
    categories = _whole(said, "num_cat", 0, _MOST_LEAVES)
    _numbers(said, "leaf_value", np.float64, leaves)
    _numbers(said, "shrinkage", np.float64, 1)
    linear = _whole(said, "is_linear", 0, 1) if "is_linear" in said else 0
    if linear:
        _check_linear(said, leaves, columns)
    if leaves == 1:
        return
    for name in _FLOATS:
        if name in said or name == "threshold":
            _numbers(said, name, np.float64, leaves - 1)
    for name, kind in (("leaf_weight", np.float64), ("leaf_count", np.int64)):
        _numbers(said, name, kind, leaves)
    nodes = {name: _numbers(said, name, np.int64, leaves - 1) for name in _OF_NODES}
    if nodes["split_feature"].min() < 0 or nodes["split_feature"].max() >= columns:
        raise ValueError("it splits by a column that the model has not")
    if nodes["decision_type"].min() < 0 or nodes["decision_type"].max() > 15:
        raise ValueError("a node decides in an unknown way")
    _check_children(nodes["left_child"], nodes["right_child"], leaves)
    _check_categories(said, nodes["decision_type"], categories, leaves)


def _check_children(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], leaves: int) -> None:
    """Each node but the first is the child of one that comes before it, each leaf of one node."""
    children = np.concatenate([left, right])
    parents = np.tile(np.arange(leaves - 1), 2)
    inner = children >= 0
    if not np.array_equal(np.sort(children), np.arange(-leaves, leaves - 1)[np.arange(-leaves, leaves - 1) != 0]):
        raise ValueError("its nodes do not make a tree")
    if (children[inner] <= parents[inner]).any():
        raise ValueError("its nodes lead in a circle")


def _check_categories(said: Mapping[str, str], decision: npt.NDArray[np.int64], categories: int, leaves: int) -> None:
    chosen = (decision & 1) == 1
    if not categories:
        if chosen.any():
            raise ValueError("a node decides by categories that are not there")
        return
    ends = _numbers(said, "cat_boundaries", np.int64, categories + 1)
    if ends[0] != 0 or (np.diff(ends) < 0).any():
        raise ValueError("cat_boundaries do not rise")
    words = _numbers(said, "cat_threshold", np.int64, int(ends[-1]))
    if len(words) and (words.min() < 0 or words.max() >= 2**32):
        raise ValueError("cat_threshold holds another number than 32 bits do")
    at = _numbers(said, "threshold", np.float64, leaves - 1)[chosen]
    if not (np.isin(at, np.arange(categories))).all():
        raise ValueError("a node decides by categories that are not there")


def _check_linear(said: Mapping[str, str], leaves: int, columns: int) -> None:
    _numbers(said, "leaf_const", np.float64, leaves)
    count = _numbers(said, "num_features", np.int64, leaves)
    if (count < 0).any() or count.sum() > _MOST_COLUMNS * leaves:
        raise ValueError("a leaf reads another number of columns than there are")
    read = _numbers(said, "leaf_features", np.int64, int(count.sum()))
    _numbers(said, "leaf_coeff", np.float64, int(count.sum()))
    if len(read) and (read.min() < 0 or read.max() >= columns):
        raise ValueError("a leaf reads a column that the model has not")


def _whole(said: Mapping[str, str], name: str, low: int, high: int) -> int:
    """A whole number in a range."""
    text = said[name]
    if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
        raise ValueError(f"{name} is {text[:40]!r}")
    return int(text)


def _numbers(said: Mapping[str, str], name: str, kind: Any, count: int) -> npt.NDArray[Any]:
    """So many numbers, all finite but for thresholds."""
    words = said[name].split()
    if len(words) != count:
        raise ValueError(f"{name} has {len(words):,} numbers; expected {count:,}")
    try:
        found = np.array(words, dtype=kind) if words else np.empty(0, kind)
    except (ValueError, OverflowError):
        raise ValueError(f"{name} holds what is no number") from None
    if kind is np.float64 and name != "threshold" and not np.isfinite(found).all():
        raise ValueError(f"{name} holds a number that is not finite")
    return found
