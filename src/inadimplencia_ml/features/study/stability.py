"""Whether features stay what they were: the population stability index by period, against a frozen reference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.study.bins import Bins, bins_of, symmetric_divergence
from inadimplencia_ml.features.study.table_columns import as_periods, chosen, feature_frame
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["psi_by_period"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.bool_]

_READINGS = ("stable", "shift", "large_shift")


@same_kind("features")
def psi_by_period(
    features: Any,
    dates: Any,
    *,
    reference: str | dt.date | npt.ArrayLike,
    period: str = "M",
    columns: Sequence[str] | None = None,
    bins: int | Mapping[str, Bins] = 10,
    special: Sequence[float] = (),
    smoothing: float = 0.5,
    thresholds: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The population stability index of each feature in each period, against bins and shares of the reference.

    Parameters
    ----------
    features : table
        pandas, Polars or Arrow; keys and dates are passed over.
    dates : array-like
        The date of each row.
    reference : date, or array of bool
        The day before which rows belong to the reference, or the rows themselves.
    period : {"M", "Q", "Y", "W", "D"}
        A period code of pandas.
    columns : sequence of str, optional
        The features to look at; all by default.
    bins : int or mapping of str to Bins
        Ranges of a column of numbers, as `frozen_bins` cuts them from the reference alone; or frozen bins by column.
    special : sequence of float
        Values with bins of their own in every column of numbers.
    smoothing : float
        See ``symmetric_divergence``; 0 for the plain formula.
    thresholds : pair of float, optional
        With them, such as (0.10, 0.25), a column ``reading`` says stable (below the first), shift, or large_shift
        (above the second).

    Returns
    -------
    DataFrame
        One row a feature and period, in the order of columns and time: feature, period, n (rows), psi,
        chance_95, in_reference (all rows of the period belong to it). chance_95 is what the index stays under 19 times
        in 20 if nothing has changed and rows are drawn independently; rows of one client are not, so it is a lower
        bound. A psi below it says nothing, whatever the thresholds.

    Raises
    ------
    CallError
        A column, a date or an argument cannot be read; names it.
    NotEnoughData
        No row belongs to the reference.

    Notes
    -----
    The index and its usual reading, under 0.10 stable, over 0.25 a shift to act on: Siddiqi, N. (2006), Credit Risk
    Scorecards, Wiley. The reading knows nothing of sample size; without change the index of n rows against m is about
    (1/n + 1/m) times a chi-square with one degree of freedom less than bins: Yurdakul, B. and Naranjo, J. (2020),
    Statistical properties of the population stability index, Journal of Risk Model Validation 14(4). Rows that are
    in both are counted out: 1/n + 1/m − 2k/(n·m) for k of them.

    Examples
    --------
    >>> table = pd.DataFrame({"late_share_90d": [0.0, 0.2, 0.4, 0.6] * 50 + [0.6] * 100})
    >>> dates = ["2025-01-31"] * 200 + ["2025-02-28"] * 100
    >>> found = psi_by_period(table, dates, reference="2025-02-01", thresholds=(0.10, 0.25))
    >>> found[["period", "n", "in_reference", "reading"]].values.tolist()
    [['2025-01', 200, True, 'stable'], ['2025-02', 100, False, 'large_shift']]
    """
    frame = feature_frame(features)
    days, place, periods = as_periods(dates, len(frame), period)
    rows = _reference_rows(reference, days)
    n = np.bincount(place, minlength=len(periods))
    overlap = np.bincount(place[rows], minlength=len(periods))
    blocks = []
    for name in chosen(frame, columns):
        frozen = bins_of(frame, name, bins, special=special, rows=rows)
        codes = frozen.assign(frame[name])
        counts = np.bincount(place * frozen.size + codes, minlength=len(periods) * frozen.size)
        counts = counts.reshape(len(periods), frozen.size)
        base = np.bincount(codes[rows], minlength=frozen.size)
        block = {"feature": name, "period": periods, "n": n}
        block["psi"] = symmetric_divergence(counts, base, smoothing=smoothing)
        block["chance_95"] = _chance(counts, base, overlap)
        blocks.append(pd.DataFrame(block).assign(in_reference=overlap == n))
    table = pd.concat(blocks, ignore_index=True)
    if thresholds is not None:
        table["reading"] = _readings(table["psi"].to_numpy(), thresholds)
    return table


def _reference_rows(reference: Any, days: npt.NDArray[np.datetime64]) -> Rows:
    given = np.asarray(reference)
    if given.ndim == 1 and given.dtype == bool:
        if len(given) != len(days):
            raise CallError(f"reference marks {len(given)} rows; features has {len(days)}.")
        rows: Rows = given
    else:
        try:
            before = given.astype("datetime64[D]")
        except (TypeError, ValueError):
            before = np.array(["NaT"], dtype="datetime64[D]")
        if before.ndim or np.isnat(before):
            raise CallError(f"reference is {reference!r}. Expected a date, or an array of bool, one a row.")
        rows = days < before
    if not rows.any():
        raise NotEnoughData(f"No row belongs to the reference; the dates run from {days.min()} to {days.max()}.")
    return rows


def _chance(counts: Ints, base: Ints, overlap: Ints) -> Floats:
    """The 95th centile of the index of each period if it is a draw from the distribution of the reference."""
    n, m = counts.sum(-1), base.sum()
    free = ((counts + base) > 0).sum(-1) - 1
    unlike = np.maximum(1 / n + 1 / m - 2 * overlap / (n * m), 0)
    chance: Floats = np.where(free > 0, chi2.ppf(0.95, np.maximum(free, 1)), 0.0) * unlike
    return chance


def _readings(psi: Floats, thresholds: tuple[float, float]) -> list[str]:
    low, high = thresholds
    if not 0 <= low <= high:
        raise CallError(f"thresholds are {thresholds}; expected two rising numbers, 0 or more.")
    return [_READINGS[place] for place in (psi >= low).astype(int) + (psi > high).astype(int)]
