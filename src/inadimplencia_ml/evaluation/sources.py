"""What a model loses when a table of the ledger falls silent: each one is emptied and the rows scored again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import InadimplenciaError
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.risk.metrics import auc
from inadimplencia_ml.risk.scale import score_raw

__all__ = ["loss_of_sources", "optional_tables"]

Floats = npt.NDArray[np.float64]


def optional_tables(ledger: Ledger) -> list[str]:
    """The tables that hold something, but for the invoices."""
    return sorted(name for name, table in ledger.all_tables().items() if name != "invoices" and table.num_rows)


def loss_of_sources(
    ledger: Ledger,
    probability: Callable[[Ledger], Floats],
    event: npt.NDArray[Any],
    *,
    progress: Callable[[str], None] = lambda step: None,
) -> pd.DataFrame:
    """Scores the same rows without each optional table.

    Parameters
    ----------
    ledger : Ledger
    probability : callable
        The probabilities of the rows, from a ledger that may lack facts.
    event : array
        1 bad, 0 good, NaN where it is not known: such rows count for the change of score alone.

    Returns
    -------
    DataFrame
        source, rows, auc_with, auc_without, auc_loss, score_change (mean of the absolute difference in points). NaN
        where the model cannot score without it.
    """
    before, known = probability(ledger), np.isfinite(event)
    height = auc(event[known], before[known]) if known.any() else float("nan")
    lines: list[tuple[Any, ...]] = []
    for name in optional_tables(ledger):
        progress(f"without {name}")
        tables = ledger.all_tables()
        try:
            after = probability(ledger.of_tables(tables | {name: tables[name].slice(0, 0)}))
        except InadimplenciaError:
            lines.append((name, len(before), height, *[float("nan")] * 3))
            continue
        left = auc(event[known], after[known]) if known.any() else float("nan")
        change = np.abs(score_raw(after) - score_raw(before)).mean() if len(before) else float("nan")
        lines.append((name, len(before), height, left, height - left, float(change)))
    columns = ["source", "rows", "auc_with", "auc_without", "auc_loss", "score_change"]
    return pd.DataFrame(lines, columns=columns)
