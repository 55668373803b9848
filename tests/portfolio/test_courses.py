"""What became of invoices: held against the slow reference, day by day, and by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.ledger.lateness import NEVER
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.portfolio.courses import RENEGOTIATED, courses_of, next_reached, paid_within, receipts_after
from outcome.slow_labels import Course, Labels, has
from reference.plain_cut import resolved
from reference.random_ledger import random_ledger

DPDS = (1, 30, 90)
EPOCH = dt.date(1970, 1, 1).toordinal()


def slow_reached(course: Course, first: int, known: int) -> dict[int, int]:
    """By dpd, the first day from ``first`` on which it is reached, walked day by day."""
    found: dict[int, int] = {}
    for day in range(max(first, course.invoice.issue), known + 1):
        if not course.sees(day):
            break
        state = course.on(day)
        found |= {dpd: day for dpd in DPDS if dpd not in found and has(state, dpd, 0)}
    closed = course.cancelled
    if closed is not None and first <= closed <= known and course.sees(closed) and course.closed_overdue(0):
        found = {dpd: found.get(dpd, closed) for dpd in DPDS}
    return found


@pytest.mark.parametrize("seed", [3, 8, 17])
def test_every_threshold_is_reached_on_the_day_that_its_definition_says(seed: int) -> None:
    tables, _, how = random_ledger(seed, clients=3)
    tables, known = resolved(tables), dt.date(2024, 9, 10)
    labels = Labels(tables, known.toordinal(), 0, how["calendar"], how.get("timezone", "America/Sao_Paulo"))
    ledger = Ledger(**tables, **how, known_until=known).known_at(known)
    day = day_number(known)
    got = courses_of(ledger.books, day, DPDS)
    number = {one: i for i, one in enumerate(ledger.books.invoice_ids.to_pylist())}
    looked = dt.date(2024, 2, 29)
    invoice, again = np.arange(len(number), dtype=np.int32), {}
    for dpd in DPDS:
        again[dpd] = next_reached(ledger.books, day, invoice, np.full(len(number), day_number(looked)), dpd, 10_000)
    checked = 0
    for client in labels.book.clients.values():
        for one in client.invoices:
            if one.versions[0].known > known.toordinal():
                continue
            course, i = Course(labels.book, client, one, known.toordinal()), number[one.id]
            void = course.reason == "void"
            for first, told in ((0, got.reached[i]), (looked.toordinal() + 1, [again[d][i] for d in DPDS])):
                said = {} if void else slow_reached(course, first, known.toordinal())
                assert [int(d) for d in told] == [said.get(d, int(NEVER) + EPOCH) - EPOCH for d in DPDS], one.id
            checked += not void and bool(slow_reached(course, 0, known.toordinal()))
    assert checked > 3


def ledger_of(*changes: dict, payments: list[dict] | None = None, **settings) -> Ledger:
    plain = dict(client_id="C1", issue_date="2025-01-02", due_date="2025-02-03", amount=100.0)
    rows = [plain | {"invoice_id": f"T{i}"} | change for i, change in enumerate(changes)]
    tables = {"invoices": pd.DataFrame(rows)} | ({} if payments is None else {"payments": pd.DataFrame(payments)})
    return Ledger(**tables, known_until="2025-12-31", calendar="none", **settings)


def days(*texts: str) -> list[int]:
    return [day_number(dt.date.fromisoformat(text)) for text in texts]


def test_each_end_is_told_with_its_day_and_what_was_left() -> None:
    ledger = ledger_of(
        {"paid_date": "2025-06-10"},
        {"cancelled_date": "2025-02-20", "cancel_reason": "renegotiated"},
        {"cancelled_date": "2025-06-20", "cancel_reason": "written_off"},
        {"cancelled_date": "2025-06-20"},
        {"observed_until": "2025-06-30"},
    )
    got = courses_of(ledger.books, day_number(dt.date(2025, 12, 31)), [30])

    assert got.ended[:3].tolist() == days("2025-06-10", "2025-02-20", "2025-06-20")
    assert got.closed.tolist() == [0, RENEGOTIATED, 2, 0, 0]
    assert got.counted.tolist() == [True, True, True, False, False]
    assert got.reached[:3, 0].tolist() == days("2025-03-05", "2025-02-20", "2025-03-05")
    assert got.by_closing[:, 0].tolist() == [False, True, False, False, False]
    assert got.left[:3, 0].tolist() == [10_000] * 3


def test_money_after_a_day_stops_at_what_was_left_and_tells_what_was_no_money() -> None:
    payments = [
        {"invoice_id": "T0", "payment_date": "2025-02-20", "amount": 40.0, "kind": "payment"},
        {"invoice_id": "T0", "payment_date": "2025-04-01", "amount": 10.0, "kind": "discount"},
        {"invoice_id": "T0", "payment_date": "2025-05-01", "amount": 70.0, "kind": "payment"},
    ]
    ledger, until = ledger_of({}, payments=payments), day_number(dt.date(2025, 12, 31))
    course = courses_of(ledger.books, until, [30])
    got = receipts_after(ledger.books, until, np.array([0]), course.reached[:, 0], course.left[:, 0])

    assert course.left[0, 0] == 6_000
    assert got.other.tolist() == [1_000, 0]
    assert got.cash.tolist() == [0, 5_000]
    within = paid_within(ledger.books, until, np.array([0]), course.reached[:, 0], course.left[:, 0], 27)
    assert within.tolist() == [1_000]


def test_a_reversed_payment_never_was() -> None:
    payment = {"invoice_id": "T0", "payment_date": "2025-02-10", "amount": 100.0, "reversed_on": "2025-08-01"}
    ledger = ledger_of({}, payments=[payment])

    for until, reached in (("2025-07-31", NEVER), ("2025-08-01", days("2025-03-05")[0])):
        known = ledger.known_at(until)
        assert courses_of(known.books, days(until)[0], [30]).reached.tolist() == [[reached]]
