"""A fitted RiskClassifier as plain data, and back: LightGBM's text and JSON, nothing that could run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.boosting import TreeSettings, booster_text, gain_shares, load_booster
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.frozen_columns import FrozenColumns

__all__ = ["Parts", "parts_of", "restore"]

#: What a bundle keeps, by file name: bytes as they are, a mapping as JSON.
Parts = dict[str, bytes | dict[str, Any]]

# Parameters that say how the fit ran, not what came out: the digest of a model must not depend on them.
_OF_THE_RUN = ("n_jobs",)


def parts_of(model: Any, prefix: str) -> Parts:
    """The parts of a fitted classifier; each file name begins with ``prefix``, so that a folder can hold two models."""
    parts: Parts = {_text_name(i): booster_text(b) for i, b in enumerate(model.boosters_)}
    parts["model.json"] = {
        "kind": type(model).__name__,
        "parameters": _plain_parameters(model),
        "settings": asdict(model.settings_),
        "columns": model.columns_.to_json(),
        "named": hasattr(model, "feature_names_in_"),
        "monotone": [int(m) for m in model.monotone_],
        "classes": model.classes_.tolist(),
        "n_trees": int(model.n_trees_),
        "n_bags": len(model.boosters_),
        "fold_kind": model.fold_kind_,
    }
    parts["calibration.json"] = model.calibration_.to_json() | {"log_loss": dict(model.calibration_losses_)}
    return {prefix + name: part for name, part in parts.items()}


def restore(model: Any, parts: Mapping[str, Any], prefix: str) -> None:
    """Gives an unfitted classifier the fitted state of ``parts``.

    Raises
    ------
    BundleError
        A part is missing or not of its form.
    """
    about, calibration = _part(parts, prefix + "model.json"), _part(parts, prefix + "calibration.json")
    try:
        model.set_params(**about["parameters"])
        model.settings_ = TreeSettings(**about["settings"])
        model.monotone_ = [int(m) for m in about["monotone"]]
        model.classes_ = np.array(about["classes"])
        model.n_trees_, model.fold_kind_ = int(about["n_trees"]), str(about["fold_kind"])
        names, named = about["columns"], bool(about["named"])
        texts = [_part(parts, prefix + _text_name(i)) for i in range(int(about["n_bags"]))]
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"model.json of the model cannot be read: {error!r}") from None
    model.columns_ = FrozenColumns.from_json(names)
    model.n_features_in_ = len(model.columns_.names)
    if named:
        model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
    model.boosters_ = [load_booster(text) for text in texts]
    for booster in model.boosters_:
        if booster.num_feature() != model.n_features_in_:
            raise BundleError(
                f"The trees of the model read {booster.num_feature()} columns, model.json lists {model.n_features_in_}."
            )
    model.feature_importances_ = gain_shares(model.boosters_, model.n_features_in_)
    model.calibration_ = Calibration.from_json(calibration)
    model.calibration_losses_ = dict(calibration.get("log_loss", {}))


def _part(parts: Mapping[str, Any], name: str) -> Any:
    if name not in parts:
        raise BundleError(f"The model has no part {name}.")
    return parts[name]


def _text_name(bag: int) -> str:
    return "model.txt" if bag == 0 else f"model_{bag + 1}.txt"


def _plain_parameters(model: Any) -> dict[str, Any]:
    """Constructor parameters as JSON holds them; a generator of random numbers has no plain form and is left out."""
    found = {k: v for k, v in model.get_params(deep=False).items() if k not in _OF_THE_RUN}
    if isinstance(found["monotone"], Mapping):
        found["monotone"] = {str(k): int(v) for k, v in found["monotone"].items()}
    if not isinstance(found["random_state"], (int, np.integer, type(None))):
        found["random_state"] = None
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in found.items()}
