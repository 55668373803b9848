"""The facts of a client at the end of a day, on small ledgers worked by hand, and against the features."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from effort import seeds
from inadimplencia_ml import Ledger, build_features, make_snapshots
from inadimplencia_ml.cases import build_cases
from inadimplencia_ml.tables import CASES, RECORDS, TITLES
from reference.random_ledger import random_ledger

DAY = "2025-03-31"  # a Monday


def invoices(*rows: dict[str, Any]) -> pd.DataFrame:
    """Invoices of client A, issued on 2 January 2025, of 100 reais, due as said."""
    base = {"client_id": "A", "issue_date": "2025-01-02", "amount": 100.0}
    return pd.DataFrame([base | {"invoice_id": f"T{i}"} | row for i, row in enumerate(rows, 1)])


def facts(ledger: Ledger, day: str = DAY, client: str = "A", **options: Any) -> dict[str, Any]:
    """The case of one client as plain values; missing is None."""
    cases = build_cases(ledger, day, **options).cases.set_index("client_id")
    return {str(k): None if pd.isna(v) else v for k, v in cases.loc[client].items()}


def picked(got: dict[str, Any], *names: str) -> list[Any]:
    return [got[name] for name in names]


# --- titles ----------------------------------------------------------------------------------------------------------


def test_open_and_overdue_amounts_are_what_is_left_after_part_payments() -> None:
    payments = pd.DataFrame({"invoice_id": ["T1", "T3"], "payment_date": ["2025-03-20"] * 2, "amount": [30.5, 100.0]})
    ledger = Ledger(
        invoices({"due_date": "2025-03-10"}, {"due_date": "2025-04-10"}, {"due_date": "2025-03-11"}), payments
    )
    got = facts(ledger)
    assert picked(got, "open_amount", "overdue_amount", "open_count", "overdue_count") == [169.5, 69.5, 2, 1]
    assert build_cases(ledger, DAY).titles[["invoice_id", "dpd", "open_amount"]].values.tolist() == [
        ["T1", 21, 69.5],
        ["T2", -10, 100.0],
    ]


@pytest.mark.parametrize(
    ("dues", "dpd"),
    [
        (["2025-03-10", "2025-04-10"], 21),  # the worst of the overdue
        (["2025-04-10", "2025-06-10"], -10),  # none overdue: minus the days to the nearest
        (["2025-03-29"], 0),  # due on a Saturday, payable on Monday: still within grace
        (["2025-03-28"], 3),
        ([], None),
    ],
)
def test_dpd_is_signed(dues: list[str], dpd: int | None) -> None:
    ledger = Ledger(
        invoices(*({"due_date": due} for due in dues), {"due_date": "2025-02-03", "paid_date": "2025-02-03"})
    )
    assert facts(ledger)["dpd"] == dpd


def test_a_postponement_hides_nothing_from_dpd_original() -> None:
    ledger = Ledger(
        invoices(
            {"invoice_id": "T1", "due_date": "2025-02-03"},
            {"invoice_id": "T1", "due_date": "2025-04-04", "known_on": "2025-02-10"},
        )
    )
    assert picked(facts(ledger), "dpd", "dpd_original") == [-4, 56]
    assert build_cases(ledger, DAY).titles["dpd_original"].tolist() == [56]
    assert picked(facts(ledger, "2025-02-09"), "dpd", "dpd_original") == [6, 6]


def test_a_title_in_dispute_sold_or_disputed_again_says_so() -> None:
    rows = invoices(
        {"due_date": "2025-03-10", "disputed_from": "2025-03-12"},
        {"due_date": "2025-03-10", "disputed_from": "2025-03-12", "disputed_to": "2025-03-30"},
        {"due_date": "2025-03-10", "disputed_from": "2025-03-12", "disputed_to": "2025-03-31"},
        {"due_date": "2025-03-10", "disputed_from": "2025-04-01"},
        {"due_date": "2025-03-10", "assigned_on": "2025-03-31"},
        {"due_date": "2025-03-10", "assigned_on": "2025-04-01"},
    )
    titles = build_cases(Ledger(rows), DAY).titles.set_index("invoice_id")
    assert titles.index[titles["disputed"]].tolist() == ["T1", "T3"]
    assert titles.index[titles["assigned"]].tolist() == ["T5"]
    assert facts(Ledger(rows))["disputed_amount"] == 200.0


def test_a_later_row_of_a_title_keeps_what_an_older_one_said() -> None:
    ledger = Ledger(
        invoices(
            {"invoice_id": "T1", "due_date": "2025-03-10", "kind": "boleto", "disputed_from": "2025-03-12"},
            {"invoice_id": "T1", "due_date": "2025-03-20", "kind": None, "known_on": "2025-03-15"},
        )
    )
    title = build_cases(ledger, DAY).titles.iloc[0]
    assert (title["kind"], title["disputed"], title["due_date"]) == ("boleto", True, pd.Timestamp("2025-03-20"))


# --- twelve months ---------------------------------------------------------------------------------------------------


def test_the_facts_of_the_profiles_count_what_fell_due_in_twelve_months() -> None:
    ledger = Ledger(
        invoices(
            {"due_date": "2024-03-28", "issue_date": "2024-01-02"},  # a day too old
            {"due_date": "2024-04-01", "issue_date": "2024-01-02", "paid_date": "2024-04-06"},  # 5 days: within grace
            {"due_date": "2024-05-02", "issue_date": "2024-01-02", "paid_date": "2024-05-08"},  # 6 days late, cured
            {"due_date": "2024-06-03", "issue_date": "2024-01-02", "paid_date": "2024-09-02"},  # 91 days: not cured
            {"due_date": "2024-12-31", "issue_date": "2024-01-02"},  # 90 days open: tried and not cured
            {"due_date": "2025-03-10"},  # 21 days open: late, and not to be judged yet
            {"due_date": "2025-04-10"},  # not due
        )
    )
    got = facts(ledger)
    assert picked(got, "n_due_12m", "late_count_12m", "late_share_12m") == [5, 4, 0.8]
    assert got["cure_share_12m"] == pytest.approx(1 / 3)
    assert got["median_late_days_12m"] == (21 + 90) / 2
    wider = facts(ledger, grace_days=6, cure_dpd=91)
    assert picked(wider, "late_count_12m", "cure_share_12m") == [3, 1.0]


def test_a_title_closed_without_payment_is_no_cure() -> None:
    cancelled = {"cancelled_date": "2024-06-20", "cancel_reason": "written_off"}
    got = facts(Ledger(invoices({"due_date": "2024-06-03", "issue_date": "2024-01-02"} | cancelled)))
    assert picked(got, "open_count", "late_count_12m", "cure_share_12m") == [0, 1, 0.0]


def test_the_first_title_that_ever_fell_due_is_told_while_it_is_open() -> None:
    rows = invoices({"due_date": "2025-02-03"}, {"due_date": "2025-02-28", "paid_date": "2025-03-05"})
    got = facts(Ledger(rows))
    assert picked(got, "first_due_open_dpd", "ever_paid") == [56, True]
    assert picked(facts(Ledger(rows), "2025-02-27"), "first_due_open_dpd", "ever_paid") == [24, False]
    assert facts(Ledger(rows), "2025-02-02")["first_due_open_dpd"] is None


# --- contacts, promises, escalations, payments ------------------------------------------------------------------------


def test_contacts_count_those_that_we_made_and_that_are_known() -> None:
    contacts = pd.DataFrame(
        [
            {"contacted_at": "2025-03-31T18:00", "channel": "phone"},
            {"contacted_at": "2025-03-25T10:00", "channel": "phone", "replied_on": "2025-03-27"},
            {"contacted_at": "2025-03-24T10:00", "channel": "email", "replied_on": "2025-04-02"},
            {"contacted_at": "2025-03-02T10:00", "channel": "email", "direction": "outbound"},
            {"contacted_at": "2025-03-01T10:00", "channel": "email"},
            {"contacted_at": "2025-03-29T10:00", "channel": "email", "direction": "inbound"},
            {"contacted_at": "2025-03-30T10:00", "channel": "email", "known_on": "2025-04-01"},
            {"contacted_at": "2025-04-01T10:00", "channel": "email"},
        ]
    ).assign(client_id="A")
    got = facts(Ledger(invoices({"due_date": "2025-03-10"}), contacts=contacts))
    assert picked(got, "contacts_1d", "contacts_7d", "contacts_30d", "contacts_90d", "calls_7d") == [1, 2, 4, 5, 2]
    assert picked(got, "answered_90d") == [1]
    assert got["last_contact_on"] == pd.Timestamp("2025-03-31")
    assert got["last_reply_on"] == pd.Timestamp("2025-03-29")


def test_without_contacts_nothing_is_said_of_them() -> None:
    book = invoices({"due_date": "2025-03-10"})
    names = ("contacts_1d", "contacts_7d", "contacts_30d", "answered_90d", "last_contact_on", "has_protest")
    assert picked(facts(Ledger(book)), *names) == [None] * 6
    other = pd.DataFrame({"client_id": ["B"], "contacted_at": ["2025-03-30T10:00"], "channel": ["email"]})
    assert picked(facts(Ledger(book, contacts=other)), "contacts_7d", "answered_90d", "last_contact_on") == [
        0,
        None,
        None,
    ]


def promise(made: str, due: str, amount: float = 50.0) -> dict[str, Any]:
    return {"client_id": "A", "created_at": made, "kind": "promise", "due_date": due, "amount": amount}


def test_promises_are_kept_or_broken_by_payments_and_never_by_a_status() -> None:
    agreements = pd.DataFrame(
        [
            promise("2025-03-03", "2025-03-08") | {"status": "broken"},  # a Saturday; paid on Monday: kept
            promise("2025-03-11", "2025-03-14") | {"status": "kept"},  # nothing came: broken
            promise("2025-03-25", "2025-03-31"),  # today: open
            promise("2025-03-24", "2025-04-05"),  # a Saturday: open until Monday
            promise("2025-04-01", "2025-04-30"),  # made tomorrow
            promise("2025-03-03", "2025-04-30") | {"kind": "plan"},
        ]
    ).assign(agreement_id=lambda d: [f"P{i}" for i in range(len(d))])
    payments = pd.DataFrame({"invoice_id": ["T1"], "payment_date": ["2025-03-10"], "amount": [49.99]})
    got = facts(Ledger(invoices({"due_date": "2025-02-10"}), payments, agreements=agreements))
    assert picked(got, "promises_kept_12m", "promises_broken_12m", "promises_kept_share_12m") == [1, 1, 0.5]
    assert got["promise_due_on"] == pd.Timestamp("2025-04-07")
    assert got["promise_made_on"] == pd.Timestamp("2025-03-24")


def test_an_escalation_counts_until_it_is_withdrawn() -> None:
    escalations = pd.DataFrame(
        [
            {"kind": "negativacao", "requested_at": "2025-03-01"},
            {"kind": "protest", "requested_at": "2025-03-05", "withdrawn_at": "2025-03-31"},
            {"kind": "agency", "requested_at": "2025-03-06", "withdrawn_at": "2025-04-01"},
            {"kind": "legal", "requested_at": "2025-04-01"},
        ]
    ).assign(client_id="A", invoice_id="T1")
    got = facts(Ledger(invoices({"due_date": "2024-12-10"}), escalations=escalations))
    kinds = ("negativacao", "protest", "mediation", "agency", "legal")
    assert [got[f"has_{k}"] for k in kinds] == [True, False, False, True, False]
    assert got["last_escalation_on"] == pd.Timestamp("2025-03-06")


def test_a_payment_on_no_title_is_told_for_thirty_days() -> None:
    payments = pd.DataFrame(
        {
            "client_id": ["A", "A", "A", "B"],
            "invoice_id": [None, "?", None, "T1"],
            "payment_date": ["2025-03-02", "2025-03-20", "2025-03-01", "2025-03-20"],
            "amount": [10.0, 5.5, 100.0, 1.0],
        }
    )
    got = facts(Ledger(invoices({"due_date": "2025-03-10"}), payments))
    assert picked(got, "unapplied_amount_30d", "ever_paid") == [15.5, True]


# --- clients ---------------------------------------------------------------------------------------------------------


def test_the_latest_known_value_of_each_field_counts() -> None:
    clients = pd.DataFrame(
        [
            {"kind": "PF", "uf": "SP", "hardship": False, "credit_limit": 500.0, "known_on": "2025-01-01"},
            {"kind": None, "uf": "RJ", "hardship": True, "credit_limit": None, "known_on": "2025-02-01"},
            {"kind": None, "uf": "BA", "hardship": False, "credit_limit": 900.0, "known_on": "2025-04-01"},
        ]
    ).assign(client_id="A", consent_sms=["sim", None, "não"], deceased=[None, 0, 1], city="X", tax_id="52998224725")
    got = facts(Ledger(invoices({"due_date": "2025-03-10"}), clients=clients))
    assert picked(got, "kind", "uf", "hardship", "credit_limit") == ["PF", "RJ", True, 500.0]
    assert picked(got, "is_consumer", "consent_sms", "deceased", "vulnerable") == [True, True, False, None]
    assert "tax_id" not in got
    assert "city" not in got


def test_every_client_of_whom_anything_is_known_has_a_row() -> None:
    contacts = pd.DataFrame({"client_id": ["C"], "contacted_at": ["2025-03-30T10:00"], "channel": ["email"]})
    clients = pd.DataFrame({"client_id": ["B", "D"], "known_on": ["2025-03-31", "2025-04-01"]})
    ledger = Ledger(invoices({"due_date": "2025-03-10"}), clients=clients, contacts=contacts)
    assert build_cases(ledger, DAY).cases["client_id"].tolist() == ["A", "B", "C"]
    assert picked(facts(ledger, client="B"), "open_amount", "dpd", "days_since_issue", "ever_paid") == [
        0.0,
        None,
        None,
        False,
    ]
    assert len(build_cases(ledger, "2020-01-01").cases) == 0


def test_the_tables_have_the_columns_of_the_contract() -> None:
    built = build_cases(Ledger(invoices({"due_date": "2025-03-10"})), DAY)
    beside = ("recovery_share", "self_cure_probability", "time_barred")  # what others know may be joined to them
    assert list(built.cases.columns) == [c.name for c in CASES.columns if c.name not in beside]
    assert list(built.titles.columns) == [c.name for c in TITLES.columns if c.name not in beside]
    assert list(built.records.columns) == [c.name for c in RECORDS.columns]


# --- against the features, and the clock -----------------------------------------------------------------------------

SAME = {
    "open_amount": "open_amount",
    "open_count": "open_count",
    "overdue_amount": "overdue_amount",
    "overdue_count": "overdue_count",
    "n_due_12m": "due_count_365d",
    "days_since_issue": "days_since_issue",
    "contacts_90d": "contact_count_90d",
    "promises_broken_12m": "promise_broken_count_365d",
    "promises_kept_share_12m": "promise_kept_share_365d",
}


@pytest.mark.parametrize("seed", seeds(12))
def test_what_cases_and_features_both_tell_they_tell_alike(seed: int) -> None:
    tables, snapshots, settings = random_ledger(seed, clients=8)
    ledger = Ledger(**tables, **settings)
    for day in sorted(set(pd.to_datetime(snapshots["as_of"]).dt.date))[::7]:
        wanted = make_snapshots(ledger, day)
        cases, features = build_cases(ledger, day).cases, build_features(ledger, wanted)
        assert cases["client_id"].tolist() == wanted["client_id"].tolist()
        for ours, theirs in SAME.items():
            if theirs in features:
                got = cases[ours].to_numpy(np.float64, na_value=np.nan)
                np.testing.assert_allclose(got, features[theirs].to_numpy(), atol=1e-9, err_msg=f"{ours} on {day}")
        worst = np.maximum(cases["dpd"].to_numpy(np.float64, na_value=0), 0)
        np.testing.assert_array_equal(worst, features["dpd_max"].to_numpy())
        late = cases.set_index("client_id")["late_count_12m"] <= cases.set_index("client_id")["n_due_12m"]
        assert late.all()


@pytest.mark.parametrize("seed", range(8))
def test_what_came_later_changes_no_fact_and_neither_does_the_order_of_rows(seed: int) -> None:
    tables, _, settings = random_ledger(seed, clients=6)
    ledger, day = Ledger(**tables, **settings), dt.date(2024, 6, 30)
    whole, cut = build_cases(ledger, day), build_cases(ledger.known_at(day), day)
    pd.testing.assert_frame_equal(whole.cases, cut.cases)
    pd.testing.assert_frame_equal(whole.titles, cut.titles)
    order = np.random.default_rng(seed)  # after the door, which resolves doubles in the order of the file
    shuffled = {name: table.take(order.permutation(table.num_rows)) for name, table in ledger.tables.items()}
    again = build_cases(Ledger(**shuffled, **settings), day)
    pd.testing.assert_frame_equal(whole.cases, again.cases)
    assert len(whole.cases) == len(make_snapshots(ledger, day))
