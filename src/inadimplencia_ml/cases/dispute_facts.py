"""Disputes that came to nothing: the title stayed as it was, and is owed as before.

To dispute a charge is a right. An open dispute stops the title, and one that led to a cancellation or to a credit was
well founded; neither is counted here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.cases.latest import latest
from inadimplencia_ml.cases.payment_facts import receipts_of
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE

__all__ = ["disputes"]


def disputes(invoices: pa.Table, books: Books, states: TitleStates) -> dict[str, Any]:
    """By client, the titles whose dispute ended within a year without any change; NaN where no dispute is ever told."""
    n, t = len(books.client_ids), states.t
    if not {"disputed_from", "disputed_to"} <= set(invoices.column_names):
        return {"disputes_unfounded_365d": np.full(n, np.nan)}
    told = pc.or_(pc.is_valid(invoices["disputed_from"]), pc.is_valid(invoices["disputed_to"]))
    rows = invoices.filter(told)  # few, and a null keeps the older value
    owner = books.invoice_numbers(rows["invoice_id"])
    known = pa.table(latest(rows, owner, len(books.invoice_ids), ("disputed_from", "disputed_to")))
    begun, ended = date_codes(known, "disputed_from"), date_codes(known, "disputed_to")
    over = (begun != NONE) & (ended >= begun) & (ended < t) & (ended >= t - YEAR)
    at = np.flatnonzero(over[books.versions.invoice] & (states.status != INVISIBLE))
    seen = receipts_of(books, t, at)
    credited = ~seen.is_payment & (seen.date >= begun[books.versions.invoice[at]][seen.title])
    founded = np.bincount(seen.title[credited], minlength=len(at)) > 0
    return {"disputes_unfounded_365d": np.bincount(states.owner[at[~founded]], minlength=n)}
