"""A client's slots summed from the first on, so that what a window holds is the difference of two sums.

Days go forward: a sum stands as long as no slot before it changed, and the begin of a window only goes forward. A
snapshot then adds up the few slots that are new or changed, not all there are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.columns import AGES
from inadimplencia_ml.features.fixed.totals import DAYS, SUMS, N, Slots

__all__ = ["DUE", "DUE_DAYS", "DUE_DUE", "WIDTH", "SoFar", "begin_sums", "between", "go_forward", "new_sums"]

I64 = npt.NDArray[np.int64]

DUE, DUE_DUE, DUE_DAYS, WIDTH = SUMS, SUMS + 1, SUMS + 2, SUMS + 3
"""Beside the sums of a slot: due dates of its rows, their squares, and due date times days late; in days from the
client's first due date."""


class SoFar(NamedTuple):
    """Sums over slots."""

    sums: I64  # before each slot x WIDTH
    edge: I64  # first slot due after t; then where the window of each of `AGES` begins; then the first slot looked at


def new_sums(size: int) -> SoFar:
    """For a client of up to ``size`` slots."""
    return SoFar(np.zeros((size + 1, WIDTH), np.int64), np.zeros(len(AGES) + 2, np.int64))


@inlined
def begin_sums(so_far: SoFar) -> None:
    """Starts with the next client."""
    so_far.edge[:] = 0


@kernel
def go_forward(t: Int, first: Int, n_slots: Int, slots: Slots, so_far: SoFar) -> None:
    """Brings sums and windows to the end of day t; slots before ``first`` are not looked at."""
    edge, sums = so_far.edge, so_far.sums
    while edge[0] < n_slots and slots.due[edge[0]] <= t:
        edge[0] += 1
    for w in range(len(AGES)):
        while edge[w + 1] < n_slots and slots.due[edge[w + 1]] <= t - AGES[w]:
            edge[w + 1] += 1
    edge[len(AGES) + 1] = first
    for s in range(slots.good[0], edge[0]):
        for k in range(SUMS):
            sums[s + 1, k] = sums[s, k] + slots.sums[s, k]
        due, n, days = np.int64(slots.due[s]) - slots.due[0], slots.sums[s, N], slots.sums[s, DAYS]
        sums[s + 1, DUE] = sums[s, DUE] + due * n
        sums[s + 1, DUE_DUE] = sums[s, DUE_DUE] + due * due * n
        sums[s + 1, DUE_DAYS] = sums[s, DUE_DAYS] + due * days
    slots.good[0] = edge[0]


@inlined
def between(k: Int, w: Int, so_far: SoFar) -> Int:
    """Sum ``k`` over the slots of window ``w``."""
    return so_far.sums[so_far.edge[0], k] - so_far.sums[so_far.edge[w + 1], k]
