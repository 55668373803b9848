"""Every case file is carried out: a few facts, and what is decided on them, in words a collections manager can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from prose import MONDAY, plan_of, tables_of, unmet_of

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.profiles import assign_profiles

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
EVERY: list[dict[str, Any]] = [c | {"file": f.stem} for f in FILES for c in yaml.safe_load(f.read_text("utf-8"))]
CASES = [c for c in EVERY if "decision" in c]
GATES = [c for c in EVERY if "gate" in c]
POLICY = Policy.default()
RULES = POLICY.in_force(MONDAY)
PLANS: dict[int, tuple[dict[str, Any], pd.DataFrame, str]] = {}


def decided(told: dict[str, Any], policy: Policy = POLICY) -> tuple[dict[str, Any], pd.DataFrame, str]:
    """The decision, its titles and the profile of a case; under the default policy made once."""
    if policy is POLICY and id(told) in PLANS:
        return PLANS[id(told)]
    as_of = told.get("as_of", MONDAY)
    options = dict(told.get("given", {}))
    if "history" in options:
        options["history"] = pd.DataFrame([{"client_id": "C1"} | row for row in options["history"]])
    for name in ("records", "reach"):
        if name in options:
            options[name] = pd.DataFrame([{"client_id": "C1", "invoice_id": "C1-9"} | row for row in options[name]])
    plan = plan_of([told["case"]], policy, as_of, **options)
    profile = assign_profiles(tables_of([told["case"]], as_of).cases, POLICY, as_of)[0]
    duties = [[d, due.date(), rule] for d, due, rule in plan.duties[["duty", "due_on", "rule"]].to_numpy()]
    found = plan.decisions.iloc[0].to_dict() | {"duties": duties}, plan.items, str(profile)
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
    for ours, theirs in (("gates", "gate"), ("unmet", "unmet")):
        if ours in wanted:
            got[ours] = [one if isinstance(one, list) else None if pd.isna(one) else one for one in items[theirs]]
    if "because" in wanted:
        got["because"] = next(
            (wanted["because"] for r in decision["reasons"] if wanted["because"] in r), decision["reasons"]
        )
    assert got == wanted


def test_every_safeguard_has_a_case_where_it_holds_back_and_one_where_it_just_does_not() -> None:
    seen: dict[str, set[bool]] = {}
    for told in CASES:
        if "about" in told and "." not in told["about"]:
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


@pytest.mark.parametrize("told", GATES, ids=[f"{c['gate']}: {c['name']}" for c in GATES])
def test_the_gate_misses_what_the_case_says(told: dict[str, Any]) -> None:
    assert unmet_of(told["case"], told["gate"], POLICY) == told["unmet"]


def test_every_condition_of_a_gate_has_a_case_that_misses_it_and_one_that_just_meets_it() -> None:
    assert POLICY.gates is not None
    wanted = {f"gates.of.{kind}.{name}" for kind, gate in POLICY.gates.of.items() for name in gate.conditions}
    seen: dict[str, set[bool]] = {}
    for told in GATES:
        seen.setdefault(told["about"], set()).add(bool(told["unmet"]))
    assert {name for name, both in seen.items() if both == {True, False}} == wanted


@pytest.mark.parametrize("about", sorted({c["about"] for c in GATES}))
def test_without_the_condition_some_case_turns_red(about: str) -> None:
    _, _, kind, name = about.split(".")
    assert POLICY.gates is not None
    gate = POLICY.gates.of[kind]
    weaker = gate.model_copy(update={"conditions": {k: v for k, v in gate.conditions.items() if k != name}})
    gates = POLICY.gates.model_copy(update={"of": POLICY.gates.of | {kind: weaker}})
    without = POLICY.model_copy(update={"gates": gates})
    mine = [c for c in GATES if c["about"] == about]
    assert any(unmet_of(c["case"], kind, without) != c["unmet"] for c in mine)


def test_every_duty_level_and_signal_has_a_case_on_each_side() -> None:
    assert POLICY.duties is not None
    assert POLICY.intensity is not None
    assert POLICY.acceleration is not None
    levels, signals = RULES.intensity, RULES.acceleration
    assert levels is not None
    assert signals is not None
    wanted = {f"duties.{name}" for name in POLICY.duties} | {f"acceleration.{name}" for name in signals.signals}
    wanted |= {f"intensity.{level.level}" for level in levels.levels}
    told = [c["about"] for c in CASES if c.get("about", "") in wanted]
    assert {name for name in told if told.count(name) >= 2} == wanted


def without(about: str) -> Policy:
    """The policy without a duty, a level of intensity or a signal of avoidance."""
    place, name = about.split(".")
    if place == "duties":
        return POLICY.model_copy(update={"duties": {k: v for k, v in (POLICY.duties or {}).items() if k != name}})
    entry = getattr(POLICY, place)
    day, value = next(iter(entry.values.items()))
    if place == "intensity":
        fewer = value.model_copy(update={"levels": tuple(one for one in value.levels if str(one.level) != name)})
    else:
        fewer = value.model_copy(update={"signals": {k: v for k, v in value.signals.items() if k != name}})
    return POLICY.model_copy(update={place: entry.model_copy(update={"values": {day: fewer}})})


@pytest.mark.parametrize("about", sorted({c["about"] for c in CASES if "." in c.get("about", "")}))
def test_without_the_part_some_case_turns_red(about: str) -> None:
    names = ("action", "channel", "rung", "duties", "blocked_by")
    mine = [c for c in CASES if c.get("about") == about]
    assert any([decided(c)[0][n] for n in names] != [decided(c, without(about))[0][n] for n in names] for c in mine)
