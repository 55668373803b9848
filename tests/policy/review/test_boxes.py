"""Whether conditions can hold and cover one another: held to trying every value, and to the engine's own reading."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inadimplencia_ml.policy.conditions import Condition, holds
from inadimplencia_ml.policy.facts import FrameFacts
from inadimplencia_ml.policy.review import boxes
from inadimplencia_ml.policy.review.boxes import Space, TooManyBoxes
from inadimplencia_ml.tables import CASES

KINDS = {"dpd": "count", "late_share_12m": "number", "uf": "text", "hardship": "bool"}
# Every value that a test below can tell from another: half steps for shares, whole ones for counts, and missing.
VALUES: dict[str, list[Any]] = {
    "dpd": [None, *range(-1, 5)],
    "late_share_12m": [None, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5],
    "uf": [None, "SP", "RJ", "ES"],
    "hardship": [None, False, True],
}
bound = st.integers(0, 3)
number_test = st.fixed_dictionaries({}, optional=dict.fromkeys(("ge", "gt", "le", "lt", "eq"), bound)).filter(bool)
number_test |= st.just({"known": False}) | st.just({"known": True}) | st.just({"in": [0, 2]})
tests = {
    "dpd": number_test,
    "late_share_12m": number_test,
    "uf": st.sampled_from([{"eq": "SP"}, {"in": ["SP", "RJ"]}, {"known": False}, {"known": True}]),
    "hardship": st.sampled_from([{"eq": True}, {"eq": False}, {"known": False}]),
}
plain = st.fixed_dictionaries({}, optional=tests)
told = st.tuples(plain, st.lists(plain, max_size=2)).map(lambda p: p[0] | ({"any": p[1]} if p[1] else {}))
conditions = told.map(Condition.model_validate)


def everything() -> FrameFacts:
    rows = list(itertools.product(*VALUES.values()))
    frame = pd.DataFrame(rows, columns=list(VALUES))
    frame["hardship"] = frame["hardship"].astype("boolean")
    frame["dpd"] = frame["dpd"].astype("Int64")
    return FrameFacts(frame, CASES)


EVERYTHING = everything()


@example(Condition.model_validate({"uf": {"in": ["SP", "RJ"]}}), [Condition.model_validate({"uf": {"eq": "SP"}})])
@given(conditions, st.lists(conditions, max_size=3))
def test_covered_and_possible_are_what_trying_every_value_finds(one: Condition, others: list[Condition]) -> None:
    space = Space([one, *others], KINDS)
    mine = holds(one, EVERYTHING)
    theirs = np.logical_or.reduce([holds(o, EVERYTHING) for o in others] or [np.zeros(len(mine), bool)])
    assert space.possible(one) == mine.any()
    assert space.covered(one, others) == (not (mine & ~theirs).any())
    if space.covered(one, others):
        assert space.seems_covered(one, others, 20, 1)


def test_between_two_neighbouring_whole_numbers_there_is_nothing_but_between_two_shares_there_is() -> None:
    above, below = {"gt": 3, "lt": 4}, {"le": 3}
    count = [Condition.model_validate({"dpd": one}) for one in (above, below)]
    share = [Condition.model_validate({"late_share_12m": one}) for one in (above, below)]
    assert not Space(count, KINDS).possible(count[0])
    assert Space(share, KINDS).possible(share[0])


def test_a_count_below_its_least_value_is_impossible() -> None:
    condition = Condition.model_validate({"dpd": {"lt": 0}})
    assert Space([condition], KINDS).possible(condition)
    assert not Space([condition], KINDS, {"dpd": 0}).possible(condition)
    share = Condition.model_validate({"late_share_12m": {"lt": 0.5}})
    assert Space([share], KINDS, {"late_share_12m": 0}).possible(share)


def test_conditions_that_hold_one_by_one_may_not_hold_together() -> None:
    one, other = (Condition.model_validate({"dpd": test}) for test in ({"ge": 5}, {"le": 4}))
    space = Space([one, other], KINDS)
    assert space.possible(one)
    assert space.possible(other)
    assert not space.possible(one, other)


def test_random_values_find_what_is_not_covered() -> None:
    wide, narrow = Condition.model_validate({"dpd": {"ge": 1}}), Condition.model_validate({"dpd": {"ge": 2}})
    space = Space([wide, narrow], KINDS)
    assert not space.seems_covered(wide, [narrow], 100, 1)


def test_too_many_pieces_are_said_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "MOST_BOXES", 1)
    one = Condition.model_validate({"dpd": {"ge": 0}})
    other = Condition.model_validate({"dpd": {"eq": 1}, "late_share_12m": {"eq": 1}})
    with pytest.raises(TooManyBoxes):
        Space([one, other], KINDS).covered(one, [other])
