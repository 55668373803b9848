"""How the leaves of a tree are put together so that one look into a table tells what they contribute.

What a leaf contributes depends on few yes or no: for each feature on the way to it, whether the row takes that way.
The leaves under one node share the way down to it. So they share a table: its index has a bit for each different
feature above the node (does the row come this way?) and one for each node below it (does the row go left?), and it
holds the sum of what these leaves contribute to each feature. The fewer and larger such groups are, the fewer looks;
their tables double with each bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from inadimplencia_ml.risk.tree_shap.trees import Tree

__all__ = ["LONGEST", "Group", "Leaf", "groups_of", "longest_way"]

BITS = 7
"""Bits of a group of several leaves: 128 numbers a feature stay in the nearest cache."""

LONGEST = 12
"""Different features on the way to a leaf, above which its table would be too large."""


@dataclass(frozen=True)
class Leaf:
    """A leaf within its group: by feature on its way, which bits must be how, and the share of rows that goes there."""

    value: float
    features: list[int]
    masks: list[int]
    wanted: list[int]
    shares: list[float]


@dataclass(frozen=True)
class Group:
    """Leaves under one node. A bit is a list of (node, goes left) that must all hold."""

    bits: list[list[tuple[int, bool]]]
    leaves: list[Leaf] = field(default_factory=list)

    @property
    def features(self) -> list[int]:
        """Every feature to which some leaf contributes."""
        return sorted({f for leaf in self.leaves for f in leaf.features})


@dataclass
class _Way:
    """From the root to a node: by feature its steps, and the share of training rows that goes along."""

    steps: dict[int, list[tuple[int, bool]]]
    shares: dict[int, float]

    def further(self, tree: Tree, node: int, left: bool) -> _Way:
        feature = int(tree.feature[node])
        share = float(tree.share_left[node])
        step = [*self.steps.get(feature, []), (node, left)]
        gone = self.shares.get(feature, 1.0) * (share if left else 1.0 - share)
        return _Way(self.steps | {feature: step}, self.shares | {feature: gone})


def longest_way(tree: Tree) -> int:
    """The most different features on the way to a leaf."""
    longest, stack = 0, [(0, frozenset[int]())] if len(tree.left) else []
    while stack:
        node, above = stack.pop()
        here = above | {int(tree.feature[node])}
        longest = max(longest, len(here))
        stack.extend((int(c), here) for c in (tree.left[node], tree.right[node]) if c >= 0)
    return longest


def groups_of(tree: Tree) -> list[Group]:
    """The leaves of a tree, in groups as large as their tables may be."""
    below = _nodes_below(tree)
    groups, stack = [], [(0, _Way({}, {}))] if len(tree.left) else []
    while stack:
        node, way = stack.pop()
        inside = [] if node < 0 else below[node]
        if node < 0 or len(way.steps) + len(inside) <= BITS:
            groups.append(_group(tree, node, way, inside))
        else:
            stack.append((int(tree.right[node]), way.further(tree, node, False)))
            stack.append((int(tree.left[node]), way.further(tree, node, True)))
    return groups


def _nodes_below(tree: Tree) -> list[list[int]]:
    """By node, itself and all nodes under it, the upper first."""
    below: list[list[int]] = [[] for _ in tree.left]
    order, stack = [], [0] if len(tree.left) else []
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(int(c) for c in (tree.left[node], tree.right[node]) if c >= 0)
    for node in reversed(order):
        under = [below[int(c)] for c in (tree.left[node], tree.right[node]) if c >= 0]
        below[node] = [node, *(n for part in under for n in part)]
    return below


def _group(tree: Tree, top: int, way: _Way, inside: list[int]) -> Group:
    above = list(way.steps)
    bit_of = {node: len(above) + i for i, node in enumerate(inside)}
    group = Group([*way.steps.values(), *([(node, True)] for node in inside)])
    stack: list[tuple[int, dict[int, tuple[int, int, float]]]] = [
        (top, {f: (1 << i, 1 << i, way.shares[f]) for i, f in enumerate(above)})
    ]
    while stack:
        node, asked = stack.pop()
        if node < 0:
            told = list(asked.values())
            masks, wanted, shares = [m for m, _, _ in told], [w for _, w, _ in told], [s for _, _, s in told]
            group.leaves.append(Leaf(float(tree.leaf[~node]), [*asked], masks, wanted, shares))
            continue
        feature, bit, share = int(tree.feature[node]), 1 << bit_of[node], float(tree.share_left[node])
        mask, want, gone = asked.get(feature, (0, 0, 1.0))
        right = asked | {feature: (mask | bit, want, gone * (1.0 - share))}
        stack.append((int(tree.right[node]), right))
        stack.append((int(tree.left[node]), asked | {feature: (mask | bit, want | bit, gone * share)}))
    return group
