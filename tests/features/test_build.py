"""Features by hand: small books whose answers can be counted on fingers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.fixed.columns import fixed_names
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import make_snapshots


def book(rows: list[tuple[str, str, str, str, float]], payments: list[tuple[str, str, float]] = (), **more) -> Ledger:
    invoices = pd.DataFrame(rows, columns=["client_id", "invoice_id", "issue_date", "due_date", "amount"])
    paid = pd.DataFrame(payments, columns=["invoice_id", "payment_date", "amount"]) if payments else None
    return Ledger(invoices, paid, calendar="none", **more)


def look(ledger: Ledger, as_of: str, client: str = "C1") -> pd.Series:
    return build_features(ledger, pd.DataFrame({"client_id": [client], "as_of": [as_of]})).iloc[0]


def test_the_columns_are_those_of_the_catalogue() -> None:
    from inadimplencia_ml.catalog import FIXED

    assert fixed_names() == [f.name for f in FIXED]


def test_a_part_payment_reduces_what_is_open_and_settles_nothing() -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)], [("T1", "2025-01-20", 30.0)])
    row = look(ledger, "2025-02-11")

    assert (row.open_amount, row.overdue_amount, row.dpd_max, row.days_late_last) == (70.0, 70.0, 10.0, 10.0)
    assert (row.partial_count_all, row.payment_ratio_365d) == (1.0, 0.3)


@pytest.mark.parametrize(("paid", "open_count"), [(99.99, 0), (99.98, 1), (100.0, 0)])
def test_one_cent_short_is_settled_two_cents_short_is_not(paid: float, open_count: int) -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)], [("T1", "2025-01-20", paid)])

    assert look(ledger, "2025-02-11").open_count == open_count


def test_a_client_without_a_fact_has_zero_counts_and_no_means() -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)])
    row = look(ledger, "2025-02-11", client="nobody")

    assert (row.due_count_all, row.open_amount, row.dpd_max, row.on_time_streak) == (0, 0, 0, 0)
    assert math.isnan(row.days_late_mean_all)
    assert math.isnan(row.tenure_days)


def test_threads_do_not_change_a_bit() -> None:
    rng = np.random.default_rng(0)
    n = 400
    rows = [
        (
            f"C{rng.integers(30)}",
            f"T{i}",
            "2024-01-01",
            str(np.datetime64("2024-01-01") + np.timedelta64(rng.integers(400), "D")),
            10.5,
        )
        for i in range(n)
    ]
    ledger = book(
        rows,
        [
            (f"T{i}", str(np.datetime64("2024-02-01") + np.timedelta64(rng.integers(400), "D")), 10.5)
            for i in range(0, n, 2)
        ],
    )
    snapshots = make_snapshots(ledger, every="month", from_="2024-02-01", to="2025-06-30")

    one, two = build_features(ledger, snapshots, n_jobs=1), build_features(ledger, snapshots, n_jobs=7)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_at_issue_looks_at_the_day_before_and_sees_the_batch_of_the_day() -> None:
    ledger = book(
        [
            ("C1", "T1", "2025-01-02", "2025-01-20", 100.0),
            ("C1", "T2", "2025-02-03", "2025-03-05", 300.0),
            ("C1", "T3", "2025-02-03", "2025-03-20", 100.0),
        ],
        [("T1", "2025-02-03", 100.0)],
    )
    rows = build_features(ledger, make_snapshots(ledger, at_issue=True)).set_index("invoice_id")

    assert rows.loc["T2", "open_count"] == 1  # T1, paid on the day of issue, is still open the evening before
    assert rows.loc["T2", ["batch_count", "batch_amount", "batch_amount_share"]].tolist() == [2, 400.0, 0.75]
    assert rows.loc["T3", "batch_amount_rank"] == 0.5
    assert rows.loc["T2", ["invoice_amount_to_client_mean", "invoice_term_days"]].tolist() == [3.0, 30.0]
    assert rows.loc["T2", "invoice_days_since_previous_issue"] == 32
    assert math.isnan(rows.loc["T1", "invoice_amount_to_client_mean"])


def test_the_latest_known_attributes_count_field_by_field() -> None:
    clients = pd.DataFrame(
        {
            "client_id": ["C1", "C1"],
            "known_on": ["2025-01-01", "2025-03-01"],
            "business_segment": ["varejo", None],
            "income": [None, 5000.0],
            "uf": ["SP", "SP"],
        }
    )
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)], clients=clients)
    early, late = look(ledger, "2025-02-01"), look(ledger, "2025-03-01")

    assert (early.client_business_segment, late.client_business_segment) == ("varejo", "varejo")
    assert math.isnan(early.client_income)
    assert late.client_income == 5000.0
    assert "client_uf" not in early.index


def test_rows_come_back_in_the_order_they_were_given() -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0), ("C2", "T2", "2025-01-02", "2025-02-01", 7.0)])
    snapshots = pd.DataFrame({"client_id": ["C2", "C1", "C2"], "as_of": ["2025-03-01", "2025-01-01", "2025-01-05"]})
    rows = build_features(ledger, snapshots)

    assert rows["client_id"].tolist() == ["C2", "C1", "C2"]
    assert rows["open_amount"].tolist() == [7.0, 0.0, 7.0]


@pytest.mark.parametrize(
    ("snapshots", "words"),
    [
        ({"client": ["C1"], "as_of": ["2025-01-01"]}, "column 'client_id' is missing"),
        ({"client_id": ["C1"], "as_of": ["someday"]}, "as_of of row 1 is not a date"),
        ({"client_id": ["C1"], "as_of": ["2025-01-01"], "view": ["at_isue"]}, r"Did you mean 'at_issue'\?"),
        ({"client_id": ["C1"], "as_of": ["2025-01-01"], "view": ["at_issue"]}, "needs the column invoice_id"),
    ],
)
def test_wrong_snapshots_are_said(snapshots: dict[str, list[str]], words: str) -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)])

    with pytest.raises(CallError, match=words):
        build_features(ledger, pd.DataFrame(snapshots))


@pytest.mark.parametrize(
    "call",
    [{}, {"as_of": "2025-01-31", "at_issue": True}, {"every": "week", "from_": "2025-01-01", "to": "2025-02-01"}],
)
def test_make_snapshots_wants_exactly_one_kind(call: dict[str, object]) -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0)])

    with pytest.raises(CallError, match="make_snapshots"):
        make_snapshots(ledger, **call)


def test_the_index_of_the_snapshots_is_of_no_account() -> None:
    ledger = book([("C1", "T1", "2025-01-02", "2025-02-01", 100.0), ("C2", "T2", "2025-01-02", "2025-02-01", 7.0)])
    snapshots = make_snapshots(ledger, "2025-03-01")
    rows = build_features(ledger, snapshots[snapshots["client_id"] == "C2"])

    assert rows[["client_id", "open_amount"]].to_numpy().tolist() == [["C2", 7.0]]
    assert rows.index.tolist() == [0]
