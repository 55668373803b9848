"""How long a payment takes to reach the books: what is told of the last days before a cut is not complete."""

from __future__ import annotations

import datetime as dt

import numpy as np

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["booking_lag_days"]

_LAG_SHARE = 95  # centile of the booking delay that a window waits for


def booking_lag_days(ledger: Ledger, until: dt.date) -> int:
    """Days a payment takes to be booked: the 95th centile of known_on - payment_date in the year before ``until``."""
    table = ledger.tables.get("payments")
    if table is None or "known_on" not in table.column_names:
        return 0
    paid, known = date_codes(table, "payment_date"), date_codes(table, "known_on")
    day = day_number(until)
    recent = (known != NONE) & (known <= day) & (paid > day - 365) & (paid <= day)
    if not recent.any():
        return 0
    delay = np.maximum(known[recent] - paid[recent], 0)
    return int(np.percentile(delay, _LAG_SHARE, method="higher"))
