"""A block of rows through all trees: decide at each node, read each group's pattern, add what its table holds.

Everything runs over the rows of a block, columns first, so that the processor decides many rows with one instruction,
and the tables of one group are read while they are near.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import entry, kernel
from inadimplencia_ml.risk.tree_shap.tables import Forest
from inadimplencia_ml.risk.tree_shap.trees import CATEGORY, MISSING_IS_NAN, MISSING_IS_ZERO

__all__ = ["Scratch", "add_contributions"]

Floats = npt.NDArray[np.float64]
_ZERO = 1e-35  # LightGBM's: what is nearer to zero is zero


class Scratch(NamedTuple):
    """Room for one block."""

    x: Floats  # features x rows
    out: Floats  # slots x rows
    goes_left: npt.NDArray[np.uint8]  # nodes x rows
    pattern: npt.NDArray[np.uint16]
    bit: npt.NDArray[np.uint8]


@entry
def add_contributions(low: int, high: int, x: Floats, forest: Forest, mine: Scratch, out: Floats) -> None:
    """Adds what the trees contribute, in their order, to the rows ``low`` to ``high`` of ``out`` (rows x slots)."""
    block = mine.x.shape[1]
    for start in range(low, high, block):
        n = min(block, high - start)
        for r in range(n):
            for f in range(x.shape[1]):
                mine.x[f, r] = x[start + r, f]
        mine.out[:, :n] = 0.0
        for tree in range(len(forest.node_start) - 1):
            _decide(tree, n, forest, mine)
            for g in range(forest.group_start[tree], forest.group_start[tree + 1]):
                _read(g, n, forest, mine)
        for r in range(n):
            for s in range(mine.out.shape[0]):
                out[start + r, s] += mine.out[s, r]


@kernel
def _decide(tree: Any, n: Any, forest: Forest, mine: Scratch) -> None:
    """At each node of a tree, which rows go left: LightGBM's rules."""
    first = forest.node_start[tree]
    for node in range(first, forest.node_start[tree + 1]):
        x, left = mine.x[forest.feature[node]], mine.goes_left[node - first]
        threshold, kind, missing = forest.threshold[node], forest.kind[node], forest.missing_left[node]
        if kind == CATEGORY:
            for r in range(n):
                left[r] = _in_set(x[r], node, forest)
        elif kind == MISSING_IS_NAN:
            if missing:
                for r in range(n):
                    left[r] = not (x[r] > threshold)
            else:
                for r in range(n):
                    left[r] = x[r] <= threshold
        elif kind == MISSING_IS_ZERO:
            for r in range(n):
                nothing = x[r] != x[r] or (x[r] >= -_ZERO and x[r] <= _ZERO)
                left[r] = missing if nothing else x[r] <= threshold
        else:
            for r in range(n):
                left[r] = (0.0 if x[r] != x[r] else x[r]) <= threshold


@kernel
def _in_set(value: Any, node: Any, forest: Forest) -> Any:
    """Whether a category is among those that go left; a missing or negative one is not."""
    if not (value > -1.0 and value < 2147483648.0):  # what is cut to zero is category zero
        return False
    code = np.int64(value)
    word = code >> 5
    if word >= forest.word_count[node]:
        return False
    return (forest.words[forest.word_start[node] + word] >> np.uint32(code & 31)) & np.uint32(1) != 0


@kernel
def _read(g: Any, n: Any, forest: Forest, mine: Scratch) -> None:
    """The pattern of each row in a group, and what the group's tables hold for it."""
    pattern, bit, first = mine.pattern, mine.bit, forest.bit_start[g]
    pattern[:n] = 0
    for b in range(first, forest.bit_start[g + 1]):
        bit[:n] = 1
        for step in range(forest.step_start[b], forest.step_start[b + 1]):
            left, wanted = mine.goes_left[forest.step_node[step]], forest.step_left[step]
            for r in range(n):
                bit[r] &= left[r] == wanted
        shift = np.uint16(b - first)
        for r in range(n):
            pattern[r] |= np.uint16(bit[r]) << shift
    for s in range(forest.slot_start[g], forest.slot_start[g + 1]):
        table, out = forest.table[forest.table_start[s] : forest.table_start[s + 1]], mine.out[forest.slot[s]]
        for r in range(n):
            out[r] += table[pattern[r]]
