"""The latest and the first invoices, steps, fading means and runs, worked out by hand and held against numpy."""

from __future__ import annotations

import math
from itertools import groupby

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
from inadimplencia_ml.features.history.latest import NAMES

LATE = np.array([1, 5, 140, 112, 20, -2, 20, 0])  # of one_of_each, in order


def paid_late(*late: int, due: list[str] | None = None, amounts: list[float] | None = None) -> pd.Series:
    """The features of a client who paid an invoice of each month of 2025 so many days late."""
    due = due or [f"2025-{month:02}-01" for month in range(1, len(late) + 1)]
    book = pd.DataFrame({"client_id": "C1", "due": due, "late": late, "amount": amounts or 100.0})
    return look(plain_book(book), "latest").loc["C1"]


def test_the_columns_are_those_of_the_catalogue_and_of_the_features() -> None:
    assert [f.name for f in HISTORY_FAMILIES["latest"]] == list(NAMES)
    assert look(one_of_each(), "latest").columns.tolist()[-len(NAMES) :] == list(NAMES)


def test_the_latest_are_counted_from_the_last_due_backwards_as_known_on_the_day() -> None:
    row = look(one_of_each(), "latest").loc["C1"]

    assert row[[f"days_late_max_last_{k}" for k in (3, 6, 12)]].tolist() == [20, 140, 140]
    assert row[[f"late_share_last_{k}" for k in (3, 6, 12)]].tolist() == [1 / 3, 4 / 6, 6 / 8]
    assert row.days_late_mean_last_12 == 296 / 8
    assert row.days_late_std_last_6 == pytest.approx(np.std([140, 112, 20, -2, 20, 0], ddof=1))
    assert row.days_late_weighted_last_4 == pytest.approx(0.4 * 0 + 0.3 * 20 + 0.2 * -2 + 0.1 * 20)
    assert row.days_late_slope_last_12 == pytest.approx(np.polyfit(np.arange(8), LATE, 1)[0])


def test_the_first_are_counted_from_the_first_due_forwards() -> None:
    row = look(one_of_each(), "latest").loc["C1"]

    assert (row.days_late_first, row.days_late_mean_first_6) == (1, 276 / 6)
    assert (row.days_late_max_first_3, row.days_late_max_first_6, row.late_count_first_3) == (140, 140, 3)


def test_the_last_is_held_against_the_one_before_and_against_all() -> None:
    row = look(one_of_each(), "latest").loc["C1"]

    assert (row.days_late_last_to_second, row.days_late_last_to_mean_all) == (-20, 0 - 37)
    assert row.days_late_mean_last_3_to_all == 6 - 37


def test_a_step_belongs_to_the_year_in_which_its_later_invoice_fell_due() -> None:
    row = look(one_of_each(), "latest").loc["C1"]
    steps = [4, 135, -28, -92, -22, 22, -20]  # the first one from an invoice of the year before

    assert row.days_late_change_abs_mean_365d == np.abs(steps).sum() / 7
    assert (row.days_late_change_max_365d, row.days_late_rise_share_365d) == (135, 3 / 7)
    assert row.due_gap_mean_365d == 406 / 7  # 2024-05-10 to 2025-06-20
    assert row.amount_change_ratio_365d == pytest.approx(550 / 2100)  # without the last, whose amount is missing


def test_the_last_amount_is_held_against_the_mean_of_the_year() -> None:
    assert math.isnan(look(one_of_each(), "latest").loc["C1", "amount_last_to_mean_365d"])  # it is missing
    assert paid_late(0, 0, 0, amounts=[100.0, np.nan, 300.0]).amount_last_to_mean_365d == 1.5
    assert math.isnan(paid_late(0, 0, amounts=[0.0, 0.0]).amount_last_to_mean_365d)
    assert math.isnan(paid_late(0, due=["2024-06-30"]).amount_last_to_mean_365d)  # 365 days ago: not within the year


def test_amounts_that_grow_by_a_tenth_of_their_mean_every_30_days_have_a_slope_of_a_tenth() -> None:
    due = ["2025-03-02", "2025-04-01", "2025-05-01"]

    assert paid_late(0, 0, 0, due=due, amounts=[90.0, 100.0, 110.0]).amount_slope_365d == pytest.approx(0.1)
    assert paid_late(0, 0, 0, due=due, amounts=[77.77] * 3).amount_slope_365d == 0
    assert math.isnan(paid_late(0, 0, due=due[:1] * 2).amount_slope_365d)
    assert math.isnan(paid_late(0, 0, due=due[:2], amounts=[5.0, np.nan]).amount_slope_365d)


