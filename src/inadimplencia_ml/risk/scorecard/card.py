"""The card itself: which columns, which bins, and what each bin is worth in log-odds and in points.

The raw log-odds of the event are the intercept and one figure a column. Points stand for the same on the score scale
(``risk.scale``): 500 points are odds of 10 good to 1 bad, 40 more double them, higher is safer. A bin has whole points,
0 where it is as risky as all; the base has those of a client of whom nothing is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.binning.column_bins import ColumnBins, Value
from inadimplencia_ml.risk.binning.partition import TRENDS, Trend
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS, score_raw

__all__ = ["Card", "CardFeature"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CardFeature:
    """One column of the card.

    Parameters
    ----------
    name : str
        Of the column.
    position : int
        Of the column in X.
    bins : ColumnBins
        Its bins.
    trend : str
        How the bad rate goes over the ranges: "up", "down", "peak", "valley" or "none".
    slope : float
        Above 0: what one unit of weight of evidence moves the log-odds.
    woe : tuple of float
        Weight of evidence of each bin, above 0 safer than all.
    rows, goods, bads : tuple of float
        Rows of each bin in the fit, and its weighted good and bad.
    """

    name: str
    position: int
    bins: ColumnBins
    trend: Trend
    slope: float
    woe: tuple[float, ...]
    rows: tuple[float, ...]
    goods: tuple[float, ...]
    bads: tuple[float, ...]

    @cached_property
    def log_odds(self) -> Floats:
        """What each bin adds to the log-odds of the event."""
        return -self.slope * np.array(self.woe)

    @cached_property
    def mean(self) -> float:
        """What the column adds on average over the rows of the fit."""
        held = np.array(self.goods) + np.array(self.bads)
        return float((held * self.log_odds).sum() / held.sum())

    @cached_property
    def against_mean(self) -> Floats:
        """What each bin adds against the average."""
        return self.log_odds - self.mean


@dataclass(frozen=True)
class Card:
    """All columns of a scorecard.

    Parameters
    ----------
    features : tuple of CardFeature
        In the order of X.
    intercept : float
        Raw log-odds of the event where every column is as risky as all.
    line : (slope, intercept)
        From raw log-odds to those that the points stand for.
    """

    features: tuple[CardFeature, ...]
    intercept: float
    line: tuple[float, float] = (1.0, 0.0)

    @property
    def base_points(self) -> int:
        """Points before the columns'."""
        z = self.line[0] * self.intercept + self.line[1]
        return int(np.rint(float(score_raw([0.5])[0]) - POINTS_PER_LOG_ODDS * z))

    def points_of(self, feature: CardFeature) -> Ints:
        """Points of each bin of a column."""
        return np.rint(-POINTS_PER_LOG_ODDS * self.line[0] * feature.log_odds).astype(np.int64)

    def places(self, x: Floats, categories: Sequence[Sequence[Value] | None]) -> list[Ints]:
        """The bin of each row, column by column of the card."""
        return [f.bins.place(x[:, f.position], categories[f.position] or ()) for f in self.features]

    def log_odds(self, places: Sequence[Ints], rows: int) -> Floats:
        """Raw log-odds of the event; added column by column, so that one row and a batch agree to the bit."""
        out = np.full(rows, self.intercept)
        for feature, place in zip(self.features, places, strict=True):
            out += feature.log_odds[place]
        return out

    def points(self, places: Sequence[Ints], rows: int) -> Ints:
        """The sum of the points, held between 0 and 1000."""
        out = np.full(rows, self.base_points, dtype=np.int64)
        for feature, place in zip(self.features, places, strict=True):
            out += self.points_of(feature)[place]
        return np.clip(out, 0, 1000)

    def contributions(self, places: Sequence[Ints], shape: tuple[int, int]) -> Floats:
        """What each column of X adds against its average, and in the last place the average of all."""
        out = np.zeros((shape[0], shape[1] + 1))
        out[:, -1] = self.intercept + sum(f.mean for f in self.features)
        for feature, place in zip(self.features, places, strict=True):
            out[:, feature.position] = feature.against_mean[place]
        return out

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit."""
        features = [
            {
                "name": f.name,
                "position": f.position,
                "bins": f.bins.to_json(),
                "trend": f.trend,
                "slope": f.slope,
                "woe": list(f.woe),
                "rows": list(f.rows),
                "goods": list(f.goods),
                "bads": list(f.bads),
                "points": self.points_of(f).tolist(),
            }
            for f in self.features
        ]
        return {
            "base_points": self.base_points,
            "intercept": self.intercept,
            "line": list(self.line),
            "features": features,
        }

    @classmethod
    def from_json(cls, data: Any) -> Card:
        """The card that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, or its points are not those of its log-odds.
        """
        try:
            slope, intercept = data["line"]
            features = tuple(_feature(f) for f in data["features"])
            made = cls(features, float(data["intercept"]), (float(slope), float(intercept)))
            points = [data["base_points"], *(list(f["points"]) for f in data["features"])]
            with np.errstate(over="ignore", invalid="ignore"):  # of weights beyond all points, which are told otherwise
                expected = [made.base_points, *(made.points_of(f).tolist() for f in made.features)]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BundleError(f"The card of the model cannot be read: {error!r}") from None
        if points != expected:
            raise BundleError("The card of the model is broken: its points are not those of its weights of evidence.")
        return made


def _feature(data: Any) -> CardFeature:
    bins = ColumnBins.from_json(data["bins"])
    woe, rows, goods, bads = (tuple(float(v) for v in data[k]) for k in ("woe", "rows", "goods", "bads"))
    if {len(woe), len(rows), len(goods), len(bads)} != {bins.size}:
        raise ValueError(f"{data['name']!r} has {bins.size} bins and {len(woe)} weights of evidence")
    if data["trend"] not in TRENDS:
        raise ValueError(f"{data['trend']!r} is no trend")
    return CardFeature(
        str(data["name"]), int(data["position"]), bins, data["trend"], float(data["slope"]), woe, rows, goods, bads
    )
