"""Purchases, streaks, the limit's own history and the debts of a group, on small ledgers worked by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from inadimplencia_ml import Ledger
from inadimplencia_ml.cases import build_cases

DAY = "2025-03-31"


def invoices(*rows: dict[str, Any]) -> pd.DataFrame:
    base = {"client_id": "A", "issue_date": "2025-01-02", "due_date": "2025-02-03", "amount": 100.0}
    return pd.DataFrame([base | {"invoice_id": f"T{i}"} | row for i, row in enumerate(rows, 1)])


def fact(ledger: Ledger, name: str, day: str = DAY, client: str = "A") -> Any:
    value: Any = build_cases(ledger, day).cases.set_index("client_id").loc[client, name]
    return None if pd.isna(value) else value


def test_purchases_are_what_was_issued_in_twelve_months_and_their_term_is_weighted_by_amount() -> None:
    ledger = Ledger(
        invoices(
            {"issue_date": "2025-03-01", "due_date": "2025-03-31", "amount": 300.0},  # 30 days
            {
                "issue_date": "2024-04-01",
                "due_date": "2024-05-31",
                "amount": 100.0,
            },  # 60 days, the last day
            {"issue_date": "2024-03-31", "due_date": "2024-04-30", "amount": 7000.0},  # a year and a day ago
            {"issue_date": "2025-03-01", "due_date": "2025-03-31", "amount": 50.0, "cancelled_date": "2025-03-02"},
        )
    )
    assert fact(ledger, "purchases_12m") == 400.0
    assert fact(ledger, "mean_term_days_12m") == pytest.approx((300 * 30 + 100 * 60) / 400)
    assert fact(ledger, "purchase_months_12m") == 12


def test_a_client_of_this_month_has_one_month_of_purchases() -> None:
    assert fact(Ledger(invoices({"issue_date": "2025-03-20", "due_date": "2025-04-20"})), "purchase_months_12m") == 1


def test_days_late_count_for_what_was_paid_and_early_days_for_nothing() -> None:
    ledger = Ledger(
        invoices(
            {"paid_date": "2025-02-13", "amount": 100.0},  # ten days late
            {"paid_date": "2025-01-20", "amount": 300.0},  # early
            {},  # open: not yet known how late it will be
        )
    )
    assert fact(ledger, "mean_late_days_12m") == pytest.approx(10 * 100 / 400)


def test_a_streak_ends_at_the_last_late_title_and_a_cure_begins_when_it_is_paid() -> None:
    months = [(f"2025-0{m}-03", f"2025-0{m}-0{3 + late}") for m, late in ((1, 0), (2, 6))]
    rows = [{"issue_date": "2024-12-02", "due_date": due, "paid_date": paid} for due, paid in months]
    paid_in_time = {"issue_date": "2025-02-10", "due_date": "2025-03-10", "paid_date": "2025-03-15"}  # within grace
    ledger = Ledger(invoices(*rows, paid_in_time))
    assert fact(ledger, "on_time_streak", "2025-02-28") == 0
    assert fact(ledger, "on_time_streak") == 1
    assert fact(ledger, "days_since_cure") == (pd.Timestamp(DAY) - pd.Timestamp("2025-02-09")).days


def test_while_a_title_is_late_nobody_is_cured_and_who_never_was_late_has_no_cure() -> None:
    late = {"issue_date": "2024-12-02", "due_date": "2025-01-03", "paid_date": "2025-02-03"}
    assert fact(Ledger(invoices(late, {"due_date": "2025-03-10"})), "days_since_cure") is None
    assert fact(Ledger(invoices({"paid_date": "2025-02-03"})), "days_since_cure") is None


def test_the_limit_before_the_last_cut_and_the_days_since_it_changed() -> None:
    clients = pd.DataFrame(
        {
            "client_id": ["A"] * 5,
            "known_on": ["2024-01-10", "2024-06-10", "2024-12-10", "2025-03-11", "2025-04-10"],
            "credit_limit": [1000.0, 5000.0, 2500.0, 2500.0, 9.0],
            "income": [None, 800.0, None, None, 1.0],
        }
    )
    ledger = Ledger(invoices({}), clients=clients)
    assert fact(ledger, "limit_before_cut") == 5000.0
    assert fact(ledger, "days_since_limit_change") == (pd.Timestamp(DAY) - pd.Timestamp("2024-12-10")).days
    assert fact(ledger, "income") == 800.0
    assert fact(ledger, "limit_before_cut", "2024-12-09") is None


def test_a_group_owes_together_and_of_several_groups_the_most_counts() -> None:
    owed = {"A": 10.0, "B": 200.0, "C": 3000.0}
    rows = [{"client_id": c, "amount": a, "due_date": "2025-05-05"} for c, a in owed.items()]
    links = pd.DataFrame(
        {"client_id": ["A", "B", "A", "C"], "group_id": ["G", "G", "H", "H"], "kind": ["cnpj_root"] * 2 + ["payer"] * 2}
    )
    ledger = Ledger(invoices(*rows), links=links)
    assert [fact(ledger, "group_open_amount", client=c) for c in "ABC"] == [3010.0, 210.0, 3010.0]
    assert fact(Ledger(invoices(*rows)), "group_open_amount", client="B") == 200.0
