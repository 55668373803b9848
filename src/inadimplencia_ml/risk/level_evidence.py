"""Categories of very many levels as numbers: what each level says of the outcome, drawn to the average, frozen.

A tree that may group hundreds of levels as it likes finds groups in noise. Here a level is one number, its log-odds
against the average, learned on other rows than the ones it is told to (cross-fitting), so that no row reads its own
outcome. How far levels are drawn to the average follows from how much they differ beyond chance (empirical Bayes, by
moments; DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.frozen_columns import FrozenColumns

__all__ = ["PARTS", "LevelEvidence", "columns_of_many_levels", "crossed_evidence"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PARTS = 5  # of cross-fitting
_MANY = 32  # levels; more of them LightGBM would group by itself, by an order that flatters them
_CASE = 0.5  # of each class that a level is given beside what it is drawn to, so that no log-odds is infinite


def columns_of_many_levels(columns: FrozenColumns) -> list[int]:
    """Places of the categorical columns that have more levels than trees should group by themselves."""
    return [i for i in columns.categorical if len(columns.categories[i] or ()) > _MANY]


@dataclass(frozen=True)
class LevelEvidence:
    """The log-odds of each level against the average, of some columns; the last entry stands for the unseen.

    Examples
    --------
    >>> codes = np.repeat([[0.0], [1.0], [2.0]], 100, axis=0)
    >>> bad = np.r_[np.arange(100) < 40, np.arange(100) < 20, np.arange(100) < 10].astype(float)
    >>> evidence = LevelEvidence.learn(codes, bad, None, {0: 3})
    >>> evidence.read(np.array([[0.0], [1.0], [2.0], [3.0], [np.nan]])).round(2).ravel().tolist()
    [0.72, -0.18, -0.89, 0.0, nan]
    """

    tables: dict[int, Floats]

    @classmethod
    def learn(cls, x: Floats, y: Floats, weight: Floats | None, sizes: dict[int, int]) -> LevelEvidence:
        """Of the columns of ``sizes``, by their place, each with its number of levels."""
        w = np.ones(len(y)) if weight is None else weight
        return cls({j: _evidence(*_sums(x[:, j], y, w, n)) for j, n in sizes.items()})

    def read(self, x: Floats) -> Floats:
        """The matrix with evidence in place of levels; missing ones stay missing."""
        if not self.tables:
            return x
        out = x.copy()
        for j, table in self.tables.items():
            out[:, j] = _looked_up(table, x[:, j])
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {str(j): table.tolist() for j, table in self.tables.items()}

    @classmethod
    def from_json(cls, data: Any, columns: FrozenColumns) -> LevelEvidence:
        """The evidence that ``to_json`` wrote of the columns.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            tables = {int(j): np.array(values, dtype=np.float64) for j, values in dict(data).items()}
            lengths = {j: len(columns.categories[j] or ()) + 1 for j in tables}
        except (TypeError, ValueError, IndexError) as error:
            raise BundleError(f"The levels of the model cannot be read: {error!r}") from None
        for j, table in tables.items():
            if table.shape != (lengths[j],):
                raise BundleError(f"The column {columns.names[j]!r} has {lengths[j]} levels, levels.json {table.size}.")
        return cls(tables)


def crossed_evidence(x: Floats, y: Floats, weight: Floats | None, part: Ints, sizes: dict[int, int]) -> Floats:
    """The matrix with evidence in place of levels, each row's learned on the rows of the other parts."""
    w = np.ones(len(y)) if weight is None else weight
    out = x.copy()
    for j, n in sizes.items():
        by_part = [_sums(x[part == p, j], y[part == p], w[part == p], n) for p in range(PARTS)]
        rows, bads = (np.sum([one[i] for one in by_part], axis=0) for i in (0, 1))
        for p, (own_rows, own_bads) in enumerate(by_part):
            out[part == p, j] = _looked_up(_evidence(rows - own_rows, bads - own_bads), x[part == p, j])
    return out


def _sums(codes: Floats, y: Floats, w: Floats, n: int) -> tuple[Floats, Floats]:
    """Rows and bad ones of each level."""
    there = ~np.isnan(codes)
    place = codes[there].astype(np.int64)
    w, y = w[there], y[there]
    rows: Floats = np.bincount(place, weights=w, minlength=n).astype(np.float64)
    bads: Floats = np.bincount(place, weights=w * y, minlength=n).astype(np.float64)
    return rows, bads


def _evidence(rows: Floats, bads: Floats) -> Floats:
    """Log-odds of each level against the average, drawn to it; one entry more for the unseen, 0."""
    total = float(rows.sum())
    share = (float(bads.sum()) + _CASE) / (total + 2.0 * _CASE)
    drawn = _pull(rows, bads, share)
    bad = bads + drawn * share
    good = rows - bads + drawn * (1.0 - share)
    evidence = np.log(np.maximum(bad, 1e-9) / np.maximum(good, 1e-9)) - np.log(share / (1.0 - share))
    return np.append(evidence, 0.0)


def _pull(rows: Floats, bads: Floats, share: float) -> float:
    """Rows of the average that each level is given: the variance within a level by that between levels."""
    total, within = float(rows.sum()), share * (1.0 - share)
    held = rows[rows > 0]
    if len(held) < 2:
        return max(total, 1.0)
    found = float((rows[rows > 0] * (bads[rows > 0] / held - share) ** 2).sum())
    between = (found - (len(held) - 1) * within) / (total - float((held**2).sum()) / total)
    return float(within / max(between, within / total, 1e-12)) + 1.0


def _looked_up(table: Floats, codes: Floats) -> Floats:
    missing = np.isnan(codes)
    out = table[np.where(missing, 0.0, codes).astype(np.int64)]
    out[missing] = np.nan
    return np.asarray(out, dtype=np.float64)
