"""Shares and means of what may be nothing."""

from __future__ import annotations

import numpy as np

from inadimplencia_ml.compiled import Int, inlined

__all__ = ["divide"]


@inlined
def divide(a: Int, b: Int) -> float:
    """``a / b``, NaN where b is 0."""
    return a / b if b != 0 else np.nan
