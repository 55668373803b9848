"""A fitted RiskClassifier as plain data, and back: LightGBM's text and JSON, nothing that could run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from inadimplencia_ml.errors import BundleError, InadimplenciaError
from inadimplencia_ml.risk.boosting import TreeSettings, booster_text, gain_shares, load_booster
from inadimplencia_ml.risk.calibration import Calibration
from inadimplencia_ml.risk.frozen_columns import FrozenColumns

__all__ = [
    "Parts",
    "calibration_parts",
    "frame_of",
    "of_its_form",
    "part",
    "parts_of",
    "parts_under",
    "plain_parameters",
    "restore",
]

_LONGEST_TOLD = 600  # signs of a message: a value in a damaged part may have no end

#: What a bundle keeps, by file name: bytes as they are, a mapping as JSON.
Parts = dict[str, bytes | dict[str, Any]]

# Parameters that say how the fit ran, not what came out: the digest of a model must not depend on them.
_OF_THE_RUN = ("n_jobs",)


@contextlib.contextmanager
def of_its_form(what: str) -> Iterator[None]:
    """Whatever plain data of another form meets where a part is read, as one error.

    Raises
    ------
    BundleError
        A key is missing, a value is of another kind, or a list of another length.
    """
    try:
        yield
    except InadimplenciaError as error:
        if len(str(error)) <= _LONGEST_TOLD:
            raise
        raise BundleError(f"{str(error)[:_LONGEST_TOLD]}...") from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(f"{what} of the model is not of its form: {why[:200]}") from error


def parts_under(name: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts whose file names begin with ``name`` and a dot, without that beginning."""
    return {file.removeprefix(f"{name}."): part for file, part in parts.items() if file.startswith(f"{name}.")}


def parts_of(model: Any, prefix: str) -> Parts:
    """The parts of a fitted classifier; each file name begins with ``prefix``, so that a folder can hold two models."""
    parts: Parts = {_text_name(i): booster_text(b) for i, b in enumerate(model.boosters_)}
    parts["model.json"] = frame_of(model) | {
        "parameters": plain_parameters(model),
        "settings": asdict(model.settings_),
        "monotone": [int(m) for m in model.monotone_],
        "n_trees": int(model.n_trees_),
        "n_bags": len(model.boosters_),
    }
    parts["calibration.json"] = calibration_parts(model)
    return {prefix + name: content for name, content in parts.items()}


def frame_of(model: Any) -> dict[str, Any]:
    """What ``model.json`` says of any model: its class, columns, classes, folds, and the event rate of its rows."""
    return {
        "kind": type(model).__name__,
        "columns": model.columns_.to_json(),
        "named": hasattr(model, "feature_names_in_"),
        "classes": model.classes_.tolist(),
        "fold_kind": model.fold_kind_,
        "prior": model.prior_,
    }


def calibration_parts(model: Any) -> dict[str, Any]:
    """The calibration, and the losses it was chosen by."""
    made: dict[str, Any] = model.calibration_.to_json()
    return made | {"log_loss": dict(model.calibration_losses_)}


def restore(model: Any, parts: Mapping[str, Any], prefix: str) -> None:
    """Gives an unfitted classifier the fitted state of ``parts``.

    Raises
    ------
    BundleError
        A part is missing or not of its form.
    """
    about, calibration = part(parts, prefix + "model.json"), part(parts, prefix + "calibration.json")
    try:
        model.set_params(**about["parameters"])
        model.settings_ = TreeSettings(**about["settings"])
        model.monotone_ = [int(m) for m in about["monotone"]]
        model.classes_ = np.array(about["classes"])
        model.n_trees_, model.fold_kind_ = int(about["n_trees"]), str(about["fold_kind"])
        names, named = about["columns"], bool(about["named"])
        prior = about.get("prior")  # not there in bundles of format 1
        model.prior_ = None if prior is None else float(prior)
        texts = [part(parts, prefix + _text_name(i)) for i in range(int(about["n_bags"]))]
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


def part(parts: Mapping[str, Any], name: str) -> Any:
    """One part by name.

    Raises
    ------
    BundleError
        There is none of that name.
    """
    if name not in parts:
        raise BundleError(f"The model has no part {name}.")
    return parts[name]


def _text_name(bag: int) -> str:
    return "model.txt" if bag == 0 else f"model_{bag + 1}.txt"


def plain_parameters(model: Any) -> dict[str, Any]:
    """Constructor parameters as JSON holds them; a generator of random numbers has no plain form and is left out."""
    found = {k: v for k, v in model.get_params(deep=False).items() if k not in _OF_THE_RUN}
    if isinstance(found["monotone"], Mapping):
        found["monotone"] = {str(k): int(v) for k, v in found["monotone"].items()}
    if not isinstance(found["random_state"], (int, np.integer, type(None))):
        found["random_state"] = None
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in found.items()}
