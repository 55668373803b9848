"""Why a client has this score: what each family of features adds, compared with clients who paid well.

The contribution of a feature to the log-odds is exact (TreeSHAP). What is shown is its distance from the mean over the
reference, good payers frozen with the model; the shown contributions of all families add up to the distance of the
client's raw log-odds from the reference's mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import BY_NAME
from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas
from inadimplencia_ml.risk.one_row import OneRow
from inadimplencia_ml.risk.reasons.codes import REASON_COLUMNS, loudest
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS

__all__ = ["OTHER_FAMILY", "Contributor", "Reasons", "Spoken", "family_of", "fit_reasons"]

Floats = npt.NDArray[np.float64]

#: The family of columns that the catalogue does not list: what the company knows of its clients.
OTHER_FAMILY = "R12"

# Half a point of score: what rounds to no point speaks neither against a client nor for them.
_SILENT = 0.5 / POINTS_PER_LOG_ODDS
_ROUNDING = 1e-6  # log-odds by which the sum of contributions may miss
_REFERENCE_ROWS = 2_000
_BLOCK = 50_000  # rows


def family_of(column: str) -> str:
    """The reason family of a model's column by the catalogue; R12 for one that it does not list."""
    return BY_NAME[column].reason if column in BY_NAME else OTHER_FAMILY


class Spoken(NamedTuple):
    """One row a client, one column a family."""

    shown: Floats  # log-odds against the reference, above 0 against the client
    sides: npt.NDArray[np.int8]  # 1 speaks against, -1 speaks for, 0 is silent
    log_odds: Floats  # raw, of each row

    def of_side(self, side: int) -> Floats:
        """The contributions of the families on one side, 0 elsewhere."""
        return np.where(self.sides == side, self.shown, 0.0)


class Contributor(Protocol):
    """A fitted model whose log-odds are known column by column."""

    feature_names_in_: npt.NDArray[np.object_]
    columns_: FrozenColumns

    def log_odds(self, X: Any) -> Floats:
        """Raw log-odds of the event."""

    def contributions(self, X: Any) -> Floats:
        """Contribution of each column, and in the last place the mean; a row adds up to its log-odds."""

    def encoded(self, X: Any) -> Floats:
        """The columns as numbers; categories are codes."""


