"""Benefits, the way back and small tasks; and until when rights last."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from prose import MONDAY, plan_of, tables_of

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.rights import rights_calendar
from inadimplencia_ml.tables import FURTHER

POLICY = Policy.default()
DEFAULT = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")


def cases_of(name: str) -> list[dict[str, Any]]:
    """The cases of a file, each with the file's name."""
    file = Path(__file__).parent / "cases" / f"{name}.yaml"
    return [case | {"file": name} for case in yaml.safe_load(file.read_text("utf-8"))]


CASES: list[dict[str, Any]] = cases_of("further")
RIGHTS: list[dict[str, Any]] = cases_of("rights")


def given_to(case: dict[str, Any]) -> list[str]:
    """The codes of one client; its dpd is a fact of the case too."""
    tables = tables_of([case])
    if "dpd" in case:
        tables.cases["dpd"] = case["dpd"]
    return list(decide(POLICY, *tables, as_of=MONDAY).further["code"])


@pytest.mark.parametrize("told", CASES, ids=[case["name"] for case in CASES])
def test_what_the_case_says_is_given(told: dict[str, Any]) -> None:
    assert given_to(told["case"]) == told["given_to"]


def test_every_entry_has_a_case_where_it_is_given_and_one_where_it_just_is_not() -> None:
    assert POLICY.further is not None
    every = {
        f"further.{kind}.{code}"
        for kind in ("benefit", "rehabilitation", "action")
        for code in getattr(POLICY.further, kind)
    }
    seen: dict[str, set[bool]] = {}
    for told in CASES:
        seen.setdefault(told["about"], set()).add(told["about"].split(".")[-1] in told["given_to"])
    assert {about for about, both in seen.items() if both == {True, False}} == every


@pytest.mark.parametrize(
    ("wrong", "checked"),
    [
        ({"bounced_email": True}, True),
        ({"bounced_email": False}, False),
        ({"other_party_phone": True}, True),
        ({"other_party_phone": False}, False),
        ({"consent_email": False}, False),  # who refuses a channel has no wrong address
    ],
)
def test_an_address_that_leads_nowhere_or_to_someone_else_is_checked(wrong: dict[str, Any], checked: bool) -> None:
    assert ("atualizar_cadastro" in given_to(wrong)) == checked


def test_of_the_steps_of_the_way_back_only_the_furthest_is_told() -> None:
    assert given_to({"days_since_cure": 200, "on_time_streak": 7}) == ["punctuality_discount", "complete"]


def test_each_line_carries_its_client_and_what_it_is_worth() -> None:
    plan = plan_of([{"client_id": "B"}, {"client_id": "A", "on_time_streak": 12}], POLICY)
    told = plan.further[["client_id", "kind", "code", "value"]].values.tolist()
    assert told == [["A", "benefit", "punctuality_discount", 0.02], ["A", "benefit", "extra_days", 5.0]]
    assert plan_of([{}], POLICY).further.empty
    assert list(plan.further) == [c.name for c in FURTHER.columns]


# --- rights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", RIGHTS, ids=[case["name"] for case in RIGHTS])
def test_the_right_ends_when_the_case_says(told: dict[str, Any]) -> None:
    titles = tables_of([{"titles": [told["title"]]}]).titles
    if "discount_until" in titles:
        titles["discount_until"] = pd.to_datetime(titles["discount_until"])
    found = rights_calendar(POLICY, titles, MONDAY)
    days = [] if found.empty else found["last_day"].dt.date
    assert [list(row) for row in zip(found["right"], days, found["value"], strict=True)] == told["rights"]


def test_every_right_has_a_case_where_it_holds_and_one_where_it_just_does_not() -> None:
    seen: dict[str, set[bool]] = {}
    for told in (case for case in RIGHTS if "about" in case):
        name = told["about"].removeprefix("rights.")
        seen.setdefault(name, set()).add(name in {right for right, *_ in told["rights"]})
    assert {name for name, both in seen.items() if both == {True, False}} == set(POLICY.rights or {})


def test_a_record_and_a_lawsuit_last_five_years_from_the_due_date() -> None:
    titles = tables_of([{"dpd": 10, "amount": 700.0}]).titles
    told = rights_calendar(POLICY, titles, MONDAY).set_index("right")
    assert told.loc[["record", "lawsuit"], "last_day"].dt.date.map(str).tolist() == ["2030-02-28"] * 2
    assert told.loc["record", ["value", "holder", "rule", "verified"]].tolist() == [700.0, "creditor", "R32", False]
    assert told.loc["record", "days_left"] == (pd.Timestamp("2030-02-28") - pd.Timestamp(MONDAY)).days


@pytest.mark.parametrize(("verified", "told"), [((), False), (("R32",), False), (("R31", "R32"), True)], ids=str)
def test_a_right_is_verified_if_all_its_sources_are(verified: tuple[str, ...], told: bool) -> None:
    text = DEFAULT.replace("    source: [R32]\n", "    source: [R31, R32]\n")
    for rule in verified:
        begin = text.index(f"  {rule}:\n")
        text = text[:begin] + text[begin:].replace("verified_on: null", "verified_on: 2025-01-02", 1)
    found = rights_calendar(Policy.from_text(text), tables_of([{"dpd": 10}]).titles, MONDAY).set_index("right")
    assert found.loc["record", "rule"] == "R31, R32"
    assert bool(found.loc["record", "verified"]) is told


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


def test_titles_without_their_columns_are_refused_with_the_near_name() -> None:
    titles = tables_of([{"dpd": 10}]).titles.rename(columns={"due_date": "due_dat"})
    with pytest.raises(CallError, match=r"'due_date' is missing.*due_dat"):
        rights_calendar(POLICY, titles, MONDAY)
    assert rights_calendar(POLICY, tables_of([{}]).titles, MONDAY).empty
