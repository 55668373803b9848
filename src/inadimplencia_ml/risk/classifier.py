"""The boosted risk model: a scikit-learn classifier whose probabilities can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_array, check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.risk.boosting import Growth, gain_shares, grow, held_out, mean_of, threads_of, tree_settings
from inadimplencia_ml.risk.calibration import Calibration, Method, choose_calibration, fit_calibration
from inadimplencia_ml.risk.date_split import as_days, folds_for_fit
from inadimplencia_ml.risk.fit_inputs import as_clients, monotone_directions, usable_rows
from inadimplencia_ml.risk.frozen_columns import FrozenColumns, as_pandas
from inadimplencia_ml.risk.model_parts import Parts, parts_of, restore

__all__ = ["RiskClassifier"]

Floats = npt.NDArray[np.float64]

_METHODS = ("auto", "none", "platt", "beta", "isotonic")
_FEW_CASES = 1_000  # of the rarer class; below, models of several seeds are averaged


class RiskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Probability of the second of two classes (bad) by boosted trees in log-odds, calibrated on later data.

    The number of trees is where the log loss of the latest held-out dates is least; the model is then fitted on all
    rows with that number. Probabilities are calibrated on the held-out predictions of all but the first dates. Rows are
    never weighted by class, so a rare event keeps its rate.

    Parameters
    ----------
    n_trees : int or None
        Number of trees; None: counted on held-out dates, at most ``max_trees``.
    max_trees, patience : int
        Trees at most, and trees without improvement after which counting stops.
    learning_rate, num_leaves, max_depth, min_child_samples, feature_fraction, subsample, reg_lambda, extra_trees
        As in LightGBM. None: by the number of rows and of the rarer class (``risk.boosting.tree_settings``).
    monotone : "catalog", mapping or None
        Which way each column may move the risk: 1 up, −1 down, 0 either. "catalog" asks the feature catalogue by column
        name; columns it does not know, categories and arrays without names are free.
    calibration : {"auto", "none", "platt", "beta", "isotonic"}
        "auto" takes the method that does best on the latest held-out dates.
    n_folds : int
        Parts into which the data is cut for counting and calibrating.
    purge_days : int
        Days an outcome takes to be known: horizon and booking lag. Held-out dates begin that long after training ends.
    n_bags : int or None
        Models of different seeds whose log-odds are averaged; None: 5 below 1,000 cases of the rarer class, else 1.
    random_state : int, RandomState or None
        Seed.
    n_jobs : int or None
        Threads, None: all cores, but one where the table is small. The result does not depend on it.

    Attributes
    ----------
    classes_, n_features_in_, feature_names_in_, feature_importances_
        As in scikit-learn; importances are shares of the gain.
    n_trees_ : int
        Trees of each model.
    fold_kind_ : str
        What held-out predictions were kept apart by: "dates", "clients", "rows" or "none".
    oof_index_, oof_probability_, oof_fold_ : array
        Rows of X with a held-out prediction, their calibrated probability, and their fold.
    calibration_ : Calibration
        From raw log-odds to calibrated ones.
    calibration_losses_ : dict
        Log loss of each method on held-out data that it was not fitted on.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"late_share_365d": rng.random(400), "client_uf": rng.choice(["SP", "BA"], 400)})
    >>> y = rng.random(400) < X["late_share_365d"] / 2
    >>> model = RiskClassifier(max_trees=40).fit(X, y)
    >>> calm, worried = model.predict_proba(X.assign(late_share_365d=[0.05, 0.95] * 200))[:2, 1]
    >>> bool(calm < worried)
    True
    """

    def __init__(
        self,
        *,
        n_trees: int | None = None,
        max_trees: int = 500,
        patience: int = 40,
        learning_rate: float = 0.05,
        num_leaves: int | None = None,
        max_depth: int = 6,
        min_child_samples: int | None = None,
        feature_fraction: float = 0.5,
        subsample: float = 0.8,
        reg_lambda: float = 1.0,
        extra_trees: bool | None = None,
        monotone: Literal["catalog"] | Mapping[str, int] | None = "catalog",
        calibration: Method | Literal["auto"] = "auto",
        n_folds: int = 5,
        purge_days: int = 0,
        n_bags: int | None = None,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_trees = n_trees
        self.max_trees = max_trees
        self.patience = patience
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.feature_fraction = feature_fraction
        self.subsample = subsample
        self.reg_lambda = reg_lambda
        self.extra_trees = extra_trees
        self.monotone = monotone
        self.calibration = calibration
        self.n_folds = n_folds
        self.purge_days = purge_days
        self.n_bags = n_bags
        self.random_state = random_state
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any, dates: Any = None, groups: Any = None, sample_weight: Any = None) -> Self:
        """Fits trees and calibration.

        Parameters
        ----------
        X : DataFrame (pandas, Polars, Arrow) or array
            Features. Text and pandas categories are categories; missing values are welcome.
        y : array-like
            Two classes; the larger one (1, True) is the event.
        dates : array-like, optional
            The as_of of each row. Without it, folds are drawn at random.
        groups : array-like, optional
            The client of each row, kept in one fold where folds are drawn at random.
        sample_weight : array-like, optional
            Weight of each row, 0 or more; rows of weight 0 are left out.

        Raises
        ------
        CallError
            One class only, a column that cannot be read, or a wrong parameter.
        """
        self._check_parameters()
        x, y01 = self._learn(X, y)
        weight, kept = usable_rows(sample_weight, x)
        x, y01 = x[kept], y01[kept]
        if len(np.unique(y01)) < 2:
            raise CallError(
                f"Only one class is left to fit on: {self.classes_[int(y01[0])]!r}. A model needs two classes."
            )
        days = None if dates is None else as_days(dates, len(kept))[kept]
        clients = None if groups is None else as_clients(groups, len(kept))[kept]
        self._fit_trees(x, y01, weight, days, clients)
        self.oof_index_: npt.NDArray[np.intp] = np.flatnonzero(kept)[self.oof_index_]
        return self

    def _fit_trees(self, x: Floats, y: Floats, weight: Floats | None, days: Any, clients: Any) -> None:
        rarer = int(min(y.sum(), len(y) - y.sum()))
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        n_bags = self.n_bags if self.n_bags is not None else 5 if rarer < _FEW_CASES else 1
        growth = self._growth(x, y, weight, rarer)
        self.settings_ = growth.settings
        self.fold_kind_, folds = folds_for_fit(
            y, days, clients, n_splits=self.n_folds, purge_days=self.purge_days, random_state=seed
        )
        seeds = [(seed + 1_000_003 * bag) % (2**31 - 1) for bag in range(n_bags)]
        in_time = self.fold_kind_ == "dates"
        limits = {"most": self.max_trees, "patience": self.patience}
        self.n_trees_, held = held_out(growth, folds, seeds, self.n_trees, in_time=in_time, **limits)
        self.boosters_ = [grow(growth, None, self.n_trees_, s) for s in seeds]
        self.feature_importances_ = gain_shares(self.boosters_, x.shape[1])
        self._calibrate(y, weight, folds, held)

    def _growth(self, x: Floats, y: Floats, weight: Floats | None, rarer: int) -> Growth:
        settings = tree_settings(
            len(y),
            rarer,
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            max_depth=self.max_depth,
            min_child_samples=self.min_child_samples,
            feature_fraction=self.feature_fraction,
            subsample=self.subsample,
            reg_lambda=self.reg_lambda,
            extra_trees=self.extra_trees,
        )
        columns = self.columns_
        return Growth(
            x, y, weight, columns.names, columns.categorical, self.monotone_, settings, threads_of(self.n_jobs, x.size)
        )

    def _calibrate(self, y: Floats, weight: Floats | None, folds: Any, held: list[Floats]) -> None:
        index = np.concatenate([test for _, test in folds]) if folds else np.empty(0, dtype=np.intp)
        fold = np.concatenate([np.full(len(test), k) for k, (_, test) in enumerate(folds)]) if folds else index
        z = np.concatenate(held) if held else np.empty(0)
        order = np.argsort(index, kind="stable")
        self.oof_index_, self.oof_fold_, z = index[order], fold[order].astype(np.int64), z[order]
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
            self.calibration_ = fit_calibration(self.calibration, z, y[self.oof_index_], w)
        self.oof_probability_ = self.calibration_.probability(z)

    def log_odds(self, X: Any) -> Floats:
        """Raw log-odds of the event, the sum of the trees, before calibration."""
        return self._raw(self._matrix(X))

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

    def contributions(self, X: Any) -> Floats:
        """Exact contribution of each column to the raw log-odds (path-dependent TreeSHAP); the last one is the mean.

        Rows add up to ``log_odds``.
        """
        x = self._matrix(X)
        parts = [
            np.asarray(b.predict(x, pred_contrib=True, num_threads=threads_of(self.n_jobs, x.size)))
            for b in self.boosters_
        ]
        return mean_of(parts)

    def encoded(self, X: Any) -> Floats:
        """The matrix of numbers that the trees read: categories by their place in the frozen list, NaN for missing."""
        return self._matrix(X)

    def to_parts(self, prefix: str = "") -> Parts:
        """The whole fitted model as plain data: LightGBM's text and JSON by file name, which ``prefix`` begins."""
        check_is_fitted(self)
        return parts_of(self, prefix)

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> Self:
        """The fitted model that ``to_parts`` wrote; it predicts to the bit as it did, without held-out rows.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        model = cls()
        restore(model, parts, prefix)
        model.n_jobs = n_jobs
        return model

    def _raw(self, x: Floats) -> Floats:
        threads = threads_of(self.n_jobs, x.size)
        return mean_of([np.asarray(b.predict(x, raw_score=True, num_threads=threads)) for b in self.boosters_])

    def _check_parameters(self) -> None:
        if self.calibration not in _METHODS:
            raise CallError(f"calibration is {self.calibration!r}.{did_you_mean(self.calibration, _METHODS)}")
        for name in ("n_trees", "max_trees", "patience", "n_bags"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CallError(f"{name} is {value}; expected 1 or more.")
        if self.n_folds < 2:
            raise CallError(f"n_folds is {self.n_folds}; expected 2 or more.")

    def _learn(self, X: Any, y: Any) -> tuple[Floats, Floats]:
        """The matrix of X and y as 0.0 and 1.0; learns columns, directions and classes."""
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
        names = self.columns_.names if hasattr(self, "feature_names_in_") else None
        free = self.columns_.categorical
        self.monotone_ = monotone_directions(self.monotone, names, self.n_features_in_, free)
        return np.ascontiguousarray(x), place.astype(np.float64)

    def _matrix(self, X: Any) -> Floats:
        check_is_fitted(self)
        frame = as_pandas(X)
        if frame is not None:
            try:
                validate_data(self, frame, reset=False, skip_check_array=True)
            except ValueError as error:
                lacking = self.columns_.missing_message(frame.columns) if hasattr(self, "feature_names_in_") else ""
                raise CallError(f"{error}" + (f"\nMissing:\n{lacking}" if lacking else "")) from None
            return self.columns_.encode(frame)
        if self.columns_.categorical:
            name = self.columns_.names[self.columns_.categorical[0]]
            raise CallError(f"The column {name!r} holds categories: give a table with named columns, not an array.")
        x = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return np.ascontiguousarray(x)
