"""Payments on titles as arrays, in the order in which they stopped the money clock."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.policy.amounts.accrual import Paid
from inadimplencia_ml.policy.amounts.cents import in_cents
from inadimplencia_ml.policy.amounts.terms import NO_DAY, Terms, days_of

__all__ = ["paid_of"]

I64 = npt.NDArray[np.int64]


def paid_of(payments: pd.DataFrame | None, titles: pd.DataFrame, terms: Terms) -> Paid:
    """The payments of these titles; those of others are left out.

    A credit note, a discount, withheld tax and returned goods settle principal alone. A payment that says its parts is
    taken by them.
    """
    if payments is None or not len(payments):
        none = np.zeros(0, np.int64)
        return Paid(none.astype(np.intp), none, none, none, none, none, none)
    for name in ("invoice_id", "payment_date", "amount"):
        if name not in payments.columns:
            hint = did_you_mean(name, map(str, payments.columns))
            raise CallError(f"payments: column {name!r} is missing.{hint}")
    ids = pd.Index(titles["invoice_id"])
    if not ids.is_unique:
        raise CallError("titles: an invoice_id comes twice; payments cannot be told apart.")
    title = ids.get_indexer(pd.Index(payments["invoice_id"]))
    mine = title >= 0
    title, rows = title[mine], payments[mine]
    day = _clock_days(rows, terms.stops_on_credit[title])
    cents = in_cents(rows["amount"].to_numpy(np.float64))
    principal, fine, interest = _parts(rows, cents)
    order = np.lexsort((day, title))
    title, day = title[order], day[order]
    firsts = np.flatnonzero(np.diff(title, prepend=-1))
    begin = np.zeros(len(titles), np.int64)
    begin[title[firsts]] = firsts
    rank = np.arange(len(title)) - begin[title]
    return Paid(title, day, cents[order], principal[order], fine[order], interest[order], rank)


def _clock_days(rows: pd.DataFrame, on_credit: npt.NDArray[np.bool_]) -> I64:
    """The day on which each payment stops the clock: its own, or that of the value where the kind says so."""
    day = days_of(rows["payment_date"])
    if (day == NO_DAY).any():
        raise CallError("payments: payment_date is missing in some rows.")
    if "credited_on" not in rows.columns:
        return day
    credited = days_of(rows["credited_on"])
    return np.where(on_credit & (credited != NO_DAY), credited, day)


def _parts(rows: pd.DataFrame, cents: I64) -> tuple[I64, I64, I64]:
    """Principal, fine and interest of each payment; -1 for those that do not say."""
    none = np.full(len(rows), np.nan)
    given = [rows[n].to_numpy(np.float64, na_value=np.nan) if n in rows.columns else none for n in _NAMES]
    told = ~np.isnan(given[0]) | ~np.isnan(given[1]) | ~np.isnan(given[2])
    fine, interest = in_cents(given[1]), in_cents(given[2])
    principal = np.where(np.isnan(given[0]), cents - fine - interest, in_cents(given[0]))
    if "kind" in rows.columns:
        other = rows["kind"].notna().to_numpy() & (rows["kind"] != "payment").to_numpy(bool)
        principal = np.where(other & ~told, cents, principal)
        told = told | other
    return np.where(told, principal, -1), np.where(told, fine, -1), np.where(told, interest, -1)


_NAMES = ("principal", "fine", "interest")
