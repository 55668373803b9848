"""Up to four reason codes a row, the loudest first, and the statement that a history is short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import SHORT_HISTORY

__all__ = ["REASON_COLUMNS", "loudest", "with_short_history"]

REASON_COLUMNS: tuple[str, ...] = ("reason_1", "reason_2", "reason_3", "reason_4")


def loudest(against: npt.NDArray[np.float64], codes: Sequence[str]) -> npt.NDArray[np.object_]:
    """The codes of the four largest entries above 0 of each row, None if fewer are; of equal ones the lower code first.

    Examples
    --------
    >>> loudest(np.array([[0.2, 0.0, 0.7], [0.0, 0.0, 0.0]]), ["R01", "R02", "R03"]).tolist()
    [['R03', 'R01', None, None], [None, None, None, None]]
    """
    most = len(REASON_COLUMNS)
    out = np.full((len(against), most), None, dtype=object)
    names, left = np.array([*codes, None], dtype=object), against.copy()
    rows = np.arange(len(against))
    for place in range(min(most, len(codes))):  # four passes are cheaper than sorting every row
        best = left.argmax(axis=1)
        out[:, place] = names[np.where(left[rows, best] > 0, best, len(codes))]
        left[rows, best] = 0.0
    return out


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
