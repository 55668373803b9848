"""The reasons of many clients as one long table, each client told by the scorer that speaks of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.reasons import Breakdown
from inadimplencia_ml.risk.scorer import COLD_START_INVOICES, SCORER_OF, Scorer

__all__ = ["reason_table"]

_ROW = "row of the scores"


def reason_table(
    scorers: Mapping[str, Scorer],
    keys: pd.DataFrame,
    features: pd.DataFrame,
    state: npt.NDArray[Any],
    *,
    lang: Lang = "pt",
    spoken_only: bool = False,
) -> pd.DataFrame:
    """What each score is made of, one row a line; clients without a probability have none.

    Parameters
    ----------
    scorers : mapping
        As in `Model.scorers`.
    keys : DataFrame
        What names each row, such as client_id and as_of.
    features : DataFrame
        Of the same rows.
    state : array
        The state of each row, as in the scores.
    lang, spoken_only
        As for `Breakdown.lines`.

    Returns
    -------
    DataFrame
        The lines of `Breakdown.lines`, clients in the order of the rows.

    Raises
    ------
    CallError
        The model was brought from outside, and what each column adds is not known exactly.
    """
    short = (features["due_count_all"] <= COLD_START_INVOICES).to_numpy()
    numbered = keys.reset_index(drop=True).assign(**{_ROW: np.arange(len(keys))})
    parts = [_lines(None, numbered.iloc[:0], features.iloc[:0], short[:0], lang, spoken_only)]
    for asked, name in SCORER_OF.items():
        at, scorer = np.flatnonzero(state == asked), scorers.get(name)
        if scorer is not None and len(at):
            parts.append(_lines(scorer, numbered.iloc[at], features.iloc[at], short[at], lang, spoken_only))
    joined = pd.concat(parts[1:] or parts, ignore_index=True)
    return joined.sort_values(_ROW, kind="stable", ignore_index=True).drop(columns=_ROW)


def _lines(
    scorer: Scorer | None, keys: pd.DataFrame, features: pd.DataFrame, short: Any, lang: Lang, spoken_only: bool
) -> pd.DataFrame:
    told = Breakdown.nothing() if scorer is None else scorer.breakdown(features)
    if told is None:
        raise CallError("reasons: this model was brought from outside, and what each column adds is not known exactly.")
    return told.lines(keys, features, short=short, lang=lang, spoken_only=spoken_only)
