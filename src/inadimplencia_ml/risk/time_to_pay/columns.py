"""The columns of X, learned once and encoded ever after as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted, validate_data

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas

__all__ = ["encoded", "learn_columns", "usual_columns"]

Floats = npt.NDArray[np.float64]


def learn_columns(model: Any, X: Any) -> Floats:
    """Gives an estimator its ``columns_`` and scikit-learn's own names of them; the matrix of X."""
    frame = as_pandas(X)
    if frame is None:
        x = validate_data(model, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=True)
        model.columns_ = FrozenColumns.numbers(x.shape[1])
        return np.ascontiguousarray(x)
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        raise CallError(f"X has {frame.shape[0]} rows and {frame.shape[1]} columns. There is nothing to fit on.")
    validate_data(model, frame, reset=True, skip_check_array=True)
    model.columns_ = FrozenColumns.learn(frame)
    return np.asarray(model.columns_.encode(frame))


def encoded(model: Any, X: Any) -> Floats:
    """The matrix of X, its columns checked against those of the fit."""
    check_is_fitted(model)
    frame = as_pandas(X)
    if frame is None:
        x = validate_data(model, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.ascontiguousarray(x)
    try:
        validate_data(model, frame, reset=False, skip_check_array=True)
    except ValueError as error:
        lacking = model.columns_.missing_message(frame.columns) if hasattr(model, "feature_names_in_") else ""
        raise CallError(f"{error}" + (f"\nMissing:\n{lacking}" if lacking else "")) from None
    return np.asarray(model.columns_.encode(frame))


def usual_columns(columns: FrozenColumns, usual: Sequence[str]) -> tuple[int, ...]:
    """Places of the columns that hold a usual day of payment.

    Raises
    ------
    CallError
        There is no such column, or it holds categories.
    """
    for name in usual:
        if name not in columns.names:
            hint = did_you_mean(name, columns.names)
            raise CallError(f"usual_days names the column {name!r}, which X has not.{hint}")
        if columns.categories[columns.names.index(name)] is not None:
            raise CallError(f"usual_days names the column {name!r}, which holds categories; expected days.")
    return tuple(columns.names.index(name) for name in usual)
