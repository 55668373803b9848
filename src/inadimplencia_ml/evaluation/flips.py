"""How many ratings and segments hang on a hair: on where in its interval a probability lies, on a cent, on a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import feature
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.scorer import Scored, Scorer
from inadimplencia_ml.segments import RiskBands

__all__ = ["Flips", "Spans", "flips_by_jitter", "flips_in_interval"]

Floats = npt.NDArray[np.float64]

_STEPS: Mapping[str, float] = {"amount": 0.01, "days": 1.0}
"""How far a feature moves, by its unit."""


class Flips(NamedTuple):
    """Shares of the rows, 0 to 1; NaN without rows."""

    rows: int
    segment: float
    rating: float


class Spans(NamedTuple):
    """How far intervals reach: shares of the rows, 0 to 1; NaN without rows."""

    rows: int
    segment: float  # more than one segment within the interval
    segments: float  # from low to high
    rating: float  # more than one rating
    ratings: float  # more than two neighbours


def flips_in_interval(scored: Scored, bands: RiskBands) -> Spans:
    """Rows whose segment or rating changes between the ends of the interval of their probability, and how far."""
    low, high = np.minimum(scored.low, scored.probability), np.maximum(scored.high, scored.probability)
    if not len(low):
        return Spans(0, *[float("nan")] * 4)
    steps = [_place(high, edges) - _place(low, edges) for edges in (bands.segment_edges, bands.rating_edges)]
    return Spans(len(low), *(float((one > least).mean()) for one in steps for least in (0, 1)))


def flips_by_jitter(scorer: Scorer, features: pd.DataFrame, bands: RiskBands) -> tuple[Flips, pd.DataFrame]:
    """Rows whose segment or rating changes when one of the features moves by a cent or a day, up or down.

    Nothing moves from 0, to 0 or over it: between on time and a day late lies no hair, but what the model is about.

    Parameters
    ----------
    scorer : Scorer
    features : DataFrame
        Rows as they are scored.
    bands : RiskBands

    Returns
    -------
    flips : Flips
        A row counts once, whichever feature moves it.
    table : DataFrame
        feature, step, segment_flips, rating_flips (shares of the rows), the most moved first.
    """
    x = features[scorer.columns].reset_index(drop=True)
    steps = {name: step for name in scorer.columns if (step := _step(name, x[name])) is not None}
    columns = ["feature", "step", "segment_flips", "rating_flips"]
    if not len(x) or not steps:
        return Flips(0, float("nan"), float("nan")), pd.DataFrame(columns=columns)
    moves = [(name, sign * step) for name, step in steps.items() for sign in (1, -1)]
    moved = pd.concat([x.assign(**{name: _moved(x[name], step)}) for name, step in moves], ignore_index=True)
    p = scorer.classifier.predict_proba(moved)[:, 1].reshape(len(moves), len(x))
    still = scorer.classifier.predict_proba(x)[:, 1]
    segments = np.array([bands.segment(row) != bands.segment(still) for row in p])
    ratings = np.array([_place(row, bands.rating_edges) != _place(still, bands.rating_edges) for row in p])
    lines = [(n, abs(s), segments[i].mean(), ratings[i].mean()) for i, (n, s) in enumerate(moves)]
    table = pd.DataFrame(lines, columns=columns).groupby(["feature", "step"], as_index=False).max()
    table = table.sort_values(["segment_flips", "rating_flips", "feature"], ascending=[False, False, True])
    found = Flips(len(x), float(segments.any(axis=0).mean()), float(ratings.any(axis=0).mean()))
    return found, table.reset_index(drop=True)


def _step(name: str, column: pd.Series) -> float | None:
    """How far a feature moves; None of one that is no money and no days, or not of the catalogue."""
    if not pd.api.types.is_float_dtype(column):
        return None
    try:
        return _STEPS.get(feature(name).unit)
    except CallError:
        return None


def _moved(values: pd.Series, step: float) -> pd.Series:
    return values.where(~(values * (values + step) > 0), values + step)


def _place(p: Any, edges: tuple[float, ...]) -> npt.NDArray[np.intp]:
    return np.asarray(np.searchsorted(np.asarray(edges, dtype=np.float64), p, side="left"), dtype=np.intp)
