"""A model of another house as a risk model of ours: its raw number, put on log-odds and calibrated by later data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.calibration import Calibration, Method
from inadimplencia_ml.risk.date_split import as_days, folds_for_fit
from inadimplencia_ml.risk.fit_inputs import as_clients
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas
from inadimplencia_ml.risk.model_parts import Parts, calibration_parts, frame_of, part
from inadimplencia_ml.risk.newton import logistic
from inadimplencia_ml.risk.wrapped.boosters import CatBoostTrees, LightGBMTrees, XGBoostTrees
from inadimplencia_ml.risk.wrapped.engines import OWN_FILE, Engine, ScoreColumn
from inadimplencia_ml.risk.wrapped.own import OwnModel
from inadimplencia_ml.risk.wrapped.scikit import ScikitModel

__all__ = ["WrappedClassifier"]

Floats = npt.NDArray[np.float64]

_ENGINES: dict[str, Any] = {e.kind: e for e in (ScoreColumn, LightGBMTrees, XGBoostTrees, CatBoostTrees, OwnModel)}
_WEAK = 1e-3  # precision of what draws the line to 0: enough to be found where all bad ones lie on one side
_FEW_MISSING = 1.0  # a missing score weighs this much of the overall rate


@dataclass(frozen=True)
class _Line:
    """log-odds = level + slope · (raw − centre) / scale; those of a missing score stand apart."""

    centre: float
    scale: float
    slope: float
    level: float
    missing: float

    @classmethod
    def fit(cls, raw: Floats, y: Floats) -> _Line:
        known = np.isfinite(raw)
        rate = float(y.mean())
        bads = float(y[~known].sum()) + _FEW_MISSING * rate
        share = bads / (float((~known).sum()) + _FEW_MISSING)
        missing = float(np.log(share) - np.log1p(-share))
        if not known.any():
            return cls(0.0, 1.0, 0.0, missing, missing)
        centre = float(np.median(raw[known]))
        scale = float(raw[known].std()) or 1.0
        x = (raw[known] - centre) / scale
        slope, level = logistic([x, np.ones(len(x))], y[known], strength=[_WEAK, _WEAK])
        return cls(centre, scale, float(slope), float(level), missing)

    @property
    def steepness(self) -> float:
        """Log-odds by a unit of the raw number."""
        return self.slope / self.scale

    def log_odds(self, raw: Floats) -> Floats:
        return np.where(np.isfinite(raw), self.level + self.steepness * (raw - self.centre), self.missing)


class WrappedClassifier(CalibratedClassifier):
    """The probability of the event by a model that is already fitted; only what puts it on a scale is fitted here.

    A line turns its raw number into log-odds, on earlier rows for the later ones that it is calibrated on; then the
    calibration of any risk model follows.

    Parameters
    ----------
    engine : Engine
        The model; see `risk.wrapped.recognised.engine_of`.
    calibration : {"auto", "none", "platt", "beta", "isotonic"}
    n_folds, purge_days, random_state
        As in `RiskClassifier`.

    Attributes
    ----------
    classes_, n_features_in_, feature_names_in_, fold_kind_, oof_index_, oof_probability_, oof_fold_, calibration_
        As in `RiskClassifier`.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        calibration: Method | Literal["auto"] = "auto",
        n_folds: int = 5,
        purge_days: int = 0,
        random_state: Any = 0,
    ) -> None:
        self.engine = engine
        self.calibration = calibration
        self.n_folds = n_folds
        self.purge_days = purge_days
        self.random_state = random_state

    @property
    def explains(self) -> bool:
        """Whether contributions by column are known exactly."""
        return self.engine is not None and self.engine.explains

    def fit(self, X: Any, y: Any, dates: Any = None, groups: Any = None) -> Self:
        """Fits the line and the calibration on rows that the model has not seen.

        Raises
        ------
        CallError
            The model cannot read the rows, or does not rank them: it is none of this event.
        """
        self.check_folds_and_calibration()
        if self.engine is None:
            raise CallError("a wrapped model needs an engine: the model itself")
        frame = as_pandas(X)
        if frame is None:
            raise CallError("a wrapped model reads columns by name: give a table, not an array")
        frame = frame[list(self.engine.names)]
        _, y01 = self.learn_columns(frame, y)
        raw = self.engine.raw(frame)
        days = None if dates is None else as_days(dates, len(raw))
        clients = None if groups is None else as_clients(groups, len(raw))
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.fold_kind_, folds = folds_for_fit(
            y01, days, clients, n_splits=self.n_folds, purge_days=self.purge_days, random_state=seed
        )
        self.line_ = _Line.fit(raw, y01)
        if self.line_.slope <= 0:
            raise CallError(
                f"the model does not rank these {len(raw):,} rows, or ranks them upside down: where its output is "
                f"higher the event is not likelier (slope {self.line_.slope:.3g}). Is it a model of this target, with "
                "the event as its second class (bad_class), or a score whose higher values are safer (higher)?"
            )
        held = [_Line.fit(raw[train], y01[train]).log_odds(raw[test]) for train, test in folds]
        self.calibrate(y01, None, folds, held)
        return self

    def log_odds(self, X: Any) -> Floats:
        """Log-odds by the line, before calibration."""
        return self.line_.log_odds(self._asked().raw(self._own(X)))

    def contributions(self, X: Any) -> Floats:
        """What each column adds to ``log_odds``, exactly, and in the last place the rest."""
        engine, frame = self._asked(), self._own(X)
        found = np.array(engine.contributions(frame), dtype=np.float64)
        lost = ~np.isfinite(found).all(axis=1)
        out = found * self.line_.steepness
        rest = self.line_.level - self.line_.steepness * self.line_.centre
        out[:, -1] += rest
        out[lost] = 0.0
        out[lost, 0], out[lost, -1] = self.line_.missing - rest, rest  # of a score: that it is missing says it all
        return out

    def _asked(self) -> Engine:
        check_is_fitted(self)
        assert self.engine is not None
        return self.engine

    def _own(self, X: Any) -> pd.DataFrame:
        frame = as_pandas(X)
        if frame is None:
            raise CallError("a wrapped model reads columns by name: give a table, not an array")
        lacking = self.columns_.missing_message(frame.columns)
        if lacking:
            raise CallError(f"the wrapped model reads columns that are not there:\n{lacking}")
        return frame[list(self.columns_.names)]

    def to_parts(self, prefix: str = "") -> Parts:
        """The scale as plain data, and the model where it has a form that runs nothing."""
        engine = self._asked()
        parts: Parts = {"model.json": frame_of(self) | {"parameters": _plain(self), "line": asdict(self.line_)}}
        parts["calibration.json"] = calibration_parts(self)
        parts |= engine.to_parts()
        return {prefix + name: content for name, content in parts.items()}

    @classmethod
    def from_parts(
        cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None, handed: Any = None
    ) -> Self:
        """The model that ``to_parts`` wrote; ``handed`` is the model itself where a bundle cannot hold it.

        Raises
        ------
        BundleError
            A part is missing or not of its form, or the model is missing, not needed, or another one.
        """
        about, calibration = part(parts, prefix + "model.json"), part(parts, prefix + "calibration.json")
        try:
            model = cls(**about["parameters"])
            model.line_ = _Line(**{k: float(v) for k, v in about["line"].items()})
            model.classes_, model.fold_kind_ = np.array(about["classes"]), str(about["fold_kind"])
            model.prior_ = None if about["prior"] is None else float(about["prior"])
            columns = about["columns"]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"model.json of the wrapped model cannot be read: {error!r}") from None
        model.columns_ = FrozenColumns.from_json(columns)
        model.n_features_in_ = len(model.columns_.names)
        model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
        model.engine = _engine_from(parts, prefix, handed)
        if model.engine.names != model.columns_.names:
            raise BundleError("the wrapped model and model.json name other columns")
        model.calibration_ = Calibration.from_json(calibration)
        model.calibration_losses_ = dict(calibration.get("log_loss", {}))
        return model


def _engine_from(parts: Mapping[str, Any], prefix: str, handed: Any) -> Engine:
    about = part(parts, prefix + OWN_FILE)
    kind = about.get("kind") if isinstance(about, Mapping) else None
    if kind == ScikitModel.kind:
        return ScikitModel.from_parts(parts, prefix, handed)
    if handed is not None:
        raise BundleError("model: this bundle holds its model itself. Leave it out.")
    if kind not in _ENGINES:
        raise BundleError(f"the wrapped model is of the unknown kind {kind!r}.{did_you_mean(kind, _ENGINES)}")
    engine: Engine = _ENGINES[kind].from_parts(parts, prefix)
    return engine


def _plain(model: WrappedClassifier) -> dict[str, Any]:
    seed = model.random_state if isinstance(model.random_state, (int, np.integer)) else None
    return {
        "calibration": model.calibration,
        "n_folds": int(model.n_folds),
        "purge_days": int(model.purge_days),
        "random_state": None if seed is None else int(seed),
    }
