"""A logistic regression as terms: what each column adds to the log-odds, number by number or level by level.

Numbers are held between their 1st and 99th centiles and scaled, a missing one speaks for itself; a level is told from
the rest, or, where there are very many, by its evidence (`risk.level_evidence`). The fit runs on one thread, so that
the same data gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.level_evidence import LevelEvidence, crossed_evidence

__all__ = ["LinearRows", "LinearTerms", "Term"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_ENDS = (0.01, 0.99)
_FEWEST = 10  # rows of a level, or without a number, that have a slope of their own
_STEPS = 300
_FEW_ROWS = 64  # up to which one operation on all columns is cheaper than one a column


@dataclass(frozen=True)
class Term:
    """What one column adds: ``slope`` × (number held within low and high, less centre), or its level's in ``table``."""

    slope: float
    low: float
    high: float
    centre: float
    missing: float
    table: tuple[float, ...]

    def of(self, column: Floats) -> Floats:
        """What the column adds, row by row; a level never seen adds nothing."""
        empty = np.isnan(column)
        if self.table:
            code = np.where(empty, 0.0, column).astype(np.int64)
            out = np.append(self.table, 0.0)[np.minimum(code, len(self.table))]
        else:
            out = self.slope * (np.clip(column, self.low, self.high) - self.centre)
        return np.asarray(np.where(empty, self.missing, out), dtype=np.float64)


@dataclass(frozen=True)
class LinearTerms:
    """Log-odds = intercept + Σ terms, added up in the order of the columns: alone or in a batch the same bits."""

    intercept: float
    terms: tuple[Term, ...]

    def values(self, x: Floats) -> Floats:
        """What each column adds, (rows, columns)."""
        if len(x) > _FEW_ROWS:
            return np.column_stack([term.of(x[:, j]) for j, term in enumerate(self.terms)])
        slope, low, high, centre, missing = self._by_column
        out = np.where(np.isnan(x), missing, slope * (np.clip(x, low, high) - centre))
        for j, term in enumerate(self.terms):
            if term.table:
                out[:, j] = term.of(x[:, j])
        return out

    def log_odds(self, x: Floats) -> Floats:
        """Log-odds of each row."""
        few = len(x) <= _FEW_ROWS
        added = iter(self.values(x).T) if few else (term.of(x[:, j]) for j, term in enumerate(self.terms))
        z = np.full(len(x), self.intercept)
        for column in added:
            z = z + column
        return z

    @cached_property
    def _by_column(self) -> tuple[Floats, ...]:
        """Slope, low, high, centre and missing of all columns: of few rows all are worked out at once."""
        names = ("slope", "low", "high", "centre", "missing")
        return tuple(np.array([getattr(term, name) for term in self.terms], np.float64) for name in names)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"intercept": self.intercept, "terms": [asdict(t) | {"table": list(t.table)} for t in self.terms]}

    @classmethod
    def from_json(cls, data: Any) -> LinearTerms:
        """The terms that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            terms = tuple(Term(**one | {"table": tuple(float(v) for v in one["table"])}) for one in data["terms"])
            made = cls(float(data["intercept"]), terms)
            _ = made._by_column  # every term has its numbers
        except (TypeError, KeyError, ValueError) as error:
            raise BundleError(f"The terms of the linear model cannot be read: {error!r}") from None
        return made


@dataclass(frozen=True)
class LinearRows:
    """Encoded rows with outcomes; ``levels``: of each categorical column how many; ``many``: those told by evidence."""

    x: Floats
    y: Floats
    weight: Floats | None
    part: npt.NDArray[np.int64]
    levels: dict[int, int]
    many: dict[int, int]
    directions: Sequence[int]

    def fit(self, rows: Rows, freedom: float) -> LinearTerms:
        """Terms of a ridge of strength 1 / ``freedom`` on some rows.

        A number whose slope would go against its direction is left out, and the others are fitted again.
        """
        x, y = self.x[rows], self.y[rows]
        w = None if self.weight is None else self.weight[rows]
        told = crossed_evidence(x, y, w, self.part[rows], self.many)
        parts = [self._columns(told[:, j], j) for j in range(x.shape[1])]
        out: set[int] = set()
        while True:
            slopes, intercept = _ridge(
                [p.design[:, : 0 if j in out else None] for j, p in enumerate(parts)], y, w, freedom
            )
            against = {
                j
                for j, d in enumerate(self.directions)
                if d and len(slopes[j]) and parts[j].numbers and slopes[j][0] * d < 0
            }
            if not against:
                break
            out |= against
        tables = LevelEvidence.learn(x, y, w, self.many).tables
        return LinearTerms(intercept, tuple(self._term(j, p, slopes[j], tables) for j, p in enumerate(parts)))

    def _columns(self, column: Floats, j: int) -> _Columns:
        empty = np.isnan(column)
        alone = empty[:, None].astype(np.float64) if empty.sum() >= _FEWEST else np.empty((len(column), 0))
        if j in self.levels and j not in self.many:
            held = np.bincount(column[~empty].astype(np.int64), minlength=self.levels[j])
            kept = np.flatnonzero(held >= _FEWEST)
            return _Columns(
                np.hstack([(column[:, None] == kept).astype(np.float64), alone]), kept, (0.0, 0.0, 0.0, 1.0)
            )
        low, high = np.quantile(column[~empty], _ENDS) if not empty.all() else (0.0, 0.0)
        inside = np.clip(column, low, high)
        centre, spread = (float(np.nanmean(inside)), float(np.nanstd(inside))) if not empty.all() else (0.0, 0.0)
        if spread <= 1e-12 * max(1.0, abs(centre)):
            return _Columns(alone, None, (float(low), float(high), centre, 1.0))
        scaled = np.where(empty, 0.0, (inside - centre) / spread)
        return _Columns(
            np.hstack([scaled[:, None], alone]), None, (float(low), float(high), centre, spread), numbers=True
        )

    def _term(self, j: int, columns: _Columns, slopes: Floats, tables: dict[int, Floats]) -> Term:
        low, high, centre, spread = columns.scale
        first = len(columns.kept) if columns.kept is not None else int(columns.numbers)
        missing = float(slopes[first]) if len(slopes) > first else 0.0
        if columns.kept is not None:
            table = np.zeros(self.levels[j])
            table[columns.kept[: len(slopes)]] = slopes[:first]
            return Term(0.0, 0.0, 0.0, 0.0, missing, tuple(table.tolist()))
        slope = float(slopes[0]) / spread if columns.numbers and len(slopes) else 0.0
        term = Term(slope, low, high, centre, missing, ())
        if j in tables:  # evidence is looked up once and for all
            return Term(0.0, 0.0, 0.0, 0.0, missing, tuple(term.of(tables[j][:-1]).tolist()))
        return term


@dataclass(frozen=True)
class _Columns:
    """The columns of the regression that one feature gives: its number or its levels, then whether it is missing."""

    design: Floats
    kept: npt.NDArray[np.intp] | None
    scale: tuple[float, float, float, float]  # low, high, centre, spread
    numbers: bool = False


def _ridge(parts: Sequence[Floats], y: Floats, weight: Floats | None, freedom: float) -> tuple[list[Floats], float]:
    """The slopes of each part, and the intercept."""
    design = np.hstack([*parts, np.zeros((len(y), 1))])  # a column that says nothing: never none at all
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=freedom, max_iter=_STEPS).fit(design, y, sample_weight=weight)
    ends = np.cumsum([p.shape[1] for p in parts])[:-1]
    return np.split(model.coef_[0][:-1], ends), float(model.intercept_[0])
