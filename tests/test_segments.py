from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.errors import BundleError, CallError
from inadimplencia_ml.segments import SEGMENTS, RiskBands, fit_bands


def draw(rows: int, a: float = 0.7, b: float = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(a, b, rows)
    return p, (rng.random(rows) < p).astype(float)


@given(st.integers(0, 500), st.integers(30, 3_000), st.floats(0.2, 3), st.floats(1, 20))
def test_ratings_rise_in_bad_rate_and_each_holds_enough(seed: int, rows: int, a: float, b: float) -> None:
    p, y = draw(rows, a, b, seed)
    bands = fit_bands(p, y)
    names = bands.rating(p)
    rates = [y[names == r].mean() for r in bands.ratings]

    assert (np.diff(rates) > 0).all()
    assert list(bands.ratings) == list("ABCDEFGHIJ"[: len(bands.ratings)])
    if len(bands.ratings) > 1:
        assert all((names == r).sum() >= 0.02 * rows for r in bands.ratings)
        assert all(y[names == r].sum() >= 5 for r in bands.ratings)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_risk_never_earns_a_better_rating_or_segment(p: float, q: float) -> None:
    bands = fit_bands(*draw(5_000))
    low, high = sorted((p, q))
    ratings, segments = bands.rating([low, high]), bands.segment([low, high])

    assert ratings[0] <= ratings[1]
    assert SEGMENTS.index(segments[0]) <= SEGMENTS.index(segments[1])


def test_a_large_clean_book_has_ten_ratings() -> None:
    bands = fit_bands(*draw(100_000, 1, 4))

    assert "".join(bands.ratings) == "ABCDEFGHIJ"
    assert bands.note == "rating_edges"


def test_segments_end_at_the_rating_edges_nearest_to_what_was_wished() -> None:
    bands = fit_bands(*draw(100_000, 1, 4), segment_edges=(0.05, 0.30))

    for edge, wish in zip(bands.segment_edges, (0.05, 0.30), strict=True):
        assert edge == min(bands.rating_edges, key=lambda e: abs(e - wish))
    assert bands.wished_edges == (0.05, 0.30)


def test_a_segment_of_hardly_any_client_moves_the_edges_to_centiles_of_the_clients() -> None:
    p, y = draw(20_000, 1, 4)
    # Every snapshot of high risk is of one and the same client: many snapshots, one client in thousands.
    groups = np.where(p > 0.4, -1, np.arange(len(p)))
    by_row, by_client = fit_bands(p, y, segment_edges=(0.05, 0.5)), fit_bands(p, y, groups, segment_edges=(0.05, 0.5))
    others = by_client.segment(p[p <= 0.4])

    assert (by_row.note, by_client.note) == ("rating_edges", "centiles")
    assert by_client.rating_edges == by_row.rating_edges
    assert [np.mean(others == s) for s in SEGMENTS] == pytest.approx([0.50, 0.35, 0.15], abs=0.01)


def test_too_few_bad_ones_leave_one_segment() -> None:
    rng = np.random.default_rng(0)
    bands = fit_bands(rng.random(300) / 10, np.r_[np.ones(8), np.zeros(292)])

    assert (bands.ratings, bands.segment_edges, bands.note) == (("A",), (), "one_segment")
    assert bands.segment([0.001, 0.9]).tolist() == ["medium", "medium"]


def test_one_probability_for_all_is_one_rating() -> None:
    bands = fit_bands(np.full(1_000, 0.1), np.r_[np.ones(100), np.zeros(900)])

    assert bands.ratings == ("A",)


def test_an_edge_lies_between_values_so_that_last_bits_change_no_rating() -> None:
    p, y = draw(5_000)
    bands = fit_bands(p, y)

    assert np.array_equal(bands.rating(p), bands.rating(p * (1 + 1e-12)))


def test_a_missing_probability_has_no_rating_and_no_segment() -> None:
    bands = fit_bands(*draw(5_000))

    assert bands.rating([np.nan, 0.5])[0] is None
    assert bands.segment([np.nan, 0.5])[0] is None


def test_plain_data_brings_bands_back() -> None:
    bands = fit_bands(*draw(5_000))

    assert RiskBands.from_json(json.loads(json.dumps(bands.to_json()))) == bands


@pytest.mark.parametrize(
    "changed",
    [{"rating_edges": [0.2, 0.1]}, {"segment_edges": [0.1]}, {"rating_edges": list(np.linspace(0.1, 0.9, 12))}],
)
def test_edges_that_cannot_be_are_refused(changed: dict[str, list[float]]) -> None:
    with pytest.raises(BundleError, match="ratings of the model cannot be used"):
        RiskBands.from_json(fit_bands(*draw(5_000)).to_json() | changed)


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(CallError, match="expected two rising probabilities"):
        fit_bands([0.1], [0], segment_edges=(0.2, 0.1))
    with pytest.raises(CallError, match="Ratings need a probability and an outcome a row"):
        fit_bands([0.1, np.nan], [0, 1])
    with pytest.raises(CallError, match="groups has 1 values"):
        fit_bands([0.1, 0.2], [0, 1], [1])
    with pytest.raises(BundleError, match="cannot be read"):
        RiskBands.from_json({})
