"""The state of each snapshot, seen from a target: whether there is a probability to tell, and of what."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.exposure import client_exposure, invoice_exposure
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import Looks
from inadimplencia_ml.target import Target

__all__ = ["states"]


def states(ledger: Ledger, looks: Looks, target: Target) -> npt.NDArray[Any]:
    """scoreable, already_bad, no_exposure or inactive, from what is known at each snapshot."""
    if target.level == "invoice":
        if looks.invoice is None:
            raise CallError("score: the model is of level invoice; the snapshots need the column invoice_id")
        where = invoice_exposure(ledger.books, looks.client, looks.invoice, looks.day, target)
    else:
        if looks.at_issue.any():
            raise CallError("score: the model is of level client; snapshots of view at_issue are an invoice's")
        where = client_exposure(ledger.books, looks.client, looks.day, target)
    exposed = where.exposed | ((target.exposure == "open_or_new") & (where.open_now | where.recent))
    state = np.where(exposed, "scoreable", "no_exposure").astype(object)
    if target.level == "client":
        state[~where.open_now & ~where.recent] = "inactive"
    state[where.already_bad] = "already_bad"
    return state
