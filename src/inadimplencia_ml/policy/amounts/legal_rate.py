"""The legal rate of each month from its two sources, where the Central Bank's own series is not at hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pandas as pd

__all__ = ["legal_rate_series"]

_PLACES = Decimal("0.000001")


def legal_rate_series(selic_factor: Mapping[Any, float], ipca_15: Mapping[Any, float]) -> pd.Series:
    """The legal rate, in percent a month with six decimals (Res. CMN 5.171/2024, arts. 2 and 3).

    The rate of a month is the Selic factor of the month before over its IPCA-15 factor, less one; below zero it is zero
    (CC art. 406 § 3). It is rounded by NBR 5891, an exact half to the even digit.

    Parameters
    ----------
    selic_factor : mapping of a day of a month to the factor of that month
        1.0087 for 0.87 %.
    ipca_15 : mapping of a day of a month to the change of that month
        In percent.

    Returns
    -------
    Series
        By the first day of the month for which the rate holds: one after that of the sources.

    Examples
    --------
    >>> legal_rate_series({"2024-08-01": 1.0086758}, {"2024-08-01": 0.19})
    2024-09-01    0.676295
    dtype: float64
    """
    factor = {_month(day): Decimal(str(value)) for day, value in selic_factor.items()}
    change = {_month(day): 1 + Decimal(str(value)) / 100 for day, value in ipca_15.items()}
    months = sorted(set(factor) & set(change))
    rates = [max(Decimal(0), (factor[m] / change[m] - 1) * 100).quantize(_PLACES, ROUND_HALF_EVEN) for m in months]
    return pd.Series([float(rate) for rate in rates], index=[(m + 1).to_timestamp() for m in months], dtype=float)


def _month(day: Any) -> pd.Period:
    return pd.Period(pd.Timestamp(day), freq="M")
