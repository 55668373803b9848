"""Whatever is switched off in the default policy, some case notices; all of them in `make thorough`, some each time."""

from __future__ import annotations

import importlib
import runpy
from pathlib import Path

import pytest

from effort import tries
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import PROFILES

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[3] / "scripts" / "switch_off.py"))
POLICY = Policy.default()
PLACES: list[str] = SCRIPT["places"](POLICY)
EVERY = max(1, len(PLACES) // tries(len(PLACES)))


@pytest.mark.parametrize("place", PLACES[:: EVERY**2])
def test_what_is_switched_off_turns_a_case_red(place: str) -> None:
    assert next(SCRIPT["red_cases"](place, POLICY), None) is not None


def test_with_everything_on_the_first_cases_are_green() -> None:
    for place in ("safeguards.disputed", "offers.menu.extension_7d"):
        module, test, told = SCRIPT["cases_about"](place)[0]
        assert SCRIPT["_passes"](module, test, told, POLICY)


def test_every_kind_of_rule_is_among_what_is_switched_off() -> None:
    kinds = {place.replace("[", ".").split(".")[0] for place in PLACES}
    assert kinds == {
        *("safeguards", "gates", "profile_rules", "profiles", "offers", "limits", "amounts", "duties", "further"),
        *("rights", "windows", "intensity", "acceleration", "materiality", "firm_tone"),
    }
    assert {f"safeguards.{name}" for name in POLICY.safeguards} <= set(PLACES)


def test_every_profile_is_found_in_some_case_and_just_missed_in_another() -> None:
    """Missed: the case is told as of the profile, and one fact more makes it another."""
    cases = [c for c in importlib.import_module("test_case_files").CASES if "profile" in c["decision"]]
    found = {c["decision"]["profile"] for c in cases}
    others = {c["decision"]["profile"] for c in cases if c["decision"]["profile"] != c["case"].get("profile", "P5")}
    assert found == set(PROFILES)
    assert len(others) >= 4
