import datetime as dt
import decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from door_rows import GOOD, TIMEZONE, codes, door, invoices

from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.tables import (
    CLIENTS,
    CONTACTS,
    INVOICES,
)


@pytest.mark.parametrize(
    ("given", "kept", "kind"),
    [
        (pa.array(["001", " x"]), ["001", " x"], pa.string()),
        (pa.array([1661240395903230676, 2]), [1661240395903230676, 2], pa.int64()),
        (pa.array([2**63 + 5, 2], pa.uint64()), [str(2**63 + 5), "2"], pa.string()),
        (pa.array([7, 2], pa.uint8()), [7, 2], pa.int64()),
        (pa.array([10.0, 20.0]), [10, 20], pa.int64()),
        (pa.array([decimal.Decimal("12"), decimal.Decimal("13")]), [12, 13], pa.int64()),
        (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"], pa.string()),
        (pa.array(["a", "b"], pa.large_string()), ["a", "b"], pa.string()),
    ],
)
def test_ids_stay_as_given(given, kept, kind):
    frame = pd.DataFrame([GOOD, GOOD]).drop(columns="invoice_id")
    table = pa.Table.from_pandas(frame, preserve_index=False).append_column("invoice_id", given)
    column = admit(INVOICES, table, timezone=TIMEZONE).table["invoice_id"]
    assert (column.to_pylist(), column.type) == (kept, kind)


def test_decimal_ids_and_ids_that_lost_their_digits_are_rejected():
    admitted = door(INVOICES, [GOOD | {"invoice_id": value} for value in (1.5, 2.0**60, 3.0, None)])
    assert codes(admitted) == [
        (0, "invoice_id", "rejected", "id_decimal"),
        (1, "invoice_id", "rejected", "id_digits_lost"),
        (3, "invoice_id", "rejected", "no_id"),
    ]
    assert admitted.table["invoice_id"].to_pylist() == [3]


def test_a_number_that_no_double_holds_is_neither_yes_nor_no():
    given = pa.table({"client_id": ["C1", "C2", "C3"], "is_consumer": pa.array([1, 0, 2**64 - 1], pa.uint64())})
    admitted = admit(CLIENTS, given, timezone=TIMEZONE)
    assert admitted.table["is_consumer"].to_pylist() == [True, False]
    assert codes(admitted) == [(2, "is_consumer", "rejected", "unparsable")]


def test_ids_of_mixed_kinds_become_text_without_decimal_points():
    frame = pd.DataFrame([GOOD] * 4).assign(invoice_id=pd.Series(["A1", 7, 8.0, None], dtype=object))
    admitted = admit(INVOICES, frame, timezone=TIMEZONE)
    assert admitted.table["invoice_id"].to_pylist() == ["A1", "7", "8"]


@pytest.mark.parametrize(
    "issued",
    [
        pd.Series(pd.to_datetime(["2025-01-02"])),
        pd.Series([dt.date(2025, 1, 2)]),
        pd.Series(["2025-01-02"]),
        pd.Series(["20250102"]),
        pd.Series([" 2025-01-02T23:59:00 "]),
        pd.Series([dt.datetime(2025, 1, 2, 13, 5)], dtype=object),
        pd.Series(pd.to_datetime(["2025-01-03T01:30:00Z"])),  # still the second in São Paulo
        pd.Series(["2025-01-03T01:30:00+00:00"]),
    ],
)
def test_a_date_is_read_from_whatever_holds_one(issued):
    frame = pd.DataFrame([GOOD]).assign(issue_date=issued)
    assert admit(INVOICES, frame, timezone=TIMEZONE).table["issue_date"].to_pylist() == [dt.date(2025, 1, 2)]


def test_times_cut_and_dates_moved_by_the_zone_are_counted():
    zoned = pd.to_datetime(["2025-01-03T01:30:00Z", "2025-01-03T12:00:00Z", "2025-01-03T03:00:00Z"])
    frame = pd.DataFrame([GOOD | {"invoice_id": i} for i in range(3)])
    for issued in (zoned, [moment.isoformat() for moment in zoned]):
        admitted = admit(INVOICES, frame.assign(issue_date=issued), timezone=TIMEZONE)
        assert admitted.notes == {"dates_moved": 1, "dates_cut": 2}


def test_amounts_are_rounded_to_cents_and_differences_counted():
    admitted = invoices({"amount": 10.004}, {"amount": 10.01}, {"amount": 0.1 + 0.2})
    assert admitted.table["amount"].to_pylist() == [10.0, 10.01, 0.3]
    assert admitted.notes == {"amounts_rounded": 2}


@pytest.mark.parametrize("value", ["R$ 1,00", "abc", "1e400", "nan", "--1"])
def test_an_unparsable_amount_rejects_the_row_with_its_value(value):
    admitted = door(INVOICES, [GOOD | {"amount": "12.5"}, GOOD | {"invoice_id": "T2", "amount": value}])
    (problem,) = admitted.problems.to_pylist()
    assert (problem["row"], problem["column"], problem["value"], problem["outcome"], problem["code"]) == (
        *(1, "amount", value, "rejected"),
        "unparsable",
    )
    assert problem["reason"] == "the value cannot be read as a number"
    assert admitted.table["amount"].to_pylist() == [12.5]


def test_infinite_and_unbelievable_amounts_are_rejected():
    admitted = invoices({"amount": float("inf")}, {"amount": 1e12}, {"amount": 1e12 - 1})
    assert [code for *_, code in codes(admitted)] == ["unparsable", "amount_too_large"]


def test_an_unparsable_date_is_told_once():
    admitted = invoices({"due_date": "30/02/2025"}, {"due_date": "2025-02-30"}, {"due_date": None})
    assert codes(admitted) == [
        (0, "due_date", "rejected", "unparsable"),
        (1, "due_date", "rejected", "unparsable"),
        (2, "due_date", "rejected", "no_date"),
    ]


def test_placeholders_are_no_dates_and_slips_are_rejected():
    admitted = invoices({"paid_date": "9999-12-31"}, {"paid_date": "0202-01-05"}, {"due_date": "1900-01-01"})
    assert codes(admitted) == [
        (0, "paid_date", "flagged", "date_placeholder"),
        (1, "paid_date", "rejected", "date_out_of_range"),
        (2, "due_date", "rejected", "date_placeholder"),
        (2, "due_date", "rejected", "no_date"),
    ]
    assert admitted.table["paid_date"].to_pylist() == [None]


@pytest.mark.parametrize(
    "given", [[True, False, None], ["Sim", "não", ""], ["S", "n", None], [1, 0, None], [1.0, 0.0, None]]
)
def test_yes_and_no_are_read(given):
    rows = [{"client_id": i, "vulnerable": value} for i, value in enumerate(given)]
    frame = pa.table({"client_id": [0, 1, 2], "vulnerable": pa.array(given, from_pandas=True)})
    assert len(rows) == 3
    assert admit(CLIENTS, frame, timezone=TIMEZONE).table["vulnerable"].to_pylist() == [True, False, None]


def test_a_contact_keeps_its_local_wall_time():
    rows = [{"client_id": 1, "channel": "sms", "contacted_at": dt.datetime(2025, 3, 1, 2, 0, tzinfo=dt.UTC)}]
    admitted = door(CONTACTS, rows)
    assert admitted.table["contacted_at"].to_pylist() == [dt.datetime(2025, 2, 28, 23, 0)]
    assert admitted.table.schema.field("contacted_at").type == pa.timestamp("us")


def test_nan_is_missing():
    frame = pl.DataFrame([GOOD, GOOD | {"invoice_id": "T2"}]).with_columns(pl.Series("amount", [float("nan"), 5.0]))
    admitted = admit(INVOICES, frame, timezone=TIMEZONE)
    assert admitted.table["amount"].to_pylist() == [None, 5.0]
    assert codes(admitted) == [(0, "amount", "flagged", "amount_missing")]
