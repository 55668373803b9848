"""Every table that passes between rooms: its columns, their kinds and units.

The ledger's tables come first (what a company brings), then the tables that we write. A kind says how a column is read
and kept: ids stay as given (text or integer), dates are calendar dates, amounts have two decimals, a share lies in 0 to
1, texts are a list of text.
The sections of `docs/data_contract.md` explain each table in words; this module is the contract that the code checks.
"""

from inadimplencia_ml.tables.column import Column, Kind, Table
from inadimplencia_ml.tables.of_ledger import (
    AGREEMENTS,
    ATTRIBUTES,
    CLIENTS,
    CONTACTS,
    ESCALATIONS,
    INVOICES,
    LEDGER_TABLES,
    LINKS,
    MACRO,
    PAYMENTS,
    SNAPSHOTS,
)
from inadimplencia_ml.tables.of_policy import (
    CASES,
    DECISION_ITEMS,
    DECISIONS,
    DUTIES,
    FURTHER,
    REACH,
    RECORDS,
    SCORES,
    SEGMENT_BASES,
    TITLES,
)
from inadimplencia_ml.tables.of_rights import ERASURES, REVIEWS

__all__ = [
    "AGREEMENTS",
    "ATTRIBUTES",
    "CASES",
    "CLIENTS",
    "CONTACTS",
    "DECISIONS",
    "DECISION_ITEMS",
    "DUTIES",
    "ERASURES",
    "ESCALATIONS",
    "FURTHER",
    "INVOICES",
    "LEDGER_TABLES",
    "LINKS",
    "MACRO",
    "PAYMENTS",
    "REACH",
    "RECORDS",
    "REVIEWS",
    "SCORES",
    "SEGMENT_BASES",
    "SNAPSHOTS",
    "TITLES",
    "Column",
    "Kind",
    "Table",
]
