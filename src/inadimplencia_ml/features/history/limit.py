"""The credit limit against what is open, now and at the month ends, each with the limit known on that day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inadimplencia_ml.compiled import maker
from inadimplencia_ml.features.history.months import OPEN_CENTS, month_states, most_versions
from inadimplencia_ml.features.history.view import View, divide, look_at, make_view
from inadimplencia_ml.features.looked import Looked, Snaps
from inadimplencia_ml.ledger.books import Payments, Versions
from inadimplencia_ml.ledger.codes import MISSING, NONE, cent_codes, date_codes, starts
from inadimplencia_ml.ledger.lateness import Consumers, consumer_on
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["NAMES", "limit_features"]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Out = npt.NDArray[np.float64]

NAMES: tuple[str, ...] = (
    "limit_utilisation",
    "overdue_to_limit",
    "limit_utilisation_max_12m",
    "limit_utilisation_mean_6m",
    "limit_change_ratio_365d",
    "days_since_limit_change",
    "ticket_to_limit",
)

_SPAN = 12


class _Limits(NamedTuple):
    """The limits given to each client, ordered by client and day known, one a day."""

    start: I32  # where a client's begin; an empty group for unknown clients at the end
    known: I32
    cents: I64
    changed: I32  # day known of the last one, up to this one, that differs from the one before; NONE without


def limit_features(ledger: Ledger, looked: Looked, n_jobs: int) -> Out:
    """The columns ``NAMES``, feature x pair of client and day."""
    out, books = np.empty((len(NAMES), len(looked.snaps.day))), ledger.books
    if len(looked.snaps.day):
        limits = _read_limits(ledger)
        arguments = looked.client_start, books.versions, books.payments, looked.who, looked.snaps, limits, out
        looked.each_share(n_jobs, _sweep_limits, *arguments)
    return out


def _read_limits(ledger: Ledger) -> _Limits:
    """A row without a limit keeps the older one; of several known on one day the largest counts, as of attributes."""
    table, books = ledger.tables["clients"], ledger.books
    client, known = books.client_numbers(table["client_id"]), date_codes(table, "known_on")
    cents = cent_codes(table, "credit_limit")
    given = np.flatnonzero((cents != MISSING) & (client >= 0))
    order = given[np.lexsort((cents[given], known[given], client[given]))]
    client, known, cents = client[order], known[order], cents[order]
    last = np.ones(len(order), bool)
    last[:-1] = (client[1:] != client[:-1]) | (known[1:] != known[:-1])
    client, known, cents = client[last], known[last], cents[last]
    first, differs = np.ones(len(client), bool), np.zeros(len(client), bool)
    first[1:] = client[1:] != client[:-1]
    differs[1:] = ~first[1:] & (cents[1:] != cents[:-1])
    told = np.maximum.accumulate(np.where(first | differs, np.arange(len(client)), 0))
    changed = np.where(differs[told], known[told], NONE).astype(np.int32)
    return _Limits(starts(np.bincount(client, minlength=len(books.client_ids) + 1)), known, cents, changed)


@maker
def _known_at(day: int, c: int, limits: _Limits) -> int:
    """Position of the limit known on a day, -1 without."""
    at = limits.start[c + 1] - 1
    while at >= limits.start[c] and limits.known[at] > day:
        at -= 1
    return at if at >= limits.start[c] else -1


@maker
def _sweep_limits(
    low: int,
    high: int,
    client_start: I32,
    v: Versions,
    p: Payments,
    who: Consumers,
    snaps: Snaps,
    limits: _Limits,
    out: Out,
) -> None:
    most = most_versions(low, high, client_start)
    hidden, view = np.zeros(most, np.bool_), make_view(most)
    states = np.zeros((3, len(snaps.month_ends)), np.int64)
    for c in range(low, high):
        if limits.start[c] == limits.start[c + 1]:
            for s in range(snaps.start[c], snaps.start[c + 1]):
                out[:, s] = np.nan
            continue
        for s in range(snaps.start[c], snaps.start[c + 1]):
            month_states(c, s, _SPAN, client_start, v, p, who, snaps, hidden, states)
            t = np.int64(snaps.day[s])
            n, _ = look_at(t, client_start[c], client_start[c + 1], v, p, consumer_on(t, c, who), view)
            _write_now(t, c, n, view, limits, s, out)
            _write_months(c, snaps.month[s], snaps.month_ends, states, limits, s, out)


@maker
def _write_now(t: int, c: int, n: int, view: View, limits: _Limits, row: int, out: Out) -> None:
    at, before = _known_at(t, c, limits), _known_at(t - 365, c, limits)
    if at < 0:
        out[:, row] = np.nan
        return
    limit = limits.cents[at]
    open_cents, overdue, issued, count = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for i in range(n):
        open_cents += view.left[i]
        if view.late[i] > 0:
            overdue += view.left[i]  # nothing is left of what is not open
        if view.issue[i] > t - 365 and view.cents[i] >= 0:
            issued += view.cents[i]
            count += 1
    out[0, row] = divide(open_cents, limit)
    out[1, row] = divide(overdue, limit)
    out[4, row] = divide(limit, limits.cents[before]) if before >= 0 else np.nan
    out[5, row] = t - limits.changed[at] if limits.changed[at] != NONE else np.nan
    out[6, row] = divide(issued, count * limit)


@maker
def _write_months(c: int, month: int, ends: I32, states: I64, limits: _Limits, row: int, out: Out) -> None:
    most, total, count = np.nan, 0.0, 0
    for k in range(_SPAN):
        at = _known_at(ends[month - k], c, limits)
        if at < 0 or limits.cents[at] == 0:
            continue
        used = states[OPEN_CENTS, month - k] / limits.cents[at]
        if not used <= most:
            most = used
        if k < 6:
            total += used
            count += 1
    out[2, row] = most
    out[3, row] = divide(total, count)
