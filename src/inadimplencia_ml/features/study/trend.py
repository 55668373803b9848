"""Which way the bad rate runs along a feature, and whether it runs so in every month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang, direction_of
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.study.bins import Bins, bins_of
from inadimplencia_ml.features.study.table_columns import as_outcome, as_periods, chosen, feature_frame
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["bad_rate_by_bin", "monotonic_trend", "order_correlation"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@same_kind("features")
def bad_rate_by_bin(
    features: Any,
    y: Any,
    *,
    columns: Sequence[str] | None = None,
    dates: Any = None,
    period: str = "M",
    bins: int | Mapping[str, Bins] = 10,
    special: Sequence[float] = (),
    lang: Lang = "pt",
) -> pd.DataFrame:
    """How many rows and bad ones each bin of each feature holds, overall and, with dates, in each period.

    Parameters are those of ``monotonic_trend``; words are taken too. ``lang`` is that of the labels.

    Returns
    -------
    DataFrame
        feature, period (missing: all rows), bin (0, 1, ...), label, ordered (a range, not a special value, a
        category or what is missing), n, bads, bad_rate (NaN of no rows). Bins that no row falls in are there with n 0.

    Examples
    --------
    >>> table = pd.DataFrame({"dpd_max": [0.0, 0.0, 0.0, 40.0, 60.0, None]})
    >>> rates = bad_rate_by_bin(table, [0, 0, 1, 1, 1, 0], bins=2)
    >>> rates[["label", "n", "bads"]].values.tolist()
    [['até 0', 3, 1], ['mais de 0', 2, 2], ['ausente', 1, 0]]
    """
    frame = feature_frame(features)
    bad, known = as_outcome(y, len(frame))
    place = np.zeros(len(frame), np.int64)
    periods: list[str] = []
    if dates is not None:
        _, place, periods = as_periods(dates, len(frame), period)
    blocks = []
    for name in chosen(frame, columns):
        frozen = bins_of(frame, name, bins, special=special, rows=known)
        cell = (place * frozen.size + frozen.assign(frame[name]))[known]
        shape = (max(1, len(periods)), frozen.size)
        n, bads = (np.bincount(c, minlength=shape[0] * shape[1]).reshape(shape) for c in (cell, cell[bad[known]]))
        blocks.append(_rates_block(name, None, frozen, lang, n.sum(0), bads.sum(0)))
        blocks += [_rates_block(name, p, frozen, lang, n[i], bads[i]) for i, p in enumerate(periods)]
    return pd.concat(blocks, ignore_index=True)


@same_kind("features")
def monotonic_trend(
    features: Any,
    y: Any,
    *,
    dates: Any = None,
    period: str = "M",
    columns: Sequence[str] | None = None,
    bins: int | Mapping[str, Bins] = 10,
    special: Sequence[float] = (),
    min_correlation: float = 0.5,
) -> pd.DataFrame:
    """Which way the bad rate runs along each feature, in how many months it runs so, and what the catalogue expects.

    Rows are put in bins and the bad rate of each bin is taken. The rank correlation (Spearman) of the number of the bin
    and its bad rate, each bin weighing as many rows as it holds, says how steadily the one follows the other: 1 rises
    from bin to bin, −1 falls.

    Parameters
    ----------
    features : table
        pandas, Polars or Arrow; columns of numbers are looked at.
    y : array-like
        1 bad, 0 good; a row without an outcome (missing) is left out.
    dates : array-like, optional
        The date of each row; without them nothing is said of months.
    period : {"M", "Q", "Y", "W", "D"}
        What a month is, a period code of pandas.
    columns : sequence of str, optional
        The features to look at; all by default.
    bins : int or mapping of str to Bins
        Ranges of a column, as `frozen_bins` cuts them from all rows with an outcome; or frozen bins by column.
    special : sequence of float
        Values outside the order; so are missing ones.
    min_correlation : float
        Above 0, at most 1. A weaker correlation has no direction.

    Returns
    -------
    DataFrame
        One row a feature: feature, direction (+1 higher is riskier, −1 higher is safer, 0 neither), correlation (NaN
        with a single bin or rate), months (those with both classes and two bins or more), months_share (of those, the
        share whose own correlation has the sign of ``direction``; NaN without one), expected (the catalogue's
        direction), agrees (missing where either is 0).

    Raises
    ------
    CallError
        A column, a date or an argument cannot be read; names it.
    NotEnoughData
        All outcomes are of one class.

    Examples
    --------
    >>> table = pd.DataFrame({"dpd_max": [0, 5, 10, 20, 40, 60, 70, 90]})
    >>> monotonic_trend(table, [0, 0, 0, 1, 0, 1, 1, 1], bins=4)[["direction", "expected", "agrees"]].values.tolist()
    [[1, 1, True]]
    """
    if not 0 < min_correlation <= 1:
        raise CallError(f"min_correlation is {min_correlation}; expected above 0, at most 1.")
    frame = feature_frame(features)
    names = chosen(frame, columns, numbers_only=True)
    rates = bad_rate_by_bin(frame, y, columns=names, dates=dates, period=period, bins=bins, special=special)
    found = []
    for name, block in rates[rates["ordered"]].groupby("feature", sort=False):
        whole, parts = block[block["period"].isna()], block[block["period"].notna()]
        overall = order_correlation(whole)
        direction = int(np.sign(overall)) if abs(overall) >= min_correlation else 0
        months = np.array([order_correlation(part) for _, part in parts.groupby("period")])
        months = months[~np.isnan(months)]
        share = float((months * direction > 0).mean()) if direction and len(months) else np.nan
        found.append((name, direction, overall, len(months), share, direction_of(str(name))))
    heads = ["feature", "direction", "correlation", "months", "months_share", "expected"]
    table = pd.DataFrame(found, columns=heads)
    judged = (table["direction"] != 0) & (table["expected"] != 0)
    table["agrees"] = (table["direction"] == table["expected"]).astype("boolean").where(judged)
    return table


def _rates_block(name: str, period: str | None, frozen: Bins, lang: Lang, n: Ints, bads: Ints) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        rate = bads / n
    block = {"feature": name, "period": pd.Series([period] * len(n), dtype="str"), "bin": np.arange(len(n))}
    block |= {"label": frozen.labels(lang), "ordered": np.arange(len(n)) < frozen.ordered}
    return pd.DataFrame(block | {"n": n, "bads": bads, "bad_rate": rate})


def order_correlation(rates: pd.DataFrame) -> float:
    """Spearman's correlation, over rows, of the number of a row's bin and the bad rate of that bin.

    Parameters
    ----------
    rates : DataFrame
        n and bad_rate of bins in order; empty ones are passed over.

    Returns
    -------
    float
        −1 (falls from bin to bin) to 1 (rises); NaN with a single bin or a single rate.

    Examples
    --------
    >>> order_correlation(pd.DataFrame({"n": [10, 10, 10], "bad_rate": [0.1, 0.3, 0.2]}))
    0.5
    """
    held = rates[rates["n"] > 0]
    n, rate = held["n"].to_numpy(np.float64), held["bad_rate"].to_numpy()
    if len(n) < 2 or (rate == rate[0]).all():
        return np.nan
    x, z = _middle_ranks(np.arange(len(n)), n), _middle_ranks(rate, n)
    x, z = x - np.average(x, weights=n), z - np.average(z, weights=n)
    return float((n * x * z).sum() / np.sqrt((n * x * x).sum() * (n * z * z).sum()))


def _middle_ranks(values: npt.NDArray[Any], n: Floats) -> Floats:
    """The rank that the rows of each bin share if ``values`` are put in order."""
    _, place = np.unique(values, return_inverse=True)
    rows = np.bincount(place, weights=n)
    middle: Floats = (np.cumsum(rows) - rows / 2)[place]
    return middle
