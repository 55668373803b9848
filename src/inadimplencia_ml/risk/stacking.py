"""Weights of a stack: shares of the members' held-out log-odds, none below zero, drawn to the best single member."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.risk.newton import sigmoid

__all__ = ["best_member", "row_losses", "stack_weights"]

Floats = npt.NDArray[np.float64]

# How strongly weights are drawn to the best member, as the precision of a normal distribution: going half the way must
# earn half a unit of log-likelihood, what a further coefficient earns by chance. A thousand bad ones do not feel it.
_DRAWN = 4.0
_ROUNDS = 200
_CLOSE = 1e-8


def row_losses(z: Floats, y: Floats) -> Floats:
    """Log loss of each row at log-odds ``z``."""
    return np.asarray(np.logaddexp(0.0, z) - y * z, dtype=np.float64)


def best_member(columns: Sequence[Floats], y: Floats, weight: Floats | None = None) -> int:
    """The place of the member with the least log loss; of equals the first."""
    w = np.ones(len(y)) if weight is None else weight
    return int(np.argmin([float((w * row_losses(z, y)).sum()) for z in columns]))


def stack_weights(columns: Sequence[Floats], y: Floats, weight: Floats | None = None) -> Floats:
    """Shares of the members, 0 or more, which add up to 1.

    They minimise Σ loss(Σ share × log-odds) + 2·Σ (share − best)², where ``best`` is 1 for the best single member and 0
    for the others: with few cases the blend is that member, and only what the data shows moves it.

    Parameters
    ----------
    columns : sequence of arrays
        Held-out log-odds of each member.
    y : array
        Outcomes (1 bad, 0 good).
    weight : array, optional
        Weight of each row.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> first, second = rng.normal(size=(2, 20_000))
    >>> y = (rng.random(20_000) < sigmoid(0.7 * first + 0.3 * second)).astype(float)
    >>> stack_weights([first, second], y).round(1)
    array([0.7, 0.3])
    """
    w = np.ones(len(y)) if weight is None else weight
    target = np.zeros(len(columns))
    target[best_member(columns, y, w)] = 1.0
    share = np.full(len(columns), 1.0 / len(columns))
    z = np.zeros(len(y))
    for a, column in zip(share, columns, strict=True):
        z = z + a * column
    for _ in range(_ROUNDS):
        moved = 0.0
        for i in range(len(columns)):
            for j in range(i):
                # The problem is convex and smooth: moving weight between two members at a time ends at its least.
                apart = columns[i] - columns[j]
                step = _newton_move(z, y, w, apart, (share[i] - target[i]) - (share[j] - target[j]))
                step = float(np.clip(step, -share[i], share[j]))
                share[i], share[j] = share[i] + step, share[j] - step
                z = z + step * apart
                moved = max(moved, abs(step))
        if moved < _CLOSE:
            break
    return np.asarray(share / share.sum(), dtype=np.float64)


def _newton_move(z: Floats, y: Floats, w: Floats, apart: Floats, off: float) -> float:
    """How much weight to move along ``apart``; ``off``: how far the two shares are from where they are drawn."""
    p = sigmoid(z)
    slope = float((w * (p - y) * apart).sum()) + _DRAWN * off
    bend = float((w * p * (1.0 - p) * apart * apart).sum()) + 2.0 * _DRAWN
    return -slope / bend
