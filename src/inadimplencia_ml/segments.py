"""Who is alike: ratings A (safest) to J, and the three risk segments, both cut once on held-out probabilities.

The edges are frozen with the model: a client's rating depends on their probability alone, never on who else is scored.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import BundleError, CallError

__all__ = ["BAND_POINTS", "MEMORY_DAYS", "SEGMENTS", "RiskBands", "fit_bands"]

Floats = npt.NDArray[np.float64]

#: From the safest to the riskiest.
SEGMENTS: tuple[str, ...] = ("low", "medium", "high")

BAND_POINTS = 10.0
"""Points beyond an edge up to which an earlier segment is kept: a factor of 1.19 in the odds, which is 4.2 to 5.9 % at
an edge of 5 %, and 17 to 23 % at one of 20 %. In points, since a score wavers about as much at either edge."""
MEMORY_DAYS = 100
"""Days for which an earlier score counts: a quarter, and a few days for the run that comes late."""

_LETTERS = "ABCDEFGHIJ"
_LEAST_SHARE = 0.02  # of the snapshots in a rating
_LEAST_BADS = 5
_LEAST_SEGMENT = 0.05  # of the clients in a segment
_FALLBACK = (0.50, 0.85)  # centiles of the clients at which the segments are cut instead


@dataclass(frozen=True)
class RiskBands:
    """Frozen edges of ratings and segments; a probability equal to an edge belongs to the safer side.

    Parameters
    ----------
    rating_edges : tuple of float
        Probabilities at which a rating ends, rising; one fewer than ratings.
    segment_edges : tuple of float
        Where low and medium end; empty: every one is ``medium``.
    wished_edges : (float, float)
        Probabilities that the segment edges were to be near.
    note : {"rating_edges", "centiles", "one_segment"}
        Where the segment edges came from.
    band_points : float
        Points of score beyond an edge up to which an earlier segment is kept; 0: none is.
    memory_days : int
        Days for which an earlier score counts.

    Examples
    --------
    >>> bands = RiskBands((0.02, 0.06, 0.22), (0.06, 0.22))
    >>> bands.rating([0.01, 0.06, 0.5]).tolist(), bands.segment([0.01, 0.1, 0.5]).tolist()
    (['A', 'B', 'D'], ['low', 'medium', 'high'])
    """

    rating_edges: tuple[float, ...]
    segment_edges: tuple[float, ...]
    wished_edges: tuple[float, float] = (0.05, 0.20)
    note: str = "rating_edges"
    band_points: float = 0.0
    memory_days: int = 0

    @property
    def ratings(self) -> tuple[str, ...]:
        """The letters in use, safest first."""
        return tuple(_LETTERS[: len(self.rating_edges) + 1])

    @property
    def basis_without_history(self) -> str:
        """What a segment of a first score is told to come from, as `segment_history` says it."""
        return "no_history" if self.segment_edges and self.band_points > 0 else "off"

    def rating(self, probability: Any) -> npt.NDArray[np.object_]:
        """The rating of each probability, None where it is missing."""
        return _named(probability, self.rating_edges, self.ratings)

    def segment(self, probability: Any) -> npt.NDArray[np.object_]:
        """The risk segment of each probability, None where it is missing."""
        return _named(probability, self.segment_edges, SEGMENTS if self.segment_edges else ("medium",))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "rating_edges": list(self.rating_edges),
            "segment_edges": list(self.segment_edges),
            "wished_edges": list(self.wished_edges),
            "note": self.note,
            "band_points": self.band_points,
            "memory_days": self.memory_days,
        }

    @classmethod
    def from_json(cls, data: Any) -> RiskBands:
        """The bands that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form, or edges do not rise.
        """
        try:
            ratings, segments = (tuple(float(e) for e in data[k]) for k in ("rating_edges", "segment_edges"))
            first, second = (float(e) for e in data["wished_edges"])
            note = str(data["note"])
            band, memory = float(data.get("band_points", 0.0)), int(data.get("memory_days", 0))  # older models: none
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"The ratings of the model cannot be read: {error!r}") from None
        rising = all(a < b for edges in (ratings, segments) for a, b in itertools.pairwise(edges))
        if not rising or len(ratings) >= len(_LETTERS) or len(segments) not in (0, len(SEGMENTS) - 1):
            raise BundleError(
                f"The ratings of the model cannot be used: edges {list(ratings[:12])} and {list(segments[:4])}"
            )
        if not band >= 0 or memory < 0:
            raise BundleError(f"The ratings of the model cannot be used: a band of {band} points, {memory} days")
        return cls(ratings, segments, (first, second), note, band, memory)


def _named(probability: Any, edges: tuple[float, ...], names: tuple[str, ...]) -> npt.NDArray[np.object_]:
    p = np.asarray(probability, dtype=np.float64)
    table = np.array([*names, None], dtype=object)
    place = np.searchsorted(np.asarray(edges), p, side="left")
    return np.asarray(table[np.where(np.isnan(p), len(names), place)], dtype=object)


def fit_bands(
    probability: Any,
    y: Any,
    groups: Any = None,
    *,
    segment_edges: tuple[float, float] = (0.05, 0.20),
    band_points: float = BAND_POINTS,
    memory_days: int = MEMORY_DAYS,
) -> RiskBands:
    """Ratings and segments of held-out probabilities.

    Deciles become ratings; neighbours are joined until bad rates rise and each rating holds 2 % of the snapshots and 5
    bad ones. Segments end at the rating edges nearest to ``segment_edges``; if one of them would hold under 5 % of the
    clients they end at the 50th and 85th centile of the clients, and under three ratings all are ``medium``.

    Parameters
    ----------
    probability, y : array-like
        Held-out probabilities, and outcomes (1 bad, 0 good).
    groups : array-like, optional
        The client of each row: a client counts once, however many snapshots they have.
    segment_edges : (float, float)
        Probabilities near which low and medium should end.
    band_points, memory_days : float, int
        As in `RiskBands`.

    Raises
    ------
    CallError
        The arrays do not fit, or the edges do not rise within 0 and 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 8, 5000)
    >>> bands = fit_bands(p, rng.random(5000) < p)
    >>> bands.ratings[0], bands.note
    ('A', 'rating_edges')
    """
    p, bad = np.asarray(probability, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if p.ndim != 1 or p.shape != bad.shape or not len(p) or np.isnan(p).any():
        raise CallError(
            f"Ratings need a probability and an outcome a row; got {p.shape} and {bad.shape}, or missing ones."
        )
    low, high = segment_edges
    if not 0 < low < high < 1:
        raise CallError(f"segment_edges are {segment_edges}; expected two rising probabilities within 0 and 1.")
    ratings = _rating_edges(p, bad)
    edges, note = _segment_edges(p, ratings, _client_mass(groups, len(p)), segment_edges)
    return RiskBands(ratings, edges, segment_edges, note, float(band_points), memory_days)


def _rating_edges(p: Floats, bad: Floats) -> tuple[float, ...]:
    ranked = np.unique(p)
    cuts = np.unique(np.quantile(p, np.arange(1, 10) / 10, method="inverted_cdf"))
    cuts = cuts[cuts < ranked[-1]]
    # Half way to the next value: a probability that differs in its last bits keeps its rating.
    edges = ((cuts + ranked[np.searchsorted(ranked, cuts) + 1]) / 2).tolist()
    place = np.searchsorted(np.asarray(edges), p, side="left")
    rows = np.bincount(place, minlength=len(edges) + 1).astype(np.float64).tolist()
    bads = np.bincount(place, weights=bad, minlength=len(edges) + 1).tolist()
    while edges:
        i = _to_join(rows, bads, len(p))
        if i is None:
            break
        rows[i : i + 2] = [rows[i] + rows[i + 1]]
        bads[i : i + 2] = [bads[i] + bads[i + 1]]
        del edges[i]
    return tuple(float(e) for e in edges)


def _to_join(rows: list[float], bads: list[float], total: int) -> int | None:
    """The place of the rating to be joined with the next riskier one; None if all stand."""
    rates = [b / max(n, 1.0) for b, n in zip(bads, rows, strict=True)]
    for i, (safer, riskier) in enumerate(itertools.pairwise(rates)):
        if safer >= riskier:
            return i
    thin = [i for i in range(len(rows)) if rows[i] < _LEAST_SHARE * total or bads[i] < _LEAST_BADS]
    if not thin:
        return None
    i = thin[0]
    if i == 0 or i == len(rows) - 1:
        return 0 if i == 0 else i - 1
    return i if rates[i + 1] - rates[i] <= rates[i] - rates[i - 1] else i - 1


def _client_mass(groups: Any, rows: int) -> Floats:
    """The weight of each row when every client weighs one."""
    if groups is None:
        return np.ones(rows)
    place = np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(place) != rows:
        raise CallError(f"groups has {len(place)} values, and there are {rows} rows. Expected one client a row.")
    return np.asarray(1.0 / np.bincount(place)[place])


def _segment_edges(
    p: Floats, ratings: tuple[float, ...], mass: Floats, wish: tuple[float, float]
) -> tuple[tuple[float, ...], str]:
    if len(ratings) < len(SEGMENTS) - 1:
        return (), "one_segment"
    pairs = itertools.combinations(ratings, 2)
    edges = min(pairs, key=lambda pair: abs(pair[0] - wish[0]) + abs(pair[1] - wish[1]))
    shares = np.bincount(np.searchsorted(edges, p, side="left"), weights=mass, minlength=3) / mass.sum()
    if shares.min() >= _LEAST_SEGMENT:
        return edges, "rating_edges"
    order = np.argsort(p, kind="stable")
    ranked, seen = p[order], np.cumsum(mass[order])
    places = [int(np.searchsorted(seen, c * seen[-1])) for c in _FALLBACK]
    first, second = (float((ranked[i] + ranked[min(i + 1, len(ranked) - 1)]) / 2) for i in places)
    return ((first, second), "centiles") if first < second else ((), "one_segment")
