"""The bins of one column as a scorecard keeps them: ranges or groups of categories, special values, the missing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.errors import BundleError

__all__ = ["ColumnBins", "Value"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Value = str | float

_WORDS: Mapping[Lang, Mapping[str, str]] = {
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
class ColumnBins:
    """Which bin a value falls in; the last bin is that of missing values.

    Parameters
    ----------
    edges : tuple of float
        Inner edges, rising: the ranges are (−∞, e₁], (e₁, e₂], ..., (eₖ, ∞).
    special : tuple of tuples of float
        Values with bins of their own, one a tuple, outside the ranges.
    groups : tuple of tuples or None
        The categories of each bin; None for numbers.
    other : int or None
        The group (from 0) that categories listed nowhere fall in, those never seen among them; None: a bin of their
        own behind the groups.

    Examples
    --------
    >>> bins = ColumnBins((0.0, 0.5), ((-9.0,),))
    >>> bins.labels("en")
    ['up to 0', '0 to 0.5', 'over 0.5', '−9', 'missing']
    >>> bins.place(np.array([0.0, 0.7, -9.0, np.nan])).tolist()
    [0, 2, 3, 4]
    """

    edges: tuple[float, ...] = ()
    special: tuple[tuple[float, ...], ...] = ()
    groups: tuple[tuple[Value, ...], ...] | None = None
    other: int | None = None

    @property
    def ordered(self) -> int:
        """The number of bins that come first: ranges, or groups with the bin of all others."""
        if self.groups is not None:
            return len(self.groups) + (self.other is None)
        return len(self.edges) + 1

    @property
    def size(self) -> int:
        """The number of bins."""
        return self.ordered + len(self.special) + 1

    def place(self, values: Floats, categories: Sequence[Value] = ()) -> Ints:
        """The bin of each value: 0 to ``size`` − 1.

        Of a column of categories the values are places in ``categories``; the place behind the last one stands for
        those that are not in it.
        """
        if self.groups is None:
            out = np.searchsorted(self._edges, values, side="left").astype(np.int64, copy=False)
            for i, alike in enumerate(self.special):
                for value in alike:
                    out[values == value] = self.ordered + i
            out[np.isnan(values)] = self.size - 1
            return out
        rest = len(self.groups) if self.other is None else self.other
        table = np.array([*(self._group.get(c, rest) for c in categories), rest, self.size - 1], dtype=np.int64)
        return table[np.where(np.isnan(values), -1, values).astype(np.int64)]

    @cached_property
    def _edges(self) -> Floats:
        return np.array(self.edges, dtype=np.float64)

    @cached_property
    def _group(self) -> dict[Value, int]:
        return {value: i for i, alike in enumerate(self.groups or ()) for value in alike}

    def labels(self, lang: Lang = "pt") -> list[str]:
        """What to call each bin, in order: a range says what it is above, and what it reaches."""
        say = _WORDS[lang]
        if self.groups is not None:
            names = [", ".join(_word(v, lang) for v in alike) for alike in self.groups]
            if self.other is None:
                return [*names, say["other"], say["missing"]]
            names[self.other] = ", ".join(filter(None, (names[self.other], say["other"])))
            return [*names, say["missing"]]
        at = _told_apart(self.edges, lang)
        ranges = [say["range"].format(low, high) for low, high in itertools.pairwise(at)]
        ends = [say["first"].format(at[0]), *ranges, say["last"].format(at[-1])] if at else [say["any"]]
        return [*ends, *(", ".join(_word(v, lang) for v in alike) for alike in self.special), say["missing"]]

    def to_json(self) -> dict[str, Any]:
        """Plain data; numbers keep every bit."""
        groups = None if self.groups is None else [list(alike) for alike in self.groups]
        special = [list(alike) for alike in self.special]
        return {"edges": list(self.edges), "special": special, "groups": groups, "other": self.other}

    @classmethod
    def from_json(cls, data: Any) -> ColumnBins:
        """The bins that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, or the edges do not rise.
        """
        try:
            edges = tuple(float(v) for v in data["edges"])
            special = tuple(tuple(float(v) for v in alike) for alike in data["special"])
            groups = None if data["groups"] is None else tuple(tuple(_value(v) for v in g) for g in data["groups"])
            other = None if data["other"] is None else int(data["other"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"Bins cannot be read: {error!r}") from None
        if not all(map(math.isfinite, edges)) or any(a >= b for a, b in itertools.pairwise(edges)):
            raise BundleError(f"Bins are broken: the edges {edges} do not rise, or one is not finite.")
        if other is not None and not 0 <= other < len(groups or ()):
            raise BundleError(f"Bins are broken: there is no group {other} for other categories.")
        return cls(edges, special, groups, other)


def _value(given: Any) -> Value:
    return given if isinstance(given, str) else float(given)


def _word(value: Value, lang: Lang) -> str:
    return value if isinstance(value, str) else _figure(value, 17, lang)


def _told_apart(values: Sequence[float], lang: Lang) -> list[str]:
    """Figures of three significant digits, or of as many as it takes for no two to read alike."""
    texts: list[str] = []
    for digits in range(3, 18):
        texts = [_figure(value, digits, lang) for value in values]
        if len(set(texts)) == len(values):
            break
    return texts


def _figure(value: float, digits: int, lang: Lang) -> str:
    """So many significant digits, whole numbers whole, with a true minus: 1.250 or −0,0312 in Portuguese."""
    if value == 0 or float(value).is_integer():
        places = 0
    else:
        places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", "−")
    return text.translate(str.maketrans(",.", ".,")) if lang == "pt" else text
