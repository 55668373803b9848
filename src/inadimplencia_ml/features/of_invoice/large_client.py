"""A client of so many invoices that no snapshot may walk over them all: its rows in order, and when each next changes.

Days go forward. A row (one version of an invoice) is looked at again only on a day on which something of it changed:
until then it waits in the list of that day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined
from inadimplencia_ml.ledger.books import Versions

__all__ = ["Agenda", "Index", "index_of", "new_agenda", "wait"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


class Index(NamedTuple):
    """The rows of one client, numbered from 0 in the order of the books, by issue date, amount and term."""

    by_issue: I32  # rows by issue date and, of one date, by amount
    place: I32  # place of each row in by_issue
    issue_day: I32  # the different issue dates, ascending
    issue_start: I32  # where each begins in by_issue; one more at the end
    issue_at: I32  # which of them is the row's
    cents: I64  # the different amounts, ascending; a missing one is MISSING
    cents_at: I32
    term: I32  # the different terms, days from issue to due
    term_at: I32


class Agenda(NamedTuple):
    """Which rows change by which day looked from."""

    day: I32  # the different days looked from, ascending
    first: I32  # by day, the first row that waits for it, -1 without
    following: I32  # by row, the next one that waits for the same day, -1 without


def index_of(a: int, b: int, v: Versions) -> Index:
    """The index of the client of versions a..b."""
    issue, cents = v.issue[a:b], v.cents[a:b]
    issue_day, issue_at = np.unique(issue, return_inverse=True)
    amounts, cents_at = np.unique(cents, return_inverse=True)
    terms, term_at = np.unique(v.due[a:b] - issue, return_inverse=True)
    by_issue = np.argsort(issue_at * len(amounts) + cents_at, kind="stable")
    place = np.empty(b - a, np.int32)
    place[by_issue] = np.arange(b - a, dtype=np.int32)
    start = np.searchsorted(issue_at[by_issue], np.arange(len(issue_day) + 1))
    small = [x.astype(np.int32) for x in (by_issue, issue_day, start, issue_at, cents_at, terms, term_at)]
    return Index(small[0], place, small[1], small[2], small[3], amounts, small[4], small[5], small[6])


def new_agenda(days: I32, rows: int) -> Agenda:
    """An empty agenda for the snapshots' days, ascending."""
    day = np.unique(days)
    return Agenda(day, np.full(len(day), -1, np.int32), np.empty(rows, np.int32))


@inlined
def wait(agenda: Agenda, row: Int, change: Int) -> None:
    """Lets a row wait for the first day looked from on which its change can be seen, if there is one."""
    low, high = 0, len(agenda.day)
    while low < high:
        middle = (low + high) // 2
        if agenda.day[middle] < change:
            low = middle + 1
        else:
            high = middle
    if low < len(agenda.day):
        agenda.following[row] = agenda.first[low]
        agenda.first[low] = row