@dataclass(frozen=True)
class Reasons:
    """The frozen reference: families, directions, medians and mean contributions.

    Parameters
    ----------
    columns : tuple of str
        The model's columns, in order.
    families : tuple of str
        The reason family of each column.
    directions : tuple of int
        Which way a higher value points: 1 riskier, −1 safer, 0 no expectation.
    medians : tuple of float
        Median of each column over the reference, NaN where it has none.
    means : dict of str to float
        Mean contribution of each family over the reference, log-odds.
    mean_log_odds : float
        Mean raw log-odds of the reference.
    rows : int
        Size of the reference.
    """

    columns: tuple[str, ...]
    families: tuple[str, ...]
    directions: tuple[int, ...]
    medians: tuple[float, ...]
    means: Mapping[str, float]
    mean_log_odds: float
    rows: int

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The families of the model, in the order of their codes."""
        return tuple(sorted(set(self.families)))

    def spoken(self, model: Contributor, X: Any, log_odds: Floats | None = None) -> Spoken:
        """What each family contributes, and which ones speak.

        A family speaks against a client if its contribution does by half a point of score or more, and one of its
        columns that has a direction is worse than the reference's median; for them by the same rule turned round.
        Where no column of the family has a direction nothing can contradict its contribution, which then decides
        alone.

        Parameters
        ----------
        model : fitted RiskClassifier, ScorecardClassifier, Blend or WrappedClassifier
        X : DataFrame
        log_odds : array, optional
            Raw log-odds of the rows, where they are known already.

        Raises
        ------
        CallError
            The model's columns are not those of the reference, or X is no table.
        AssertionError
            The contributions do not add up to the log-odds: the model cannot be explained.
        """
        frame: Any = X if isinstance(X, OneRow) else as_pandas(X)
        if frame is None or tuple(model.feature_names_in_) != self.columns:
            raise CallError("These reasons were made for a model of other columns, or X is no table.")
        shown = np.empty((len(frame), len(self.codes)))
        sides = np.zeros(shown.shape, dtype=np.int8)
        raw = np.empty(len(frame)) if log_odds is None else log_odds
        middle = self._middle
        for start in range(0, len(frame), _BLOCK):  # contributions of all columns are wide
            part = frame if len(frame) <= _BLOCK else frame.iloc[start : start + _BLOCK]
            rows = slice(start, start + _BLOCK)
            shown[rows] = _sums(model.contributions(part)[:, :-1], self._family, len(self.codes)) - middle
            if log_odds is None:
                raw[rows] = model.log_odds(part)
            off = np.abs(shown[rows].sum(axis=1) - (raw[rows] - self.mean_log_odds)).max()
            if not off <= _ROUNDING:
                raise BundleError(f"Contributions miss the log-odds by {off:.3g}; {_ROUNDING} would be rounding.")
            encoded = model.encoded(part)
            sides[rows][(shown[rows] >= _SILENT) & self._worse(encoded, 1)] = 1
            sides[rows][(shown[rows] <= -_SILENT) & self._worse(encoded, -1)] = -1
        return Spoken(shown, sides, raw)

    def by_family(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution of each family, log-odds, above 0 against the client; one column a code."""
        return pd.DataFrame(self.spoken(model, X).shown, columns=list(self.codes))

    def against(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution of the families that speak against each client, 0 elsewhere."""
        return pd.DataFrame(self.spoken(model, X).of_side(1), columns=list(self.codes))

    def favourable(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution, below 0, of the families that speak for each client; 0 elsewhere."""
        return pd.DataFrame(self.spoken(model, X).of_side(-1), columns=list(self.codes))

    def loudest(self, model: Contributor, X: Any, log_odds: Floats | None = None) -> npt.NDArray[np.object_]:
        """The codes of the four families that speak loudest against each client, (rows, 4); None if fewer do."""
        return loudest(self.spoken(model, X, log_odds).of_side(1), self.codes)

    def codes_of(self, model: Contributor, X: Any, log_odds: Floats | None = None) -> pd.DataFrame:
        """The same as a table: ``reason_1`` to ``reason_4``."""
        return pd.DataFrame(self.loudest(model, X, log_odds), columns=list(REASON_COLUMNS), dtype=object)

    def _worse(self, x: Floats, sign: int) -> npt.NDArray[np.bool_]:
        """Whether a column of the family is on the worse side of the median (sign −1: the better), or has no side."""
        # A missing value, or a column without median, is on neither side: comparisons with NaN are false.
        side = (x - self._medians) * (self._directions * sign) > 0
        out = np.ones((len(x), len(self.codes)), dtype=bool)
        for j, directed in enumerate(self._directed):
            if len(directed):
                out[:, j] = side[:, directed].any(axis=1)
        return out

    @cached_property
    def _family(self) -> npt.NDArray[np.intp]:
        """By column, the place of its family's code."""
        place = {code: j for j, code in enumerate(self.codes)}
        return np.array([place[family] for family in self.families], dtype=np.intp)

    @cached_property
    def _directed(self) -> list[npt.NDArray[np.intp]]:
        """By code, the columns of the family that have a direction."""
        return [np.flatnonzero((self._family == j) & (self._directions != 0)) for j in range(len(self.codes))]

    @cached_property
    def _directions(self) -> npt.NDArray[np.int64]:
        return np.array(self.directions, dtype=np.int64)

    @cached_property
    def _medians(self) -> Floats:
        return np.array(self.medians, dtype=np.float64)

    @cached_property
    def _middle(self) -> Floats:
        return np.array([self.means[c] for c in self.codes], dtype=np.float64)

    def to_json(self) -> dict[str, Any]:
        """Plain data; a median that does not exist is null."""
        return {
            "columns": list(self.columns),
            "families": list(self.families),
            "directions": list(self.directions),
            "medians": [None if np.isnan(m) else m for m in self.medians],
            "means": dict(self.means),
            "mean_log_odds": self.mean_log_odds,
            "rows": self.rows,
        }

    @classmethod
    def from_json(cls, data: Any) -> Reasons:
        """The reference that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            made = cls(
                columns=tuple(str(c) for c in data["columns"]),
                families=tuple(str(f) for f in data["families"]),
                directions=tuple(int(d) for d in data["directions"]),
                medians=tuple(float("nan") if m is None else float(m) for m in data["medians"]),
                means={str(k): float(v) for k, v in data["means"].items()},
                mean_log_odds=float(data["mean_log_odds"]),
                rows=int(data["rows"]),
            )
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise BundleError(f"The reasons of the model cannot be read: {error!r}") from None
        sizes = {len(made.columns), len(made.families), len(made.directions), len(made.medians)}
        if len(sizes) != 1 or set(made.means) != set(made.families):
            raise BundleError("The reasons of the model cannot be used: its columns and families do not fit together.")
        if not set(made.directions) <= {-1, 0, 1}:
            raise BundleError("The reasons of the model cannot be used: a direction is none of -1, 0 and 1.")
        return made


def fit_reasons(
    model: Contributor,
    X: Any,
    y: Any,
    *,
    families: Mapping[str, str] | None = None,
    directions: Mapping[str, int] | None = None,
    random_state: int = 0,
) -> Reasons:
    """Freezes the reference: good payers among the rows the model was fitted on, 2,000 at most.

    Parameters
    ----------
    model : fitted RiskClassifier
    X : DataFrame
        Features of accepted clients.
    y : array-like
        Outcomes (1 bad, 0 good).
    families, directions : mapping of column name, optional
        For columns that the catalogue does not list, or instead of what it says; else R12 and no direction.
    random_state : int
        Seed of the sample.

    Raises
    ------
    NotEnoughData
        No row is good.
    CallError
        The model was fitted on an array without names.
    """
    if not hasattr(model, "feature_names_in_"):
        raise CallError("Reasons need columns with names: fit the model on a table, not on an array.")
    good = np.flatnonzero(np.asarray(y, dtype=np.float64) < 0.5)
    if not len(good):
        raise NotEnoughData("Reasons compare with good payers, and no row is good.")
    if len(good) > _REFERENCE_ROWS:
        good = np.sort(np.random.default_rng(random_state).choice(good, _REFERENCE_ROWS, replace=False))
    frame = as_pandas(X)
    if frame is None:
        raise CallError("Reasons need columns with names: give a table, not an array.")
    reference = frame.iloc[good]
    names = tuple(str(n) for n in model.feature_names_in_)
    of_family = tuple((families or {}).get(n) or family_of(n) for n in names)
    pointing = tuple(int((directions or {}).get(n, BY_NAME[n].direction if n in BY_NAME else 0)) for n in names)
    codes = tuple(sorted(set(of_family)))
    raw = model.contributions(reference)
    means = _sums(raw[:, :-1], np.array([codes.index(f) for f in of_family]), len(codes)).mean(axis=0)
    return Reasons(
        columns=names,
        families=of_family,
        directions=pointing,
        medians=tuple(_medians(model.encoded(reference), model.columns_.categorical)),
        means=dict(zip(codes, means.tolist(), strict=True)),
        mean_log_odds=float(model.log_odds(reference).mean()),
        rows=len(good),
    )


def _medians(x: Floats, categorical: Sequence[int]) -> list[float]:
    """The median of each column of numbers; NaN for categories and where nothing is known."""
    known = [column[np.isfinite(column)] for column in x.T]
    return [float(np.median(k)) if len(k) and i not in categorical else float("nan") for i, k in enumerate(known)]


def _sums(contributions: Floats, family: npt.NDArray[np.intp], families: int) -> Floats:
    """Contributions added up by family, in the order of the columns, so that one row and a batch agree to the bit."""
    if len(contributions) == 1:
        return np.asarray(np.bincount(family, weights=contributions[0], minlength=families)[None, :], np.float64)
    out = np.zeros((len(contributions), families))
    for i, place in enumerate(family.tolist()):
        out[:, place] += contributions[:, i]
    return out
