"""What the money clock needs beside the titles: payments on those still open, and the series of rates and indices."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["MoneyFacts", "money_facts"]

_PAYMENT = ("invoice_id", "payment_date", "credited_on", "amount", "kind", "principal", "fine", "interest")


class MoneyFacts(TypedDict):
    """As the balances of `inadimplencia_ml.policy.amounts` take them; None where the books hold none."""

    payments: pd.DataFrame | None
    rates: pd.DataFrame | None


def money_facts(ledger: Ledger, as_of: dt.date | str, titles: pd.DataFrame) -> MoneyFacts:
    """The payments on ``titles`` and the series of the table macro, as known at the end of ``as_of``.

    A payment taken back is none.

    Examples
    --------
    >>> invoices = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T1"], "issue_date": ["2025-01-02"],
    ...                          "due_date": ["2025-02-03"], "amount": [1200.0]})
    >>> payments = pd.DataFrame({"invoice_id": ["T1"], "payment_date": ["2025-02-10"], "amount": [200.0]})
    >>> facts = money_facts(Ledger(invoices, payments=payments), "2025-03-31", invoices)
    >>> facts["payments"][["invoice_id", "amount"]].values.tolist()
    [['T1', 200.0]]
    """
    known = ledger.known_at(to_date(as_of, "as_of")).tables
    macro, payments = known.get("macro"), known.get("payments")
    rates = None if macro is None or not macro.num_rows else macro.select(["date", "series", "value"]).to_pandas()
    if rates is not None:  # of a date told twice, the last word
        rates = rates.drop_duplicates(["date", "series"], keep="last").dropna(subset=["value"])
    if payments is None or "invoice_id" not in payments.column_names or not len(titles):
        return {"payments": None, "rates": rates}
    ids = pa.array(titles["invoice_id"], from_pandas=True)
    mine = pc.is_in(payments["invoice_id"], value_set=ids.cast(payments["invoice_id"].type))
    if "reversed_on" in payments.column_names:
        mine = pc.and_(mine, pc.is_null(payments["reversed_on"]))
    kept = payments.select([name for name in _PAYMENT if name in payments.column_names]).filter(mine)
    return {"payments": kept.to_pandas() if kept.num_rows else None, "rates": rates}
