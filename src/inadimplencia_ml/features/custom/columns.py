"""The columns of features of one's own, and what the catalogue says of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import Feature
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.custom.coded import PythonFeature, SqlFeature, coded_features
from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.features.custom.meanings import meaning_of
from inadimplencia_ml.features.custom.names import check_names
from inadimplencia_ml.features.custom.one_pass import declared_features
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["Custom", "check_custom", "custom_feature", "custom_frames"]

Custom = Aggregate | PythonFeature | SqlFeature


def check_custom(custom: Sequence[Custom], ledger: Ledger) -> None:
    """Refuses what is no definition, and names given twice or taken.

    Raises
    ------
    CallError
        Says which.
    """
    if isinstance(custom, Custom | str) or not isinstance(custom, Sequence):
        raise CallError(f"custom: expected a list of definitions, got a {type(custom).__name__}")
    for one in custom:
        if not isinstance(one, Custom):
            raise CallError(
                f"custom: expected Aggregate, PythonFeature or SqlFeature, got a {type(one).__name__}. "
                "read_custom gives the ones of a YAML file."
            )
    check_names([one.name for one in custom], ledger)


def custom_frames(
    ledger: Ledger, looks: Looks, looked: Looked, custom: Sequence[Custom], n_jobs: int
) -> list[pd.DataFrame]:
    """The columns of ``custom``, float64, one row a snapshot, in the order given; an empty list without any.

    Raises
    ------
    CallError
        A name is taken, a column that is read is not there, or code fails or gives no number a client.
    """
    check_custom(custom, ledger)
    if not custom:
        return []
    declared = [one for one in custom if isinstance(one, Aggregate)]
    coded = [one for one in custom if not isinstance(one, Aggregate)]
    out = np.empty((len(custom), len(looks.day)))
    at = {one.name: row for row, one in enumerate(custom)}
    if declared:
        out[[at[one.name] for one in declared]] = looked.expand(declared_features(ledger, looked, declared, n_jobs))
    if coded:
        out[[at[one.name] for one in coded]] = coded_features(ledger, looks, coded)
    return [pd.DataFrame(out.T, columns=list(at), copy=False)]


def custom_feature(definition: Custom) -> Feature:
    """What the catalogue says of a feature of one's own: unit, role, direction and reason as defined.

    Examples
    --------
    >>> late = Aggregate(name="late_5_count_60d", aggregation="count", window=60, filter={"days_late": {"ge": 5}})
    >>> custom_feature(late).reason, custom_feature(late).unit, custom_feature(late).window
    ('R02', 'count', '60d')
    """
    if isinstance(definition, Aggregate):
        window = "all" if definition.window == "all" else f"{definition.window}d"
        unit, reason = definition.counted_in, definition.reason_code
    else:
        window, unit, reason = "now", definition.unit or "value", definition.reason or "R12"
    return Feature(
        name=definition.name,
        family="custom",
        window=window,
        unit=unit,
        meaning_pt=definition.meaning_pt or meaning_of(definition, "pt"),
        meaning_en=definition.meaning_en or meaning_of(definition, "en"),
        role=definition.role,
        direction=definition.direction,
        reason=reason,
    )
