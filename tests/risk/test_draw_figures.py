from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from inadimplencia_ml.risk.client_draws import ClientDraws
from inadimplencia_ml.risk.draw_figures import CellSums, RankFigures, ratio, resample
from inadimplencia_ml.risk.metrics import Ranking


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 12]), st.integers(1, 20))
def test_figures_of_a_draw_are_those_of_rows_repeated_as_often_as_drawn(seed: int, decimals: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 60))
    y, p = (rng.random(size) < 0.4).astype(float), np.round(rng.random(size), decimals)
    drawn = ClientDraws(rng.integers(0, 9, size), size, n, seed)
    ranks = RankFigures(y, p, drawn)
    cell = rng.integers(-1, 3, size)
    sums, total = CellSums([y, p], drawn, cell, 3), CellSums([y, p], drawn)
    resample(drawn, [ranks, sums, total])
    counts = [np.ones(drawn.clients, dtype=int), *drawn.draws()]

    for i, count in enumerate(counts):
        again = np.repeat(np.arange(size), count[drawn.place])
        if 0 < y[again].sum() < len(again):
            assert ranks.draws[i] == pytest.approx(Ranking(y[again], p[again]).figures())
        for k in range(3):
            held = again[cell[again] == k]
            assert sums.draws[i, k] == pytest.approx([y[held].sum(), p[held].sum()])
        assert total.draws[i, 0] == pytest.approx([y[again].sum(), p[again].sum()])


def test_mass_counts_as_weights_do_in_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    y, p, mass = (rng.random(300) < 0.3).astype(float), np.round(rng.random(300), 1), rng.integers(0, 5, 300) * 1.5
    drawn = ClientDraws(None, 300, 0, 0)
    ranks = RankFigures(y, p, drawn, mass=mass)
    resample(drawn, [ranks])

    assert ranks.draws[0, 0] == pytest.approx(roc_auc_score(y, p, sample_weight=mass))
    assert ranks.draws[0, 1] == pytest.approx(average_precision_score(y, p, sample_weight=mass))


def test_a_part_of_the_rows_reads_the_draws_of_all_of_them() -> None:
    rng = np.random.default_rng(0)
    y, p, client = (rng.random(200) < 0.3).astype(float), rng.random(200), rng.integers(0, 40, 200)
    held = rng.random(200) < 0.5
    drawn = ClientDraws(client, 200, 20, 3)
    part = RankFigures(y[held], p[held], drawn, held=held)
    by_mass = RankFigures(y, p, drawn, mass=held.astype(float))
    resample(drawn, [part, by_mass])

    assert np.array_equal(part.draws, by_mass.draws)


def test_one_class_gives_no_rank_figure() -> None:
    drawn = ClientDraws(None, 3, 2, 0)
    goods, nobody = (
        RankFigures(np.zeros(3), np.arange(3) / 3, drawn),
        RankFigures(np.empty(0), np.empty(0), drawn, held=np.zeros(3, dtype=bool)),
    )
    resample(drawn, [goods, nobody])

    assert np.isnan(goods.draws).all()
    assert np.isnan(nobody.draws).all()


def test_nothing_over_nothing_is_no_figure() -> None:
    assert np.isnan(ratio(np.array([0.0]), np.array([0.0]))).all()
