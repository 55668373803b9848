from __future__ import annotations

import numpy as np
import pytest
from judged import rated, rows_of, true_book
from scipy import stats

from inadimplencia_ml.risk.judging.jeffreys import VERDICTS, jeffreys_table, power, probability_above
from inadimplencia_ml.risk.judging.rows import Cells

NO_RATINGS = Cells(np.empty(0, dtype=np.int64), ())


def test_the_chance_is_that_of_the_beta_distribution() -> None:
    rows, bads = np.array([100.0, 40.0, 3.5]), np.array([2.0, 0.0, 3.5])
    expected = stats.beta.sf([0.02, 0.01, 0.9], bads + 0.5, rows - bads + 0.5)

    assert probability_above(np.array([0.02, 0.01, 0.9]), rows, bads) == pytest.approx(expected)


@pytest.mark.parametrize(("probability", "rows"), [(0.01, 50), (0.01, 400), (0.05, 200), (0.2, 60), (0.6, 40)])
def test_power_is_the_share_of_books_with_doubled_odds_that_are_called_understated(
    probability: float, rows: int
) -> None:
    true = 2 * probability / (1 + probability)
    counts = np.arange(rows + 1.0)
    objects = stats.beta.sf(probability, counts + 0.5, rows - counts + 0.5) > 0.975
    expected = stats.binom.pmf(counts, rows, true)[objects].sum()

    assert power(np.array([probability]), np.array([float(rows)]))[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_true_probabilities_are_called_wrong_one_time_in_twenty_though_clients_repeat(alike: float) -> None:
    found = []
    for seed in range(120):
        y, p, client = true_book(seed, alike=alike)
        found.append(jeffreys_table(rows_of(y, p, client), rated(p))["probability_above"].to_numpy())
    within = np.mean([np.abs(a - 0.5) <= 0.475 for a in found], axis=0)

    assert len(within) == 5
    assert 0.93 <= within[1:].mean() <= 0.975  # by rating; all rows together are judged leniently
    assert within.min() > 0.88


def test_without_the_design_effect_true_probabilities_would_be_called_wrong_too_often() -> None:
    wrong = []
    for seed in range(60):
        y, p, client = true_book(seed, alike=0.8)
        table = jeffreys_table(rows_of(y, p, client), NO_RATINGS)
        naive = probability_above(p.mean(keepdims=True), np.array([float(len(y))]), np.array([y.sum()]))[0]
        wrong.append((abs(naive - 0.5) > 0.475, abs(table["probability_above"][0] - 0.5) > 0.475))

    assert np.mean([n for n, _ in wrong]) > 0.15 > np.mean([a for _, a in wrong])


def test_probabilities_that_are_too_low_or_too_high_are_found() -> None:
    y, p, client = true_book(2, clients=2_000)
    for factor, verdict in ((0.6, "understated"), (1.0, "ok"), (1.5, "overstated")):
        table = jeffreys_table(rows_of(y, np.clip(p * factor, 0, 1), client), rated(p))
        assert set(table["verdict"]) == {verdict}


def test_too_few_rows_are_inconclusive_and_not_ok() -> None:
    y, p, _ = true_book(3, clients=2_000)
    found = jeffreys_table(rows_of(y[:20], p[:20]), NO_RATINGS)
    many = jeffreys_table(rows_of(y, p), NO_RATINGS)

    assert found["verdict"].tolist() == ["inconclusive"]
    assert found["power"][0] < 0.8 < many["power"][0]
    assert set(VERDICTS) >= {"inconclusive", *many["verdict"]}


def test_a_book_repeated_for_the_same_clients_is_worth_no_more() -> None:
    y, p, _ = true_book(1, clients=300, most=1)
    once = jeffreys_table(rows_of(y, p, np.arange(len(y))), NO_RATINGS).iloc[0]
    thrice = jeffreys_table(rows_of(np.tile(y, 3), np.tile(p, 3), np.tile(np.arange(len(y)), 3)), NO_RATINGS).iloc[0]

    assert thrice["rows"] == 3 * once["rows"]
    assert thrice["effective_rows"] == pytest.approx(once["effective_rows"])
    assert thrice["probability_above"] == pytest.approx(once["probability_above"])
