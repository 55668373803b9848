"""Cash: sums of outstanding times probability; intervals that hold what comes, also where clients hang together."""

from __future__ import annotations

import re

import numpy as np
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.time_to_pay.cash import expected_cash
from inadimplencia_ml.risk.time_to_pay.curves import PaymentCurves
from inadimplencia_ml.risk.time_to_pay.dependence import Dependence, decided_rows, measured


def curves(paid: np.ndarray) -> PaymentCurves:
    return PaymentCurves(paid, np.zeros_like(paid), 1 - paid)


@pytest.fixture(scope="module")
def drawn() -> tuple[PaymentCurves, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    paid = np.sort(rng.random((300, 10)) ** 2, axis=1)
    return curves(paid), rng.uniform(10, 500, 300).round(2), rng.integers(0, 40, 300)


def test_days_add_up_to_what_is_paid_by_the_last(drawn) -> None:
    made, amount, clients = drawn
    table = expected_cash(made, amount, clients)

    np.testing.assert_allclose(table["expected"].sum(), (amount * made.paid[:, -1]).sum())
    np.testing.assert_allclose(table["expected"].cumsum(), table["expected_by_then"])
    assert (table["low"] <= table["expected"]).all()
    assert (table["expected_by_then"] <= table["high_by_then"]).all()
    assert (table["high_by_then"] <= amount.sum() + 1e-9).all()


def test_periods_are_sums_of_their_days_and_blocks_are_as_good_as_one(drawn) -> None:
    made, amount, clients = drawn
    days = expected_cash(made, amount, clients)
    blocks = [curves(made.paid[a:b]) for a, b in ((0, 7), (7, 150), (150, 300))]
    weeks = expected_cash(iter(blocks), amount, clients, days=(3, 7, 10), dependence=Dependence(0.2, 0.1))
    whole = expected_cash(made, amount, clients, days=(3, 7, 10), dependence=Dependence(0.2, 0.1))

    assert weeks[["days_from", "days_to"]].to_numpy().tolist() == [[1, 3], [4, 7], [8, 10]]
    for row, (first, last) in zip(weeks.itertuples(), ((0, 3), (3, 7), (7, 10)), strict=True):
        np.testing.assert_allclose(row.expected, days["expected"].iloc[first:last].sum())
    np.testing.assert_allclose(weeks.to_numpy(), whole.to_numpy())


def test_the_variance_is_that_of_unequal_coins() -> None:
    p, amount = np.array([[0.2], [0.5]]), np.array([100.0, 40.0])
    row = expected_cash(curves(p), amount).iloc[0]
    sd = np.sqrt(100**2 * 0.2 * 0.8 + 40**2 * 0.25)

    assert row["high"] == pytest.approx(40 + 1.959964 * sd, rel=1e-6)
    assert row["low"] == 0


def test_the_interval_holds_the_money_of_clients_that_pay_together() -> None:
    rng = np.random.default_rng(5)
    clients, amount = np.repeat(np.arange(60), 5), rng.uniform(50, 150, 300)
    p, rho = np.repeat(rng.uniform(0.2, 0.8, 60), 5), 0.5

    def held(dependence: Dependence | None) -> float:
        row = expected_cash(curves(p[:, None]), amount, clients, dependence=dependence).iloc[0]
        together = np.random.default_rng(6)
        inside = 0
        for _ in range(400):
            # With chance rho a client's invoices share one draw: their correlation is rho.
            own, shared = together.random(300), np.repeat(together.random(60), 5)
            alike = np.repeat(together.random(60) < rho, 5)
            got = (amount * (np.where(alike, shared, own) < p)).sum()
            inside += row["low"] <= got <= row["high"]
        return inside / 400

    assert 0.92 <= held(Dependence(rho)) <= 0.98
    assert held(None) < 0.85


def test_the_dependence_that_was_drawn_is_measured() -> None:
    rng = np.random.default_rng(7)
    dates, clients = np.repeat(np.arange(60), 400), np.tile(np.repeat(np.arange(100), 4), 60)
    p = np.full(len(dates), 0.4)
    pair = dates * 100 + clients
    of_client, of_date = rng.random(6_000)[pair], rng.random(60)[dates]
    which = rng.random(6_000)[pair]
    draw = np.where(which < 0.1, of_date, np.where(which < 0.4, of_client, rng.random(len(dates))))
    found = measured((draw < p).astype(float), p, clients, dates)
    alone = measured((rng.random(len(dates)) < p).astype(float), p, clients, dates)

    # One client: it shares a draw in 40 of 100 cases. Two: each must look at the date, 10 of 100 cases each.
    assert found.client == pytest.approx(0.4, abs=0.06)
    assert found.date == pytest.approx(0.01, abs=0.01)
    assert alone.client < 0.02


def test_a_date_on_which_somebody_is_lost_from_sight_too_soon_is_not_measured_on() -> None:
    first, last = np.array([1, 1, 1, 1]), np.array([30, 12, 40, 3])
    cause, as_of = np.array([0, 0, 1, 1]), np.array([100, 101, 101, 100])

    assert decided_rows(first, last, cause, as_of).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amount": [1.0, -2.0]}, "amount: expected one finite amount a row"),
        ({"clients": ["a"]}, "clients has the shape (1,), and there are 2 amounts"),
        ({"days": (2, 1)}, "expected growing numbers of days"),
        ({"days": (5,)}, "the curves go 2 days ahead"),
        ({"amount": [1.0, 2.0, 3.0]}, "the curves hold 2 rows, and there are 3 amounts"),
    ],
)
def test_what_does_not_fit_is_told(change: dict, told: str) -> None:
    given = {"curves": curves(np.array([[0.1, 0.2], [0.3, 0.4]])), "amount": [1.0, 2.0]} | change

    with pytest.raises(CallError, match=re.escape(told)):
        expected_cash(**given)
