from __future__ import annotations

import numpy as np
import pytest
from judged import rated, rows_of, true_book
from scipy import stats

from inadimplencia_ml.risk.judging.rates import beta_interval, cell_rates, chance_of_inversion
from inadimplencia_ml.risk.judging.rows import Cells


def test_counts_and_rates_are_those_of_plain_loops() -> None:
    y, p, client = true_book(0, clients=60)
    cells = rated(p)
    found = cell_rates(rows_of(y, p, client), cells)

    for i in range(len(cells.names)):
        held = cells.code == i
        assert found.rows[i] == held.sum()
        assert found.clients[i] == len(set(client[held]))
        assert found.bads[i] == y[held].sum()
        assert found.bad_rate[i] == pytest.approx(y[held].mean())
        assert found.mean_probability[i] == pytest.approx(p[held].mean())


def test_the_design_effect_is_one_without_repetition_and_the_number_of_rows_where_they_are_copies() -> None:
    y, p, _ = true_book(0, clients=500, most=1)
    whole, tripled = (Cells(np.zeros(len(y) * k, dtype=np.int64), ("all",)) for k in (1, 3))
    alone = cell_rates(rows_of(y, p), whole)
    copies = cell_rates(rows_of(np.tile(y, 3), np.tile(p, 3), np.tile(np.arange(len(y)), 3)), tripled)

    assert (alone.rate_effect[0], alone.residual_effect[0]) == (1.0, 1.0)
    assert (copies.rate_effect[0], copies.residual_effect[0]) == pytest.approx((3.0, 3.0))


def test_the_interval_of_a_rate_holds_the_truth_as_often_as_it_says_though_clients_repeat() -> None:
    truth = np.concatenate([true_book(s, clients=4_000)[1] for s in range(1_000, 1_004)]).mean()
    held = []
    for seed in range(150):
        y, p, client = true_book(seed, clients=150, alike=0.7)
        rates = cell_rates(rows_of(y, p, client), Cells(np.zeros(len(y), dtype=np.int64), ("all",)))
        low, high = beta_interval(rates.rows, rates.bads, rates.rate_effect)
        held.append(low[0] <= truth <= high[0])

    assert 0.90 <= np.mean(held) <= 0.99


def test_no_bad_one_does_not_mean_no_doubt() -> None:
    low, high = beta_interval(np.array([20.0, 20.0, 0.0]), np.array([0.0, 20.0, 0.0]), np.ones(3))

    assert (low[0], high[1]) == (0.0, 1.0)
    assert high[0] == pytest.approx(stats.beta.ppf(0.975, 0.5, 20.5))
    assert low[1] == pytest.approx(1 - high[0])
    assert np.isnan(low[2])
    assert np.isnan(high[2])


def test_the_chance_of_an_inversion_is_that_of_drawn_rates() -> None:
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [6, 94, 3, 77])
    cells = Cells(np.repeat([0, 1], [100, 80]), ("A", "B"))
    found = chance_of_inversion(cell_rates(rows_of(y, np.full(180, 0.05)), cells), 0, 1)
    rng = np.random.default_rng(0)
    drawn = rng.beta(3.5, 77.5, 200_000) < rng.beta(6.5, 94.5, 200_000)

    assert found == pytest.approx(drawn.mean(), abs=0.005)
