"""The titles that plans stand for: held back while a plan is kept, owed again once it is broken.

A broken plan that names its titles gives them back: those that the books hold as renegotiated are open again, as late
as if they had never been closed, less what was paid under the plan, the oldest due first. Its own open instalments go,
so that nothing is owed twice. This is a matter of the cases alone: features and labels see the books as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.cases.payment_facts import Loose, loose_payments, receipts_of
from inadimplencia_ml.cases.plans import Plans, last_plans, plans_of
from inadimplencia_ml.cases.title_facts import TitleStates, late_on, states_at
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.lateness import CLOSED, NEVER, OPEN, SETTLED, TOLERANCE
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["GRACE_DAYS", "OfDay", "states_of"]

I64 = npt.NDArray[np.int64]
RENEGOTIATED = 1  # as `Versions.reason` has it
GRACE_DAYS = 5


class OfDay(NamedTuple):
    """The titles of a ledger at the end of a day, as plans leave them."""

    plans: Plans | None
    states: TitleStates
    kept: npt.NDArray[np.int8]  # by version: 1 in a plan that is kept, 0 in a broken one, -1 in none
    loose: Loose


def states_of(ledger: Ledger, known: Mapping[str, pa.Table], t: int, grace_days: int = GRACE_DAYS) -> OfDay:
    """The state of every title at the end of day ``t``, with those of broken plans given back.

    Parameters
    ----------
    known : mapping
        The ledger's tables as of that day.
    grace_days : int
        So late an instalment that is a title of the books may be without breaking its plan.
    """
    books, states = ledger.books, states_at(ledger.books, t)
    loose = loose_payments(known.get("payments"), books)
    plans = plans_of(known, books, states, ledger.calendar, loose, grace_days)
    if plans is None:
        return OfDay(None, states, np.full(len(states.owner), -1, np.int8), loose)
    plan = _plan_of_titles(plans, books, states)
    told, broken = plans.told, plans.broken
    held = ~broken & ((told.next_due != NONE) | (plans.named & told.settled))
    kept = np.where(plan < 0, -1, np.where(broken[plan], 0, np.where(held[plan], 1, -1))).astype(np.int8)
    back = np.where((kept == 0) & plans.named[plan], plan, -1)
    return OfDay(plans, _given_back(back, plans, books, states, loose), kept, loose)


def _plan_of_titles(plans: Plans, books: Books, states: TitleStates) -> I64:
    """By version, the last plan that stands for the title; -1 for none, or where a later plan took that one's place.

    A plan's place is taken by one that names its instalments. A plan that does not name its titles stands for all of
    the client that were past due when it was made, and counts only while it is the client's last; then it takes the
    place of all before it.
    """
    n, last = len(plans.client), last_plans(plans, len(books.client_ids))
    newest = last[plans.client]
    counts = (newest == np.arange(n)) | (plans.named & plans.named[newest])
    older = plans.instalment[plans.link_version]
    counts[older[(older >= 0) & (older < plans.link_plan)]] = False
    out = np.full(len(states.owner), -1, np.int64)
    np.maximum.at(out, plans.link_version, plans.link_plan)
    out = np.where((out >= 0) & counts[out], out, -1)
    mine, v = last[states.owner], books.versions
    past_due = (mine >= 0) & (states.status == OPEN) & (v.due < plans.made[mine]) & (v.due >= plans.origin[mine])
    return np.where(past_due & ~plans.named[mine] & (plans.instalment != mine), mine, out)


def _given_back(back: I64, plans: Plans, books: Books, states: TitleStates, loose: Loose) -> TitleStates:
    """The states with the titles of broken plans open again; ``back``: by version, the plan that gives it back."""
    v, t = books.versions, states.t
    again = np.flatnonzero((back >= 0) & (states.status == CLOSED) & (v.reason == RENEGOTIATED) & (v.cents > 0))
    status, (closed, late, left) = states.status.copy(), (a.copy() for a in (states.closed, states.late, states.left))
    own = receipts_of(books, t, again)
    paid = np.rint(np.bincount(own.title, weights=own.cents, minlength=len(again))).astype(np.int64)
    status[again], closed[again], left[again] = OPEN, NEVER, np.maximum(v.cents[again] - paid, 0)
    late[again] = late_on(t, v.due[again], v.due_adj[again])
    owed = np.flatnonzero((back >= 0) & (status == OPEN) & (v.cents > 0))
    if not len(owed):
        return states
    came, came_on = _paid_under(plans, books, states, loose)
    owed = owed[np.lexsort((v.invoice[owed], v.due[owed], back[owed]))]
    left[owed] = _net(left[owed], back[owed], came)
    paid_on = came_on[back]
    np.maximum.at(paid_on, again[own.title], own.date)
    done = owed[left[owed] <= TOLERANCE]
    status[done], left[done], closed[done] = SETTLED, 0, paid_on[done]
    late[done] = late_on(paid_on[done], v.due[done], v.due_adj[done])
    gives = np.bincount(back[owed], minlength=len(plans.client)) > 0
    gone = np.flatnonzero((plans.instalment >= 0) & gives[plans.instalment] & (status == OPEN))
    status[gone], left[gone], closed[gone] = CLOSED, 0, t
    return states._replace(status=status, closed=closed, late=late, left=left)


def _net(left: I64, plan: I64, paid: I64) -> I64:
    """What is left of titles in order, plan by plan, once what was paid is taken off from the first on."""
    total = np.cumsum(left)
    first = np.flatnonzero(np.diff(plan, prepend=-1))
    begin = np.repeat(total[first] - left[first], np.diff(np.append(first, len(plan))))
    before = total - left - begin
    return np.asarray(np.clip(left - np.clip(paid[plan] - before, 0, None), 0, None), np.int64)


def _paid_under(plans: Plans, books: Books, states: TitleStates, loose: Loose) -> tuple[I64, I64]:
    """By plan, the cents that came in on its instalments, and the last day on which any did.

    Of a plan without instalments in the books: what came in from the client since, and is linked to no title.
    """
    n = len(plans.client)
    at = np.flatnonzero(plans.instalment >= 0)
    came = receipts_of(books, states.t, at)
    last = last_plans(plans, len(books.client_ids))[loose.client]
    booked = np.bincount(plans.instalment[at], minlength=n) > 0
    mine = (last >= 0) & ~booked[last] & (loose.date >= plans.made[last])
    plan = np.concatenate([plans.instalment[at[came.title]], last[mine]])
    cents = np.concatenate([came.money, loose.cents[mine]])
    paid_on = np.full(n, np.int64(NONE))
    np.maximum.at(paid_on, plan, np.concatenate([came.date, loose.date[mine]]))
    return np.rint(np.bincount(plan, weights=cents, minlength=n)).astype(np.int64), paid_on
