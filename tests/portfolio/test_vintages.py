"""Vintages: against plain pandas; immature cells are null and nothing later moves a mature one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import CallError
from portfolio.plain_book import UNTIL, ledger_of, left_at, plain_book, reached_on


@pytest.mark.parametrize(("since", "column"), [("issue", "issue_date"), ("due", "due_date")])
def test_shares_are_those_that_plain_pandas_finds(since: str, column: str) -> None:
    invoices, payments = plain_book(1, each=5)
    got = iml.vintages(ledger_of(invoices, payments), dpd=(1, 30), since=since, months=30)
    real = invoices[~((invoices["cancel_reason"] == "void") & (invoices["cancelled_date"] <= UNTIL))]
    month, day, left = real[column].dt.to_period("M"), {}, {}
    for dpd in (1, 30):
        day[dpd] = reached_on(real, payments, dpd, UNTIL)
        found = day[dpd].dropna()
        left[dpd] = pd.Series({i: left_at(real.loc[[i]], payments, when)[i] / 100 for i, when in found.items()})

    for row in got.to_dict("records"):
        own = real[month == row["vintage"].to_period("M")]
        end = row["vintage"] + pd.offsets.MonthEnd(row["month"] + 1)
        assert (row["invoices"], row["amount"]) == (len(own), own["amount"].sum())
        if end > UNTIL:
            assert np.isnan([row["bad_share"], row["bad_amount_share"], row["bad_invoices"], row["bad_amount"]]).all()
            continue
        bad = own[day[row["dpd"]][own.index] <= end]
        assert row["bad_invoices"] == len(bad)
        assert row["bad_share"] == pytest.approx(len(bad) / len(own))
        assert row["bad_amount"] == pytest.approx(left[row["dpd"]][bad.index].sum())


def test_shares_never_fall_with_the_months_nor_rise_with_the_dpd() -> None:
    got = iml.vintages(ledger_of(*plain_book(2)), dpd=(15, 30, 90))
    shares = got.pivot(index=["vintage", "month"], columns="dpd", values="bad_share")

    assert (shares.groupby("vintage").diff().fillna(0.0) >= 0).all(axis=None)
    assert (shares.dropna().diff(axis=1).fillna(0.0) <= 0).all(axis=None)


def test_nothing_later_than_the_day_moves_a_cell() -> None:
    invoices, payments = plain_book(3)
    cut = pd.Timestamp("2025-01-31")
    late = payments[payments["payment_date"] <= cut]
    one = iml.vintages(ledger_of(invoices, payments), cut.date())
    other = iml.vintages(ledger_of(invoices[invoices["issue_date"] <= cut], late), cut.date())

    pd.testing.assert_frame_equal(one, other)
    assert one["vintage"].max() == pd.Timestamp("2025-01-01")


def test_a_cell_waits_for_the_booking_of_its_payments() -> None:
    invoices, payments = plain_book(5)
    booked = payments.assign(known_on=payments["payment_date"] + pd.Timedelta(days=5))
    got, waited = (iml.vintages(ledger_of(invoices, p), dpd=30) for p in (payments, booked))

    seen = [table[table["bad_share"].notna()] for table in (got, waited)]
    last = [max(v + pd.offsets.MonthEnd(m + 1) for v, m in zip(t["vintage"], t["month"], strict=True)) for t in seen]
    assert last == [UNTIL, UNTIL - pd.offsets.MonthEnd(1)]


def test_a_threshold_below_one_is_refused() -> None:
    with pytest.raises(CallError, match=r"dpd: .*expected whole numbers from 1 on"):
        iml.vintages(ledger_of(*plain_book(1)), dpd=0)
