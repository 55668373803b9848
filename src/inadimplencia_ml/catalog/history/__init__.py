"""The families of features beyond the fixed list, each file one family, in the order of their columns."""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature
from inadimplencia_ml.catalog.history.contracts import CONTRACTS
from inadimplencia_ml.catalog.history.cures import CURES
from inadimplencia_ml.catalog.history.groups import GROUPS
from inadimplencia_ml.catalog.history.latest import LATEST
from inadimplencia_ml.catalog.history.limit import LIMIT
from inadimplencia_ml.catalog.history.macro import MACRO
from inadimplencia_ml.catalog.history.methods import METHODS
from inadimplencia_ml.catalog.history.months import MONTHS
from inadimplencia_ml.catalog.history.order import ORDER
from inadimplencia_ml.catalog.history.outreach import OUTREACH
from inadimplencia_ml.catalog.history.past import PAST
from inadimplencia_ml.catalog.history.postponed import POSTPONED
from inadimplencia_ml.catalog.history.rhythm import RHYTHM
from inadimplencia_ml.catalog.history.shock import SHOCK
from inadimplencia_ml.catalog.history.spread import SPREAD

__all__ = ["HISTORY", "HISTORY_FAMILIES"]

#: By the name under which they are asked for: the families beyond the fixed list. Those of ``macro`` are made when
#: asked for, by series.
HISTORY_FAMILIES: dict[str, tuple[Feature, ...]] = {
    "spread": SPREAD,
    "latest": LATEST,
    "shock": SHOCK,
    "cures": CURES,
    "postponed": POSTPONED,
    "rhythm": RHYTHM,
    "contracts": CONTRACTS,
    "order": ORDER,
    "months": MONTHS,
    "limit": LIMIT,
    "methods": METHODS,
    "outreach": OUTREACH,
    "groups": GROUPS,
    "macro": MACRO,
    "past": PAST,
}

HISTORY: tuple[Feature, ...] = tuple(f for family in HISTORY_FAMILIES.values() for f in family)
