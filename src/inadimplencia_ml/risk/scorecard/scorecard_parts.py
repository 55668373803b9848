"""A fitted ScorecardClassifier as plain data, and back: JSON alone, nothing that could run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.scorecard.card import Card

__all__ = ["parts_of", "restore"]

Parts = dict[str, bytes | dict[str, Any]]

# Parameters that say how the fit ran, not what came out: the digest of a model must not depend on them.
_OF_THE_RUN = ("n_jobs",)


def parts_of(model: Any, prefix: str) -> Parts:
    """The parts of a fitted scorecard; each file name begins with ``prefix``."""
    return {
        prefix + "model.json": {
            "kind": type(model).__name__,
            "parameters": _plain_parameters(model),
            "columns": model.columns_.to_json(),
            "named": hasattr(model, "feature_names_in_"),
            "classes": model.classes_.tolist(),
            "fold_kind": model.fold_kind_,
            "prior": model.prior_,
            "screen": float(model.screen_),
            "ridge": float(model.ridge_),
            "selection": model.selection_,
            "card": model.card_.to_json(),
        },
        prefix + "calibration.json": model.calibration_.to_json() | {"log_loss": dict(model.calibration_losses_)},
    }


def restore(model: Any, parts: Mapping[str, Any], prefix: str) -> None:
    """Gives an unfitted scorecard the fitted state of ``parts``.

    Raises
    ------
    BundleError
        A part is missing or not of its form.
    """
    about, calibration = (_part(parts, prefix + name) for name in ("model.json", "calibration.json"))
    try:
        if about["kind"] != type(model).__name__:
            raise BundleError(f"The model is a {about['kind']}, not a {type(model).__name__}.")
        model.set_params(**about["parameters"])
        model.classes_ = np.array(about["classes"])
        model.fold_kind_ = str(about["fold_kind"])
        model.prior_ = None if about.get("prior") is None else float(about["prior"])
        model.screen_, model.ridge_ = float(about["screen"]), float(about["ridge"])
        model.selection_ = [dict(row) for row in about["selection"]]
        columns, named, card = about["columns"], bool(about["named"]), about["card"]
        losses = dict(calibration.get("log_loss", {}))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"model.json of the model cannot be read: {error!r}") from None
    model.columns_, model.card_ = FrozenColumns.from_json(columns), Card.from_json(card)
    model.n_features_in_ = len(model.columns_.names)
    for feature in model.card_.features:
        if not 0 <= feature.position < model.n_features_in_ or feature.name != model.columns_.names[feature.position]:
            raise BundleError(f"The card of the model reads {feature.name!r}, which its columns do not list there.")
    if named:
        model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
    model.calibration_, model.calibration_losses_ = Calibration.from_json(calibration), losses


def _part(parts: Mapping[str, Any], name: str) -> Any:
    if name not in parts:
        raise BundleError(f"The model has no part {name}.")
    return parts[name]


def _plain_parameters(model: Any) -> dict[str, Any]:
    """Constructor parameters as JSON holds them; given bins as a mapping, never as a path of somebody's machine."""
    found = {k: _plain(v) for k, v in model.get_params(deep=False).items() if k not in _OF_THE_RUN}
    if found["bins"] is not None:
        names = model.columns_.names
        found["bins"] = {names[j]: _spec(bins.to_json()) for j, bins in model.given_bins_.items()}
    if not isinstance(found["random_state"], (int, type(None))):
        found["random_state"] = None
    return found


def _spec(bins: dict[str, Any]) -> dict[str, Any]:
    """Bins in the form that the parameter ``bins`` takes."""
    if bins["groups"] is None:
        return {"edges": bins["edges"], "special": bins["special"]}
    other = {} if bins["other"] is None else {"other": bins["other"] + 1}
    return {"groups": bins["groups"]} | other


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    return value
