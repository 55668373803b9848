"""Why a client has this score: what each family of features adds, compared with clients who paid well.

The contribution of a feature to the log-odds is exact (TreeSHAP). What is shown is its distance from the mean over the
reference, good payers frozen with the model; the shown contributions of all families add up to the distance of the
client's raw log-odds from the reference's mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import BY_NAME, SHORT_HISTORY
from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS

__all__ = ["OTHER_FAMILY", "REASON_COLUMNS", "Contributor", "Reasons", "fit_reasons", "with_short_history"]

Floats = npt.NDArray[np.float64]

REASON_COLUMNS: tuple[str, ...] = ("reason_1", "reason_2", "reason_3", "reason_4")

#: The family of columns that the catalogue does not list: what the company knows of its clients.
OTHER_FAMILY = "R12"

# Half a point of score: what rounds to no point speaks neither against a client nor for them.
_SILENT = 0.5 / POINTS_PER_LOG_ODDS
_ROUNDING = 1e-6  # log-odds by which the sum of contributions may miss
_REFERENCE_ROWS = 2_000
_BLOCK = 50_000  # rows


def with_short_history(codes: npt.NDArray[np.object_], short: Any) -> npt.NDArray[np.object_]:
    """Reason codes with the statement that a client's history is short, after the families that speak against them.

    It is no contribution: it explains no point of the score, and the families add up without it. So it comes last, in
    the first free place; where four families speak it takes the place of the fourth.

    Parameters
    ----------
    codes : array of object, (rows, 4)
        As ``Reasons.codes_of`` gives them: those that speak first, then None.
    short : array of bool
        The rows it is said of.

    Examples
    --------
    >>> codes = np.array([["R02", None, None, None], ["R01", "R02", "R03", "R09"]], dtype=object)
    >>> with_short_history(codes, np.array([True, True])).tolist()
    [['R02', 'R17', None, None], ['R01', 'R02', 'R03', 'R17']]
    """
    out, rows = codes.copy(), np.flatnonzero(short)
    spoken = pd.notna(codes[rows]).sum(axis=1)
    out[rows, np.minimum(spoken, codes.shape[1] - 1)] = SHORT_HISTORY
    return out


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

    @property
    def codes(self) -> tuple[str, ...]:
        """The families of the model, in the order of their codes."""
        return tuple(sorted(set(self.families)))

    def by_family(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution of each family, log-odds, above 0 against the client; one column a code.

        Raises
        ------
        CallError
            The model's columns are not those of the reference, or X is no table.
        AssertionError
            The contributions do not add up to the log-odds: the model cannot be explained.
        """
        return pd.DataFrame(self._shown_and_encoded(model, X)[0], columns=list(self.codes))

    def _shown_and_encoded(self, model: Contributor, X: Any) -> tuple[Floats, Floats]:
        """Contributions by family and the encoded columns, in blocks: contributions of all columns are wide."""
        frame = as_pandas(X)
        if frame is None or tuple(model.feature_names_in_) != self.columns:
            raise CallError("These reasons were made for a model of other columns, or X is no table.")
        shown, encoded = np.empty((len(frame), len(self.codes))), np.empty((len(frame), len(self.columns)))
        middle = np.array([self.means[c] for c in self.codes])
        for start in range(0, len(frame), _BLOCK):
            part = frame.iloc[start : start + _BLOCK]
            rows = slice(start, start + len(part))
            shown[rows] = _sums(model.contributions(part)[:, :-1], self.families, self.codes) - middle
            encoded[rows] = model.encoded(part)
            off = np.abs(shown[rows].sum(axis=1) - (model.log_odds(part) - self.mean_log_odds)).max()
            if not off <= _ROUNDING:
                raise AssertionError(f"Contributions miss the log-odds by {off:.3g}; {_ROUNDING} would be rounding.")
        return shown, encoded

    def against(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution of the families that speak against each client, 0 elsewhere.

        A family speaks against a client if its contribution does by half a point of score or more, and one of its
        columns that has a direction is worse than the reference's median. Where no column of the family has a
        direction nothing can contradict its contribution, which then decides alone.
        """
        shown, encoded = self._shown_and_encoded(model, X)
        speaks = (shown >= _SILENT) & self._worse(encoded, 1)
        return pd.DataFrame(np.where(speaks, shown, 0.0), columns=list(self.codes))

    def favourable(self, model: Contributor, X: Any) -> pd.DataFrame:
        """Shown contribution, below 0, of the families that speak for each client, by the same rule; 0 elsewhere."""
        shown, encoded = self._shown_and_encoded(model, X)
        speaks = (shown <= -_SILENT) & self._worse(encoded, -1)
        return pd.DataFrame(np.where(speaks, shown, 0.0), columns=list(self.codes))

    def codes_of(self, model: Contributor, X: Any) -> pd.DataFrame:
        """The four families that speak loudest against each client: ``reason_1`` to ``reason_4``, None if fewer do."""
        against = self.against(model, X).to_numpy()
        wide = np.zeros((len(against), max(len(REASON_COLUMNS), against.shape[1])))
        wide[:, : against.shape[1]] = against
        # Stable: of two equal families the one with the lower code comes first.
        order = np.argsort(-wide, axis=1, kind="stable")[:, : len(REASON_COLUMNS)]
        names = np.array([*self.codes, *[None] * (wide.shape[1] - len(self.codes))], dtype=object)
        found = names[order]
        found[np.take_along_axis(wide, order, axis=1) <= 0] = None
        return pd.DataFrame(found, columns=list(REASON_COLUMNS), dtype=object)

    def _worse(self, x: Floats, sign: int) -> npt.NDArray[np.bool_]:
        """Whether a column of the family is on the worse side of the median (sign −1: the better), or has no side."""
        directions = np.asarray(self.directions)
        # A missing value, or a column without median, is on neither side: comparisons with NaN are false.
        side = (x - np.asarray(self.medians)) * (directions * sign) > 0
        families = np.asarray(self.families)
        out = np.empty((len(x), len(self.codes)), dtype=bool)
        for j, code in enumerate(self.codes):
            directed = (families == code) & (directions != 0)
            out[:, j] = side[:, directed].any(axis=1) if directed.any() else True
        return out

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
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"The reasons of the model cannot be read: {error!r}") from None
        sizes = {len(made.columns), len(made.families), len(made.directions), len(made.medians)}
        if len(sizes) != 1 or set(made.means) != set(made.families):
            raise BundleError("The reasons of the model cannot be used: its columns and families do not fit together.")
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
    of_family = tuple((families or {}).get(n) or (BY_NAME[n].reason if n in BY_NAME else OTHER_FAMILY) for n in names)
    pointing = tuple(int((directions or {}).get(n, BY_NAME[n].direction if n in BY_NAME else 0)) for n in names)
    codes = tuple(sorted(set(of_family)))
    raw = model.contributions(reference)
    means = _sums(raw[:, :-1], of_family, codes).mean(axis=0)
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


def _sums(contributions: Floats, families: Sequence[str], codes: Sequence[str]) -> Floats:
    """Contributions added up by family, in the order of the columns, so that one row and a batch agree to the bit."""
    out = np.zeros((len(contributions), len(codes)))
    for i, family in enumerate(families):
        out[:, codes.index(family)] += contributions[:, i]
    return out
