"""What a scorecard is told about its columns: special values, trends, bins by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.binning.column_bins import ColumnBins
from inadimplencia_ml.risk.binning.partition import TRENDS, Trend
from inadimplencia_ml.risk.binning.prebins import Prebins, fine_bins
from inadimplencia_ml.risk.fit_inputs import monotone_directions
from inadimplencia_ml.risk.frozen_columns import FrozenColumns

__all__ = ["cells_of", "special_of", "trends_of"]

Floats = npt.NDArray[np.float64]

_OF_DIRECTION: dict[int, Trend] = {1: "up", -1: "down", 0: "auto"}


def special_of(special: Any, columns: FrozenColumns) -> list[tuple[float, ...]]:
    """The special values of each column.

    Raises
    ------
    CallError
        A column is unknown or holds categories, or a value is no finite number.
    """
    if special is None:
        return [()] * len(columns.names)
    if not isinstance(special, Mapping):
        values = _figures(special)
        return [values if c is None else () for c in columns.categories]
    out: list[tuple[float, ...]] = [()] * len(columns.names)
    for name, values in special.items():
        if name not in columns.names:
            raise CallError(f"special names the column {name!r}, which X has not.{did_you_mean(name, columns.names)}")
        at = columns.names.index(name)
        if columns.categories[at] is not None:
            raise CallError(f"special names the column {name!r}, which holds categories: each is apart anyway.")
        out[at] = _figures(values)
    return out


def _figures(values: Any) -> tuple[float, ...]:
    try:
        found = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        found = (math.nan,)
    if not all(map(math.isfinite, found)):
        raise CallError(f"special is {values!r}. Expected finite numbers; missing values have a bin anyway.")
    return found


def trends_of(monotone: Any, columns: FrozenColumns, *, named: bool) -> tuple[Trend, ...]:
    """The wished trend of each column.

    Raises
    ------
    CallError
        The mapping names a column that is not there, or a trend that is none.
    """
    words: dict[str, Trend] = {}
    if isinstance(monotone, Mapping):
        for name, wish in monotone.items():
            if isinstance(wish, str):
                if wish not in TRENDS:
                    raise CallError(f"monotone gives {name!r} the trend {wish!r}.{did_you_mean(wish, TRENDS)}")
                words[str(name)] = wish
        monotone = {str(n): 0 if isinstance(d, str) else d for n, d in monotone.items()}
    names = columns.names if named else None
    directions = monotone_directions(monotone, names, len(columns.names), columns.categorical)
    return tuple(words.get(n, _OF_DIRECTION[d]) for n, d in zip(columns.names, directions, strict=True))


def cells_of(
    x: Floats,
    columns: FrozenColumns,
    special: Sequence[tuple[float, ...]],
    given: Mapping[int, ColumnBins],
    threads: int = 1,
) -> tuple[Prebins, ...]:
    """The fine bins of each column, or the bins given by hand."""

    def of(j: int) -> Prebins:
        categories = columns.categories[j]
        if j in given:
            return Prebins(categories=categories, given=given[j])
        return fine_bins(x[:, j], special[j]) if categories is None else Prebins(categories=categories)

    with ThreadPoolExecutor(threads) as pool:
        return tuple(pool.map(of, range(len(columns.names))))
