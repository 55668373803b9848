"""Ratings against what happened: their bad rates must rise, in each month and for companies and persons alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inadimplencia_ml.risk.judging.rates import CellRates, beta_interval, cell_rates, chance_of_inversion
from inadimplencia_ml.risk.judging.rows import Cells, Rows, crossed

__all__ = ["rating_table", "ratings_by_part"]

_DOUBT = 0.025
"""Shared out among the comparisons of a table: of forty that are made, one would else be marked by chance alone."""


def rating_table(rows: Rows, ratings: Cells) -> pd.DataFrame:
    """Each rating over all rows; see ``Judgement.ratings``."""
    rates = cell_rates(rows, ratings)
    table = _table(rates, list(ratings.names))
    return _marked(table, _inversions(rates, range(len(ratings.names))))


def ratings_by_part(rows: Rows, ratings: Cells, dimensions: dict[str, Cells]) -> pd.DataFrame:
    """Each rating within each part of each dimension, empty ones left out; see ``Judgement.ratings_by_part``."""
    tables = []
    for dimension, parts in dimensions.items():
        both = crossed(parts, ratings)
        rates = cell_rates(rows, both)
        table = _table(rates, list(ratings.names) * len(parts.names))
        table.insert(0, "part", np.repeat(np.array(parts.names, dtype=object), len(ratings.names)))
        table.insert(0, "dimension", dimension)
        n = len(ratings.names)
        turned = [t for i in range(len(parts.names)) for t in _inversions(rates, range(i * n, (i + 1) * n))]
        tables.append(_marked(table, turned)[table["rows"] > 0])
    return pd.concat(tables, ignore_index=True)


def _table(rates: CellRates, ratings: list[str]) -> pd.DataFrame:
    low, high = beta_interval(rates.rows, rates.bads, rates.rate_effect)
    return pd.DataFrame(
        {
            "rating": ratings,
            "rows": rates.rows.astype(np.int64),
            "clients": rates.clients.astype(np.int64),
            "bads": rates.bads.astype(np.int64),
            "mean_probability": rates.mean_probability,
            "bad_rate": rates.bad_rate,
            "low": low,
            "high": high,
        }
    )


def _inversions(rates: CellRates, cells: range) -> list[float]:
    """How sure it is that a cell's rate lies below that of the safer one before it that holds rows.

    0 where a rate is not lower, NaN where there is none to compare with.
    """
    found, before = [], -1
    for i in cells:
        compared = before >= 0 and rates.rows[i] > 0
        lower = compared and rates.bad_rate[i] < rates.bad_rate[before]
        found.append(chance_of_inversion(rates, before, i) if lower else 0.0 if compared else np.nan)
        before = i if rates.rows[i] > 0 else before
    return found


def _marked(table: pd.DataFrame, chances: list[float]) -> pd.DataFrame:
    chance = np.array(chances, dtype=np.float64)
    compared = max(int(np.isfinite(chance).sum()), 1)
    return table.assign(inversion=chance > 0, beyond_chance=chance > 1.0 - _DOUBT / compared)
