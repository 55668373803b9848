"""Money against obligations, oldest first: which payment settles which statement or instalment, in cents.

One compiled pass over accounts. Statements lie in the order of their closing, payments in that of the day they are
known; nothing that comes later is looked at, so later rows change no earlier result.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.ledger.adapters.named_columns import UNKNOWN

__all__ = ["NOTHING", "Course", "Money", "Obligations", "run_accounts"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

NOTHING = np.int64(-1)
"""The amount of a statement that asks for nothing new: it is no invoice."""
_OPEN_UNKNOWN = -1  # open, by an amount that is not known
_STAYS_OPEN = 2  # cents: one more than the tolerance by which an invoice counts as settled
MOST_MONTHS = 60  # past due; what is older is as good as five years


class Obligations(NamedTuple):
    """By statement, in the order of account and closing."""

    start: I64  # where each account begins, one longer than the accounts
    closing: I32
    month: I32
    stated: I64  # cents; UNKNOWN where missing
    status: I32  # months past due at the closing; -1 where not said


class Money(NamedTuple):
    """By payment, in the order of account and day known."""

    start: I64
    day: I32
    cents: I64
    own: I64  # the statement it was paid on; -1: the oldest open ones
    dated: npt.NDArray[np.bool_]


class Course(NamedTuple):
    """What became of statements and payments."""

    amount: I64  # by statement: cents of its invoice, UNKNOWN, or NOTHING
    closed_by: I64  # by statement of unknown amount: at whose closing the status says it is settled; -1
    piece_payment: I64  # by piece: the payment; -1: what the closing of ``piece_at`` proves to be credited
    piece_statement: I64  # the statement it goes to; -1: on account
    piece_cents: I64
    piece_at: I64
    seen_at: I64  # by obligation that only a status tells of: the statement at whose closing
    seen_back: I64  # how many months before
    seen_closed: I64  # at whose closing it is told to be settled; -1


def run_accounts(obligations: Obligations, money: Money, *, carries: bool) -> Course:
    """Runs all accounts.

    Parameters
    ----------
    obligations, money
    carries
        Whether what a statement asks for contains what was left unpaid before; then only the rest is new.
    """
    n = len(obligations.closing)
    most_pieces = 2 * len(money.day) + 5 * n  # a partial and an excess a payment; twice down to a level a statement
    most_seen = int(np.clip(obligations.status, 0, MOST_MONTHS).sum())
    return Course(*_run(obligations, money, carries, most_pieces, most_seen))


@maker
def _take(low: int, high: int, cents: int, keep: int, payment: int, at: int, left: Any, out: Any, n: int) -> Any:
    """Spreads cents over the open statements of [low, high), leaving ``keep`` of each; the rest, and pieces so far."""
    for j in range(low, high):
        if cents == 0:
            break
        if left[j] == _OPEN_UNKNOWN and keep == 0 and payment >= 0:
            part = cents  # an unknown amount is settled by its first payment, whatever that is
            left[j] = 0
        elif left[j] > keep:
            part = min(cents, left[j] - keep)
            left[j] -= part
        else:
            continue
        out[0][n], out[1][n], out[2][n], out[3][n] = payment, j, part, at
        n += 1
        cents -= part
    return cents, n


@maker
def _lay(statement: int, cents: int, payment: int, out: Any, n: int) -> int:
    """Puts what is too much on a statement, with the payment's last piece if that went there too."""
    if n and out[0][n - 1] == payment and out[1][n - 1] == statement:
        out[2][n - 1] += cents
        return n
    out[0][n], out[1][n], out[2][n], out[3][n] = payment, statement, cents, -1
    return n + 1


@maker
def _credit(
    p: int, m: int, first: int, begin: int, said: Any, money: Any, left: Any, newest: Any, out: Any, n: int
) -> int:
    """Puts payment ``p`` on its own statement, or on the oldest that are open before statement ``m`` closes.

    ``said``: whether the closing of ``m`` tells a status, the month that it reaches back to, and the months.
    """
    cents, own, dated = money
    if own[p] >= 0:
        if own[p] < m and left[own[p]] != 0:
            left[own[p]] = max(left[own[p]] - cents[p], 0)
        return int(_lay(own[p], cents[p], p, out, n))
    told, level, month = said
    high, rest = m, cents[p]
    if told and not dated[p]:  # it is known together with the status, which has the last word
        high = first
        while high < m and month[high] < level:
            high += 1
    rest, n = _take(first, high, rest, 0, p, -1, left, out, n)
    rest, n = _take(high, m, rest, _STAYS_OPEN, p, -1, left, out, n)
    return int(_lay(newest[high - 1] if high > begin else -1, rest, p, out, n)) if rest else n


