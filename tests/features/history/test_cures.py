"""What became of late invoices, counted by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from features.history.history_books import assert_only_what_was_known_counts
from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.cures import NAMES
from inadimplencia_ml.ledger.ledger import Ledger

COUNTS = [n for n in NAMES if "_count_" in n or "_amount_" in n or "_loss_" in n]
INVOICES = "invoice_id issue_date due_date amount cancelled_date cancel_reason cancelled_known_on".split()


def book(rows: list[tuple[object, ...]], payments: list[tuple[object, ...]] = ()) -> Ledger:
    """Invoices of client C1 (`INVOICES`, missing at the end) and payments: invoice, day, amount, known_on, reversed."""
    whole = [(*row, *[None] * (len(INVOICES) - len(row))) for row in rows]
    invoices = pd.DataFrame(whole, columns=INVOICES).assign(client_id="C1")
    names = "invoice_id payment_date amount known_on reversed_on".split()
    paid = pd.DataFrame([(*row, *[None] * (len(names) - len(row))) for row in payments], columns=names)
    return Ledger(invoices, paid if payments else None, calendar="none")


def look(ledger: Ledger, as_of: str, client: str = "C1") -> dict[str, float]:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    row = build_features(ledger, snapshots, families=["cures"]).iloc[0]
    return {name: row[name] for name in NAMES}


@pytest.fixture(scope="module")
def varied() -> Ledger:
    return book(
        [
            ("paid 40 days late", "2025-01-01", "2025-01-31", 100.0),
            ("part paid", "2025-02-01", "2025-02-28", 100.0),
            ("payment taken back", "2025-02-10", "2025-03-10", 100.0),
            ("paid 90 days late long ago", "2024-01-01", "2024-01-15", 100.0),
            ("renegotiated 40 days late", "2025-04-01", "2025-04-30", 300.0, "2025-06-09", "renegotiated"),
            ("renegotiated before due", "2025-06-01", "2025-07-31", 200.0, "2025-06-20", "renegotiated"),
            ("written off, part paid", "2023-04-01", "2023-05-01", 500.0, "2024-03-01", "written_off"),
            ("paid 10 days late, booked on 2 July", "2025-05-01", "2025-05-31", 100.0),
            ("paid on the day", "2025-05-01", "2025-06-01", 100.0),
            (
                "written off, told on 5 July",
                "2025-04-10",
                "2025-05-10",
                80.0,
                "2025-06-15",
                "written_off",
                "2025-07-05",
            ),
            ("void", "2025-01-01", "2025-01-31", 900.0, "2025-02-15", "void"),
        ],
        [
            ("paid 40 days late", "2025-03-12", 100.0),
            ("part paid", "2025-03-05", 50.0),
            ("payment taken back", "2025-03-20", 100.0, None, "2025-04-15"),
            ("paid 90 days late long ago", "2024-04-14", 100.0),
            ("written off, part paid", "2023-06-01", 120.0),
            ("paid 10 days late, booked on 2 July", "2025-06-10", 100.0, "2025-07-02"),
            ("paid on the day", "2025-06-01", 100.0),
        ],
    )


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert tuple(f.name for f in HISTORY_FAMILIES["cures"]) == NAMES


def test_what_was_late_is_followed_to_its_end(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    # days late of those due within the year: paid 40, part paid 122, taken back 112, renegotiated 40, not booked yet
    # 30, not told yet 51, on the day 0; due before: paid 90, written off 305
    assert (row["late_settled_share_365d"], row["late_settled_days_mean_365d"]) == (1 / 6, 40.0)
    assert (row["cured_share_30_365d"], row["cured_share_30_all"]) == (1 / 6, 2 / 8)
    assert (row["cured_share_60_all"], row["cured_share_90_all"]) == (1 / 4, 1 / 4)
    assert row["open_late_30_share_all"] == 4 / 8
    assert (row["never_paid_count_all"], row["never_paid_share_all"]) == (3.0, 3 / 9)


def test_what_was_closed_counts_on_its_day_due_or_not(varied: Ledger) -> None:
    row = look(varied, "2025-06-30")
    columns = ("count_365d", "count_all", "amount_365d", "amount_all")
    assert [row[f"renegotiated_{name}"] for name in columns] == [2.0, 2.0, 500.0, 500.0]
    assert [row[f"written_off_{name}"] for name in columns] == [0.0, 1.0, 0.0, 500.0]
    assert (row["days_since_renegotiated"], row["days_since_written_off"]) == (10.0, 486.0)
    assert row["written_off_loss_all"] == 380.0


def test_what_is_booked_or_told_later_counts_from_then_on(varied: Ledger) -> None:
    row = look(varied, "2025-07-05")
    assert row["late_settled_share_365d"] == 2 / 6
    assert row["late_settled_days_mean_365d"] == (40 + 10) / 2
    assert (row["written_off_count_365d"], row["written_off_count_all"]) == (1.0, 2.0)
    assert (row["days_since_written_off"], row["written_off_loss_all"]) == (20.0, 380.0 + 80.0)
    assert row["never_paid_count_all"] == 1.0  # that whose payment was taken back


@pytest.mark.parametrize(("as_of", "within"), [("2026-03-01", 0.0), ("2026-02-28", 1.0)])
def test_a_year_ago_to_the_day_is_outside_the_window(as_of: str, within: float) -> None:
    row = look(book([("T", "2025-01-01", "2025-02-01", 10.0, "2025-03-01", "renegotiated")]), as_of)
    assert (row["renegotiated_count_365d"], row["renegotiated_count_all"]) == (within, 1.0)


@pytest.mark.parametrize(("paid", "written_off", "cured"), [("2025-03-01", 0.0, 1.0), ("2025-03-02", 1.0, 0.0)])
def test_a_payment_on_the_day_of_the_write_off_wins_and_a_later_one_lowers_the_loss(
    paid: str, written_off: float, cured: float
) -> None:
    rows = [("T", "2024-12-01", "2025-01-15", 100.0, "2025-03-01", "written_off")]
    row = look(book(rows, [("T", paid, 100.0)]), "2025-04-01")
    assert (row["written_off_count_all"], row["cured_share_30_all"]) == (written_off, cured)
    assert row["written_off_loss_all"] == 0.0


@pytest.mark.parametrize(("day", "expected"), [("2025-03-01", (0.0, math.nan)), ("2025-03-03", (1.0, 0.0))])
def test_thirty_days_late_is_the_border(day: str, expected: tuple[float, float]) -> None:
    row = look(book([("T", "2025-01-01", "2025-02-01", 10.0)]), day)
    assert (row["never_paid_count_all"], row["cured_share_30_all"]) == pytest.approx(expected, nan_ok=True)


def test_an_amount_of_zero_is_settled_but_by_no_payment() -> None:
    row = look(book([("T", "2025-03-01", "2025-01-01", 0.0)]), "2025-04-01")  # settled on its day of issue, 59 late
    assert (row["late_settled_share_365d"], row["cured_share_30_365d"]) == (0.0, 1.0)
    assert math.isnan(row["late_settled_days_mean_365d"])


def test_an_amount_that_is_missing_counts_and_adds_nothing() -> None:
    row = look(book([("T", "2025-01-01", "2025-02-01", None, "2025-03-15", "written_off")]), "2025-04-01")
    assert (row["written_off_count_all"], row["written_off_amount_all"], row["written_off_loss_all"]) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("client", ["C1", "nobody"])
def test_without_data_counts_are_zero_and_the_rest_is_missing(client: str) -> None:
    row = look(book([("T", "2025-01-01", "2025-02-01", 10.0)]), "2024-12-31", client)
    assert {name: row[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0.0)
    assert len(COUNTS) == 10
    assert all(math.isnan(row[name]) for name in NAMES if name not in COUNTS)


@pytest.mark.parametrize("seed", [3, 8])
def test_only_what_was_known_counts(seed: int) -> None:
    assert_only_what_was_known_counts("cures", seed)
