"""Spread of lateness and of amounts, worked out by hand and held against numpy."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from features.history.history_books import (
    SEEN_FROM,
    assert_only_what_was_known_counts,
    look,
    one_of_each,
    plain_book,
    random_book,
)
from inadimplencia_ml.catalog import HISTORY_FAMILIES
from inadimplencia_ml.features.history.spread import NAMES


def paid_late(*late: int, amounts: list[float] | None = None) -> pd.Series:
    """The features of a client who paid invoices due on 2025-06-01 so many days late."""
    book = pd.DataFrame({"client_id": "C1", "due": "2025-06-01", "late": late, "amount": amounts or 100.0})
    return look(plain_book(book), "spread").loc["C1"]


def columns(row: pd.Series, window: str, names: str) -> list[float]:
    return row[[f"{name}_{window}" for name in names.split()]].tolist()


def test_the_columns_are_those_of_the_catalogue_and_of_the_features() -> None:
    assert [f.name for f in HISTORY_FAMILIES["spread"]] == list(NAMES)
    assert look(one_of_each(), "spread").columns.tolist()[-len(NAMES) :] == list(NAMES)


def test_days_late_count_as_known_on_the_day_whatever_became_of_the_invoice() -> None:
    row = look(one_of_each(), "spread").loc["C1"]
    names = "days_late_median days_late_iqr days_late_min"

    assert columns(row, "90d", names) == [10, 20 - -0.5, -2]  # of -2, 0, 20, 20
    assert columns(row, "365d", names) == [20, 66 - 2.5, -2]  # and of 5, 112, 140
    assert columns(row, "all", names) == [12.5, 43 - 0.75, -2]  # and of 1


def test_the_late_ones_and_the_others_have_means_of_their_own() -> None:
    row = look(one_of_each(), "spread").loc["C1"]
    names = "late_days_mean late_days_median late_days_mad on_time_days_mean late_7_count"

    assert columns(row, "90d", names) == [20, 20, 0, -1, 2]  # of 20, 20; of -2, 0
    assert columns(row, "365d", names) == [297 / 5, 20, 15, -1, 4]  # of 5, 20, 20, 112, 140
    assert columns(row, "all", names) == [298 / 6, 20, 17, -1, 4]  # distances 0, 0, 15, 19, 92, 120


def test_amounts_that_are_missing_are_in_no_statistic_of_amounts() -> None:
    row = look(one_of_each(), "spread").loc["C1"]
    names = "amount_median amount_iqr amount_cv amount_max_to_mean late_amount_to_mean"

    assert columns(row, "90d", names) == [500, 100, 0.2, 1.2, 1]  # of 400, 500, 600; late 400, 600
    year = [350, 475 - 225, math.sqrt(3.5) * 100 / 350, 600 / 350, 320 / 350]
    assert columns(row, "365d", names) == pytest.approx(year, rel=1e-14)
    mean = 2150 / 7
    std = np.std([50, 100, 200, 300, 400, 500, 600], ddof=1)
    assert columns(row, "all", names) == pytest.approx([300, 300, std / mean, 600 / mean, 275 / mean], rel=1e-14)


def test_a_late_invoice_is_significant_above_a_twentieth_of_what_fell_due_in_the_window() -> None:
    row = look(one_of_each(), "spread").loc["C1"]
    names = "significant_late_count significant_late_share"
    assert columns(row, "90d", names) == [2, 0.5]
    assert columns(row, "365d", names) == [4, 4 / 7]  # 100 of 2,100 are less
    assert columns(row, "all", names) == [4, 0.5]

    # exactly 5 % of 2,000.00 is not above it
    assert paid_late(3, 3, 0, amounts=[100.0, 100.01, 1799.99]).significant_late_count_90d == 1
    assert paid_late(3, 3, amounts=[0.0, 0.0]).significant_late_count_90d == 0


def test_without_invoices_counts_are_zero_and_all_else_is_missing() -> None:
    row = look(one_of_each(), "spread", "nobody").loc["nobody", list(NAMES)]
    counts = row.index.str.contains("_count_")

    assert (row[counts] == 0).all()
    assert row[~counts].isna().all()


def test_one_invoice_has_a_median_and_no_variation() -> None:
    row = paid_late(8)

    assert columns(row, "90d", "days_late_median days_late_iqr late_days_mad") == [8, 0, 0]
    assert columns(row, "90d", "amount_iqr amount_max_to_mean") == [0, 1]
    assert math.isnan(row.amount_cv_90d)
    assert math.isnan(row.on_time_days_mean_90d)


def test_amounts_of_nothing_have_no_ratio() -> None:
    row = paid_late(2, 2, amounts=[0.0, 0.0])

    assert columns(row, "90d", "amount_median amount_iqr") == [0, 0]
    assert all(math.isnan(v) for v in columns(row, "90d", "amount_cv amount_max_to_mean late_amount_to_mean"))


def test_the_same_amount_each_time_does_not_vary_at_all() -> None:
    assert paid_late(0, 0, 0, amounts=[1234567.89] * 3).amount_cv_90d == 0


def test_very_large_amounts_do_not_overflow() -> None:
    row = paid_late(1, 0, amounts=[3e10, 1e10])

    assert row.amount_cv_90d == pytest.approx(math.sqrt(0.5), rel=1e-15)
    assert row.late_amount_to_mean_90d == 1.5


@pytest.mark.parametrize("seed", range(4))
def test_quantiles_and_deviations_are_those_of_numpy(seed: int) -> None:
    book = random_book(seed)
    rows = look(plain_book(book), "spread", sorted(set(book["client_id"])))
    age = (pd.Timestamp(SEEN_FROM) - book["due"]).dt.days
    for window, days in (("90d", 90), ("365d", 365), ("all", 10_000)):
        for client, part in book[age < days].groupby("client_id"):
            late, amount = part["late"].to_numpy(), part["amount"].dropna().to_numpy()
            slow = late[late > 0]
            got = columns(rows.loc[client], window, "days_late_median days_late_iqr days_late_min late_days_median")
            wanted = [np.median(late), np.subtract(*np.quantile(late, [0.75, 0.25])), late.min()]
            assert got == [*wanted, pytest.approx(np.median(slow) if len(slow) else np.nan, nan_ok=True)]
            distance = np.median(np.abs(slow - np.median(slow))) if len(slow) else np.nan
            assert rows.loc[client, f"late_days_mad_{window}"] == pytest.approx(distance, nan_ok=True)
            if len(amount) > 1:
                got = columns(rows.loc[client], window, "amount_median amount_iqr amount_cv")
                wanted = [np.median(amount), np.subtract(*np.quantile(amount, [0.75, 0.25]))]
                assert got == pytest.approx([*wanted, amount.std(ddof=1) / amount.mean()], rel=1e-12)


@pytest.mark.parametrize("seed", [0, 3])
def test_only_what_was_known_on_the_day_counts(seed: int) -> None:
    assert_only_what_was_known_counts("spread", seed)
