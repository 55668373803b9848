"""One fitted event: probability, interval and reasons for a table of features; the same as plain parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.catalog import Feature, Lang
from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.risk.frozen_columns import encoded_once
from inadimplencia_ml.risk.interval import RateInterval, fit_interval
from inadimplencia_ml.risk.kinds import RiskModel, model_from_parts
from inadimplencia_ml.risk.model_parts import Parts, of_its_form
from inadimplencia_ml.risk.one_row import OneRow
from inadimplencia_ml.risk.reasons import REASON_COLUMNS, Breakdown, Reasons, fit_reasons, shap_explanation
from inadimplencia_ml.risk.wrapped.classifier import WrappedClassifier

__all__ = ["COLD_START_INVOICES", "SCORER_OF", "Scored", "Scorer"]

Floats = npt.NDArray[np.float64]

SCORER_OF = {"scoreable": "event", "already_bad": "not_cured"}
"""Which scorer of a model speaks of a client in a state; none of the others."""
COLD_START_INVOICES = 2
"""A client with no more matured invoices than this is a cold start."""


class Scored(NamedTuple):
    """One entry a row: the probability, its 95 % interval, and the codes of up to four reasons, None if fewer."""

    probability: Floats
    low: Floats
    high: Floats
    reasons: npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Scorer:
    """A fitted event.

    Attributes
    ----------
    target : str
        Name of the event whose probability it gives.
    classifier : RiskClassifier, ScorecardClassifier, Blend or WrappedClassifier
    interval : RateInterval
        The event rate among clients with a score.
    reasons : Reasons, optional
        The frozen reference; None where nobody can say exactly what each column adds.
    """

    target: str
    classifier: RiskModel
    interval: RateInterval
    reasons: Reasons | None

    @classmethod
    def fit(
        cls,
        target: str,
        classifier: RiskModel,
        X: pd.DataFrame,
        y: Any,
        *,
        dates: Any,
        clients: Any,
        seed: int,
        own: Mapping[str, Feature] | None = None,
    ) -> Self:
        """Fits the classifier, and on its held-out predictions the interval; freezes the reference of the reasons.

        ``own`` says of columns that the catalogue does not list what it would say.
        """
        classifier.fit(X, y, dates=dates, groups=clients)
        return cls.of(target, classifier, X, y, dates=dates, clients=clients, seed=seed, own=own)

    @classmethod
    def of(
        cls,
        target: str,
        model: RiskModel,
        X: pd.DataFrame,
        y: Any,
        *,
        dates: Any,
        clients: Any,
        seed: int,
        own: Mapping[str, Feature] | None = None,
    ) -> Self:
        """As ``fit``, of a classifier that was fitted on these rows."""
        held = model.oof_index_
        interval = fit_interval(
            model.oof_probability_,
            *(np.asarray(one)[held] for one in (y, clients, dates)),
            random_state=seed,
        )
        families = {name: one.reason for name, one in (own or {}).items()}
        directions = {name: one.direction for name, one in (own or {}).items()}
        if isinstance(model, WrappedClassifier) and not model.explains:
            return cls(target, model, interval, None)
        reasons = fit_reasons(model, X, y, families=families, directions=directions, random_state=seed)
        return cls(target, model, interval, reasons)

    @cached_property
    def columns(self) -> list[str]:
        """The features it reads, in order."""
        return [str(name) for name in self.classifier.feature_names_in_]

    def score(self, features: pd.DataFrame | OneRow) -> Scored:
        """Probability, interval and reasons of each row.

        Raises
        ------
        BundleError
            A feature that the model reads is not in the table; names the near one.
        """
        x = self._own(features)
        with encoded_once(x):
            return self._scored(x)

    def prepare(self) -> None:
        """Makes what is made once for all rows, such as the tables of reasons, so that no row has to wait for it."""
        if not isinstance(self.classifier, WrappedClassifier):
            self.score(OneRow(dict.fromkeys(self.columns, float("nan"))))

    def _scored(self, x: pd.DataFrame | OneRow) -> Scored:
        log_odds = self.classifier.log_odds(x)
        probability = self.classifier.calibration_.probability(log_odds)
        low, high = self.interval.around(probability)
        if self.reasons is None:
            return Scored(probability, low, high, np.full((len(x), len(REASON_COLUMNS)), None, object))
        return Scored(probability, low, high, self.reasons.loudest(self.classifier, x, log_odds))

    def spoken(self, features: pd.DataFrame) -> pd.DataFrame | None:
        """By reason family, the points of those that speak against (below 0) or for (above 0) each row; 0 elsewhere.

        Points against the reference, before calibration. A family speaks only where a member value bears it out. None
        where the model has no reasons.
        """
        told = self.breakdown(features)
        if told is None:
            return None
        return pd.DataFrame(np.where(told.sides != 0, told.families, 0.0), columns=list(told.codes))

    def breakdown(self, features: pd.DataFrame) -> Breakdown | None:
        """The points of each row: where it starts, every family, the calibration; they add up to ``score_raw``.

        None where the model has no reasons.
        """
        if self.reasons is None:
            return None
        spoken = self.reasons.spoken(self.classifier, self._own(features))
        return Breakdown.of(self.reasons.codes, self.reasons.mean_log_odds, spoken, self.classifier.calibration_)

    def shap_explanation(
        self, features: pd.DataFrame, *, by: Literal["feature", "family"] = "feature", lang: Lang = "pt"
    ) -> Any:
        """Contributions as a ``shap.Explanation``: see `risk.reasons.shap_values.shap_explanation`.

        Raises
        ------
        MissingExtraError
            shap is not installed.
        CallError
            The model was brought from outside, and what each column adds is not known exactly.
        """
        if self.reasons is None:
            raise CallError("shap_explanation: what each column adds to this model from outside is not known exactly.")
        return shap_explanation(self.classifier, self._own(features), by=by, reasons=self.reasons, lang=lang)

    def _own(self, features: pd.DataFrame | OneRow) -> Any:
        missing = [name for name in self.columns if name not in features.columns]
        if missing:
            raise BundleError(
                f"the model reads the feature {missing[0]!r}, which these features have not"
                f" ({len(missing)} are missing).{did_you_mean(missing[0], features.columns)}"
                " It was trained on other tables of the ledger."
            )
        if not isinstance(features, OneRow):
            return features[self.columns]
        foreign = isinstance(self.classifier, WrappedClassifier)  # who reads tables of pandas alone
        return features.frame(self.columns) if foreign else features

    def to_parts(self) -> Parts:
        """The whole scorer as plain data, by file name."""
        about = {"target": self.target}
        parts = self.classifier.to_parts() | {"scorer.json": about, "interval.json": self.interval.to_json()}
        return parts if self.reasons is None else parts | {"reasons.json": self.reasons.to_json()}

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], handed: Any = None) -> Self:
        """The scorer that ``to_parts`` wrote; it scores to the bit as it did.

        ``handed``: the wrapped model itself, where the parts cannot hold it.

        Raises
        ------
        BundleError
            A part is missing or not of its form.
        """
        try:
            about, interval = parts["scorer.json"], parts["interval.json"]
            target = str(about["target"])
        except (KeyError, TypeError) as error:
            raise BundleError(f"a part of the model is missing: {error}") from None
        with of_its_form("a part"):
            return cls._of_parts(parts, target, interval, handed)

    @classmethod
    def _of_parts(cls, parts: Mapping[str, Any], target: str, interval: Any, handed: Any) -> Self:
        model = model_from_parts(parts, handed=handed)
        silent = isinstance(model, WrappedClassifier) and not model.explains
        if not silent and "reasons.json" not in parts:
            raise BundleError("a part of the model is missing: 'reasons.json'")
        reasons = None if silent else Reasons.from_json(parts["reasons.json"])
        return cls(target, model, RateInterval.from_json(interval), reasons)
