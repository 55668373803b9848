"""The order of payments: counted by hand, and by comparing every payment with every older invoice."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.catalog.history.order import ORDER
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.order import NAMES
from inadimplencia_ml.ledger.ledger import Ledger
from reference.random_ledger import random_ledger

BOOK = [
    ("T1", "2025-01-10", 100.0),  # never paid
    ("T2", "2025-02-10", 100.0),
    ("T3", "2025-03-10", 200.0),  # 50 paid, still open
    ("T4", "2025-04-10", 300.0),  # paid in two parts, 20 too much
    ("T5", "2025-07-10", 80.0),  # not due
]
PAID = [("T2", "2025-02-10", 100.0), ("T3", "2025-03-05", 50.0), ("T4", "2025-04-10", 150.0)]
PAID += [("T4", "2025-04-20", 170.0)]


def book(
    rows: list[tuple[str, str, float | None]] = BOOK, paid: list[tuple[str, str, float]] = PAID, **more: Any
) -> Ledger:
    invoices = pd.DataFrame(rows, columns=["invoice_id", "due_date", "amount"])
    invoices = invoices.assign(client_id="C1", issue_date="2024-01-02")
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount"]) if paid else None
    for column, values in more.items():
        (payments if column in ("reversed_on", "known_on", "principal") else invoices)[column] = values
    return Ledger(invoices, payments, calendar="none")


def look(ledger: Ledger, as_of: str, client: str = "C1") -> pd.Series:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    return build_features(ledger, snapshots, families=["order"]).iloc[0]


def pays_newer(older: tuple[str, str | None], newer: tuple[str, str]) -> int:
    """pays_newer_count_365d of two invoices, each with its due date and the day it is paid, at the end of the year."""
    paid = [(name, day, 100.0) for name, day in (("A", older[1]), ("B", newer[1])) if day]
    return int(
        look(book([("A", older[0], 100.0), ("B", newer[0], 100.0)], paid), "2025-12-30")["pays_newer_count_365d"]
    )


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert [f.name for f in ORDER] == list(NAMES)
    assert {f.family for f in ORDER} == {"order"}


def test_newer_ones_are_paid_while_an_older_one_is_left() -> None:
    row = look(book(), "2025-06-30")

    assert (row.pays_newer_count_365d, row.pays_newer_share_365d) == (4, 1.0)
    assert (row.skipped_count, row.skipped_amount, row.skipped_share) == (2, 250.0, 1.0)  # T1 and T3, before T4
    assert row.newest_paid_gap_days == 90  # 10 January to 10 April


def test_parts_too_much_and_payments_an_invoice() -> None:
    row = look(book(), "2025-06-30")

    assert (row.part_paid_open_count, row.part_paid_open_share) == (1, 0.25)
    assert (row.overpaid_count_365d, row.overpaid_amount_365d) == (1, 20.0)
    assert row.payments_per_invoice_mean_365d == 1.5  # T2 one, T4 two


@pytest.mark.parametrize(
    ("older", "newer", "count"),
    [
        (("2025-01-10", None), ("2025-02-10", "2025-01-11"), 1),  # overdue since the day before
        (("2025-01-10", None), ("2025-02-10", "2025-01-10"), 0),  # due on that day: not overdue
        (("2025-01-10", "2025-02-10"), ("2025-02-10", "2025-02-10"), 0),  # both paid on one day
        (("2025-01-10", "2025-02-11"), ("2025-02-10", "2025-02-10"), 1),  # the older one a day later
        (("2025-01-10", "2025-02-09"), ("2025-02-10", "2025-02-10"), 0),
        (("2025-01-10", "2025-03-10"), ("2025-01-10", "2025-02-10"), 0),  # due on the same day: neither is older
        (("2025-02-10", "2025-03-10"), ("2025-01-10", "2025-02-11"), 0),  # the older one is paid first
        (("2023-01-10", None), ("2025-02-10", "2024-12-31"), 1),  # the first day of the year before 30 December
        (("2023-01-10", None), ("2025-02-10", "2024-12-30"), 0),
    ],
)
def test_an_older_one_must_be_overdue_and_unpaid_on_the_day(
    older: tuple[str, str | None], newer: tuple[str, str], count: int
) -> None:
    assert pays_newer(older, newer) == count


def test_an_older_one_that_was_renegotiated_by_then_is_not_left() -> None:
    rows = [("A", "2025-01-10", 100.0), ("B", "2025-02-10", 100.0)]
    for day, count in (("2025-02-10", 0), ("2025-02-11", 1)):
        ledger = book(rows, [("B", "2025-02-10", 100.0)], cancelled_date=[day, None], cancel_reason="renegotiated")
        assert look(ledger, "2025-06-30").pays_newer_count_365d == count


def test_a_payment_counts_from_its_booking_until_its_reversal() -> None:
    dates = {"known_on": [None, None, None, "2025-04-25"], "reversed_on": [None, "2025-05-10", None, None]}
    early, middle, late = (look(book(**dates), day) for day in ("2025-04-24", "2025-04-25", "2025-05-10"))

    assert (early.pays_newer_count_365d, middle.pays_newer_count_365d, late.pays_newer_count_365d) == (3, 4, 3)
    assert (early.part_paid_open_count, middle.part_paid_open_count, late.part_paid_open_count) == (2, 1, 0)
    assert early.part_paid_open_share == (50 + 150) / (200 + 300)
    assert (early.skipped_count, late.skipped_amount) == (1, 300.0)  # without T4 only T1 is older than T2


def test_interest_given_apart_is_no_overpayment() -> None:
    row = look(book(principal=[None, None, None, 150.0]), "2025-06-30")

    assert (row.overpaid_count_365d, row.overpaid_amount_365d) == (0, 0)


def test_no_payment_settles_an_invoice_of_amount_zero_and_the_first_one_settles_a_missing_amount() -> None:
    free = look(book([("A", "2025-01-10", 100.0), ("B", "2025-02-10", 0.0)], []), "2025-06-30")
    unsaid = look(
        book([("A", "2025-01-10", 100.0), ("B", "2025-02-10", None)], [("B", "2025-02-10", 5.0)]), "2025-06-30"
    )

    assert (free.skipped_count, free.newest_paid_gap_days == free.newest_paid_gap_days) == (0, False)
    assert (unsaid.skipped_count, unsaid.newest_paid_gap_days, unsaid.overpaid_count_365d) == (1, 31, 0)
    assert unsaid.payments_per_invoice_mean_365d == 1


def test_the_older_one_may_be_open_and_not_late_within_the_days_up_to_a_business_day() -> None:
    rows = [("A", "2025-01-11", 100.0), ("B", "2025-02-10", 100.0)]  # a Saturday, moved to Monday the 13th
    for day, count in (("2025-01-13", 0), ("2025-01-14", 1)):
        invoices = pd.DataFrame(rows, columns=["invoice_id", "due_date", "amount"])
        payments = pd.DataFrame({"invoice_id": ["B"], "payment_date": [day], "amount": [100.0]})
        ledger = Ledger(invoices.assign(client_id="C1", issue_date="2024-12-02"), payments)
        assert look(ledger, "2025-06-30").pays_newer_count_365d == count


def test_without_data_counts_are_zero_and_all_else_is_missing() -> None:
    row = look(book(), "2025-06-30", client="nobody")
    zero = {name for name in NAMES if "count" in name or "amount" in name}

    assert all(row[name] == 0 for name in zero)
    assert all(math.isnan(row[name]) for name in set(NAMES) - zero)


@pytest.mark.parametrize("seed", range(5))
def test_the_sweep_finds_what_a_comparison_of_all_with_all_finds(seed: int) -> None:
    dice, t = np.random.default_rng(seed), dt.date(2025, 6, 30)
    due = [t - dt.timedelta(int(k)) for k in dice.integers(-60, 300, 60)]
    paid = [d + dt.timedelta(int(k)) for d, k in zip(due, dice.integers(-90, 30, 60), strict=True)]
    paid = [d if d <= t else None for d in paid]
    rows = [(f"T{k}", str(d), 10.0) for k, d in enumerate(due)]
    row = look(book(rows, [(f"T{k}", str(d), 10.0) for k, d in enumerate(paid) if d]), str(t))

    window = [(d, p) for d, p in zip(due, paid, strict=True) if p and p > t - dt.timedelta(365)]
    newer = sum(
        any(d < own and d < day and (q is None or q > day) for d, q in zip(due, paid, strict=True))
        for own, day in window
    )
    assert 0 < newer < len(window)
    assert (row.pays_newer_count_365d, row.pays_newer_share_365d) == (newer, newer / len(window))


@pytest.mark.parametrize("seed", [4, 21])
def test_what_comes_later_and_the_order_of_rows_change_nothing(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=6)
    report = audit_leaks(
        Ledger(**tables, **how), snapshots, lambda b, s: build_features(b, s, families=["order"]), dates=4
    )

    assert report.ok, str(report)
