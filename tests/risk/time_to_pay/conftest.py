"""One fitted model that the tests of this room share."""

from __future__ import annotations

import pytest
from pay_data import PayBook, make_pay_book

from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment


@pytest.fixture(scope="session")
def pay_book() -> PayBook:
    return make_pay_book(1_500)


@pytest.fixture(scope="session")
def fitted(pay_book: PayBook) -> TimeToPayment:
    model = TimeToPayment(n_trees=25, n_bags=1, calendar="none", n_jobs=1)
    return model.fit(pay_book.X, pay_book.y, entry=pay_book.entry, dates=pay_book.dates, groups=pay_book.clients)
