"""The month ends, by hand: what was known on each, and what is made of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml import Ledger, audit_leaks, build_features
from inadimplencia_ml.catalog.history.months import MONTHS
from inadimplencia_ml.features.history.months import NAMES
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

law = settings(max_examples=10, derandomize=True, deadline=None, database=None)

INVOICES = pd.DataFrame(
    [
        ("part_paid", "2025-01-10", "2025-01-20", 100.0, None, None),
        ("moved", "2025-03-05", "2025-04-04", 200.0, None, None),
        ("moved", "2025-03-05", "2025-05-15", 200.0, "2025-05-05", None),  # postponed after the end of April
        ("reversed", "2025-05-02", "2025-06-01", 300.0, None, None),
        ("void", "2025-02-01", "2025-02-20", 500.0, None, "2025-05-10"),
        ("long_ago", "2023-08-01", "2023-08-31", 50.0, None, None),
    ],
    columns=["invoice_id", "issue_date", "due_date", "amount", "known_on", "cancelled_date"],
).assign(client_id="C1")
PAYMENTS = pd.DataFrame(
    [
        ("part_paid", "2025-02-15", 40.0, None, None),
        ("part_paid", "2025-04-10", 60.0, "2025-05-02", None),  # booked after the end of April
        ("moved", "2025-05-20", 200.0, None, None),
        ("reversed", "2025-06-05", 300.0, None, "2025-06-20"),
        ("long_ago", "2023-10-15", 50.0, None, None),
    ],
    columns=["invoice_id", "payment_date", "amount", "known_on", "reversed_on"],
)
# what the ends of January to June 2025 showed: the largest dpd, reais overdue, reais open
DPD = [11, 39, 70, 100, 0, 29]
OVERDUE = [100, 60 + 500, 60 + 500, 60 + 200 + 500, 0, 300]
OPEN = [100, 60 + 500, 60 + 200 + 500, 60 + 200 + 500, 300, 300]


def months(ledger: Ledger, *days: str, client: str = "C1") -> pd.DataFrame:
    snapshots = pd.DataFrame({"client_id": [client] * len(days), "as_of": list(days)})
    return build_features(ledger, snapshots, families=["months"])[list(NAMES)]


def build(ledger: Ledger, snapshots: Any) -> pd.DataFrame:
    return build_features(ledger, snapshots, families=["months"])


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger(INVOICES, PAYMENTS, calendar="none")


def test_the_columns_are_those_of_the_catalogue() -> None:
    assert list(NAMES) == [f.name for f in MONTHS]


def test_each_month_end_counts_as_it_was_known_on_that_day(ledger: Ledger) -> None:
    x = months(ledger, "2025-06-30").iloc[0]
    assert [x[f"months_late_{k}m"] for k in (6, 12, 24)] == [5, 5, 6]  # 30 days late at the end of September 2023
    assert [x["months_30_plus_12m"], x["months_60_plus_12m"]] == [3, 2]
    assert x["worst_dpd_24m"] == 100
    assert x["dpd_month_mean_6m"] == sum(DPD) / 6
    assert x["dpd_month_mean_12m"] == sum(DPD) / 12
    assert x["overdue_amount_max_12m"] == 760
    assert x["overdue_amount_mean_6m"] == sum(OVERDUE) / 6
    assert x["open_amount_mean_6m"] == pytest.approx(sum(OPEN) / 6)


def test_steps_between_month_ends_go_up_and_down_by_bucket(ledger: Ledger) -> None:
    x = months(ledger, "2025-06-30").iloc[0]  # buckets 1, 2, 3, 4, 0, 1
    assert [x["roll_up_count_6m"], x["roll_down_count_12m"]] == [4, 1]
    assert [x["bucket_last_month"], x["bucket_change_1m"]] == [1, 1]
    assert [x["months_since_worst_12m"], x["months_clean_streak_24m"]] == [2, 0]


def test_the_open_amount_is_set_against_its_six_month_ends(ledger: Ledger) -> None:
    x = months(ledger, "2025-06-30", "2025-06-10")
    assert x["open_amount_to_mean_6m"][0] == pytest.approx(300 / (sum(OPEN) / 6))
    slope = np.polyfit(range(6), OPEN, 1)[0]
    assert x["open_amount_slope_6m"][0] == pytest.approx(slope / np.mean(OPEN))
    assert x["open_amount_to_mean_6m"][1] == 0  # on 10 June the payment was not yet taken back


def test_between_month_ends_the_latest_one_before_counts(ledger: Ledger) -> None:
    x = months(ledger, "2025-06-29").iloc[0]
    assert [x["bucket_last_month"], x["bucket_change_1m"], x["months_clean_streak_24m"]] == [0, -4, 1]
    assert x["months_since_worst_12m"] == 1


def test_the_most_recent_of_two_worst_month_ends_counts() -> None:
    one = INVOICES.iloc[[0]].assign(due_date="2025-01-21", issue_date="2025-01-01")
    other = one.assign(invoice_id="other", due_date="2025-03-21")
    paid = pd.DataFrame({"invoice_id": ["part_paid", "other"], "payment_date": ["2025-02-01", "2025-04-01"]})
    x = months(Ledger(pd.concat([one, other]), paid.assign(amount=100.0), calendar="none"), "2025-06-30").iloc[0]
    assert [x["worst_dpd_24m"], x["months_since_worst_12m"], x["months_clean_streak_24m"]] == [10, 3, 3]


@pytest.mark.parametrize("client", ["C1", "nobody"])
def test_before_the_first_invoice_all_is_zero_and_what_has_no_base_is_missing(ledger: Ledger, client: str) -> None:
    x = months(ledger, "2023-07-31", client=client).iloc[0]
    missing = ["months_since_worst_12m", "open_amount_to_mean_6m", "open_amount_slope_6m"]
    assert x[missing].isna().all()
    assert x["months_clean_streak_24m"] == 24
    assert (x.drop([*missing, "months_clean_streak_24m"]) == 0).all()


@pytest.mark.parametrize("consumer", [True, False])
def test_what_is_too_old_of_a_consumer_is_gone_from_every_month_end(consumer: bool) -> None:
    invoices = pd.DataFrame(
        {
            "client_id": ["C1"],
            "invoice_id": ["T1"],
            "issue_date": ["2020-06-01"],
            "due_date": ["2020-07-01"],
            "amount": [10.0],
        }
    )
    clients = pd.DataFrame({"client_id": ["C1"], "is_consumer": [consumer]})
    x = months(Ledger(invoices, clients=clients, calendar="none"), "2025-06-29", "2025-06-30", "2025-08-31")
    assert x["months_late_24m"].tolist() == ([24, 0, 0] if consumer else [24, 24, 24])
    assert x["open_amount_mean_6m"].tolist() == ([10, 0, 0] if consumer else [10, 10, 10])


def test_a_closed_invoice_stays_open_at_month_ends_before_it_was_known_to_be_closed() -> None:
    invoices = pd.DataFrame(
        {
            "client_id": ["C1"],
            "invoice_id": ["T1"],
            "issue_date": ["2025-01-01"],
            "due_date": ["2025-01-21"],
            "amount": [80.0],
            "cancelled_date": ["2025-02-27"],
            "cancel_reason": ["renegotiated"],
            "cancelled_known_on": ["2025-03-01"],
        }
    )
    x = months(Ledger(invoices, calendar="none"), "2025-03-31").iloc[0]
    assert [x["months_late_6m"], x["worst_dpd_24m"], x["open_amount_mean_6m"]] == [2, 38, 160 / 6]


def test_an_invoice_is_seen_until_it_is_no_longer_observed() -> None:
    invoices = pd.DataFrame(
        {
            "client_id": ["C1"],
            "invoice_id": ["T1"],
            "issue_date": ["2025-01-01"],
            "due_date": ["2025-01-21"],
            "amount": [80.0],
            "observed_until": ["2025-02-28"],
        }
    )
    x = months(Ledger(invoices, calendar="none"), "2025-04-30").iloc[0]
    assert [x["months_late_6m"], x["open_amount_mean_6m"], x["open_amount_to_mean_6m"]] == [2, 160 / 6, 0]


def plain_book(seed: int) -> tuple[Ledger, pd.DataFrame]:
    """A small nasty ledger and the cuts of its clients."""
    tables, snapshots, how = random_ledger(seed, clients=5)
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True)
    return Ledger(**resolved(tables), **how), cuts


@law
@given(seed=st.integers(0, 10**6))
def test_the_month_ends_are_the_state_features_of_those_days(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=5)
    tables = resolved(tables)
    tables.pop("clients", None)  # without consumers nothing is forgotten
    ledger = Ledger(**tables, **how)
    cuts = dated(snapshots)[["client_id", "as_of"]].drop_duplicates(ignore_index=True).iloc[::3].reset_index(drop=True)
    got = build(ledger, cuts)
    month = (cuts["as_of"] + pd.Timedelta(days=1)).dt.to_period("M")
    ends = [(month - k).dt.to_timestamp() - pd.Timedelta(days=1) for k in range(24)]
    seen = [build_features(ledger, pd.DataFrame({"client_id": cuts["client_id"], "as_of": e})) for e in ends]
    dpd, owed, late = (np.array([s[n] for s in seen]) for n in ("dpd_max", "open_amount", "overdue_amount"))
    assert (got["months_late_24m"] == (dpd > 0).sum(0)).all()
    assert (got["worst_dpd_24m"] == dpd.max(0)).all()
    assert (got["months_30_plus_12m"] == (dpd[:12] >= 30).sum(0)).all()
    np.testing.assert_allclose(got["dpd_month_mean_12m"], dpd[:12].mean(0))
    np.testing.assert_allclose(got["open_amount_mean_6m"], owed[:6].mean(0))
    np.testing.assert_allclose(got["overdue_amount_max_12m"], late[:12].max(0))
    x = np.arange(5, -1, -1) - 2.5
    with np.errstate(invalid="ignore"):
        slope = (x[:, None] * owed[:6]).sum(0) / (x * x).sum() / owed[:6].mean(0)
    np.testing.assert_allclose(got["open_amount_slope_6m"], slope, atol=1e-9)


@law
@given(seed=st.integers(0, 10**6))
def test_the_month_ends_agree_with_the_fixed_columns_and_with_each_snapshot_alone(seed: int) -> None:
    ledger, cuts = plain_book(seed)
    got = build(ledger, cuts)
    assert (got["months_late_12m"].gt(0) == got["worst_dpd_12m"].gt(0)).all()
    assert (got["worst_dpd_24m"] >= got["worst_dpd_12m"]).all()
    assert (got["roll_up_count_6m"] <= got["roll_up_count_12m"]).all()
    alone = pd.concat([build(ledger, cuts.iloc[[k]]) for k in range(0, len(cuts), 5)], ignore_index=True)
    pd.testing.assert_frame_equal(alone[list(NAMES)], got[list(NAMES)].iloc[::5].reset_index(drop=True))


@law
@given(seed=st.integers(0, 10**6))
def test_a_ledger_as_known_at_a_day_gives_the_same_up_to_it(seed: int) -> None:
    ledger, cuts = plain_book(seed)
    t = cuts["as_of"].sort_values().iloc[len(cuts) // 2]
    cuts = cuts[cuts["as_of"] <= t].reset_index(drop=True)
    pd.testing.assert_frame_equal(build(ledger.known_at(t), cuts), build(ledger, cuts))


def test_nothing_leaks(ledger: Ledger) -> None:
    days = pd.date_range("2025-01-15", "2025-06-30", freq="45D")
    report = audit_leaks(ledger, pd.DataFrame({"client_id": "C1", "as_of": days}), build)
    assert report.ok, str(report)
