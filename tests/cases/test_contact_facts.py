"""Who answered and when, signs of avoidance, plans kept and broken."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from inadimplencia_ml import Ledger
from inadimplencia_ml.cases import Cases, build_cases

DAY = "2025-03-31"  # a Monday


def built(
    payments: list[dict[str, Any]] | None = None, invoices: list[dict[str, Any]] | None = None, **tables: Any
) -> Cases:
    """Cases of client A; rows are his unless they say another."""
    base = {"client_id": "A", "issue_date": "2024-06-03", "amount": 100.0}
    rows = invoices if invoices is not None else [{"invoice_id": "T1", "due_date": "2025-03-10"}]
    books = {name: pd.DataFrame([{"client_id": "A"} | row for row in told]) for name, told in tables.items()}
    paid = None if payments is None else pd.DataFrame(payments)
    return build_cases(Ledger(pd.DataFrame([base | row for row in rows]), paid, **books), DAY)


def fact(cases: Cases, name: str) -> Any:
    value = cases.cases.set_index("client_id").loc["A", name]
    return None if pd.isna(value) else value


def test_a_channel_is_anothers_if_its_last_contact_that_tells_reached_another() -> None:
    contacts = [
        {"contacted_at": "2025-03-01T10:00", "channel": "phone", "right_party": True},
        {"contacted_at": "2025-03-05T10:00", "channel": "phone", "right_party": False},
        {"contacted_at": "2025-03-06T10:00", "channel": "phone", "right_party": None},
        {"contacted_at": "2025-03-01T10:00", "channel": "whatsapp", "right_party": False},
        {"contacted_at": "2025-03-05T10:00", "channel": "whatsapp", "right_party": True},
        {"contacted_at": "2025-03-05T10:00", "channel": "email", "right_party": None},
    ]
    got = built(contacts=contacts)
    assert [fact(got, f"other_party_{c}") for c in ("phone", "whatsapp", "email", "sms")] == [True, False, None, None]


def test_a_channel_came_back_if_its_last_contact_in_ninety_days_that_tells_did_not_arrive() -> None:
    contacts = [
        {"contacted_at": "2025-03-01T10:00", "channel": "email", "delivered": True},
        {"contacted_at": "2025-03-05T10:00", "channel": "email", "delivered": False},
        {"contacted_at": "2025-03-06T10:00", "channel": "email", "delivered": None},
        {"contacted_at": "2025-03-05T10:00", "channel": "sms", "delivered": False},
        {"contacted_at": "2025-03-05T16:00", "channel": "sms", "delivered": True},
        {"contacted_at": "2025-01-01T10:00", "channel": "whatsapp", "delivered": False},  # 89 days before
        {"contacted_at": "2024-12-31T10:00", "channel": "phone", "delivered": False},
    ]
    got = built(contacts=contacts)
    assert [fact(got, f"bounced_{c}") for c in ("email", "sms", "whatsapp", "phone")] == [True, False, True, None]
    assert fact(built(contacts=[{"contacted_at": "2025-03-05T10:00", "channel": "email"}]), "bounced_email") is None


def test_disputes_that_ended_without_any_change_are_counted_and_well_founded_ones_are_not() -> None:
    ended = {"disputed_from": "2025-01-10", "disputed_to": "2025-02-10", "due_date": "2024-12-10"}
    invoices = [
        ended | {"invoice_id": "T1"},
        ended | {"invoice_id": "T2", "paid_date": "2025-03-03"},
        ended | {"invoice_id": "T3", "cancelled_date": "2025-02-11", "cancel_reason": "void"},
        ended | {"invoice_id": "T4"},  # credited in part
        ended | {"invoice_id": "T5", "disputed_to": None},
        ended | {"invoice_id": "T6", "disputed_to": "2025-03-31"},  # to the end of the day
        ended | {"invoice_id": "T7", "disputed_from": "2023-12-10", "disputed_to": "2024-03-30"},
        ended | {"invoice_id": "T8", "disputed_from": "2023-12-10", "disputed_to": "2024-03-31"},
    ]
    payments = [{"invoice_id": "T4", "payment_date": "2025-02-10", "amount": 30.0, "kind": "credit_note"},
                {"invoice_id": "T1", "payment_date": "2024-12-20", "amount": 3.0, "kind": "discount"}]  # fmt: skip
    assert fact(built(payments, invoices), "disputes_unfounded_365d") == 3
    assert fact(built(), "disputes_unfounded_365d") is None


def test_contacts_of_a_year_are_counted_by_channel_and_hour_and_answers_by_the_client_alone() -> None:
    contacts = [
        {"contacted_at": "2025-03-03T10:15", "channel": "sms", "replied_on": "2025-03-04"},
        {"contacted_at": "2025-03-05T10:59", "channel": "sms", "replied_on": "2025-03-06", "right_party": False},
        {"contacted_at": "2025-03-06T11:00", "channel": "sms"},
        {"contacted_at": "2025-03-07T10:00", "channel": "sms", "direction": "inbound"},
        {"contacted_at": "2024-03-31T10:00", "channel": "sms"},
    ]
    reach = built(contacts=contacts).reach
    assert reach.to_numpy().tolist() == [["A", "sms", 10, 2, 1], ["A", "sms", 11, 1, 0]]


def test_what_is_opened_and_not_answered_counts_where_it_is_known_when() -> None:
    base = {"channel": "email", "known_on": "2025-03-20"}
    contacts = [
        base | {"contacted_at": "2025-03-03T10:00", "opened": True},
        base | {"contacted_at": "2025-03-04T10:00", "opened": True, "replied_on": "2025-03-06"},
        base | {"contacted_at": "2025-03-05T10:00", "opened": False},
        base | {"contacted_at": "2024-12-05T10:00", "opened": True},
    ]
    assert fact(built(contacts=contacts), "opened_unanswered_90d") == 1
    assert (
        fact(built(contacts=[{"contacted_at": "2025-03-03T10:00", "channel": "email"}]), "opened_unanswered_90d")
        is None
    )


def test_newer_titles_paid_while_an_older_one_is_left() -> None:
    invoices = [
        {"invoice_id": "T1", "due_date": "2025-01-10"},
        {"invoice_id": "T2", "due_date": "2025-02-10", "paid_date": "2025-02-10"},
        {"invoice_id": "T3", "due_date": "2025-03-10", "paid_date": "2025-03-12"},
        {"invoice_id": "T4", "due_date": "2024-12-10", "paid_date": "2025-02-12"},
        {"invoice_id": "T5", "due_date": "2025-04-10", "paid_date": "2025-01-08"},
    ]
    assert fact(built(invoices=invoices), "newer_paid_365d") == 2
    settled = [invoices[0] | {"paid_date": "2025-03-30"}, *invoices[1:]]
    assert fact(built(invoices=settled), "newer_paid_365d") == 0


PLAN = [
    {"agreement_id": "P", "created_at": "2025-01-06", "kind": "plan", "amount": 50.0, "due_date": due,
     "origin_due_date": "2024-10-10"}
    for due in ("2025-02-10", "2025-03-10", "2025-04-10")
]  # fmt: skip


@pytest.mark.parametrize(
    ("paid", "broken", "next_due"),
    [
        ([], True, None),
        ([("2025-02-10", 50.0)], True, None),
        ([("2025-02-10", 50.0), ("2025-03-10", 50.0)], False, "2025-04-10"),
        ([("2025-02-03", 100.0)], False, "2025-04-10"),  # ahead of time, for both
        ([("2025-02-10", 50.0), ("2025-03-11", 50.0)], True, None),  # a day late
        ([("2025-02-03", 150.0)], False, None),  # all of it
    ],
)
def test_a_plan_is_kept_or_broken_by_what_came_in(
    paid: list[tuple[str, float]], broken: bool, next_due: str | None
) -> None:
    title = [{"invoice_id": "T1", "due_date": "2024-10-10", "amount": 1000.0}]
    payments = [{"invoice_id": "T1", "payment_date": day, "amount": amount} for day, amount in paid]
    got = built(payments or None, title, agreements=PLAN)
    assert fact(got, "agreement_broken") == broken
    assert fact(got, "agreement_due_on") == (None if next_due is None else pd.Timestamp(next_due))
    assert fact(got, "agreement_origin_dpd") == (172 if broken else None)


def test_the_last_plan_counts_and_a_promise_is_no_plan() -> None:
    title = [{"invoice_id": "T1", "due_date": "2024-10-10", "amount": 1000.0}]
    newer = {"agreement_id": "Q", "created_at": "2025-03-20", "kind": "plan", "amount": 10.0, "due_date": "2025-04-22"}
    got = built(None, title, agreements=[*PLAN, newer])
    assert [fact(got, "agreement_broken"), fact(got, "agreement_due_on")] == [False, pd.Timestamp("2025-04-22")]
    promised = built(None, title, agreements=[newer | {"kind": "promise"}])
    assert fact(promised, "agreement_broken") is None


def test_a_tax_id_is_known_or_not_and_never_told() -> None:
    got = built(clients=[{"tax_id": "52998224725"}])
    assert fact(got, "tax_id_known")
    assert "tax_id" not in got.cases.columns
    assert not fact(built(clients=[{"uf": "SP", "tax_id": None}]), "tax_id_known")
