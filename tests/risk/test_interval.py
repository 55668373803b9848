from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from effort import seeds
from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.interval import RateInterval, fit_interval


def book(clients: int, seed: int, each: int = 3) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    p = np.clip(rng.beta(0.8, 6, clients * each), 1e-4, 0.999)
    return p, (rng.random(len(p)) < p).astype(float), np.repeat(np.arange(clients), each)


@pytest.fixture(scope="module")
def interval() -> RateInterval:
    return fit_interval(*book(2_000, 0), n=100)


def test_the_probability_lies_within_and_bounds_rise_with_it(interval: RateInterval) -> None:
    p = np.unique(np.concatenate([np.linspace(0, 1, 501), np.geomspace(1e-9, 1, 300)]))
    low, high = interval.around(p)

    assert (low <= p).all()
    assert (p <= high).all()
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (np.diff(low) >= -1e-15).all()
    assert (np.diff(high) >= -1e-15).all()


@pytest.mark.parametrize("seed", range(8))
def test_bounds_rise_where_few_cases_let_the_curves_bend(seed: int) -> None:
    few = fit_interval(*book(60, seed), n=25)

    assert (np.diff(few.low) >= 0).all()
    assert (np.diff(few.high) >= 0).all()
    assert (np.array(few.low) <= few.log_odds).all()
    assert (np.array(few.high) >= few.log_odds).all()


def test_more_clients_make_it_narrower(interval: RateInterval) -> None:
    few = fit_interval(*book(200, 1), n=100)
    at = np.array([0.02, 0.05, 0.1, 0.3])
    wide, narrow = (b - a for a, b in (few.around(at), interval.around(at)))

    assert (wide > 1.5 * narrow).all()


def test_it_holds_the_event_rate_about_as_often_as_it_says() -> None:
    at = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    held = []
    for seed in seeds(60):
        p, y, g = book(300, seed)
        # Held-out probabilities off by a tenth in log-odds: the rate at a score is known, and is not the score.
        shifted = 1 / (1 + (1 - p) / p * np.exp(-0.1))
        low, high = fit_interval(shifted, y, g, n=80).around(1 / (1 + (1 - at) / at * np.exp(-0.1)))
        held.append((low <= at) & (at <= high))

    assert np.mean(held) > 0.88


def months(count: int, each: int, swing: float, seed: int) -> tuple[Any, Any, Any, Any]:
    """Probabilities, outcomes, clients and days; months differ from what was told by ``swing`` in log-odds."""
    rng = np.random.default_rng(seed)
    p = np.clip(rng.beta(0.8, 6, count * each), 1e-4, 0.999)
    month = np.repeat(np.arange(count), each)
    true = off(p, rng.normal(0.0, swing, count)[month])
    days = np.datetime64("2023-01-01") + np.timedelta64(31, "D") * month + rng.integers(0, 28, len(p))
    return p, (rng.random(len(p)) < true).astype(float), np.tile(np.arange(each), count), days


def off(p: Any, by: Any) -> Any:
    return 1 / (1 + (1 - p) / p * np.exp(-by))


def test_it_holds_the_rate_of_a_month_to_come_where_months_differ() -> None:
    at = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    with_days, without = [], []
    for seed in seeds(60):
        p, y, g, days = months(12, 800, 0.4, seed)
        to_come = off(at, np.random.default_rng(seed + 1_000).normal(0.0, 0.4))
        for kept, given in ((with_days, days), (without, None)):
            low, high = fit_interval(p, y, g, given, n=40).around(at)
            kept.append((low <= to_come) & (to_come <= high))

    assert np.mean(with_days) > 0.85
    assert np.mean(without) < 0.6


def test_where_months_do_not_differ_days_hardly_widen_it() -> None:
    at, wider = np.array([0.02, 0.05, 0.1, 0.2, 0.4]), []
    for seed in seeds(30):
        p, y, g, days = months(12, 800, 0.0, seed)
        (low, high), (alone_low, alone_high) = (fit_interval(p, y, g, d, n=40).around(at) for d in (days, None))
        assert (low <= alone_low).all()
        assert (high >= alone_high).all()
        wider.append(np.mean((high - low) / (alone_high - alone_low)))

    assert np.median(wider) < 1.2


def test_bounds_rise_with_days_too() -> None:
    p, y, g, days = months(6, 60, 0.8, 3)
    one = fit_interval(p, y, g, days, n=25)

    assert (np.diff(one.low) >= 0).all()
    assert (np.diff(one.high) >= 0).all()
    assert (np.array(one.low) < one.log_odds).all()
    assert (np.array(one.high) > one.log_odds).all()


def test_two_months_do_not_tell_how_far_the_next_may_lie() -> None:
    p, y, g, days = months(2, 800, 0.8, 0)
    three = np.where(np.arange(len(p)) < 400, np.datetime64("2022-10-05"), days)

    alone, of_two, of_three = (fit_interval(p, y, g, given, n=25) for given in (None, days, three))
    assert np.allclose(of_two.low, alone.low, rtol=0, atol=1e-12)
    assert np.allclose(of_two.high, alone.high, rtol=0, atol=1e-12)
    assert (np.array(of_three.high) > np.array(alone.high) + 0.1).all()


def test_days_of_a_month_are_one_month() -> None:
    p, y, g, days = months(8, 300, 0.5, 1)
    first = days.astype("datetime64[M]")

    assert fit_interval(p, y, g, days, n=25) == fit_interval(p, y, g, first, n=25)
    assert fit_interval(p, y, g, pd.Series(days), n=25) == fit_interval(p, y, g, first, n=25)


def test_missing_stays_missing(interval: RateInterval) -> None:
    assert np.isnan(np.array(interval.around([np.nan]))).all()


def test_without_held_out_cases_there_is_no_interval() -> None:
    none = fit_interval([], [])

    assert np.isnan(np.array(none.around([0.1]))).all()


def test_one_row_and_a_batch_give_the_same_bits(interval: RateInterval) -> None:
    p = np.random.default_rng(0).random(300)
    singles = np.array([np.array(interval.around(p[[i]]))[:, 0] for i in range(300)]).T

    assert np.array_equal(np.array(interval.around(p)), singles)


def test_plain_data_brings_it_back(interval: RateInterval) -> None:
    assert RateInterval.from_json(json.loads(json.dumps(interval.to_json()))) == interval


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e308, 10**400])
@pytest.mark.parametrize("name", ["log_odds", "low", "high"])
def test_a_number_that_is_no_log_odds_is_refused(name: str, value: float) -> None:
    told = {"log_odds": [0.0, 1.0], "low": [-1.0, 0.0], "high": [1.0, 2.0]}
    with pytest.raises(BundleError, match=r"is no log-odds|cannot be read"):
        RateInterval.from_json(told | {name: [told[name][0], value]})


def test_places_that_do_not_rise_are_refused() -> None:
    with pytest.raises(BundleError, match="places do not rise"):
        RateInterval.from_json({"log_odds": [0.0, 0.0], "low": [0.0, 0.0], "high": [0.0, 0.0]})
