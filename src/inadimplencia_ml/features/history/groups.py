"""The other members of a client's groups: how many they are, what they have open, how late they pay.

The pass goes by day. On a day each member's invoices are read once and added up to its groups. A client with one group
takes that group's figures and subtracts its own; the largest dpd keeps its runner-up for that. A client with several
groups starts from the largest and adds those members of the others that are not in it; clients of the same groups share
the result. Work grows with the square of a group only where its members differ in further groups that are as large.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.months import most_versions
from inadimplencia_ml.features.history.view import OPEN, View, divide, look_at, make_view
from inadimplencia_ml.features.looked import Looked
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.codes import NONE, date_codes, encode, starts
from inadimplencia_ml.ledger.lateness import Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["NAMES", "group_features"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

NAMES: tuple[str, ...] = (
    "group_size",
    "group_open_amount",
    "group_overdue_amount",
    "group_overdue_count",
    "group_dpd_max",
    "group_due_count_365d",
    "group_late_share_365d",
    "group_days_late_mean_365d",
)

# what a member adds to its groups; a group has beside the sums the second largest dpd, and whose the largest is
_COUNT, _OPEN, _OVERDUE, _IS_OVERDUE, _DUE, _LATE, _DAYS, _DPD, _SECOND, _WHOSE, _WIDTH = range(11)
_SUMS = _DAYS + 1
_SHARED = 1 << 14  # results that clients of the same several groups share, by a hash of these


class _Links(NamedTuple):
    """Who is in which group, from which day; members are numbered in the order of clients."""

    client: I32  # number of the client, by member
    group_start: I32
    member: I32  # by group, ascending
    since: I32
    member_start: I32
    group: I32  # by member, ascending
    group_since: I32


class _Day(NamedTuple):
    """What was added up so far; ``on`` arrays hold for which day."""

    facts: I64  # by member
    facts_on: I32
    totals: I64  # by group
    totals_on: I32
    shared: I64  # by hash of several groups
    shared_on: I32
    shared_by: I32  # a member that has them
    stamp: I64  # by member: the last union that counted it


def group_features(ledger: Ledger, looked: Looked, n_jobs: int) -> Out:
    """The columns ``NAMES``, feature x pair of client and day."""
    snaps, books, links = looked.snaps, ledger.books, _read_links(ledger)
    out = np.zeros((len(NAMES), len(snaps.day)))
    out[6:] = np.nan
    number = np.full(len(snaps.start) - 1, -1, np.int64)
    number[links.client] = np.arange(len(links.client))
    member = np.repeat(number, np.diff(snaps.start))
    pairs = np.flatnonzero(member >= 0)
    pairs = pairs[np.argsort(snaps.day[pairs], kind="stable")]
    days, first = np.unique(snaps.day[pairs], return_index=True)
    edges = np.append(first, len(pairs)).astype(np.int64)
    spans = pairwise(np.linspace(0, len(days), max(min(n_jobs, len(days)), 1) + 1).astype(int).tolist())
    arguments: tuple[Any, ...] = (looked.client_start, books.versions, books.payments, looked.who, links, out)
    with ThreadPoolExecutor(max_workers=n_jobs) as pool:
        jobs = [pool.submit(_days, low, high, days, edges, pairs, member[pairs], *arguments) for low, high in spans]
        for job in jobs:
            job.result()
    return out


def _read_links(ledger: Ledger) -> _Links:
    """Links by group and by member; one told twice holds from the first day it was known."""
    table, books = ledger.tables["links"], ledger.books
    client, since = books.client_numbers(table["client_id"]), date_codes(table, "known_on")
    (group, _), (kind, kinds) = encode(table["group_id"]), encode(table["kind"])
    rows = np.flatnonzero((client >= 0) & (group >= 0) & (kind >= 0))
    _, group = np.unique(group[rows].astype(np.int64) * len(kinds) + kind[rows], return_inverse=True)
    who, member = np.unique(client[rows], return_inverse=True)
    order = np.lexsort((since[rows], member, group))
    group, member, since = group[order], member[order], since[rows][order]
    once = np.ones(len(order), bool)
    once[1:] = (group[1:] != group[:-1]) | (member[1:] != member[:-1])
    group, member, since = group[once], member[once], since[once]
    back = np.lexsort((group, member))
    return _Links(
        client=who.astype(np.int32),
        group_start=starts(np.bincount(group)),
        member=member.astype(np.int32),
        since=since,
        member_start=starts(np.bincount(member, minlength=len(who))),
        group=group[back].astype(np.int32),
        group_since=since[back],
    )


@maker
def _days(
    low: int,
    high: int,
    days: I32,
    edges: I64,
    pairs: I64,
    member: I64,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    links: _Links,
    out: Out,
) -> None:
    """The columns of the pairs of the days low..high."""
    members, groups = len(links.client), len(links.group_start) - 1
    now = _Day(
        np.zeros((members, _WIDTH), np.int64),
        np.full(members, NONE),
        np.zeros((groups, _WIDTH), np.int64),
        np.full(groups, NONE),
        np.zeros((_SHARED, _WIDTH), np.int64),
        np.full(_SHARED, NONE),
        np.zeros(_SHARED, np.int32),
        np.zeros(members, np.int64),
    )
    view, mark = make_view(most_versions(0, len(client_start) - 1, client_start)), 0
    for d in range(low, high):
        t = np.int64(days[d])
        for q in range(edges[d], edges[d + 1]):
            m = member[q]
            count, largest, key = _groups_of(m, t, links)
            if count == 0:
                continue
            for e in range(links.member_start[m], links.member_start[m + 1]):
                if links.group_since[e] <= t:
                    _add_up(links.group[e], t, client_start, v, p, who, links, view, now)
            if count == 1:
                _write(m, now.totals[largest], now.facts[m], pairs[q], out)
                continue
            if now.shared_on[key] != t or not _same_groups(m, now.shared_by[key], t, links):
                mark += 1
                _unite(m, t, largest, mark, links, now, now.shared[key])
                now.shared_on[key], now.shared_by[key] = t, m
            _write(m, now.shared[key], now.facts[m], pairs[q], out)


@maker
def _groups_of(m: int, t: int, links: _Links) -> tuple[int, int, int]:
    """How many groups a member is known to be in, the largest of them, and a hash of them all."""
    count, largest, most = 0, -1, -1
    key: Any = np.int64(0)
    for e in range(links.member_start[m], links.member_start[m + 1]):
        if links.group_since[e] <= t:
            g = links.group[e]
            size = links.group_start[g + 1] - links.group_start[g]
            if size > most:
                largest, most = g, size
            count += 1
            key = (key * 31 + g + 1) & 0xFFFFFFFFFF
    return count, largest, (key ^ (key >> 14)) & (_SHARED - 1)


@maker
def _same_groups(m: int, other: int, t: int, links: _Links) -> bool:
    """Whether two members are known to be in the same groups."""
    e, f = links.member_start[m], links.member_start[other]
    end_e, end_f = links.member_start[m + 1], links.member_start[other + 1]
    while True:
        while e < end_e and links.group_since[e] > t:
            e += 1
        while f < end_f and links.group_since[f] > t:
            f += 1
        if e == end_e or f == end_f:
            return bool(e == end_e and f == end_f)
        if links.group[e] != links.group[f]:
            return False
        e, f = e + 1, f + 1


@maker
def _add_up(
    g: int, t: int, client_start: I32, v: Versions, p: Payments, who: Consumers, links: _Links, view: View, now: _Day
) -> None:
    """Has the totals of a group for the day, reading each of its members once."""
    if now.totals_on[g] == t:
        return
    now.totals_on[g] = t
    _clear(now.totals[g])
    for k in range(links.group_start[g], links.group_start[g + 1]):
        if links.since[k] > t:
            continue
        m = links.member[k]
        if now.facts_on[m] != t:
            now.facts_on[m] = t
            _read_member(t, links.client[m], client_start, v, p, who, view, now.facts[m])
        _add(now.totals[g], now.facts[m], m)


@maker
def _read_member(
    t: int, c: int, client_start: I32, v: Versions, p: Payments, who: Consumers, view: View, facts: I64
) -> None:
    """What client c adds to its groups, as seen at the end of day t."""
    facts[:] = 0
    facts[_COUNT] = 1
    n, matured = look_at(t, client_start[c], client_start[c + 1], v, p, consumer_on(t, c, who), view)
    for i in range(n):
        late = view.late[i]
        facts[_OPEN] += view.left[i]
        if view.status[i] == OPEN and late > 0:
            facts[_OVERDUE] += view.left[i]
            facts[_IS_OVERDUE] = 1
            facts[_DPD] = max(facts[_DPD], late)
        if i < matured and view.due[i] > t - 365:
            facts[_DUE] += 1
            facts[_LATE] += late > 0
            facts[_DAYS] += late


@maker
def _clear(total: I64) -> None:
    total[:] = 0
    total[_WHOSE] = -1


@maker
def _add(total: I64, facts: I64, m: int) -> None:
    for k in range(_SUMS):
        total[k] += facts[k]
    if facts[_DPD] > total[_DPD]:
        total[_SECOND], total[_DPD], total[_WHOSE] = total[_DPD], facts[_DPD], m
    else:
        total[_SECOND] = max(total[_SECOND], facts[_DPD])


@maker
def _unite(m: int, t: int, largest: int, mark: int, links: _Links, now: _Day, total: I64) -> None:
    """Adds to the largest group of a member those of its other groups that are not in it, each once."""
    total[:] = now.totals[largest]
    for e in range(links.member_start[m], links.member_start[m + 1]):
        g = links.group[e]
        if links.group_since[e] > t or g == largest:
            continue
        for k in range(links.group_start[g], links.group_start[g + 1]):
            other = links.member[k]
            if links.since[k] > t or now.stamp[other] == mark:
                continue
            now.stamp[other] = mark
            if not _is_in(other, largest, t, links):
                _add(total, now.facts[other], other)


@maker
def _is_in(m: int, g: int, t: int, links: _Links) -> bool:
    """Whether a member is known to be in a group."""
    for e in range(links.member_start[m], links.member_start[m + 1]):
        if links.group[e] == g:
            return bool(links.group_since[e] <= t)
    return False


@maker
def _write(m: int, total: I64, own: I64, row: int, out: Out) -> None:
    """A group's totals without the member itself."""
    due: Any = total[_DUE] - own[_DUE]
    out[0, row] = total[_COUNT] - 1
    out[1, row] = (total[_OPEN] - own[_OPEN]) / 100
    out[2, row] = (total[_OVERDUE] - own[_OVERDUE]) / 100
    out[3, row] = total[_IS_OVERDUE] - own[_IS_OVERDUE]
    out[4, row] = total[_SECOND] if total[_WHOSE] == m else total[_DPD]
    out[5, row] = due
    out[6, row] = divide(total[_LATE] - own[_LATE], due)
    out[7, row] = divide(total[_DAYS] - own[_DAYS], due)
