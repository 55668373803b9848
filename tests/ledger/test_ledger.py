"""The ledger: its door as a whole, its clock, its folder."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.ledger import Ledger, read_ledger

INVOICES = pd.DataFrame(
    {
        "client_id": ["C1", "C1", "C2"],
        "invoice_id": ["T1", "T2", "T3"],
        "issue_date": pd.to_datetime(["2025-01-02", "2025-02-03", "2025-02-10"]),
        "due_date": pd.to_datetime(["2025-02-03", "2025-03-05", "2025-03-10"]),
        "amount": [1200.0, 900.0, 50.0],
        "cancelled_date": pd.to_datetime([None, None, "2025-03-01"]),
        "cancelled_known_on": pd.to_datetime([None, None, "2025-03-04"]),
        "cancel_reason": [None, None, "written_off"],
    }
)
PAYMENTS = pd.DataFrame(
    {
        "invoice_id": ["T1", "T2"],
        "payment_date": pd.to_datetime(["2025-02-07", "2025-03-05"]),
        "amount": [1200.0, 900.0],
        "known_on": pd.to_datetime(["2025-02-10", "2025-03-06"]),
        "reversed_on": pd.to_datetime(["2025-02-20", None]),
    }
)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(INVOICES, PAYMENTS)


def test_pandas_polars_and_arrow_make_the_same_ledger(ledger: Ledger) -> None:
    from_polars = Ledger(pl.from_pandas(INVOICES), pl.from_pandas(PAYMENTS))
    from_arrow = Ledger(pa.Table.from_pandas(INVOICES), pa.Table.from_pandas(PAYMENTS))

    for other in (from_polars, from_arrow):
        for name in ("invoices", "payments"):
            pd.testing.assert_frame_equal(ledger.frame(name), other.frame(name))


def test_known_until_is_the_last_day_on_which_anything_became_known_never_a_due_date(ledger: Ledger) -> None:
    assert ledger.known_until == dt.date(2025, 3, 6)


def test_known_until_can_be_said(ledger: Ledger) -> None:
    assert Ledger(INVOICES, known_until="2025-06-30").known_until == dt.date(2025, 6, 30)


def test_a_payment_is_known_from_its_booking_not_from_its_date(ledger: Ledger) -> None:
    assert len(ledger.known_at("2025-02-09").frame("payments")) == 0
    assert len(ledger.known_at("2025-02-10").frame("payments")) == 1


def test_a_later_fact_of_a_row_is_blank_until_its_own_day(ledger: Ledger) -> None:
    before, after = ledger.known_at("2025-03-03"), ledger.known_at("2025-03-04")

    assert before.frame("invoices")["cancel_reason"].isna().all()
    assert before.frame("invoices")["cancelled_date"].isna().all()
    assert after.frame("invoices")["cancel_reason"].dropna().tolist() == ["written_off"]
    assert ledger.known_at("2025-02-19").frame("payments")["reversed_on"].isna().all()


def test_the_clock_does_not_change_the_ledger_it_is_read_from(ledger: Ledger) -> None:
    before = ledger.frame("invoices")
    ledger.known_at("2025-01-15")

    pd.testing.assert_frame_equal(ledger.frame("invoices"), before)


def test_what_is_known_at_a_day_does_not_depend_on_later_looks(ledger: Ledger) -> None:
    twice = ledger.known_at("2025-03-10").known_at("2025-02-12")
    once = ledger.known_at("2025-02-12")

    for name in ("invoices", "payments"):
        pd.testing.assert_frame_equal(twice.frame(name), once.frame(name))


def test_inputs_are_never_changed() -> None:
    invoices, payments = INVOICES.copy(), PAYMENTS.copy()
    Ledger(invoices, payments).books  # noqa: B018

    pd.testing.assert_frame_equal(invoices, INVOICES)
    pd.testing.assert_frame_equal(payments, PAYMENTS)


def test_a_ledger_on_disk_reads_back_the_same(ledger: Ledger, tmp_path: Path) -> None:
    attributes = {"bureau": pd.DataFrame({"client_id": ["C1"], "known_on": ["2025-01-01"], "points": [612.0]})}
    one = Ledger(INVOICES, PAYMENTS, attributes=attributes, calendar="none", known_until="2025-04-01")
    two = read_ledger(one.write(tmp_path / "ledger"))

    for name in one.all_tables():
        pd.testing.assert_frame_equal(one.frame(name), two.frame(name))
    assert (two.known_until, two.calendar, two.timezone) == (one.known_until, one.calendar, one.timezone)
    pd.testing.assert_frame_equal(two.counts, one.counts)
    pd.testing.assert_frame_equal(two.problems, one.problems)


def test_the_manifest_holds_no_clock_no_path_and_no_host(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(tmp_path / "a")
    ledger.write(tmp_path / "b")

    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()


def test_a_folder_that_is_no_ledger_is_never_overwritten(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    with pytest.raises(LedgerError, match="is not a ledger folder and not empty"):
        ledger.write(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_an_unknown_format_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(tmp_path / "l")
    manifest = json.loads((tmp_path / "l/manifest.json").read_text())
    (tmp_path / "l/manifest.json").write_text(json.dumps(manifest | {"format": 99}))

    with pytest.raises(LedgerError, match="ledger format 99 is unknown; this version reads formats 1 and 2"):
        read_ledger(tmp_path / "l")


def test_a_cut_off_parquet_file_is_one_clear_message(ledger: Ledger, tmp_path: Path) -> None:
    ledger.write(tmp_path / "l")
    file = tmp_path / "l/invoices.parquet"
    file.write_bytes(file.read_bytes()[:-40])

    with pytest.raises(LedgerError, match=r"invoices\.parquet: not readable as Parquet, it may be cut off"):
        read_ledger(tmp_path / "l")


@pytest.mark.parametrize(
    ("make_file", "words"), [(True, "is a file, not a ledger folder"), (False, "there is no such")]
)
def test_a_path_that_is_no_folder_is_said(tmp_path: Path, make_file: bool, words: str) -> None:
    path = tmp_path / "ledger"
    if make_file:
        path.write_text("x")

    with pytest.raises(LedgerError, match=words):
        read_ledger(path)


def test_an_unknown_table_offers_the_near_name(ledger: Ledger) -> None:
    with pytest.raises(CallError, match=r"no table 'invoice'\. Did you mean 'invoices'\?"):
        ledger.frame("invoice")


def test_two_currencies_are_an_error_naming_both() -> None:
    with pytest.raises(LedgerError, match=r"BRL.*USD"):
        Ledger(INVOICES.assign(currency=["BRL", "USD", "BRL"]))


def test_integer_and_text_ids_meet() -> None:
    invoices = INVOICES.assign(client_id=[1, 1, 2])
    clients = pd.DataFrame({"client_id": ["1", "2"], "uf": ["SP", "RJ"]})
    ledger = Ledger(invoices, clients=clients)

    assert ledger.books.client_ids.to_pylist() == ["1", "2"]


def test_ids_of_nineteen_digits_survive() -> None:
    ids = [1661240395903230676, 1661240395903230677, 8274986328479596038]
    ledger = Ledger(INVOICES.assign(client_id=ids))

    assert sorted(ledger.books.client_ids.to_pylist()) == ids


def test_a_date_that_is_none_is_said() -> None:
    with pytest.raises(CallError, match=r"t: '30/02/2025' is not a date\. Expected YYYY-MM-DD\."):
        Ledger(INVOICES).known_at("30/02/2025")
