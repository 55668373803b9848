"""The series of the table macro: their features are made when asked for, by the name of the series.

No direction is safe here: what is bad for one trade is good for another: 0.
"""

from __future__ import annotations

import re

from inadimplencia_ml.catalog.feature import Feature

__all__ = ["MACRO", "macro_feature"]

#: None with a fixed name.
MACRO: tuple[Feature, ...] = ()

_CHANGE = re.compile(r"macro_(.+)_change_(90|365)d")


def macro_feature(name: str) -> Feature:
    """The feature ``macro_<series>``, or of its change in 90 or 365 days.

    Examples
    --------
    >>> macro_feature("macro_selic_change_90d").window
    '90d'
    """
    change = _CHANGE.fullmatch(name)
    if change is None:
        series, window = name.removeprefix("macro_"), "latest"
        pt = f"Valor da série {series} na data mais recente conhecida em t. NaN se não houver nenhum."
        en = f"Value of the series {series} at the latest date known at t. NaN if there is none."
    else:
        series, window = change[1], f"{change[2]}d"
        since = f"t − {change[2]} d"
        pt = f"Valor da série {series} conhecido em t menos o conhecido em {since}. NaN se faltar um dos lados."
        en = f"Value of the series {series} known at t less the one known at {since}. NaN if either side is missing."
    return Feature(name, "macro", window, "value", pt, en, "risk", 0, "R12")
