"""What each feature is, which way it points, and the sentences in which a client hears of it.

A feature is a name with a window, a unit, a meaning in Portuguese and English, a role, an expected direction and a
reason family; a reason family is a stable code with sentences. This is a plain table on a low floor: it knows no
ledger, computes no feature, fits no model and imports the standard library alone.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.actionable import is_movable_by_payment
from inadimplencia_ml.catalog.dictionary import data_dictionary, write_data_dictionary
from inadimplencia_ml.catalog.feature import FAMILIES, ROLES, UNITS, WINDOWS, Direction, Dtype, Feature, Lang, Role
from inadimplencia_ml.catalog.history import HISTORY, HISTORY_FAMILIES
from inadimplencia_ml.catalog.invoice import INVOICE, INVOICE_CATEGORIES
from inadimplencia_ml.catalog.lookup import BY_NAME, FEATURES, FIXED, direction_of, feature, role_of
from inadimplencia_ml.catalog.reasons import (
    CALIBRATION,
    REASONS,
    REFERENCE,
    SHORT_HISTORY,
    STATEMENTS,
    STEPS,
    is_directed,
    members,
    reason_family,
    reason_sentence,
)
from inadimplencia_ml.catalog.sentence import ReasonFamily, Sentence
from inadimplencia_ml.catalog.treatment import CONTACTS, PROMISES

__all__ = [
    "BY_NAME",
    "CALIBRATION",
    "CONTACTS",
    "FAMILIES",
    "FEATURES",
    "FIXED",
    "HISTORY",
    "HISTORY_FAMILIES",
    "INVOICE",
    "INVOICE_CATEGORIES",
    "PROMISES",
    "REASONS",
    "REFERENCE",
    "ROLES",
    "SHORT_HISTORY",
    "STATEMENTS",
    "STEPS",
    "UNITS",
    "WINDOWS",
    "Direction",
    "Dtype",
    "Feature",
    "Lang",
    "ReasonFamily",
    "Role",
    "Sentence",
    "data_dictionary",
    "direction_of",
    "feature",
    "is_directed",
    "is_movable_by_payment",
    "members",
    "reason_family",
    "reason_sentence",
    "role_of",
    "write_data_dictionary",
]
