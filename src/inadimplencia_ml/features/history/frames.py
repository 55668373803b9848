"""The columns of the families beyond the fixed list for a call, and what each needs of a ledger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.features.history import groups, limit, methods, months, outreach
from inadimplencia_ml.features.history.macro import macro_features
from inadimplencia_ml.features.history.past import NAMES as PAST
from inadimplencia_ml.features.history.past import past_features
from inadimplencia_ml.features.history.walk import WALKED, walk
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks

__all__ = ["history_frames"]

_NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    "contracts": (("invoices", "contract_id"),),
    "limit": (("clients", "credit_limit"),),
    "methods": (("payments", "invoice_id"), ("invoices", "kind")),
    "outreach": (("contacts", "client_id"), ("agreements", "client_id")),
    "groups": (("links", "group_id"),),
    "macro": (("macro", "series"),),
}
"""Table and column of which one must be there; a family without them has no columns."""

_OTHERS = {
    "months": (months.NAMES, months.month_features),
    "limit": (limit.NAMES, limit.limit_features),
    "methods": (methods.NAMES, methods.method_features),
    "outreach": (outreach.NAMES, outreach.outreach_features),
    "groups": (groups.NAMES, groups.group_features),
}
"""Families with a pass of their own."""


def history_frames(
    ledger: Ledger, looks: Looks, looked: Looked, names: Sequence[str], n_jobs: int, last_day: int | None = None
) -> list[pd.DataFrame]:
    """The columns of the families ``names``, one row a snapshot."""
    there = [name for name in names if _has(ledger, name)]
    walked = [name for name in WALKED if name in there]
    blocks = [_frame(looked, walk(ledger, looked, walked, n_jobs), [c for name in walked for c in WALKED[name]])]
    for name, (columns, compute) in _OTHERS.items():
        if name in there:
            blocks.append(_frame(looked, compute(ledger, looked, n_jobs), columns))
    if "macro" in there:
        series = macro_features(ledger, looked, last_day)
        empty = np.empty((0, len(looked.snaps.day)))
        blocks.append(_frame(looked, np.stack(list(series.values())) if series else empty, list(series)))
    if "past" in there and looks.invoice is not None:
        blocks.append(pd.DataFrame(past_features(ledger, looks).T, columns=list(PAST), copy=False))
    return blocks


def _frame(looked: Looked, out: npt.NDArray[np.float64], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(looked.expand(out).T, columns=list(columns), copy=False)


def _has(ledger: Ledger, family: str) -> bool:
    tables = ledger.tables
    needs = _NEEDS.get(family)
    return needs is None or any(t in tables and c in tables[t].column_names for t, c in needs)
