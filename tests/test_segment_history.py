"""What an earlier score keeps of a segment."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.segment_history import last_segment, segments_over_time
from inadimplencia_ml.segments import SEGMENTS, RiskBands
from inadimplencia_ml.tables import SEGMENT_BASES

EDGES = np.array([540.0, 460.0])  # low | medium at 540 points, medium | high at 460
BAND, MEMORY = 10.0, 100
few = settings(max_examples=15, deadline=None)
POINTS = st.floats(400, 600) | st.floats(528, 552) | st.floats(448, 472)


def own_of(points: Any) -> np.ndarray:
    place = (np.asarray(points)[:, None] < EDGES).sum(axis=1)
    return np.array(SEGMENTS, dtype=object)[place]


def rows(points: Any, day: str = "2025-06-30", state: str = "scoreable", **told: Any) -> pd.DataFrame:
    """Scores of clients 0, 1, ... on a day."""
    base = {"model_version": "m", "target": "t", "state": state} | told
    frame = pd.DataFrame({"client_id": np.arange(len(points)), "score_raw": np.asarray(points, float)})
    return frame.assign(as_of=pd.Timestamp(day), **base)


def scored(
    now: pd.DataFrame, history: pd.DataFrame | None, edges: Any = EDGES, band: float = BAND
) -> tuple[list[str], list[str]]:
    own = np.where(now["state"] == "already_bad", "high", own_of(now["score_raw"]))
    segment, basis = segments_over_time(now, own, history, SEGMENTS, np.asarray(edges), band, MEMORY)
    return list(segment), list(basis)


def past(*segments: str, day: str = "2025-05-31", **told: Any) -> pd.DataFrame:
    return rows(np.zeros(len(segments)), day, **told).assign(segment=list(segments))


def test_near_an_edge_the_earlier_segment_is_kept_and_beyond_the_band_it_is_not() -> None:
    points = [530.1, 530.0, 549.9, 550.0, 450.1, 450.0, 469.9, 470.0]
    before = past("low", "low", "medium", "medium", "medium", "medium", "high", "high")
    segment, basis = scored(rows(points), before)
    assert segment == ["low", "medium", "medium", "low", "medium", "high", "high", "medium"]
    assert basis == ["kept", "probability"] * 4


def test_a_worsening_or_recovery_far_beyond_the_edge_is_taken_at_once() -> None:
    assert scored(rows([440.0, 560.0]), past("low", "high")) == (["high", "low"], ["probability"] * 2)


@few
@given(st.lists(POINTS, min_size=1, max_size=12))
def test_without_earlier_scores_or_without_a_band_the_segment_is_that_of_the_probability(points: list[float]) -> None:
    own = list(own_of(points))
    assert scored(rows(points), None) == (own, ["no_history"] * len(points))
    history = past(*np.resize(SEGMENTS, len(points)))
    assert scored(rows(points), history, band=0.0) == (own, ["off"] * len(points))
    assert scored(rows(points), history, edges=[])[1] == ["off"] * len(points)


@pytest.mark.parametrize("width", [1.0, 8.0, 15.0, 25.0, 80.0])
@pytest.mark.parametrize("edge", [0, 1])
def test_inside_the_band_of_an_edge_a_segment_once_left_is_not_come_back_to(width: float, edge: int) -> None:
    """Runs one after another, each with the segments of the last as its history; the edges may lie very near."""
    edges = np.array([540.0, 540.0 - width])
    rng, seen, history = np.random.default_rng(edge), [], None
    for day in pd.date_range("2025-01-31", periods=8, freq="30D"):
        now = rows(edges[edge] + rng.uniform(-9.99, 9.99, 200), str(day.date()))
        own = np.array(SEGMENTS, dtype=object)[(now["score_raw"].to_numpy()[:, None] < edges).sum(axis=1)]
        segment, _ = segments_over_time(now, own, history, SEGMENTS, edges, BAND, MEMORY)
        history = now.assign(segment=segment)
        seen.append(segment)
    for lived in np.array(seen).T.tolist():
        changes = [one for one, _ in itertools.groupby(lived)]
        assert len(changes) == len(set(changes))
        assert len(changes) == 1 or width < 2 * BAND


@few
@given(st.lists(POINTS, min_size=3, max_size=12), st.randoms(use_true_random=False))
def test_more_points_never_earn_a_riskier_segment_than_the_same_past_with_fewer(
    points: list[float], random: Any
) -> None:
    before = random.choice(SEGMENTS)
    ranked = sorted(points)
    segment, _ = scored(rows(ranked), past(*[before] * len(points)))
    place = [SEGMENTS.index(one) for one in segment]
    assert place == sorted(place, reverse=True)


@pytest.mark.parametrize(
    ("told", "basis"),
    [
        ({}, "kept"),
        ({"day": "2025-03-22"}, "kept"),  # a hundred days before
        ({"day": "2025-03-21"}, "stale"),
        ({"day": "2025-06-30"}, "no_history"),
        ({"model_version": "other"}, "other_model"),
        ({"target": "other"}, "other_target"),
        ({"state": "already_bad", "target": "other"}, "was_bad"),
        ({"state": "no_exposure"}, "no_history"),  # its segment is that of an older score
    ],
)
def test_an_earlier_score_counts_if_it_is_fresh_and_of_the_same_model_and_target(
    told: dict[str, Any], basis: str
) -> None:
    segment, found = scored(rows([535.0]), past("low", **told))
    assert found == [basis]
    assert segment == ["low" if basis == "kept" else "medium"]
    assert basis in SEGMENT_BASES


def test_scores_that_do_not_tell_their_model_are_not_compared_with() -> None:
    bare = past("low")[["client_id", "as_of", "segment"]]
    assert scored(rows([535.0]), bare) == (["medium"], ["other_model"])


def test_the_last_score_counts_and_one_in_between_that_was_none_does_not() -> None:
    history = pd.concat([past("high", day="2025-04-30"), past("low", day="2025-05-31"),
                         past("medium", day="2025-06-15", state="inactive")])  # fmt: skip
    assert scored(rows([535.0]), history) == (["low"], ["kept"])


def test_who_is_in_the_event_is_of_high_risk_whatever_came_before() -> None:
    now = rows([560.0], state="already_bad")
    assert scored(now, past("low")) == (["high"], ["already_bad"])


def test_who_has_no_score_keeps_the_last_segment_however_old() -> None:
    now = rows([np.nan, np.nan], state="no_exposure")
    assert scored(now, past("medium", day="2020-01-31")) == (["medium", "none"], ["last", "none"])
    assert scored(now, None) == (["none", "none"], ["none", "none"])


def test_a_score_of_an_invoice_keeps_nothing() -> None:
    assert scored(rows([535.0]).assign(invoice_id="I"), past("low")) == (["medium"], ["no_history"])


def test_the_order_of_the_history_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    days = ["2025-03-31", "2025-04-30", "2025-05-31"]
    history = pd.concat([past(*rng.choice(SEGMENTS, 40), day=day) for day in days])
    now = rows(rng.uniform(440, 560, 40))
    assert scored(now, history) == scored(now, history.sample(frac=1, random_state=1))


@pytest.mark.parametrize("kind", ["int64", "int32", "float64", "Int64", "str", object])
def test_a_history_that_says_ids_otherwise_is_of_the_same_clients_if_they_read_the_same(kind: Any) -> None:
    points, before = [530.1, 530.0, 549.9], past("low", "low", "medium")
    expected = scored(rows(points), before)
    assert scored(rows(points).astype({"client_id": "str"}), before.astype({"client_id": kind})) == expected
    assert scored(rows(points), before.astype({"client_id": kind})) == expected


def test_ids_that_are_no_numbers_meet_no_history_of_numbers() -> None:
    named = rows([530.1]).assign(client_id="C1")
    assert scored(named, past("low")) == (["medium"], ["no_history"])
    assert list(last_segment(named, past("low"))) == ["none"]


def test_a_history_without_its_columns_is_refused() -> None:
    with pytest.raises(CallError, match="history: column 'segment' is missing"):
        last_segment(rows([500.0]), past("low").drop(columns="segment"))


def test_bands_keep_their_own_band_and_older_ones_have_none() -> None:
    bands = RiskBands((0.05, 0.2), (0.05, 0.2), band_points=8.0, memory_days=45)
    assert RiskBands.from_json(bands.to_json()) == bands
    older = {name: value for name, value in bands.to_json().items() if name not in ("band_points", "memory_days")}
    assert RiskBands.from_json(older).band_points == 0
