"""Labels worked by hand: one small book, one sentence. Equality with the slow reference stands in test_label_laws."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.outcome import LABELS, booking_lag_days, label
from inadimplencia_ml.target import Target

AS_OF = "2025-01-31"  # the window of 90 days ends on 2025-05-01
DUE = "2025-02-03"  # 30 days later is 2025-03-05
Row = dict[str, Any]


def invoice(due: str = DUE, amount: float | None = 100.0, **columns: Any) -> Row:
    return {
        "client_id": "C1",
        "invoice_id": "T1",
        "issue_date": "2025-01-02",
        "due_date": due,
        "amount": amount,
    } | columns


def payment(on: str, amount: float = 100.0, **columns: Any) -> Row:
    return {"invoice_id": "T1", "payment_date": on, "amount": amount} | columns


def later(**columns: Any) -> Row:
    """A later row of the same invoice: what it does not say stays."""
    return invoice() | {"due_date": None, "amount": None} | columns


def book(*invoices: Row, until: str = "2025-12-31", **tables: list[Row]) -> Ledger:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return Ledger(pd.DataFrame(list(invoices)), **frames, calendar="none", known_until=until)


def told(
    ledger: Ledger, *, as_of: str = AS_OF, known_at: str | None = None, view: str | None = None, **target: Any
) -> Any:
    """The row of client C1 (and invoice T1)."""
    row = {"client_id": "C1", "as_of": as_of, "invoice_id": "T1", "view": view}
    return label(ledger, pd.DataFrame([row]), Target(**target), labels_known_at=known_at).iloc[0]


def of_client(*invoices: Row, payments: list[Row] | None = None, as_of: str = AS_OF, **target: Any) -> str:
    tables = {"payments": payments} if payments else {}
    return str(told(book(*invoices, **tables), as_of=as_of, **target).label)


def of_invoice(event: str, *invoices: Row, payments: list[Row] | None = None, as_of: str = AS_OF, **target: Any) -> str:
    return of_client(*invoices, payments=payments, as_of=as_of, level="invoice", event=event, **target)


# ── a client's window ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("paid", "expected"), [("2025-02-03", "good"), ("2025-03-05", "good"), ("2025-03-06", "bad"), (None, "bad")]
)
def test_paid_on_the_30th_day_is_not_30_dpd_at_the_end_of_that_day(paid: str | None, expected: str) -> None:
    assert of_client(invoice(paid_date=paid)) == expected


def test_the_adjusted_due_date_counts() -> None:
    saturday = [invoice("2025-02-01", paid_date="2025-03-04")]  # 30 days after the Monday is 2025-03-05
    ledger = Ledger(pd.DataFrame(saturday), known_until="2025-12-31")
    assert told(ledger).label == "good"
    assert of_client(*saturday) == "bad"


@pytest.mark.parametrize(("known_on", "expected"), [("2025-03-10", "bad"), ("2025-02-20", "good")])
def test_postponed_at_dpd_35_stays_bad_and_earlier_does_not(known_on: str, expected: str) -> None:
    postponed = later(due_date="2025-04-20", known_on=known_on)
    assert of_client(invoice(), postponed, payments=[payment("2025-04-20")]) == expected


def test_a_due_date_moved_earlier_counts_from_the_day_it_is_known() -> None:
    earlier = later(due_date="2025-01-20", known_on="2025-02-10")  # then 21 dpd at once
    paid = [payment("2025-02-15")]
    assert of_client(invoice(), earlier, payments=paid, dpd=20, horizon_days=40) == "bad"
    assert of_client(invoice(), earlier, payments=[payment("2025-02-10")], dpd=20, horizon_days=40) == "good"


def test_what_is_left_after_a_part_payment_must_be_material() -> None:
    part = [payment("2025-02-03", 60.0)]
    assert of_client(invoice(), payments=part) == "bad"
    assert of_client(invoice(), payments=part, min_amount=40.0) == "bad"
    assert of_client(invoice(), payments=part, min_amount=40.01) == "good"
    assert of_client(invoice(), payments=[payment("2025-03-06", 60.0)], min_amount=40.01) == "bad"


def test_the_material_share_is_of_what_the_client_has_open_at_as_of() -> None:
    large = invoice(amount=900.0, invoice_id="T2", paid_date="2025-02-03")
    assert of_client(invoice(), large, min_share=0.1) == "bad"
    assert of_client(invoice(), large, min_share=0.100001) == "good"
    assert of_client(invoice(amount=7.0), invoice(amount=93.0, invoice_id="T2", paid_date=DUE), min_share=0.07) == "bad"


def test_a_payment_booked_late_was_still_made_on_its_day() -> None:
    late = [payment("2025-02-03", known_on="2025-06-30")]
    assert of_client(invoice(), payments=late, as_of="2025-01-31") == "good"
    assert of_invoice("late", invoice(), payments=late, dpd=1) == "good"
    early_look = told(book(invoice(), payments=late), known_at="2025-06-29")
    assert (early_look.label, early_look.event) == ("bad", 1.0)  # not known yet


def test_a_reversed_payment_was_never_made() -> None:
    assert of_client(invoice(), payments=[payment("2025-02-03", reversed_on="2025-09-01")]) == "bad"
    assert told(
        book(invoice(), payments=[payment("2025-02-03", reversed_on="2025-09-01")]), known_at="2025-08-31"
    ).label == ("good")


def test_a_void_invoice_never_counts_once_that_is_known() -> None:
    void = {"cancelled_date": "2025-06-10", "cancelled_known_on": "2025-06-20"}
    ledger = book(invoice(**void))
    assert told(ledger, known_at="2025-06-19").label == "bad"
    assert told(ledger).label == "good"
    assert told(ledger, level="invoice", event="late").label == "no_exposure"


def test_a_void_told_by_a_later_row_undoes_the_first_one() -> None:
    assert of_client(invoice(), later(cancelled_date="2025-06-10", known_on="2025-06-10")) == "good"


@pytest.mark.parametrize("reason", ["renegotiated", "written_off"])
def test_closed_while_overdue_is_bad_and_on_the_due_date_is_not(reason: str) -> None:
    assert of_client(invoice(cancelled_date="2025-02-04", cancel_reason=reason)) == "bad"
    assert of_client(invoice(cancelled_date="2025-02-03", cancel_reason=reason)) == "good"
    assert of_client(invoice(cancelled_date="2025-02-04", cancel_reason=reason), min_amount=101.0, exposure="open") == (
        "no_exposure"
    )


def test_a_renegotiation_of_what_was_hardly_anything_is_not_an_event() -> None:
    closed = invoice(cancelled_date="2025-02-20", cancel_reason="renegotiated")
    assert of_client(closed, payments=[payment("2025-02-19", 60.0)], min_amount=50.0) == "good"
    assert of_client(closed, payments=[payment("2025-02-20", 60.0)], min_amount=50.0) == "bad"  # out the day before


def test_a_payment_on_the_day_of_the_renegotiation_wins() -> None:
    closed = invoice(cancelled_date="2025-02-20", cancel_reason="renegotiated")
    assert of_client(closed, payments=[payment("2025-02-20")]) == "good"
    assert of_client(closed, payments=[payment("2025-02-21")]) == "bad"


def test_the_state_on_the_last_day_forgives_what_was_paid_before() -> None:
    assert of_client(invoice(paid_date="2025-04-20"), ever=True) == "bad"
    assert of_client(invoice(paid_date="2025-04-20"), ever=False) == "good"
    assert of_client(invoice(paid_date="2025-05-02"), ever=False) == "bad"
    assert of_client(invoice(cancelled_date="2025-02-20", cancel_reason="written_off"), ever=False) == "bad"


def test_an_amount_of_nothing_is_no_event_and_a_missing_one_only_if_anything_is_material() -> None:
    assert of_client(invoice(amount=0.0)) == "no_exposure"
    assert of_client(invoice(amount=None)) == "bad"
    assert of_client(invoice(amount=None), min_amount=0.01) == "no_exposure"
    assert of_client(invoice(amount=None), payments=[payment("2025-03-05", 5.0)]) == "good"


def test_an_invoice_of_one_cent_is_open_until_something_is_paid() -> None:
    assert of_client(invoice(amount=0.01)) == "bad"
    assert of_client(invoice(amount=0.01), payments=[payment("2025-02-01", 0.01)]) == "good"


def test_new_invoices_count_only_if_asked_for() -> None:
    new = invoice(issue_date="2025-02-01", invoice_id="T2")
    paid = invoice(paid_date="2025-02-03")
    assert of_client(paid, new) == "good"
    assert of_client(paid, new, exposure="open_or_new") == "bad"
    assert of_client(new, exposure="open_or_new") == "bad"
    assert of_client(new) == "no_exposure"
    assert of_client(new | {"paid_date": "2025-02-04"}, exposure="open_or_new") == "good"
    assert of_client(new | {"paid_date": "2025-02-04"}, exposure="open_or_new", min_amount=100.01) == "no_exposure"


# ── who could not, and who already did ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("due", "expected"), [("2025-04-01", "bad"), ("2025-04-02", "no_exposure")])
def test_what_falls_due_too_late_to_reach_the_event_is_no_exposure(due: str, expected: str) -> None:
    assert of_client(invoice(due)) == expected


def test_an_unknown_client_and_an_unknown_invoice_have_no_exposure() -> None:
    cut = pd.DataFrame({"client_id": ["C9", "C1", "C9"], "as_of": AS_OF, "invoice_id": ["T1", "T9", "T9"]})
    ledger = book(invoice())
    assert label(ledger, cut[["client_id", "as_of"]], Target())["label"].tolist() == [
        "no_exposure",
        "bad",
        "no_exposure",
    ]
    assert set(label(ledger, cut, Target(level="invoice", event="late"))["label"]) == {"no_exposure"}


def test_already_in_the_event_is_neither_good_nor_bad() -> None:
    assert of_client(invoice(), as_of="2025-03-04") == "bad"
    assert of_client(invoice(), as_of="2025-03-05") == "already_bad"
    assert told(book(invoice(), until="2025-03-05"), as_of="2025-03-05").label == "already_bad"  # before immature


def test_facts_at_as_of_are_those_known_then() -> None:
    booked_late = [payment("2025-02-03", known_on="2025-04-01")]
    assert of_client(invoice(), payments=booked_late, as_of="2025-03-10") == "already_bad"
    assert of_client(invoice(), payments=booked_late, as_of="2025-02-10") == "good"  # open as seen then


def test_a_consumers_invoice_is_forgotten_after_five_years() -> None:
    old = invoice("2020-02-01", issue_date="2020-01-01")
    clients = [{"client_id": "C1", "kind": "PF"}]
    assert told(book(old, clients=clients), as_of="2025-01-29").label == "already_bad"
    assert told(book(old, clients=clients), as_of="2025-01-30").label == "no_exposure"


# ── maturity ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("paid", ["2025-02-03", None])
def test_maturity_is_the_same_for_both_classes(paid: str | None) -> None:
    ledger = book(invoice(paid_date=paid))
    before, on = told(ledger, known_at="2025-04-30"), told(ledger, known_at="2025-05-01")
    assert (before.label, bool(before.bad_early)) == ("immature", paid is None)
    assert on.label == ("good" if paid else "bad")
    assert not on.bad_early
    assert before.mature_on == on.mature_on == pd.Timestamp("2025-05-01")
    assert pd.isna(before.event)


def test_an_open_invoice_is_no_early_bad_before_its_day_has_come() -> None:
    ledger = book(invoice())
    assert not told(ledger, known_at="2025-03-04").bad_early
    assert told(ledger, known_at="2025-03-05").bad_early
    late = {"level": "invoice", "event": "late", "dpd": 30}
    assert not told(ledger, known_at="2025-03-04", **late).bad_early


def test_the_booking_lag_is_waited_for() -> None:
    known = [
        {"invoice_id": "T9", "payment_date": "2025-01-10", "amount": 1.0, "known_on": f"2025-01-{10 + n}"}
        for n in range(20)
    ]
    ledger = book(invoice(), payments=known)
    assert booking_lag_days(ledger, dt.date(2025, 12, 31)) == 19  # 0..19 days: the higher of the 95th centile
    assert booking_lag_days(ledger, dt.date(2025, 1, 15)) == 5  # as far as it was known then
    assert booking_lag_days(ledger, dt.date(2026, 1, 10)) == 0  # more than a year ago
    assert told(ledger, known_at="2025-05-19").label == "immature"
    assert told(ledger, known_at="2025-05-20").label == "bad"


def test_without_known_on_there_is_no_lag_and_a_post_dated_payment_has_none() -> None:
    day = dt.date(2025, 12, 31)
    assert booking_lag_days(book(invoice()), day) == 0
    assert booking_lag_days(book(invoice(), payments=[payment("2025-02-03")]), day) == 0
    assert booking_lag_days(book(invoice(), payments=[payment("2025-02-03", known_on="2025-01-20")]), day) == 0


def test_nothing_matures_after_the_ledger_ends() -> None:
    ledger = book(invoice(), until="2025-04-30")
    assert told(ledger).label == "immature"
    assert told(ledger, known_at="2030-01-01").label == "immature"


def test_a_snapshot_after_the_labels_are_known_is_immature_and_nothing_else() -> None:
    for level in ({"level": "client"}, {"level": "invoice", "event": "late"}):
        row = told(book(invoice()), as_of="2025-06-01", known_at="2025-05-31", **level)
        assert (row.label, bool(row.bad_early)) == ("immature", False)


@pytest.mark.parametrize("paid", ["2025-02-10", None])
def test_what_is_no_longer_observed_is_never_decided(paid: str | None) -> None:
    seen = book(invoice(paid_date=paid, observed_until="2025-03-05"))
    lost = book(invoice(paid_date=paid, observed_until="2025-03-04"))
    assert told(seen).label == ("good" if paid else "bad")
    assert told(seen, ever=False).label == "immature"
    assert told(lost).label == "immature"
    assert pd.isna(told(lost).mature_on)
    assert told(lost, level="invoice", event="late").label == "immature"
    assert of_client(invoice(paid_date=paid), later(observed_until="2025-03-04", known_on="2025-07-01")) == "immature"


def test_an_early_bad_beside_what_is_not_observed_is_counted_as_such() -> None:
    row = told(book(invoice(), invoice(invoice_id="T2", observed_until="2025-02-10")))
    assert (row.label, bool(row.bad_early)) == ("immature", True)


# ── an invoice ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("paid", "late", "default"),
    [("2025-02-07", "good", "good"), ("2025-02-08", "bad", "good"), ("2025-02-09", "bad", "bad"), (None, "bad", "bad")],
)
def test_five_days_late_is_late_and_in_default_only_if_still_open_that_evening(
    paid: str | None, late: str, default: str
) -> None:
    assert of_invoice("late", invoice(paid_date=paid), dpd=5) == late
    assert of_invoice("default", invoice(paid_date=paid), dpd=5) == default


def test_an_invoice_is_decided_by_its_own_due_date_and_not_by_the_horizon() -> None:
    row = told(book(invoice("2025-06-30")), level="invoice", event="late", dpd=5, horizon_days=1)
    assert (row.label, row.mature_on) == ("bad", pd.Timestamp("2025-07-05"))


def test_a_postponement_after_as_of_does_not_move_the_day_of_decision() -> None:
    postponed = later(due_date="2025-04-20", known_on="2025-02-10")
    paid = [payment("2025-04-20")]
    assert of_invoice("late", invoice(), postponed, payments=paid, dpd=5) == "bad"
    assert of_invoice("late", invoice(), postponed, payments=paid, dpd=5, as_of="2025-02-10") == "good"


def test_material_matters_to_default_and_not_to_late() -> None:
    part = [payment("2025-02-03", 60.0)]
    assert of_invoice("default", invoice(), payments=part, dpd=5, min_amount=50.0) == "good"
    assert of_invoice("late", invoice(), payments=part, dpd=5, min_amount=50.0) == "bad"


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-02-03", "no_exposure"), ("2025-02-04", "bad"), ("2025-03-01", "bad")]
)
def test_an_invoice_renegotiated_before_it_is_overdue_is_no_exposure(day: str, expected: str) -> None:
    closed = invoice(cancelled_date=day, cancel_reason="renegotiated")
    assert of_invoice("late", closed, dpd=5) == expected
    assert of_invoice("default", closed, dpd=5) == expected


def test_paid_is_good_and_is_the_event() -> None:
    row = told(book(invoice(paid_date="2025-05-01")), level="invoice", event="paid")
    assert (row.label, row.event) == ("good", 1.0)
    row = told(book(invoice(paid_date="2025-05-02")), level="invoice", event="paid")
    assert (row.label, row.event) == ("bad", 0.0)
    assert not told(
        book(invoice(paid_date="2025-02-01")), known_at="2025-02-02", level="invoice", event="paid"
    ).bad_early


def test_paid_is_asked_of_an_overdue_invoice_too() -> None:
    assert of_invoice("paid", invoice(paid_date="2025-04-20"), as_of="2025-04-10", horizon_days=30) == "good"
    assert of_invoice("late", invoice(paid_date="2025-04-20"), as_of="2025-04-10") == "already_bad"


def test_money_for_an_invoice_already_renegotiated_does_not_pay_it() -> None:
    closed = invoice(cancelled_date="2025-02-20", cancel_reason="renegotiated")
    assert of_invoice("paid", closed, payments=[payment("2025-03-01")]) == "bad"
    assert of_invoice("paid", closed, payments=[payment("2025-02-20")]) == "good"


def test_an_invoice_closed_at_the_look_day_is_no_exposure_and_one_not_known_yet_is_exposed() -> None:
    assert of_invoice("late", invoice(paid_date="2025-01-20")) == "no_exposure"
    ledger = book(invoice(paid_date="2025-01-02"))
    assert told(ledger, as_of="2025-01-02", view="at_issue", level="invoice", event="late").label == "good"
    assert told(ledger, as_of="2025-01-02", level="invoice", event="late").label == "no_exposure"


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_clients_snapshot_at_issue_is_that_of_the_day_before() -> None:
    ledger = book(invoice(paid_date="2025-03-06"), invoice("2025-04-02", invoice_id="T2"))
    for day in pd.date_range("2025-01-20", "2025-04-20"):
        at_issue = told(ledger, as_of=str(day.date()), view="at_issue")
        before = told(ledger, as_of=str((day - pd.Timedelta(days=1)).date()))
        assert (at_issue.label, at_issue.mature_on) == (before.label, before.mature_on)


def test_rows_come_back_as_given_with_their_keys() -> None:
    cut = pd.DataFrame({"client_id": ["C2", "C1"], "as_of": [AS_OF, AS_OF]}, index=[7, 3])
    two = book(invoice(), invoice(client_id="C2", invoice_id="T2", paid_date=DUE))
    got = label(two, cut, Target())
    assert list(got.columns) == ["client_id", "as_of", "label", "event", "bad_early", "mature_on"]
    assert got["label"].tolist() == ["good", "bad"]
    assert got["client_id"].tolist() == ["C2", "C1"]
    assert label(two, pl.from_pandas(cut), Target())["event"].to_list() == [0.0, 1.0]
    assert label(two, cut.head(0), Target()).empty
    assert set(got["label"]) <= set(LABELS)


def test_a_target_of_invoices_asks_for_their_ids() -> None:
    cut = pd.DataFrame({"client_id": ["C1"], "as_of": [AS_OF]})
    with pytest.raises(CallError, match="level invoice needs snapshots with the column invoice_id"):
        label(book(invoice()), cut, Target(level="invoice"))


def test_a_day_that_is_no_date_is_said() -> None:
    cut = pd.DataFrame({"client_id": ["C1"], "as_of": [AS_OF]})
    with pytest.raises(CallError, match="labels_known_at: 'soon' is not a date"):
        label(book(invoice()), cut, Target(), labels_known_at="soon")


# ── single days, which changes of the code by one would move ─────────────────────────────────────────────────────────
@pytest.mark.parametrize(("paid_on", "expected"), [("2025-02-19", "good"), ("2025-02-20", "bad")])
def test_what_a_write_off_loses_is_what_was_open_on_the_evening_before_it(paid_on: str, expected: str) -> None:
    closed = invoice(cancelled_date="2025-02-20", cancel_reason="written_off")
    assert of_invoice("default", closed, payments=[payment(paid_on, 60.0)], min_amount=50.0) == expected


def test_a_renegotiation_on_the_last_day_observed_is_seen() -> None:
    """Of 90 days the window of 60 shows none, so the renegotiation alone decides."""
    closed = invoice(cancelled_date="2025-02-20", cancel_reason="renegotiated", observed_until="2025-02-20")
    assert of_client(closed, dpd=90, horizon_days=60) == "bad"


@pytest.mark.parametrize("known_on", ["2025-02-01", "2025-02-02", "2025-03-10"])
def test_a_later_row_that_says_the_same_takes_nothing_from_what_was_seen(known_on: str) -> None:
    """30 days after the due date is the first day of the window, and the last on which anybody looks."""
    first = invoice("2025-01-02", observed_until="2025-02-01")
    assert of_client(first, later(uf="SP", known_on=known_on)) == "bad"


@pytest.mark.parametrize("rows", [1, 2])
def test_two_rows_of_one_day_speak_as_one(rows: int) -> None:
    """Issued after its due date, and after the last day on which anybody looked: nothing is told of it."""
    late = {"issue_date": "2025-03-10", "known_on": "2025-03-10", "observed_until": "2025-03-05"}
    of_one_day = [invoice("2025-01-02", **late), later(uf="SP", **late)][:rows]
    assert of_client(*of_one_day, exposure="open_or_new") == "immature"
