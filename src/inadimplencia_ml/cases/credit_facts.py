"""What a credit limit follows from: purchases, terms, payments on time, the limit's history, the debts of a group."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.cases.latest import latest
from inadimplencia_ml.cases.title_facts import YEAR, TitleStates
from inadimplencia_ml.ledger.books import Books
from inadimplencia_ml.ledger.codes import NONE, date_codes
from inadimplencia_ml.ledger.lateness import INVISIBLE, OPEN, SETTLED

__all__ = ["group_debts", "limit_history", "purchases", "streaks"]

I64 = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

_MONTH = YEAR / 12


def purchases(books: Books, states: TitleStates) -> dict[str, Any]:
    """By client: what was bought in twelve months, on which terms, and how late it is paid, weighted by amount."""
    n, v, t = len(books.client_ids), books.versions, states.t
    seen = (states.status != INVISIBLE) & (v.issue <= t)
    new = seen & (v.issue > t - YEAR) & (v.cents > 0)
    paid = (states.status == SETTLED) & (v.due > t - YEAR) & (v.due <= t) & (v.cents > 0)
    first = np.full(n, np.inf)
    np.minimum.at(first, states.owner[seen], v.issue[seen])
    months = np.clip(np.ceil((t - first + 1) / _MONTH), 1, 12)
    bought = np.rint(np.bincount(states.owner[new], weights=v.cents[new], minlength=n))
    term = (v.due - v.issue).astype(np.float64)
    return {
        "purchases_12m": bought / 100,
        "purchase_months_12m": np.where(np.isfinite(first), months, np.nan),
        "mean_term_days_12m": _mean(states.owner[new], term[new], v.cents[new], n),
        "mean_late_days_12m": _mean(states.owner[paid], np.maximum(states.late[paid], 0), v.cents[paid], n),
    }


def streaks(books: Books, states: TitleStates, grace_days: int) -> dict[str, Any]:
    """By client: titles in a row paid in time up to now, and the days since the last late one was settled or closed."""
    n, v, t = len(books.client_ids), books.versions, states.t
    matured = np.flatnonzero((states.status != INVISIBLE) & (v.due <= t))  # a client's lie in the order of due dates
    owner, late = states.owner[matured], states.late[matured] > grace_days
    since = np.full(n, -1, np.int64)
    since[owner[late]] = np.flatnonzero(late)  # of equal owners the last is written last
    ends = np.cumsum(np.bincount(owner, minlength=n))
    count = np.bincount(owner, minlength=n)
    streak = np.where(since < 0, count, ends - 1 - since)
    closed = matured[late & (states.status[matured] != OPEN)]
    last = np.full(n, -np.inf)
    np.maximum.at(last, states.owner[closed], v.due_adj[closed].astype(np.float64) + states.late[closed])
    still = np.bincount(owner[late & (states.status[matured] == OPEN)], minlength=n) > 0
    return {
        "on_time_streak": streak,
        "days_since_cure": np.where(still | np.isinf(last), np.nan, t - last),
    }


def limit_history(table: pa.Table | None, books: Books, t: int) -> dict[str, Any]:
    """By client: the income, the days since the credit limit last changed, and what it was before the last cut."""
    n = len(books.client_ids)
    out: dict[str, Any] = {
        name: np.full(n, np.nan) for name in ("income", "days_since_limit_change", "limit_before_cut")
    }
    if table is None:
        return out
    owner = books.client_numbers(table["client_id"]).astype(np.int64)
    if "income" in table.column_names:
        out["income"] = _floats(latest(table, owner, n, ("income",))["income"])
    if "credit_limit" not in table.column_names:
        return out
    limit, known = _floats(table["credit_limit"]), date_codes(table, "known_on").astype(np.int64)
    rows = np.flatnonzero((owner >= 0) & ~np.isnan(limit))
    rows = rows[np.lexsort((known[rows], owner[rows]))]
    owner, limit, known = owner[rows], limit[rows], known[rows]
    before = np.where(np.diff(owner, prepend=-1) == 0, np.concatenate([[np.nan], limit[:-1]]), np.nan)
    moved = ~np.isnan(before) & (before != limit) & (known != NONE)
    out["days_since_limit_change"][owner[moved]] = t - known[moved]
    cut = moved & (limit < before)
    out["limit_before_cut"][owner[cut]] = before[cut]
    return out


def group_debts(table: pa.Table | None, books: Books, open_amount: Numbers) -> dict[str, Any]:
    """By client: what all clients of its group owe together; of several groups the most. Alone: what it owes itself."""
    out = open_amount.copy()
    if table is None or not table.num_rows:
        return {"group_open_amount": out}
    owner = books.client_numbers(table["client_id"]).astype(np.int64)
    kinds = table["kind"] if "kind" in table.column_names else pa.nulls(table.num_rows, pa.string())
    named = pc.binary_join_element_wise(pc.fill_null(kinds, ""), table["group_id"].cast(pa.string()), "\x1f")
    codes = np.asarray(named.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False))
    real = (owner >= 0) & ~np.isnan(codes.astype(np.float64))
    group, member = np.unique(np.stack([codes[real].astype(np.int64), owner[real]], axis=1), axis=0).T
    together = np.rint(np.bincount(group, weights=np.rint(open_amount[member] * 100)))[group] / 100
    np.maximum.at(out, member, together)
    return {"group_open_amount": out}


def _mean(owner: I64, values: npt.NDArray[Any], weights: I64, n: int) -> Numbers:
    whole = np.bincount(owner, weights=weights, minlength=n)
    total = np.bincount(owner, weights=values * weights.astype(np.float64), minlength=n)
    return np.where(whole > 0, total / np.maximum(whole, 1), np.nan)


def _floats(column: Any) -> Numbers:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy(), np.float64)
