"""What would move a client to the next safer segment: the cheapest payments that do it, scored again to prove it.

Only what a client can still do is tried: to pay today what has fallen due, and to pay what falls due next on its day.
No feature is set to a wished value; whoever scores again builds all of them from the facts as they would then stand.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

__all__ = ["HORIZONS", "Kind", "OpenTitle", "Pay", "Rescore", "Standing", "WayUp", "find_way_up"]

#: Days ahead for which paying on time is tried, if paying today is not enough.
HORIZONS = (30, 60, 90)

_TRIED_WHOLE = 6  # titles fallen due of which every set is tried: 63 scores
_RANK = {"low": 0, "medium": 1, "high": 2}
_NOTHING_TO_RATE = ("no_exposure", "inactive")

Kind = Literal["safest", "unrated", "pay_today", "nothing_left", "pay_on_time", "not_enough"]


class OpenTitle(NamedTuple):
    """An open title that the client may pay: not in dispute, not sold, with a known amount."""

    invoice_id: Any
    due_date: dt.date
    amount: float  # what is outstanding, BRL
    fallen_due: bool  # by the day looked from


class Pay(NamedTuple):
    """A payment to be imagined."""

    invoice_id: Any
    day: dt.date
    amount: float


class Standing(NamedTuple):
    """Where a client stands: state and segment as in the scores table; no score without a probability."""

    state: str
    segment: str
    score: int | None


Rescore = Callable[[Sequence[Pay], dt.date], Standing]
Reached = Callable[[Standing], bool]


@dataclass(frozen=True)
class WayUp:
    """The way to the next segment, or why there is none.

    Attributes
    ----------
    kind : str
        ``safest``: nothing is left to gain; ``unrated``: no segment to leave, or the model has one alone;
        ``pay_today``: paying ``today`` does it; ``pay_on_time``: so does paying ``today`` now and ``later`` on their
        due dates, by ``day``; ``nothing_left``: with the same paid nothing open can reach the event; ``not_enough``:
        not even all of it does.
    today, later : tuple of OpenTitle
        What is paid at once, and what on its due date.
    day : date
        The day at whose end the client was scored again.
    before, after : Standing
        As scored, and as scored again with these payments.
    cheapest : bool
        Every set of the titles fallen due was tried, and no cheaper one does it. Otherwise only: none can be left out.
    waits : bool
        It takes time, until ``day``.
    at_once : Standing, optional
        Where it takes time: as scored with all that has fallen due paid today, and no more.
    """

    kind: Kind
    day: dt.date
    before: Standing
    after: Standing
    today: tuple[OpenTitle, ...] = ()
    later: tuple[OpenTitle, ...] = ()
    cheapest: bool = True
    waits: bool = False
    at_once: Standing | None = None

    @property
    def amount(self) -> float:
        """What is paid in all, BRL."""
        return round(sum(one.amount for one in (*self.today, *self.later)), 2)

    def payments(self, as_of: dt.date) -> tuple[Pay, ...]:
        """The payments of this way, looked at from ``as_of``."""
        return _payments(self.today, self.later, as_of)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        titles = {side: [_plain(one) for one in getattr(self, side)] for side in ("today", "later")}
        ends = {name: getattr(self, name)._asdict() for name in ("before", "after")}
        return {"kind": self.kind, "day": self.day.isoformat(), "amount": self.amount} | titles | ends


def _plain(title: OpenTitle) -> dict[str, Any]:
    return title._asdict() | {"due_date": title.due_date.isoformat()}


def find_way_up(now: Standing, titles: Iterable[OpenTitle], as_of: dt.date, rescore: Rescore) -> WayUp:
    """The cheapest way of paying that leads to a safer segment.

    Parameters
    ----------
    now : Standing
        As the client is scored at ``as_of``.
    titles : iterable of OpenTitle
        What is open at ``as_of`` and may be paid.
    as_of : date
    rescore : callable
        Scores the client again at the end of a day, with payments that were not made.

    Examples
    --------
    >>> day = dt.date(2025, 3, 31)
    >>> late = [OpenTitle("T1", dt.date(2025, 3, 3), 900.0, True), OpenTitle("T2", dt.date(2025, 3, 10), 50.0, True)]
    >>> def by_number_of_late_titles(payments, on):
    ...     return Standing("scoreable", "high" if len(payments) < 1 else "medium", 480)
    >>> way = find_way_up(Standing("scoreable", "high", 400), late, day, by_number_of_late_titles)
    >>> way.kind, [one.invoice_id for one in way.today], way.amount
    ('pay_today', ['T2'], 50.0)
    """
    if now.segment not in _RANK or now.state in _NOTHING_TO_RATE:
        return WayUp("unrated", as_of, now, now)
    if now.segment == "low":
        return WayUp("safest", as_of, now, now)
    return _Search(now, tuple(titles), as_of, rescore).run()


class _Search:
    """One client's search; a set of payments is scored once."""

    def __init__(self, now: Standing, titles: tuple[OpenTitle, ...], as_of: dt.date, rescore: Rescore) -> None:
        self.now, self.as_of, self.rescore = now, as_of, rescore
        self.due = tuple(one for one in titles if one.fallen_due)
        self.ahead = tuple(one for one in titles if not one.fallen_due)
        self.seen: dict[tuple[frozenset[int], int], Standing] = {}

    def run(self) -> WayUp:
        ends: tuple[tuple[Kind, Reached], ...] = (("pay_today", self._better), ("nothing_left", _nothing_to_rate))
        for kind, reached in ends:
            today = self._cheapest(reached)
            if today is not None:
                return self._way(kind, today, 0, cheapest=len(self.due) <= _TRIED_WHOLE)
        ends = (("pay_on_time", self._better), ("nothing_left", _nothing_to_rate))
        for kind, reached in ends:
            for days in HORIZONS:
                if reached(self._score(self._all, days)):
                    today = self._none_to_spare(self._all, reached, days)
                    return self._way(kind, today, days, cheapest=False)
        return WayUp("not_enough", self.as_of, self.now, self._score(self._all), self.due, cheapest=False)

    def _way(self, kind: Kind, today: frozenset[int], days: int, *, cheapest: bool) -> WayUp:
        day = self.as_of + dt.timedelta(days=days)
        after, later = self._score(today, days), self._falling_due(days)
        at_once = self._score(self._all) if days and self.due else None
        return WayUp(kind, day, self.now, after, self._of(today), later, cheapest, days > 0, at_once)

    @property
    def _all(self) -> frozenset[int]:
        return frozenset(range(len(self.due)))

    def _of(self, chosen: Iterable[int]) -> tuple[OpenTitle, ...]:
        return tuple(self.due[i] for i in sorted(chosen))

    def _falling_due(self, days: int) -> tuple[OpenTitle, ...]:
        last = self.as_of + dt.timedelta(days=days)
        return tuple(one for one in self.ahead if one.due_date <= last) if days else ()

    def _score(self, chosen: frozenset[int], days: int = 0) -> Standing:
        """Scored again ``days`` later, the chosen titles paid today and what falls due until then on its day."""
        key = (chosen, days)
        if key not in self.seen:
            payments = _payments(self._of(chosen), self._falling_due(days), self.as_of)
            self.seen[key] = self.rescore(payments, self.as_of + dt.timedelta(days=days))
        return self.seen[key]

    def _better(self, one: Standing) -> bool:
        return one.state not in _NOTHING_TO_RATE and _RANK.get(one.segment, 9) < _RANK[self.now.segment]

    def _cheapest(self, reached: Reached) -> frozenset[int] | None:
        """The titles fallen due that are cheapest to pay and do it; None if none do."""
        if len(self.due) <= _TRIED_WHOLE:
            sets = (frozenset(c) for n in range(1, len(self.due) + 1) for c in itertools.combinations(self._all, n))
            tried = sorted(sets, key=lambda s: (round(sum(self.due[i].amount for i in s), 2), len(s), sorted(s)))
            return next((one for one in tried if reached(self._score(one))), None)
        oldest_first = sorted(self._all, key=lambda i: (self.due[i].due_date, -self.due[i].amount, i))
        most = frozenset(oldest_first)
        if not reached(self._score(most)):
            return None
        low, high = 1, len(oldest_first)  # how many of the oldest: halved, then each is tried without
        while low < high:
            half = (low + high) // 2
            low, high = (low, half) if reached(self._score(frozenset(oldest_first[:half]))) else (half + 1, high)
        first = frozenset(oldest_first[:high])
        return self._none_to_spare(first if reached(self._score(first)) else most, reached)

    def _none_to_spare(self, chosen: frozenset[int], reached: Reached, days: int = 0) -> frozenset[int]:
        """Leaves out titles, the dearest first, while the others still do it; until not a single one can be spared."""
        while True:
            before = chosen
            for i in sorted(before, key=lambda i: (-self.due[i].amount, i)):
                rest = chosen - {i}
                if (rest or days) and reached(self._score(rest, days)):
                    chosen = rest
            if chosen == before:
                return chosen


def _nothing_to_rate(one: Standing) -> bool:
    return one.state in _NOTHING_TO_RATE


def _payments(today: Iterable[OpenTitle], later: Iterable[OpenTitle], as_of: dt.date) -> tuple[Pay, ...]:
    now = [Pay(one.invoice_id, as_of, one.amount) for one in today]
    return (*now, *(Pay(one.invoice_id, one.due_date, one.amount) for one in later))
