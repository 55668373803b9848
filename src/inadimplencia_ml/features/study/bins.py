"""Bins made once from a reference and kept, and how far two distributions over them lie apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.features.study.table_columns import as_labels, as_numbers, kind_of

__all__ = ["Bins", "bins_of", "frozen_bins", "symmetric_divergence"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WORDS = {
    "pt": {
        "first": "até {}",
        "last": "mais de {}",
        "range": "{} a {}",
        "any": "todos",
        "other": "outros",
        "missing": "ausente",
    },
    "en": {
        "first": "up to {}",
        "last": "over {}",
        "range": "{} to {}",
        "any": "all",
        "other": "other",
        "missing": "missing",
    },
}


@dataclass(frozen=True)
class Bins:
    """The bins of one column: ranges of numbers or categories, special values, and one for what is missing.

    Parameters
    ----------
    edges : tuple of float
        Inner edges, rising: the ranges are (−∞, e₁], (e₁, e₂], ..., (eₖ, ∞).
    special : tuple of float
        Values with a bin of their own, outside the ranges.
    categories : tuple of str or None
        The categories with a bin of their own, followed by one bin for all others; None for numbers.

    Examples
    --------
    >>> bins = frozen_bins([0, 0, 0, 1, 2, 3, 4, 5, -999, None], 4, special=[-999])
    >>> bins.edges, bins.labels("en")
    ((0.0, 2.0, 4.0), ['up to 0', '0 to 2', '2 to 4', 'over 4', '−999', 'missing'])
    >>> bins.assign([-7.5, 0.5, -999, None]).tolist()
    [0, 1, 4, 5]
    """

    edges: tuple[float, ...]
    special: tuple[float, ...] = ()
    categories: tuple[str, ...] | None = None

    @property
    def ordered(self) -> int:
        """The number of ranges, which come first and in order; 0 for categories."""
        return 0 if self.categories is not None else len(self.edges) + 1

    @property
    def size(self) -> int:
        """The number of bins, the one for missing values included, which is the last."""
        return (len(self.categories) + 1 if self.categories is not None else self.ordered + len(self.special)) + 1

    def assign(self, values: Any) -> Ints:
        """The number of each value's bin, 0 to ``size`` − 1.

        Raises
        ------
        CallError
            The bins are of numbers and a value is none, or is infinite.
        """
        column = values if isinstance(values, pd.Series) else pd.Series(values)
        if self.categories is not None:
            codes, words = as_labels(column)
            place = {word: i for i, word in enumerate(self.categories)}
            table = np.array([*(place.get(w, len(place)) for w in words), self.size - 1], dtype=np.int64)
            return table[codes]  # the last cell serves code -1
        figures = as_numbers(column, column.name)
        out = np.searchsorted(np.array(self.edges, dtype=np.float64), figures, side="left").astype(np.int64)
        for i, value in enumerate(self.special):
            out[figures == value] = self.ordered + i
        out[np.isnan(figures)] = self.size - 1
        return out

    def labels(self, lang: Lang = "pt") -> list[str]:
        """What to call each bin, in order: a range says what it is above, and what it reaches."""
        say = _WORDS[lang]
        if self.categories is not None:
            return [*self.categories, say["other"], say["missing"]]
        at = _told_apart(self.edges, lang)
        ranges = [say["range"].format(low, high) for low, high in itertools.pairwise(at)]
        ends = [say["first"].format(at[0]), *ranges, say["last"].format(at[-1])] if at else [say["any"]]
        return [*ends, *_told_apart(self.special, lang), say["missing"]]

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit."""
        categories = None if self.categories is None else list(self.categories)
        return {"edges": list(self.edges), "special": list(self.special), "categories": categories}

    @classmethod
    def from_json(cls, data: Any) -> Bins:
        """The bins that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, or the edges do not rise.
        """
        try:
            edges, special = (tuple(float(v) for v in data[key]) for key in ("edges", "special"))
            categories = None if data["categories"] is None else tuple(str(c) for c in data["categories"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"Bins cannot be read: {error!r}") from None
        if not all(math.isfinite(v) for v in (*edges, *special)) or any(a >= b for a, b in itertools.pairwise(edges)):
            raise BundleError(f"Bins are broken: the edges {edges} do not rise, or a value is not finite.")
        return cls(edges, special, categories)


def frozen_bins(values: Any, n_bins: int = 10, *, special: Sequence[float] = (), max_categories: int = 50) -> Bins:
    """The bins of a column, from the values of the reference and nothing else.

    A value that more than an even share of the rows has, such as a zero that most have, gets a range of its own, in its
    place in the order: the range ends at it and begins above the next lower value that occurs. The other rows are cut
    at their quantiles. Each edge is a value that occurs. Where many rows share a value there are fewer ranges, and none
    holds less than half of an even share of the other rows but the last and one that is all there is below such a
    value. Words get a bin each, the most frequent first; the rest and those never seen share one.

    Parameters
    ----------
    values : array-like
        One column: numbers, truth values or words; missing ones stay outside the quantiles.
    n_bins : int
        Ranges wanted, 1 or more; there are never more.
    special : sequence of float
        Values that mean something else than their size, such as −1 for "no answer": a bin each.
    max_categories : int
        Words with a bin of their own, 1 or more.

    Raises
    ------
    CallError
        A number is out of range, or the column holds dates, lists or infinite values.

    Examples
    --------
    >>> frozen_bins([1, 2, 3, 4, 5, 6, 7, 8], 4).edges
    (2.0, 4.0, 6.0)
    >>> frozen_bins([0] * 92 + [1, 2, 3, 4, 5, 6, 7, 8], 5).edges
    (0.0, 2.0, 4.0, 6.0)
    >>> frozen_bins(["PJ", "PF", "PJ", None]).categories
    ('PJ', 'PF')
    """
    if n_bins < 1 or max_categories < 1:
        raise CallError(f"n_bins is {n_bins} and max_categories {max_categories}; expected 1 or more.")
    column = values if isinstance(values, pd.Series) else pd.Series(values)
    if kind_of(column) == "category":
        codes, words = as_labels(column)
        count = np.bincount(codes[codes >= 0], minlength=len(words))
        frequent = np.argsort(-count, kind="stable")[:max_categories]
        return Bins((), (), tuple(words[i] for i in frequent if count[i]))
    apart = tuple(sorted({float(v) for v in special}))
    if not all(math.isfinite(v) for v in apart):
        raise CallError(f"special is {list(special)}. Expected finite numbers; missing values have a bin anyway.")
    figures = as_numbers(column, column.name)
    known = np.sort(figures[~np.isnan(figures) & ~np.isin(figures, apart)]) + 0.0  # one zero, not two
    if not len(known):
        return Bins((), apart)
    return Bins(_edges(known, n_bins), apart)


def _edges(known: Floats, n_bins: int) -> tuple[float, ...]:
    """The inner edges for a column of which ``known`` are the values, rising."""
    values, count = np.unique(known, return_counts=True)
    common = _common(count, n_bins)
    rest = np.repeat(values[~common], count[~common])
    # A common value ends its range, and the next lower value the one before it.
    at = np.flatnonzero(common)
    bounds = np.union1d(values[at], values[at[at > 0] - 1])
    edges = bounds
    if len(rest):
        wanted = n_bins - len(at) - _runs(common) + 1
        # The inverse of the distribution function, in whole numbers: the smallest value with k/wanted up to it or more.
        last = (np.arange(1, wanted) * len(rest) + wanted - 1) // wanted - 1
        edges = np.union1d(bounds, _without_slivers(rest, np.unique(rest[last]), bounds, len(rest) / (2 * wanted)))
    return tuple(edges[edges < known[-1]].tolist())


def _common(count: Ints, n_bins: int) -> npt.NDArray[np.bool_]:
    """Which values get a range of their own: those of more than an even share, the most frequent first, while the
    ranges suffice for them and for what lies between them."""
    common = np.zeros(len(count), bool)
    for place in np.argsort(-count, kind="stable"):
        if count[place] * n_bins <= count.sum():
            break
        common[place] = True
        common[place] = common.sum() + _runs(common) <= n_bins
    return common


def _runs(common: npt.NDArray[np.bool_]) -> int:
    """Into how many runs the common values part the others."""
    return int(np.count_nonzero(np.diff(common.astype(np.int8), prepend=1) < 0))


def _without_slivers(rest: Floats, edges: Floats, bounds: Floats, fewest: float) -> list[float]:
    """The edges without those that make a range of too few rows, as happens where many rows share a value."""
    kept: list[float] = []
    upto, marks = (np.searchsorted(rest, ends, side="right") for ends in (edges, bounds))
    begin = np.append(0, marks)[np.searchsorted(bounds, edges, side="left")]
    end = np.append(marks, len(rest) + fewest)[np.searchsorted(bounds, edges, side="left")]  # the last may be small
    before = 0
    for edge, low, here, high in zip(edges, begin, upto, end, strict=True):
        if here - max(before, low) >= fewest and high - here >= fewest:
            kept.append(float(edge))
            before = here
    return kept


def bins_of(
    frame: pd.DataFrame, name: str, bins: int | Mapping[str, Bins], *, special: Sequence[float], rows: Any = None
) -> Bins:
    """The bins of a column: the frozen ones if given, else made from the ``rows`` of the frame (all of them if None).

    Raises
    ------
    CallError
        Frozen bins are given, but none for this column.
    """
    if isinstance(bins, Mapping):
        if name not in bins:
            raise CallError(f"bins has none for the column {name!r}.{did_you_mean(name, bins)}")
        return bins[name]
    return frozen_bins(frame[name] if rows is None else frame[name][rows], bins, special=special)


def symmetric_divergence(a: Ints, b: Ints, *, smoothing: float = 0.5) -> Floats:
    """Σ (pᵢ − qᵢ)·ln(pᵢ/qᵢ) over the last axis, pᵢ and qᵢ the shares of the counts ``a`` and ``b``.

    Between two periods it is the population stability index, between good and bad the information value; both are
    Jeffreys' divergence, the sum of the two Kullback–Leibler divergences.

    Parameters
    ----------
    a, b : array of int
        Counts by bin; leading axes are broadcast.
    smoothing : float
        Added to every bin that is occupied in either: a share is (count + s)/(n + s·bins). Without it (0) an empty bin
        makes the sum infinite. Jeffreys' 0.5 weighs little in a full bin and keeps an empty one of a small sample from
        telling more than the sample knows, which a fixed small share in its place would not.

    Returns
    -------
    array of float64
        0 or more; NaN where either has no counts at all.

    Examples
    --------
    >>> round(float(symmetric_divergence(np.array([50, 50]), np.array([80, 20]), smoothing=0)), 4)
    0.4159
    """
    first, second = np.broadcast_arrays(np.asarray(a), np.asarray(b))
    occupied = (first + second) > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = (_shares(counts, occupied, smoothing) for counts in (first, second))
        terms = np.where(occupied & (p != q), (p - q) * np.log(p / q), 0.0)
    total = np.where((first.sum(-1) == 0) | (second.sum(-1) == 0), np.nan, terms.sum(-1))
    out: Floats = np.asarray(total, dtype=np.float64)
    return out


def _shares(counts: Ints, occupied: npt.NDArray[np.bool_], smoothing: float) -> Floats:
    whole = counts.sum(-1, keepdims=True) + smoothing * occupied.sum(-1, keepdims=True)
    shares: Floats = (counts + smoothing) / whole
    return shares


def _told_apart(values: Sequence[float], lang: Lang) -> list[str]:
    """Figures of three significant digits, or of as many as it takes for no two to read alike."""
    for digits in range(3, 18):
        texts = [_figure(value, digits, lang) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def _figure(value: float, digits: int, lang: Lang) -> str:
    """So many significant digits, whole numbers whole, with a true minus: 1.250 or −0,0312 in Portuguese."""
    places = 0 if value == 0 or value.is_integer() else max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", "−")
    return text.translate(str.maketrans(",.", ".,")) if lang == "pt" else text
