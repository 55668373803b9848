"""Several risk models as one: their log-odds weighted by what held-out dates say, calibrated on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.risk.calibrated_classifier import CalibratedClassifier
from inadimplencia_ml.risk.calibration import Calibration, Method
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.fit_inputs import usable_rows
from inadimplencia_ml.risk.fold_agreement import agreed_levels
from inadimplencia_ml.risk.linear import LinearClassifier
from inadimplencia_ml.risk.model_parts import Parts, calibration_parts, frame_of, part, plain_parameters
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from inadimplencia_ml.risk.stacking import stack_weights

__all__ = ["Blend"]

Floats = npt.NDArray[np.float64]

#: What a blend can be made of, by name: nothing else is ever read from a bundle.
MEMBERS: dict[str, type[RiskClassifier] | type[ScorecardClassifier] | type[LinearClassifier]] = {
    "boosted": RiskClassifier,
    "scorecard": ScorecardClassifier,
    "linear": LinearClassifier,
}

_LINEAR_UP_TO = 500_000  # rows x columns; with more to learn from trees leave a sum nothing to add

_SHARED = ("monotone", "n_folds", "purge_days", "n_jobs")


class Blend(CalibratedClassifier):
    """Probability of the second of two classes (bad) by weighted log-odds of boosted trees, a card and a regression.

    All are fitted on the same rows with the same folds. Their weights are fitted on held-out log-odds, are never
    negative, add up to one, and are drawn to the best member where the data is small. The calibration is fitted on
    the held-out blend, so neither sees a row that a member was trained on.

    Parameters
    ----------
    members : tuple of str or None
        Of "boosted", "scorecard" and "linear", each with its own defaults. None: all, without "linear" where the table
        is large.
    n_trees : int or None
        Number of trees of "boosted"; None: counted on held-out dates.
    monotone, calibration, n_folds, purge_days, random_state, n_jobs
        As in ``RiskClassifier``.

    Attributes
    ----------
    members_ : dict
        The fitted members.
    weights_ : dict
        The weight of each.
    fold_kind_, oof_index_, oof_log_odds_, oof_probability_, oof_fold_, calibration_, calibration_losses_
        As in ``RiskClassifier``.

    Notes
    -----
    ``joblib.dump`` keeps a fitted one for your own notebook. Hand it on as a bundle (`Model.save`, ``to_parts``): a
    pickle runs code when it is read and needs the versions that wrote it; a bundle runs nothing, and stays readable.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"late_share_365d": rng.random(400), "tenure_days": rng.random(400)})
    >>> y = rng.random(400) < X["late_share_365d"] / 2
    >>> model = Blend(n_trees=20).fit(X, y)
    >>> sorted(model.weights_), round(sum(model.weights_.values()), 9)
    (['boosted', 'linear', 'scorecard'], 1.0)
    """

    def __init__(
        self,
        *,
        members: tuple[str, ...] | None = None,
        n_trees: int | None = None,
        monotone: Literal["catalog"] | Mapping[str, int] | None = "catalog",
        calibration: Method | Literal["auto"] = "auto",
        n_folds: int = 5,
        purge_days: int = 0,
        random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.members = members
        self.n_trees = n_trees
        self.monotone = monotone
        self.calibration = calibration
        self.n_folds = n_folds
        self.purge_days = purge_days
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, dates: Any = None, groups: Any = None, sample_weight: Any = None) -> Self:
        """Fits the members, their weights and the calibration.

        Parameters
        ----------
        X, y, dates, groups, sample_weight
            As in ``RiskClassifier.fit``.

        Raises
        ------
        CallError
            One class only, a column that cannot be read, or a wrong parameter.
        """
        self._check_parameters()
        members, seed = {}, self.random_state
        if not isinstance(seed, (int, np.integer)):  # one draw for all, as they share their folds
            seed = int(check_random_state(seed).randint(2**31 - 1))
        for name in self.members_for(X):
            own: dict[str, Any] = {p: getattr(self, p) for p in _SHARED} | {"random_state": seed}
            if name == "boosted":
                own["n_trees"] = self.n_trees
            members[name] = MEMBERS[name](**own).fit(X, y, dates=dates, groups=groups, sample_weight=sample_weight)
        return self.stack(members, X, y, sample_weight)

    def members_for(self, X: Any) -> tuple[str, ...]:
        """The names of the members that a table of this size gets."""
        if self.members is not None:
            return tuple(self.members)
        cells = int(np.prod(X.shape if hasattr(X, "shape") else np.asarray(X).shape))
        return tuple(name for name in MEMBERS if name != "linear" or cells <= _LINEAR_UP_TO)

    def stack(self, members: Mapping[str, Any], X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Weights and calibration over members that are fitted already, on these rows and with the same folds.

        Raises
        ------
        CallError
            The members were not fitted on the same rows and folds.
        """
        self.check_folds_and_calibration()
        x, y01 = self.learn_columns(X, y)
        weight, kept = usable_rows(sample_weight, x)
        w = None
        if weight is not None:
            w = np.zeros(len(kept))
            w[kept] = weight
        self.members_ = dict(members)
        self.fold_kind_, index, fold, held = _shared(self.members_)
        z = np.zeros(len(index))
        shares = self._shares(held, y01[index], fold, None if w is None else w[index])
        self.weights_ = dict(zip(self.members_, shares.tolist(), strict=True))
        for share, column in zip(shares, held, strict=True):
            z = z + share * column
        folds = [(np.empty(0, dtype=np.intp), index[fold == k]) for k in np.unique(fold)]
        self.calibrate(y01, w, folds, [z[fold == k] for k in np.unique(fold)])
        self.oof_fold_ = fold
        return self

    def _shares(self, held: list[Floats], y: Floats, fold: npt.NDArray[np.int64], weight: Floats | None) -> Floats:
        if not len(y):
            return np.full(len(held), 1.0 / len(held))
        if self.fold_kind_ == "dates":  # what a month did to the level tells nothing about who ranks better
            held = [z + agreed_levels(z, y, fold, weight) for z in held]
        return stack_weights(held, y, weight)

    def log_odds(self, X: Any) -> Floats:
        """Raw log-odds of the event: the weighted sum of the members', before calibration."""
        return self._weighted("log_odds", X)

    def contributions(self, X: Any) -> Floats:
        """Contribution of each column to the raw log-odds, the weighted sum of the members'; the last one is the mean.

        Rows add up to ``log_odds``.
        """
        return self._weighted("contributions", X)

    def _weighted(self, what: Literal["log_odds", "contributions"], X: Any) -> Floats:
        check_is_fitted(self)
        total: Floats | None = None
        for name, model in self.members_.items():
            if self.weights_[name] > 0 or total is None:
                own = self.weights_[name] * getattr(model, what)(X)
                total = own if total is None else total + own
        return np.asarray(total, dtype=np.float64)

    @property
    def n_trees_(self) -> int | None:
        """Trees of the boosted member, if there is one."""
        check_is_fitted(self)
        return self.members_["boosted"].n_trees_ if "boosted" in self.members_ else None

    @property
    def fallback_share_(self) -> float:
        """Share of the trees of the boosted member that are too deep for tables of contributions; 0 without one."""
        check_is_fitted(self)
        return self.members_["boosted"].fallback_share_ if "boosted" in self.members_ else 0.0

    @property
    def monotone_(self) -> list[int]:
        """Which way each column may move the risk of the boosted member; without one, none is bound here."""
        check_is_fitted(self)
        return self.members_["boosted"].monotone_ if "boosted" in self.members_ else [0] * self.n_features_in_

    def to_parts(self, prefix: str = "") -> Parts:
        """The whole fitted blend as plain data; the files of each member begin with its name."""
        check_is_fitted(self)
        parts: Parts = {
            prefix + "model.json": frame_of(self)
            | {"parameters": plain_parameters(self) | {"members": list(self.members_)}, "weights": dict(self.weights_)},
            prefix + "calibration.json": calibration_parts(self),
        }
        for name, model in self.members_.items():
            parts |= model.to_parts(f"{prefix}{name}.")
        return parts

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> Self:
        """The fitted blend that ``to_parts`` wrote; it predicts to the bit as it did, without held-out rows.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        about, calibration = part(parts, prefix + "model.json"), part(parts, prefix + "calibration.json")
        model = cls()
        try:
            model.set_params(**about["parameters"] | {"members": tuple(about["parameters"]["members"])})
            model.weights_ = {str(name): float(w) for name, w in about["weights"].items()}
            model.classes_, model.fold_kind_ = np.array(about["classes"]), str(about["fold_kind"])
            named, losses = bool(about["named"]), dict(calibration.get("log_loss", {}))
            model.prior_ = None if about["prior"] is None else float(about["prior"])
            if not model.weights_ or set(model.weights_) - set(MEMBERS):
                raise ValueError(f"members {', '.join(model.weights_) or 'none'}")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"model.json of the blend cannot be read: {error!r}") from None
        model.members_ = {n: MEMBERS[n].from_parts(parts, f"{prefix}{n}.", n_jobs=n_jobs) for n in model.weights_}
        model.columns_ = next(iter(model.members_.values())).columns_
        model.n_features_in_ = len(model.columns_.names)
        if named:
            model.feature_names_in_ = np.array(model.columns_.names, dtype=object)
        model.calibration_, model.calibration_losses_ = Calibration.from_json(calibration), losses
        model.n_jobs = n_jobs
        return model

    def _check_parameters(self) -> None:
        self.check_folds_and_calibration()
        for name in self.members or ():
            if name not in MEMBERS:
                raise CallError(f"members: there is no {name!r}.{did_you_mean(name, MEMBERS)}")
        if self.members is not None and not self.members:
            raise CallError("members is empty; a blend needs one or more.")


def _shared(
    members: Mapping[str, Any],
) -> tuple[str, npt.NDArray[np.intp], npt.NDArray[np.int64], list[Floats]]:
    """How folds were kept apart, the rows that all members held out, their fold, and each member's log-odds of them."""
    models = list(members.values())
    kinds = {m.fold_kind_ for m in models}
    index = models[0].oof_index_
    for m in models[1:]:
        index = np.intersect1d(index, m.oof_index_)
    folds = [m.oof_fold_[np.searchsorted(m.oof_index_, index)] for m in models]
    edges = [np.unique(np.column_stack([f, folds[0]]), axis=0) for f in folds]
    if len(kinds) > 1 or any(len(e) != len(np.unique(folds[0])) for e in edges):
        raise CallError("The members of a blend were fitted on other rows or folds. Fit them on the same ones.")
    held = [m.oof_log_odds_[np.searchsorted(m.oof_index_, index)] for m in models]
    return kinds.pop(), index, folds[0], held
