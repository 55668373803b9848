"""What comes into a fit beside the features: weights, clients, and which way each column may move the risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import _check_sample_weight

from inadimplencia_ml.catalog import direction_of
from inadimplencia_ml.errors import CallError, did_you_mean

__all__ = ["as_clients", "monotone_directions", "usable_rows"]

Floats = npt.NDArray[np.float64]


def usable_rows(sample_weight: Any, x: Floats) -> tuple[Floats | None, npt.NDArray[np.bool_]]:
    """Weights of mean 1 (the regularisation counts in rows) of the rows that have one, and which rows these are."""
    if sample_weight is None:
        return None, np.ones(len(x), dtype=bool)
    if not np.asarray(sample_weight).any():
        raise CallError("All sample weights are zero, so no class is left to fit on.")
    weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    kept = weight > 0
    return weight[kept] / weight[kept].mean(), kept


def as_clients(groups: Any, rows: int) -> npt.NDArray[Any]:
    clients = np.asarray(groups)
    if clients.shape != (rows,):
        raise CallError(f"groups has the shape {clients.shape}, and there are {rows} rows. Expected one client a row.")
    return clients


def monotone_directions(
    monotone: Any, names: Sequence[str] | None, count: int, categorical: Sequence[int]
) -> list[int]:
    """The direction of each column: of the catalogue, of a mapping, or none; a category has none.

    Raises
    ------
    CallError
        The mapping names a column that is not there, or a direction that is none.
    """
    if monotone is None or (monotone == "catalog" and names is None):
        return [0] * count
    known = names or ()
    if monotone == "catalog":
        wish = {n: direction_of(n) for n in known}
    elif isinstance(monotone, Mapping):
        wish = {str(n): int(d) for n, d in monotone.items()}
    else:
        raise CallError(f"monotone is {monotone!r}; expected 'catalog', a mapping of column names, or None.")
    for name, direction in wish.items():
        if name not in known:
            raise CallError(f"monotone names the column {name!r}, which X has not.{did_you_mean(name, known)}")
        if direction not in (-1, 0, 1):
            raise CallError(f"monotone gives {name!r} the direction {direction}; expected -1, 0 or 1.")
    free = set(categorical)
    return [0 if i in free else wish.get(n, 0) for i, n in enumerate(known)]
