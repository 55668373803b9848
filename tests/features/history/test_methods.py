"""Payment methods, reversals and failed charges: counted by hand on small books, and blind to what was not known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.catalog.history.methods import METHODS
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.methods import NAMES, _method
from inadimplencia_ml.ledger.ledger import Ledger
from reference.random_ledger import random_ledger

SIX = ["pix", "boleto", "card", "debit", "transfer", "other"]
BOOK = [
    ("T1", "2025-01-10", 100.0, "boleto"),
    ("T2", "2025-02-10", 100.0, "boleto"),
    ("T3", "2025-03-10", 200.0, "Cartão"),
    ("T4", "2025-05-10", 300.0, "Débito automático"),
    ("T5", "2025-06-20", 80.0, "credit card"),
]
PAID = [
    ("T1", "2025-01-10", 40.0, "PIX", None),
    ("T1", "2025-01-10", 60.0, "Boleto", None),
    ("T2", "2025-02-11", 100.0, "pix", None),
    ("T3", "2025-03-10", 200.0, "Cartão de crédito", "2025-03-12"),  # taken back, and never paid again
    ("T4", "2025-05-11", 300.0, "débito", None),
    ("T5", "2025-06-20", 80.0, None, None),
]


def book(rows: list[tuple[Any, ...]] = BOOK, paid: list[tuple[Any, ...]] = PAID, **more: Any) -> Ledger:
    invoices = pd.DataFrame(rows, columns=["invoice_id", "due_date", "amount", "kind"])
    invoices = invoices.assign(client_id="C1", issue_date="2023-01-02")
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount", "method", "reversed_on"])
    for column, values in more.items():
        payments[column] = values
    return Ledger(invoices, payments, calendar="none")


def look(ledger: Ledger, as_of: str, client: str = "C1") -> pd.Series:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    return build_features(ledger, snapshots, families=["methods"]).iloc[0]


def shares(row: pd.Series) -> list[float]:
    return [row[f"method_{name}_share_365d"] for name in SIX]


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert [f.name for f in METHODS] == list(NAMES)
    assert {f.family for f in METHODS} == {"methods"}


def test_shares_are_of_the_unreversed_payments_whose_method_is_given() -> None:
    row = look(book(), "2025-06-30")

    assert shares(row) == [0.5, 0.25, 0.0, 0.25, 0.0, 0.0]  # of two by Pix, one boleto, one debit
    assert row.method_count_365d == 3
    assert row.method_last_changed == 1  # Pix in February, debit in May


def test_a_payment_has_its_method_until_it_is_reversed() -> None:
    assert shares(look(book(), "2025-03-11")) == [0.5, 0.25, 0.25, 0.0, 0.0, 0.0]
    assert shares(look(book(), "2025-03-12")) == [2 / 3, 1 / 3, 0.0, 0.0, 0.0, 0.0]


def test_of_several_methods_on_a_day_the_first_of_the_six_speaks() -> None:
    assert look(book(), "2025-02-11").method_last_changed == 0  # Pix and boleto in January: Pix, and Pix again
    assert look(book(), "2025-03-10").method_last_changed == 1
    assert math.isnan(look(book(), "2025-02-10").method_last_changed)


def test_reversals_count_from_their_own_day() -> None:
    before, after = look(book(), "2025-03-11"), look(book(), "2025-06-30")

    assert (before.reversed_count_365d, before.reversed_share_365d) == (0, 0.0)
    assert math.isnan(before.days_since_reversal)
    assert (after.reversed_count_365d, after.reversed_amount_365d) == (1, 200.0)
    assert after.reversed_share_365d == 1 / 6  # five more payments, the one without a method included
    assert after.days_since_reversal == 110  # since 12 March


def test_a_reversal_leaves_the_window_after_a_year_and_is_still_the_last_one() -> None:
    row = look(book(), "2026-03-12")

    assert (row.reversed_count_365d, row.reversed_amount_365d, row.days_since_reversal) == (0, 0, 365)
    assert look(book(), "2026-03-11").reversed_count_365d == 1
    assert (row.method_count_365d, row.method_last_changed) == (1, 1)  # the change is not forgotten


def test_a_charge_failed_if_it_is_two_days_late() -> None:
    row = look(book(), "2025-06-30")

    assert (row.recurring_failed_count_90d, row.recurring_failed_count_365d) == (0, 1)  # T3, due 112 days ago
    assert (row.recurring_failed_share_365d, row.recurring_failed_last) == (1 / 3, 0)
    assert [look(book(), f"2025-03-{day}").recurring_failed_last for day in (10, 11, 12)] == [0, 0, 1]
    assert look(book(), "2025-06-07").recurring_failed_count_90d == 1
    assert look(book(), "2025-06-08").recurring_failed_count_90d == 0
    assert math.isnan(look(book(), "2025-03-09").recurring_failed_last)


def test_a_payment_booked_late_is_seen_late() -> None:
    ledger = book(known_on=[None, None, None, "2025-03-20", None, None])

    assert look(ledger, "2025-03-19").reversed_count_365d == 0  # nothing of it was known
    assert look(ledger, "2025-03-20").reversed_count_365d == 1  # paid and taken back before the books knew
    assert look(ledger, "2025-03-20").days_since_reversal == 8


def test_other_kinds_than_payment_and_void_invoices_are_left_out() -> None:
    ledger = book(kind=["payment", "discount", None, "credit_note", "payment", "payment"])
    row = look(ledger, "2025-06-30")

    assert shares(row) == [2 / 3, 0.0, 0.0, 1 / 3, 0.0, 0.0]
    assert row.reversed_count_365d == 0

    rows = pd.DataFrame(BOOK, columns=["invoice_id", "due_date", "amount", "kind"]).assign(
        client_id="C1", issue_date="2023-01-02", cancelled_date=["2025-05-01", None, "2025-05-01", None, None]
    )
    paid = pd.DataFrame(PAID, columns=["invoice_id", "payment_date", "amount", "method", "reversed_on"])
    void = Ledger(rows, paid, calendar="none")
    assert look(void, "2025-04-30").reversed_count_365d == 1
    assert look(void, "2025-05-01").reversed_count_365d == 0
    assert shares(look(void, "2025-06-30")) == [0.5, 0.0, 0.0, 0.5, 0.0, 0.0]
    assert look(void, "2025-06-30").recurring_failed_share_365d == 0.0


def test_a_shorthand_has_no_method_and_its_double_has_the_one_of_its_row() -> None:
    rows = pd.DataFrame(BOOK[:2], columns=["invoice_id", "due_date", "amount", "kind"])
    rows = rows.assign(client_id="C1", issue_date="2024-12-02", paid_date=["2025-01-10", "2025-02-11"])
    paid = pd.DataFrame({"invoice_id": ["T2"], "payment_date": ["2025-02-11"], "amount": [100.0], "method": ["ted"]})
    ledger = Ledger(rows, paid, calendar="none")

    assert ledger.books.doubles == 1
    assert shares(look(ledger, "2025-06-30")) == [0, 0, 0, 0, 1.0, 0]


def test_payments_of_unknown_invoices_and_of_other_clients_do_not_count() -> None:
    rows = pd.DataFrame(BOOK[:2], columns=["invoice_id", "due_date", "amount", "kind"])
    rows = rows.assign(client_id=["C1", "C2"], issue_date="2024-12-02")
    paid = pd.DataFrame(
        {"invoice_id": ["T1", "T2", "T7", None], "payment_date": "2025-02-11", "amount": 9.0, "method": SIX[:4]}
    )
    ledger = Ledger(rows, paid, calendar="none")

    assert shares(look(ledger, "2025-06-30")) == [1.0, 0, 0, 0, 0, 0]
    assert shares(look(ledger, "2025-06-30", "C2")) == [0, 1.0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "code"),
    list(
        {
            " Pix ": 0,
            "BOLETO": 1,
            "Credit Card": 2,
            "cartão-de-débito": 2,
            "Débito Automático": 3,
            "direct-debit": 3,
            "TED": 4,
            "Transferência": 4,
            "cheque": 5,
            "boleto antigo": 5,
            "現金": 5,
            " ": -1,
        }.items()
    ),
)
def test_a_method_is_known_in_any_spelling(name: str, code: int) -> None:
    assert _method(name) == code


def test_absent_columns_give_no_shares_and_counts_of_zero() -> None:
    rows = pd.DataFrame(BOOK, columns=["invoice_id", "due_date", "amount", "kind"])
    rows = rows.assign(client_id="C1", issue_date="2024-12-02")
    plain = pd.DataFrame(PAID, columns=["invoice_id", "payment_date", "amount", "method", "reversed_on"])
    bare = Ledger(rows.drop(columns="kind"), plain.drop(columns=["method", "reversed_on"]), calendar="none")
    for row in (look(bare, "2025-04-30"), look(Ledger(rows), "2025-04-30")):
        assert all(math.isnan(value) for value in [*shares(row), row.reversed_share_365d, row.days_since_reversal])
        assert (row.method_count_365d, row.reversed_count_365d, row.reversed_amount_365d) == (0, 0, 0)
    assert look(Ledger(rows), "2025-04-30").recurring_failed_count_365d == 1
    assert look(bare, "2025-04-30").recurring_failed_count_365d == 0
    assert math.isnan(look(bare, "2025-04-30").recurring_failed_share_365d)


def test_without_data_counts_are_zero_and_all_else_is_missing() -> None:
    row = look(book(), "2025-06-30", client="nobody")
    zero = {name for name in NAMES if "count" in name or "amount" in name}

    assert all(row[name] == 0 for name in zero)
    assert all(math.isnan(row[name]) for name in set(NAMES) - zero)


@pytest.mark.parametrize("seed", [4, 21])
def test_what_comes_later_and_the_order_of_rows_change_nothing(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=6)
    dice = np.random.default_rng(seed)
    kinds, methods = ["card", "boleto", None, "débito"], ["pix", "Boleto", "cartão", None, "cheque", "ted"]
    tables["invoices"] = tables["invoices"].assign(kind=dice.choice(kinds, len(tables["invoices"])))
    tables["payments"] = tables["payments"].assign(method=dice.choice(methods, len(tables["payments"])))
    report = audit_leaks(
        Ledger(**tables, **how), snapshots, lambda b, s: build_features(b, s, families=["methods"]), dates=4
    )

    assert report.ok, str(report)


def test_threads_do_not_change_a_bit() -> None:
    tables, snapshots, how = random_ledger(12)
    ledger = Ledger(**tables | {"payments": tables["payments"].assign(method="pix")}, **how)
    one, many = (build_features(ledger, snapshots, families=["methods"], n_jobs=n) for n in (1, 5))

    pd.testing.assert_frame_equal(one, many, check_exact=True)
    assert (one["method_pix_share_365d"] == 1).any()
    assert one["reversed_count_365d"].any()
