"""The policy as prose: the golden page, and that nothing of a policy is left out of it."""

from __future__ import annotations

import pytest
from changed_policies import changed
from golden_policy import DAY, PAGE, rendered
from leaves import DAY as LEAF_DAY
from leaves import one_of_each_place, with_other
from pydantic import BaseModel

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.in_force import PolicyInForce
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.conditions_told import FACT_WORDS, told
from inadimplencia_ml.policy.review.prose import TOLD_APART, policy_told, rules_told
from inadimplencia_ml.policy.review.titles import WORDS
from inadimplencia_ml.policy.sections import PROFILES

POLICY = Policy.default()
TOLD = policy_told(POLICY, DAY)


def test_the_page_is_as_it_was_read_last() -> None:
    assert rendered() == PAGE.read_text(encoding="utf-8"), (
        "if meant: python tests/policy/review/golden_policy.py, and read the diff"
    )


NOT_TOLD = (
    *("format", "references.*.about", "references.*.read", "references.*.where", "references.*.engine"),
    "references.*.demands.",  # what the law asks for and what the engine does is told by `policy compliance`
)
PLACES = one_of_each_place()


@pytest.mark.parametrize("section", PolicyContents.model_fields)
def test_every_value_of_every_section_is_told(section: str) -> None:
    """One value of each place is changed in its turn, and the page must show it; a unit only shapes its numbers."""
    mine = [leaf for place, leaf in PLACES.items() if place.split(".")[0] == section and not place.endswith(".unit")]
    assert mine or section in ("reviewed_on", "target"), f"the default policy has no {section}"
    told = [leaf for leaf in mine if not leaf.place.startswith(NOT_TOLD)]
    untold = [
        f"{leaf.place}: {leaf.value}"
        for leaf in told
        if rules_told(PolicyInForce.of(with_other(leaf), LEAF_DAY)) == TOLD
    ]
    assert untold == []


def test_every_heading_has_words_in_both_languages() -> None:
    sections = [name for name in PolicyContents.model_fields if name not in TOLD_APART]
    assert [name for name in sections if name not in WORDS] == []
    assert [line for line in TOLD.splitlines() if line.startswith("**") and "." in line.split("**")[1][1:-1]] == []
    assert all(pt != "" and en != "" for pt, en in WORDS.values())


def test_every_dated_entry_is_told_with_its_sentence() -> None:
    assert [k for k, e in POLICY.entries().items() if e.sentence.rstrip(".") not in TOLD] == []


def test_every_rule_of_law_text_profile_and_measure_is_told() -> None:
    names = [*POLICY.references, *POLICY.templates, *POLICY.profiles]
    names += [name for name, action in POLICY.actions.items() if action.kind == "escalation"]
    assert [name for name in names if f"**{name}" not in TOLD] == []
    assert [code for code in PROFILES if f". {code} " not in TOLD] == []


def test_a_changed_value_changes_the_page_and_only_its_line() -> None:
    other = policy_told(changed(("{2000-01-01: 10.00}", "{2000-01-01: 25.00}")), DAY)
    differ = [(a, b) for a, b in zip(TOLD.splitlines(), other.splitlines(), strict=True) if a != b]
    assert [(a.count("R$ 10,00"), b.count("R$ 25,00")) for a, b in differ] == [(1, 1)]


def test_what_is_switched_off_is_not_told_as_if_it_held() -> None:
    cap = "values: {2000-01-01: {when: {contacts_7d: {ge: 3}}, closes: [contact]}}"
    assert "contact_cap_week" not in policy_told(changed((cap, "values: {2000-01-01: null}")), DAY)


def test_in_english_the_frame_is_english_and_the_sentences_stay() -> None:
    english = policy_told(POLICY, DAY, "en")
    assert "## The ladder, stage by stage" in english
    assert POLICY.ladder["E3"].sentence in english


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"dpd": {"ge": 1}}, "dias de atraso: 1 dia ou mais"),
        ({"open_amount": {"gt": 1234.5}}, "saldo em aberto: mais de R$ 1.234,50"),
        ({"late_share_12m": {"lt": 0.25}}, "parte dos títulos que atrasou: menos de 25 %"),
        ({"vulnerable": {"eq": False}}, "não: cliente vulnerável"),
        ({"uf": {"in": ["SP", "RJ"]}}, "uf: SP ou RJ"),
        ({"promise_due_on": {"known": False}}, "data da promessa em aberto: não consta"),
        (
            {"any": [{"dpd": {"ge": 1}, "uf": {"eq": "SP"}}, {}]},
            "(dias de atraso: 1 dia ou mais; e uf: SP), ou todos os demais",
        ),
    ],
)
def test_conditions_are_told_in_words(condition: dict[str, object], words: str) -> None:
    assert told(Condition.model_validate(condition)) == words


def asked_facts(part: object) -> set[str]:
    """Every fact that some condition in a part of the policy asks for."""
    if isinstance(part, Condition):
        return set(part.names())
    if isinstance(part, BaseModel):
        return {name for field in type(part).model_fields for name in asked_facts(getattr(part, field))}
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, tuple) else ()
    return {name for one in inside for name in asked_facts(one)}


def test_the_facts_of_the_default_policy_have_words() -> None:
    assert asked_facts(POLICY) - set(FACT_WORDS) == set()
