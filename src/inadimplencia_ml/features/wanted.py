"""Which features a model reads beyond the fixed list: families of the catalogue and features of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from inadimplencia_ml.catalog import ROLES, Feature, Role, role_of
from inadimplencia_ml.catalog.forbidden import is_said
from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.custom.columns import Custom, custom_feature
from inadimplencia_ml.features.custom.stored import custom_from_json, custom_to_json
from inadimplencia_ml.features.history.families import wanted_families
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["Wanted", "refuse_by_role"]


@dataclass(frozen=True)
class Wanted:
    """What `build_features` is asked for, so that a model that is read asks for the same.

    Attributes
    ----------
    families : tuple of str
        Names of ``inadimplencia_ml.catalog.HISTORY_FAMILIES``.
    custom : tuple of Aggregate, PythonFeature or SqlFeature
    """

    families: tuple[str, ...] = ()
    custom: tuple[Custom, ...] = ()

    def build(self, ledger: Ledger, snapshots: Any) -> pd.DataFrame:
        """The features of each snapshot."""
        return build_features(ledger, snapshots, families=self.families, custom=self.custom)

    def features(self) -> dict[str, Feature]:
        """What the catalogue would say of the custom features, by name."""
        return {one.name: custom_feature(one) for one in self.custom}

    def to_json(self) -> dict[str, Any]:
        """As plain data: code by name and digest alone."""
        return {"families": list(self.families), "custom": custom_to_json(self.custom)}

    @classmethod
    def from_json(cls, stored: Any, given: Sequence[Custom] = ()) -> Self:
        """What ``to_json`` told, with the code that the caller hands in.

        Raises
        ------
        BundleError
            It is not of its form, names a family that this version has not, or code is missing or another.
        """
        if not isinstance(stored, Mapping):
            raise BundleError(f"features of the model: expected names and definitions, got {type(stored).__name__}")
        try:
            families = wanted_families([str(name) for name in stored.get("families", ())])
        except (CallError, TypeError) as error:
            raise BundleError(f"the model cannot be used by this version: {error}") from error
        return cls(families, custom_from_json(stored.get("custom", []), given))


def refuse_by_role(columns: Iterable[str], own: Mapping[str, Role], settings: Mapping[str, Any]) -> None:
    """Made or read, a model reads risk alone, and treatment if its manifest says that it does.

    Raises
    ------
    BundleError
        A column has a role that no model, or not this one, may read.
    """
    training = settings.get("training")
    treatment = isinstance(training, Mapping) and training.get("treatment") is True
    said = training.get("not_forbidden") if isinstance(training, Mapping) else None
    stated = said if isinstance(said, Mapping) else {}
    for name in columns:
        role = own[name] if name in own else role_of(name)
        if role in ("protected", "rights") and (name in own or not is_said(name, stated)):
            raise BundleError(f"the model reads {name!r}, of role {role}: {ROLES[role][1]}. Train it again without.")
        if role == "treatment" and not treatment:
            raise BundleError(
                f"the model reads {name!r}, of role treatment: {ROLES[role][1]}. Its manifest does not say that it "
                "does: train it again without, or with the setting treatment."
            )
