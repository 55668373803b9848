"""Which classes a risk model can be: the candidates of a training, and what a bundle may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from inadimplencia_ml.errors import BundleError, did_you_mean
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier

__all__ = ["CANDIDATES", "RiskModel", "candidate_of", "model_from_parts"]

RiskModel: TypeAlias = RiskClassifier | ScorecardClassifier | Blend

#: The classes by the name of the candidate, the simpler one first.
CANDIDATES: dict[str, type[RiskClassifier] | type[ScorecardClassifier] | type[Blend]] = {
    "scorecard": ScorecardClassifier,
    "boosted": RiskClassifier,
    "blend": Blend,
}

_KINDS = {one.__name__: one for one in CANDIDATES.values()}


def candidate_of(model: RiskModel) -> str:
    """The name under which a model stands as a candidate."""
    return next(name for name, kind in CANDIDATES.items() if type(model) is kind)


def model_from_parts(parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None) -> RiskModel:
    """The fitted model of the parts, of the class that ``model.json`` names; the table above holds all there are.

    Raises
    ------
    BundleError
        A part is missing or not of its form, or the kind is unknown.
    """
    about = parts.get(prefix + "model.json")
    if not isinstance(about, Mapping):
        raise BundleError(f"The model has no part {prefix}model.json.")
    kind = about.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BundleError(f"The model is of the unknown kind {kind!r}.{did_you_mean(str(kind), _KINDS)}")
    return _KINDS[kind].from_parts(parts, prefix, n_jobs=n_jobs)
