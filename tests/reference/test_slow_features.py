"""The slow reference against small cases worked by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest

from reference.slow_facts import next_business_day
from reference.slow_features import slow_features

day = dt.date.fromisoformat


def invoice(due: str, amount: float | None = 100.0, **columns: Any) -> dict[str, Any]:
    """An invoice of client 1, issued thirty days before it falls due; dates may be ISO text."""
    issued = day(due) - dt.timedelta(30)
    return {"client_id": 1, "invoice_id": 1, "issue_date": issued, "due_date": due, "amount": amount} | columns


def payment(on: str, amount: float = 100.0, **columns: Any) -> dict[str, Any]:
    return {"invoice_id": 1, "payment_date": on, "amount": amount} | columns


def features(as_of: str, *, calendar: Any = "none", view: str = "end_of_day", **tables: list[dict[str, Any]]) -> Any:
    """The features of client 1 at one day, as a row to read names from."""
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    snapshot = pd.DataFrame([{"client_id": 1, "as_of": as_of, "view": view}])
    return slow_features(frames, snapshot, calendar).iloc[0]


def test_the_saturday_of_carnival_moves_to_ash_wednesday() -> None:
    assert next_business_day(day("2025-03-01").toordinal(), None, "BR") == day("2025-03-05").toordinal()


@pytest.mark.parametrize(
    ("date", "uf", "closed"),
    [
        ("2024-07-09", "SP", True),
        ("2024-07-09", "RJ", False),
        ("2023-11-20", None, False),
        ("2024-11-20", None, True),
        ("2024-05-30", None, True),
        ("2024-12-24", None, False),
        ("2024-12-31", None, False),
    ],
)
def test_a_day_is_closed_by_nation_state_and_year(date: str, uf: str | None, closed: bool) -> None:
    ordinal = day(date).toordinal()
    assert (next_business_day(ordinal, uf, "BR") > ordinal) == closed


def test_a_municipal_day_closes_its_state_alone() -> None:
    monday = day("2024-06-10").toordinal()
    table = ((monday, "SP"),)
    assert next_business_day(monday, "SP", table) == monday + 1
    assert next_business_day(monday, "RJ", table) == monday


def test_an_invoice_due_on_a_saturday_is_not_late_on_sunday() -> None:
    f = features("2024-06-09", calendar="BR", invoices=[invoice("2024-06-08")])
    assert (f.due_count_30d, f.late_count_30d, f.days_late_max_30d, f.not_due_amount) == (1, 0, 0, 100)


def test_one_day_after_the_adjusted_due_date_is_one_day_late() -> None:
    f = features("2025-03-10", calendar="BR", invoices=[invoice("2025-03-01")], payments=[payment("2025-03-06")])
    assert (f.days_late_last, f.days_since_late, f.days_since_payment) == (1, 4, 4)


def test_a_payment_booked_later_settles_on_its_own_day() -> None:
    tables = {"invoices": [invoice("2024-06-07")], "payments": [payment("2024-06-07", known_on="2024-06-10")]}
    before, after = features("2024-06-09", **tables), features("2024-06-10", **tables)
    assert (before.open_count, before.dpd_max, before.paid_amount_all) == (1, 2, 0)
    assert (after.open_count, after.days_late_last, after.paid_amount_30d, after.days_since_payment) == (0, 0, 100, 3)
    assert features("2024-07-09", **tables).paid_amount_30d == 100  # booked 29 days ago, paid 32 days ago
    assert features("2024-07-10", **tables).paid_amount_30d == 0


def test_one_cent_short_is_settled_and_two_are_open() -> None:
    invoices = [invoice("2024-06-07", 5.03)]
    one = features("2024-06-10", invoices=invoices, payments=[payment("2024-06-07", 5.02)])
    two = features("2024-06-10", invoices=invoices, payments=[payment("2024-06-07", 5.01)])
    assert (one.open_count, one.open_amount, one.payment_ratio_365d) == (0, 0, pytest.approx(5.02 / 5.03))
    assert (two.open_count, two.open_amount, two.partial_count_all) == (1, 0.02, 1)


def test_only_principal_settles_and_only_kind_payment_is_money_received() -> None:
    parts = [
        payment("2024-06-01", 60.0, principal=50.0),
        payment("2024-06-02", 20.0, kind="withheld_tax", principal=None),
        payment("2024-06-03", 30.0, kind=None, principal=30.0),
    ]
    f = features("2024-06-10", invoices=[invoice("2024-06-07")], payments=parts)
    assert (f.open_count, f.paid_amount_all, f.days_late_last, f.partial_count_all) == (0, 90, -4, 1)


def test_a_void_invoice_and_its_payments_are_gone_once_it_is_known() -> None:
    tables = {
        "invoices": [invoice("2024-06-07", cancelled_date="2024-06-10", cancelled_known_on="2024-06-20")],
        "payments": [payment("2024-06-08", 10.0)],
    }
    before, after = features("2024-06-19", **tables), features("2024-06-20", **tables)
    assert (before.open_amount, before.dpd_max, before.paid_amount_all, before.issued_count_all) == (90, 12, 10, 1)
    assert (after.open_amount, after.paid_amount_all, after.issued_count_all) == (0, 0, 0)
    assert math.isnan(after.tenure_days)


def test_a_renegotiated_invoice_is_closed_with_its_days_and_never_early() -> None:
    closed = {"cancel_reason": "renegotiated", "cancelled_date": "2024-06-05"}
    early = features("2024-06-30", invoices=[invoice("2024-06-07", **closed)], payments=[payment("2024-06-25")])
    assert (early.days_late_last, early.early_share_30d, early.open_count, early.paid_amount_30d) == (-2, 0, 0, 100)
    paid = features("2024-06-30", invoices=[invoice("2024-06-07", **closed)], payments=[payment("2024-06-05")])
    assert (paid.days_late_last, paid.early_share_30d) == (-2, 1)


def test_a_missing_amount_is_settled_by_its_first_payment_and_in_no_sum() -> None:
    tables = {"invoices": [invoice("2024-06-07", None)]}
    unpaid, paid = (
        features("2024-06-10", **tables),
        features("2024-06-10", **tables, payments=[payment("2024-06-08", 7.0)]),
    )
    assert (unpaid.open_count, unpaid.open_amount, unpaid.dpd_max, unpaid.due_count_30d) == (1, 0, 3, 1)
    assert math.isnan(unpaid.overdue_share)
    assert math.isnan(unpaid.dpd_weighted)
    assert (paid.open_count, paid.days_late_last, paid.paid_amount_30d, paid.ticket_mean_365d) == (0, 1, 7, 0)


def test_a_zero_amount_is_settled_on_its_issue_date_and_not_early() -> None:
    f = features("2024-06-10", invoices=[invoice("2024-06-07", 0.0)])
    assert (f.open_count, f.days_late_last, f.early_share_30d) == (0, -30, 0)


def test_a_postponement_counts_from_the_day_it_is_known() -> None:
    rows = [invoice("2024-06-07"), invoice("2024-06-27", issue_date="2024-05-08", known_on="2024-06-12", amount=None)]
    assert features("2024-06-11", invoices=rows).dpd_max == 4
    after = features("2024-06-28", invoices=rows)
    assert (after.dpd_max, after.open_amount, after.issued_count_all) == (1, 100, 1)


def test_of_two_rows_of_one_known_on_the_first_in_the_file_stays() -> None:
    rows = [invoice("2024-06-07", 30.0), invoice("2024-06-07", 40.0)]
    assert features("2024-06-10", invoices=rows).open_amount == 30


def test_the_double_of_a_shorthand_lends_it_only_its_reversal() -> None:
    double = payment("2024-06-07", known_on="2024-06-09", kind="discount", reversed_on="2024-06-08")
    tables = {"invoices": [invoice("2024-06-07", paid_date="2024-06-07")], "payments": [double]}
    assert features("2024-06-08", **tables).paid_amount_all == 100  # the double is not known yet
    assert features("2024-06-09", **tables).paid_amount_all == 0


def test_the_latest_known_shorthand_counts_until_it_is_moved_back() -> None:
    later = {"issue_date": "2024-05-08", "paid_amount": 100.0}
    rows = [
        invoice("2024-06-07", paid_date="2024-06-10", paid_amount=100.0),
        invoice("2024-06-07", **later, paid_date="2024-06-17", known_on="2024-06-12"),
        invoice("2024-06-07", **later, paid_date="2024-06-10", known_on="2024-07-20"),
    ]
    days = ("2024-06-10", "2024-06-16", "2024-06-17", "2024-07-20")
    assert [features(d, invoices=rows).days_late_last for d in days] == [3, 3, 10, 3]
    assert features("2024-07-20", invoices=rows).paid_amount_30d == 100  # told anew that day


def test_a_further_payment_of_a_superseded_shorthand_is_a_payment() -> None:
    rows = [
        invoice("2024-06-07", paid_date="2024-06-10", paid_amount=50.0),
        invoice("2024-06-07", issue_date="2024-05-08", paid_date="2024-06-17", paid_amount=50.0, known_on="2024-06-18"),
    ]
    f = features("2024-06-20", invoices=rows, payments=[payment("2024-06-10", 50.0), payment("2024-06-17", 50.0)])
    assert (f.paid_amount_all, f.open_count, f.days_late_last) == (100, 0, 10)


@pytest.mark.parametrize(
    ("client", "gone"), [({"kind": "PF"}, True), ({"kind": "PJ"}, False), ({"kind": "PF", "is_consumer": False}, False)]
)
def test_a_consumers_invoice_is_gone_five_years_after_it_fell_due(client: dict[str, Any], gone: bool) -> None:
    tables = {"invoices": [invoice("2019-06-07")], "clients": [{"client_id": 1, **client}]}
    border = (day("2019-06-07") + dt.timedelta(1825)).isoformat()
    f = features(border, **tables)
    assert (f.open_count, f.issued_count_all, f.worst_dpd_3m) == ((0, 0, 0) if gone else (1, 1, 1820))
    assert f.tenure_days == 1855
    assert features((day(border) - dt.timedelta(1)).isoformat(), **tables).open_count == 1


def test_after_observed_until_only_the_issue_and_earlier_month_ends_speak() -> None:
    rows = [invoice("2024-06-07", observed_until="2024-07-15")]
    before, after = features("2024-07-15", invoices=rows), features("2024-08-31", invoices=rows)
    assert before.open_count == 1
    assert (after.open_count, after.due_count_all, after.issued_count_all, after.tenure_days) == (0, 0, 1, 115)
    assert (after.worst_dpd_3m, after.dpd_max) == (23, 0)


def test_month_ends_are_seen_as_they_were() -> None:
    tables = {"invoices": [invoice("2024-01-15")], "payments": [payment("2024-01-16", known_on="2024-04-05")]}
    f = features("2024-04-10", **tables)
    assert (f.worst_dpd_3m, f.worst_dpd_6m, f.roll_up_count_12m, f.days_late_last) == (76, 76, 3, 1)


def test_weights_and_slope() -> None:
    rows = [invoice("2024-03-02"), invoice("2024-05-31", invoice_id=2)]
    paid = [payment("2024-03-12"), payment("2024-06-04", invoice_id=2)]
    f = features("2024-08-29", invoices=rows, payments=paid)  # due 180 and 90 days ago; 10 and 4 days late
    assert f.days_late_ewm_90d == pytest.approx((0.25 * 10 + 0.5 * 4) / 0.75)
    assert f.days_late_slope_365d == pytest.approx(-6 / 3)
    assert f.days_late_std_all == pytest.approx(math.sqrt(18))


def test_ties_are_told_apart_by_the_bytes_of_the_id() -> None:
    rows = [invoice("2024-06-07", invoice_id=i) for i in ("é1", "N9", "N10")]
    paid = [payment(on, invoice_id=i) for i, on in (("N10", "2024-06-08"), ("N9", "2024-06-09"), ("é1", "2024-06-07"))]
    f = features("2024-06-20", invoices=rows, payments=paid)
    assert (f.days_late_last, f.on_time_streak, f.late_streak) == (0, 1, 0)
    assert features("2024-06-20", invoices=rows[1:], payments=paid).days_late_last == 2


def test_promises_are_kept_by_payments_of_any_invoice_up_to_the_adjusted_day() -> None:
    promise = {
        "client_id": 1,
        "agreement_id": 1,
        "created_at": "2024-06-10",
        "kind": "promise",
        "due_date": "2024-06-15",
    }
    agreements = [
        {**promise, "amount": 100.01},
        {**promise, "amount": 100.02},
        {**promise, "amount": 1.0, "kind": "plan"},
    ]
    rows = [invoice("2024-05-07"), invoice("2024-05-07", invoice_id=2)]
    paid = [payment("2024-06-10", 60.0), payment("2024-06-17", 40.0, invoice_id=2), payment("2024-06-09", 5.0)]
    tables = {"invoices": rows, "payments": paid, "agreements": agreements}
    undecided = features("2024-06-17", calendar="BR", **tables)  # the 15th is a Saturday
    decided = features("2024-06-18", calendar="BR", **tables)
    assert (undecided.promise_kept_share_365d, undecided.promise_broken_count_365d) == (1, 0)
    assert (decided.promise_kept_share_365d, decided.promise_broken_count_365d) == (0.5, 1)


def test_an_answer_counts_from_its_day_and_only_if_dated() -> None:
    contact = {"client_id": 1, "contacted_at": "2024-06-10 23:30", "replied": True}
    contacts = [
        {**contact, "direction": None, "replied_on": "2024-06-12"},
        {**contact, "direction": "outbound", "replied_on": None},
        {**contact, "direction": "inbound", "replied_on": "2024-06-10"},
    ]
    rows = [invoice("2024-05-07")]
    f = features("2024-06-12", invoices=rows, contacts=contacts)
    assert (f.contact_count_90d, f.contact_answer_share_90d, f.days_since_contact) == (2, 0.5, 2)
    assert features("2024-06-11", invoices=rows, contacts=contacts).contact_answer_share_90d == 0
    undated = [{**contact, "direction": None}]
    assert math.isnan(features("2024-06-12", invoices=rows, contacts=undated).contact_answer_share_90d)


def test_at_issue_is_the_end_of_the_day_before() -> None:
    tables = {"invoices": [invoice("2024-05-07")], "payments": [payment("2024-06-10")]}
    view = features("2024-06-10", view="at_issue", **tables)
    assert (view.open_count, view.dpd_max, view.tenure_days) == (1, 33, 63)


def test_a_client_without_facts_has_zeros_and_unknowns() -> None:
    f = features("2024-06-10", invoices=[invoice("2024-05-07", client_id=2)])
    assert (f.due_count_all, f.dpd_max, f.worst_dpd_12m, f.on_time_streak, f.issued_amount_all) == (0, 0, 0, 0, 0)
    unknown = (
        "late_share_all",
        "overdue_share",
        "dpd_weighted",
        "tenure_days",
        "ticket_mean_365d",
        "days_late_max_all",
    )
    assert all(math.isnan(f[name]) for name in unknown)
