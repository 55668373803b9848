"""Money against obligations, account by account: a case that panels and schedules meet too seldom."""

from __future__ import annotations

import numpy as np

from inadimplencia_ml.ledger.adapters.oldest_first import Money, Obligations, run_accounts

I32, I64 = np.int32, np.int64


def test_an_undated_payment_does_not_settle_what_the_status_of_its_closing_still_counts():
    """Two statements; the second says one month past due, and the money known with it would pay the first."""
    obligations = Obligations(
        start=np.array([0, 2], I64),
        closing=np.array([10, 40], I32),
        month=np.array([0, 1], I32),
        stated=np.array([1_000, 1_000], I64),
        status=np.array([0, 1], I32),
    )
    money = Money(
        start=np.array([0, 1], I64),
        day=np.array([40], I32),
        cents=np.array([1_000], I64),
        own=np.array([-1], I64),
        dated=np.array([False]),
    )
    course = run_accounts(obligations, money, carries=False)

    assert course.amount.tolist() == [1_000, 1_000]
    assert course.piece_cents[course.piece_statement == 0].tolist() == [998]  # two cents keep it open
    assert int(course.piece_cents.sum()) == 1_000
    assert course.seen_at.tolist() == []  # nothing else is past due
