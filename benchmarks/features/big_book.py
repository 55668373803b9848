"""A large book drawn from a seed with numpy alone: not a world like that of the synthetic room, only its size and mess.

It holds what costs a feature pass time: several invoices a day and client, part payments, late bookings, reversals,
kinds that settle without money, postponements, cancellations, states with holidays of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["LAST_DAY", "Book", "draw_book"]

FIRST_DAY, LAST_DAY = np.datetime64("2021-01-01"), np.datetime64("2024-12-31")
DAYS = int((LAST_DAY - FIRST_DAY).astype(int))
STATES = np.array(["SP", "RJ", "MG", "RS", "PR", "BA", "PE", "CE", None], object)
TERMS = np.array([7, 14, 21, 28, 30, 30, 30, 45, 60])
KINDS = np.array(["payment", "discount", "withheld_tax", "credit_note"], object)

Days = npt.NDArray[np.int64]  # days since FIRST_DAY


class Book(NamedTuple):
    """The three tables of the benchmark, as `inadimplencia_ml.Ledger` takes them."""

    invoices: pd.DataFrame
    payments: pd.DataFrame
    clients: pd.DataFrame


def draw_book(invoices: int, clients: int, *, random_state: int, text_ids: bool = True) -> Book:
    """A book of so many invoices and clients; invoice rows are some four in a hundred more, for their histories.

    Parameters
    ----------
    invoices, clients : int
        Numbers of different ids.
    random_state : int
        Seed.
    text_ids : bool
        Ids as text, as an import keeps them; else as integers.
    """
    rng = np.random.default_rng(random_state)
    client = np.sort(rng.choice(clients, invoices, p=_shares(clients, rng)))
    began = rng.integers(0, DAYS * 3 // 4, clients)[client]
    issue = began + (rng.random(invoices) * (DAYS - began)).astype(np.int64)
    due = issue + rng.choice(TERMS, invoices)
    usual = rng.lognormal(6.5, 1.0, clients)[client]
    amount = np.round(1 + usual * rng.lognormal(0, 0.5, invoices), 2)
    ids = _ids(text_ids, client, clients, "C"), _ids(text_ids, np.arange(invoices), invoices, "T")
    paid = _paid(client, clients, due, amount, rng)
    table = _invoice_rows(*ids, issue, due, amount, rng)
    who = pd.DataFrame({"client_id": _ids(text_ids, np.arange(clients), clients, "C")})
    who["kind"] = np.where(rng.random(clients) < 0.4, "PF", "PJ")
    who["uf"] = STATES[rng.integers(0, len(STATES), clients)]
    return Book(table, _payment_rows(ids[1], paid, rng), who)


def _shares(clients: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """How the invoices fall to the clients: many buy seldom, a few buy often."""
    weight = rng.lognormal(0, 0.7, clients)
    return weight / weight.sum()


def _ids(as_text: bool, number: npt.NDArray[np.int64], size: int, letter: str) -> pd.Index:
    if not as_text:
        return pd.Index(number)
    names = pd.Index(np.char.add(letter, np.char.zfill(np.arange(size).astype(str), 8)))
    return names.take(number)


def _dates(days: npt.NDArray[np.float64] | Days) -> npt.NDArray[np.datetime64]:
    """Days since FIRST_DAY as dates; NaN as missing."""
    known = ~np.isnan(days)
    out = np.full(len(days), np.datetime64("NaT", "D"))
    out[known] = FIRST_DAY + days[known].astype(np.int64)
    return out.astype("datetime64[s]")


def _invoice_rows(
    client: pd.Index,
    invoice: pd.Index,
    issue: Days,
    due: Days,
    amount: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One row an invoice, and a later row for the postponed ones; some cancelled, some booked after their issue."""
    n = len(issue)
    cancelled = np.where(rng.random(n) < 0.02, due + rng.integers(-10, 200, n), np.nan)
    cancelled = np.where((cancelled < issue) | (cancelled > DAYS), np.nan, cancelled)
    reason = np.array(["void", "renegotiated", "written_off"], object)[rng.integers(0, 3, n)]
    late = np.where(rng.random(n) < 0.1, np.minimum(issue + rng.integers(1, 6, n), DAYS), np.nan)
    first = {"client_id": client, "invoice_id": invoice, "issue_date": _dates(issue), "due_date": _dates(due)}
    rows = pd.DataFrame(first | {"amount": amount, "known_on": _dates(late)})
    rows["cancelled_date"], rows["cancelled_known_on"] = _dates(cancelled), _dates(cancelled + 1)
    rows["cancel_reason"] = np.where(np.isnan(cancelled), None, reason)
    told_on = due - rng.integers(0, 5, n)
    moved = (rng.random(n) < 0.04) & np.isnan(cancelled) & (told_on > np.nan_to_num(late, nan=-1)) & (told_on > issue)
    at = np.flatnonzero(moved & (told_on <= DAYS))
    later = rows.iloc[at].assign(due_date=_dates(due[at] + 30), known_on=_dates(told_on[at]))
    return pd.concat([rows, later], ignore_index=True)


class _Paid(NamedTuple):
    """Payments by the position of their invoice."""

    invoice: Days
    day: Days
    amount: npt.NDArray[np.float64]


def _paid(client: Days, clients: int, due: Days, amount: npt.NDArray[np.float64], rng: np.random.Generator) -> _Paid:
    """Each client has a habit; most pay around the due date, some long after, some in two parts, some never."""
    n = len(due)
    habit = rng.gamma(1.0, 6.0, clients)[client]
    delay = np.round(rng.normal(habit - 3, 3 + habit / 2)).astype(np.int64)
    delay += np.where(rng.random(n) < 0.03, rng.integers(30, 300, n), 0)
    day = np.maximum(due + delay, 0)
    pays = rng.random(n) > 0.02 + np.minimum(habit / 200, 0.3)
    in_parts = pays & (rng.random(n) < 0.06)
    part = np.where(in_parts, np.round(amount * rng.uniform(0.2, 0.8, n), 2), amount)
    one, two = np.flatnonzero(pays), np.flatnonzero(in_parts)
    invoice = np.concatenate([one, two])
    when = np.concatenate([day[one], day[two] + rng.integers(1, 40, len(two))])
    cents = np.concatenate([part[one], np.round(amount[two] - part[two], 2)])
    keep = (when <= DAYS) & (cents > 0)
    return _Paid(invoice[keep], when[keep], cents[keep])


def _payment_rows(invoice: pd.Index, paid: _Paid, rng: np.random.Generator) -> pd.DataFrame:
    """Booked some days later; some taken back; a few kinds that are no money."""
    n = len(paid.day)
    booked = np.minimum(paid.day + rng.choice([0, 1, 1, 2, 3, 5], n), DAYS)
    back = np.where(rng.random(n) < 0.005, paid.day + rng.integers(1, 15, n), np.nan)
    back = np.where(back > DAYS, np.nan, back)
    kind = KINDS[rng.choice(len(KINDS), n, p=[0.97, 0.015, 0.01, 0.005])]
    return pd.DataFrame(
        {
            "invoice_id": invoice.take(paid.invoice),
            "payment_date": _dates(paid.day),
            "amount": paid.amount,
            "kind": kind,
            "known_on": _dates(booked),
            "reversed_on": _dates(back),
        }
    )
