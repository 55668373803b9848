"""Whom a resample holds: clients are drawn with replacement, whole, as one client's rows tell nearly the same story."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError

__all__ = ["ClientDraws", "Counts", "Estimate", "client_weights", "estimate", "estimates"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint8]
"""How often each client (row) was drawn in each of some resamples (column)."""

_AT_ONCE = 16
"""Resamples in one block: their counts of a client are one read from memory (measured: 8 and 32 are slower)."""


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


class ClientDraws:
    """Clients drawn ``n`` times with replacement; every figure of one judgement reads the same draws.

    Parameters
    ----------
    groups : array-like or None
        The client of each row; None: each row is a client of its own.
    rows : int
        Number of rows.
    n : int
        Number of resamples.
    random_state : int
        Seed. The same arguments give the same draws, so figures of several models can be compared draw by draw.

    Attributes
    ----------
    place : array of int32
        The number of each row's client, 0 upwards in the order of their ids.
    clients : int
        How many clients there are.

    Raises
    ------
    CallError
        ``groups`` does not hold one client a row.

    Examples
    --------
    >>> draws = ClientDraws(["A", "A", "B"], 3, n=20, random_state=0)
    >>> [block.shape for block in draws.blocks()]
    [(2, 16), (2, 4)]
    """

    def __init__(self, groups: Any, rows: int, n: int, random_state: int) -> None:
        self.n = n
        self.random_state = random_state
        if groups is None:
            self.place, self.clients = np.arange(rows, dtype=np.int32), rows
            return
        given = np.asarray(groups)
        if given.shape != (rows,):
            raise CallError(
                f"groups has the shape {given.shape}, and there are {rows} rows. Expected one client a row."
            )
        place, ids = pd.factorize(given, sort=True)
        if (place < 0).any():
            raise CallError(f"groups: {int((place < 0).sum())} rows have no client. Expected one client a row.")
        self.place, self.clients = place.astype(np.int32), len(ids)

    @cached_property
    def by_client(self) -> npt.NDArray[np.intp]:
        """The rows in the order of their clients, a client's own in theirs."""
        return np.argsort(self.place, kind="stable")

    def draws(self) -> Iterator[npt.NDArray[np.int64]]:
        """How often each client was drawn, resample by resample."""
        rng = np.random.default_rng(self.random_state)
        for _ in range(self.n):
            yield np.bincount(rng.integers(0, self.clients, self.clients), minlength=self.clients)

    def blocks(self) -> Iterator[Counts]:
        """The same, some resamples at once, one a column."""
        drawn = self.draws()
        for first in range(0, self.n, _AT_ONCE):
            block = np.empty((self.clients, min(_AT_ONCE, self.n - first)), dtype=np.uint8)
            for column in range(block.shape[1]):
                block[:, column] = next(drawn)  # never above 255: one client so often has no chance
            yield block

    def once(self) -> Counts:
        """Each client once: the data itself."""
        return np.ones((self.clients, 1), dtype=np.uint8)


def client_weights(groups: Any, rows: int, n: int, random_state: int) -> Iterator[Floats]:
    """``n`` times: how often each row was drawn, when clients are drawn with replacement.

    Without ``groups`` each row is a client of its own. The same arguments give the same draws.
    """
    draws = ClientDraws(groups, rows, n, random_state)
    for drawn in draws.draws():
        yield drawn.astype(np.float64)[draws.place]


def estimate(draws: Floats) -> Estimate:
    """The figure in the first cell, with the interval of the others; resamples that could not give it are left out."""
    kept = draws[1:][np.isfinite(draws[1:])]
    if not len(kept) or not np.isfinite(draws[0]):
        return Estimate(float(draws[0]), float("nan"), float("nan"))
    low, high = np.quantile(kept, (0.025, 0.975))
    return Estimate(float(draws[0]), float(low), float(high))


def estimates(draws: Floats) -> list[Estimate]:
    """The estimate of each column."""
    return [estimate(draws[:, i]) for i in range(draws.shape[1])]
