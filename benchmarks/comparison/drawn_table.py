"""A table of clients and who turned bad, drawn from a seed with the truth known, as binning and scorecards want one.

Its columns hold what such tables hold: values that stand for "not told", values that are missing for a reason, a risk
that rises, falls, or is lowest in the middle, categories of which some are rare, and columns that tell nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["FALLING", "NOISE", "NOT_TOLD", "RISING", "WORDS", "Drawn", "draw"]

NOT_TOLD = -9.0
RISING, FALLING = ("late_share", "mean_delay"), ("tenure", "paid_ratio")
WORDS = ("region", "trade")
NOISE = tuple(f"noise_{i}" for i in range(1, 6))
_TRADES = 40
_REGIONS = np.array([0.1, -0.3, 0.5, -0.5, 0.2, 0.0, -0.2, 0.4, -0.1, 0.3, -0.4, 0.0])  # log-odds


class Drawn(NamedTuple):
    """The table, who turned bad (1), and how likely that was."""

    x: pd.DataFrame
    y: npt.NDArray[np.int64]
    truth: npt.NDArray[np.float64]


def draw(rows: int, *, random_state: int) -> Drawn:
    """So many clients, about one in eight of them bad."""
    rng = np.random.default_rng(random_state)
    late_share, tenure = rng.beta(0.7, 3, rows), rng.gamma(2, 500, rows).round()
    delay, ratio, paid = rng.gamma(1.2, 9, rows).round(1), rng.lognormal(0, 0.4, rows), 1 - rng.beta(0.6, 5, rows)
    region = rng.choice(12, rows, p=np.linspace(24, 2, 12) / np.linspace(24, 2, 12).sum())
    trade = np.minimum(rng.geometric(0.09, rows) - 1, _TRADES - 1)
    new, untold = rng.random(rows) < 0.12, rng.random(rows) < 0.08
    log_odds = -4.1 + 3.2 * late_share + 0.03 * np.where(new, 22, np.minimum(delay, 60)) + 1.4 * (1 - paid)
    log_odds += np.where(untold, 0.5, 0.9 * np.exp(-tenure / 500)) + 1.1 * np.abs(np.log(ratio))
    log_odds += _REGIONS[region] + np.where(trade == 3, 0.6, 0.0)
    truth = 1 / (1 + np.exp(-log_odds))
    x = pd.DataFrame(
        {
            "late_share": late_share,
            "mean_delay": np.where(new, np.nan, delay),
            "tenure": np.where(untold, NOT_TOLD, tenure),
            "paid_ratio": paid,
            "ticket_ratio": ratio,
            "region": np.array([f"R{i:02d}" for i in range(12)], object)[region],
            "trade": np.array([f"T{i:02d}" for i in range(_TRADES)], object)[trade],
            **{name: rng.normal(size=rows) for name in NOISE},
        }
    )
    return Drawn(x, (rng.random(rows) < truth).astype(np.int64), truth)
