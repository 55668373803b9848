"""Switches off the rules of the default policy one by one and looks whether some case of tests/policy turns red.

``python scripts/switch_off.py`` prints the table and ends with 1 where nothing noticed: a safeguard or cap, a condition
of a gate, a line of the profiles' decision list, what a profile changes, an offer, a cap of amounts, a rule of limits.
``--all`` counts every red case instead of stopping at the first; ``--only gates`` looks at some places alone.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import Dated, Modifiers

TESTS = Path(__file__).resolve().parents[1] / "tests" / "policy"
SECTIONS = ("safeguards.", "gates.of.", "offers.menu.", "limits.rules.")
AMOUNT_CAPS = tuple(f"amounts.{what}_cap_{whom}" for what in ("fine", "interest") for whom in ("consumer", "company"))
FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("test_case_files", "CASES", "test_the_case_is_decided_as_it_says"),
    ("test_case_files", "GATES", "test_the_gate_misses_what_the_case_says"),
    ("test_offer_cases", "CASES", "test_what_the_case_says_is_offered"),
    ("test_amount_cases", "CASES", "test_the_balance_is_what_the_case_says"),
)
"""Where the cases are: the module, its list, and the test that carries one out."""
NOTHING_TO_SEE = ("profiles.P1",)
"""Has nothing open, so there is no stage in which it could change anything; who gets it is held by its line."""


def places(policy: Policy) -> list[str]:
    """Everything that is switched off in its turn."""
    found = [p for p in policy.entries() if p.startswith(SECTIONS) or p in AMOUNT_CAPS]
    lines = len(next(iter(policy.profile_rules.values.values())) or ())
    found += [f"profile_rules[{number}]" for number in range(lines - 1)]  # the last holds for everyone
    return [p for p in (*found, *(f"profiles.{code}" for code in policy.profiles)) if p not in NOTHING_TO_SEE]


def without(policy: Policy, place: str) -> Policy:
    """The policy with one place switched off; what must have a value gets one that changes nothing."""
    if place.startswith("profile_rules["):
        number = int(place.removeprefix("profile_rules[").rstrip("]"))
        entry = policy.profile_rules
        values = {day: tuple(r for i, r in enumerate(v or ()) if i != number) for day, v in entry.values.items()}
        return policy.model_copy(update={"profile_rules": entry.model_copy(update={"values": values})})
    nothing = Modifiers(tone_max=max(policy.tones), no_escalation_before_dpd=1) if "profiles" in place else None
    changed: Policy = _changed(policy, place.split("."), nothing)
    return changed


def _changed(part: Any, names: list[str], value: Any) -> Any:
    if isinstance(part, Dated):
        return part.model_copy(update={"values": dict.fromkeys(part.values, value)})
    head, *rest = names
    if isinstance(part, Mapping):
        return {**part, head: _changed(part[head], rest, value)}
    return part.model_copy(update={head: _changed(getattr(part, head), rest, value)})


def cases_about(place: str) -> list[tuple[ModuleType, str, dict[str, Any]]]:
    """Every case that may notice, with the test that carries it out; those that name the place first."""
    found = []
    for module_name, listed, test in FAMILIES:
        module = importlib.import_module(module_name)
        for told in getattr(module, listed):
            near = _nearness(place, told)
            if near is not None:
                found.append((near, len(found), module, test, told))
    return [(module, test, told) for *_, module, test, told in sorted(found, key=lambda one: one[:2])]


def _nearness(place: str, told: dict[str, Any]) -> int | None:
    """0: the case says it is about the place; 1: about its profile; 2: of its kind; None: of another kind."""
    name, section = place.split(".")[-1], place.replace("[", ".").split(".")[0]
    if {place, name} & {told.get("about"), *told.get("limit", ())}:
        return 0
    if section in ("profiles", "profile_rules"):
        profiled = "profile" in told.get("decision", {}) if section == "profile_rules" else "decision" in told
        return 1 if profiled and (section == "profile_rules" or told["case"].get("profile") == name) else None
    kinds = {"owed": "amounts", "offered": "offers", "gate": "gates"}
    kind = next((kinds[key] for key in kinds if key in told), "limits" if "limit" in told else "safeguards")
    return 2 if kind == section else None


def red_cases(place: str, policy: Policy) -> Iterator[str]:
    """Names of the cases that are green, and that a policy without the place decides otherwise."""
    weaker = without(policy, place)
    for module, test, told in cases_about(place):
        if not _passes(module, test, told, weaker) and _passes(module, test, told, policy):
            yield f"{told['file']}: {told['name']}"


def _passes(module: ModuleType, test: str, told: dict[str, Any], policy: Policy) -> bool:
    """One case under another policy: the names by which its module knows the policy are lent to this one."""
    own = dict(vars(module))
    module.__dict__.update(POLICY=policy, PLANS={})
    if "PLAIN" in own:
        module.__dict__["PLAIN"] = policy
    for name, takes in (("decided", 1), ("policy_with", 1)):
        if name in own:
            module.__dict__[name] = _with_policy(own[name], takes, policy)
    try:
        getattr(module, test)(told)
    except (AssertionError, PolicyError):  # decided otherwise, or no policy any more
        return False
    finally:
        module.__dict__.update(own)
    return True


def _with_policy(function: Any, takes: int, policy: Policy) -> Any:
    return lambda *given: function(*given[:takes], policy)


def main() -> int:
    """Prints the table; 1 where something can be switched off and no case notices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="count every red case")
    parser.add_argument("--only", default="", help="places that begin so")
    options = parser.parse_args()
    policy, unseen = Policy.default(), 0
    chosen = [place for place in places(policy) if place.startswith(options.only)]
    for place in chosen:
        red = red_cases(place, policy)
        first = next(red, None)
        count = f"{1 + sum(1 for _ in red):>4}" if options.all and first else ""
        unseen += first is None
        sys.stdout.write(f"{place:<55} {'red' if first else 'UNSEEN':<7}{count} {first or ''}\n")
    sys.stdout.write(f"{len(chosen)} switched off, {len(chosen) - unseen} seen, {unseen} unseen\n")
    return 1 if unseen else 0


sys.path[:0] = [path for path in (str(TESTS), str(TESTS.parent)) if path not in sys.path]
if __name__ == "__main__":
    sys.exit(main())
