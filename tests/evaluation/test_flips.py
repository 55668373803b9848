"""Flips of ratings and segments on models whose steps are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from inadimplencia_ml.evaluation.flips import flips_by_jitter, flips_in_interval
from inadimplencia_ml.risk.scorer import Scored
from inadimplencia_ml.segments import RiskBands

BANDS = RiskBands((0.1, 0.2, 0.3), (0.1, 0.3))


def step_at_ten_days(x: pd.DataFrame) -> Any:
    p = np.where(x["dpd_max"] > 10, 0.25, 0.05)
    return np.column_stack([1 - p, p])


SCORER: Any = SimpleNamespace(
    columns=["dpd_max", "open_amount", "late_share_365d"], classifier=SimpleNamespace(predict_proba=step_at_ten_days)
)


def table(days: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"dpd_max": days, "open_amount": 100.0, "late_share_365d": 0.5})


def test_only_clients_within_a_day_of_the_step_flip_and_its_feature_is_named() -> None:
    found, moved = flips_by_jitter(SCORER, table([0.0, 9.0, 10.0, 11.0, 12.0]), BANDS)
    assert (found.rows, found.segment, found.rating) == (5, 0.4, 0.4)  # those of 10 and of 11 days
    assert moved["feature"].tolist() == ["dpd_max", "open_amount"]  # a share is neither money nor days
    assert moved["step"].tolist() == [1.0, 0.01]
    assert moved["rating_flips"].tolist() == [0.2, 0.0]


def test_no_row_gives_no_share() -> None:
    found, moved = flips_by_jitter(SCORER, table([]), BANDS)
    assert found.rows == 0
    assert np.isnan(found.segment)
    assert moved.empty


def test_an_interval_changes_a_rating_or_segment_at_one_edge_and_jumps_at_two() -> None:
    low, p = np.array([0.01, 0.15, 0.08, 0.08]), np.array([0.02, 0.18, 0.15, 0.2])
    high = np.array([0.05, 0.25, 0.22, 0.4])
    found = flips_in_interval(Scored(p, low, high, np.empty((len(p), 0), object)), BANDS)
    # A to A; B to C, both medium; A to C, low to medium; A to D, low to high
    assert found == (4, 2 / 4, 1 / 4, 3 / 4, 2 / 4)


def test_nothing_moves_from_zero_to_zero_or_over_it() -> None:
    from inadimplencia_ml.evaluation.flips import _moved

    values = pd.Series([0.0, 1.0, 2.0, -1.0, -2.0, 0.01, np.nan])

    assert _moved(values, -1.0).tolist()[:-1] == [0.0, 1.0, 1.0, -2.0, -3.0, 0.01]
    assert _moved(values, 0.01).tolist()[:-1] == [0.0, 1.01, 2.01, -0.99, -1.99, 0.02]
    assert np.isnan(_moved(values, 1.0).iloc[-1])
