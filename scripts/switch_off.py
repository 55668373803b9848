"""Switches off the rules of the default policy one by one and looks whether some case of tests/policy turns red.

``python scripts/switch_off.py`` prints the table and ends with 1 where nothing noticed: a safeguard or cap, a condition
of a gate, a line of the profiles' decision list, what a profile changes or may have, an offer and who may grant it, a
cap of amounts, a rule, cap, step or term of limits and sales, a benefit, a right, a duty, a sign,
a level, a state's hours.
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
from inadimplencia_ml.policy.offers.rules import ProfileTerms
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import Dated, Modifiers

TESTS = Path(__file__).resolve().parents[1] / "tests" / "policy"
SECTIONS = ("safeguards.", "gates.of.", "offers.menu.", "offers.profiles.", "limits.rules.", "duties.", "further.")
SECTIONS = (*SECTIONS, "rights.", "windows.by_uf.", "firm_tone")
INSIDE = {"intensity": "levels", "acceleration": "signals"}
"""Entries whose value is a list of rules, each switched off in its turn."""
FREE = ProfileTerms(extension=True, max_installments=60, min_entry=0.0, discount_from="system")
CHANGES_NOTHING: dict[str, Any] = {
    **{f"amounts.{what}_cap_{whom}": None for what in ("fine", "interest") for whom in ("consumer", "company")},
    "materiality.min_amount": 0.0,
    "materiality.min_share": 0.0,
    "gates.notice_days.default": 0,
    "offers.never_when": None,
    "offers.essential_minimum": None,
    "offers.authority.system": 0.20,  # as the supervisor
    "offers.authority.supervisor": 0.30,  # as the manager
    "offers.min_installment": 0.0,
    "offers.ignored_at_most": 10**6,
    "offers.menu.extension_7d.max_per_year": 10**6,
    "limits.budget": None,
    "limits.budget.floor": 0.0,
    "limits.capacity": None,
    "limits.cap": 1e12,
    "limits.group_cap": None,
    "limits.no_score.most": 1e12,
    "limits.need.growth": 0.0,
    "limits.need.headroom": 1.0,
    "limits.steps.up": 10.0,
    "limits.steps.down": 1.0,
    "limits.steps.band": 0.0,
    "limits.steps.cool_down_days": 0,
    "limits.steps.round_to": 0.01,
    "limits.terms.other.reduction_notice_days": 0,
    "limits.terms.other.at_once_if_worse": False,
    "limits.terms.other.increase_needs_consent": False,
    "limits.new_sale.over": 0.0,
    "limits.new_sale.entry": 0.0,
    "limits.new_sale.refer_from": 1e12,
}
"""Caps, bounds and terms outside the sections above, each with the value that lets everything through."""
FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("test_case_files", "CASES", "test_the_case_is_decided_as_it_says"),
    ("test_case_files", "GATES", "test_the_gate_misses_what_the_case_says"),
    ("test_offer_cases", "CASES", "test_what_the_case_says_is_offered"),
    ("test_amount_cases", "CASES", "test_the_balance_is_what_the_case_says"),
    ("test_further", "CASES", "test_what_the_case_says_is_given"),
    ("test_further", "RIGHTS", "test_the_right_ends_when_the_case_says"),
    ("test_sale_cases", "CASES", "test_the_sale_is_answered_as_the_case_says"),
    ("test_windows", "STATES", "test_a_state_is_contacted_in_the_hours_that_the_case_says"),
)
"""Where the cases are: the module, its list, and the test that carries one out."""
NOTHING_TO_SEE = ("profiles.P1", "offers.profiles.P1")
"""Has nothing open, so there is no stage or offer in which it could change anything; its line holds who gets it."""


def places(policy: Policy) -> list[str]:
    """Everything that is switched off in its turn."""
    found = [p for p in policy.entries() if p.startswith(SECTIONS)] + list(CHANGES_NOTHING)
    for section, name in INSIDE.items():
        value = getattr(next(iter(getattr(policy, section).values.values())), name)
        found += [f"{section}.{one if isinstance(value, dict) else one.level}" for one in value]
    lines = len(next(iter(policy.profile_rules.values.values())) or ())
    found += [f"profile_rules[{number}]" for number in range(lines - 1)]  # the last holds for everyone
    return [p for p in (*found, *(f"profiles.{code}" for code in policy.profiles)) if p not in NOTHING_TO_SEE]


def without(policy: Policy, place: str) -> Policy:
    """The policy with one place switched off; what must have a value gets one that changes nothing."""
    section, name = place.replace("[", ".").rstrip("]").split(".")[0], place.split(".")[-1]
    if section == "profile_rules":
        number = int(place.removeprefix("profile_rules[").rstrip("]"))
        return _fewer(policy, section, lambda rules: tuple(r for i, r in enumerate(rules) if i != number))
    if section in INSIDE:
        inside = INSIDE[section]
        return _fewer(
            policy, section, lambda value: value.model_copy(update={inside: _but(getattr(value, inside), name)})
        )
    nothing = CHANGES_NOTHING.get(place)
    if place.startswith("profiles."):
        nothing = Modifiers(tone_max=max(policy.tones), no_escalation_before_dpd=1)
    elif place.startswith("offers.profiles."):
        nothing = FREE
    changed: Policy = _changed(policy, place.split("."), nothing)
    return changed


def _but(values: Any, name: str) -> Any:
    if isinstance(values, dict):
        return {key: one for key, one in values.items() if key != name}
    return tuple(one for one in values if str(one.level) != name)


def _fewer(policy: Policy, section: str, change: Any) -> Policy:
    """The policy with each value of an entry changed."""
    entry = getattr(policy, section)
    values = {day: None if value is None else change(value) for day, value in entry.values.items()}
    return policy.model_copy(update={section: entry.model_copy(update={"values": values})})


def _changed(part: Any, names: list[str], value: Any) -> Any:
    """The part with another value at a place, which may lie inside the value of an entry."""
    if isinstance(part, Dated):
        inside = {day: value if not names else _changed(one, names, value) for day, one in part.values.items()}
        return part.model_copy(update={"values": inside})
    if not names:
        return value
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
    if place.startswith("offers.profiles.") and "offered" in told:
        return 1 if told["case"].get("profile") == name else None
    if section in ("profiles", "profile_rules"):
        profiled = "profile" in told.get("decision", {}) if section == "profile_rules" else "decision" in told
        return 1 if profiled and (section == "profile_rules" or told["case"].get("profile") == name) else None
    kinds = {"owed": "amounts", "offered": "offers", "gate": "gates", "given_to": "further", "rights": "rights"}
    kinds |= {"sale": "limits", "hours": "windows"}
    kind = next((kinds[key] for key in kinds if key in told), "limits" if told["file"] == "limits" else "safeguards")
    return 2 if kind == (section if section in {*kinds.values(), "limits"} else "safeguards") else None


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
