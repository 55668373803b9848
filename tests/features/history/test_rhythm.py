"""Terms, ends of months, seasons and gaps, counted by hand and held against numpy and pandas."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from features.history.history_books import assert_only_what_was_known_counts
from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.rhythm import NAMES
from inadimplencia_ml.ledger.ledger import Ledger

ZERO = ["issued_amount_same_month_last_year", "active_months_365d"]
OF_THE_DAY = ["as_of_month", "as_of_month_day", "as_of_days_to_month_end"]
INVOICES = "invoice_id issue_date due_date amount known_on cancelled_date cancel_reason".split()
Rows = list[tuple[object, ...]]


def book(rows: Rows, payments: Rows | None = None) -> Ledger:
    """Rows of client C1 (`INVOICES`) and payments: invoice, day, amount, known_on, reversed_on, kind."""
    invoices = pd.DataFrame(filled(rows, INVOICES), columns=INVOICES).assign(client_id="C1")
    names = "invoice_id payment_date amount known_on reversed_on kind".split()
    paid = None if payments is None else pd.DataFrame(filled(payments, names), columns=names)
    return Ledger(invoices, paid, calendar="none")


def filled(rows: Rows, names: list[str]) -> Rows:
    return [(*row, *[None] * (len(names) - len(row))) for row in rows]


def look(ledger: Ledger, as_of: str, client: str = "C1") -> dict[str, float]:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    row = build_features(ledger, snapshots, families=["rhythm"]).iloc[0]
    return {name: row[name] for name in NAMES}


@pytest.fixture(scope="module")
def varied() -> Ledger:
    return book(
        [
            ("5 late", "2025-01-01", "2025-01-31", 100.0),  # a Friday
            ("on time", "2025-02-10", "2025-02-26", 100.0),  # a Wednesday
            ("part paid", "2025-03-01", "2025-03-08", 100.0),  # a Saturday
            ("payment taken back", "2025-04-01", "2025-04-30", 100.0),
            ("payment taken back", "2025-04-01", "2025-05-09", None, "2025-04-20"),  # a Friday
            ("booked late", "2025-05-11", "2025-06-10", 100.0),  # a Tuesday
            ("on the day", "2025-05-20", "2025-06-29", 100.0),  # a Sunday
            ("not due, paid", "2025-06-15", "2025-07-15", 100.0),
            ("void", "2025-06-20", "2025-06-25", 100.0, None, "2025-06-28", "void"),
        ],
        [
            ("5 late", "2025-02-05", 100.0),
            ("on time", "2025-02-26", 100.0),
            ("part paid", "2025-03-08", 30.0),
            ("payment taken back", "2025-05-09", 100.0, None, "2025-05-25"),
            ("booked late", "2025-06-10", 100.0, "2025-07-02"),
            ("on the day", "2025-06-29", 100.0),
            ("not due, paid", "2025-06-20", 100.0),
            ("void", "2025-06-25", 100.0),
        ],
    )


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert tuple(f.name for f in HISTORY_FAMILIES["rhythm"]) == NAMES


def test_terms_run_from_issue_to_the_present_due_date(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    terms = [30, 16, 7, 38, 30, 40]  # in order of due date
    assert (row["term_mean_365d"], row["term_last"]) == (sum(terms) / 6, 40.0)
    assert row["term_last_to_mean_365d"] == (40 * 6 - sum(terms)) / 6


def test_ends_of_months_and_weeks_go_by_the_due_date(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    assert (row["due_month_end_share_365d"], row["late_share_month_end_365d"]) == (3 / 6, 1 / 3)
    assert row["late_share_week_end_365d"] == 3 / 4  # 5 late, part paid, taken back; not the one on the day


@pytest.mark.parametrize(("as_of", "share"), [("2025-06-29", 3 / 4), ("2025-06-30", 4 / 6), ("2025-07-02", 3 / 6)])
def test_a_month_must_have_ended_before_a_payment_comes_after_it(varied: Ledger, as_of: str, share: float) -> None:
    # June ends on the 30th; what is paid on 10 June is booked on 2 July
    assert look(varied, as_of)["paid_after_month_end_share_365d"] == share


def test_a_renegotiation_after_the_month_of_the_due_date_is_after_it() -> None:
    days = ("2025-03-31", "2025-04-01")
    rows = [(day, "2025-01-01", "2025-03-10", 10.0, None, day, "renegotiated") for day in days]
    assert look(book(rows), "2025-06-30")["paid_after_month_end_share_365d"] == 1 / 2


def test_days_of_issue_have_gaps(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    gaps = [40, 19, 31, 40, 9, 26]  # the void one is none
    assert row["issue_gap_max_365d"] == 40.0
    assert row["issue_gap_std_365d"] == pytest.approx(np.std(gaps, ddof=1), rel=1e-12)
    assert row["issue_gap_now_ratio"] == pytest.approx(15 / np.mean(gaps), rel=1e-12)
    assert row["active_months_365d"] == 6.0


@pytest.mark.parametrize(
    ("as_of", "gaps", "since"), [("2025-06-30", [21, 10, 104, 9], 1), ("2025-07-02", [21, 10, 94, 10, 9], 3)]
)
def test_days_of_payment_have_gaps_as_known(varied: Ledger, as_of: str, gaps: list[int], since: int) -> None:
    row = look(varied, as_of)  # of invoices due or not, whole or in part; not what was taken back
    assert (row["payment_gap_mean_365d"], row["payment_gap_max_365d"]) == (sum(gaps) / len(gaps), max(gaps))
    assert row["payment_gap_std_365d"] == pytest.approx(np.std(gaps, ddof=1), rel=1e-12)
    assert row["payment_gap_now_ratio"] == pytest.approx(since / np.mean(gaps), rel=1e-12)


def test_the_day_of_the_month_is_that_on_which_an_invoice_was_settled(varied: Ledger) -> None:
    assert look(varied, "2025-06-30")["paid_month_day_mean_365d"] == (5 + 26 + 29 + 20) / 4
    zero = book([("T", "2025-03-01", "2025-04-01", 0.0)])  # settled on its day of issue, by no payment
    assert math.isnan(look(zero, "2025-06-30")["paid_month_day_mean_365d"])


def test_only_payments_have_a_gap_and_a_credit_note_settles_all_the_same() -> None:
    rows = [(f"T{k}", "2025-01-01", "2025-02-01", 50.0) for k in range(3)]
    kinds = ["payment", "payment", "credit_note"]
    paid = [(f"T{k}", f"2025-02-0{k + 1}", 50.0, None, None, kind) for k, kind in enumerate(kinds)]
    row = look(book(rows, paid), "2025-03-01")
    assert (row["payment_gap_mean_365d"], row["paid_month_day_mean_365d"]) == (1.0, 2.0)
    assert math.isnan(row["payment_gap_std_365d"])


@pytest.mark.parametrize(("as_of", "gap"), [("2026-02-28", 300.0), ("2026-03-01", math.nan)])
def test_the_later_day_of_a_gap_lies_in_the_window(as_of: str, gap: float) -> None:
    rows = [("A", "2024-05-05", "2024-05-20", 10.0), ("B", "2025-03-01", "2025-03-10", 10.0)]
    paid = [("A", "2024-05-05", 10.0), ("B", "2025-03-01", 10.0)]
    row = look(book(rows, paid), as_of)
    columns = ["issue_gap_max_365d", "payment_gap_max_365d", "payment_gap_mean_365d"]
    assert [row[name] for name in columns] == pytest.approx([gap] * 3, nan_ok=True)
    assert row["active_months_365d"] == (0.0 if math.isnan(gap) else 1.0)


def test_two_payments_of_one_invoice_have_a_gap_across_the_edge_of_the_window() -> None:
    rows = [("A", "2024-01-01", "2024-02-01", 100.0)]
    paid = [("A", "2024-02-10", 30.0), ("A", "2024-03-01", 30.0), ("A", "2025-02-10", 40.0), ("A", "2025-02-10", 1.0)]
    row = look(book(rows, paid), "2025-03-10")
    assert (row["payment_gap_mean_365d"], row["payment_gap_max_365d"]) == (346.0, 346.0)
    assert row["payment_gap_now_ratio"] == 28 / 346


def test_a_season_is_the_same_month_of_the_year_before() -> None:
    issued = {"2024-05-31": 1000, "2024-06-01": 10, "2024-06-30": 20, "2024-07-15": 30, "2025-05-31": 60}
    issued |= {"2025-06-01": 5000, "2023-06-15": 7000}
    row = look(book([(day, day, "2025-12-01", amount) for day, amount in issued.items()]), "2025-06-30")
    assert (row["issued_amount_same_month_last_year"], row["season_ratio_12m"]) == (30.0, 12 * 30 / 120)


def test_every_day_is_found_in_the_calendar() -> None:
    days = pd.date_range("1895-01-01", "2105-12-31")
    ledger = book([("T", "1890-01-01", "1890-02-01", 10.0)])
    features = build_features(ledger, pd.DataFrame({"client_id": "nobody", "as_of": days}), families=["rhythm"])
    expected = np.stack([days.month, days.day, days.days_in_month - days.day], axis=1)
    np.testing.assert_array_equal(features[OF_THE_DAY].to_numpy(), expected)


def test_the_day_of_an_invoice_seen_at_issue_is_the_day_before() -> None:
    ledger = book([("T", "2025-03-01", "2025-04-01", 10.0)])
    snapshot = pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T"], "as_of": ["2025-03-01"], "view": ["at_issue"]})
    row = build_features(ledger, snapshot, families=["rhythm"])[OF_THE_DAY].iloc[0]
    assert row.tolist() == [2.0, 28.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_gaps_are_those_that_numpy_finds_in_whatever_order_invoices_fall_due(seed: int) -> None:
    dice = np.random.default_rng(seed)
    issue = np.datetime64("2023-06-01") + dice.integers(0, 760, 40)
    due = issue + dice.integers(0, 200, 40)
    ledger = book([(k, str(a), str(b), 10.0) for k, (a, b) in enumerate(zip(issue, due, strict=True))])
    t = np.datetime64("2025-06-30")
    days = np.unique(issue)
    gaps = np.diff(days).astype(int)[days[1:] > t - np.timedelta64(365, "D")]
    row = look(ledger, str(t))
    assert row["issue_gap_max_365d"] == gaps.max()
    assert row["issue_gap_std_365d"] == pytest.approx(np.std(gaps, ddof=1), rel=1e-12)
    assert row["issue_gap_now_ratio"] == pytest.approx((t - days[-1]).astype(int) / gaps.mean(), rel=1e-12)
    assert row["active_months_365d"] == len(
        np.unique(days[days > t - np.timedelta64(365, "D")].astype("datetime64[M]"))
    )


@pytest.mark.parametrize("client", ["C1", "nobody"])
def test_without_data_counts_are_zero_and_the_rest_but_the_day_is_missing(client: str) -> None:
    row = look(book([("T", "2025-01-01", "2025-02-01", 10.0)]), "2024-12-31", client)
    assert [row[name] for name in ZERO] == [0.0, 0.0]
    assert [row[name] for name in OF_THE_DAY] == [12.0, 31.0, 0.0]
    assert all(math.isnan(row[name]) for name in NAMES if name not in ZERO + OF_THE_DAY)


@pytest.mark.parametrize("seed", [3, 8])
def test_only_what_was_known_counts(seed: int) -> None:
    assert_only_what_was_known_counts("rhythm", seed)