@maker
def _settle(m: int, first: int, level: int, month: I32, left: Any, closed_by: Any, here: Any, out: Any, n: int) -> int:
    """Settles what the status at the closing of ``m`` no longer counts; marks in ``here`` the months that are open."""
    for j in range(first, m):
        if left[j] == 0:
            continue
        if month[j] >= level:
            here[month[m] - month[j]] = True
        elif left[j] == _OPEN_UNKNOWN:
            left[j], closed_by[j] = 0, m
        else:
            _, n = _take(j, j + 1, left[j], 0, -1, m, left, out, n)
    return n


@maker
def _see(m: int, seen_first: int, months: int, month: I32, here: Any, seen: Any, n_seen: int) -> Any:
    """Obligations that only the status tells of: those it no longer counts end, those it counts anew begin.

    Returns the first that is still open, and how many there are.
    """
    level = month[m] - months
    for k in range(seen_first, n_seen):
        told = month[seen[0][k]] - seen[1][k]
        if seen[2][k] == -1 and told < level:
            seen[2][k] = m
        elif seen[2][k] == -1 and month[m] - told <= MOST_MONTHS:
            here[month[m] - told] = True
    while seen_first < n_seen and seen[2][seen_first] >= 0:
        seen_first += 1
    for back in range(months, 0, -1):
        if not here[back]:
            seen[0][n_seen], seen[1][n_seen], seen[2][n_seen] = m, back, -1
            n_seen += 1
    return seen_first, n_seen


@maker
def _ask(m: int, first: int, keep: int, stated: I64, carries: bool, left: Any, amount: Any, out: Any, n: int) -> int:
    """The invoice that statement ``m`` is: what it asks for beyond what was open; less than that was credited."""
    new = stated[m]
    if new != UNKNOWN and carries:
        for j in range(first, m):
            new -= max(left[j], 0)
        if new < 0 and first < m:
            _, n = _take(first, m, -new + min(stated[m], 0), keep, -1, m, left, out, n)
    if new == UNKNOWN:
        amount[m], left[m] = UNKNOWN, _OPEN_UNKNOWN
    elif new > 0:
        amount[m], left[m] = new, new
    return n


@maker
def _run(obligations: Obligations, money: Money, carries: bool, most_pieces: int, most_seen: int) -> Any:
    start, closing, month, stated, status = obligations
    pay_start, day, cents, own, dated = money
    size = len(closing)
    left, amount, closed_by = np.zeros(size, np.int64), np.full(size, NOTHING), np.full(size, -1)
    newest = np.full(size, -1)  # the newest invoice up to each statement
    out = np.empty((4, most_pieces), np.int64)
    seen = np.empty((3, most_seen), np.int64)
    n, n_seen = 0, 0
    for a in range(len(start) - 1):
        first, p, begin, seen_first = start[a], pay_start[a], start[a], n_seen
        for m in range(begin, start[a + 1] + 1):
            last = m == start[a + 1]  # after the last closing only payments come
            told = not last and status[m] >= 0
            months = min(status[m], MOST_MONTHS) if told else 0
            level = month[m] - months if told else 0
            while p < pay_start[a + 1] and (last or day[p] <= closing[m]):
                said = (told, level, month)
                n = _credit(p, m, first, begin, said, (cents, own, dated), left, newest, out, n)
                p += 1
            if last:
                break
            if told:
                here = np.zeros(MOST_MONTHS + 1, np.bool_)
                n = _settle(m, first, level, month, left, closed_by, here, out, n)
                seen_first, n_seen = _see(m, seen_first, months, month, here, seen, n_seen)
            while first < m and left[first] == 0:
                first += 1
            n = _ask(m, first, _STAYS_OPEN if told else 0, stated, carries, left, amount, out, n)
            newest[m] = m if amount[m] != NOTHING else (newest[m - 1] if m > begin else -1)
    pieces, told_of = out[:, :n], seen[:, :n_seen]
    return amount, closed_by, pieces[0], pieces[1], pieces[2], pieces[3], told_of[0], told_of[1], told_of[2]
