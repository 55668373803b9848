"""Which target implies which: never against what a book shows, and not where a book can show otherwise."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import inadimplencia_ml as iml
from inadimplencia_ml.ledger.exposure import client_exposure
from inadimplencia_ml.ledger.snapshots import read_snapshots

UNTIL = "2025-06-30"


def invoice(client: str, number: int, due: str, **more: Any) -> dict[str, Any]:
    issued = str(np.datetime64(due) - np.timedelta64(20, "D"))
    row = {"client_id": client, "invoice_id": f"{client}-{number}", "amount": 100.0, "issue_date": issued}
    return row | {"due_date": due} | more


@cache
def book(seed: int) -> iml.Ledger:
    """Forty clients: paid late, in parts or never, cancelled in every way, due dates moved, amounts missing or zero."""
    rng = np.random.default_rng(seed)
    rows, payments = [], []
    for i in range(160):
        due = np.datetime64("2024-06-01") + np.timedelta64(rng.integers(0, 300), "D")
        row = invoice(
            f"C{rng.integers(0, 40)}", i, str(due), amount=[100.0, 40.0, 0.0, None, 250.0][rng.integers(0, 5)]
        )
        kind = rng.integers(0, 6)
        if kind == 0:
            row |= {"cancelled_date": str(due + np.timedelta64(rng.integers(-5, 100), "D"))}
            row |= {"cancel_reason": ["void", "renegotiated", "written_off"][rng.integers(0, 3)]}
        if kind == 1:
            rows.append(row | {"known_on": row["issue_date"]})
            row = row | {
                "due_date": str(due + np.timedelta64(rng.integers(-15, 60), "D")),
                "known_on": str(due + np.timedelta64(rng.integers(-10, 40), "D")),
            }
        for _ in range(rng.integers(0, 3)):
            paid = {
                "invoice_id": row["invoice_id"],
                "payment_date": str(due + np.timedelta64(rng.integers(-10, 130), "D")),
            }
            payments.append(paid | {"amount": float(rng.choice([30.0, 60.0, 100.0, 250.0]))})
        rows.append(row)
    frame = pd.DataFrame(rows).drop_duplicates(["invoice_id", "known_on"])
    return iml.Ledger(frame, pd.DataFrame(payments), known_until="2025-12-31")


clients = st.builds(
    iml.Target,
    dpd=st.sampled_from([1, 15, 30, 31, 60]),
    horizon_days=st.sampled_from([30, 60, 90]),
    ever=st.booleans(),
    min_amount=st.sampled_from([0.0, 50.0, 99.999, 100.0]),
    min_share=st.sampled_from([0.0, 0.2, 0.5]),
    cure_days=st.sampled_from([0, 20]),
    exposure=st.sampled_from(["open", "open_or_new"]),
)
invoices = st.builds(
    iml.Target,
    level=st.just("invoice"),
    event=st.sampled_from(["default", "late", "paid"]),
    dpd=st.sampled_from([1, 5, 6, 30, 31]),
    horizon_days=st.sampled_from([10, 40]),
    min_amount=st.sampled_from([0.0, 50.0]),
)


@cache
def events(seed: int, target: iml.Target) -> np.ndarray:
    ledger = book(seed)
    if target.level == "client":
        snapshots = iml.make_snapshots(ledger, every="month", from_="2024-06-30", to=UNTIL)
    else:
        snapshots = iml.make_snapshots(ledger, at_issue=True)
    return iml.label(ledger, snapshots, target)["event"].to_numpy()


def ordered(one: iml.Target, other: iml.Target) -> tuple[iml.Target, iml.Target]:
    """The two with what asks for more in the first and for less in the second, so that the first implies it."""
    most = {k: max(getattr(one, k), getattr(other, k)) for k in ("dpd", "min_amount", "min_share")}
    least = {k: min(getattr(one, k), getattr(other, k)) for k in ("dpd", "min_amount", "min_share")}
    days = sorted((one.horizon_days, other.horizon_days))
    reach = sorted((one.exposure, other.exposure))
    if one.level == "invoice":
        kind = {"event": one.event}
        return iml.Target(level="invoice", horizon_days=days[0], **kind, **most), iml.Target(
            level="invoice", horizon_days=days[1], **kind, **least
        )
    if not other.ever:
        days[0] = days[1]
    return (
        iml.Target(horizon_days=days[0], ever=one.ever and other.ever, exposure=reach[0], **most),
        iml.Target(horizon_days=days[1], ever=other.ever, exposure=reach[1], **least),
    )


@settings(max_examples=60)
@given(seed=st.integers(0, 3), pair=st.one_of(st.tuples(clients, clients), st.tuples(invoices, invoices)))
def test_no_book_shows_an_implied_event_missing(seed: int, pair: tuple[iml.Target, iml.Target]) -> None:
    made = ordered(*pair)
    assert made[0].implies(made[1])
    for rarer, likelier in (made, pair, pair[::-1]):
        if rarer.implies(likelier):
            one, other = events(seed, rarer), events(seed, likelier)
            both = np.isfinite(one) & np.isfinite(other)
            assert (one[both] <= other[both]).all()


@pytest.mark.parametrize("dpd", [1, 5, 30])
def test_an_invoice_in_default_is_late_a_day_on(dpd: int) -> None:
    for seed in range(4):
        one = events(seed, iml.Target(level="invoice", dpd=dpd))
        other = events(seed, iml.Target(level="invoice", event="late", dpd=dpd + 1))
        both = np.isfinite(one) & np.isfinite(other)
        assert one[both].any()
        assert (one[both] <= other[both]).all()


@settings(max_examples=80)
@given(seed=st.integers(0, 3), one=clients, other=clients)
def test_no_book_shows_a_client_in_one_state_and_not_in_the_implied_one(
    seed: int, one: iml.Target, other: iml.Target
) -> None:
    if not one.state_implies(other):
        return
    ledger = book(seed)
    looks = read_snapshots(iml.make_snapshots(ledger, every="month", from_="2024-06-30", to=UNTIL), ledger)
    bad = [client_exposure(ledger.books, looks.client, looks.day, t).already_bad for t in (one, other)]

    assert (bad[0] <= bad[1]).all()


@given(st.lists(st.one_of(clients, invoices), min_size=3, max_size=3))
def test_implication_holds_of_itself_and_passes_on(targets: list[iml.Target]) -> None:
    for relation in (iml.Target.implies, iml.Target.state_implies):
        for a, b, c in itertools.permutations(targets):
            assert relation(a, c) or not (relation(a, b) and relation(b, c))
    assert all(t.implies(t) for t in targets)


def invoices_at(**more: Any) -> iml.Target:
    return iml.Target(level="invoice", **more)


@pytest.mark.parametrize(
    ("rarer", "likelier"),
    [
        (iml.Target(dpd=60), iml.Target(dpd=30)),
        (iml.Target(horizon_days=60), iml.Target(horizon_days=90)),
        (iml.Target(ever=False), iml.Target()),
        (iml.Target(min_amount=100), iml.Target(min_amount=50)),
        (iml.Target(min_share=0.2), iml.Target(min_share=0.1)),
        (iml.Target(), iml.Target(exposure="open_or_new")),
        (iml.Target(dpd=90, horizon_days=30, ever=False, min_amount=9), iml.Target(dpd=1, exposure="open_or_new")),
        (invoices_at(event="late", dpd=30), invoices_at(event="late", dpd=5)),
        (invoices_at(dpd=30, min_amount=50), invoices_at(dpd=30)),
        (invoices_at(dpd=30), invoices_at(event="late", dpd=31)),
        (invoices_at(event="paid", horizon_days=10), invoices_at(event="paid", horizon_days=40)),
    ],
)
def test_an_event_that_asks_for_more_implies_the_other_and_not_the_other_way_round(
    rarer: iml.Target, likelier: iml.Target
) -> None:
    assert rarer.implies(likelier)
    assert not likelier.implies(rarer)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (iml.Target(ever=False, horizon_days=60), iml.Target(ever=False, horizon_days=90)),
        (iml.Target(), iml.Target(ever=False)),
        (invoices_at(event="late", dpd=30), invoices_at(dpd=30)),
        (invoices_at(dpd=30), invoices_at(event="late", dpd=32)),
    ],
)
def test_what_is_not_related_is_refuted_by_a_random_book(one: iml.Target, other: iml.Target) -> None:
    assert not one.implies(other)
    assert any((events(seed, one) > events(seed, other)).any() for seed in range(12))


WRITTEN_OFF = [
    invoice("C", 1, "2025-03-12", cancelled_date="2025-03-20", cancel_reason="written_off"),
    invoice("C", 2, "2025-01-10", paid_date="2025-01-10"),
]
"""As of 2024-12-31: the first one is written off on day 79, the second one could have been 30 days late by day 60."""
MUCH_OPEN = [
    invoice("C", 1, "2025-01-10"),
    invoice("C", 2, "2025-01-10", amount=900.0, paid_date="2025-01-10"),
]
PART_PAID = [invoice("C", 1, "2025-01-10", amount=60.0)]


@pytest.mark.parametrize(
    ("rows", "payments", "one", "other"),
    [
        (WRITTEN_OFF, None, iml.Target(dpd=60, horizon_days=90), iml.Target(horizon_days=60)),
        (MUCH_OPEN, None, iml.Target(min_amount=100), iml.Target(min_share=0.2)),
        (PART_PAID, ("C-1", "2025-01-10", 15.0), iml.Target(min_share=0.5), iml.Target(min_amount=50)),
    ],
)
def test_what_only_looks_related_is_refuted_by_a_book_of_a_line_or_two(
    rows: list[dict[str, Any]], payments: tuple[str, str, float] | None, one: iml.Target, other: iml.Target
) -> None:
    frame = pd.DataFrame([r | {"issue_date": "2024-12-01"} for r in rows])
    paid = None if payments is None else pd.DataFrame([payments], columns=["invoice_id", "payment_date", "amount"])
    ledger = iml.Ledger(frame, paid, known_until="2025-12-31")
    cut = pd.DataFrame({"client_id": ["C"], "as_of": ["2024-12-31"]})

    assert [iml.label(ledger, cut, t)["event"].item() for t in (one, other)] == [1.0, 0.0]
    assert not one.implies(other)


def test_clients_and_invoices_are_not_related() -> None:
    assert not iml.Target().implies(invoices_at())
    assert not invoices_at(event="late", dpd=31).implies(invoices_at(dpd=30))
    assert not invoices_at(event="paid").implies(invoices_at(event="late"))
    assert not invoices_at().state_implies(invoices_at())


def test_money_is_compared_in_cents_and_cure_days_play_no_part_in_the_event() -> None:
    assert iml.Target(min_amount=99.999).implies(iml.Target(min_amount=100.0))
    assert iml.Target(cure_days=30).implies(iml.Target())
    assert iml.Target().state_implies(iml.Target(cure_days=30))
    assert not iml.Target(cure_days=30).state_implies(iml.Target())
