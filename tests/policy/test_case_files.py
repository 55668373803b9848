"""Every case file is carried out: a few facts, and what is decided on them, in words a collections manager can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from prose import MONDAY, plan_of, tables_of

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import assign_profiles

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
CASES: list[dict[str, Any]] = [c | {"file": f.stem} for f in FILES for c in yaml.safe_load(f.read_text("utf-8"))]
POLICY = Policy.default()
PLANS: dict[int, tuple[dict[str, Any], pd.DataFrame, str]] = {}


def decided(told: dict[str, Any], policy: Policy = POLICY) -> tuple[dict[str, Any], pd.DataFrame, str]:
    """The decision, its titles and the profile of a case; under the default policy made once."""
    if policy is POLICY and id(told) in PLANS:
        return PLANS[id(told)]
    as_of = told.get("as_of", MONDAY)
    options = dict(told.get("given", {}))
    if "history" in options:
        options["history"] = pd.DataFrame([{"client_id": "C1"} | row for row in options["history"]])
    plan = plan_of([told["case"]], policy, as_of, **options)
    profile = assign_profiles(tables_of([told["case"]], as_of).cases, POLICY, as_of)[0]
    found = plan.decisions.iloc[0].to_dict(), plan.items, str(profile)
    if policy is POLICY:
        PLANS[id(told)] = found
    return found


@pytest.mark.parametrize("told", CASES, ids=[f"{c['file']}: {c['name']}" for c in CASES])
def test_the_case_is_decided_as_it_says(told: dict[str, Any]) -> None:
    decision, items, profile = decided(told)
    wanted = dict(told["decision"])
    got = {name: decision[name] for name in wanted if name in decision}
    got = {k: None if not isinstance(v, list) and pd.isna(v) else v for k, v in got.items()}
    got |= {k: v.to_pydatetime() for k, v in got.items() if isinstance(v, pd.Timestamp)}
    if "profile" in wanted:
        got["profile"] = profile
    if "titles" in wanted:
        got["titles"] = items["invoice_id"].tolist()
    if "because" in wanted:
        got["because"] = next(
            (wanted["because"] for r in decision["reasons"] if wanted["because"] in r), decision["reasons"]
        )
    assert got == wanted


def test_every_safeguard_has_a_case_where_it_holds_back_and_one_where_it_just_does_not() -> None:
    seen: dict[str, set[bool]] = {}
    for told in CASES:
        if "about" in told:
            held = told["about"] in decided(told)[0]["blocked_by"]
            seen.setdefault(told["about"], set()).add(held)
    assert {name for name, both in seen.items() if both == {True, False}} == {*POLICY.safeguards, "no_channel"}


def test_every_stage_and_every_row_of_the_ladder_is_told_in_some_case() -> None:
    rules = POLICY.in_force(MONDAY)
    told = {(decided(c)[0]["stage"], c["case"].get("segment", "medium")) for c in CASES}
    missing = {(code, row) for code in rules.stage_codes for row in ("low", "medium", "high", "none")} - told
    assert missing == set()


@pytest.mark.parametrize("name", list(POLICY.safeguards))
def test_without_the_safeguard_some_case_turns_red(name: str) -> None:
    safeguards = {k: v for k, v in POLICY.safeguards.items() if k != name}
    weaker = POLICY.model_copy(update={"safeguards": safeguards})
    changed = False
    for told in (c for c in CASES if c.get("about") == name):
        one, other = decided(told)[0], decided(told, weaker)[0]
        changed |= one["blocked_by"] != other["blocked_by"]
    assert changed
