"""Conditions as data: what passes, and that what is missing passes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.policy.conditions import Condition, check_facts, holds
from inadimplencia_ml.policy.facts import FrameFacts, fact_kinds
from inadimplencia_ml.tables import CASES

CLIENTS = pd.DataFrame(
    {
        "dpd": [5.0, 31.0, None],
        "uf": ["SP", "RJ", None],
        "vulnerable": pd.array([True, False, None], dtype="boolean"),
        "last_contact_on": pd.to_datetime(["2025-03-01", "2025-03-10", None]),
    }
)


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ({"dpd": {"ge": 31}}, [False, True, False]),
        ({"dpd": {"gt": 31}}, [False, False, False]),
        ({"dpd": {"le": 5}}, [True, False, False]),
        ({"dpd": {"lt": 5}}, [False, False, False]),
        ({"dpd": {"gt": 4, "lt": 6}}, [True, False, False]),
        ({"dpd": {"eq": 5}}, [True, False, False]),
        ({"dpd": {"in": [5, 31]}}, [True, True, False]),
        ({"dpd": {"known": False}}, [False, False, True]),
        ({"dpd": {"known": True}}, [True, True, False]),
        ({"uf": {"eq": "SP"}}, [True, False, False]),
        ({"uf": {"in": ["SP", "RJ"]}}, [True, True, False]),
        ({"uf": {"known": False}}, [False, False, True]),
        ({"vulnerable": {"eq": True}}, [True, False, False]),
        ({"vulnerable": {"eq": False}}, [False, True, False]),
        ({"last_contact_on": {"ge": 20157}}, [False, True, False]),
        ({"dpd": {"ge": 1}, "uf": {"eq": "RJ"}}, [False, True, False]),
        ({"any": [{"uf": {"eq": "SP"}}, {"dpd": {"ge": 31}}]}, [True, True, False]),
        ({"dpd": {"ge": 31}, "any": [{"uf": {"eq": "SP"}}, {"uf": {"eq": "RJ"}}]}, [False, True, False]),
        ({"contacts_7d": {"ge": 0}}, [False, False, False]),
        ({"contacts_7d": {"known": False}}, [True, True, True]),
        ({}, [True, True, True]),
    ],
)
def test_a_condition_holds_where_all_its_tests_do(when: dict[str, Any], wanted: list[bool]) -> None:
    assert holds(Condition.model_validate(when), FrameFacts(CLIENTS, CASES)).tolist() == wanted


@given(st.lists(st.none() | st.integers(-400, 2000), min_size=1, max_size=20), st.integers(-400, 2000))
def test_a_test_and_its_opposite_share_no_row_and_leave_out_only_the_missing(dpd: list[int | None], bound: int) -> None:
    facts = FrameFacts(pd.DataFrame({"dpd": pd.array(dpd, dtype="Int64")}), CASES)
    above = holds(Condition.model_validate({"dpd": {"ge": bound}}), facts)
    below = holds(Condition.model_validate({"dpd": {"lt": bound}}), facts)
    assert not (above & below).any()
    assert (~(above | below)).tolist() == [d is None for d in dpd]


def test_a_condition_is_written_as_it_was_read() -> None:
    told = {"dpd": {"ge": 31.0}, "any": [{"uf": {"in": ("SP", "RJ")}}, {"vulnerable": {"eq": True}}]}
    assert Condition.model_validate(told).model_dump() == told


def test_an_unknown_fact_is_told_with_the_near_one() -> None:
    with pytest.raises(ValueError, match=r"unknown fact 'do_not_contac'\. Did you mean 'do_not_contact'"):
        check_facts(Condition.model_validate({"do_not_contac": {"eq": True}}), fact_kinds("client"))


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"vulnerable": {"ge": 1}}, r"'vulnerable' is a bool, and is compared with 1\.0"),
        ({"dpd": {"eq": True}}, r"'dpd' is a number, and is compared with True"),
        ({"uf": {"eq": 3}}, r"'uf' is a text, and is compared with 3"),
    ],
)
def test_a_fact_is_compared_with_its_own_kind(when: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_facts(Condition.model_validate(when), fact_kinds("client"))


def test_facts_that_the_engine_found_go_before_columns() -> None:
    facts = FrameFacts(CLIENTS, CASES)
    facts.add("dpd", np.array([1.0, np.nan, 3.0]))
    facts.add("segment", np.array(["low", "high", "none"], dtype=object))
    assert holds(Condition.model_validate({"dpd": {"known": True}}), facts).tolist() == [True, False, True]
    assert holds(Condition.model_validate({"segment": {"in": ["high"]}}), facts).tolist() == [False, True, False]
