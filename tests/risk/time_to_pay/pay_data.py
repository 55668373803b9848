"""Follow-ups with the daily hazard known, for the tests of the time to payment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SPREAD = (0.5, 1.0)  # on the log-odds of the hazard, by the feature


@dataclass(frozen=True)
class PayBook:
    """Features, the day looked from, what came of each row, and when and of whom it is."""

    X: pd.DataFrame
    y: pd.DataFrame
    entry: np.ndarray
    dates: np.ndarray
    clients: np.ndarray


def paid_hazard(day: np.ndarray, slow: np.ndarray) -> np.ndarray:
    """Log-odds of being paid on a day: low before the due date, high on it, falling after it."""
    base = np.where(day < 0, -4.0, np.where(day == 0, 0.0, np.where(day <= 7, -1.8, -2.8)))
    return 1 / (1 + np.exp(-(base + 0.8 - 1.6 * slow)))


def closed_hazard(day: np.ndarray, slow: np.ndarray) -> np.ndarray:
    """The same of the other end, which comes late alone."""
    return np.where(day > 20, 0.03, 0.0) * np.ones_like(slow)


def make_pay_book(rows: int, *, seed: int = 0, follow: int = 60, weekends: bool = False) -> PayBook:
    """Rows looked at on a day between 20 before and 10 after the due date, followed ``follow`` days at most."""
    rng = np.random.default_rng(seed)
    slow, noise = rng.random(rows), rng.normal(size=rows)
    entry = rng.integers(-20, 11, rows)
    dates = np.datetime64("2024-01-01") + rng.integers(0, 360, rows)
    day, open_, last, cause = entry.copy(), np.ones(rows, bool), entry + follow, np.zeros(rows, int)
    for _ in range(follow):
        day = day + 1
        shut = (dates + (day - entry)).astype("datetime64[D]").astype(int) % 7
        may = ~np.isin(shut, (2, 3)) if weekends else np.ones(rows, bool)  # 1970-01-03 was a Saturday
        paid = open_ & may & (rng.random(rows) < paid_hazard(day, slow))
        closed = open_ & ~paid & (rng.random(rows) < closed_hazard(day, slow))
        for which, code in ((paid, 1), (closed, 2)):
            last[which], cause[which] = day[which], code
        open_ &= ~(paid | closed)
    X = pd.DataFrame({"slow": slow, "noise": noise, "kind": np.where(noise > 0.5, "boleto", "pix")})
    y = pd.DataFrame({"last_day": last, "cause": cause})
    return PayBook(X, y, entry, dates, rng.integers(0, max(rows // 5, 1), rows))
