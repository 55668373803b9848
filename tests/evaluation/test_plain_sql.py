"""The second reckoning: right by hand, equal to the library on ledgers of all kinds, silent on what it cannot do."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import brier_score_loss, roc_auc_score

import inadimplencia_ml as iml
from inadimplencia_ml.evaluation.plain_book import LEFT_OUT, PlainBook
from inadimplencia_ml.evaluation.plain_sql import FEATURES, covers, plain_features, plain_labels, plain_metrics
from inadimplencia_ml.ledger.snapshots import read_snapshots
from reference.random_ledger import random_ledger

CLIENTS = [iml.Target(dpd=5, horizon_days=45), iml.Target(dpd=30, horizon_days=60, ever=False, min_amount=50)]
INVOICES = [
    iml.Target(level="invoice", event="late", dpd=5),
    iml.Target(level="invoice", event="default", dpd=5, min_amount=30),
    iml.Target(level="invoice", event="paid", horizon_days=30),
]


def book_of(ledger: iml.Ledger, snapshots: pd.DataFrame, *, at_issue: bool = False) -> PlainBook:
    return PlainBook(ledger.all_tables(), snapshots, ledger.calendar, at_issue=at_issue)


def one_client(**columns: Any) -> dict[str, Any]:
    """An invoice of R$ 100 issued on Thursday 2 January 2025 and due on Monday 3 February."""
    row = {"client_id": "C1", "invoice_id": "T1", "issue_date": "2025-01-02", "due_date": "2025-02-03", "amount": 100.0}
    return row | columns


def at(*days: str, client: str = "C1") -> pd.DataFrame:
    return pd.DataFrame({"client_id": client, "as_of": pd.to_datetime(list(days))})


# ---- by hand


def test_ten_features_of_an_invoice_paid_in_two_parts_are_as_counted_by_hand() -> None:
    payments = pd.DataFrame(
        {
            "invoice_id": ["T1", "T1"],
            "payment_date": ["2025-02-10", "2025-02-14"],
            "amount": [40.0, 60.0],
            "known_on": ["2025-02-10", "2025-02-17"],
        }
    )
    ledger = iml.Ledger(pd.DataFrame([one_client()]), payments=payments)
    days = at("2025-01-31", "2025-02-10", "2025-02-14", "2025-02-17")
    with book_of(ledger, days) as book:
        found = plain_features(book)
    nan = float("nan")
    # before the due date; 7 days late with 60 open; 11 days late, the second part not booked; settled on the 14th
    assert found["days_late_mean_365d"].tolist() == pytest.approx([nan, 7, 11, 11], nan_ok=True)
    assert found["open_amount"].tolist() == [100, 60, 60, 0]
    assert found["overdue_amount"].tolist() == [0, 60, 60, 0]
    assert found["dpd_max"].tolist() == [0, 7, 11, 0]
    assert found["paid_amount_90d"].tolist() == [0, 40, 40, 100]
    assert found["days_since_payment"].tolist() == pytest.approx([nan, 0, 4, 3], nan_ok=True)
    assert found["due_count_365d"].tolist() == [0, 1, 1, 1]
    assert found["late_share_365d"].tolist() == pytest.approx([nan, 1, 1, 1], nan_ok=True)
    assert found["days_late_max_all"].tolist() == pytest.approx([nan, 7, 11, 11], nan_ok=True)
    assert found["issued_amount_180d"].tolist() == [100] * 4


@pytest.mark.parametrize(
    ("paid_date", "label"),
    [
        ("2025-03-05", "good"),  # on the 30th day after the due date: not 30 days past due at its end
        ("2025-03-06", "bad"),
        (None, "bad"),
    ],
)
def test_the_label_of_a_client_turns_on_the_thirtieth_day(paid_date: str | None, label: str) -> None:
    ledger = iml.Ledger(pd.DataFrame([one_client(paid_date=paid_date)]), known_until="2025-12-31")
    with book_of(ledger, at("2025-01-31")) as book:
        assert plain_labels(book, iml.Target(), ledger.known_until).tolist() == [label]
        assert plain_labels(book, iml.Target(), dt.date(2025, 4, 30)).tolist() == ["immature"]


# ---- against the library


def tame(seed: int) -> tuple[iml.Ledger, pd.DataFrame]:
    """A nasty ledger without what the SQL leaves out most: histories, invoices without an amount or an observer."""
    tables, snapshots, how = random_ledger(seed, clients=4)
    invoices = tables["invoices"].drop_duplicates("invoice_id").drop(columns="observed_until", errors="ignore")
    tables = tables | {"invoices": invoices[invoices["amount"].notna()].reset_index(drop=True)}
    ledger = iml.Ledger(**tables, **how)
    return ledger, read_snapshots(snapshots[["client_id", "as_of"]], ledger).keys  # days of whatever form


@settings(max_examples=3, derandomize=True, deadline=None, database=None)
@given(seed=st.integers(0, 10**6))
def test_both_reckonings_agree_on_whatever_is_covered(seed: int) -> None:
    ledger, days = tame(seed)
    of_invoices = iml.make_snapshots(ledger, at_issue=True)
    for snapshots, targets in ((days, CLIENTS), (of_invoices, INVOICES)):
        with book_of(ledger, snapshots, at_issue=snapshots is of_invoices) as book:
            rows = book.covered()
            plain, ours = plain_features(book), iml.build_features(ledger, snapshots)
            for name in FEATURES:
                np.testing.assert_allclose(plain[name], ours.loc[rows, name], rtol=1e-9, err_msg=name)
            for target in targets:
                expected = iml.label(ledger, snapshots, target)["label"].to_numpy()[rows]
                assert plain_labels(book, target, ledger.known_until).tolist() == expected.tolist()


def test_the_booking_lag_is_the_95th_centile_of_the_delays() -> None:
    delays = np.random.default_rng(3).integers(0, 30, 57)
    paid = pd.Timestamp("2025-02-03") + pd.to_timedelta(np.arange(57) % 20, "D")
    payments = pd.DataFrame({"invoice_id": "T1", "payment_date": paid, "amount": 1.0})
    payments["known_on"] = paid + pd.to_timedelta(delays, "D")
    ledger = iml.Ledger(pd.DataFrame([one_client()]), payments=payments)
    with book_of(ledger, at("2025-02-28")) as book:
        assert book.booking_lag(ledger.known_until) == np.percentile(delays, 95, method="higher")


def test_the_metrics_are_those_of_the_textbooks_with_and_without_ties() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(400) < 0.2).astype(float)
    for p in (rng.random(400), np.round(rng.random(400), 1)):
        found = plain_metrics(y, p)
        assert found["auc"] == pytest.approx(roc_auc_score(y, p), abs=1e-12)
        assert found["brier"] == pytest.approx(brier_score_loss(y, p), abs=1e-12)
        assert found["ks"] == pytest.approx(ks_2samp(p[y == 1], p[y == 0]).statistic, abs=1e-12)
        assert found["bad_rate"] == pytest.approx(y.mean(), abs=1e-12)


# ---- what it does not cover


def test_each_fact_that_is_not_covered_leaves_its_client_out_and_is_counted() -> None:
    plain = dict(known_on="2025-01-02")
    rows = [
        one_client(**plain),
        one_client(client_id="history", invoice_id="T2", **plain),
        one_client(client_id="history", invoice_id="T2", due_date="2025-03-10", known_on="2025-01-20"),
        one_client(client_id="amount_missing", invoice_id="T3", amount=None, **plain),
        one_client(client_id="observed_until", invoice_id="T4", observed_until="2025-06-30", **plain),
        one_client(client_id="told_twice", invoice_id="T5", paid_date="2025-02-10", known_on="2025-02-20"),
        one_client(client_id="two_states", invoice_id="T6", **plain),
        one_client(client_id="forgotten", invoice_id="T7", issue_date="2018-01-02", due_date="2018-02-05"),
    ]
    payments = pd.DataFrame({"invoice_id": ["T5"], "payment_date": ["2025-02-10"], "amount": [100.0]})
    clients = pd.DataFrame(
        {
            "client_id": ["two_states", "two_states", "forgotten"],
            "uf": ["SP", "RJ", None],
            "kind": ["PJ", "PJ", "PF"],
            "known_on": ["2024-01-01", "2025-01-10", "2018-01-01"],
        }
    )
    ledger = iml.Ledger(pd.DataFrame(rows), payments=payments, clients=clients)
    days = pd.concat([at("2025-02-28", "2025-03-31", client=name) for name in ("C1", *LEFT_OUT)], ignore_index=True)
    with book_of(ledger, days) as book:
        assert book.covered().tolist() == [True, True] + [False] * 2 * len(LEFT_OUT)
        assert len(plain_features(book)) == len(plain_labels(book, iml.Target(), ledger.known_until)) == 2
        left = book.left_out().set_index("reason")
    assert set(left.index) == set(LEFT_OUT)
    assert (left["clients"] == 1).all()
    assert (left["snapshots"] == 2).all()


def test_a_target_with_shares_cures_or_new_invoices_is_not_covered() -> None:
    assert covers(iml.Target())
    assert not covers(iml.Target(min_share=0.1))
    assert not covers(iml.Target(cure_days=30))
    assert not covers(iml.Target(exposure="open_or_new"))
