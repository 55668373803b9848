import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from door_rows import GOOD, TIMEZONE, codes, counts, door, invoices
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.ledger.frames import columns_of
from inadimplencia_ml.tables import (
    CLIENTS,
    INVOICES,
    PAYMENTS,
)

# ---- whole tables


def test_a_missing_column_is_named_with_what_came_and_the_near_name():
    frame = pd.DataFrame([GOOD]).rename(columns={"due_date": "due_dat"})
    with pytest.raises(
        LedgerError, match=r"invoices: the column 'due_date' is missing.*came: .*Did you mean 'due_dat'\?"
    ):
        admit(INVOICES, frame, timezone=TIMEZONE)


def test_payments_need_an_invoice_or_a_client():
    with pytest.raises(LedgerError, match=r"payments: one of 'invoice_id' and 'client_id' is needed"):
        door(PAYMENTS, [{"payment_date": "2025-01-02", "amount": 1.0}])


def test_two_currencies_are_an_error_that_names_both():
    with pytest.raises(LedgerError, match="more than one currency, BRL and USD"):
        invoices({"currency": "brl "}, {"currency": "USD"}, {"currency": None})


def test_a_currency_other_than_the_ledgers_is_an_error():
    with pytest.raises(LedgerError, match="the rows are in USD, but the ledger's currency is BRL"):
        invoices({"currency": "USD"}, currency="BRL")


def test_a_column_of_an_unreadable_type_is_one_error_not_a_thousand_rejects():
    with pytest.raises(LedgerError, match=r"invoices\.due_date came as int64\. Expected dates, or text"):
        invoices({"due_date": 20250203})
    with pytest.raises(LedgerError, match=r"invoices\.client_id came as list"):
        invoices({"client_id": ["C1"]})
    with pytest.raises(LedgerError, match=r"invoices\.amount came as date32"):
        invoices({"amount": dt.date(2025, 1, 1)})


def test_something_that_is_no_table_is_refused():
    with pytest.raises(LedgerError, match=r"invoices came as dict\. Expected a pandas, Polars or Arrow table"):
        admit(INVOICES, {"client_id": [1]}, timezone=TIMEZONE)


def test_a_column_that_comes_twice_is_refused():
    frame = pa.table([pa.array(["a"]), pa.array(["b"])], names=["client_id", "client_id"])
    with pytest.raises(LedgerError, match="invoices: column 'client_id' comes twice"):
        admit(INVOICES, frame, timezone=TIMEZONE)


def test_an_unknown_column_is_left_out_but_noted_and_an_open_table_keeps_it():
    closed = invoices({"due_dte": "x"})
    assert "due_dte" not in closed.table.column_names
    assert closed.notes == {"ignored_column:due_dte": 1}
    opened = door(CLIENTS, [{"client_id": "C1", "consent_sms": True, "size": 3}])
    assert opened.table.to_pylist() == [{"client_id": "C1", "consent_sms": True, "size": 3}]


def test_an_empty_frame_is_an_empty_table_of_the_right_types():
    admitted = admit(INVOICES, pd.DataFrame({name: [] for name in GOOD}), timezone=TIMEZONE)
    assert admitted.counts["rows"] == 0
    assert admitted.table.schema.field("issue_date").type == pa.date32()


def test_the_frame_given_is_not_changed():
    frame = pd.DataFrame([GOOD | {"amount": 1.005, "uf": " sp"}])
    before = frame.copy(deep=True)
    admit(INVOICES, frame, timezone=TIMEZONE)
    pd.testing.assert_frame_equal(frame, before)


# ---- laws

