"""The level of late days: what held-out dates show of it is taken up, though they differ; that of other days is not."""

from __future__ import annotations

import numpy as np
import pytest

from inadimplencia_ml.risk.fold_agreement import agreed_level
from inadimplencia_ml.risk.time_to_pay.hazard import _levels

SHARES = (0.074, 0.082, 0.099)  # of three dates, each told 0.1


def test_dates_that_differ_move_the_late_days_some_way_and_the_others_not_at_all() -> None:
    rows = 10_000
    y = np.concatenate([np.arange(rows) < share * rows for share in SHARES]).astype(float)
    fold, weight = np.repeat([0, 1, 2], rows), np.ones(3 * rows)
    z = np.full(3 * rows, np.log(0.1 / 0.9))
    seen = np.log(np.array(SHARES) / (1 - np.array(SHARES))) - z[0]

    assert agreed_level(z, y, fold, weight) == 0.0  # as of a level of which nothing is expected
    for band in (1, 2):
        levels = _levels(z, y, weight, fold, np.full(3 * rows, band))
        assert seen.mean() < levels[band] < 0.5 * seen.mean()
        assert levels[[k for k in range(3) if k != band]].tolist() == [0.0, 0.0]
    assert _levels(z, y, weight, fold, np.zeros(3 * rows, int)).tolist() == [0.0, 0.0, 0.0]


def test_dates_that_contradict_each_other_move_nothing() -> None:
    rows = 10_000
    y = np.concatenate([np.arange(rows) < share * rows for share in (0.08, 0.1, 0.12)]).astype(float)
    z, fold = np.full(3 * rows, np.log(0.1 / 0.9)), np.repeat([0, 1, 2], rows)

    assert _levels(z, y, np.ones(3 * rows), fold, np.ones(3 * rows, int)) == pytest.approx(0.0, abs=1e-12)
