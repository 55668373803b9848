"""What is judged, row by row, and how rows are told apart: by segment, month, kind, rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.client_draws import ClientDraws

__all__ = ["Cells", "Rows", "amounts", "cells_of", "crossed"]

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rows:
    """Outcomes, probabilities and clients of the judged rows.

    Attributes
    ----------
    y, p : array
        1 bad, 0 good; the judged probabilities.
    drawn : ClientDraws
        The resamples that all figures share.
    exposure : array or None
        Money at risk of each row on its as_of; 0 where it is not known.
    """

    y: Floats
    p: Floats
    drawn: ClientDraws
    exposure: Floats | None = None

    def clients(self, cells: Cells) -> Codes:
        """How many different clients each cell holds."""
        _, cell, _ = self.pairs(cells)
        return np.bincount(cell, minlength=len(cells.names))

    def pairs(self, cells: Cells) -> tuple[Codes, Codes, Codes]:
        """Clients in cells: the pair of each row that is in a cell, the cell of each pair, and the rows of each."""
        held = cells.code >= 0
        code = cells.code[held] * np.int64(self.drawn.clients) + self.drawn.place[held]
        found, pair, rows = np.unique(code, return_inverse=True, return_counts=True)
        return pair, found // max(self.drawn.clients, 1), rows


class Cells(NamedTuple):
    """The number of each row's cell (−1: in none), and the cells' names in the order of the numbers."""

    code: Codes
    names: tuple[str, ...]


def cells_of(values: Any, rows: int, what: str, first: Sequence[str] = ()) -> Cells:
    """Rows by a value of theirs; a missing one is in no cell.

    Parameters
    ----------
    values : array-like
        One value a row.
    rows : int
        How many there must be.
    what : str
        The argument's name, for messages.
    first : sequence of str
        Names that come before the others, as far as they occur; the others are sorted.

    Raises
    ------
    CallError
        Their number differs.
    """
    given = np.asarray(values, dtype=object)
    if given.shape != (rows,):
        raise CallError(f"{what} has the shape {given.shape}, and there are {rows} rows. Expected one value a row.")
    place, found = pd.factorize(given)
    told = [str(name) for name in found]
    names = [n for n in first if n in told] + sorted(set(told).difference(first))
    number = np.array([names.index(n) for n in told] + [-1], dtype=np.int64)
    return Cells(number[place], tuple(names))


def crossed(outer: Cells, inner: Cells) -> Cells:
    """Rows by two values at once, the inner one running faster; names are joined by a line break."""
    both = (outer.code >= 0) & (inner.code >= 0)
    code = np.where(both, outer.code * len(inner.names) + inner.code, -1)
    return Cells(code, tuple(f"{a}\n{b}" for a in outer.names for b in inner.names))


def amounts(given: Any, rows: int, what: str) -> tuple[Floats, int]:
    """Money of each row, 0 where it is missing, and how often that was.

    Raises
    ------
    CallError
        Their number differs, or one is negative.
    """
    try:
        money = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise CallError(f"{what} cannot be read as amounts: {error}") from None
    if money.shape != (rows,):
        raise CallError(f"{what} has the shape {money.shape}, and there are {rows} rows. Expected one amount a row.")
    missing = np.isnan(money)
    if (money[~missing] < 0).any() or np.isinf(money).any():
        raise CallError(f"{what} holds negative or infinite amounts; expected 0 or more.")
    return np.where(missing, 0.0, money), int(missing.sum())
