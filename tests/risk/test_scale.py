from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.scale import (
    HIGHEST_PROBABILITY,
    LOWEST_PROBABILITY,
    POINTS_PER_LOG_ODDS,
    clip_probability,
    clipped_count,
    probability_of,
    score,
    score_raw,
)


def test_the_ends_of_the_scale_are_those_of_its_definition() -> None:
    assert pytest.approx(1.7263e-5, abs=5e-10) == LOWEST_PROBABILITY
    assert pytest.approx(0.9982766, abs=5e-8) == HIGHEST_PROBABILITY
    assert score_raw([LOWEST_PROBABILITY, HIGHEST_PROBABILITY]) == pytest.approx([1000, 0], abs=1e-9)


@given(st.floats(LOWEST_PROBABILITY, HIGHEST_PROBABILITY))
def test_points_invert_to_the_probability(p: float) -> None:
    assert float(probability_of(score_raw([p]))[0]) == pytest.approx(p, abs=1e-12)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_risk_never_brings_more_points(p: float, q: float) -> None:
    low, high = sorted((p, q))

    assert score_raw([low])[0] >= score_raw([high])[0]
    assert score([low])[0] >= score([high])[0]


@given(st.floats(0, 1))
def test_a_score_is_a_whole_number_from_0_to_1000(p: float) -> None:
    points = float(score([p])[0])

    assert points == int(points)
    assert 0 <= points <= 1000


def test_forty_points_double_the_odds_of_being_good() -> None:
    p = 1 / (1 + 10 * 2.0 ** np.arange(-3, 4))

    assert np.diff(score_raw(p)) == pytest.approx(np.full(6, 40.0))
    assert POINTS_PER_LOG_ODDS * np.log(2) == pytest.approx(40)


def test_what_lies_outside_the_scale_is_counted() -> None:
    p = [0.0, 1e-6, 0.5, 0.9999, np.nan]

    assert clipped_count(p) == 3
    assert clip_probability(p)[:4] == pytest.approx([LOWEST_PROBABILITY, LOWEST_PROBABILITY, 0.5, HIGHEST_PROBABILITY])


def test_a_missing_probability_has_no_points() -> None:
    assert np.isnan(score([np.nan])).all()


def test_one_row_and_a_batch_give_the_same_bits() -> None:
    p = np.random.default_rng(0).random(1_000)

    assert np.array_equal(score_raw(p), np.concatenate([score_raw(p[[i]]) for i in range(1_000)]))
    assert np.array_equal(score_raw(p[::3]), score_raw(p)[::3])


def test_no_probability_lies_outside_0_to_1() -> None:
    with pytest.raises(CallError, match="outside 0 to 1"):
        score_raw([1.2])
