"""Books for the families over a client's history: one with a case of every kind, plain random ones, and the cut law."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.ledger.ledger import Ledger
from reference.random_ledger import random_ledger

SEEN_FROM = "2025-06-30"


def one_of_each() -> Ledger:
    """Client C1; seen from 2025-06-30, in order of due date, the days late are 1, 5, 140, 112, 20, -2, 20, 0."""
    columns = ["invoice_id", "due_date", "amount", "known_on", "cancelled_date", "cancel_reason"]
    rows = [
        ("paid_a_year_ago", "2024-05-10", 50, "2024-04-01", None, None),
        ("paid", "2025-01-10", 100, "2024-12-01", None, None),
        ("reversed", "2025-02-10", 200, "2024-12-01", None, None),
        ("part_paid", "2025-03-10", 300, "2024-12-01", None, None),
        ("renegotiated", "2025-04-10", 400, "2024-12-01", "2025-04-30", "renegotiated"),
        ("postponed", "2025-04-20", 500, "2024-12-01", None, None),
        ("postponed", "2025-05-20", None, "2025-04-15", None, None),
        ("booked_late", "2025-06-10", 600, "2024-12-01", None, None),
        ("no_amount", "2025-06-20", None, "2024-12-01", None, None),
        ("void", "2025-02-20", 900, "2024-12-01", "2025-03-01", "void"),
        ("not_due", "2025-07-10", 700, "2024-12-01", None, None),
    ]
    invoices = pd.DataFrame(rows, columns=columns).assign(client_id="C1", issue_date="2024-04-01")
    payments = pd.DataFrame(
        [
            ("paid_a_year_ago", "2024-05-11", 50, None, None),
            ("paid", "2025-01-15", 100, None, "2025-01-17"),
            ("reversed", "2025-02-10", 200, "2025-03-01", None),
            ("part_paid", "2025-03-01", 100, None, None),
            ("postponed", "2025-05-18", 500, None, None),
            ("booked_late", "2025-06-12", 600, None, "2025-07-05"),
            ("no_amount", "2025-06-20", 33, None, None),
        ],
        columns=["invoice_id", "payment_date", "amount", "reversed_on", "known_on"],
    )
    return Ledger(invoices, payments, calendar="none")


def plain_book(invoices: pd.DataFrame) -> Ledger:
    """A book of paid invoices: client_id, due (a date), late (days, signed), amount; known long before they are due."""
    due = pd.to_datetime(invoices["due"])
    return Ledger(
        pd.DataFrame(
            {
                "client_id": invoices["client_id"],
                "invoice_id": np.arange(len(invoices)),
                "issue_date": due.min() - pd.Timedelta(days=60),
                "due_date": due,
                "amount": invoices["amount"],
                "paid_date": due + pd.to_timedelta(invoices["late"], unit="D"),
            }
        ),
        calendar="none",
    )


def random_book(seed: int, clients: int = 40) -> pd.DataFrame:
    """Rows for `plain_book`, in order of due date, all paid by `SEEN_FROM`; up to 30 invoices a client."""
    dice = np.random.default_rng(seed)
    owner = np.repeat(np.arange(clients), dice.integers(0, 31, clients))
    ages = dice.choice([dice.integers(40, 700, len(owner)), 40 + 30 * dice.integers(0, 12, len(owner))])
    book = pd.DataFrame(
        {
            "client_id": [f"C{c}" for c in owner],
            "due": pd.Timestamp(SEEN_FROM) - pd.to_timedelta(ages, unit="D"),
            "late": dice.choice([-3, -1, 0, 0, 1, 2, 7, 7, 15, 31], len(owner)),
            "amount": np.where(dice.random(len(owner)) < 0.1, np.nan, dice.integers(1, 10**6, len(owner)) / 100),
        }
    )
    return book.sort_values("due", kind="stable", ignore_index=True)


def look(ledger: Ledger, family: str, clients: str | list[str] = "C1", as_of: str = SEEN_FROM) -> pd.DataFrame:
    """Features of the clients by id."""
    clients = [clients] if isinstance(clients, str) else clients
    snapshots = pd.DataFrame({"client_id": clients, "as_of": as_of})
    return build_features(ledger, snapshots, families=[family]).set_index("client_id")


def assert_only_what_was_known_counts(family: str, seed: int) -> None:
    """The features of a nasty ledger: equal to those of the ledger cut on the day, and the audit finds no leak."""
    tables, snapshots, settings = random_ledger(seed, clients=6)
    ledger = Ledger(**tables, **settings)
    build = partial(build_features, families=[family])
    whole, names = build(ledger, snapshots), [f.name for f in HISTORY_FAMILIES[family]]
    days = whole["as_of"].drop_duplicates().sort_values()
    for day in days.iloc[:: max(1, len(days) // 4)]:
        then = (whole["as_of"] == day).to_numpy()
        cut = build(ledger.known_at(day.date()), snapshots[then])[names]
        pd.testing.assert_frame_equal(cut, whole.loc[then, names].reset_index(drop=True), check_exact=True)
    audit_leaks(ledger, snapshots, build, dates=3).raise_if_leaking()
