"""Books of invoices that are known to have one row each are those that are found out to have."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from inadimplencia_ml import Ledger
from inadimplencia_ml.ledger.books import Books, Known
from inadimplencia_ml.ledger.codes import all_different


def days(count: Any) -> Any:
    return np.asarray(count).astype("timedelta64[D]")


def tables(seed: int, n: int = 200) -> dict[str, pa.Table]:
    """One row an invoice in no order; ids far apart, dates with ties; some cancelled, reversed, unpaid, on account."""
    dice = np.random.default_rng(seed)
    issued = np.datetime64("2024-01-01") + days(dice.integers(0, 40, n))
    ids = dice.permutation(10**6)[:n].astype(np.int64)
    gone = pa.array(np.where(dice.random(n) < 0.1, issued + days(9), np.datetime64("NaT", "D")))
    reason = pa.array(np.where(gone.is_valid(), dice.choice(["void", "written_off"], n), None), pa.string())
    invoices = {
        "client_id": dice.integers(0, 12, n),
        "invoice_id": ids,
        "issue_date": issued,
        "due_date": issued + days(dice.integers(0, 5, n)),
        "amount": dice.integers(0, 900, n) / 100,
        "cancelled_date": gone,
        "cancel_reason": reason,
        "known_on": issued + days(dice.integers(0, 3, n)),
    }
    paid = issued[: n // 2] + days(dice.integers(0, 30, n // 2))
    payments = {
        "invoice_id": np.append(ids[: n // 2 - 3], [-1, -2, -3]),
        "payment_date": paid,
        "amount": dice.integers(1, 900, n // 2) / 100,
        "reversed_on": pa.array(np.where(dice.random(n // 2) < 0.1, paid + days(4), np.datetime64("NaT", "D"))),
    }
    return Ledger(pa.table(invoices), pa.table(payments)).tables


def equal(one: Any, other: Any) -> None:
    if isinstance(one, pa.Array):
        assert one.equals(other)
    elif hasattr(one, "_fields"):
        for part, like in zip(one, other, strict=True):
            equal(part, like)
    else:
        np.testing.assert_array_equal(one, other)
        assert np.asarray(one).dtype == np.asarray(other).dtype


@pytest.mark.parametrize("seed", range(5))
def test_that_no_invoice_has_a_second_row_may_be_told_and_changes_nothing(seed: int) -> None:
    mine = tables(seed)
    assert all_different(mine["invoices"]["invoice_id"].combine_chunks())
    calendar = Ledger(mine["invoices"]).calendar
    found, known = Books.of(mine, calendar), Books.of(mine, calendar, Known(single=True))
    for field in dataclasses.fields(Books):
        equal(getattr(found, field.name), getattr(known, field.name))
    v = known.versions
    owner = np.repeat(np.arange(len(known.client_ids)), np.diff(known.client_start))
    keys = [known.invoice_ids.to_numpy()[v.invoice], v.issue, v.due, owner]
    assert (np.lexsort(keys) == np.arange(len(v.due))).all()  # by client, due, issue, id
