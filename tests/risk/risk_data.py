"""Books of features with the truth known, for the tests of the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit


@dataclass(frozen=True)
class Book:
    """Features, the true probability behind each row, what happened, when, and to whom."""

    X: pd.DataFrame
    truth: np.ndarray[Any, np.dtype[np.float64]]
    y: np.ndarray[Any, np.dtype[np.int64]]
    dates: np.ndarray[Any, Any]
    clients: np.ndarray[Any, np.dtype[np.int64]]


def make_book(rows: int, *, level: float = -2.0, seed: int = 0, months: int = 12) -> Book:
    """A book whose risk rises with late_share_365d, falls with on_time_streak, and differs between states."""
    rng = np.random.default_rng(seed)
    late = rng.beta(0.7, 3, rows)
    streak = rng.poisson(5, rows).astype(float)
    uf = rng.choice(["SP", "BA", "RS", "AM"], rows, p=[0.5, 0.3, 0.15, 0.05])
    noise = rng.normal(size=rows)
    risk = level + 3.5 * late - 0.15 * streak + np.where(uf == "BA", 0.6, 0.0)
    truth = expit(risk)
    amount = np.where(rng.random(rows) < 0.1, np.nan, noise)
    X = pd.DataFrame({"late_share_365d": late, "on_time_streak": streak, "client_uf": uf, "issued_amount_90d": amount})
    dates = np.datetime64("2024-01-31") + rng.integers(0, months, rows) * 30
    return Book(X, truth, (rng.random(rows) < truth).astype(np.int64), dates, rng.integers(0, max(rows // 5, 1), rows))
