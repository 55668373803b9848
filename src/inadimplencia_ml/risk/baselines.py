"""What a model must beat: the rate of last time, the last lateness, and a logistic regression on a few features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.frozen_columns import as_pandas
from inadimplencia_ml.risk.metrics import Ranking
from inadimplencia_ml.risk.newton import logistic, sigmoid

__all__ = ["LAST_LATENESS", "LOGISTIC_FEATURES", "baseline_predictions"]

Floats = npt.NDArray[np.float64]

#: A credit clerk looks at these: each is a baseline of its own.
LAST_LATENESS: tuple[str, ...] = ("dpd_max", "days_late_last")

#: What the logistic regression reads, as far as it is there.
LOGISTIC_FEATURES: tuple[str, ...] = (
    "late_share_365d",
    "days_late_mean_365d",
    "days_late_last",
    "dpd_max",
    "overdue_share",
    "worst_dpd_12m",
    "on_time_streak",
    "tenure_days",
)

_FEW = 8


def baseline_predictions(X_train: Any, y_train: Any, X_test: Any) -> dict[str, Floats]:
    """Probabilities of the baselines for the rows of ``X_test``, fitted on training rows alone.

    Parameters
    ----------
    X_train, X_test : DataFrame
        Features.
    y_train : array-like
        Outcomes (1 bad, 0 good).

    Returns
    -------
    dict of arrays
        ``prevalence``, then ``dpd_max`` and ``days_late_last`` where there is such a column, then ``logistic`` where a
        column of numbers tells anything. Without a feature known by name, the logistic regression takes the eight
        columns of numbers that rank best alone.

    Examples
    --------
    >>> X = pd.DataFrame({"days_late_last": [0.0, 0.0, 3.0, 40.0] * 10})
    >>> found = baseline_predictions(X, [0, 0, 0, 1] * 10, X[:4])
    >>> list(found), found["prevalence"].tolist()
    (['prevalence', 'days_late_last', 'logistic'], [0.25, 0.25, 0.25, 0.25])
    """
    train, test = as_pandas(X_train), as_pandas(X_test)
    if train is None or test is None:
        raise CallError("Baselines read columns by name: give tables, not arrays.")
    y = np.asarray(y_train, dtype=np.float64)
    if len(y) != len(train):
        raise CallError(f"X_train has {len(train)} rows and y_train {len(y)}.")
    found = {"prevalence": np.full(len(test), y.mean())}
    for name in LAST_LATENESS:
        if name in train.columns:
            found[name] = _one_number(_numbers(train, name), y, _numbers(test, name))
    names = _few_features(train, y)
    if names:
        found["logistic"] = _few_numbers(train, y, test, names)
    return found


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _one_number(x: Floats, y: Floats, new: Floats) -> Floats:
    """The rate of bad ones as it rises with one number; a missing number has a rate of its own."""
    known = np.isfinite(x)
    # One case of the overall rate: a group of a few must not get the rate 0 or 1.
    rate_of_missing = (y[~known].sum() + y.mean()) / ((~known).sum() + 1.0)
    out = np.full(len(new), rate_of_missing)
    if known.any():
        step = IsotonicRegression(out_of_bounds="clip").fit(x[known], y[known])
        held = np.isfinite(new)
        n = float(known.sum())
        out[held] = (step.predict(new[held]) * n + y.mean()) / (n + 1.0)
    return out


def _few_features(frame: pd.DataFrame, y: Floats) -> list[str]:
    """The known features that are there, else the columns of numbers that rank best alone."""
    known = [n for n in LOGISTIC_FEATURES if n in frame.columns]
    if known:
        return known
    power: dict[str, float] = {}
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            continue
        x = _numbers(frame, name)
        filled = np.where(np.isfinite(x), x, np.nanmedian(x) if np.isfinite(x).any() else 0.0)
        area = Ranking(y, filled).auc()
        if np.isfinite(area) and abs(area - 0.5) > 1e-9:
            power[str(name)] = abs(area - 0.5)
    return sorted(power, key=lambda n: (-power[n], n))[:_FEW]


def _few_numbers(train: pd.DataFrame, y: Floats, test: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Logistic regression on numbers cut at their 1st and 99th centile, with a flag for the missing."""
    columns, new = [np.ones(len(train))], [np.ones(len(test))]
    for name in names:
        x, v = _numbers(train, name), _numbers(test, name)
        known = x[np.isfinite(x)]
        if not len(known):
            continue
        low, middle, high = np.quantile(known, (0.01, 0.5, 0.99))
        spread = float(np.clip(known, low, high).std()) or 1.0
        for values, kept in ((x, columns), (v, new)):
            missing = ~np.isfinite(values)
            kept.append((np.clip(np.where(missing, middle, values), low, high) - middle) / spread)
            if len(known) < len(x):
                kept.append(missing.astype(np.float64))
    beta = logistic(columns, y, strength=[1e-6] + [1.0] * (len(columns) - 1))
    z = np.zeros(len(test))
    for b, column in zip(beta, new, strict=True):
        z = z + b * column
    return sigmoid(z)
