"""A ledger from raw records: the same as from tables, and a clear word on what cannot be used."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.records import ledger_of_records

INVOICE = {
    "client_id": "C1",
    "invoice_id": "T1",
    "issue_date": "2025-01-02",
    "due_date": dt.date(2025, 2, 3),
    "amount": 1200,
}
PAYMENT = {"invoice_id": "T1", "payment_date": "2025-02-10", "amount": 1200.0}


def with_invoice(**changed: Any) -> dict[str, Any]:
    return {"invoices": [{**INVOICE, **changed}]}


def test_records_make_the_ledger_that_tables_make() -> None:
    bureau = {"client_id": "C1", "known_on": "2025-01-10", "points": 620}
    made = ledger_of_records({**with_invoice(), "payments": [PAYMENT], "attributes": {"bureau": [bureau]}})
    tables = {"invoices": pd.DataFrame([INVOICE]), "payments": pd.DataFrame([PAYMENT])}
    same = iml.Ledger(**tables, attributes={"bureau": pd.DataFrame([bureau])})

    assert made.known_until == same.known_until
    assert {n: t.to_pylist() for n, t in made.all_tables().items()} == {
        n: t.to_pylist() for n, t in same.all_tables().items()
    }


def test_dates_and_amounts_may_be_text_as_json_carries_them() -> None:
    plain = json.loads(json.dumps(with_invoice(), default=str))

    assert ledger_of_records(plain).frame("invoices").equals(ledger_of_records(with_invoice()).frame("invoices"))


def test_rows_of_mixed_kinds_and_columns_are_read_as_one_table() -> None:
    rows = [INVOICE, {**INVOICE, "invoice_id": "T2", "amount": "950.50", "kind": "boleto"}]
    frame = ledger_of_records({"invoices": rows}).frame("invoices")

    assert frame["amount"].tolist() == [1200.0, 950.5]
    assert frame["kind"].isna().tolist() == [True, False]


def test_a_client_without_invoices_and_empty_tables_are_welcome() -> None:
    made = ledger_of_records({"clients": [{"client_id": "C1"}], "payments": []}, also=("contacts",))

    assert {n: t.num_rows for n, t in made.tables.items()} == {
        "clients": 1,
        "payments": 0,
        "invoices": 0,
        "contacts": 0,
    }


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ({"invoice": []}, r"no table 'invoice'\. Did you mean 'invoices'"),
        ([INVOICE], "records came as list. Expected a mapping"),
        ({"invoices": INVOICE}, "invoices came as dict. Expected a list of rows"),
        ({"invoices": [INVOICE, "T2"]}, "row 1 of invoices is str"),
        ({"attributes": [1]}, "attributes came as list"),
        (with_invoice(amount=-5.0), "1 of 1 rows of invoices cannot be used: row 0, amount: an amount cannot be neg"),
        (with_invoice(due_date="soon"), "row 0, due_date: the value cannot be read as a date"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(records: Any, words: str) -> None:
    with pytest.raises(CallError, match=words):
        ledger_of_records(records)


def test_a_missing_column_is_told_with_the_near_name() -> None:
    wrong = {**INVOICE, "due_dat": "2025-02-03"}
    del wrong["due_date"]

    with pytest.raises(LedgerError, match=r"'due_date' is missing.*Did you mean 'due_dat'"):
        ledger_of_records({"invoices": [wrong]})


def test_an_error_holds_no_value_of_the_client() -> None:
    with pytest.raises(CallError) as caught:
        ledger_of_records({"invoices": [{**INVOICE, "client_id": "Maria", "amount": -77.0}]})

    assert "Maria" not in str(caught.value)
    assert "77" not in str(caught.value)
