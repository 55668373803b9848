"""What each feature tells of the outcome by itself, and which features tell the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from inadimplencia_ml.catalog import BY_NAME
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.study.bins import Bins, bins_of, symmetric_divergence
from inadimplencia_ml.features.study.table_columns import as_numbers, as_outcome, chosen, feature_frame
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["correlation_groups", "information_value"]

Floats = npt.NDArray[np.float64]

_FEW = 30  # rows that two columns must both know before their correlation is believed
_CATALOGUE_ORDER = {name: i for i, name in enumerate(BY_NAME)}


@same_kind("features")
def information_value(
    features: Any,
    y: Any,
    *,
    columns: Sequence[str] | None = None,
    bins: int | Mapping[str, Bins] = 10,
    special: Sequence[float] = (),
    smoothing: float = 0.5,
) -> pd.DataFrame:
    """The information value of each feature: how far the good and the bad lie apart over its bins.

    Parameters
    ----------
    features : table
        pandas, Polars or Arrow; keys and dates are passed over.
    y : array-like
        1 bad, 0 good; a row without an outcome (missing) is left out.
    columns : sequence of str, optional
        The features to look at; all by default.
    bins : int or mapping of str to Bins
        Ranges of a column of numbers, as `frozen_bins` cuts them: a value that most rows have, such as zero, has one of
        its own, and the others are cut at their quantiles. Or frozen bins by column. What is missing has a bin.
    special : sequence of float
        Values with bins of their own in every column of numbers.
    smoothing : float
        Added to the good and the bad of each occupied bin, so that a bin without bad ones has a finite weight; 0 for
        the plain formula.

    Returns
    -------
    DataFrame
        One row a feature in the order of columns: feature, iv, n_bins (occupied), missing_share.

    Raises
    ------
    CallError
        A column or an argument cannot be read; names it.
    NotEnoughData
        All outcomes are of one class.

    Notes
    -----
    IV = Σ (good share − bad share)·ln(good share / bad share). The usual reading: under 0.02 tells nothing, to 0.1
    weak, to 0.3 medium, above strong, above 0.5 worth a look for a leak: Siddiqi, N. (2006), Credit Risk Scorecards,
    Wiley. Bins are cut without looking at the outcome, so noise earns about (bins − 1)·(1/bad + 1/good).

    Examples
    --------
    >>> table = pd.DataFrame({"kind": ["PF"] * 10 + ["PJ"] * 10})
    >>> y = [1] * 8 + [0] * 2 + [1] * 2 + [0] * 8
    >>> information_value(table, y, smoothing=0)["iv"].round(4).tolist()
    [1.6636]
    """
    frame = feature_frame(features)
    bad, known = as_outcome(y, len(frame))
    found = []
    for name in chosen(frame, columns):
        frozen = bins_of(frame, name, bins, special=special, rows=known)
        codes = frozen.assign(frame[name])
        bads = np.bincount(codes[bad], minlength=frozen.size)
        goods = np.bincount(codes[known & ~bad], minlength=frozen.size)
        iv = float(symmetric_divergence(goods, bads, smoothing=smoothing))
        count = goods + bads
        found.append((name, iv, int(np.count_nonzero(count)), count[-1] / count.sum()))
    return pd.DataFrame(found, columns=["feature", "iv", "n_bins", "missing_share"])


@same_kind("features")
def correlation_groups(
    features: Any,
    *,
    threshold: float = 0.8,
    method: Literal["spearman", "pearson"] = "spearman",
    y: Any = None,
    columns: Sequence[str] | None = None,
    bins: int | Mapping[str, Bins] = 10,
    special: Sequence[float] = (),
    max_rows: int = 20_000,
    random_state: int = 0,
) -> pd.DataFrame:
    """Groups of features that say the same, each with one to stand for it.

    Two features are linked if their correlation is ``threshold`` or more, whatever its sign; a group is all that can be
    reached over links, so that two of its members may be less alike than the threshold.

    Parameters
    ----------
    features : table
        pandas, Polars or Arrow; columns of numbers are looked at.
    threshold : float
        Above 0, at most 1.
    method : {"spearman", "pearson"}
        Correlation of ranks, taken over all known values of a column, or of the values.
    y : array-like, optional
        With outcomes (1 bad, 0 good, missing left out) the feature of the highest information value stands for its
        group, over all rows; without, the first in the order of the catalogue.
    columns : sequence of str, optional
        The features to look at; all by default.
    bins, special
        As in ``information_value``, for the values with ``y``; without it nothing is put in bins.
    max_rows : int
        Of more rows as many are drawn: 20,000 know a correlation of 0.8 to ±0.005. Memory is about five float64
        tables of that length.
    random_state : int
        Seed of the draw.

    Returns
    -------
    DataFrame
        One row a feature, groups in the order of the catalogue, the representative first: group (1, 2, ...), size,
        feature, representative, correlation (with the representative, over rows where both are known; NaN if fewer than
        30 are, or one of the two is constant), with ``y`` also iv.

    Raises
    ------
    CallError
        A column or an argument cannot be read; names it.

    Examples
    --------
    >>> days = np.arange(40.0)
    >>> table = pd.DataFrame({"dpd_max": days, "on_time_streak": -(days**3), "due_count_30d": days % 4})
    >>> found = correlation_groups(table)
    >>> found[found["size"] > 1][["feature", "representative", "correlation"]].round(6).values.tolist()
    [['dpd_max', 'dpd_max', 1.0], ['on_time_streak', 'dpd_max', -1.0]]
    """
    if not 0 < threshold <= 1 or method not in ("spearman", "pearson") or max_rows < 1:
        raise CallError(
            f"threshold is {threshold}, method {method!r}, max_rows {max_rows}; expected a threshold above 0 and at "
            "most 1, 'spearman' or 'pearson', and 1 row or more."
        )
    frame = feature_frame(features)
    names = sorted(chosen(frame, columns, numbers_only=True), key=lambda n: _CATALOGUE_ORDER.get(n, len(BY_NAME)))
    drawn = frame
    if len(frame) > max_rows:
        drawn = frame.iloc[np.sort(np.random.default_rng(random_state).choice(len(frame), max_rows, replace=False))]
    standard = np.column_stack([_standard(as_numbers(drawn[name], name), method) for name in names])
    correlation = _pairwise(standard)
    # A hair under the threshold: columns that are multiples of each other have a correlation of 1 but for rounding.
    _, member = connected_components(np.abs(np.nan_to_num(correlation)) >= threshold - 1e-12, directed=False)
    iv = None
    if y is not None:
        iv = information_value(frame, y, columns=names, bins=bins, special=special)["iv"].to_numpy()
    return _grouped(names, member, correlation, iv)


def _grouped(names: list[str], member: npt.NDArray[Any], correlation: Floats, iv: Floats | None) -> pd.DataFrame:
    """The table of groups; ``names`` come in catalogue order, and groups are numbered by their first."""
    blocks: list[dict[str, Any]] = []
    for number, group in enumerate(pd.unique(member), start=1):
        places = np.flatnonzero(member == group)
        best = places[0 if iv is None else int(np.argmax(iv[places].round(12)))]
        for place in [best, *places[places != best]]:
            row = {"group": number, "size": len(places), "feature": names[place], "representative": names[best]}
            row["correlation"] = correlation[place, best]
            blocks.append(row if iv is None else row | {"iv": iv[place]})
    return pd.DataFrame(blocks)


def _standard(values: Floats, method: str) -> Floats:
    """The values or their ranks, with mean 0 and length 1 over those known; NaN all through if they do not vary."""
    known = ~np.isnan(values)
    out = np.full(len(values), np.nan)
    if known.sum() >= 2 and np.ptp(values[known]) > 0:
        held = rankdata(values[known]) if method == "spearman" else values[known] / np.abs(values[known]).max()
        held = held - held.mean()
        length = np.sqrt(held @ held)
        if length > 0:
            out[known] = held / length
    return out


def _pairwise(x: Floats) -> Floats:
    """Pearson's correlation of each pair of columns over the rows where both are known.

    All pairs at once, as products of whole matrices with the missing cells at 0: for 300 columns of 20,000 rows it is
    four products, where pair by pair it would be 45,000 passes.
    """
    known = (~np.isnan(x)).astype(np.float64)
    x = np.nan_to_num(x)
    n = known.T @ known
    total = x.T @ known  # of each row's column over the rows that the other one knows
    square = (x * x).T @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = square - total * total / n
        # Columns have length 1: less than this is rounding, a column that is constant where the other is known.
        spread[spread < 1e-12] = np.nan
        found = (x.T @ x - total * total.T / n) / np.sqrt(spread * spread.T)
    found[n < min(_FEW, len(x))] = np.nan
    correlation: Floats = np.clip(found, -1, 1)
    return correlation
