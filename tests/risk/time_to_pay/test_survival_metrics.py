"""Brier score and AUC over time: against cases worked by hand, and against plain loops with losses from sight."""

from __future__ import annotations

import re

import numpy as np
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.time_to_pay.censoring import censoring_curve, kaplan_meier
from inadimplencia_ml.risk.time_to_pay.survival_metrics import brier_by_time, dynamic_auc, integrated_brier


def test_the_curve_of_kaplan_and_meier_by_hand() -> None:
    curve = kaplan_meier([2, 3, 3, 5, 8], [True, True, False, True, False])

    assert curve.times.tolist() == [2, 3, 5]
    np.testing.assert_allclose(curve.values, [4 / 5, 4 / 5 * 3 / 4, 4 / 5 * 3 / 4 * 1 / 2])
    np.testing.assert_allclose(curve.at([1, 2, 4, 9]), [1, 0.8, 0.6, 0.3])
    np.testing.assert_allclose(curve.before([2, 3, 5]), [1, 0.8, 0.6])


def test_late_entries_are_at_risk_only_after_they_came() -> None:
    # At 2: the first alone. At 4: the second and third (one entered at 3, the other at 0); the fourth enters at 4.
    curve = kaplan_meier([2, 4, 6, 9], [True, True, False, True], entry=[0, 3, 0, 4])

    np.testing.assert_allclose(curve.values, [1 / 2, 1 / 2 * 1 / 2, 0])


def test_a_thin_beginning_does_not_end_the_curve() -> None:
    time, entry = [1, 5, 6, 7], [0, 2, 2, 2]

    assert kaplan_meier(time, [True] * 4, entry).at(6.5) == 0
    assert kaplan_meier(time, [True] * 4, entry, least_at_risk=2).at(6.5) == pytest.approx(2 / 3 * 1 / 2)


def test_the_curve_of_losses_takes_an_event_on_the_same_day_for_earlier() -> None:
    curve = censoring_curve([1, 2, 2, 4], [True, True, False, False])

    assert curve.times.tolist() == [2, 4]
    np.testing.assert_allclose(curve.values, [1 / 2, 0])


def test_the_brier_score_with_a_loss_by_hand() -> None:
    # Lost from sight on day 2: one of four; at risk of it three (one was paid on day 1), so G = 2/3 from day 2 on.
    time, cause, p = [1, 2, 3, 5], [1, 0, 1, 1], np.array([[0.5, 0.9], [0.3, 0.3], [0.2, 0.6], [0.1, 0.2]])
    day_1 = (0.5**2 + 0.3**2 + 0.2**2 + 0.1**2) / 4
    day_3 = (0.1**2 / 1 + 0 + 0.4**2 / (2 / 3) + 0.2**2 / (2 / 3)) / 4

    np.testing.assert_allclose(brier_by_time(time, cause, p, [1, 3]), [day_1, day_3])
    assert integrated_brier(time, cause, p, [1, 3]) == pytest.approx((day_1 + day_3) / 2)


def test_what_was_closed_otherwise_counts_as_never_paid() -> None:
    np.testing.assert_allclose(brier_by_time([1, 4], [2, 1], [[0.3], [0.6]], [2]), [(0.3**2 + 0.6**2) / 2])


def test_the_auc_by_hand() -> None:
    # By day 2 the first two are paid. Pairs with the last two: 0.8 beats both, 0.4 beats one and ties with the other.
    found = dynamic_auc([1, 2, 3, 9], [1, 1, 1, 0], [0.8, 0.4, 0.4, 0.1], [2])

    assert found.by_time[0] == pytest.approx((2 + 1.5) / 4)
    assert found.mean == found.by_time[0]


def test_an_auc_without_both_kinds_is_missing_and_left_out_of_the_mean() -> None:
    found = dynamic_auc([2, 3, 4], [1, 1, 1], [0.9, 0.5, 0.1], [1, 2, 4])

    assert np.isnan(found.by_time[[0, 2]]).all()
    assert found.mean == found.by_time[1] == 1


def test_both_are_what_plain_loops_make_of_them() -> None:
    rng = np.random.default_rng(4)
    n, grid = 60, np.array([3.0, 8.0, 15.0])
    time, cause = rng.integers(1, 25, n).astype(float), rng.choice([0, 1, 2], n, p=[0.3, 0.5, 0.2])
    p = np.sort(rng.random((n, 3)), axis=1)

    def in_sight(t: float, *, before: bool) -> float:
        value = 1.0
        for u in sorted(set(time[cause == 0])):
            if u < t or (u == t and not before):
                risk = sum(1 for i in range(n) if time[i] > u or (time[i] == u and cause[i] == 0))
                value *= 1 - sum(1 for i in range(n) if time[i] == u and cause[i] == 0) / risk
        return value

    for k, t in enumerate(grid):
        weight, paid = np.zeros(n), np.zeros(n)
        for i in range(n):
            if time[i] <= t and cause[i] != 0:
                weight[i], paid[i] = 1 / in_sight(time[i], before=True), cause[i] == 1
            elif time[i] > t:
                weight[i] = 1 / in_sight(t, before=False)
        brier = sum(weight[i] * (paid[i] - p[i, k]) ** 2 for i in range(n)) / n
        pairs = [(i, j) for i in range(n) for j in range(n) if paid[i] and not paid[j]]
        won = sum(weight[i] * weight[j] * ((p[i, k] > p[j, k]) + 0.5 * (p[i, k] == p[j, k])) for i, j in pairs)
        assert brier_by_time(time, cause, p, grid)[k] == pytest.approx(brier)
        assert dynamic_auc(time, cause, p, grid).by_time[k] == pytest.approx(
            won / sum(weight[i] * weight[j] for i, j in pairs)
        )


def test_the_truth_has_a_better_score_than_any_other_curve() -> None:
    rng = np.random.default_rng(8)
    rate = rng.uniform(0.02, 0.3, 4_000)
    came, lost = rng.geometric(rate), rng.integers(1, 40, 4_000)
    time, cause = np.minimum(came, lost), (came <= lost).astype(int)
    days = np.arange(1, 21)
    truth = 1 - (1 - rate[:, None]) ** days

    told = integrated_brier(time, cause, truth, days)
    assert told < integrated_brier(time, cause, truth * 0.85, days)
    assert told < integrated_brier(time, cause, np.tile(truth.mean(axis=0), (4_000, 1)), days)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"time": [0, 3]}, "every time lie after 0"),
        ({"cause": [1, 4]}, "cause: expected 0"),
        ({"predicted": [[0.2], [1.2]]}, "lies outside 0 to 1"),
        ({"predicted": [[0.2]]}, "do not fit"),
        ({"time": [1, 2], "cause": [1, 0], "times": [9]}, None),
    ],
)
def test_what_cannot_be_judged_is_told(change: dict, told: str | None) -> None:
    given = {"time": [1, 3], "cause": [1, 0], "predicted": [[0.2], [0.4]], "times": [2]} | change

    if told is None:
        # Nobody is in sight on day 9, but nobody needs to be: the loss weighs nothing, the payment its own.
        np.testing.assert_allclose(brier_by_time(**given), [0.8**2 / 2])
    else:
        with pytest.raises(CallError, match=re.escape(told)):
            brier_by_time(**given)