dates = st.none() | st.sampled_from(["2025-01-02", "2025-01-09", "2024-12-30", "2033-01-01", "9999-12-31", "ontem", ""])
amounts = st.none() | st.sampled_from(["0", "10.5", "-3", "12", "x", "7.005"])
invoice_rows = st.lists(
    st.fixed_dictionaries(
        {
            "client_id": st.none() | st.sampled_from(["A", "B", " "]),
            "invoice_id": st.none() | st.sampled_from(["1", "2", "3"]),
            "issue_date": dates,
            "due_date": dates,
            "amount": amounts,
            "known_on": dates,
            "paid_date": dates,
            "paid_amount": amounts,
            "cancel_reason": st.none() | st.sampled_from(["void", "outro"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def text_frame(rows: list[dict]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})


@given(invoice_rows)
@settings(max_examples=tries(150), deadline=None)
def test_every_row_has_exactly_one_outcome(rows):
    admitted = admit(INVOICES, text_frame(rows), timezone=TIMEZONE)
    accepted, flagged, rejected, duplicate = counts(admitted)
    assert admitted.counts["rows"] == len(rows)
    assert admitted.table.num_rows == accepted + flagged
    told = admitted.problems.to_pandas().groupby("row")["outcome"].agg(set)
    assert all(len(outcomes) == 1 for outcomes in told)
    number = told.map(lambda outcomes: next(iter(outcomes))).value_counts()
    assert [int(number.get(name, 0)) for name in ("flagged", "rejected", "duplicate")] == [flagged, rejected, duplicate]


@given(invoice_rows)
@settings(max_examples=tries(100), deadline=None)
def test_what_passed_the_door_passes_it_again_unchanged(rows):
    once = admit(INVOICES, text_frame(rows), timezone=TIMEZONE)
    again = admit(INVOICES, once.table, timezone=TIMEZONE)
    assert again.table.equals(once.table)
    assert again.counts["rejected"] == again.counts["duplicate"] == 0


@given(invoice_rows)
@settings(max_examples=tries(100), deadline=None)
def test_each_invoice_stands_whole_with_one_client_and_one_row_a_known_on(rows):
    frame = admit(INVOICES, text_frame(rows), timezone=TIMEZONE).table.to_pandas()
    for _, history in frame.groupby("invoice_id"):
        first = history.sort_values("known_on", na_position="first").iloc[0]
        assert pd.notna(first["due_date"])
        assert history["client_id"].nunique(dropna=False) == 1
        assert history["issue_date"].nunique(dropna=False) == 1
        assert not history["known_on"].duplicated().any()


@given(invoice_rows, st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_of_columns_changes_nothing(rows, random):
    frame = text_frame(rows)
    names = list(frame.column_names)
    random.shuffle(names)
    left, right = (admit(INVOICES, f, timezone=TIMEZONE) for f in (frame, frame.select(names)))
    assert left.table.equals(right.table)
    assert left.counts == right.counts
    assert sorted(codes(left), key=str) == sorted(codes(right), key=str)


@given(invoice_rows)
@settings(max_examples=50, deadline=None)
def test_pandas_polars_and_arrow_are_admitted_equally(rows):
    arrow = text_frame(rows)
    pandas = pd.DataFrame(rows, dtype=object)
    polars = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    admitted = [admit(INVOICES, f, timezone=TIMEZONE) for f in (arrow, pandas, polars, polars.lazy())]
    for other in admitted[1:]:
        assert other.table.equals(admitted[0].table)
        assert other.problems.equals(admitted[0].problems)


def test_a_large_clean_table_takes_no_slow_path():
    n = 50_000
    rng = np.random.default_rng(0)
    issue = rng.integers(19_000, 20_000, n)
    frame = pa.table(
        {
            "client_id": rng.integers(0, 500, n),
            "invoice_id": rng.permutation(n),
            "issue_date": pa.array(issue, pa.int32()).cast(pa.date32()),
            "due_date": pa.array(issue + 30, pa.int32()).cast(pa.date32()),
            "amount": np.round(rng.random(n) * 1000 + 1, 2),
        }
    )
    admitted = admit(INVOICES, frame, timezone=TIMEZONE)
    assert counts(admitted) == (n, 0, 0, 0)
    assert admitted.table.select(frame.column_names).equals(frame)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", dt.timezone(dt.timedelta(hours=-3))])
def test_pandas_times_with_a_zone_are_read_without_a_warning(zone):
    times = pd.Series(pd.to_datetime(["2024-01-31 23:30", None])).dt.tz_localize(zone)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = columns_of(pd.DataFrame({"known_at": times}), "invoices")["known_at"]
    utc = [None if t is None else t.astimezone(dt.UTC).replace(tzinfo=None) for t in found.to_pylist()]
    assert utc == [dt.datetime(2024, 2, 1, 2, 30), None]
