"""Dated entries read on one day: what must have a value, what may be off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.sections import Dated

__all__ = ["OnDay"]

T = TypeVar("T")


@dataclass(frozen=True)
class OnDay:
    """Reads the entries of a policy on ``day``; ``policy`` names it in messages.

    Examples
    --------
    >>> entry = Dated[int](sentence="Dias.", unit="days", source=("house choice",), values={dt.date(2025, 1, 1): 3})
    >>> OnDay("mine/1", dt.date(2025, 6, 30)).must("timing.lead_days", entry)
    3
    """

    policy: str
    day: dt.date

    def must(self, place: str, entry: Dated[T]) -> T:
        """The value in force. PolicyError names the place where there is none."""
        value = entry.at(self.day)
        if value is None:
            first = min(entry.values)
            why = "is off" if first <= self.day else f"begins {first}"
            raise PolicyError(f"policy {self.policy}: {place} has no value on {self.day}; it {why}.")
        return value

    def all_of(self, place: str, entries: Mapping[Any, Dated[T]]) -> dict[Any, T]:
        """The values in force of entries that must all have one."""
        return {name: self.must(f"{place}.{name}", entry) for name, entry in entries.items()}

    def present(self, entries: Mapping[Any, Dated[T]]) -> dict[Any, T]:
        """The values in force; an entry that is off, or not begun, is left out."""
        found = {name: entry.at(self.day) for name, entry in entries.items()}
        return {name: value for name, value in found.items() if value is not None}
