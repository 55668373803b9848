"""A score taken apart into points: where it starts, what each family adds or takes away, and the calibration.

The lines of a client add up to ``score_raw``. The start is the reference's mean, on the scale of the score; a family is
its shown contribution; the calibration is what turns the raw log-odds into those of the probability, and at the very
ends what holds the score between 0 and 1000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import CALIBRATION, REFERENCE, SHORT_HISTORY, Lang, reason_family
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.reasons.reference import Spoken
from inadimplencia_ml.risk.reasons.sentences import written_reasons
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS, held_points, points_of

__all__ = ["SIDES", "Breakdown"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

#: What a line can be, in reading order.
SIDES = ("reference", "against", "for", "silent", "statement", "calibration")
_FAMILY_SIDES = {-1: 1, 1: 2, 0: 3}  # by sign of a family that speaks, or 0: its place in SIDES


@dataclass(frozen=True, eq=False)
class Breakdown:
    """The points of many scores, one row a client.

    Attributes
    ----------
    codes : tuple of str
        Reason families, in the order of their codes.
    reference : float
        Points of the reference's mean, from which each client starts.
    families : float64 array, (rows, codes)
        Points that each family takes away (below 0) or adds.
    sides : int8 array, (rows, codes)
        −1: the family speaks against the client; 1: for them; 0: it is silent, as no value of it bears it out.
    calibration : float64 array, (rows,)
        Points that the calibration adds.
    """

    codes: tuple[str, ...]
    reference: float
    families: Floats
    sides: npt.NDArray[np.int8]
    calibration: Floats

    @classmethod
    def of(cls, codes: tuple[str, ...], mean_log_odds: float, spoken: Spoken, calibration: Calibration) -> Breakdown:
        """From contributions in log-odds of the event: what raises those costs points."""
        calibrated = held_points(points_of(calibration.log_odds(spoken.log_odds)))
        return cls(
            codes=codes,
            reference=float(points_of(mean_log_odds)),
            families=-POINTS_PER_LOG_ODDS * spoken.shown,
            sides=-spoken.sides,
            calibration=calibrated - points_of(spoken.log_odds),
        )

    @classmethod
    def nothing(cls) -> Breakdown:
        """Of no client."""
        return cls((), 0.0, np.empty((0, 0)), np.empty((0, 0), np.int8), np.empty(0))

    def __len__(self) -> int:
        return len(self.families)

    @property
    def score_raw(self) -> Floats:
        """The sum of the lines of each client: the score before it is rounded."""
        return np.asarray(self.reference + self.families.sum(axis=1) + self.calibration)

    def lines(
        self,
        keys: pd.DataFrame,
        features: pd.DataFrame,
        *,
        short: Any = None,
        lang: Lang = "pt",
        spoken_only: bool = False,
    ) -> pd.DataFrame:
        """One table of all lines, those of a client together, in reading order.

        Parameters
        ----------
        keys : DataFrame
            What names each row, such as client_id and as_of.
        features : DataFrame
            Of the same rows: the sentences hold their numbers.
        short : array of bool, optional
            The clients of whom it is said that their history is short.
        lang : {"pt", "en"}
        spoken_only : bool
            Only what is told to a client: the families that speak, the loudest first, and statements.

        Returns
        -------
        DataFrame
            The columns of ``keys``, then code, family (its name), side (``SIDES``), points (float64) and sentence, null
            where a family is silent. Points of a client add up to ``score_raw`` where nothing is left out.
        """
        row, code, side, points = self._flat(None if short is None else np.asarray(short, dtype=bool))
        loudness = np.where((side == 1) | (side == 2), -np.abs(points), code)  # of the silent the lower code first
        order = np.lexsort((loudness, side, row))
        if spoken_only:
            order = order[np.isin(side[order], [1, 2, 4])]
        row, code, side, points = row[order], code[order], side[order], points[order]
        names = [*self.codes, REFERENCE, CALIBRATION, SHORT_HISTORY]
        spoken = side != 3
        out = keys.iloc[row].reset_index(drop=True)
        out["code"] = _taken(names, code)
        out["family"] = _taken([reason_family(name).name(lang) for name in names], code)
        out["side"] = _taken(SIDES, side)
        out["points"] = points
        told = np.where(spoken, code, -1)
        out["sentence"] = written_reasons(names, told, side == 2, features, row, lang=lang)
        return out

    def _flat(self, short: npt.NDArray[np.bool_] | None) -> tuple[Ints, Ints, Ints, Floats]:
        """All lines in any order: row, place of the code, place of the side, points."""
        n, width = self.families.shape
        rows, at = np.arange(n), np.arange(width)
        said = np.flatnonzero(short) if short is not None else rows[:0]
        side = np.select([self.sides == -1, self.sides == 1], [1, 2], 3).ravel()
        row = np.concatenate([np.repeat(rows, width), rows, rows, said])
        code = np.concatenate([np.tile(at, n), np.repeat([width, width + 1], n), np.full(len(said), width + 2)])
        ends = np.concatenate([np.zeros(n, np.intp), np.full(n, 5), np.full(len(said), 4)])
        fixed = np.concatenate([np.full(n, self.reference), self.calibration, np.zeros(len(said))])
        return row, code, np.concatenate([side, ends]), np.concatenate([self.families.ravel(), fixed])


def _taken(names: Any, at: Ints) -> pd.Series[str]:
    """The names at the places, as text, without a Python string a row."""
    return pd.Series(pd.array(list(names), dtype="str").take(at))
