"""The best way to join neighbouring fine bins into few, found exactly by dynamic programming.

Of all partitions of the fine bins into runs of neighbours, within the limits and with bad rates in the wished order,
the one is found whose information value less a price for each further bin is greatest. A state is the last bin, from
fine bin j to i, with the number of bins so far and whether the rates have turned; only the last bin's rate matters for
what may follow, so nothing is lost: K·n³/6 steps for n fine bins and at most K bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, entry
from inadimplencia_ml.risk.binning.woe import Level

__all__ = ["TRENDS", "BinLimits", "Partition", "Trend", "best_partition"]

Floats = npt.NDArray[np.float64]
Trend = Literal["up", "down", "peak", "valley", "none", "auto"]

TRENDS: tuple[Trend, ...] = get_args(Trend)

# The order of the first bad rates (1 rising, −1 falling, 0 any), and how often it may turn.
_ORDERS: dict[Trend, tuple[int, int]] = {
    "up": (1, 0),
    "down": (-1, 0),
    "peak": (1, 1),
    "valley": (-1, 1),
    "none": (0, 0),
}

_SHAPES: tuple[Trend, ...] = ("up", "down", "peak", "valley")


@dataclass(frozen=True)
class BinLimits:
    """What a bin must hold at least, and what a further bin must be worth.

    Parameters
    ----------
    max_bins : int
        Bins at most, beside those of missing and special values.
    min_rows, min_goods, min_bads : float
        Rows, good and bad of a bin at least; a column that cannot reach them is one bin.
    min_cases : float
        Cases of the rarer class that a bin must hold, or be large enough to expect: a bin without any bad among many
        good says a lot, one without any among few says nothing.
    bin_price : float
        What a further bin must earn, in units of what a bin earns on average by chance (``Level.noise``).
    turn_price : float
        The same for letting the bad rate turn where the trend is "auto".
    min_category : float
        Rows that a category needs to stand for itself; rarer ones are taken together.
    """

    max_bins: int
    min_rows: float
    min_goods: float
    min_bads: float
    min_cases: float
    bin_price: float
    turn_price: float
    min_category: float = 1.0


@dataclass(frozen=True)
class Partition:
    """The first fine bin of each bin, the trend of the bad rates, and what the partition is worth."""

    starts: tuple[int, ...]
    trend: Trend
    worth: float


def best_partition(
    goods: Floats, bads: Floats, rows: Floats, level: Level, limits: BinLimits, trend: Trend = "auto"
) -> Partition:
    """The partition of the fine bins that is worth most.

    Worth is the information value (``Level.information``) less ``bin_price × noise`` for each bin but the first. Bad
    rates are compared as the weights of evidence show them, smoothed. "auto" takes the best of up and down, or of peak
    and valley where that is worth ``turn_price × noise`` more.

    Parameters
    ----------
    goods, bads, rows : array
        Weighted good and bad, and rows, of each fine bin, in order.
    level : Level
        Totals and smoothing.
    limits : BinLimits
        What a bin must hold.
    trend : {"up", "down", "peak", "valley", "none", "auto"}
        Order of the bad rates over the bins: rising, falling, rising then falling, falling then rising, any.

    Examples
    --------
    >>> goods, bads = np.array([90.0, 89.0, 60.0, 40.0]), np.array([10.0, 11.0, 40.0, 60.0])
    >>> limits = BinLimits(3, min_rows=0, min_goods=0, min_bads=0, min_cases=0, bin_price=4, turn_price=4)
    >>> best_partition(goods, bads, goods + bads, Level(279.0, 121.0, 1.0), limits).starts
    (0, 2, 3)
    """
    if not len(rows):
        return Partition((), "none", 0.0)
    value, rate = _values(goods, bads, rows, level, limits)
    price = limits.bin_price * level.noise
    if trend != "auto":
        return _searched(value, rate, price, limits.max_bins, trend)
    up, down, peak, valley = (_searched(value, rate, price, limits.max_bins, t) for t in _SHAPES)
    straight, turned = down if down.worth > up.worth else up, valley if valley.worth > peak.worth else peak
    return turned if turned.worth > straight.worth + limits.turn_price * level.noise else straight


def _values(goods: Floats, bads: Floats, rows: Floats, level: Level, limits: BinLimits) -> tuple[Floats, Floats]:
    """The worth of the bin from fine bin j to i, −∞ where it holds too little, and its smoothed bad rate."""
    sums = [np.concatenate([[0.0], np.cumsum(v, dtype=np.float64)]) for v in (goods, bads, rows)]
    good, bad, many = (np.maximum(s[None, 1:] - s[:-1, None], 0.0) for s in sums)
    value = level.information(good, bad) - limits.bin_price * level.noise
    rarer, share = (bad, level.bad_rate) if level.bads <= level.goods else (good, 1.0 - level.bad_rate)
    short = (many < limits.min_rows) | (good < limits.min_goods) | (bad < limits.min_bads)
    short |= np.maximum(rarer, (good + bad) * share) < limits.min_cases
    value[short | np.tri(len(rows), k=-1, dtype=bool)] = -np.inf
    held = good + bad + level.added
    rate = np.divide(bad + level.added * level.bad_rate, held, out=np.zeros_like(held), where=held > 0)
    return np.ascontiguousarray(value), np.ascontiguousarray(rate)


def _searched(value: Floats, rate: Floats, price: float, max_bins: int, trend: Trend) -> Partition:
    n = len(value)
    most = min(max_bins, n)
    best = np.full((most, 2, n, n), -np.inf)
    back = np.zeros((most, 2, n, n), dtype=np.int32)
    first, turns = _ORDERS[trend]
    _search(value, rate, np.array([price]), first, turns, best, back)
    ends = best[:, :, :, n - 1].reshape(-1)
    place = int(np.argmax(ends))  # the first of equals: the fewest bins
    if not np.isfinite(ends[place]):
        return Partition((0,), trend, 0.0)
    k, phase, j = np.unravel_index(place, (most, 2, n))
    return Partition(_traced(back, int(k), int(phase), int(j), n), trend, float(ends[place]))


def _traced(back: npt.NDArray[np.int32], k: int, phase: int, j: int, n: int) -> tuple[int, ...]:
    starts, i = [j], n - 1
    while k > 0:
        before = int(back[k, phase, j, i])
        i, k = j - 1, k - 1
        j, phase = before // 2, before % 2
        starts.append(j)
    return tuple(reversed(starts))


@entry
def _search(
    value: Floats, rate: Floats, price: Floats, first: Int, turns: Int, best: Floats, back: npt.NDArray[np.int32]
) -> None:
    """Fills best[k, phase, j, i], the most that k + 1 bins up to fine bin i are worth, the last one beginning at j;
    back holds 2·(where the bin before begins) + its phase."""
    n = value.shape[0]
    for i in range(n):
        best[0, 0, 0, i] = value[0, i] + price[0]  # the first bin is free
    for k in range(1, best.shape[0]):
        for j in range(k, n):
            for i in range(j, n):
                own = value[j, i]
                if own == -np.inf:
                    continue
                here = rate[j, i]
                for b in range(k - 1, j):
                    before = rate[b, j - 1]
                    straight = best[k - 1, 0, b, j - 1]
                    onward = first == 0 or (first > 0 and here >= before) or (first < 0 and here <= before)
                    if onward and straight + own > best[k, 0, j, i]:
                        best[k, 0, j, i] = straight + own
                        back[k, 0, j, i] = 2 * b
                    if turns > 0 and ((first > 0 and here <= before) or (first < 0 and here >= before)):
                        turned = best[k - 1, 1, b, j - 1]
                        if straight + own > best[k, 1, j, i]:
                            best[k, 1, j, i] = straight + own
                            back[k, 1, j, i] = 2 * b
                        if turned + own > best[k, 1, j, i]:
                            best[k, 1, j, i] = turned + own
                            back[k, 1, j, i] = 2 * b + 1
