"""Which features a client can still move, by paying. Nobody changes for how long, or what, they bought before.

A counterfactual acts on facts, never on a feature: it imagines payments and lets every feature follow. What this file
says of a feature is therefore a promise that the tests hold, and what an explanation may hold out to a client.
"""

from __future__ import annotations

from inadimplencia_ml.catalog.feature import Feature
from inadimplencia_ml.catalog.lookup import feature

__all__ = ["is_movable_by_payment"]

_FIXED_FAMILIES = frozenset("due issued contact invoice batch macro client attributes".split())
"""Due dates, purchases, contacts, the client's record: a payment leaves them as they are."""

_AGES = frozenset(("days_since_issue", "tenure_days"))

_OF_PAYMENTS = ("open_", "dpd_", "days_late_", "payment_gap_", "paid_")
"""Beginnings of names that tell of payments all the same, in the families of rhythm and of postponed titles."""


def is_movable_by_payment(one: str | Feature) -> bool:
    """Whether paying what is open, or paying on time from now on, can change a feature.

    Raises
    ------
    CallError
        There is no feature of this name.

    Examples
    --------
    >>> is_movable_by_payment("overdue_amount"), is_movable_by_payment("tenure_days")
    (True, False)
    """
    told = feature(one) if isinstance(one, str) else one
    if told.role != "risk" or told.name in _AGES:
        return False
    if told.family in ("rhythm", "postponed"):
        return told.name.startswith(_OF_PAYMENTS)
    return told.family not in _FIXED_FAMILIES
