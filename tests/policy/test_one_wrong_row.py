"""One wrong row among right ones is refused, as a table of wrong rows is; a payment is taken by what it tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from amounts_prose import POLICY, payments_of, policy_with, titles_of

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.amounts.balance import updated_balance
from inadimplencia_ml.policy.offers.value import break_even_discount, settlement_value
from inadimplencia_ml.policy.profile_view import cut_offs_by_loss

DUE = dt.date(2025, 6, 2)
PAID = [{"payment_date": "2025-06-05", "amount": 1.0}, {"payment_date": "2025-06-06", "amount": 1.0}]
LOSSES = np.arange(1.0, 101.0)


def balance(**second: Any) -> pd.DataFrame:
    """Two titles, the second with other values."""
    titles = titles_of([{"due": DUE, "amount": 10.0}, {"due": DUE, "amount": 20.0}])
    for name, value in second.items():
        own = titles[name].tolist() if name in titles else [None, None]
        titles[name] = [own[0], value]
    return updated_balance(titles, POLICY, DUE + dt.timedelta(days=30))


def paid(second: str) -> pd.DataFrame:
    titles, payments = titles_of([{"due": DUE, "amount": 10.0, "open": 8.0}]), payments_of(PAID)
    assert payments is not None
    payments["payment_date"] = pd.to_datetime(["2025-06-05", second])
    return updated_balance(titles, POLICY, DUE + dt.timedelta(days=30), payments=payments)


def rates(second: float) -> pd.DataFrame:
    titles = titles_of([{"due": DUE, "amount": 10.0}])
    told = pd.DataFrame({"date": ["2025-05-01", "2025-06-01"], "series": "ipca", "value": [0.1, second]})
    return updated_balance(titles, POLICY, DUE, rates=told)


def settled(**second: float) -> Any:
    right = {"discount": 0.1, "entry": 0.2, "accept": 0.5, "keeps_paying": 0.9}
    given = {name: np.array([value, second.get(name, value)]) for name, value in right.items()}
    return settlement_value(np.array([1000.0, 1000.0]), parts=3, otherwise=0.0, rate_month=0.01, **given)


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: balance(due_date=pd.NaT), "due_date is missing in some rows"),
    (lambda: balance(open_amount=-0.01), "open_amount is missing or below zero"),
    (lambda: balance(open_amount=np.nan), "open_amount is missing or below zero"),
    (lambda: balance(discount_rate=1.01), "discount_rate is a share from 0 to 1"),
    (lambda: balance(discount_rate=-0.01), "discount_rate is a share from 0 to 1"),
    (lambda: paid(""), "payment_date is missing in some rows"),
    (lambda: rates(np.nan), "series 'ipca' has a date twice, or a value that is missing"),
    (lambda: break_even_discount(np.array([0.1, -0.1]), 10), "may not be below zero"),
    (lambda: break_even_discount(0.1, np.array([10, -1])), "may not be below zero"),
    (lambda: settled(discount=1.1), "discount is a share from 0 to 1"),
    (lambda: settled(entry=-0.1), "entry is a share from 0 to 1"),
    (lambda: settled(accept=1.1), "accept is a share from 0 to 1"),
    (lambda: settled(keeps_paying=1.1), "keeps_paying is a share from 0 to 1"),
    (lambda: cut_offs_by_loss(np.append(LOSSES, np.nan)), "some missing or below 0"),
    (lambda: cut_offs_by_loss(np.append(LOSSES, -1.0)), "some missing or below 0"),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[f"{n}: {words}" for n, (_, words) in enumerate(WRONG)])
def test_one_wrong_row_among_right_ones_is_refused(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(CallError, match=words):
        call()


def test_the_same_rows_put_right_are_taken() -> None:
    assert balance(due_date=pd.Timestamp(DUE), open_amount=0.0, discount_rate=1.0)["total"].notna().all()
    assert paid("2025-06-06")["total"].notna().all()
    assert len(rates(0.2)) == 1
    assert break_even_discount(np.array([0.1, 0.0]), np.array([10, 0]))[1] == 0.0
    assert np.isfinite(settled(discount=1.0, entry=0.0, accept=1.0, keeps_paying=1.0)).all()
    assert cut_offs_by_loss(np.append(LOSSES, 0.0)) == (50.0, 85.0)


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        ({"amount": 40.0, "principal": 40.0}, (60.0, 2.0, 1.0)),  # neither fine nor interest was paid
        ({"amount": 42.0, "fine": 2.0}, (60.0, 0.0, 1.0)),  # what is not said to be a fine is principal
        ({"amount": 42.5, "principal": 40.0, "fine": 2.0, "interest": 0.5}, (60.0, 0.0, 0.5)),
        ({"amount": 40.0}, (63.0, 0.0, 0.0)),  # by the order of imputation
    ],
    ids=["principal", "fine", "all parts", "nothing"],
)
def test_a_payment_is_taken_by_the_parts_that_it_tells(paid: dict[str, float], left: tuple[float, ...]) -> None:
    titles = titles_of([{"due": DUE, "amount": 100.0, "open": 60.0, "fine_rate": 0.02, "interest_rate_month": 0.01}])
    payments = payments_of([{"payment_date": "2025-07-02", **paid}])
    policy = policy_with({"imputation": "interest_first"})
    found = updated_balance(titles, policy, dt.date(2025, 7, 2), payments=payments).iloc[0]

    assert (found["principal"], found["fine"], found["interest"]) == left