def test_a_weight_halves_with_each_half_life() -> None:
    row = paid_late(10, 0, due=["2025-03-02", "2025-05-01"])  # 120 and 60 days before the day

    assert row.days_late_ewm_30d == 10 * 0.0625 / (0.0625 + 0.25)
    assert row.days_late_ewm_60d == pytest.approx(10 * 0.25 / (0.25 + 0.5))
    assert row.late_ewm_60d == pytest.approx(0.25 / (0.25 + 0.5))
    a, b = 0.5 ** (120 / 180), 0.5 ** (60 / 180)
    assert row[["days_late_ewm_180d", "late_ewm_180d"]].tolist() == pytest.approx([10 * a / (a + b), a / (a + b)])


def test_runs_are_as_long_as_their_part_within_the_window() -> None:
    row = look(one_of_each(), "latest").loc["C1"]
    # the run 1, 5, 140, 112, 20 began before the year
    assert (row.late_streak_max_365d, row.late_run_count_365d, row.on_time_streak_max_all) == (4, 2, 1)

    row = paid_late(0, 0, 0, 3, 0, 3)
    assert (row.late_streak_max_365d, row.late_run_count_365d, row.on_time_streak_max_all) == (1, 2, 3)


def test_fewer_invoices_are_taken_as_they_are() -> None:
    row = paid_late(7)
    assert row[["days_late_max_last_12", "late_share_last_3", "days_late_weighted_last_4"]].tolist() == [7, 1, 7]
    assert row[["days_late_mean_first_6", "days_late_last_to_mean_all"]].tolist() == [7, 0]
    missing = "days_late_std_last_6 days_late_last_to_second days_late_change_max_365d due_gap_mean_365d"
    assert row[missing.split()].isna().all()

    assert paid_late(7, 1).days_late_weighted_last_4 == pytest.approx((0.4 * 1 + 0.3 * 7) / 0.7)
    assert math.isnan(paid_late(7, 1).days_late_slope_last_12)
    assert paid_late(1, 3, 5).days_late_slope_last_12 == 2


def test_without_invoices_counts_are_zero_and_all_else_is_missing() -> None:
    row = look(one_of_each(), "latest", "nobody").loc["nobody", list(NAMES)]
    counts = "late_count_first_3 late_streak_max_365d on_time_streak_max_all late_run_count_365d".split()

    assert (row[counts] == 0).all()
    assert row.drop(counts).isna().all()


@pytest.mark.parametrize("seed", range(4))
def test_the_columns_are_those_of_plain_python(seed: int) -> None:
    book = random_book(seed)
    rows = look(plain_book(book), "latest", sorted(set(book["client_id"])))
    for client, part in book.groupby("client_id"):
        row, late = rows.loc[client], part["late"].to_numpy()
        age = (pd.Timestamp(SEEN_FROM) - part["due"]).dt.days.to_numpy()
        year = age < 365
        for k in (3, 6, 12):
            assert row[f"days_late_max_last_{k}"] == late[-k:].max()
            assert row[f"late_share_last_{k}"] == pytest.approx((late[-k:] > 0).mean())
        if len(late) > 2:
            slope = np.polyfit(np.arange(len(late[-12:])), late[-12:], 1)[0]
            assert row.days_late_slope_last_12 == pytest.approx(slope, abs=1e-12)
        for h in (30, 60, 180):
            weights = 0.5 ** (age / h)
            assert row[f"days_late_ewm_{h}d"] == pytest.approx(np.average(late, weights=weights), abs=1e-12)
        steps = np.diff(late)[year[1:]]
        if len(steps):
            assert row.days_late_change_abs_mean_365d == pytest.approx(np.abs(steps).mean())
            assert row.days_late_change_max_365d == steps.max()
            assert row.due_gap_mean_365d == pytest.approx(-np.diff(age)[year[1:]].mean())
        runs = [(is_late, len(list(run))) for is_late, run in groupby(late[year] > 0)]
        assert row.late_run_count_365d == sum(is_late for is_late, _ in runs)
        assert row.late_streak_max_365d == max((n for is_late, n in runs if is_late), default=0)
        amounts, given = part["amount"].to_numpy()[year], part["amount"].notna().to_numpy()[year]
        if len(set(age[year][given])) > 1:
            slope = np.polyfit(-age[year][given] / 30, amounts[given], 1)[0] / amounts[given].mean()
            assert row.amount_slope_365d == pytest.approx(slope, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", [1, 4])
def test_only_what_was_known_on_the_day_counts(seed: int) -> None:
    assert_only_what_was_known_counts("latest", seed)
