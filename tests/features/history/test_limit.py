"""The credit limit against what is open, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml import Ledger, audit_leaks, build_features
from inadimplencia_ml.catalog.history.limit import LIMIT
from inadimplencia_ml.features.history.limit import NAMES
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

law = settings(max_examples=8, derandomize=True, deadline=None, database=None)

INVOICES = pd.DataFrame(
    [
        ("year_ago", "2024-06-30", "2024-07-30", 900.0),
        ("part_paid", "2025-04-01", "2025-04-20", 500.0),
        ("not_due", "2025-06-10", "2025-07-10", 600.0),
        ("no_amount", "2025-06-12", "2025-07-12", None),
    ],
    columns=["invoice_id", "issue_date", "due_date", "amount"],
).assign(client_id="C1")
PAYMENTS = pd.DataFrame(
    [("year_ago", "2024-08-05", 900.0), ("part_paid", "2025-04-25", 100.0)],
    columns=["invoice_id", "payment_date", "amount"],
)
LIMITS = [("2024-01-01", 1000.0), ("2025-03-10", None), ("2025-05-01", 2000.0), ("2025-06-15", 2000.0)]


def book(*limits: tuple[str | None, float | None], invoices: pd.DataFrame = INVOICES) -> Ledger:
    clients = pd.DataFrame(limits, columns=["known_on", "credit_limit"]).assign(client_id="C1")
    return Ledger(invoices, PAYMENTS, clients, calendar="none")


def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
    return build_features(ledger, snapshots, families=["limit"])


def limit(ledger: Ledger, day: str = "2025-06-30", client: str = "C1") -> pd.Series:
    return build(ledger, pd.DataFrame({"client_id": [client], "as_of": [day]})).iloc[0][list(NAMES)].astype(float)


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert list(NAMES) == [f.name for f in LIMIT]


def test_what_is_open_and_overdue_is_set_against_the_limit_known_on_the_day() -> None:
    x = limit(book(*LIMITS))
    assert x["limit_utilisation"] == (400 + 600) / 2000
    assert x["overdue_to_limit"] == 400 / 2000
    assert x["ticket_to_limit"] == (500 + 600) / 2 / 2000  # the one of 30 June 2024 is a day too old


def test_each_month_end_has_the_limit_known_then() -> None:
    x = limit(book(*LIMITS))
    assert x["limit_utilisation_max_12m"] == 0.9  # 900 of 1,000 at the end of July 2024
    assert x["limit_utilisation_mean_6m"] == pytest.approx((0 + 0 + 0 + 0.4 + 0.2 + 0.5) / 6)
    x = limit(book(*LIMITS), "2025-07-31")  # July 2024 has left
    assert x["limit_utilisation_max_12m"] == 0.5


def test_a_month_end_before_the_limit_was_known_is_left_out() -> None:
    x = limit(book(("2025-05-01", 2000.0)))
    assert x["limit_utilisation_mean_6m"] == pytest.approx((0.2 + 0.5) / 2)
    assert x["limit_utilisation_max_12m"] == 0.5
    assert np.isnan(x["limit_change_ratio_365d"])


def test_a_change_is_known_from_the_row_whose_limit_differs_from_the_one_before() -> None:
    x = limit(book(*LIMITS))
    assert [x["limit_change_ratio_365d"], x["days_since_limit_change"]] == [2.0, 60.0]
    before = limit(book(*LIMITS), "2025-04-30")
    assert before["limit_change_ratio_365d"] == 1.0
    assert np.isnan(before["days_since_limit_change"])


def test_a_limit_that_went_and_came_back_changed_when_it_came_back() -> None:
    x = limit(book((None, 10.0), ("2025-06-01", 20.0), ("2025-06-20", 10.0)))
    assert [x["limit_change_ratio_365d"], x["days_since_limit_change"]] == [1.0, 10.0]


def test_of_several_limits_of_one_day_the_largest_counts_in_any_order() -> None:
    rows = [("2025-01-01", 1000.0), ("2025-02-01", 500.0), ("2025-02-01", 1000.0)]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        x = limit(book(*(rows[k] for k in order)))
        assert x["limit_utilisation"] == 1.0
        assert np.isnan(x["days_since_limit_change"])


def test_a_limit_of_zero_is_no_base() -> None:
    x = limit(book((None, 1000.0), ("2025-06-01", 0.0)))
    assert x[["limit_utilisation", "overdue_to_limit", "ticket_to_limit"]].isna().all()
    assert [x["limit_change_ratio_365d"], x["days_since_limit_change"]] == [0.0, 29.0]
    assert x["limit_utilisation_mean_6m"] == pytest.approx((0 + 0 + 0 + 0.4 + 0.4) / 5)


@pytest.mark.parametrize("row", [("2025-07-01", 5.0), (None, None)])
def test_without_a_known_limit_there_is_nothing_to_say(row: tuple[str | None, float | None]) -> None:
    assert limit(book(row)).isna().all()
    assert limit(book(*LIMITS), client="nobody").isna().all()


def test_a_client_without_invoices_uses_nothing_of_its_limit() -> None:
    ledger = Ledger(INVOICES, clients=pd.DataFrame({"client_id": ["C2"], "credit_limit": [50.0]}), calendar="none")
    x = limit(ledger, client="C2")
    assert (x[["limit_utilisation", "overdue_to_limit", "limit_utilisation_max_12m"]] == 0).all()
    assert np.isnan(x["ticket_to_limit"])


def limited_book(seed: int) -> tuple[Ledger, pd.DataFrame]:
    """A small nasty ledger whose clients have limits, one or several, and the cuts of its clients."""
    tables, snapshots, how = random_ledger(seed, clients=5)
    tables, dice = resolved(tables), np.random.default_rng(seed)
    ids = tables["invoices"]["client_id"].drop_duplicates().repeat(3).to_numpy()
    days = tables["invoices"]["issue_date"].sample(len(ids), replace=True, random_state=seed).to_numpy()
    given = dice.choice([0.0, 500.0, 500.0, 2000.0, 10_000.0, np.nan], len(ids))
    limits = pd.DataFrame({"client_id": ids, "known_on": days, "credit_limit": given})
    tables["clients"] = pd.concat([tables["clients"], limits]) if "known_on" in tables.get("clients", ()) else limits
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    return Ledger(**tables, **how), cuts


@law
@given(seed=st.integers(0, 10**6))
def test_the_share_now_is_that_of_the_fixed_columns_and_the_cut_changes_nothing(seed: int) -> None:
    ledger, cuts = limited_book(seed)
    got = build(ledger, cuts)
    limits = got["client_credit_limit"].where(got["client_credit_limit"] != 0)
    np.testing.assert_allclose(got["limit_utilisation"], got["open_amount"] / limits, rtol=1e-12)
    np.testing.assert_allclose(got["overdue_to_limit"], got["overdue_amount"] / limits, rtol=1e-12)
    t = cuts["as_of"].sort_values().iloc[len(cuts) // 2]
    past = cuts["as_of"] <= t
    cut = build(ledger.known_at(t), cuts[past])
    pd.testing.assert_frame_equal(cut[list(NAMES)], got.loc[past, list(NAMES)].reset_index(drop=True))


def test_nothing_leaks() -> None:
    days = pd.date_range("2025-03-05", "2025-06-30", freq="39D")
    report = audit_leaks(book(*LIMITS), pd.DataFrame({"client_id": "C1", "as_of": days}), build)
    assert report.ok, str(report)
