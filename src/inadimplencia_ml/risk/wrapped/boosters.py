"""Boosted trees of other houses: LightGBM, XGBoost and CatBoost, asked for log-odds and their own exact tree SHAP.

Each is kept in the plain text that its own library writes (LightGBM's text, JSON of the two others) and read by that
library's own parser, which runs nothing. A model is taken from that text at once, so that it answers now as when read.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError, MissingExtraError
from inadimplencia_ml.risk.boosting import booster_text, load_booster
from inadimplencia_ml.risk.model_parts import Parts, part
from inadimplencia_ml.risk.wrapped.engines import OWN_FILE, closed, refused

__all__ = ["CatBoostTrees", "LightGBMTrees", "XGBoostTrees"]

Floats = npt.NDArray[np.float64]


class _Trees:
    """What the three have in common: names, a sign, and how answers are checked."""

    kind: ClassVar[str]
    needs_model: ClassVar[bool] = False
    explains = True

    def __init__(self, stored: Any, names: tuple[str, ...], sign: int) -> None:
        self.stored, self.names, self.sign = stored, names, sign

    def _margin(self, x: pd.DataFrame) -> Any:
        raise NotImplementedError

    def _shap(self, x: pd.DataFrame) -> Any:
        raise NotImplementedError

    def raw(self, x: pd.DataFrame) -> Floats:
        """The sum of the trees, in log-odds where the model was fitted so."""
        try:
            found = np.asarray(self._margin(x), dtype=np.float64)
        except (ValueError, TypeError, _errors_of(self.kind)) as error:
            raise refused(x, error, f"the {_LIBRARIES[self.kind]} model") from None
        if found.ndim != 1 or len(found) != len(x):
            raise CallError(f"the model gives {found.shape} numbers for {len(x)} rows: it is of more than two classes")
        return found * self.sign

    def contributions(self, x: pd.DataFrame) -> Floats:
        """Exact path-dependent tree SHAP by the model's own library."""
        return closed(np.asarray(self._shap(x), dtype=np.float64) * self.sign, self.raw(x))

    def _about(self) -> dict[str, Any]:
        return {"kind": self.kind, "names": list(self.names), "sign": self.sign}


class LightGBMTrees(_Trees):
    """A LightGBM model; ``stored`` is its text."""

    kind: ClassVar[str] = "lightgbm"

    def __init__(self, stored: bytes, names: tuple[str, ...], sign: int = 1) -> None:
        super().__init__(stored, names, sign)
        self.booster = load_booster(stored)

    @classmethod
    def of(cls, model: Any, names: tuple[str, ...], sign: int) -> LightGBMTrees:
        """Of an LGBMClassifier or a Booster; stopped early, with its best number of trees."""
        booster = getattr(model, "booster_", model)
        best = booster.best_iteration if booster.best_iteration > 0 else -1
        text = booster.model_to_string(num_iteration=best).encode("utf-8")
        return cls(booster_text(load_booster(text)), names, sign)

    def _margin(self, x: pd.DataFrame) -> Any:
        return self.booster.predict(x, raw_score=True)

    def _shap(self, x: pd.DataFrame) -> Any:
        return self.booster.predict(x, pred_contrib=True)

    def to_parts(self) -> Parts:
        """LightGBM's text."""
        return {OWN_FILE: self._about(), "wrapped.txt": self.stored}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str) -> LightGBMTrees:
        """The model that ``to_parts`` wrote."""
        names, sign = _about_of(parts, prefix)
        return cls(part(parts, prefix + "wrapped.txt"), names, sign)


