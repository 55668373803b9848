"""Further contacts and agreements: counted by hand on small books, and blind to what was not known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.catalog.history.outreach import OUTREACH
from inadimplencia_ml.features.audit import audit_leaks
from inadimplencia_ml.features.build import build_features
from inadimplencia_ml.features.history.outreach import NAMES
from inadimplencia_ml.ledger.ledger import Ledger
from reference.random_ledger import random_ledger

INVOICES = pd.DataFrame(
    {
        "client_id": "C1",
        "invoice_id": ["T1", "T2"],
        "issue_date": "2024-01-02",
        "due_date": "2025-01-10",
        "amount": 100.0,
    }
)
CONTACTS = pd.DataFrame(
    [
        ("2025-06-10", "email", "outbound", True, True, None, False, 0.10, "2025-06-10"),  # opened, no answer
        ("2025-06-12", "email", None, True, True, "2025-06-20", True, 0.10, "2025-06-12"),  # answered after 8 days
        ("2025-06-15", "phone", "outbound", False, None, None, True, 2.35, "2025-06-18"),  # booked on the 18th
        ("2025-05-01", "sms", "outbound", None, None, None, None, None, "2025-05-01"),
        ("2025-01-20", "phone", "outbound", True, True, "2025-01-22", True, 2.35, "2025-01-20"),  # before the window
        ("2025-06-01", "whatsapp", "inbound", True, True, "2025-06-02", True, 1.00, "2025-06-01"),
    ],
    columns="contacted_at channel direction delivered opened replied_on right_party cost known_on".split(),
).assign(client_id="C1")
CONTACT_NAMES, AGREEMENT_NAMES = NAMES[:9], NAMES[9:]


def look(ledger: Ledger, as_of: str, client: str = "C1") -> pd.Series:
    snapshots = pd.DataFrame({"client_id": [client], "as_of": [as_of]})
    return build_features(ledger, snapshots, families=["outreach"]).iloc[0]


def with_contacts(contacts: pd.DataFrame = CONTACTS) -> Ledger:
    return Ledger(INVOICES, contacts=contacts, calendar="none")


def with_promises(rows: list[tuple[Any, ...]], paid: list[tuple[str, str, float]] = (), **more: Any) -> Ledger:
    agreements = pd.DataFrame(rows, columns=["created_at", "kind", "due_date", "amount"])
    agreements = agreements.assign(client_id="C1", agreement_id=[f"A{k}" for k in range(len(rows))], **more)
    payments = pd.DataFrame(paid, columns=["invoice_id", "payment_date", "amount"]) if paid else None
    return Ledger(INVOICES, payments, agreements=agreements, calendar="none")


# --- contacts --------------------------------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_catalogue_and_traces_of_our_action() -> None:
    assert [f.name for f in OUTREACH] == list(NAMES)
    assert {(f.family, f.role, f.reason) for f in OUTREACH} == {
        ("contact", "treatment", "R15"),
        ("promise", "treatment", "R13"),
    }


def test_contacts_of_ninety_days_are_counted_by_what_came_of_them() -> None:
    row = look(with_contacts(), "2025-06-30")

    assert (row.opened_without_reply_count_90d, row.opened_without_reply_share_90d) == (1, 0.5)
    assert row.delivered_share_90d == 2 / 3  # the text message says nothing
    assert (row.right_party_count_90d, row.contact_channels_90d, row.contact_cost_90d) == (2, 3, 2.55)
    assert row.inbound_count_90d == 1


def test_answers_are_those_to_our_own_contacts() -> None:
    row = look(with_contacts(), "2025-06-30")

    assert row.days_since_reply == 10
    assert row.reply_days_mean_365d == 5  # 8 days in June, 2 in January


def test_an_answer_counts_from_its_own_day() -> None:
    before, after = (look(with_contacts(), day) for day in ("2025-06-19", "2025-06-20"))

    assert (before.opened_without_reply_count_90d, after.opened_without_reply_count_90d) == (2, 1)
    assert (before.days_since_reply, after.days_since_reply) == (148, 0)  # since 22 January
    assert before.reply_days_mean_365d == 2


def test_a_contact_booked_late_is_seen_late() -> None:
    before, after = (look(with_contacts(), day) for day in ("2025-06-17", "2025-06-18"))

    assert (before.contact_cost_90d, after.contact_cost_90d) == (0.2, 2.55)
    assert (before.delivered_share_90d, after.delivered_share_90d) == (1.0, 2 / 3)


def test_a_contact_is_ninety_days_in_the_window() -> None:
    assert look(with_contacts(), "2025-07-29").contact_channels_90d == 3
    assert look(with_contacts(), "2025-07-30").contact_channels_90d == 2  # the text message of 1 May is gone
    assert look(with_contacts(), "2025-08-29").inbound_count_90d == 1
    assert look(with_contacts(), "2025-08-30").inbound_count_90d == 0


def test_opening_and_delivery_without_a_day_are_no_fact() -> None:
    row = look(with_contacts(CONTACTS.drop(columns="known_on")), "2025-06-30")
    undated = look(with_contacts(CONTACTS.assign(known_on=[None, "2025-06-12", *[None] * 4])), "2025-06-30")

    assert math.isnan(row.opened_without_reply_count_90d)
    assert math.isnan(row.delivered_share_90d)
    assert (row.right_party_count_90d, row.contact_cost_90d) == (2, 2.55)  # facts of the contact itself
    assert (undated.opened_without_reply_share_90d, undated.delivered_share_90d) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("column", "gone"),
    [
        ("opened", ["opened_without_reply_count_90d", "opened_without_reply_share_90d"]),
        ("delivered", ["delivered_share_90d"]),
        ("right_party", ["right_party_count_90d"]),
        ("cost", ["contact_cost_90d"]),
        ("direction", ["inbound_count_90d"]),
        (
            "replied_on",
            [
                "opened_without_reply_count_90d",
                "opened_without_reply_share_90d",
                "days_since_reply",
                "reply_days_mean_365d",
            ],
        ),
    ],
)
def test_what_an_absent_column_would_tell_is_missing(column: str, gone: list[str]) -> None:
    row = look(with_contacts(CONTACTS.drop(columns=column)), "2025-06-30")

    assert [name for name in CONTACT_NAMES if math.isnan(row[name])] == gone


def test_a_reply_without_its_date_is_no_answer() -> None:
    row = look(with_contacts(CONTACTS.assign(replied=True)), "2025-06-30")

    assert row.opened_without_reply_count_90d == 1


# --- agreements ------------------------------------------------------------------------------------------------------

PROMISES = [
    ("2024-05-02", "promise", "2024-05-10", 50.0),  # before the window
    ("2025-04-01", "promise", "2025-04-10", 60.0),  # kept on the day
    ("2025-05-01", "promise", "2025-05-10", 60.0),  # only 30 came
    ("2025-06-20", "promise", "2025-07-10", 70.0),
    ("2025-06-21", "plan", "2025-07-10", 500.0),
]
PAID = [("T1", "2025-04-10", 60.0), ("T1", "2025-05-05", 30.0)]


def test_agreements_are_counted_by_the_day_they_were_made() -> None:
    row = look(with_promises(PROMISES, PAID), "2025-06-30")

    assert (row.promise_count_365d, row.plan_count_365d, row.promise_open_amount) == (3, 1, 70.0)
    assert row.days_since_promise == 10


def test_the_last_promise_is_judged_by_payments_once_it_is_decided() -> None:
    ledger = with_promises(PROMISES, PAID)
    days = ["2024-05-09", "2024-05-10", "2024-05-11", "2025-04-09", "2025-04-10", "2025-05-10", "2025-05-11"]
    broken = [look(ledger, day).promise_broken_last for day in days]

    assert np.array_equal(broken, [np.nan, np.nan, 1, 1, 0, 0, 1], equal_nan=True)


def test_of_promises_due_on_one_day_a_broken_one_speaks() -> None:
    rows = [("2025-04-01", "promise", "2025-04-10", 60.0), ("2025-04-11", "promise", "2025-04-10", 60.0)]
    for order in (rows, rows[::-1]):
        assert look(with_promises(order, PAID), "2025-06-30").promise_broken_last == 1
    assert look(with_promises(rows[:1], PAID), "2025-06-30").promise_broken_last == 0


def test_a_promise_due_on_a_weekend_is_open_until_monday() -> None:
    agreements = pd.DataFrame({"client_id": ["C1"], "agreement_id": "A", "created_at": "2025-06-02", "kind": "promise"})
    ledger = Ledger(INVOICES, agreements=agreements.assign(due_date="2025-06-14", amount=9.5))
    monday, tuesday = look(ledger, "2025-06-16"), look(ledger, "2025-06-17")

    assert (monday.promise_open_amount, math.isnan(monday.promise_broken_last)) == (9.5, True)
    assert (tuesday.promise_open_amount, tuesday.promise_broken_last) == (0, 1)


def test_a_reversed_payment_breaks_the_promise_it_kept_and_a_status_is_never_read() -> None:
    agreements = pd.DataFrame([PROMISES[1]], columns=["created_at", "kind", "due_date", "amount"])
    agreements = agreements.assign(client_id="C1", agreement_id="A", status="kept", status_on="2025-04-10")
    paid = pd.DataFrame({"invoice_id": ["T1"], "payment_date": "2025-04-10", "amount": 60.0})
    ledger = Ledger(INVOICES, paid.assign(reversed_on="2025-04-20"), agreements=agreements, calendar="none")

    assert [look(ledger, f"2025-04-{day}").promise_broken_last for day in (19, 20)] == [0, 1]


def test_an_agreement_counts_from_the_day_it_is_known() -> None:
    ledger = with_promises(PROMISES, PAID, known_on=[None, None, None, "2025-06-25", "2025-06-26"])
    before, after = look(ledger, "2025-06-24"), look(ledger, "2025-06-25")

    assert (before.promise_open_amount, before.days_since_promise) == (0, 54)
    assert (after.promise_open_amount, after.days_since_promise, after.plan_count_365d) == (70.0, 5, 0)
    assert look(ledger, "2025-06-26").plan_count_365d == 1


def test_a_consumers_broken_promise_is_forgotten_after_five_years() -> None:
    for consumer, last in ((True, math.isnan), (False, bool)):
        agreements = pd.DataFrame(PROMISES[:1], columns=["created_at", "kind", "due_date", "amount"])
        ledger = Ledger(
            INVOICES,
            clients=pd.DataFrame({"client_id": ["C1"], "is_consumer": [consumer]}),
            agreements=agreements.assign(client_id="C1", agreement_id="A"),
            calendar="none",
        )
        assert look(ledger, "2029-05-08").promise_broken_last == 1
        assert last(look(ledger, "2029-05-09").promise_broken_last)
        assert look(ledger, "2029-05-09").days_since_promise == 1833


# --- what is not there -----------------------------------------------------------------------------------------------


def test_a_table_that_is_not_there_tells_nothing() -> None:
    contacts, promises = look(with_contacts(), "2025-06-30"), look(with_promises(PROMISES), "2025-06-30")

    assert contacts[list(AGREEMENT_NAMES)].astype(float).isna().all()
    assert promises[list(CONTACT_NAMES)].astype(float).isna().all()
    assert "promise_count_365d" not in look(Ledger(INVOICES), "2025-06-30").index


def test_without_data_counts_are_zero_and_all_else_is_missing() -> None:
    agreements = pd.DataFrame(PROMISES, columns=["created_at", "kind", "due_date", "amount"])
    agreements = agreements.assign(client_id="C1", agreement_id="A")
    row = look(Ledger(INVOICES, contacts=CONTACTS, agreements=agreements), "2025-06-30", client="nobody")
    zero = {name for name in NAMES if any(word in name for word in ("count", "amount", "channels", "cost"))}

    assert all(row[name] == 0 for name in zero)
    assert all(math.isnan(row[name]) for name in set(NAMES) - zero)


@pytest.mark.parametrize("seed", [12, 17])
def test_what_comes_later_and_the_order_of_rows_change_nothing(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=6)
    dice, n = np.random.default_rng(seed), len(tables["contacts"])
    said = {name: dice.choice(np.array([True, False, None]), n) for name in ("opened", "delivered", "right_party")}
    tables["contacts"] = tables["contacts"].assign(**said, cost=dice.integers(1, 900, n) / 100)
    report = audit_leaks(
        Ledger(**tables, **how), snapshots, lambda b, s: build_features(b, s, families=["outreach"]), dates=4
    )

    assert report.ok, str(report)


def test_threads_do_not_change_a_bit() -> None:
    tables, snapshots, how = random_ledger(12)
    ledger = Ledger(**tables, **how)
    one, many = (build_features(ledger, snapshots, families=["outreach"], n_jobs=n) for n in (1, 5))

    pd.testing.assert_frame_equal(one, many, check_exact=True)
    assert one["promise_broken_last"].nunique() == 2
    assert one["contact_channels_90d"].nunique() > 2
