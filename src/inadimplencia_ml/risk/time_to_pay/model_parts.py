"""A fitted TimeToPayment as plain data, and back: LightGBM's text and JSON, nothing that could run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.model_parts import Parts
from inadimplencia_ml.risk.time_to_pay.day_grid import DayGrid
from inadimplencia_ml.risk.time_to_pay.dependence import Dependence
from inadimplencia_ml.risk.time_to_pay.hazard import Hazard

__all__ = ["parts_of", "restore"]

# Parameters that say how the fit ran, not what came out: the digest of a model must not depend on them.
_OF_THE_RUN = ("n_jobs",)


def parts_of(model: Any, prefix: str) -> Parts:
    """The parts of a fitted model; each file name begins with ``prefix``."""
    parts: Parts = model.paid_.to_parts("paid")
    if model.closed_ is not None:
        parts |= model.closed_.to_parts("closed")
    parts["model.json"] = {
        "kind": type(model).__name__,
        "parameters": _plain_parameters(model),
        "calendar": Calendar.of(model.calendar).to_json(),
        "interval_starts": list(model.grid_.starts),
        "columns": model.columns_.to_json(),
        "usual": [int(i) for i in model.usual_],
        "named": hasattr(model, "feature_names_in_"),
        "dated": model.dated_,
        "fold_kind": model.fold_kind_,
        "cells": model.cells_,
        "closes": model.closed_ is not None,
        "dependence": model.dependence_.to_json(),
    }
    return {prefix + name: part for name, part in parts.items()}


def restore(model: Any, parts: Mapping[str, Any], prefix: str) -> None:
    """Gives an unfitted model the fitted state of ``parts``.

    Raises
    ------
    BundleError
        A part is missing or not of its form.
    """
    own = {name.removeprefix(prefix): part for name, part in parts.items() if name.startswith(prefix)}
    if "model.json" not in own:
        raise BundleError(f"The model has no part {prefix}model.json.")
    about = own["model.json"]
    try:
        calendar = Calendar.from_json(about["calendar"])
        model.set_params(**about["parameters"], calendar=calendar)
        model.grid_ = DayGrid(tuple(int(s) for s in about["interval_starts"]))
        model.dated_, model.cells_ = bool(about["dated"]), int(about["cells"])
        model.fold_kind_, closes, named = str(about["fold_kind"]), bool(about["closes"]), bool(about["named"])
        columns, dependence = about["columns"], about["dependence"]
        usual = tuple(int(i) for i in about["usual"])
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"model.json of the model cannot be read: {error!r}") from None
    model.columns_ = FrozenColumns.from_json(columns)
    model.n_features_in_ = len(model.columns_.names)
    if named:
        model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
    model.usual_ = usual
    read = len(model._days().names(model.columns_.names))
    model.paid_ = Hazard.from_parts(own, "paid", read, model.grid_.count)
    model.closed_ = Hazard.from_parts(own, "closed", read, model.grid_.count) if closes else None
    model.dependence_ = Dependence.from_json(dependence)
    model.feature_importances_ = model.paid_.gain_shares(read)[: model.n_features_in_]


def _plain_parameters(model: Any) -> dict[str, Any]:
    """Constructor parameters as JSON holds them, but the calendar; a generator of random numbers has no plain form."""
    left_out = (*_OF_THE_RUN, "calendar")
    found = {k: v for k, v in model.get_params(deep=False).items() if k not in left_out}
    found["usual_days"] = [str(name) for name in found["usual_days"]]
    if found["interval_starts"] is not None:
        found["interval_starts"] = [int(s) for s in found["interval_starts"]]
    if not isinstance(found["random_state"], (int, np.integer, type(None))):
        found["random_state"] = None
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in found.items()}
