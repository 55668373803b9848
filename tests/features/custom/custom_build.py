"""Features of one's own for a table of snapshots, with nothing beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from inadimplencia_ml import Ledger
from inadimplencia_ml.features.custom.columns import Custom, custom_frames
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.snapshots import read_snapshots


def columns(ledger: Ledger, snapshots: Any, custom: Sequence[Custom], n_jobs: int = 1) -> pd.DataFrame:
    """The columns of ``custom`` alone."""
    looks = read_snapshots(snapshots, ledger)
    return pd.concat(custom_frames(ledger, looks, Looked.of(ledger.books, looks), custom, n_jobs), axis=1)


def build_with(custom: Sequence[Custom]) -> Callable[[Ledger, Any], pd.DataFrame]:
    """A build for `audit_leaks`."""

    def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
        keys = read_snapshots(snapshots, ledger).keys
        return pd.concat([keys, columns(ledger, snapshots, custom)], axis=1)

    return build
