"""A risk estimator of this library, fitted elsewhere, as an engine: its raw log-odds and its own contributions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, did_you_mean
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.model_parts import Parts, part
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from inadimplencia_ml.risk.wrapped.engines import OWN_FILE

__all__ = ["OwnModel"]

Floats = npt.NDArray[np.float64]

_KINDS: dict[str, Any] = {one.__name__: one for one in (Blend, RiskClassifier, ScorecardClassifier)}
_INNER = "wrapped_"


class OwnModel:
    """A fitted RiskClassifier, ScorecardClassifier or Blend."""

    kind: ClassVar[str] = "own"
    needs_model: ClassVar[bool] = False
    explains = True

    def __init__(self, model: Any, sign: int = 1) -> None:
        self.model, self.sign = model, sign
        self.names = tuple(str(name) for name in model.feature_names_in_)

    def raw(self, x: pd.DataFrame) -> Floats:
        """Its raw log-odds, without its own calibration."""
        return np.asarray(self.model.log_odds(x) * self.sign, dtype=np.float64)

    def contributions(self, x: pd.DataFrame) -> Floats:
        """Its own contributions."""
        return np.asarray(self.model.contributions(x) * self.sign, dtype=np.float64)

    def to_parts(self) -> Parts:
        """All of it, as it is kept anywhere."""
        about = {"kind": self.kind, "class": type(self.model).__name__, "sign": self.sign}
        return {OWN_FILE: about, **self.model.to_parts(_INNER)}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str) -> OwnModel:
        """The model that ``to_parts`` wrote."""
        about = part(parts, prefix + OWN_FILE)
        name, sign = about.get("class"), about.get("sign")
        if name not in _KINDS or sign not in (-1, 1):
            raise BundleError(f"the wrapped model is of the unknown class {name!r}.{did_you_mean(name, _KINDS)}")
        return cls(_KINDS[name].from_parts(parts, prefix + _INNER), sign)
