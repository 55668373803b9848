import datetime as dt

import pyarrow as pa
import pytest
from door_rows import GOOD, PAID, codes, counts, door

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.tables import (
    ATTRIBUTES,
    CLIENTS,
    INVOICES,
    PAYMENTS,
)


def test_the_first_of_two_equal_rows_stays():
    admitted = door(INVOICES, [GOOD, GOOD, GOOD | {"amount": 7.0}])
    assert codes(admitted) == [
        (1, "invoice_id", "duplicate", "duplicate_same"),
        (2, "invoice_id", "duplicate", "duplicate_conflict"),
    ]
    assert admitted.table["amount"].to_pylist() == [100.0]


def test_rows_with_different_known_on_are_a_history():
    rows = [
        GOOD | {"known_on": "2025-01-02"},
        {"client_id": None, "invoice_id": "T1", "due_date": "2025-03-03", "known_on": "2025-02-01"},
        {"client_id": "C1", "invoice_id": "T1", "paid_date": "2025-03-09", "known_on": "2025-03-09"},
    ]
    admitted = door(INVOICES, rows)
    assert counts(admitted) == (3, 0, 0, 0)
    assert admitted.table["client_id"].to_pylist() == ["C1"] * 3
    assert admitted.table["issue_date"].to_pylist() == [dt.date(2025, 1, 2)] * 3
    assert admitted.table["amount"].to_pylist() == [100.0, None, None]


def test_null_known_on_equals_null_and_comes_before_any_date():
    rows = [GOOD | {"known_on": "2025-02-01", "due_date": None}, GOOD | {"known_on": None}, GOOD | {"known_on": None}]
    admitted = door(INVOICES, rows)
    assert codes(admitted) == [(2, "invoice_id", "duplicate", "duplicate_same")]
    assert admitted.table["due_date"].to_pylist() == [None, dt.date(2025, 2, 3)]


def test_the_first_row_of_a_history_needs_its_dates():
    rows = [GOOD | {"known_on": "2025-01-02", "due_date": None}, GOOD | {"known_on": "2025-01-05"}]
    admitted = door(INVOICES, rows)
    assert codes(admitted) == [(0, "due_date", "rejected", "no_date")]


def test_a_history_may_not_change_client_or_issue_date():
    rows = [
        GOOD | {"known_on": "2025-01-02"},
        GOOD | {"known_on": "2025-01-05", "client_id": "C2"},
        GOOD | {"known_on": "2025-01-05"},
        GOOD | {"known_on": "2025-01-06", "issue_date": "2025-01-03"},
    ]
    assert codes(door(INVOICES, rows)) == [
        (1, "client_id", "rejected", "client_changed"),
        (3, "issue_date", "rejected", "issue_date_changed"),
    ]


def test_a_rejected_row_does_not_make_a_double_of_the_next():
    admitted = door(INVOICES, [GOOD | {"amount": -1.0}, GOOD, GOOD | {"due_date": "2024-01-01"}])
    assert counts(admitted) == (1, 0, 1, 1)
    assert admitted.table["amount"].to_pylist() == [100.0]


def test_payments_are_doubles_by_their_id_only():
    rows = [PAID | {"payment_id": "P1"}, PAID | {"payment_id": "P1", "amount": 3.0}, PAID, PAID]
    admitted = door(PAYMENTS, rows)
    assert codes(admitted) == [(1, "payment_id", "duplicate", "duplicate_conflict")]
    assert counts(door(PAYMENTS, [PAID, PAID])) == (2, 0, 0, 0)


def test_rows_without_an_id_are_doubles_only_if_asked():
    rows = [PAID, PAID, PAID | {"method": "pix"}]
    assert counts(door(PAYMENTS, rows, same_row_is_duplicate=True)) == (2, 0, 0, 1)
    on = door(PAYMENTS, rows, duplicate_on=["invoice_id", "payment_date", "amount"])
    assert [why for *_, why in codes(on)] == ["duplicate_same", "duplicate_conflict"]
    with pytest.raises(LedgerError, match=r"payments: duplicate_on names 'amont'.*Did you mean 'amount'\?"):
        door(PAYMENTS, rows, duplicate_on=["amont"])


def test_clients_and_attributes_may_repeat():
    rows = [{"client_id": 1, "known_on": "2025-01-01"}] * 2
    assert counts(door(CLIENTS, rows)) == counts(door(ATTRIBUTES, rows)) == (2, 0, 0, 0)


def test_rows_that_a_file_reader_refused_are_counted_with_the_others():
    found = {"row": [1], "column": [None], "value": ["a;b"], "code": ["ragged_row"], "reason": ["2 fields"]}
    types = [("row", pa.int64())] + [(name, pa.string()) for name in ("column", "value", "code", "reason")]
    refused = pa.table(found, schema=pa.schema(types))
    admitted = door(INVOICES, [GOOD, dict.fromkeys(GOOD)], rejected=refused)
    assert codes(admitted) == [(1, None, "rejected", "ragged_row")]
