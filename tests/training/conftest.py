"""A book of payments and the time to payment fitted on it, which several tests of this room share."""

from __future__ import annotations

import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.payment_forecast import PaymentModel
from inadimplencia_ml.synthetic import Book


@pytest.fixture(scope="session")
def pay_book() -> Book:
    return iml.generate_book(180, random_state=8, start="2023-06-01", end="2025-03-31")


@pytest.fixture(scope="session")
def pay_ledger(pay_book: Book) -> iml.Ledger:
    return iml.Ledger(**pay_book.tables, known_until="2025-03-31")


@pytest.fixture(scope="session")
def pay_model(pay_ledger: iml.Ledger) -> PaymentModel:
    """Fitted on what was known on 2025-01-31."""
    estimator = iml.TimeToPayment(n_trees=20, n_bags=1, n_jobs=1, max_cells=20_000)
    return iml.train_time_to_payment(pay_ledger, cut="2025-01-31", every_days=20, estimator=estimator)
