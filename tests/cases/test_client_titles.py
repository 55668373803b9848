"""One client's titles at a day: worked out by hand, and the open ones those that the ledger names."""

from __future__ import annotations

import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.cases.client_titles import client_titles
from inadimplencia_ml.ledger.open_invoices import open_invoices

INVOICES = pd.DataFrame(
    [
        # settled late in two parts, open in part, booked after the day, void, renegotiated, disputed, another client's
        ("A", "T1", "2025-01-02", "2025-02-03", 100.0, None, None, None),
        ("A", "T2", "2025-01-02", "2025-02-10", 80.0, None, None, None),
        ("A", "T3", "2025-01-02", "2025-03-10", 60.0, None, None, None),
        ("A", "T4", "2025-01-02", "2025-02-10", 50.0, "2025-02-20", "void", None),
        ("A", "T5", "2025-01-02", "2025-02-10", 40.0, "2025-02-20", "renegotiated", None),
        ("A", "T6", "2025-01-02", "2025-02-24", 30.0, None, None, "2025-02-25"),
        ("A", "T7", "2025-04-02", "2025-05-05", 20.0, None, None, None),
        ("B", "T8", "2025-01-02", "2025-02-10", 10.0, None, None, None),
    ],
    columns=[
        *("client_id", "invoice_id", "issue_date", "due_date", "amount"),
        *("cancelled_date", "cancel_reason", "disputed_from"),
    ],
)
PAYMENTS = pd.DataFrame(
    [
        ("T1", "2025-02-03", 40.0, "2025-02-03"),
        ("T1", "2025-02-12", 60.0, "2025-02-13"),
        ("T2", "2025-02-10", 30.0, "2025-02-10"),
        ("T3", "2025-03-28", 60.0, "2025-04-01"),
        ("T8", "2025-02-10", 10.0, "2025-02-10"),
    ],
    columns=["invoice_id", "payment_date", "amount", "known_on"],
)
DAY = "2025-03-31"


def test_every_title_is_told_as_it_was_known_on_the_day() -> None:
    told = client_titles(iml.Ledger(INVOICES, PAYMENTS), "A", DAY).set_index("invoice_id")

    assert told.index.tolist() == ["T1", "T2", "T5", "T6", "T3"]  # by due date; void and later ones are not there
    assert told["status"].to_dict() == {"T1": "settled", "T2": "open", "T5": "closed", "T6": "open", "T3": "open"}
    assert told["days_late"].to_dict() == {"T1": 9, "T2": 49, "T5": 10, "T6": 35, "T3": 21}
    assert told["open_amount"].to_dict() == {"T1": 0.0, "T2": 50.0, "T5": 0.0, "T6": 30.0, "T3": 60.0}
    closed = told["closed_on"].dropna().dt.strftime("%Y-%m-%d").to_dict()
    assert closed == {"T1": "2025-02-12", "T5": "2025-02-20"}
    assert told.index[told["disputed"]].tolist() == ["T6"]
    assert not told["assigned"].any()


def test_a_client_of_whom_no_title_is_known_has_an_empty_table() -> None:
    ledger = iml.Ledger(INVOICES, PAYMENTS)

    assert client_titles(ledger, "A", "2024-12-31").empty
    assert client_titles(ledger, "Z", DAY).empty


@pytest.mark.parametrize("day", ["2024-03-31", "2024-08-15"])
def test_the_open_ones_are_the_open_invoices_of_the_ledger(day: str) -> None:
    book = iml.generate_book(40, random_state=3, start="2023-01-01", end="2024-12-31")
    ledger = iml.Ledger(**book.tables, known_until="2024-12-31")
    seen = open_invoices(ledger, day)

    assert len(seen) > 20
    for client, theirs in seen.groupby("client_id"):
        told = client_titles(ledger, client, day)
        own = told[told["status"] == "open"].set_index("invoice_id")["open_amount"]
        assert own.to_dict() == theirs.set_index("invoice_id")["outstanding"].to_dict()
