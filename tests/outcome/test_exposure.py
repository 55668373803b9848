"""Where clients and invoices stand at a date: by hand, and as a law of time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.ledger.clock import to_date
from inadimplencia_ml.ledger.exposure import Exposure, client_exposure, histories, invoice_exposure
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.snapshots import read_snapshots
from inadimplencia_ml.target import Target
from reference.plain_cut import dated, resolved
from reference.random_ledger import random_ledger

Row = dict[str, Any]


def invoice(due: str = "2025-02-03", amount: float | None = 100.0, **columns: Any) -> Row:
    return {
        "client_id": "C1",
        "invoice_id": "T1",
        "issue_date": "2025-01-02",
        "due_date": due,
        "amount": amount,
    } | columns


def book(*invoices: Row, **tables: list[Row]) -> Ledger:
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return Ledger(pd.DataFrame(list(invoices)), **frames, calendar="none", known_until="2026-12-31")


def at(day: str, ledger: Ledger, **target: Any) -> Exposure:
    """Where client C1, or invoice T1, stands: an Exposure of plain values."""
    days, zero = np.array([day_number(to_date(day, "day"))], np.int32), np.zeros(1, np.int32)
    wanted = Target(**target)
    if wanted.level == "invoice":
        where = invoice_exposure(ledger.books, zero, zero, days, wanted)
    else:
        where = client_exposure(ledger.books, zero, days, wanted)
    return Exposure(*(column[0].item() for column in where))


# ── clients ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_client_is_open_then_exposed_then_in_the_event() -> None:
    ledger = book(invoice("2025-08-01", known_on="2025-01-10"))
    assert at("2025-01-09", ledger)[:4] == (False, False, False, False)  # not known yet
    assert at("2025-01-10", ledger)[:4] == (False, False, True, True)  # 30 dpd lies beyond 90 days
    assert at("2025-06-02", ledger)[:4] == (False, True, True, True)
    assert at("2025-08-30", ledger)[:4] == (False, True, True, False)
    assert at("2025-08-31", ledger)[:4] == (True, True, True, False)


def test_a_void_invoice_leaves_nothing_behind() -> None:
    ledger = book(invoice(cancelled_date="2025-01-10", cancelled_known_on="2025-01-20"))
    assert at("2025-01-19", ledger)[1:4] == (True, True, True)
    assert at("2025-01-20", ledger)[:4] == (False, False, False, False)


def test_issued_within_180_days_is_recent() -> None:
    ledger = book(invoice(paid_date="2025-02-03"))
    assert at("2025-06-30", ledger).recent
    assert not at("2025-07-01", ledger).recent


def test_less_than_the_material_amount_neither_exposes_nor_is_bad() -> None:
    ledger = book(invoice(), payments=[{"invoice_id": "T1", "payment_date": "2025-02-03", "amount": 60.0}])
    assert at("2025-02-02", ledger, min_amount=50.0)[:2] == (False, True)
    assert at("2025-02-03", ledger, min_amount=50.0)[:3] == (False, False, True)
    assert at("2025-06-03", ledger, min_amount=50.0)[:2] == (False, False)
    assert at("2025-06-03", ledger, min_amount=40.0)[:2] == (True, True)


@pytest.mark.parametrize(
    ("share", "amounts", "cents"),
    [(0.07, (1.0,), 7), (0.07, (1.01,), 8), (0.1, (0.3,), 3), (0.29, (100.0, 100.0), 5800), (1.0, (5.03, None), 503)],
)
def test_the_share_is_exact_and_rounds_up_to_a_cent(
    share: float, amounts: tuple[float | None, ...], cents: int
) -> None:
    ledger = book(*(invoice(amount=a, invoice_id=f"T{k}") for k, a in enumerate(amounts)))
    assert at("2025-01-31", ledger, min_share=share).material == cents
    assert at("2025-01-31", ledger, min_share=share, min_amount=99.0).material == max(cents, 9900)


# ── cure ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def cured_on(ledger: Ledger, **target: Any) -> str:
    """The first day from 2025-03-10 on which the client is not in default any more."""
    days = pd.date_range("2025-03-10", "2025-06-30")
    return next(str(day.date()) for day in days if not at(str(day.date()), ledger, **target).already_bad)


@pytest.mark.parametrize(("days", "expected"), [(0, "2025-03-20"), (1, "2025-03-21"), (30, "2025-04-19")])
def test_a_client_is_cured_when_it_has_been_below_the_dpd_for_cure_days(days: int, expected: str) -> None:
    rows = {
        "paid": [invoice(paid_date="2025-03-20")],
        "postponed": [invoice(), invoice(due_date="2025-12-31", amount=None, known_on="2025-03-20")],
        "renegotiated": [invoice(cancelled_date="2025-03-20", cancel_reason="renegotiated")],
    }
    got = {how: cured_on(book(*history), cure_days=days) for how, history in rows.items()}
    assert got == dict.fromkeys(rows, expected)
    part = [{"invoice_id": "T1", "payment_date": "2025-03-20", "amount": 60.0}]
    assert cured_on(book(invoice(), payments=part), cure_days=days, min_amount=50.0) == expected


def test_what_never_reached_the_event_needs_no_cure() -> None:
    assert not at("2025-03-05", book(invoice(paid_date="2025-03-05")), cure_days=30).already_bad
    assert at("2025-03-06", book(invoice(paid_date="2025-03-06")), cure_days=30).already_bad
    small = book(invoice(paid_date="2025-03-20"))
    assert not at("2025-03-21", small, cure_days=30, min_amount=100.01).already_bad


def test_a_renegotiation_while_overdue_must_be_cured_too() -> None:
    ledger = book(invoice(cancelled_date="2025-02-10", cancel_reason="renegotiated"))
    bad = [
        at(day, ledger, cure_days=10).already_bad for day in ("2025-02-09", "2025-02-10", "2025-02-19", "2025-02-20")
    ]
    assert bad == [False, True, True, False]
    assert not at("2025-02-10", ledger).already_bad
    told_late = book(
        invoice(cancelled_date="2025-02-10", cancel_reason="renegotiated", cancelled_known_on="2025-02-15")
    )
    assert at("2025-02-19", told_late, cure_days=10).already_bad
    assert not at("2025-02-20", told_late, cure_days=10).already_bad  # cure counts from its day, not from its booking


# ── invoices ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("day", "late", "default"), [("2025-02-07", False, False), ("2025-02-08", True, True)])
def test_an_invoice_that_has_seen_the_end_of_its_day_is_decided(day: str, late: bool, default: bool) -> None:
    for event, bad in (("late", late), ("default", default)):
        where = at(day, book(invoice()), level="invoice", event=event, dpd=5)
        assert (where.already_bad, where.exposed) == (bad, not bad)
    assert at(day, book(invoice()), level="invoice", event="paid", dpd=5)[:2] == (False, True)


def test_paid_on_the_day_of_decision_was_late_and_not_in_default() -> None:
    ledger = book(invoice(paid_date="2025-02-08"))
    assert at("2025-02-20", ledger, level="invoice", event="late", dpd=5)[:2] == (True, False)
    assert at("2025-02-20", ledger, level="invoice", event="default", dpd=5)[:2] == (False, False)


def test_an_invoice_closed_or_too_small_on_the_day_of_decision_is_neither() -> None:
    closed = book(invoice(cancelled_date="2025-02-05", cancel_reason="renegotiated"))
    part = book(invoice(), payments=[{"invoice_id": "T1", "payment_date": "2025-02-03", "amount": 60.0}])
    for ledger in (closed, part):
        where = at("2025-02-20", ledger, level="invoice", event="default", dpd=5, min_amount=50.0)
        assert where[:2] == (False, False)


def test_an_invoice_not_known_yet_is_exposed_and_new() -> None:
    where = at("2025-01-01", book(invoice()), level="invoice", event="late")
    assert (where.exposed, where.recent, where.open_now) == (True, True, False)


def test_an_invoice_of_another_client_stands_nowhere() -> None:
    books = book(invoice(), invoice(client_id="C2", invoice_id="T2")).books
    client, other = np.array([0, 0, -1], np.int32), np.array([1, -1, 0], np.int32)
    where = invoice_exposure(books, client, other, np.full(3, 20000, np.int32), Target(level="invoice"))
    assert not (where.exposed | where.already_bad | where.open_now).any()


# ── laws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_versions_of_an_invoice_lie_in_the_order_they_became_known() -> None:
    tables, _, how = random_ledger(2, clients=8)
    books = Ledger(**tables, **how).books
    h, v = histories(books), books.versions
    assert sorted(h.at.tolist()) == list(range(len(v.invoice)))
    for i in range(len(books.invoice_ids)):
        mine = h.at[h.start[i] : h.start[i + 1]]
        assert (v.invoice[mine] == i).all()
        assert (v.until[mine][:-1] == v.since[mine][1:]).all()


def standing(ledger: Ledger, rows: pd.DataFrame, target: Target) -> Exposure:
    looks = read_snapshots(rows, ledger)
    return client_exposure(ledger.books, looks.client, looks.day, target)


@settings(max_examples=8, derandomize=True, deadline=None, database=None)
@given(seed=st.integers(0, 10**6))
def test_where_a_client_stands_does_not_depend_on_what_came_later(seed: int) -> None:
    tables, snapshots, how = random_ledger(seed, clients=5)
    ledger = Ledger(**resolved(tables), **how)
    cuts = dated(snapshots)[["client_id", "as_of"]]
    target = Target(dpd=5, min_amount=20.0, min_share=0.1, cure_days=20)
    for day, rows in list(cuts.groupby("as_of"))[::5]:
        then = ledger.known_at(day.date())
        for one, other in zip(standing(ledger, rows, target), standing(then, rows, target), strict=True):
            assert one.tolist() == other.tolist(), f"{rows['client_id'].tolist()} at {day.date()}"
