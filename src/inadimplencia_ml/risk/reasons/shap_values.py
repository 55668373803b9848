"""Contributions as a ``shap.Explanation``, so that every plot of shap can draw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from inadimplencia_ml.catalog import Lang, reason_family
from inadimplencia_ml.errors import CallError, MissingExtraError, did_you_mean
from inadimplencia_ml.risk.frozen_columns import as_pandas
from inadimplencia_ml.risk.reasons.reference import Contributor, Reasons

__all__ = ["shap_explanation"]

_BY = ("feature", "family")


def shap_explanation(
    model: Contributor,
    X: Any,
    *,
    by: Literal["feature", "family"] = "feature",
    reasons: Reasons | None = None,
    lang: Lang = "pt",
) -> Any:
    """The contributions of each row in log-odds of the event, before calibration, as shap's own object.

    Parameters
    ----------
    model : fitted RiskClassifier, ScorecardClassifier, Blend or WrappedClassifier
    X : DataFrame
    by : {"feature", "family"}
        One column a feature, against the mean of the training rows; or one a reason family, against the frozen
        reference.
    reasons : Reasons, optional
        The frozen reference; needed for families.
    lang : {"pt", "en"}
        Of the families' names.

    Returns
    -------
    shap.Explanation
        ``values`` (rows, columns) and ``base_values`` (rows,) add up to the raw log-odds. ``data`` are the numbers the
        model reads, a category by its place; ``display_data`` the features as they are. A family's data is its
        contribution: it has no one value.

    Raises
    ------
    MissingExtraError
        shap is not installed.
    CallError
        ``by`` is neither, X is no table, or families are asked for without their reference.
    """
    if by not in _BY:
        raise CallError(f"by is {by!r}; expected 'feature' or 'family'.{did_you_mean(by, _BY)}")
    try:
        import shap
    except ImportError:
        raise MissingExtraError.of("shap", "explain") from None
    frame = as_pandas(X)
    if frame is None:
        raise CallError("shap_explanation reads columns by name: give a table, not an array")
    if by == "feature":
        told = model.contributions(frame)
        names = [str(name) for name in model.feature_names_in_]
        shown = {"data": model.encoded(frame), "display_data": frame[names].to_numpy(dtype=object)}
        return shap.Explanation(told[:, :-1], base_values=told[:, -1], feature_names=names, **shown)
    if reasons is None:
        raise CallError("shap_explanation by family compares with a frozen reference: give reasons")
    values = reasons.spoken(model, frame).shown
    start = np.full(len(frame), reasons.mean_log_odds)
    return shap.Explanation(values, base_values=start, data=values, feature_names=_named(reasons.codes, lang))


def _named(codes: Sequence[str], lang: Lang) -> list[str]:
    return [f"{code} {reason_family(code).name(lang)}" for code in codes]
