"""Contracts: counted by hand on small books, and blind to what was not known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.catalog.history.contracts import CONTRACTS
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.contracts import NAMES
from inadimplencia_ml.ledger.ledger import Ledger
from reference.random_ledger import random_ledger

COLUMNS = ["invoice_id", "contract_id", "installment", "issue_date", "due_date", "amount"]
BOOK = [
    ("A1", "K1", 1, "2024-12-01", "2025-01-10", 100.0),  # never paid: 80 days late at the end of March
    ("A2", "K1", 2, "2024-12-01", "2025-02-10", 100.0),  # paid 5 days late
    ("B1", "K2", 1, "2025-01-15", "2025-02-14", 200.0),  # paid on the day
    ("B2", "K2", 2, "2025-01-15", "2025-03-14", 200.0),  # 50 paid: 17 days late
    ("B3", "K2", 3, "2025-01-15", "2025-04-14", 100.0),  # not due yet
    ("D1", "K0", 1, "2024-11-01", "2025-05-02", 100.0),  # not due yet
    ("E1", "K9", 1, "2024-11-01", "2024-12-02", 100.0),  # paid 1 day late
    ("N1", None, None, "2025-03-01", "2025-03-10", 900.0),  # in no contract: 21 days late
]
PAID = [("A2", "2025-02-15", 100.0), ("B1", "2025-02-14", 200.0), ("B2", "2025-03-20", 50.0)]
PAID += [("E1", "2024-12-03", 100.0)]


def book(rows: list[tuple[Any, ...]] = BOOK, paid: list[tuple[Any, ...]] = PAID, **more: Any) -> Ledger:
    invoices = pd.DataFrame(rows, columns=COLUMNS).assign(client_id="C1")
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount"]) if paid else None
    for column, by_invoice in more.items():
        invoices[column] = invoices["invoice_id"].map(by_invoice)
    return Ledger(invoices, payments, calendar="none")


def look(ledger: Ledger, as_of: str, client: str = "C1") -> pd.Series:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    return build_features(ledger, snapshots, families=["contracts"]).iloc[0]


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert [f.name for f in CONTRACTS] == list(NAMES)
    assert {f.family for f in CONTRACTS} == {"contracts"}


def test_contracts_are_counted_and_an_invoice_without_one_is_in_none() -> None:
    row = look(book(), "2025-03-31")

    assert (row.contract_count_all, row.contract_open_count, row.contract_overdue_count) == (4, 3, 2)
    assert row.contract_overdue_share == 2 / 3


def test_the_last_contract_is_the_one_first_issued_latest() -> None:
    row = look(book(), "2025-03-31")

    assert (row.last_contract_due_count, row.last_contract_late_share) == (2, 0.5)
    assert (row.last_contract_days_late_mean, row.last_contract_days_late_max) == (8.5, 17)
    assert (row.last_contract_overdue_amount, row.last_contract_paid_share) == (150.0, 250 / 500)
    assert row.last_contract_age_days == 75


def test_the_worst_contract_and_the_first_instalments() -> None:
    row = look(book(), "2025-03-31")

    assert (row.contract_late_share_max, row.contract_days_late_mean_max) == (1.0, 42.5)  # K1: 80 and 5 days
    assert row.first_payment_default_count_all == 1  # A1
    assert row.first_payment_late_share_all == 2 / 3  # A1 and E1 of A1, B1, E1


def test_thirty_days_late_is_a_default_and_twenty_nine_is_not() -> None:
    assert look(book(), "2025-02-08").first_payment_default_count_all == 0
    assert look(book(), "2025-02-09").first_payment_default_count_all == 1


def test_a_first_instalment_without_a_contract_counts() -> None:
    row = look(book([("X", None, 1, "2025-01-01", "2025-01-31", 10.0)], []), "2025-03-31")

    assert (row.first_payment_default_count_all, row.first_payment_late_share_all) == (1, 1.0)
    assert (row.contract_count_all, row.last_contract_due_count, row.last_contract_overdue_amount) == (0, 0, 0)


def test_of_two_contracts_first_issued_on_one_day_the_larger_number_is_the_last() -> None:
    rows = [("A", "K2", 1, "2025-01-02", "2025-02-03", 10.0), ("B", "K1", 1, "2025-01-02", "2025-05-05", 10.0)]

    assert look(book(rows, []), "2025-03-31").last_contract_due_count == 1


def test_an_invoice_counts_for_its_contract_from_the_day_it_is_known() -> None:
    late = {"B1": "2025-02-20", "B2": "2025-02-20", "B3": "2025-02-20"}
    ledger = book(known_on=late)

    assert look(ledger, "2025-02-19").contract_count_all == 3
    assert look(ledger, "2025-02-19").last_contract_age_days == 80  # of K1: since 1 December
    assert look(ledger, "2025-02-20").contract_count_all == 4


def test_renegotiated_closes_an_invoice_with_its_days_frozen_and_void_takes_it_away() -> None:
    when = {"A1": "2025-01-20", "B1": "2025-03-01", "B2": "2025-03-01", "B3": "2025-03-01"}
    why = {"A1": "renegotiated", "B1": "void", "B2": "void", "B3": "void"}
    row = look(book(cancelled_date=when, cancel_reason=why), "2025-03-31")

    assert (row.contract_count_all, row.contract_open_count, row.contract_overdue_count) == (3, 1, 0)
    assert row.contract_days_late_mean_max == 7.5  # K1, now the last: 10 and 5 days
    assert (row.last_contract_days_late_mean, row.last_contract_overdue_amount) == (7.5, 0)
    assert (row.last_contract_paid_share, row.first_payment_default_count_all) == (0.5, 0)


def test_a_postponement_moves_the_invoice_out_of_what_is_due_and_the_contract_stays_the_first_told() -> None:
    rows = [
        ("A", "K1", 1, "2025-01-02", "2025-02-03", 10.0),
        ("A", "K7", 2, "2025-01-02", "2025-05-05", 10.0),
    ]
    invoices = pd.DataFrame(rows, columns=COLUMNS).assign(client_id="C1", known_on=["2025-01-02", "2025-03-01"])
    before, after = (look(Ledger(invoices, calendar="none"), day) for day in ("2025-02-28", "2025-03-01"))

    assert (before.contract_overdue_count, before.last_contract_due_count) == (1, 1)
    assert (after.contract_overdue_count, after.last_contract_due_count, after.contract_count_all) == (0, 0, 1)
    assert after.first_payment_late_share_all != after.first_payment_late_share_all


def test_a_reversed_payment_opens_the_contract_again() -> None:
    paid = pd.DataFrame({"invoice_id": ["X"], "payment_date": ["2025-02-03"], "amount": [10.0]})
    invoices = pd.DataFrame([("X", "K1", 1, "2025-01-02", "2025-02-03", 10.0)], columns=COLUMNS).assign(client_id="C1")
    ledger = Ledger(invoices, paid.assign(reversed_on="2025-02-20"), calendar="none")

    assert look(ledger, "2025-02-19").contract_open_count == 0
    assert look(ledger, "2025-02-20").last_contract_days_late_max == 17


def test_without_data_counts_are_zero_and_all_else_is_missing() -> None:
    row = look(book(), "2025-03-31", client="nobody")
    zero = {name for name in NAMES if "count" in name or "amount" in name}

    assert all(row[name] == 0 for name in zero)
    assert all(math.isnan(row[name]) for name in set(NAMES) - zero)


def test_a_ledger_without_contracts_has_no_such_columns() -> None:
    ledger = Ledger(pd.DataFrame(BOOK, columns=COLUMNS).assign(client_id="C1").drop(columns="contract_id"))

    assert "contract_count_all" not in look(ledger, "2025-03-31").index


@pytest.mark.parametrize("seed", [4, 21])
def test_what_comes_later_and_the_order_of_rows_change_nothing(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=6)
    dice, n = np.random.default_rng(seed), len(tables["invoices"])
    named = [f"K{k}" if k else None for k in dice.integers(0, 5, n)]
    tables["invoices"] = tables["invoices"].assign(contract_id=named, installment=dice.integers(1, 4, n))
    report = audit_leaks(
        Ledger(**tables, **how), snapshots, lambda b, s: build_features(b, s, families=["contracts"]), dates=4
    )

    assert report.ok, str(report)