class XGBoostTrees(_Trees):
    """An XGBoost model; ``stored`` is its JSON as plain data."""

    kind: ClassVar[str] = "xgboost"

    def __init__(self, stored: dict[str, Any], names: tuple[str, ...], sign: int = 1) -> None:
        super().__init__(stored, names, sign)
        self.library = _imported("xgboost")
        self.booster = self.library.Booster()
        try:
            self.booster.load_model(bytearray(json.dumps(stored).encode("utf-8")))
        except ValueError as error:  # XGBoostError is one
            raise BundleError(f"The trees of the model cannot be read by XGBoost: {str(error)[:200]}") from None

    @classmethod
    def of(cls, model: Any, names: tuple[str, ...], sign: int) -> XGBoostTrees:
        """Of an XGBClassifier or a Booster; stopped early, with its best number of trees."""
        fitted = model.get_booster() if hasattr(model, "get_booster") else model
        best = getattr(model, "best_iteration", None) if fitted is not model else None
        kept = fitted if best is None else fitted[: int(best) + 1]
        return cls(json.loads(bytes(kept.save_raw("json"))), names, sign)

    def _matrix(self, x: pd.DataFrame) -> Any:
        # A model fitted on an array knows its columns by their place.
        table = x if self.booster.feature_names is not None else x.to_numpy(dtype=np.float64, na_value=np.nan)
        return self.library.DMatrix(table, enable_categorical=True)

    def _margin(self, x: pd.DataFrame) -> Any:
        return self.booster.predict(self._matrix(x), output_margin=True)

    def _shap(self, x: pd.DataFrame) -> Any:
        return self.booster.predict(self._matrix(x), pred_contribs=True)

    def to_parts(self) -> Parts:
        """XGBoost's JSON."""
        return {OWN_FILE: self._about(), "wrapped_xgboost.json": self.stored}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str) -> XGBoostTrees:
        """The model that ``to_parts`` wrote."""
        names, sign = _about_of(parts, prefix)
        return cls(part(parts, prefix + "wrapped_xgboost.json"), names, sign)


class CatBoostTrees(_Trees):
    """A CatBoost model; ``stored`` is its JSON as plain data, without the clock and the paths of its fit."""

    kind: ClassVar[str] = "catboost"

    def __init__(self, stored: dict[str, Any], names: tuple[str, ...], sign: int = 1) -> None:
        super().__init__(stored, names, sign)
        self.library = _imported("catboost")
        self.model = self.library.CatBoost()
        with tempfile.TemporaryDirectory() as folder:  # its JSON is read from a file alone
            file = os.path.join(folder, "model.json")
            with open(file, "w", encoding="utf-8") as out:
                json.dump(stored, out)
            try:
                self.model.load_model(file, format="json")
            except self.library.CatBoostError as error:
                raise BundleError(f"The trees of the model cannot be read by CatBoost: {str(error)[:200]}") from None

    @classmethod
    def of(cls, model: Any, names: tuple[str, ...], sign: int) -> CatBoostTrees:
        """Of a CatBoostClassifier or a CatBoost."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "model.json")
            model.save_model(file, format="json")
            with open(file, encoding="utf-8") as written:
                told = json.load(written)
        told["model_info"] = {k: v for k, v in told.get("model_info", {}).items() if k == "class_params"}
        return cls(told, names, sign)

    def _margin(self, x: pd.DataFrame) -> Any:
        return self.model.predict(x, prediction_type="RawFormulaVal")

    def _shap(self, x: pd.DataFrame) -> Any:
        pool = self.library.Pool(x, cat_features=self.model.get_cat_feature_indices())
        return self.model.get_feature_importance(pool, type="ShapValues")

    def to_parts(self) -> Parts:
        """CatBoost's JSON."""
        return {OWN_FILE: self._about(), "wrapped_catboost.json": self.stored}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str) -> CatBoostTrees:
        """The model that ``to_parts`` wrote."""
        names, sign = _about_of(parts, prefix)
        return cls(part(parts, prefix + "wrapped_catboost.json"), names, sign)


_LIBRARIES = {"lightgbm": "LightGBM", "xgboost": "XGBoost", "catboost": "CatBoost"}


def _about_of(parts: Mapping[str, Any], prefix: str) -> tuple[tuple[str, ...], int]:
    about = part(parts, prefix + OWN_FILE)
    try:
        names, sign = tuple(str(name) for name in about["names"]), int(about["sign"])
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{OWN_FILE} of the model cannot be read: {error!r}") from None
    if sign not in (-1, 1) or not names:
        raise BundleError(f"{OWN_FILE} of the model cannot be used: sign {sign}, {len(names)} columns")
    return names, sign


def _imported(library: str) -> ModuleType:
    """A library that is only there if the model's owner has it."""
    try:
        if library == "xgboost":
            import xgboost as found
        else:
            import catboost as found
    except ImportError:
        raise MissingExtraError(f"{library} is not installed, and the model needs it: pip install {library}") from None
    module: ModuleType = found
    return module


def _errors_of(kind: str) -> type[Exception]:
    """The library's own error; XGBoost's is a ValueError."""
    if kind == "catboost":
        own: type[Exception] = _imported("catboost").CatBoostError
        return own
    if kind == "lightgbm":
        from lightgbm.basic import LightGBMError

        return LightGBMError  # type: ignore[no-any-return]  # untyped there
    return ValueError
