"""Rates of bad ones in cells, with what they are worth: a client's rows repeat each other, so they count for fewer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv

from inadimplencia_ml.risk.client_draws import ClientDraws, Estimate, estimate
from inadimplencia_ml.risk.draw_figures import ratio
from inadimplencia_ml.risk.judging.rows import Cells, Rows

__all__ = ["CellRates", "beta_interval", "cell_rates", "chance_of_inversion", "rate_estimates"]

Floats = npt.NDArray[np.float64]

_OWN = 30
"""From so many clients with a bad row, and with a good one, a cell's likeness within clients is its own; below it, that
of all cells together: from a handful of cases it would be a number drawn at random."""
_GRID = (np.arange(1_000) + 0.5) / 1_000


class CellRates(NamedTuple):
    """Counts and rates, one entry a cell.

    ``rate_effect`` and ``residual_effect`` are design effects, 1 or more: by how much the likeness of a client's rows
    widens the variance of the rate of bad ones, and of the rate less what was predicted (whose likeness is smaller, as
    a client's rows have similar probabilities).
    """

    rows: Floats
    clients: Floats
    bads: Floats
    bad_rate: Floats
    mean_probability: Floats
    rate_effect: Floats
    residual_effect: Floats


def cell_rates(rows: Rows, cells: Cells) -> CellRates:
    """Counts, rates and design effects of each cell; rates are NaN where a cell is empty.

    The design effect is 1 + (m − 1) ρ (Kish, Survey Sampling, 1965): m the rows of a client as a row meets them
    (Σ m² / Σ m), ρ the correlation of two rows of one client, estimated from all such pairs of a cell.
    """
    n = len(cells.names)
    held = cells.code >= 0
    code, y, p = cells.code[held], rows.y[held], rows.p[held]
    pair, cell, size = rows.pairs(cells)
    count = np.bincount(code, minlength=n).astype(np.float64)
    bads: Floats = np.bincount(code, weights=y, minlength=n).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, mean = bads / count, np.bincount(code, weights=p, minlength=n) / count
    bad_rows = np.bincount(pair, weights=y)
    own = np.minimum(
        np.bincount(cell, weights=bad_rows > 0, minlength=n), np.bincount(cell, weights=bad_rows < size, minlength=n)
    )
    effects = [
        _design_effect(error, code, pair, cell, size, own >= _OWN)
        for error in (y - rate[code], y - p - (rate - mean)[code])
    ]
    return CellRates(count, np.bincount(cell, minlength=n).astype(np.float64), bads, rate, mean, *effects)


def _design_effect(
    error: Floats,
    code: npt.NDArray[np.int64],
    pair: npt.NDArray[np.int64],
    cell: npt.NDArray[np.int64],
    size: npt.NDArray[np.int64],
    own: npt.NDArray[np.bool_],
) -> Floats:
    n = len(own)
    square = np.bincount(code, weights=error**2, minlength=n)
    count = np.bincount(code, minlength=n).astype(np.float64)
    together = np.bincount(cell, weights=np.bincount(pair, weights=error) ** 2, minlength=n) - square
    pairs = np.bincount(cell, weights=size * (size - 1.0), minlength=n)
    spread = pairs * np.divide(square, count, out=np.zeros(n), where=count > 0)
    # Nothing varies: nothing is known of the likeness, and a client's rows count as one.
    pooled = together.sum() / spread.sum() if spread.sum() > 0 else 1.0
    alike = np.where(own, np.divide(together, spread, out=np.zeros(n), where=spread > 0), pooled)
    met = np.divide(np.bincount(cell, weights=size**2.0, minlength=n), count, out=np.ones(n), where=count > 0)
    return np.asarray(1.0 + (met - 1.0) * np.clip(alike, 0.0, 1.0))


def beta_interval(rows: Floats, bads: Floats, effect: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of a rate: Beta(bads + 1/2, goods + 1/2), with counts divided by the design effect.

    With no bad one it ends at 0, with no good one at 1, so that it always holds the rate that was met (Brown, Cai and
    DasGupta, Interval Estimation for a Binomial Proportion, 2001). NaN where there is no row.
    """
    some = rows > 0
    a, b = bads / effect + 0.5, (rows - bads) / effect + 0.5
    low = np.where(bads == 0, 0.0, betaincinv(a, b, 0.025))
    high = np.where(bads == rows, 1.0, betaincinv(a, b, 0.975))
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def rate_estimates(bads: Floats, rows: Floats, drawn: ClientDraws) -> list[Estimate]:
    """Rates with the interval of resampled clients, (1 + n, rates) of sums: of groups that may share rows.

    Where all are good, or all bad, every resample says so, and nothing would be in doubt: there the interval is that of
    ``beta_interval``, with all of a client's rows counted as one.
    """
    found = [estimate(column) for column in ratio(bads, rows).T]
    size = np.bincount(drawn.place)
    effect = np.full(bads.shape[1], (size**2.0).sum() / max(size.sum(), 1))
    low, high = beta_interval(rows[0], bads[0], effect)
    one_kind = (bads[0] <= 0) | (bads[0] >= rows[0])
    return [Estimate(e.value, float(low[i]), float(high[i])) if one_kind[i] else e for i, e in enumerate(found)]


def chance_of_inversion(rates: CellRates, safer: int, riskier: int) -> float:
    """The chance that the true rate of the riskier cell lies below that of the safer one, given what was met.

    Both rates have the distribution of ``beta_interval``, one without regard to the other.
    """
    a, b = (
        (rates.bads[i] / rates.rate_effect[i] + 0.5, (rates.rows[i] - rates.bads[i]) / rates.rate_effect[i] + 0.5)
        for i in (safer, riskier)
    )
    return float(betainc(b[0], b[1], betaincinv(a[0], a[1], _GRID)).mean())
