"""Which house a model is of, which columns it reads, and which of its classes is the event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.wrapped.boosters import CatBoostTrees, LightGBMTrees, XGBoostTrees
from inadimplencia_ml.risk.wrapped.engines import Engine
from inadimplencia_ml.risk.wrapped.own import OwnModel
from inadimplencia_ml.risk.wrapped.scikit import ScikitModel

__all__ = ["columns_of", "engine_of"]

_TREES: dict[str, type[LightGBMTrees] | type[XGBoostTrees] | type[CatBoostTrees]] = {
    "lightgbm": LightGBMTrees,
    "xgboost": XGBoostTrees,
    "catboost": CatBoostTrees,
}


def columns_of(model: Any, given: Sequence[str] | None = None) -> tuple[str, ...]:
    """The columns that a model reads, in order: those it knows by name, else those ``given``.

    Raises
    ------
    CallError
        It knows none and none are given, or those given are not its own.
    """
    own = _names(model)
    if own is None:
        count = getattr(model, "n_features_in_", None)
        if given is None:
            told = "" if count is None else f" {count}"
            raise CallError(
                f"the model was fitted on an array and does not know its{told} columns by name: say which features "
                "they are, in order, columns=[...]"
            )
        if count is not None and len(given) != count:
            raise CallError(f"columns: {len(given)} names are given, and the model reads {count}")
        return tuple(str(name) for name in given)
    if given is not None and tuple(str(name) for name in given) != own:
        odd = next((n for n in given if str(n) not in own), None)
        hint = "" if odd is None else did_you_mean(odd, own)
        raise CallError(f"columns: the model knows its own {len(own)} columns, and those given are others.{hint}")
    return own


def engine_of(model: Any, rows: pd.DataFrame, *, bad_class: Any = None, random_state: int = 0) -> Engine:
    """The model as an engine; ``rows`` hold its columns alone, in order.

    Raises
    ------
    CallError
        It is no classifier of two classes, or it is not told which of them is the event.
    """
    names = tuple(str(name) for name in rows.columns)
    sign = _sign(model, bad_class)
    if isinstance(model, CalibratedClassifier):
        return OwnModel(model, sign)
    trees = _TREES.get(_house(model))
    if trees is not None:
        return trees.of(model, names, sign)
    if not hasattr(model, "predict_proba") and not hasattr(model, "decision_function"):
        raise CallError(
            f"a {type(model).__name__} has neither predict_proba nor decision_function: hand in a fitted classifier, "
            "or the name of a score column"
        )
    return ScikitModel.of(model, names, sign, rows, random_state)


def _house(model: Any) -> str:
    """The library whose model it is, if it is one of trees; classes derived from theirs count."""
    rooms = [cls.__module__.partition(".")[0] for cls in type(model).__mro__]
    return next((room for room in rooms if room in _TREES), "")


def _names(model: Any) -> tuple[str, ...] | None:
    """The columns a model knows by name; None if it was fitted on an array."""
    house = _house(model)
    found: Any
    if house == "xgboost":
        found = (model.get_booster() if hasattr(model, "get_booster") else model).feature_names
    elif house == "catboost":
        found = model.feature_names_
        found = None if list(found) == [str(i) for i in range(len(found))] else found
    elif house == "lightgbm":
        found = (model.booster_ if hasattr(model, "booster_") else model).feature_name()
        found = None if list(found) == [f"Column_{i}" for i in range(len(found))] else found
    else:
        found = getattr(model, "feature_names_in_", None)
    return None if found is None else tuple(str(name) for name in found)


def _sign(model: Any, bad_class: Any) -> int:
    """1 where the model's second class is the event, −1 where its first is."""
    classes = np.asarray(getattr(model, "classes_", [0, 1])).tolist() or [0, 1]
    if len(classes) != 2:
        raise CallError(f"the model has {len(classes)} classes; a risk model has two, good and bad")
    if bad_class is None:
        if {str(c) for c in classes} <= {"0", "1", "0.0", "1.0", "-1", "False", "True"}:
            return 1  # the larger one, which stands second
        told = f"{classes[0]!r} and {classes[1]!r}"
        raise CallError(f"the model's classes are {told}: say which is the event, bad_class=...")
    if bad_class not in classes:
        raise CallError(f"bad_class is {bad_class!r}; the model's classes are {classes[0]!r} and {classes[1]!r}")
    return 1 if classes.index(bad_class) == 1 else -1
