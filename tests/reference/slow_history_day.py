"""What the slow references of the families read: one client at the end of one day, and a little arithmetic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from reference.slow_facts import Client
from reference.slow_features import Book, State

YEAR = 365
EVER = 10**6


@dataclass
class Day:
    """A client as known at the end of day ``t``."""

    book: Book
    client: Client
    t: int

    @cached_property
    def there(self) -> list[State]:
        """The invoices there: seen, not void, not past their observed_until, not forgotten for a consumer."""
        return [s for s in self.book.states(self.client, self.t) if not (s.too_old or s.unobserved)]

    @cached_property
    def matured(self) -> list[State]:
        """Those that fell due, in order of due date, issue date and id."""
        due = [s for s in self.there if s.due <= self.t]
        return sorted(due, key=lambda s: (s.due, s.invoice.issue, s.invoice.id))

    def due_within(self, days: int) -> list[State]:
        return [s for s in self.matured if self.t - days < s.due]

    def within(self, day: int | None, days: int) -> bool:
        return day is not None and self.t - days < day <= self.t


def settled_by_payment(s: State) -> bool:
    """Settled, and not for the mere reason that it asks for nothing."""
    return s.status == "settled" and s.amount != 0


def days_late_of(states: Sequence[State]) -> list[int]:
    return [s.days_late for s in states]


def late_of(states: Sequence[State]) -> list[State]:
    return [s for s in states if s.days_late > 0]


def given(states: Sequence[State]) -> list[int]:
    """The amounts that are given, in cents; a zero is given."""
    return [s.amount for s in states if s.amount is not None]


def cents(states: Sequence[State]) -> int:
    """The sum of the amounts; a missing one adds nothing."""
    return sum(given(states))


def std(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else math.nan


def quantile(values: Sequence[float], q: float) -> float:
    """The quantile by linear interpolation between the values next to it."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def iqr(values: Sequence[float]) -> float:
    return quantile(values, 0.75) - quantile(values, 0.25)


def largest(values: Sequence[float]) -> float:
    return max(values, default=math.nan)
