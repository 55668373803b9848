"""A small book without histories, and what it holds on a day, told in plain pandas."""

from __future__ import annotations

import pandas as pd
from numpy.random import default_rng

from inadimplencia_ml.ledger.ledger import Ledger

UNTIL = pd.Timestamp("2025-06-30")


def plain_book(seed: int, clients: int = 12, each: int = 8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invoices with how they end (``end``, ``paid_on``, ``cancelled_date``), and payments, some in two parts."""
    rng = default_rng(seed)
    n = clients * each
    issue = pd.Timestamp("2024-01-05") + pd.to_timedelta(rng.integers(0, 420, n), unit="D")
    invoices = pd.DataFrame(
        {
            "client_id": [f"C{i % clients:02d}" for i in range(n)],
            "invoice_id": [f"T{i:03d}" for i in range(n)],
            "issue_date": issue,
            "due_date": issue + pd.to_timedelta(rng.integers(5, 40, n), unit="D"),
            "amount": rng.integers(10, 200, n).astype(float),
            "kind": rng.choice(["boleto", "pix"], n),
        }
    )
    end = rng.choice(["paid", "never", "written_off", "renegotiated", "void"], n, p=[0.6, 0.25, 0.05, 0.06, 0.04])
    over = invoices["due_date"] + pd.to_timedelta(rng.integers(-3, 200, n), unit="D")
    invoices["paid_on"] = over.where(end == "paid")
    invoices["cancelled_date"] = over.where(pd.Series(end).isin(["written_off", "renegotiated", "void"]))
    invoices["cancel_reason"] = pd.Series(end).where(invoices["cancelled_date"].notna())
    rows = []
    for one in invoices.itertuples():
        if rng.random() < 0.3:
            first = one.due_date + pd.Timedelta(days=int(rng.integers(0, 150)))
            rows.append((one.invoice_id, first, round(one.amount * 0.4, 2)))
        if pd.notna(one.paid_on):
            done = sum(amount for name, day, amount in rows if name == one.invoice_id and day <= one.paid_on)
            rows.append((one.invoice_id, one.paid_on, round(one.amount - done, 2)))
    payments = pd.DataFrame(rows, columns=["invoice_id", "payment_date", "amount"])
    return invoices, payments


def ledger_of(invoices: pd.DataFrame, payments: pd.DataFrame, until: pd.Timestamp = UNTIL) -> Ledger:
    own = invoices.drop(columns="paid_on")
    return Ledger(invoices=own, payments=payments, calendar="none", known_until=until.date())


def left_at(invoices: pd.DataFrame, payments: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """By invoice, cents outstanding at the end of a day, 0 once it is paid; cancellations are not looked at."""
    paid = payments[payments["payment_date"] <= day].groupby("invoice_id")["amount"].sum()
    left = (100 * (invoices["amount"] - invoices["invoice_id"].map(paid).fillna(0.0))).round()
    return left.clip(lower=0).where(invoices["paid_on"].isna() | (invoices["paid_on"] > day), 0.0).astype(int)


def reached_on(invoices: pd.DataFrame, payments: pd.DataFrame, dpd: int, until: pd.Timestamp) -> pd.Series:
    """By invoice, the day on which it reached the dpd or was closed overdue; NaT for none, and for void ones."""
    day = invoices["due_date"] + pd.Timedelta(days=dpd)
    closed, paid = invoices["cancelled_date"].where(invoices["cancelled_date"] <= until), invoices["paid_on"]
    literally = (day <= until) & ~(paid <= day) & ~(closed <= day)
    overdue = (closed > invoices["due_date"]) & (closed <= day) & ~(paid <= closed)
    found = day.where(literally, closed.where(overdue))
    return found.where(~((invoices["cancel_reason"] == "void") & closed.notna()))
