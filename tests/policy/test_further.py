"""Benefits, the way back and small tasks; and until when rights last."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from prose import MONDAY, plan_of, tables_of

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.rights import rights_calendar
from inadimplencia_ml.tables import FURTHER

POLICY = Policy.default()

# For each entry a case for which it holds, and one for which it just does not.
BOTH: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "thanks": ({"on_time_streak": 3}, {"on_time_streak": 2}),
    "punctuality_discount": ({"on_time_streak": 6}, {"on_time_streak": 5}),
    "extra_days": ({"on_time_streak": 12}, {"on_time_streak": 12, "dpd": 1}),
    "complete": (
        {"days_since_cure": 180, "on_time_streak": 6},
        {"days_since_cure": 180, "on_time_streak": 5},
    ),
    "half_way": ({"days_since_cure": 90, "on_time_streak": 3}, {"days_since_cure": 89, "on_time_streak": 3}),
    "begun": ({"days_since_cure": 0}, {"days_since_cure": 365}),
    "atualizar_cadastro": ({"contacts_90d": 3, "answered_90d": 0}, {"contacts_90d": 2, "answered_90d": 0}),
    "segunda_via": ({"dpd": -3}, {"dpd": -4}),
    "avisar_vendedor": ({"dpd": 16}, {"dpd": 15}),
    "prorrogar": ({"dpd": 15, "profile": "P2"}, {"dpd": 16, "profile": "P2"}),
}


def given_to(case: dict[str, Any]) -> list[str]:
    """The codes of one client; its dpd is a fact of the case too."""
    tables = tables_of([case])
    if "dpd" in case:
        tables.cases["dpd"] = case["dpd"]
    return list(decide(POLICY, *tables, as_of=MONDAY).further["code"])


def test_every_entry_has_both_cases() -> None:
    assert POLICY.further is not None
    every = {code for kind in ("benefit", "rehabilitation", "action") for code in getattr(POLICY.further, kind)}
    assert set(BOTH) == every


@pytest.mark.parametrize("code", BOTH)
def test_an_entry_is_given_where_it_holds_and_just_not_beside_it(code: str) -> None:
    holds, just_not = BOTH[code]
    assert code in given_to(holds)
    assert code not in given_to(just_not)


def test_of_the_steps_of_the_way_back_only_the_furthest_is_told() -> None:
    assert given_to({"days_since_cure": 200, "on_time_streak": 7}) == ["punctuality_discount", "complete"]


def test_each_line_carries_its_client_and_what_it_is_worth() -> None:
    plan = plan_of([{"client_id": "B"}, {"client_id": "A", "on_time_streak": 12}], POLICY)
    told = plan.further[["client_id", "kind", "code", "value"]].values.tolist()
    assert told == [["A", "benefit", "punctuality_discount", 0.02], ["A", "benefit", "extra_days", 5.0]]
    assert plan_of([{}], POLICY).further.empty
    assert list(plan.further) == [c.name for c in FURTHER.columns]


# --- rights ----------------------------------------------------------------------------------------------------------


def test_a_record_and_a_lawsuit_last_five_years_from_the_due_date() -> None:
    titles = tables_of([{"dpd": 10, "amount": 700.0}]).titles
    told = rights_calendar(POLICY, titles, MONDAY).set_index("right")
    assert told.loc[["record", "lawsuit"], "last_day"].dt.date.map(str).tolist() == ["2030-02-28"] * 2
    assert told.loc["record", ["value", "holder", "rule", "verified"]].tolist() == [700.0, "creditor", "R32", False]
    assert told.loc["record", "days_left"] == (pd.Timestamp("2030-02-28") - pd.Timestamp(MONDAY)).days


def test_a_right_that_is_over_has_days_below_zero() -> None:
    titles = tables_of([{"dpd": 5 * 365 + 1 + 1}]).titles
    assert rights_calendar(POLICY, titles, MONDAY).set_index("right").loc["record", "days_left"] == -1


def test_the_discount_for_paying_in_time_is_the_clients_right_until_its_day() -> None:
    titles = tables_of([{"dpd": -10, "amount": 1000.0}, {"dpd": -10}]).titles
    titles["discount_rate"], titles["discount_until"] = [0.05, float("nan")], [pd.Timestamp("2025-03-15"), pd.NaT]
    told = rights_calendar(POLICY, titles, MONDAY)
    assert told[["right", "holder", "days_left", "value"]].values.tolist() == [
        ["punctuality_discount", "client", 5, 50.0]
    ]


def test_a_29th_of_february_ends_on_the_28th() -> None:
    titles = tables_of([{"dpd": 375}]).titles.assign(due_date=pd.Timestamp("2024-02-29"))
    assert str(rights_calendar(POLICY, titles, MONDAY)["last_day"].iloc[0].date()) == "2029-02-28"


def test_titles_without_their_columns_are_refused_with_the_near_name() -> None:
    titles = tables_of([{"dpd": 10}]).titles.rename(columns={"due_date": "due_dat"})
    with pytest.raises(CallError, match=r"'due_date' is missing.*due_dat"):
        rights_calendar(POLICY, titles, MONDAY)
    assert rights_calendar(POLICY, tables_of([{}]).titles, MONDAY).empty
