"""One row of features as plain values: to make a table of them, and to pick its columns, takes longer than to score."""

from __future__ import annotations

from collections.abc import KeysView, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Cell", "OneRow", "is_missing"]

Cell = float | str | None


@dataclass(frozen=True, eq=False)
class OneRow:
    """What a table of one row says, by column.

    Attributes
    ----------
    cells : mapping of column name
        Numbers as floats, NaN where nothing is known; categories as text, None where nothing is known.
    """

    cells: Mapping[str, Cell]

    def __len__(self) -> int:
        return 1

    @property
    def columns(self) -> KeysView[str]:
        """The names of the columns."""
        return self.cells.keys()

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Some columns as a table, as `build_features` would give them."""
        return pd.DataFrame({name: _column(self.cells[name]) for name in names})


def is_missing(cell: Cell) -> bool:
    """Whether nothing is known."""
    return cell is None or cell != cell


def _column(cell: Cell) -> Any:
    if isinstance(cell, float):
        return [cell]
    return pd.Categorical([cell], categories=pd.Index([] if cell is None else [cell], dtype="str"))
