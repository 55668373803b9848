"""A client's running totals as days go forward: what each invoice adds, kept by due date, issue date and payment day.

A row is one version of an invoice. It is looked at again only on a day on which something of it changed: then what it
had added is taken away and what it is now is added.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import Int, inlined, kernel
from inadimplencia_ml.features.fixed.daily import Daily, add, clear
from inadimplencia_ml.features.fixed.totals import (
    ABSENT,
    AMOUNT,
    BLOCK,
    CLOSED,
    DAYS,
    EARLY,
    L15,
    L30,
    L60,
    L90,
    LATE,
    LATE_AMOUNT,
    LOW,
    OPEN,
    OPEN_AMOUNT,
    OPEN_LEFT,
    OPEN_N,
    PAID_UP,
    PARTS,
    SETTLED,
    SQUARES,
    UNOBSERVED,
    WEIGHTED,
    Dates,
    N,
    Rows,
    Slots,
)
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.lateness import NEVER, days_late, settlement

__all__ = ["begin", "forget", "refresh"]

I64 = npt.NDArray[np.int64]


@kernel
def begin(
    a: Int, b: Int, v: Versions, rows: Rows, slots: Slots, dates: Dates, issues: Daily, receipts: Daily
) -> tuple[Int, Int]:
    """Empties the totals for the client of versions a..b; how many slots and due dates it has."""
    clear(issues)
    clear(receipts)
    slots.good[0] = slots.open[0] = 0
    count, run, date = 0, 0, -1  # slots so far; the first slot of this due date; which due date it is
    for i in range(b - a):
        due, adjusted = v.due[a + i], v.due_adj[a + i]
        if count == 0 or slots.due[count - 1] != due:
            run = count
            date += 1
            dates.due[date], dates.number[date], dates.days[date] = due, 0, 0
        at = run
        while at < count and slots.due_adj[at] != adjusted:
            at += 1
        if at == count:
            slots.due[at], slots.due_adj[at], slots.date[at] = due, adjusted, date
            slots.row[at] = i if at == run else slots.row[run]
            slots.sums[at, :] = 0
            slots.worst[at], slots.ended[at] = LOW, LOW
            count += 1
        rows.slot[i] = at
        rows.state[i] = ABSENT
        rows.change[i] = v.since[a + i]
        if i % BLOCK == 0:
            rows.soonest[i // BLOCK] = rows.change[i]
        else:
            rows.soonest[i // BLOCK] = min(rows.soonest[i // BLOCK], rows.change[i])
    slots.row[count], slots.date[count] = b - a, date + 1
    return count, date + 1


@kernel
def refresh(
    t: Int,
    a: Int,
    b: Int,
    v: Versions,
    p: Payments,
    rows: Rows,
    slots: Slots,
    dates: Dates,
    issues: Daily,
    receipts: Daily,
) -> None:
    """Brings all rows that changed by the end of day t up to date."""
    for block in range((b - a + BLOCK - 1) // BLOCK):
        if rows.soonest[block] > t:
            continue
        soonest: Any = NEVER
        for i in range(block * BLOCK, min((block + 1) * BLOCK, b - a)):
            if rows.change[i] <= t:
                if rows.state[i] != ABSENT:
                    _take_away(i, a, b, v, p, rows, slots, dates, issues, receipts)
                _enter(t, i, a, v, p, rows, slots, dates, issues, receipts)
            soonest = min(soonest, rows.change[i])
        rows.soonest[block] = soonest


@inlined
def _enter(
    t: Int,
    i: Int,
    a: Int,
    v: Versions,
    p: Payments,
    rows: Rows,
    slots: Slots,
    dates: Dates,
    issues: Daily,
    receipts: Daily,
) -> None:
    """Adds what row i is at the end of day t, and notes when it next changes."""
    j = a + i
    rows.seen_on[i] = t
    change, closed_known = v.until[j], v.closed_known[j]
    gone = closed_known <= t
    if change <= t or (gone and v.void[j]):
        rows.state[i] = ABSENT
        rows.change[i] = change if change > t else NEVER
        return
    if not gone:
        change = min(change, closed_known)
    cents = v.cents[j]
    amount = max(cents, np.int64(0))
    add(issues, v.issue[j], 1, amount)
    if t > v.observed_until[j]:
        rows.state[i], rows.change[i] = UNOBSERVED, change
        return
    if v.observed_until[j] < change:
        change = v.observed_until[j] + 1
    settled, paid, first_paid, _, turn = settlement(t, v.issue[j], cents, v.pay_start[j], v.pay_stop[j], p)
    rows.change[i] = min(change, turn)
    _receive(t, v.pay_start[j], v.pay_stop[j], 1, p, receipts)
    rows.parts[i] = first_paid != NEVER and settled > first_paid
    rows.paid_up[i] = min(paid, amount)
    at = rows.slot[i]
    slots.good[0] = min(slots.good[0], np.int64(at))
    dates.number[slots.date[at]] += 1
    sums = slots.sums[at]
    sums[N] += 1
    sums[AMOUNT] += amount
    sums[PAID_UP] += rows.paid_up[i]
    sums[PARTS] += rows.parts[i]
    closed_on, state = settled, (SETTLED if settled != NEVER else OPEN)
    if gone and settled > v.cancelled[j]:
        closed_on, state = np.int64(v.cancelled[j]), CLOSED
    rows.state[i] = state
    if state == OPEN:
        rows.left[i] = max(amount - paid, np.int64(0))
        if sums[OPEN_N] == 0:
            _open(at, slots)
        sums[OPEN_N] += 1
        sums[OPEN_AMOUNT] += amount
        sums[OPEN_LEFT] += rows.left[i]
        return
    late = days_late(closed_on, np.int64(v.due[j]), np.int64(v.due_adj[j]))
    rows.late[i] = late
    dates.days[slots.date[at]] += late
    _count(late, amount, 1, state == SETTLED and cents != 0, sums)
    slots.worst[at] = max(slots.worst[at], late)
    if late > 0:
        slots.ended[at] = max(slots.ended[at], closed_on)


@inlined
def _open(at: Int, slots: Slots) -> None:
    """A slot has its first open row."""
    slots.opened[slots.open[0]], slots.place[at] = at, slots.open[0]
    slots.open[0] += 1


@inlined
def _close(at: Int, slots: Slots) -> None:
    """A slot has no open row any more; the last of those that have takes its place."""
    slots.open[0] -= 1
    last, place = slots.opened[slots.open[0]], slots.place[at]
    slots.opened[place], slots.place[last] = last, place


@inlined
def _count(late: Int, amount: Int, sign: Int, may_be_early: bool, sums: I64) -> None:
    """Adds one that is no longer open to the sums of its slot, or takes it away."""
    sums[DAYS] += sign * late
    sums[SQUARES] += sign * late * late
    sums[WEIGHTED] += sign * late * amount
    if late > 0:
        sums[LATE] += sign
        sums[LATE_AMOUNT] += sign * amount
        sums[L15] += sign * (late >= 15)
        sums[L30] += sign * (late >= 30)
        sums[L60] += sign * (late >= 60)
        sums[L90] += sign * (late >= 90)
    elif late < 0 and may_be_early:
        sums[EARLY] += sign


@inlined
def _receive(t: Int, start: Int, stop: Int, sign: Int, p: Payments, receipts: Daily) -> None:
    """Adds an invoice's payments as known on day t, or takes them away: money by day booked, count by day paid."""
    for q in range(start, stop):
        if p.is_payment[q] and p.known[q] <= t and p.until[q] > t:
            date, booked = p.date[q], p.booked[q]
            if date == booked:
                add(receipts, date, sign, sign * p.money[q])
            else:
                add(receipts, date, sign, 0)
                add(receipts, booked, 0, sign * p.money[q])


