"""A logistic regression with a ridge, as a member of a blend: what is nearly a sum is told best by a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.calibration import Calibration, Method
from inadimplencia_ml.risk.date_split import as_days, client_folds, folds_for_fit
from inadimplencia_ml.risk.fit_inputs import as_clients, monotone_directions, usable_rows
from inadimplencia_ml.risk.frozen_columns import FrozenColumns
from inadimplencia_ml.risk.level_evidence import PARTS, columns_of_many_levels
from inadimplencia_ml.risk.linear_terms import LinearRows, LinearTerms
from inadimplencia_ml.risk.model_parts import Parts, calibration_parts, frame_of, part, plain_parameters

__all__ = ["LinearClassifier"]

Floats = npt.NDArray[np.float64]

_FREEDOMS = (0.003, 0.03, 0.3)  # 1 / strength of the ridge, on scaled columns
_MANY_CASES = 5_000  # of the rarer class: from here on the strength hardly matters, and the last one is taken


class LinearClassifier(CalibratedClassifier):
    """Probability of the second of two classes (bad) by a logistic regression; the ridge is chosen over the folds.

    Parameters, attributes and ``fit`` are as in ``RiskClassifier``; no number moves the risk against its direction.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 2))
    >>> model = LinearClassifier().fit(X, X[:, 0] + rng.normal(size=400) > 0)
    >>> model.predict_proba([[2.0, 0.0], [-2.0, 0.0]])[:, 1].round(1).tolist()
    [1.0, 0.0]
    """

    def __init__(
        self,
        *,
        monotone: Literal["catalog"] | Mapping[str, int] | None = "catalog",
        calibration: Method | Literal["auto"] = "auto",
        n_folds: int = 5,
        purge_days: int = 0,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.monotone = monotone
        self.calibration = calibration
        self.n_folds = n_folds
        self.purge_days = purge_days
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, dates: Any = None, groups: Any = None, sample_weight: Any = None) -> Self:
        """Fits terms and calibration.

        Raises
        ------
        CallError
            One class only, a column that cannot be read, or a wrong parameter.
        """
        self.check_folds_and_calibration()
        x, y01 = self.learn_columns(X, y)
        weight, kept = usable_rows(sample_weight, x)
        x, y01 = x[kept], y01[kept]
        if len(np.unique(y01)) < 2:
            raise CallError(
                f"Only one class is left to fit on: {self.classes_[int(y01[0])]!r}. A model needs two classes."
            )
        days = None if dates is None else as_days(dates, len(kept))[kept]
        clients = None if groups is None else as_clients(groups, len(kept))[kept]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        table = self._table(x, y01, weight, client_folds(y01, clients, PARTS, seed))
        self.fold_kind_, folds = folds_for_fit(
            y01, days, clients, n_splits=self.n_folds, purge_days=self.purge_days, random_state=seed
        )
        self.freedom_, held = _held_out(table, folds)
        self.terms_ = table.fit(np.arange(len(y01)), self.freedom_)
        self.means_: Floats = self.terms_.values(x).mean(axis=0)
        self.calibrate(y01, weight, folds, held)
        self.oof_index_ = np.flatnonzero(kept)[self.oof_index_]
        return self

    def _table(self, x: Floats, y: Floats, weight: Floats | None, part_of_row: npt.NDArray[np.int64]) -> LinearRows:
        columns = self.columns_
        names = columns.names if hasattr(self, "feature_names_in_") else None
        directions = monotone_directions(self.monotone, names, self.n_features_in_, columns.categorical)
        levels = {j: len(columns.categories[j] or ()) for j in columns.categorical}
        many = {j: levels[j] for j in columns_of_many_levels(columns)}
        return LinearRows(x, y, weight, part_of_row, levels, many, directions)

    def raw_log_odds(self, x: Floats) -> Floats:
        """Raw log-odds of the encoded matrix."""
        return self.terms_.log_odds(x)

    def contributions(self, X: Any) -> Floats:
        """What each column adds to the raw log-odds against its average in the fit; the last one is the average.

        Rows add up to ``log_odds``.
        """
        apart = self.terms_.values(self.encoded(X)) - self.means_
        mean = self.terms_.intercept + float(self.means_.sum())
        return np.column_stack([apart, np.full(len(apart), mean)])

    def to_parts(self, prefix: str = "") -> Parts:
        """The whole fitted model as plain data."""
        check_is_fitted(self)
        own = {"parameters": plain_parameters(self), "freedom": self.freedom_, "means": self.means_.tolist()}
        return {
            prefix + "model.json": frame_of(self) | own | {"linear": self.terms_.to_json()},
            prefix + "calibration.json": calibration_parts(self),
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> Self:
        """The fitted model that ``to_parts`` wrote; it predicts to the bit as it did, without held-out rows.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        about, calibration = part(parts, prefix + "model.json"), part(parts, prefix + "calibration.json")
        model = cls()
        try:
            model.set_params(**about["parameters"])
            model.classes_, model.fold_kind_ = np.array(about["classes"]), str(about["fold_kind"])
            model.prior_, named = float(about["prior"]), bool(about["named"])
            model.freedom_, model.means_ = float(about["freedom"]), np.array(about["means"], dtype=np.float64)
            columns, terms = about["columns"], about["linear"]
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"model.json of the linear model cannot be read: {error!r}") from None
        model.columns_, model.terms_ = FrozenColumns.from_json(columns), LinearTerms.from_json(terms)
        model.n_features_in_ = len(model.columns_.names)
        if {len(model.terms_.terms), len(model.means_)} != {model.n_features_in_}:
            raise BundleError(
                f"The linear model has {len(model.terms_.terms)} terms of {model.n_features_in_} columns."
            )
        if named:
            model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
        model.calibration_ = Calibration.from_json(calibration)
        model.calibration_losses_ = dict(calibration.get("log_loss", {}))
        model.n_jobs = n_jobs
        return model


def _held_out(table: LinearRows, folds: Any) -> tuple[float, list[Floats]]:
    """The freedom that loses least over the folds, and each fold's held-out log-odds with it."""
    rarer = min(table.y.sum(), len(table.y) - table.y.sum())
    if not folds:
        return _FREEDOMS[0], []
    best: tuple[float, float, list[Floats]] | None = None
    for freedom in _FREEDOMS[-1:] if rarer >= _MANY_CASES else _FREEDOMS:
        held = [table.fit(train, freedom).log_odds(table.x[test]) for train, test in folds]
        loss = sum(
            float((np.logaddexp(0.0, z) - table.y[test] * z).sum()) for (_, test), z in zip(folds, held, strict=True)
        )
        if best is None or loss < best[0]:
            best = loss, freedom, held
    assert best is not None
    return best[1], best[2]
