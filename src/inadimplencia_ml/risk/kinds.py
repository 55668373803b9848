"""Which classes a risk model can be: the candidates of a training, and what a bundle may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from inadimplencia_ml.errors import BundleError, did_you_mean
from inadimplencia_ml.risk.blend import Blend
from inadimplencia_ml.risk.classifier import RiskClassifier
from inadimplencia_ml.risk.scorecard.classifier import ScorecardClassifier
from inadimplencia_ml.risk.wrapped.classifier import WrappedClassifier

__all__ = ["CANDIDATES", "RiskModel", "candidate_of", "model_from_parts"]

RiskModel: TypeAlias = RiskClassifier | ScorecardClassifier | Blend | WrappedClassifier

#: The classes by the name of the candidate, the simpler one first.
CANDIDATES: dict[str, type[RiskClassifier] | type[ScorecardClassifier] | type[Blend]] = {
    "scorecard": ScorecardClassifier,
    "boosted": RiskClassifier,
    "blend": Blend,
}

_NAMED: dict[str, Any] = {**CANDIDATES, "wrapped": WrappedClassifier}
_KINDS: dict[str, Any] = {one.__name__: one for one in _NAMED.values()}


def candidate_of(model: RiskModel) -> str:
    """The name under which a model stands as a candidate; ``wrapped`` is none, but a name like theirs."""
    return next(name for name, kind in _NAMED.items() if type(model) is kind)


def model_from_parts(
    parts: Mapping[str, Any], prefix: str = "", *, n_jobs: int | None = None, handed: Any = None
) -> RiskModel:
    """The fitted model of the parts, of the class that ``model.json`` names; the table above holds all there are.

    ``handed``: the wrapped model itself, where the parts cannot hold it.

    Raises
    ------
    BundleError
        A part is missing or not of its form, the kind is unknown, or a model is handed in that is not asked for.
    """
    about = parts.get(prefix + "model.json")
    if not isinstance(about, Mapping):
        raise BundleError(f"The model has no part {prefix}model.json.")
    kind = about.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BundleError(f"The model is of the unknown kind {kind!r}.{did_you_mean(str(kind), _KINDS)}")
    if _KINDS[kind] is WrappedClassifier:
        return WrappedClassifier.from_parts(parts, prefix, n_jobs=n_jobs, handed=handed)
    if handed is not None:
        raise BundleError("model: this bundle holds its model itself. Leave it out.")
    made: RiskModel = _KINDS[kind].from_parts(parts, prefix, n_jobs=n_jobs)
    return made