@inlined
def _take_away(
    i: Int,
    a: Int,
    b: Int,
    v: Versions,
    p: Payments,
    rows: Rows,
    slots: Slots,
    dates: Dates,
    issues: Daily,
    receipts: Daily,
) -> None:
    """Takes away what row i added when it was last looked at."""
    j = a + i
    cents = v.cents[j]
    amount = max(cents, np.int64(0))
    add(issues, v.issue[j], -1, -amount)
    state, at = rows.state[i], rows.slot[i]
    if state == UNOBSERVED:
        return
    _receive(rows.seen_on[i], v.pay_start[j], v.pay_stop[j], -1, p, receipts)
    slots.good[0] = min(slots.good[0], np.int64(at))
    dates.number[slots.date[at]] -= 1
    sums = slots.sums[at]
    sums[N] -= 1
    sums[AMOUNT] -= amount
    sums[PAID_UP] -= rows.paid_up[i]
    sums[PARTS] -= rows.parts[i]
    if state == OPEN:
        sums[OPEN_N] -= 1
        sums[OPEN_AMOUNT] -= amount
        sums[OPEN_LEFT] -= rows.left[i]
        if sums[OPEN_N] == 0:
            _close(at, slots)
        return
    dates.days[slots.date[at]] -= rows.late[i]
    _count(rows.late[i], amount, -1, state == SETTLED and cents != 0, sums)
    rows.state[i] = ABSENT
    late = rows.late[i]
    if late >= slots.worst[at] or (late > 0 and slots.due_adj[at] + late >= slots.ended[at]):
        _extremes(at, a, b, v, rows, slots)


@kernel
def _extremes(at: Int, a: Int, b: Int, v: Versions, rows: Rows, slots: Slots) -> None:
    """Finds the worst and the latest of a slot again, from its rows."""
    worst, ended = LOW, LOW
    i = slots.row[at]
    while i < b - a and v.due[a + i] == slots.due[at]:
        if rows.slot[i] == at and rows.state[i] > OPEN:
            worst = max(worst, rows.late[i])
            if rows.late[i] > 0:
                ended = max(ended, slots.due_adj[at] + rows.late[i])
        i += 1
    slots.worst[at], slots.ended[at] = worst, ended


@kernel
def forget(
    low: Int, sign: Int, t: Int, a: Int, b: Int, v: Versions, p: Payments, rows: Rows, issues: Daily, receipts: Daily
) -> None:
    """Takes issues and payments of rows with due <= ``low`` away (sign -1) or gives them back.

    The slots are by due date: a look only has to begin behind them.
    """
    i = 0
    while i < b - a and v.due[a + i] <= low:
        if rows.state[i] != ABSENT:
            add(issues, v.issue[a + i], sign, sign * max(v.cents[a + i], np.int64(0)))
            if rows.state[i] != UNOBSERVED:
                _receive(t, v.pay_start[a + i], v.pay_stop[a + i], sign, p, receipts)
        i += 1
