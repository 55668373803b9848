"""What risk models have in common: a table in, frozen columns, held-out log-odds, a calibrated probability out."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.calibration import Calibration, Method, choose_calibration, fit_calibration
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas, held_matrix
from inadimplencia_ml.risk.prior_shift import shifted

__all__ = ["CalibratedClassifier", "Fold"]

Floats = npt.NDArray[np.float64]
Fold = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]  # row numbers of training and test

_METHODS = ("auto", "none", "platt", "beta", "isotonic")


class CalibratedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A classifier of two classes by raw log-odds of the second one; a subclass fits and says ``raw_log_odds``."""

    calibration: Method | Literal["auto"]
    n_folds: int
    fold_kind_: str
    columns_: FrozenColumns
    calibration_: Calibration
    prior_: float | None
    """Event rate that the probabilities are made for: that of the rows of the fit, unless moved by ``with_prior``."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def raw_log_odds(self, x: Floats) -> Floats:
        """Raw log-odds of the encoded matrix."""
        raise NotImplementedError

    def log_odds(self, X: Any) -> Floats:
        """Raw log-odds of the event, before calibration."""
        return self.raw_log_odds(self.encoded(X))

    def calibrated_log_odds(self, X: Any) -> Floats:
        """Log-odds of the event after calibration: the log-odds of ``predict_proba``."""
        z = self.log_odds(X)
        return self.calibration_.log_odds(z)

    def predict_proba(self, X: Any) -> Floats:
        """Calibrated probability of each class, one column a class in the order of ``classes_``."""
        z = self.log_odds(X)
        p = self.calibration_.probability(z)
        return np.column_stack([1.0 - p, p])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The more probable class. Decisions about credit should read the probability."""
        bad = self.predict_proba(X)[:, 1] > 0.5
        chosen: npt.NDArray[Any] = self.classes_[bad.astype(np.intp)]
        return chosen

    def with_prior(self, rate: float) -> Self:
        """The same model for a population whose event rate is ``rate``; its ranking and reasons stay.

        Right where good ones and bad ones look as before and only their share is another
        (`risk.prior_shift.estimate_prior` finds the share on rows whose outcome is not known yet).

        Raises
        ------
        CallError
            ``rate`` is not between 0 and 1, or the model does not know the rate it was fitted on.
        """
        check_is_fitted(self)
        if self.prior_ is None:
            raise CallError("with_prior: the model was kept without the event rate of its rows. Fit it anew.")
        moved = copy.copy(self)
        moved.calibration_ = shifted(self.calibration_, self.prior_, rate)
        moved.prior_ = float(rate)
        if hasattr(self, "oof_log_odds_"):
            moved.oof_probability_ = moved.calibration_.probability(self.oof_log_odds_)
        return moved

    def encoded(self, X: Any) -> Floats:
        """The matrix of numbers that the model reads: categories by their place in the frozen list, NaN for missing."""
        held = held_matrix(X, id(self), self.encode_frame)
        if held is not None:
            return held
        check_is_fitted(self)
        frame = as_pandas(X)
        if frame is not None:
            try:
                validate_data(self, frame, reset=False, skip_check_array=True)
            except ValueError as error:
                lacking = self.columns_.missing_message(frame.columns) if hasattr(self, "feature_names_in_") else ""
                raise CallError(f"{error}" + (f"\nMissing:\n{lacking}" if lacking else "")) from None
            return self.encode_frame(frame)
        if self.columns_.categorical:
            name = self.columns_.names[self.columns_.categorical[0]]
            raise CallError(f"The column {name!r} holds categories: give a table with named columns, not an array.")
        x = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.ascontiguousarray(x)

    def encode_frame(self, frame: Any) -> Floats:
        """The matrix of a table whose columns are known to fit."""
        return self.columns_.encode(frame)

    def check_folds_and_calibration(self) -> None:
        """Refuses a method or a number of folds that is none."""
        if self.calibration not in _METHODS:
            raise CallError(f"calibration is {self.calibration!r}.{did_you_mean(self.calibration, _METHODS)}")
        if self.n_folds < 2:
            raise CallError(f"n_folds is {self.n_folds}; expected 2 or more.")

    def learn_columns(self, X: Any, y: Any) -> tuple[Floats, Floats]:
        """The matrix of X and y as 0.0 and 1.0; learns columns and classes."""
        frame = as_pandas(X)
        if frame is None:
            x, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", reset=True)
            self.columns_ = FrozenColumns.numbers(x.shape[1])
        else:
            if frame.shape[0] == 0 or frame.shape[1] == 0:
                raise CallError(
                    f"X has {frame.shape[0]} rows and {frame.shape[1]} columns. There is nothing to fit on."
                )
            validate_data(self, frame, reset=True, skip_check_array=True)
            self.columns_ = FrozenColumns.learn(frame)
            x = self.columns_.encode(frame)
            y = column_or_1d(check_array(y, ensure_2d=False, dtype=None), warn=True)
            check_consistent_length(x, y)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        self.classes_, place = np.unique(y, return_inverse=True)
        if kind != "binary" or len(self.classes_) > 2:
            raise CallError(f"Only binary classification is supported. The type of the target is {kind}.")
        return np.ascontiguousarray(x), place.astype(np.float64)

    def calibrate(self, y: Floats, weight: Floats | None, folds: Sequence[Fold], held: Sequence[Floats]) -> None:
        """Calibration and held-out predictions from the log-odds of each fold's test rows."""
        self.prior_ = float(np.average(y, weights=weight))
        index = np.concatenate([test for _, test in folds]) if folds else np.empty(0, dtype=np.intp)
        fold = np.concatenate([np.full(len(test), k) for k, (_, test) in enumerate(folds)]) if folds else index
        z = np.concatenate(held) if folds else np.empty(0)
        order = np.argsort(index, kind="stable")
        self.oof_index_: npt.NDArray[np.intp] = index[order]
        self.oof_fold_: npt.NDArray[np.int64] = fold[order].astype(np.int64)
        self.oof_log_odds_: Floats = z[order]
        z = self.oof_log_odds_
        w = None if weight is None else weight[self.oof_index_]
        self.calibration_losses_: dict[str, float] = {}
        if not folds:
            self.calibration_ = Calibration()
        elif self.calibration == "auto":
            later = self.fold_kind_ == "dates"
            self.calibration_, self.calibration_losses_ = choose_calibration(
                z, y[self.oof_index_], self.oof_fold_, later=later, weight=w
            )
        else:
            self.calibration_ = fit_calibration(self.calibration, z, y[self.oof_index_], w, self.oof_fold_)
        self.oof_probability_: Floats = self.calibration_.probability(z)
