"""The last 90 days against what fell due before them, worked out by hand."""

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
from inadimplencia_ml.features.history.shock import NAMES


def paid_late(before: list[int], recent: list[int]) -> pd.Series:
    """The features of a client who paid old and recent invoices so many days late."""
    due = ["2025-04-01"] * len(before) + ["2025-04-02"] * len(recent)  # 90 and 89 days before the day
    book = pd.DataFrame({"client_id": "C1", "due": due, "late": before + recent, "amount": 100.0})
    return look(plain_book(book), "shock").loc["C1"]


def test_the_columns_are_those_of_the_catalogue_and_of_the_features() -> None:
    assert [f.name for f in HISTORY_FAMILIES["shock"]] == list(NAMES)
    assert look(one_of_each(), "shock").columns.tolist()[-len(NAMES) :] == list(NAMES)


def test_before_and_recent_are_parted_by_due_date_as_known_on_the_day() -> None:
    row = look(one_of_each(), "shock").loc["C1"]  # before: 1, 5, 140, 112; recent: 20, -2, 20, 0

    assert (row.late_share_before_90d, row.days_late_mean_before_90d) == (1, 64.5)
    assert (row.late_share_shift_90d, row.days_late_mean_shift_90d) == (-0.5, 9.5 - 64.5)
    assert math.isnan(row.good_history_recent_shock)  # four invoices are no history
    assert row.days_since_first_late == 416  # since 2024-05-10


def test_an_invoice_due_90_days_ago_belongs_to_the_time_before() -> None:
    row = paid_late([4, 0], [10])

    assert (row.late_share_before_90d, row.days_late_mean_before_90d) == (0.5, 2)
    assert (row.late_share_shift_90d, row.days_late_mean_shift_90d) == (0.5, 8)


@pytest.mark.parametrize(
    ("before", "recent", "shock"),
    [
        ([0] * 6, [15], 1),
        ([0] * 6, [14], 0),  # a single one, not very late
        ([0] * 6, [1, 0], 1),
        ([0] * 6, [1, 0, 0], 0),
        ([0] * 6, [], 0),
        ([0] * 5, [90], math.nan),
        ([5] * 9 + [6], [15], 1),  # nine tenths are enough
        ([5] * 8 + [6], [15], 0),
        ([-3] * 6, [0, 0, 0, 15], 1),
    ],
)
def test_a_shock_needs_a_good_history_and_one_very_late_or_half_of_several_late(
    before: list[int], recent: list[int], shock: float
) -> None:
    assert paid_late(before, recent).good_history_recent_shock == pytest.approx(shock, nan_ok=True)


def test_one_side_without_invoices_gives_no_shift() -> None:
    only_recent, only_before = paid_late([], [3]), paid_late([3], [])

    assert only_recent[["late_share_before_90d", "late_share_shift_90d"]].isna().all()
    assert only_recent.days_since_first_late == 89
    assert only_before.late_share_before_90d == 1
    assert only_before[["late_share_shift_90d", "days_late_mean_shift_90d"]].isna().all()


def test_without_invoices_all_is_missing() -> None:
    assert look(one_of_each(), "shock", "nobody").loc["nobody", list(NAMES)].isna().all()
    assert math.isnan(paid_late([0, -1], [0]).days_since_first_late)


@pytest.mark.parametrize("seed", range(4))
def test_the_columns_are_those_of_plain_python(seed: int) -> None:
    book = random_book(seed)
    rows = look(plain_book(book), "shock", sorted(set(book["client_id"])))
    for client, part in book.groupby("client_id"):
        row, late = rows.loc[client], part["late"].to_numpy()
        age = (pd.Timestamp(SEEN_FROM) - part["due"]).dt.days.to_numpy()
        before, recent = late[age >= 90], late[age < 90]
        if len(before):
            assert row.late_share_before_90d == np.mean(before > 0)
        if len(before) and len(recent):
            assert row.days_late_mean_shift_90d == pytest.approx(recent.mean() - before.mean(), abs=1e-12)
        first = age[late > 0].max(initial=-1)
        assert row.days_since_first_late == pytest.approx(first if first >= 0 else math.nan, nan_ok=True)


@pytest.mark.parametrize("seed", [2, 5])
def test_only_what_was_known_on_the_day_counts(seed: int) -> None:
    assert_only_what_was_known_counts("shock", seed)
