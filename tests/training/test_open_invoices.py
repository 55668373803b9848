"""Open invoices and what became of them, by hand; and the time to payment fitted on them, from ledger to cash."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.calendar import day_number
from inadimplencia_ml.errors import CallError, NotEnoughData
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.ledger.open_invoices import open_invoices, open_on
from inadimplencia_ml.payment_forecast import PaymentModel
from inadimplencia_ml.training.open_invoices import follow_ups, open_samples

QUICK = dict(n_trees=20, n_bags=1, n_jobs=1)


def ledger_of(*changes: dict, payments: list[dict] | None = None, **settings) -> iml.Ledger:
    plain = dict(client_id="C1", issue_date="2025-01-02", due_date="2025-02-03", amount=100.0)
    rows = [plain | {"invoice_id": f"T{i}"} | change for i, change in enumerate(changes)]
    tables = {"invoices": pd.DataFrame(rows)} | ({} if payments is None else {"payments": pd.DataFrame(payments)})
    return iml.Ledger(**tables, known_until="2025-06-30", calendar="none", **settings)


def followed(
    ledger: iml.Ledger, as_of: str, last: str = "2025-06-30", horizon: int = 500
) -> list[tuple[str, str, int]]:
    """invoice, day of the end, cause of the invoices open at as_of."""
    found = open_on(ledger.books, [day_number(dt.date.fromisoformat(as_of))])
    day = day_number(dt.date.fromisoformat(last))
    end, cause = follow_ups(ledger.books, found, day_number(ledger.known_until), day, horizon)
    ids = ledger.books.invoice_ids.take(found.invoice).to_pylist()
    return [(i, str(np.datetime64(int(e), "D")), int(c)) for i, e, c in zip(ids, end, cause, strict=True)]


def test_each_end_has_its_cause_and_its_day() -> None:
    ledger = ledger_of(
        {"paid_date": "2025-02-10"},
        {},
        {"cancelled_date": "2025-04-01", "cancel_reason": "renegotiated"},
        {"cancelled_date": "2025-04-02", "cancel_reason": "written_off"},
        {"cancelled_date": "2025-04-03"},
        {"cancelled_date": "2025-04-04", "cancel_reason": "written_off", "paid_date": "2025-04-04"},
        {"observed_until": "2025-03-15"},
    )

    assert followed(ledger, "2025-01-31") == [
        ("T0", "2025-02-10", 1),
        ("T1", "2025-06-30", 0),
        ("T2", "2025-04-01", 2),
        ("T3", "2025-04-02", 2),
        ("T4", "2025-04-03", 2),
        ("T5", "2025-04-04", 1),
        ("T6", "2025-03-15", 0),
    ]


def test_who_is_open_is_told_by_what_was_known_on_the_day() -> None:
    payments = [
        {"invoice_id": "T0", "payment_date": "2025-02-10", "amount": 100.0, "known_on": "2025-02-12"},
        {"invoice_id": "T1", "payment_date": "2025-02-10", "amount": 40.0, "known_on": "2025-02-10"},
    ]
    ledger = ledger_of({}, {}, {"issue_date": "2025-02-11"}, payments=payments)

    at_10, at_12 = (open_invoices(ledger, day) for day in ("2025-02-10", "2025-02-12"))
    assert at_10["invoice_id"].tolist() == ["T0", "T1"]
    assert at_10["outstanding"].tolist() == [100.0, 60.0]
    assert at_12["invoice_id"].tolist() == ["T1", "T2"]
    assert at_12["days_past_due"].tolist() == [9, 9]


def test_the_due_date_is_the_one_known_on_the_day() -> None:
    ledger = ledger_of({}, {"invoice_id": "T0", "due_date": "2025-03-05", "known_on": "2025-02-20"})

    assert open_invoices(ledger, "2025-02-19")["days_past_due"].tolist() == [16]
    assert open_invoices(ledger, "2025-02-20")["days_past_due"].tolist() == [-13]


def test_nobody_is_followed_beyond_the_last_booked_day_or_the_horizon() -> None:
    ledger = ledger_of({"paid_date": "2025-02-10"}, {"paid_date": "2025-03-20"})

    assert followed(ledger, "2025-01-31", last="2025-03-01")[1] == ("T1", "2025-03-01", 0)
    assert followed(ledger, "2025-01-31", horizon=10) == [("T0", "2025-02-10", 1), ("T1", "2025-02-10", 0)]


def test_open_on_many_days_is_open_on_each_of_them() -> None:
    book = iml.generate_book(40, random_state=5, start="2024-01-01", end="2024-12-31")
    ledger = iml.Ledger(**book.tables)
    days = [day_number(dt.date(2024, month, 17)) for month in range(1, 13)]
    together = open_on(ledger.books, days)

    for day in days:
        date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
        alone = open_invoices(ledger.known_at(date), date)
        at = together.day == day
        assert ledger.books.invoice_ids.take(together.invoice[at]).to_pylist() == alone["invoice_id"].tolist()
        np.testing.assert_array_equal(together.left[at] / 100, alone["outstanding"])


# --- fitted on a ledger ----------------------------------------------------------------------------------------------


@pytest.fixture
def book(pay_book):
    return pay_book


@pytest.fixture
def ledger(pay_ledger: iml.Ledger) -> iml.Ledger:
    return pay_ledger


def fit(ledger: iml.Ledger, **given) -> PaymentModel:
    estimator = iml.TimeToPayment(**QUICK, max_cells=20_000)
    return iml.train_time_to_payment(ledger, cut="2025-01-31", every_days=20, estimator=estimator, **given)


@pytest.fixture
def model(pay_model: PaymentModel) -> PaymentModel:
    return pay_model


def as_text(model: PaymentModel) -> str:
    parts = model.to_parts()
    return json.dumps({k: v.decode() if isinstance(v, bytes) else v for k, v in parts.items()}, sort_keys=True)


def test_facts_after_the_cut_and_the_order_of_rows_change_not_a_byte(ledger, book, model) -> None:
    rng = np.random.default_rng(0)
    known = ledger.known_at("2025-01-31")
    shuffled = {
        name: known.frame(name).sample(frac=1, random_state=int(rng.integers(99))).reset_index(drop=True)
        for name in known.tables
    }
    other = iml.Ledger(**shuffled, known_until="2025-01-31")

    assert as_text(fit(other)) == as_text(model)


def test_rows_are_counted_by_how_they_ended(ledger: iml.Ledger, model: PaymentModel) -> None:
    counts = model.counts

    assert set(counts) == {"booked_late", "not_followed", "still_open", "paid", "closed"}
    assert counts["paid"] > counts["closed"] > 0
    assert counts["booked_late"] > 0


def test_what_is_not_settled_nor_booked_yet_is_not_learned_from(ledger: iml.Ledger) -> None:
    cut = dt.date(2025, 1, 31)
    samples = open_samples(ledger.known_at(cut), cut, Wanted(), iml.TrainingSettings(), every_days=20)
    last = samples.features["as_of"].dt.date.map(day_number).to_numpy() - samples.entry + samples.ends["last_day"]

    assert last.max() < day_number(cut)  # payments of the last days are still on their way to the books
    assert (samples.ends["last_day"] > samples.entry).all()


def test_the_forecast_is_near_what_came_and_better_than_one_curve_for_all(book, ledger, model) -> None:
    told = model.forecast(ledger, "2025-01-31", days=(7, 30))
    settled = book.truth.titles.set_index("invoice_id")["settled_on"].reindex(told["invoice_id"])
    ahead = (settled.to_numpy() - np.datetime64("2025-01-31")) / np.timedelta64(1, "D")
    truly_open = ~(ahead <= 0)
    share = (ahead[truly_open] <= 30).mean()

    assert abs(told["paid_by_30"][truly_open].mean() - share) < 0.08
    assert (told["paid_by_7"] <= told["paid_by_30"]).all()
    late = told["days_past_due"] > 40
    assert told["paid_by_30"][late].mean() < 0.5 * told["paid_by_30"][~late].mean()
    assert told["median_days"].dropna().between(1, 180).all()


def test_cash_is_what_is_outstanding_times_its_chance(ledger: iml.Ledger, model: PaymentModel) -> None:
    told = model.forecast(ledger, "2025-01-31", days=(7, 30))
    cash = model.cash(ledger, "2025-01-31", days=(7, 30))

    expected = [(told[f"paid_by_{d}"] * told["outstanding"]).sum() for d in (7, 30)]
    np.testing.assert_allclose(cash["expected_by_then"], expected)
    assert cash["date_from"].astype(str).tolist() == ["2025-02-01", "2025-02-08"]
    assert cash["date_to"].astype(str).tolist() == ["2025-02-07", "2025-03-02"]
    assert len(model.cash(ledger, "2025-01-31")) == 90


def test_forecast_and_cash_of_one_day_come_from_curves_that_are_computed_once(
    ledger: iml.Ledger, model: PaymentModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    curves = iml.TimeToPayment.iter_curves

    def counted(self, x, **how):
        computed.append(len(x))
        return curves(self, x, **how)

    monkeypatch.setattr(iml.TimeToPayment, "iter_curves", counted)
    invoices, cash = model.outlook(ledger, "2025-01-31", days=(7, 30), cash_days=(10, 20))

    assert computed == [len(invoices)]
    pd.testing.assert_frame_equal(invoices, model.forecast(ledger, "2025-01-31", days=(7, 30)), check_exact=True)
    pd.testing.assert_frame_equal(cash, model.cash(ledger, "2025-01-31", days=(10, 20)), check_exact=True)


def test_a_model_of_parts_tells_the_same_to_the_bit(ledger: iml.Ledger, model: PaymentModel) -> None:
    again = PaymentModel.from_parts(json.loads(json.dumps(_plain(model))) | _texts(model))

    pd.testing.assert_frame_equal(
        again.forecast(ledger, "2025-02-15"), model.forecast(ledger, "2025-02-15"), check_exact=True
    )
    assert as_text(again) == as_text(model)


def _plain(model: PaymentModel) -> dict:
    return {k: v for k, v in model.to_parts().items() if not isinstance(v, bytes)}


def _texts(model: PaymentModel) -> dict:
    return {k: v for k, v in model.to_parts().items() if isinstance(v, bytes)}


def test_no_contact_and_no_protected_column_is_read(model: PaymentModel) -> None:
    from inadimplencia_ml.catalog import role_of

    assert {role_of(c) for c in model.columns if c != "invoice_days_past_due"} == {"risk"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda m, book: m.cash(book, "2025-01-31", days=(200,)),
            "expected numbers from 1 to 180, the model's horizon",
        ),
        (lambda m, book: iml.train_time_to_payment(book, cut="2025-05-01"), "cut: 2025-05-01 lies after 2025-03-31"),
        (lambda m, book: iml.train_time_to_payment(book, horizon_days=0), "horizon_days is 0"),
        (lambda m, book: iml.train_time_to_payment(book, cut="2023-06-02"), "no invoice"),
    ],
)
def test_what_cannot_be_done_is_told(ledger: iml.Ledger, model: PaymentModel, call, told: str) -> None:
    with pytest.raises(CallError, match=re.escape(told)):
        call(model, ledger)


def test_a_book_of_few_payments_is_refused_with_their_count() -> None:
    with pytest.raises(NotEnoughData, match="payments to fit on; at least 30 are needed"):
        iml.train_time_to_payment(ledger_of({"paid_date": "2025-02-10"}, {"client_id": "C2"}))


def test_the_judgement_out_of_time_beats_one_curve_for_all(ledger: iml.Ledger) -> None:
    found = iml.judge_time_to_payment(
        ledger,
        judge_from="2024-11-30",
        days_ahead=30,
        every_days=30,
        estimator=iml.TimeToPayment(**QUICK | {"max_cells": 10_000}),
    )

    assert list(found.index) == ["time_to_payment", "kaplan_meier", "client_mean_delay"]
    assert found["integrated_brier"].idxmin() == "time_to_payment"
    assert found["dynamic_auc"].idxmax() == "time_to_payment"
    with pytest.raises(NotEnoughData, match="are not booked yet: the ledger ends on 2025-03-31"):
        iml.judge_time_to_payment(ledger, judge_from="2025-03-10")


@pytest.mark.slow
def test_ibm_ar_out_of_time_beats_one_curve_for_all(real_data: Path) -> None:
    files = sorted((real_data / "ibm_ar").glob("*.csv"))
    ledger = import_ledger(files, read_mapping("examples/mappings/ibm_ar.yaml"))
    found = iml.judge_time_to_payment(
        ledger, judge_from="2013-01-01", judge_to="2013-09-30", every_days=30, estimator=iml.TimeToPayment(**QUICK)
    )["integrated_brier"]

    assert found["time_to_payment"] < 0.8 * found["kaplan_meier"]
