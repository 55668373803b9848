"""The groups of all trees as flat arrays, and their tables: exact path-dependent TreeSHAP, once for every pattern.

For a leaf of value v, whose way asks the features 1 to d, the game is v(S) = v * product over S of [the row goes this
way] * product over the others of the share of training rows that does. Its Shapley values depend on the yes and no
alone.

References
----------
Lundberg, Erion, Lee (2020), From local explanations to global understanding with explainable AI for trees, Nature
Machine Intelligence 2, algorithm 2 (tree_path_dependent). Shapley (1953), A value for n-person games.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry, kernel
from inadimplencia_ml.risk.tree_shap.layout import LONGEST, Group, groups_of
from inadimplencia_ml.risk.tree_shap.trees import Tree

__all__ = ["Forest", "forest_of"]

I32 = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


class Forest(NamedTuple):
    """Trees and tables as the kernels take them; ``x_start`` says where the entries of x begin, one more at the end."""

    node_start: I32  # by tree
    feature: I32  # by node
    threshold: Floats
    kind: npt.NDArray[np.uint8]
    missing_left: npt.NDArray[np.uint8]
    word_start: I32
    word_count: I32
    words: npt.NDArray[np.uint32]
    group_start: I32  # by tree
    bit_start: I32  # by group
    step_start: I32  # by bit
    step_node: I32  # by step: node within its tree
    step_left: npt.NDArray[np.uint8]
    slot_start: I32  # by group: the features or families to which it adds
    slot: I32
    table_start: npt.NDArray[np.int64]  # by slot of a group
    table: Floats


class _Leaves(NamedTuple):
    """The leaves of the groups, as the tables are filled from them."""

    start: I32  # by group
    value: Floats
    term_start: I32  # by leaf
    mask: I32  # by term
    wanted: I32
    share: Floats
    place: I32  # by term: which slot of the group


def forest_of(trees: Sequence[Tree], slots: Sequence[int]) -> Forest:
    """The tables of trees none of whose ways is too long.

    Parameters
    ----------
    trees : sequence of Tree
    slots : sequence of int
        By feature, where its contribution is added: the feature itself, or its family.
    """
    groups = [groups_of(tree) for tree in trees]
    flat = [group for of_tree in groups for group in of_tree]
    steps = [bit for group in flat for bit in group.bits]
    added = [sorted({slots[f] for f in group.features}) for group in flat]
    sizes = [1 << len(group.bits) for group in flat]
    table_sizes = [size for size, own in zip(sizes, added, strict=True) for _ in own]
    table_start = np.array([*accumulate(table_sizes, initial=0)], np.int64)
    forest = Forest(
        node_start=_starts([len(tree.left) for tree in trees]),
        feature=_joined([tree.feature for tree in trees], np.int32),
        threshold=_joined([tree.threshold for tree in trees], np.float64),
        kind=_joined([tree.kind for tree in trees], np.uint8),
        missing_left=_joined([tree.missing_left for tree in trees], np.uint8),
        word_start=_joined(
            [
                tree.category_start + first
                for tree, first in zip(trees, _starts([len(tree.words) for tree in trees])[:-1], strict=True)
            ],
            np.int32,
        ),
        word_count=_joined([tree.category_words for tree in trees], np.int32),
        words=_joined([tree.words for tree in trees], np.uint32),
        group_start=_starts([len(of_tree) for of_tree in groups]),
        bit_start=_starts([len(group.bits) for group in flat]),
        step_start=_starts([len(bit) for bit in steps]),
        step_node=np.array([node for bit in steps for node, _ in bit], np.int32),
        step_left=np.array([left for bit in steps for _, left in bit], np.uint8),
        slot_start=_starts([len(own) for own in added]),
        slot=np.array([s for own in added for s in own], np.int32),
        table_start=table_start,
        table=np.zeros(int(table_start[-1])),
    )
    fill(forest, _leaves(flat, added, slots), _weights())
    return forest


def _leaves(groups: Sequence[Group], added: Sequence[list[int]], slots: Sequence[int]) -> _Leaves:
    leaves = [(leaf, own) for group, own in zip(groups, added, strict=True) for leaf in group.leaves]
    return _Leaves(
        start=_starts([len(group.leaves) for group in groups]),
        value=np.array([leaf.value for leaf, _ in leaves], np.float64),
        term_start=_starts([len(leaf.features) for leaf, _ in leaves]),
        mask=np.array([m for leaf, _ in leaves for m in leaf.masks], np.int32),
        wanted=np.array([w for leaf, _ in leaves for w in leaf.wanted], np.int32),
        share=np.array([s for leaf, _ in leaves for s in leaf.shares], np.float64),
        place=np.array([own.index(slots[f]) for leaf, own in leaves for f in leaf.features], np.int32),
    )


def _weights() -> Floats:
    """[d, k]: what a coalition of k out of d features weighs for another one: k! (d - 1 - k)! / d!."""
    out = np.zeros((LONGEST + 1, LONGEST + 1))
    for d in range(1, LONGEST + 1):
        for k in range(d):
            out[d, k] = factorial(k) * factorial(d - 1 - k) / factorial(d)
    return out


def _starts(counts: Sequence[int]) -> I32:
    return np.array([*accumulate(counts, initial=0)], np.int32)


def _joined(parts: Sequence[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(part.astype(dtype) for part in parts)])


def fill(forest: Forest, leaves: _Leaves, weights: Floats) -> None:
    """Fills every table, group by group."""
    scratch = np.empty(LONGEST + 1)
    _fill(forest, leaves, weights, scratch)


@entry
def _fill(forest: Forest, leaves: _Leaves, weights: Floats, scratch: Floats) -> None:
    for g in range(len(leaves.start) - 1):
        patterns = 1 << (forest.bit_start[g + 1] - forest.bit_start[g])
        first_slot = forest.slot_start[g]
        for one in range(leaves.start[g], leaves.start[g + 1]):
            begin, end = leaves.term_start[one], leaves.term_start[one + 1]
            for pattern in range(patterns):
                for term in range(begin, end):
                    at = forest.table_start[first_slot + leaves.place[term]] + pattern
                    forest.table[at] += _shapley(pattern, term, begin, end, one, leaves, weights, scratch)


@kernel
def _shapley(
    pattern: Any, term: Any, begin: Any, end: Any, leaf: Any, leaves: _Leaves, weights: Floats, scratch: Floats
) -> Any:
    """The Shapley value of one feature in the game of one leaf."""
    length = 1  # coefficients by size of the coalition
    scratch[0] = 1.0
    for other in range(begin, end):
        if other != term:
            share = leaves.share[other]
            goes = pattern & leaves.mask[other] == leaves.wanted[other]
            scratch[length] = 0.0
            for k in range(length, 0, -1):
                scratch[k] = share * scratch[k] + (scratch[k - 1] if goes else 0.0)
            scratch[0] *= share
            length += 1
    total = 0.0
    for k in range(length):
        total += weights[end - begin, k] * scratch[k]
    comes = 1.0 if pattern & leaves.mask[term] == leaves.wanted[term] else 0.0
    return leaves.value[leaf] * (comes - leaves.share[term]) * total
