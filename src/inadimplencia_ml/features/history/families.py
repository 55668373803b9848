"""Which families beyond the fixed list may be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["Families", "wanted_families"]

Families = Sequence[str] | Literal["all"]


def wanted_families(families: Families) -> tuple[str, ...]:
    """The names asked for, each once, in the order of the catalogue.

    Raises
    ------
    CallError
        There is no such family.
    """
    if families == "all":
        return tuple(HISTORY_FAMILIES)
    if isinstance(families, str):
        raise CallError(
            f"families: expected 'all' or a list of names, got {families!r}. Write families=[{families!r}]."
        )
    for name in families:
        if name not in HISTORY_FAMILIES:
            raise CallError(f"families: there is no family {name!r}.{did_you_mean(name, HISTORY_FAMILIES)}")
    return tuple(name for name in HISTORY_FAMILIES if name in families)
