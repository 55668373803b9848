"""The boosted risk model: a scikit-learn classifier whose probabilities can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.boosting import Growth, gain_shares, grow, mean_of, threads_of, tree_settings
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.calibration import Method
from inadimplencia_ml.risk.date_split import as_days, client_folds, folds_for_fit
from inadimplencia_ml.risk.fit_inputs import as_clients, monotone_directions, usable_rows
from inadimplencia_ml.risk.level_evidence import PARTS, LevelEvidence, columns_of_many_levels
from inadimplencia_ml.risk.model_parts import Parts, part, parts_of, restore
from inadimplencia_ml.risk.search import counted_by_shape, search_settings
from inadimplencia_ml.risk.tree_count import Counted, held_out
from inadimplencia_ml.risk.tree_shap import fallback_share, tree_shap_of

__all__ = ["RiskClassifier"]

Floats = npt.NDArray[np.float64]

# Of the rarer class. Few: models of five seeds are averaged, in the folds too; some: of three, on all rows alone.
_FEW_CASES, _SOME_CASES = 1_000, 10_000
_LEVELS = "levels.json"
_LARGE = 20_000_000  # rows x columns: from here on fewer seeds, and held-out predictions of the latest two folds


class RiskClassifier(CalibratedClassifier):
    """Probability of the second of two classes (bad) by boosted trees in log-odds, calibrated on later data.

    The number of trees is where the log loss of the held-out dates is least, each with its own level set right; the
    model is then fitted on all rows with that number. Probabilities are calibrated by what the held-out dates agree on.
    Rows are never weighted by class, so a rare event keeps its rate.

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
        "auto" takes Platt's line, unless the held-out dates agree that a curve does better.
    n_folds : int
        Parts into which the data is cut for counting and calibrating.
    purge_days : int
        Days an outcome takes to be known: horizon and booking lag. Held-out dates begin that long after training ends.
    n_bags : int or None
        Models of different seeds whose log-odds are averaged; None: 5 below 1,000 cases of the rarer class, 3 below
        10,000, else 1; on large tables 3 below 1,000, else 1.
    search_trials : int or None
        Tree settings to try beside those by size (`risk.search`); None: none, or with ``search_seconds`` as many as
        there is time for.
    search_seconds : float or None
        Seconds after which no further settings are tried. The result then depends on the machine.
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

    Notes
    -----
    ``joblib.dump`` keeps a fitted one for your own notebook. Hand it on as a bundle (`Model.save`, ``to_parts``): a
    pickle runs code when it is read and needs the versions that wrote it; a bundle runs nothing, and stays readable.

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
        search_trials: int | None = None,
        search_seconds: float | None = None,
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
        self.search_trials = search_trials
        self.search_seconds = search_seconds
        self.random_state = random_state
        self.n_jobs = n_jobs

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
        x, y01 = self.learn_columns(X, y)
        names = self.columns_.names if hasattr(self, "feature_names_in_") else None
        self.monotone_ = monotone_directions(self.monotone, names, self.n_features_in_, self.columns_.categorical)
        weight, kept = usable_rows(sample_weight, x)
        if not kept.all():
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
        growth = self._growth(x, y, weight, rarer, client_folds(y, clients, PARTS, seed))
        self.fold_kind_, folds = folds_for_fit(
            y, days, clients, n_splits=self.n_folds, purge_days=self.purge_days, random_state=seed
        )
        large = x.size >= _LARGE
        folds = folds[-2:] if large else folds
        few, some = rarer < _FEW_CASES, rarer < _SOME_CASES
        n_bags = self.n_bags or (5 if few and not large else 3 if few or (some and not large) else 1)
        seeds = [(seed + 1_000_003 * bag) % (2**31 - 1) for bag in range(n_bags)]
        tried = seeds if few and not large else seeds[:1]
        in_time = self.fold_kind_ == "dates"
        limits: dict[str, Any] = {"in_time": in_time, "most": self.max_trees, "patience": self.patience}
        counted: Counted | None = None
        if self.search_trials is not None or self.search_seconds is not None:
            budget: dict[str, Any] = {"trials": self.search_trials, "seconds": self.search_seconds}
            growth = growth.with_settings(search_settings(growth, folds, seeds[0], **budget, **limits))
        elif folds and self._free_shape():
            growth, counted = counted_by_shape(growth, folds, seeds[0], **limits)
        self.settings_ = growth.settings
        self.n_trees_, held = held_out(growth, folds, tried, self.n_trees, **limits, first=counted)
        self.boosters_ = [grow(growth, None, self.n_trees_, s) for s in seeds]
        self.levels_ = LevelEvidence.learn(x, y, weight, growth.many)
        self.feature_importances_ = gain_shares(self.boosters_, x.shape[1])
        self.calibrate(y, weight, folds, held)

    def _free_shape(self) -> bool:
        """Whether nothing was said about the shape of the trees, nor how many there are."""
        return all(one is None for one in (self.n_trees, self.num_leaves, self.min_child_samples, self.extra_trees))

    def _growth(
        self, x: Floats, y: Floats, weight: Floats | None, rarer: int, part_of_row: npt.NDArray[np.int64]
    ) -> Growth:
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
        columns, threads = self.columns_, threads_of(self.n_jobs, x.size)
        many = {j: len(columns.categories[j] or ()) for j in columns_of_many_levels(columns)}
        told = (columns.names, columns.categorical, self.monotone_, settings, threads)
        return Growth(x, y, weight, *told, many, part_of_row)

    def contributions(self, X: Any) -> Floats:
        """Exact contribution of each column to the raw log-odds (path-dependent TreeSHAP); the last one is the mean.

        Rows add up to ``log_odds``.
        """
        x = self.levels_.read(self.encoded(X))
        # Our own threads do not wait for each other, as LightGBM's do: they pay on a table a twentieth as large.
        threads = threads_of(self.n_jobs, 20 * x.size)
        return mean_of([tree_shap_of(b).contributions(x, n_jobs=threads) for b in self.boosters_])

    @property
    def fallback_share_(self) -> float:
        """Share of the trees too deep for tables of contributions, 0 to 1; LightGBM explains these, slowly."""
        check_is_fitted(self)
        return fallback_share(self.boosters_)

    def encode_frame(self, frame: Any) -> Floats:
        """As for every model; of columns of many levels one never seen stands behind the last, not with the missing."""
        return self.columns_.unseen_behind(self.columns_.encode(frame), frame, self.levels_.tables)

    def to_parts(self, prefix: str = "") -> Parts:
        """The whole fitted model as plain data: LightGBM's text and JSON by file name, which ``prefix`` begins."""
        check_is_fitted(self)
        levels = self.levels_.to_json()
        return parts_of(self, prefix) | ({prefix + _LEVELS: levels} if levels else {})

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
        # A model that was kept before there was such evidence has none, and reads its levels as categories.
        levels = part(parts, prefix + _LEVELS) if prefix + _LEVELS in parts else {}
        model.levels_ = LevelEvidence.from_json(levels, model.columns_)
        model.n_jobs = n_jobs
        return model

    def raw_log_odds(self, x: Floats) -> Floats:
        """Raw log-odds of the encoded matrix, the sum of the trees."""
        x = self.levels_.read(x)
        threads = threads_of(self.n_jobs, x.size)
        return mean_of([np.asarray(b.predict(x, raw_score=True, num_threads=threads)) for b in self.boosters_])

    def _check_parameters(self) -> None:
        self.check_folds_and_calibration()
        for name in ("n_trees", "max_trees", "patience", "n_bags"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CallError(f"{name} is {value}; expected 1 or more.")
        for name in ("search_trials", "search_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise CallError(f"{name} is {value}; expected more than 0.")
