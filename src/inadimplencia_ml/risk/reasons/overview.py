"""Reasons of a whole book as tables: which families weigh most, how a feature moves the score, what changes over time.

They are what `report.reason_plots` and `report.reason_stability_plot` draw.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import direction_of
from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.frozen_columns import as_pandas
from inadimplencia_ml.risk.reasons.reference import Contributor, Reasons, family_of
from inadimplencia_ml.risk.scale import POINTS_PER_LOG_ODDS
from inadimplencia_ml.tables.same_kind import same_kind

__all__ = ["family_importance", "feature_points", "reason_stability", "reasons_kept"]

Floats = npt.NDArray[np.float64]

_FAMILIES = ("against", "for", "silent")


@same_kind("lines")
def family_importance(lines: pd.DataFrame) -> pd.DataFrame:
    """How much each reason family weighs in the scores of a book.

    Parameters
    ----------
    lines : DataFrame
        From `Model.reasons`, all lines.

    Returns
    -------
    DataFrame
        One row a family, the weightiest first: code, family, mean_points (mean of the points without their sign), share
        (of the sum over families), against and for (shares of the clients of whom it speaks so).

    Raises
    ------
    CallError
        The table is none of `Model.reasons`, or lines were left out.

    Examples
    --------
    >>> lines = pd.DataFrame({"client_id": ["a"] * 4, "as_of": "2025-06-30", "code": ["REF", "R01", "R02", "CAL"],
    ...                       "family": ["Start", "Overdue now", "How often late", "Calibration"],
    ...                       "side": ["reference", "against", "silent", "calibration"],
    ...                       "points": [600.0, -30.0, 10.0, 2.0]})
    >>> family_importance(lines)[["code", "mean_points", "share", "against"]].to_dict("records")[0]
    {'code': 'R01', 'mean_points': 30.0, 'share': 0.75, 'against': 1.0}
    """
    told, clients = _told(lines)
    out = _weights(told, ["code", "family"], float(clients))
    out = out.sort_values(["mean_points", "code"], ascending=[False, True], ignore_index=True)
    return out.assign(share=out["mean_points"] / max(float(out["mean_points"].sum()), 1e-300))[
        ["code", "family", "mean_points", "share", "against", "for"]
    ]


@same_kind("lines")
def reason_stability(lines: pd.DataFrame) -> pd.DataFrame:
    """`family_importance` day by day, with the rank of each family.

    Parameters
    ----------
    lines : DataFrame
        From `Model.reasons`, all lines, at several ``as_of``.

    Returns
    -------
    DataFrame
        One row a day and family: as_of, code, family, mean_points, share (of that day), rank (1 weighs most), against,
        for, clients.
    """
    told, _ = _told(lines)
    clients = lines[lines["side"] == "reference"].groupby("as_of", observed=True).size()
    out = _weights(told, ["as_of", "code", "family"], told["as_of"].map(clients))
    out["clients"] = out["as_of"].map(clients).astype(int)
    whole = out.groupby("as_of")["mean_points"]
    out["share"] = out["mean_points"] / whole.transform("sum").clip(lower=1e-300)
    out["rank"] = whole.rank(ascending=False, method="first").astype(int)
    columns = ["as_of", "code", "family", "mean_points", "share", "rank", "against", "for", "clients"]
    return out.sort_values(["as_of", "code"], ignore_index=True)[columns]


@same_kind("lines")
def reasons_kept(lines: pd.DataFrame) -> pd.DataFrame:
    """Whether clients keep their reasons from one day to the next, and families their weight.

    Parameters
    ----------
    lines : DataFrame
        From `Model.reasons`, all lines, at several ``as_of``; invoices are followed by their id.

    Returns
    -------
    DataFrame
        One row a day after the first: as_of, before (the day it is compared with), both (clients told of on both),
        kept (of the families that speak against a client on one of the days, the share that does on both, averaged over
        the clients with any), rank_correlation (Spearman's, of the families' weights).
    """
    _told(lines)
    whom = "invoice_id" if "invoice_id" in lines.columns else "client_id"
    days = sorted(lines["as_of"].unique())
    against = lines[lines["side"] == "against"]
    seen = {day: set(part[whom]) for day, part in lines.groupby("as_of")}
    weights = reason_stability(lines).pivot(index="code", columns="as_of", values="mean_points")
    rows = []
    for before, day in pairwise(days):
        both = seen[before] & seen[day]
        pairs = [
            against.loc[(against["as_of"] == one) & against[whom].isin(both), [whom, "code"]] for one in (before, day)
        ]
        joined = pairs[0].merge(pairs[1], how="outer", on=[whom, "code"], indicator=True)
        kept = (joined["_merge"] == "both").groupby(joined[whom], observed=True).mean()
        same = weights[before].corr(weights[day], method="spearman")
        rows.append((day, before, len(both), float(kept.mean()) if len(kept) else np.nan, float(same)))
    return pd.DataFrame(rows, columns=["as_of", "before", "both", "kept", "rank_correlation"])


@same_kind("X")
def feature_points(
    model: Contributor,
    X: Any,
    *,
    top: int = 20,
    rows: int = 2_000,
    random_state: int = 0,
    features: Any = None,
    reasons: Reasons | None = None,
) -> pd.DataFrame:
    """The points that each of the weightiest features adds or takes away, one row a client and feature.

    Parameters
    ----------
    model : fitted RiskClassifier, ScorecardClassifier, Blend or WrappedClassifier
    X : DataFrame
    top : int
        How many features, by the mean of their points without the sign.
    rows : int
        How many rows of X, drawn at random where there are more.
    random_state : int
        Seed of the draw.
    features : list of str, optional
        These features, in place of the weightiest.
    reasons : Reasons, optional
        What it says of families and directions; else what the catalogue says.

    Returns
    -------
    DataFrame
        feature, code (of its reason family), direction (1: held to be riskier where higher; −1: safer; 0: free),
        value (a number, NaN for categories), level (of categories, null for numbers), points (against the mean of the
        training rows, before calibration). Features in order of weight.

    Raises
    ------
    CallError
        X is no table, or a feature is none of the model's.
    """
    frame = as_pandas(X)
    if frame is None:
        raise CallError("feature_points reads columns by name: give a table, not an array")
    names = [str(name) for name in model.feature_names_in_]
    for name in features or ():
        if name not in names:
            raise CallError(f"the model reads no feature {name!r}.{did_you_mean(name, names)}")
    if len(frame) > rows:
        frame = frame.iloc[np.sort(np.random.default_rng(random_state).choice(len(frame), rows, replace=False))]
    points = -POINTS_PER_LOG_ODDS * model.contributions(frame)[:, :-1]
    order = np.argsort(-np.abs(points).mean(axis=0), kind="stable")[:top]
    chosen = [names.index(name) for name in features] if features else order.tolist()
    held = getattr(model, "monotone_", None) or (
        [direction_of(name) for name in names] if reasons is None else list(reasons.directions)
    )
    codes = [family_of(name) for name in names] if reasons is None else list(reasons.families)
    parts = [
        _of_feature(frame[names[j]], (names[j], codes[j], int(held[j])), points[:, j], j in model.columns_.categorical)
        for j in chosen
    ]
    return pd.concat(parts, ignore_index=True)


def _of_feature(column: pd.Series[Any], what: tuple[str, str, int], points: Floats, category: bool) -> pd.DataFrame:
    nothing = np.full(len(column), np.nan)
    value = nothing if category else column.to_numpy(dtype=np.float64, na_value=np.nan)
    level = column.astype("str") if category else pd.Series(nothing, dtype="str")
    told = dict(zip(("feature", "code", "direction"), what, strict=True)) | {"value": value}
    return pd.DataFrame({**told, "level": level.to_numpy(dtype=object), "points": points}).astype({"level": "str"})


def _told(lines: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The lines of families, and how many scores there are."""
    for name in ("client_id", "as_of", "code", "family", "side", "points"):
        if name not in getattr(lines, "columns", ()):
            raise CallError(f"The table has no column {name!r}. Expected one that Model.reasons returned.")
    starts = int((lines["side"] == "reference").sum())
    if not starts:
        raise CallError("The table holds no whole score: call Model.reasons without spoken_only.")
    return lines[lines["side"].isin(_FAMILIES)], starts


def _weights(told: pd.DataFrame, by: list[str], clients: Any) -> pd.DataFrame:
    """Means over all clients: of one whose model lacks a family it adds nothing."""
    wide = told[by].assign(mean_points=told["points"].abs() / clients)
    for side in ("against", "for"):
        wide[side] = (told["side"] == side) / clients
    return wide.groupby(by, observed=True, sort=True).sum().reset_index()
