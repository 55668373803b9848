"""Probabilities of several events that imply one another, brought to agree: the implied one is never the rarer.

The nearest agreeing log-odds of each row are found exactly: isotonic regression on a partial order. R. E. Barlow and
others, Statistical Inference under Order Restrictions (1972), chapters 1 and 2: the events of an upper set with the
largest mean share that mean, then those of what is left, and so on. There are few events, so all upper sets are tried,
for all rows at once.

Why log-odds: outcomes of such events agree themselves, and of all that agree the projection in log-odds is nearest to
each by the Kullback-Leibler distance (Pythagoras for Bregman distances). So the log losses of a row's events, added up,
can only fall, whatever comes to pass. All events weigh the same, as the promise is on their plain sum. Where the mean
is taken on the scale of points, events that disagree move by as many points towards each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.newton import sigmoid

__all__ = ["MOST_EVENTS", "Implied", "agree", "crossed", "implied_by", "upper_sets"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Implied = npt.NDArray[np.bool_]
"""``implied[a, b]``: event a cannot come without event b."""

MOST_EVENTS = 12
"""More related events than this are refused: upper sets can double with each."""

_TIED = 1e-12  # log-odds
_EDGE = 1e-12  # log-odds of 0 and 1 are those of this
_AT_ONCE = 4_000_000  # means in work at a time


def implied_by(pairs: Sequence[tuple[int, int]], events: int) -> Implied:
    """The matrix of a list of pairs (a, b), event a implying event b, with all that follows from them.

    Examples
    --------
    >>> implied_by([(0, 1), (1, 2)], 3).astype(int).tolist()
    [[1, 1, 1], [0, 1, 1], [0, 0, 1]]
    """
    implied = np.eye(events, dtype=bool)
    for a, b in pairs:
        implied[a, b] = True
    for k in range(events):
        implied |= implied[:, [k]] & implied[[k], :]
    return implied


def upper_sets(implied: Implied) -> Flags:
    """All sets of events that hold with each event all that it implies, one a row; the empty one is left out."""
    events = len(implied)
    codes = np.arange(1, 2**events, dtype=np.int64)
    held = ((codes[:, None] >> np.arange(events)) & 1).astype(bool)
    closed = np.ones(len(codes), dtype=bool)
    for a in range(events):
        closed &= ~held[:, a] | held[:, implied[a]].all(axis=1)
    return held[closed]


def crossed(probability: Floats, implied: Implied) -> Flags:
    """Rows in which an event is more probable than one that it implies; NaN crosses nothing."""
    found = np.zeros(len(probability), dtype=bool)
    for a, b in zip(*np.nonzero(implied), strict=True):
        found |= probability[:, a] > probability[:, b]
    return found


def agree(probability: Any, implied: Implied) -> Floats:
    """The nearest probabilities, in log-odds, of which none is above one that its event implies.

    A row that agrees already is left as it is, to the bit; so the projection of a projection is itself. Nothing else
    about the row, and no other row, plays a part. As it keeps the order of any two rows (all of one as large or larger
    than all of the other), lower ends of intervals stay below and upper ends above when each are projected alike.

    Parameters
    ----------
    probability : array, (rows, events)
        0 to 1; NaN where an event is not told of a row. It stays so, and binds nothing.
    implied : array of bool, (events, events)
        ``implied[a, b]``: event a cannot come without event b; from `implied_by`, so that all that follows is in it.

    Raises
    ------
    CallError
        The shapes do not fit, a value lies outside 0 to 1, or more than 12 events are related.

    Examples
    --------
    >>> chain = implied_by([(0, 1)], 2)  # 60 days late is also 30 days late
    >>> agree([[0.2, 0.1], [0.1, 0.2]], chain).round(4)
    array([[0.1429, 0.1429],
           [0.1   , 0.2   ]])
    """
    p = np.array(probability, dtype=np.float64)
    if p.ndim != 2 or implied.shape != (p.shape[1], p.shape[1]):
        raise CallError(f"agree: probabilities of shape {p.shape} and an order of shape {implied.shape} do not fit")
    if ((p < 0) | (p > 1)).any():
        raise CallError("agree: a probability lies outside 0 to 1")
    for events in _parts(implied):
        if len(events) > MOST_EVENTS:
            raise CallError(f"agree: {len(events)} events are related; at most {MOST_EVENTS} can be brought to agree")
        order = implied[np.ix_(events, events)]
        moving = np.flatnonzero(crossed(p[:, events], order))
        sets = upper_sets(order) if len(moving) else order
        block = _AT_ONCE // len(sets)
        for start in range(0, len(moving), block):
            rows = np.ix_(moving[start : start + block], events)
            p[rows] = _projected(p[rows], order, sets)
    return p


def _parts(implied: Implied) -> list[npt.NDArray[np.intp]]:
    """Events that are related, directly or by others; those related to none are left out."""
    linked = implied | implied.T
    for k in range(len(linked)):
        linked |= linked[:, [k]] & linked[[k], :]
    return [np.flatnonzero(row) for i, row in enumerate(linked) if row.sum() > 1 and not row[:i].any()]


def _projected(p: Floats, implied: Implied, sets: Flags) -> Floats:
    """The projection of rows that do not agree."""
    told = np.isfinite(p)
    held = np.clip(np.where(told, p, 0.5), _EDGE, 1 - _EDGE)
    z = np.log(held) - np.log1p(-held)
    left, out, ceiling = told.copy(), p.copy(), np.full(len(p), np.inf)
    while left.any():
        count, total = _sums(left.astype(np.float64), sets), _sums(np.where(left, z, 0.0), sets)
        mean = np.divide(total, count, out=np.full(count.shape, -np.inf), where=count > 0)
        best = mean.max(axis=1)
        # Of sets of the same mean the union has it too: the largest keeps equal ones together.
        largest = np.where(mean >= (best - _TIED)[:, None], count, -1.0).argmax(axis=1)
        chosen = sets[largest] & left
        ceiling = np.minimum(ceiling, best)
        moved = chosen & (chosen.sum(axis=1, keepdims=True) > 1)  # one alone stays where it is, to the bit
        out = np.where(moved, sigmoid(ceiling)[:, None], out)
        left &= ~chosen
    return _without_rounding(out, implied)


def _sums(values: Floats, sets: Flags) -> Floats:
    """Sums over each set, event by event in their order, so that one row and a batch agree to the bit."""
    out = np.zeros((len(values), len(sets)))
    for event in range(values.shape[1]):
        out += values[:, [event]] * sets[:, event]
    return out


def _without_rounding(p: Floats, implied: Implied) -> Floats:
    """Rounding can leave two levels a bit apart the wrong way round: the implied one is raised to it."""
    low = np.where(np.isnan(p), -np.inf, p)
    raised = np.stack([low[:, implied[:, b]].max(axis=1) for b in range(p.shape[1])], axis=1)
    return np.where(np.isnan(p), np.nan, raised)
