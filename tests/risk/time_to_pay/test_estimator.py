"""TimeToPayment: finds the hazards it was shown, whatever the order of rows and the number of threads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pay_data import PayBook, closed_hazard, make_pay_book, paid_hazard
from sklearn.base import clone

from inadimplencia_ml.errors import BundleError, CallError, NotEnoughData
from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment
from inadimplencia_ml.risk.time_to_pay.hazard import HazardFit, _calibrated


def quick(**settings) -> TimeToPayment:
    return TimeToPayment(**{"n_trees": 25, "n_bags": 1, "calendar": "none", "n_jobs": 1} | settings)


def fit(model: TimeToPayment, book: PayBook) -> TimeToPayment:
    return model.fit(book.X, book.y, entry=book.entry, dates=book.dates, groups=book.clients)


def parts_as_text(model: TimeToPayment) -> str:
    parts = model.to_parts()
    return json.dumps({k: v.decode() if isinstance(v, bytes) else v for k, v in parts.items()}, sort_keys=True)


def true_paid_by(ahead: int, entry: int, slow: float) -> float:
    alive, paid = 1.0, 0.0
    for day in range(entry + 1, entry + ahead + 1):
        h, g = float(paid_hazard(np.array(day), np.array(slow))), float(closed_hazard(np.array(day), np.array(slow)))
        paid, alive = paid + alive * h, alive * (1 - h) * (1 - g)
    return paid


def test_the_curves_are_near_the_truth_they_were_drawn_from() -> None:
    book = make_pay_book(6_000, seed=5)
    model = fit(quick(n_trees=None, max_trees=120), book)

    for slow in (0.1, 0.5, 0.9):
        for entry, ahead in ((-15, 10), (-5, 5), (-5, 15), (0, 7), (2, 30), (9, 30)):
            X = pd.DataFrame({"slow": [slow], "noise": [0.0], "kind": ["pix"]})
            told = model.predict_curves(X, entry=[entry], dates=["2024-10-09"], days_ahead=ahead).paid[0, -1]
            assert abs(told - true_paid_by(ahead, entry, slow)) < 0.09, (slow, entry, ahead)


def test_held_out_curves_are_calibrated_by_decile(pay_book: PayBook, fitted: TimeToPayment) -> None:
    later = make_pay_book(4_000, seed=77)
    p = fitted.predict_curves(later.X, entry=later.entry, dates=later.dates, days_ahead=20).paid[:, -1]
    paid = ((later.y["cause"] == 1) & (later.y["last_day"] - later.entry <= 20)).to_numpy()
    decile = np.argsort(np.argsort(p)) * 10 // len(p)

    for part in range(10):
        own = decile == part
        error = np.sqrt(p[own].mean() * (1 - p[own].mean()) / own.sum())
        # Four standard errors of the judged rows, and as much again for those it was fitted on.
        assert abs(paid[own].mean() - p[own].mean()) < 4 * error + 0.03


def test_the_order_of_rows_moves_not_a_byte(pay_book: PayBook, fitted: TimeToPayment) -> None:
    order = np.random.default_rng(3).permutation(len(pay_book.X))
    shuffled = PayBook(
        pay_book.X.iloc[order].reset_index(drop=True),
        pay_book.y.iloc[order].reset_index(drop=True),
        pay_book.entry[order],
        pay_book.dates[order],
        pay_book.clients[order],
    )

    assert parts_as_text(fit(quick(), shuffled)) == parts_as_text(fitted)


def test_one_and_two_threads_give_the_same_bytes() -> None:
    book = make_pay_book(500, seed=4)
    one, two = (fit(quick(n_trees=6, n_jobs=n), book) for n in (1, 2))

    assert parts_as_text(one) == parts_as_text(two)


def test_another_seed_gives_other_trees(pay_book: PayBook, fitted: TimeToPayment) -> None:
    assert parts_as_text(fit(quick(random_state=1), pay_book)) != parts_as_text(fitted)


def test_a_sample_of_the_days_tells_nearly_what_all_of_them_tell() -> None:
    book = make_pay_book(3_000, seed=9)
    whole, part = fit(quick(), book), fit(quick(max_cells=9_000), book)
    curves = [
        m.predict_curves(book.X, entry=book.entry, dates=book.dates, days_ahead=30).paid[:, -1] for m in (whole, part)
    ]

    assert part.cells_ < whole.cells_ / 3
    assert abs(curves[0].mean() - curves[1].mean()) < 0.02
    assert np.abs(curves[0] - curves[1]).mean() < 0.05


def test_nobody_is_paid_on_a_closed_day_where_nobody_ever_was() -> None:
    book = make_pay_book(1_500, seed=2, weekends=True)
    model = fit(quick(calendar="BR", n_trees=40), book)
    friday = np.datetime64("2024-08-02")
    X = pd.DataFrame({"slow": [0.2], "noise": [0.0], "kind": ["pix"]})
    day = np.diff(model.predict_curves(X, entry=[1], dates=[friday], days_ahead=4).paid[0], prepend=0.0)

    assert day[[0, 1]].max() < 0.02 < day[2]


def test_without_another_end_all_that_is_not_open_is_paid(pay_book: PayBook) -> None:
    ends = pay_book.y.assign(cause=np.where(pay_book.y["cause"] == 2, 0, pay_book.y["cause"]))
    model = quick(n_trees=10).fit(pay_book.X, ends, entry=pay_book.entry)
    curves = model.predict_curves(pay_book.X.iloc[:9], entry=pay_book.entry[:9], days_ahead=50)

    assert model.closed_ is None
    np.testing.assert_allclose(curves.closed, 0.0, atol=1e-12)
    again = TimeToPayment.from_parts(model.to_parts())
    np.testing.assert_array_equal(
        again.predict_curves(pay_book.X.iloc[:9], entry=pay_book.entry[:9], days_ahead=50).paid, curves.paid
    )


def test_folds_keep_dates_apart_where_there_are_dates_and_clients_where_there_are_none(
    pay_book: PayBook, fitted: TimeToPayment
) -> None:
    undated = quick(n_trees=5).fit(pay_book.X, pay_book.y, entry=pay_book.entry, groups=pay_book.clients)

    assert fitted.fold_kind_ == "dates"
    assert undated.fold_kind_ == "clients"
    assert 0 <= fitted.dependence_.date <= fitted.dependence_.client <= 1


@pytest.mark.parametrize(("payments", "seeds"), [(600, 5), (5_600, 3)])
def test_seeds_are_averaged_and_more_of_them_where_little_was_paid(payments: int, seeds: int) -> None:
    rng = np.random.default_rng(0)
    y = pd.DataFrame({"last_day": rng.integers(1, 20, payments), "cause": 1})
    model = TimeToPayment(n_trees=2, n_jobs=1).fit(
        pd.DataFrame({"x": rng.random(payments)}), y, entry=np.zeros(payments)
    )
    assert len(model.paid_.boosters) == seeds


def test_dates_that_differ_are_calibrated_by_one_line_through_all_of_them() -> None:
    rng = np.random.default_rng(0)
    fold = np.repeat([0, 1, 2], 2_000)
    z = rng.normal(-2.0, 1.0, len(fold))
    y = (rng.random(len(fold)) < 1 / (1 + np.exp(-z - np.array([-0.9, 0.2, 0.1])[fold]))).astype(float)
    how = HazardFit([], True, [0], None, 10, 5, "platt")
    made, _ = _calibrated(how, z, y, np.ones(len(y)), fold)
    assert made.probability(z).mean() == pytest.approx(y.mean(), abs=0.002)


def test_rows_that_are_all_alike_are_fitted_without_folds():
    n = 600
    late = np.arange(n) % 2 == 1
    y = pd.DataFrame({"last_day": np.where(late, 20, 5), "cause": np.where(late, 0, 1)})
    x = pd.DataFrame({"alike": np.zeros(n)})
    model = quick(n_trees=3).fit(x, y, entry=np.zeros(n, int))
    assert model.fold_kind_ == "none"
    told = model.predict_curves(x[:1], entry=[0], days_ahead=6).paid[0]
    assert told[4] - told[3] == pytest.approx(0.5, abs=0.05)


def test_a_row_of_weight_zero_is_not_there(pay_book: PayBook) -> None:
    weight = np.ones(len(pay_book.X))
    weight[:300] = 0
    given = quick(n_trees=8).fit(pay_book.X, pay_book.y, entry=pay_book.entry, sample_weight=weight)
    left = quick(n_trees=8).fit(
        pay_book.X[300:], pay_book.y[300:], entry=pay_book.entry[300:], sample_weight=weight[300:]
    )

    assert parts_as_text(given) == parts_as_text(left)


def test_it_is_cloned_with_its_parameters_and_learns_nothing_of_them(pay_book: PayBook) -> None:
    model = quick(interval_starts=[-5, 0, 1, 30], max_cells=5_000)
    copy = clone(model)

    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "grid_")
    assert repr(copy).startswith("TimeToPayment(")


def test_a_frame_without_a_column_of_the_fit_is_refused_by_name(fitted: TimeToPayment, pay_book: PayBook) -> None:
    wrong = pay_book.X.rename(columns={"noise": "noisy"})

    with pytest.raises(CallError, match=re.escape("- noise Did you mean 'noisy'?")):
        fitted.predict_curves(wrong, entry=pay_book.entry, dates=pay_book.dates)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda b: {"y": b.y.drop(columns="cause")}, "y: column 'cause' is missing"),
        (lambda b: {"y": b.y.assign(cause=3)}, "cause 3 is unknown"),
        (lambda b: {"y": b.y.assign(last_day=b.entry)}, "end on or before the day looked from"),
        (lambda b: {"entry": b.entry[:-1]}, "entry has the shape (1499,), and there are 1500 rows"),
        (lambda b: {"entry": b.entry + 0.5}, "entry: 1500 values are missing, not whole"),
        (lambda b: {"dates": b.dates[:3]}, "dates has the shape (3,)"),
    ],
)
def test_what_does_not_fit_is_told(pay_book: PayBook, change, told: str) -> None:
    given = {"y": pay_book.y, "entry": pay_book.entry, "dates": pay_book.dates} | change(pay_book)

    with pytest.raises(CallError, match=re.escape(told)):
        quick().fit(pay_book.X, given.pop("y"), **given)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"calibration": "plat"}, "Did you mean 'platt'?"),
        ({"n_folds": 1}, "n_folds is 1"),
        ({"max_cells": 10}, "max_cells is 10"),
        ({"interval_starts": [3, 1]}, "interval_starts must grow"),
        ({"calendar": "US"}, "calendar 'US' is unknown"),
    ],
)
def test_a_wrong_parameter_is_told(pay_book: PayBook, settings: dict, told: str) -> None:
    with pytest.raises(CallError, match=re.escape(told)):
        fit(quick(**settings), pay_book)


def test_too_few_payments_are_counted(pay_book: PayBook) -> None:
    with pytest.raises(NotEnoughData, match="0 payments to fit on; at least 30 are needed"):
        quick().fit(pay_book.X, pay_book.y.assign(cause=0), entry=pay_book.entry)


def test_dates_are_asked_for_where_the_fit_had_them(fitted: TimeToPayment, pay_book: PayBook) -> None:
    with pytest.raises(CallError, match="The model was fitted with dates"):
        fitted.predict_curves(pay_book.X, entry=pay_book.entry)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda p: {k: v for k, v in p.items() if k != "model.json"}, "no part model.json"),
        (lambda p: {k: v for k, v in p.items() if k != "paid_1.txt"}, "hazard 'paid' of the model cannot be read"),
        (lambda p: p | {"model.json": p["model.json"] | {"dependence": {"client": 0.1, "date": 0.4}}}, "0 <= date"),
        (
            lambda p: p | {"model.json": p["model.json"] | {"columns": p["model.json"]["columns"][1:]}},
            "read [6] columns",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(fitted: TimeToPayment, broken, told: str) -> None:
    with pytest.raises(BundleError, match=re.escape(told)):
        TimeToPayment.from_parts(broken(fitted.to_parts()))


def test_a_model_kept_before_trees_had_a_start_is_read_as_trees_alone(fitted: TimeToPayment, pay_book: PayBook) -> None:
    parts, files = fitted.to_parts(), ("paid.json", "closed.json")
    older = parts | {file: {k: v for k, v in parts[file].items() if k != "start"} for file in files}
    read = TimeToPayment.from_parts(older)
    asked = {"entry": pay_book.entry[:40], "dates": pay_book.dates[:40], "days_ahead": 1}
    first = read.predict_curves(pay_book.X[:40], **asked).paid[:, 0]

    assert fitted.paid_.start.any()
    assert read.paid_.start.shape == read.closed_.start.shape == fitted.paid_.start.shape
    assert not read.paid_.start.any()
    assert not read.closed_.start.any()
    zeros = {file: parts[file] | {"start": np.zeros(fitted.paid_.start.shape).tolist()} for file in files}
    same = TimeToPayment.from_parts(parts | zeros).predict_curves(pay_book.X[:40], **asked).paid[:, 0]
    np.testing.assert_array_equal(first, same)
    # Without a calendar of closed days a day is of the second kind; one day ahead the curve is the hazard.
    start = fitted.paid_.start[fitted.grid_.of(pay_book.entry[:40] + 1), 1]
    now = fitted.predict_curves(pay_book.X[:40], **asked).paid[:, 0]
    slope = fitted.paid_.calibration.coefficients[0] if fitted.paid_.calibration.coefficients else 1.0
    np.testing.assert_allclose(np.log(now / (1 - now)) - np.log(first / (1 - first)), slope * start, atol=1e-6)


def test_a_start_of_another_number_of_intervals_is_refused(fitted: TimeToPayment) -> None:
    parts = fitted.to_parts()
    short = parts["paid.json"] | {"start": parts["paid.json"]["start"][1:]}
    with pytest.raises(BundleError, match="'paid' of the model has no start for each of"):
        TimeToPayment.from_parts(parts | {"paid.json": short})


def test_the_example_with_tables_of_ones_own_runs() -> None:
    page = (Path(__file__).parents[3] / "docs" / "time_to_payment.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names: dict = {}
    exec("import inadimplencia_ml as iml\n" + blocks[-1], names)

    paid = names["curves"].paid_by([7, 30])
    assert (paid[:, 0] <= paid[:, 1]).all()
