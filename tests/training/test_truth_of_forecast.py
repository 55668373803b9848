"""Forecasts against the truth of the synthetic book: P(paid by day) lies within the interval of the true mean."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

import inadimplencia_ml as iml
from inadimplencia_ml.payment_forecast import PaymentModel
from inadimplencia_ml.risk.time_to_pay.hazard import Hazard
from inadimplencia_ml.synthetic import Book, TruePayments, true_payments

LOOKS = ["2025-01-31", "2025-02-12", "2025-02-24", "2025-03-10", "2025-03-24"]
AHEAD = range(1, 31)
MOST = 0.9  # of the days ahead
KEY = ["client_id", "invoice_id", "as_of"]


@dataclass(frozen=True)
class Distorted:
    """A hazard multiplied by a number."""

    of: Hazard
    by: float

    def probability(self, *of_what) -> np.ndarray:
        return np.minimum(self.by * self.of.probability(*of_what), 1.0)


def days_within(model: PaymentModel, ledger: iml.Ledger, truth: TruePayments) -> np.ndarray:
    """For each day ahead, whether the mean forecast lies in the interval of the true mean over clients drawn again."""
    told = pd.concat([model.forecast(ledger, day, days=tuple(AHEAD)).assign(as_of=pd.Timestamp(day)) for day in LOOKS])
    rows = truth.titles.astype({"as_of": "datetime64[us]"}).reset_index()
    rows = rows.merge(told.astype({"as_of": "datetime64[us]"}), on=KEY)
    assert len(rows) > 0.99 * len(truth.titles)
    client = pd.factorize(rows["client_id"])[0]
    n = int(client.max()) + 1
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), 500)
    of_client = pd.DataFrame(truth.paid[rows["index"]]).groupby(client).sum().to_numpy()
    means = drawn @ of_client / (drawn @ np.bincount(client))[:, None]
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    mean = rows[[f"paid_by_{day}" for day in AHEAD]].to_numpy().mean(axis=0)
    return (low <= mean) & (mean <= high)


def distorted(model: PaymentModel, by: float) -> PaymentModel:
    estimator = copy(model.estimator)
    estimator.paid_ = Distorted(model.estimator.paid_, by)
    return replace(model, estimator=estimator)


def test_invoices_are_paid_as_the_forecast_says_and_a_distorted_forecast_is_found_out(
    pay_book: Book, pay_ledger: iml.Ledger, pay_model: PaymentModel
) -> None:
    truth = true_payments(pay_book, LOOKS, days_ahead=AHEAD[-1])

    assert days_within(pay_model, pay_ledger, truth).mean() > MOST
    for by in (1.3, 1 / 1.3):
        assert days_within(distorted(pay_model, by), pay_ledger, truth).mean() < MOST - 0.2, by
