"""Laws of the curves: they hold for any row, any day looked from, any number of days ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pay_data import PayBook

from inadimplencia_ml.risk.time_to_pay.estimator import TimeToPayment

DAYS = st.integers(-120, 420)
AHEAD = st.integers(1, 120)
ROWS = st.lists(st.tuples(st.floats(0, 1), DAYS), min_size=1, max_size=8)


def asked(rows: list[tuple[float, int]]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    slow, entry = (np.array(values) for values in zip(*rows, strict=True))
    X = pd.DataFrame({"slow": slow, "noise": 0.1, "kind": "pix"})
    return X, entry, np.datetime64("2025-03-03") + np.arange(len(rows))


@settings(max_examples=25)
@given(rows=ROWS, ahead=AHEAD)
def test_paid_never_falls_and_the_three_ends_are_probabilities_that_add_up_to_one(
    fitted: TimeToPayment, rows: list[tuple[float, int]], ahead: int
) -> None:
    X, entry, dates = asked(rows)
    curves = fitted.predict_curves(X, entry=entry, dates=dates, days_ahead=ahead)

    assert curves.paid.shape == (len(rows), ahead)
    assert (np.diff(curves.paid, axis=1) >= 0).all()
    assert (np.diff(curves.closed, axis=1) >= -1e-12).all()
    for part in (curves.paid, curves.closed, curves.still_open):
        assert (part >= -1e-12).all()
        assert (part <= 1).all()
    assert (curves.paid + curves.closed <= 1 + 1e-12).all()
    np.testing.assert_allclose(curves.paid + curves.closed + curves.still_open, 1.0, atol=1e-12)


@settings(max_examples=25)
@given(slow=st.floats(0, 1), entry=DAYS, waited=st.integers(1, 60), ahead=st.integers(1, 60))
def test_having_waited_longer_is_the_same_curve_given_that_nothing_came(
    fitted: TimeToPayment, slow: float, entry: int, waited: int, ahead: int
) -> None:
    X, day, date = asked([(slow, entry)])
    whole = fitted.predict_curves(X, entry=day, dates=date, days_ahead=waited + ahead)
    later = fitted.predict_curves(X, entry=day + waited, dates=date + np.timedelta64(waited, "D"), days_ahead=ahead)

    survived = whole.still_open[:, [waited - 1]]
    np.testing.assert_allclose(later.still_open * survived, whole.still_open[:, waited:], rtol=1e-9)
    np.testing.assert_allclose(
        later.paid * survived, whole.paid[:, waited:] - whole.paid[:, [waited - 1]], rtol=1e-7, atol=1e-12
    )


def test_one_row_a_batch_and_a_reloaded_model_give_the_same_bits(fitted: TimeToPayment, pay_book: PayBook) -> None:
    X, entry, dates = pay_book.X.iloc[:40], pay_book.entry[:40], pay_book.dates[:40]
    batch = fitted.predict_curves(X, entry=entry, dates=dates, days_ahead=45)
    again = TimeToPayment.from_parts(fitted.to_parts("here."), "here.")
    restored = again.predict_curves(X, entry=entry, dates=dates, days_ahead=45)

    for name in ("paid", "closed", "still_open"):
        alone = [
            getattr(fitted.predict_curves(X.iloc[[i]], entry=entry[[i]], dates=dates[[i]], days_ahead=45), name)
            for i in range(0, 40, 7)
        ]
        np.testing.assert_array_equal(np.vstack(alone), getattr(batch, name)[::7])
        np.testing.assert_array_equal(getattr(restored, name), getattr(batch, name))


def test_fewer_days_ahead_are_the_beginning_of_more(fitted: TimeToPayment, pay_book: PayBook) -> None:
    X, entry, dates = pay_book.X.iloc[:20], pay_book.entry[:20], pay_book.dates[:20]
    short = fitted.predict_curves(X, entry=entry, dates=dates, days_ahead=10)
    long = fitted.predict_curves(X, entry=entry, dates=dates, days_ahead=80)

    np.testing.assert_array_equal(short.paid, long.paid[:, :10])


def test_days_to_a_share_are_the_first_on_which_the_curve_reaches_it(fitted: TimeToPayment, pay_book: PayBook) -> None:
    curves = fitted.predict_curves(
        pay_book.X.iloc[:60], entry=pay_book.entry[:60], dates=pay_book.dates[:60], days_ahead=30
    )
    days = curves.quantile(0.8)

    assert 0 < np.isfinite(days).sum() < 60
    for row, day in enumerate(days):
        if np.isnan(day):
            assert curves.paid[row, -1] < 0.8
        else:
            assert curves.paid[row, int(day) - 1] >= 0.8
            assert day == 1 or curves.paid[row, int(day) - 2] < 0.8


def test_no_row_gives_no_curve(fitted: TimeToPayment, pay_book: PayBook) -> None:
    none = pay_book.X.iloc[:0]
    curves = fitted.predict_curves(none, entry=[], dates=np.empty(0, "datetime64[D]"), days_ahead=7)

    assert curves.paid.shape == (0, 7)
