"""Where a client stands: the worst title that is material, and the titles a decision is about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import MONDAY, tables_of

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.standing import Standing, concerned, standing

RULES = Policy.default().in_force(MONDAY)
TITLES = st.lists(
    st.fixed_dictionaries(
        {
            "dpd": st.integers(-60, 2000),
            "amount": st.integers(0, 10**7).map(lambda c: c / 100),
            "disputed": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)


def where(titles: list[dict[str, Any]]) -> Standing:
    frame = tables_of([{"titles": titles}]).titles
    return standing(frame, np.zeros(len(frame), np.int64), 1, RULES)


@given(TITLES)
def test_the_stage_is_that_of_a_title_that_may_be_collected(titles: list[dict[str, Any]]) -> None:
    stage = where(titles).stage_dpd[0]
    fair = {t["dpd"] for t in titles if not t["disputed"] and t["dpd"] < 1825}
    assert np.isnan(stage) or int(stage) in fair


@given(TITLES)
def test_what_is_at_least_as_late_as_the_stage_is_material_and_what_is_later_is_not(
    titles: list[dict[str, Any]],
) -> None:
    stage = where(titles).stage_dpd[0]
    fair = [(t["dpd"], round(t["amount"] * 100)) for t in titles if not t["disputed"] and t["dpd"] < 1825]
    needed = max(1000, 0.05 * sum(c for d, c in fair if d > 0))
    if np.isnan(stage):
        assert sum(c for _, c in fair) < needed
    else:
        assert sum(c for d, c in fair if d >= stage) >= needed - 1e-6
        assert sum(c for d, c in fair if d > stage) < needed


@given(TITLES, st.floats(0, 30))
def test_thirty_reais_at_two_hundred_days_never_speak_for_fifty_thousand_at_two(
    titles: list[dict[str, Any]], small: float
) -> None:
    big = {"dpd": 2, "amount": 50_000.0, "disputed": False}
    young = [t | {"dpd": min(t["dpd"], 2)} for t in titles]
    stage = where([*young, big, {"dpd": 200, "amount": round(small, 2), "disputed": False}]).stage_dpd[0]
    assert stage == 2


@given(TITLES, st.randoms(use_true_random=False))
def test_the_order_of_titles_changes_nothing(titles: list[dict[str, Any]], random: Any) -> None:
    shuffled = random.sample(titles, len(titles))
    assert np.array_equal(where(titles).stage_dpd, where(shuffled).stage_dpd, equal_nan=True)


@pytest.mark.parametrize(
    ("dpds", "wanted"),
    [([5, 0, -3], [True, False, False]), ([0, -3, -8], [True, True, False]), ([-9], [False])],
)
def test_a_decision_is_about_what_is_late_or_else_about_what_is_due_soon(dpds: list[int], wanted: list[bool]) -> None:
    assert concerned(where([{"dpd": d} for d in dpds]), -7).tolist() == wanted


def test_amounts_are_compared_in_whole_cents() -> None:
    assert where([{"dpd": 40, "amount": 0.1}] * 100).stage_dpd[0] == 40
    assert np.isnan(where([{"dpd": 40, "amount": 0.1}] * 99).stage_dpd[0])
