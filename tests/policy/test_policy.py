"""The policy file: what it refuses, with which words, and what is in force when."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path

import pytest
import yaml
from prose import plan_of

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import HOUSE_CHOICE

DEFAULT = resources.files("inadimplencia_ml.policy").joinpath("default.yaml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> Policy:
    assert DEFAULT.count(old) >= 1, old
    return Policy.from_text(DEFAULT.replace(old, new, 1), where="minha.yaml")


def test_the_default_policy_has_twelve_stages_four_rows_eight_profiles_and_four_tones() -> None:
    policy = Policy.default()
    assert list(policy.ladder) == [f"E{i}" for i in range(12)]
    assert set(policy.profiles) == {f"P{i}" for i in range(8)}
    assert set(policy.tones) == {0, 1, 2, 3}
    assert {t.tone for t in policy.templates.values()} == set(policy.tones)


def test_every_entry_says_in_a_sentence_what_it_is_and_where_it_comes_from() -> None:
    for place, entry in Policy.default().entries().items():
        assert len(entry.sentence) > 10, place
        assert entry.sentence.endswith("."), place
        assert entry.unit, place
        assert set(entry.source) <= {*Policy.default().references, HOUSE_CHOICE}, place


def test_entries_are_found_however_deep_they_stand() -> None:
    policy = Policy.default()
    places = set(policy.entries())
    assert {"profile_rules", "windows.by_uf.SP", "profiles.P7", "materiality.min_amount"} <= places
    assert "gates.of.protest.conditions.delivered" in places
    said = policy.model_dump(mode="json")
    assert len(places) == _with_values(said)


def _with_values(part: object) -> int:
    """How many mappings of plain data have a sentence, a source and values."""
    if isinstance(part, dict):
        return int({"sentence", "source", "values"} <= set(part)) + sum(map(_with_values, part.values()))
    return sum(map(_with_values, part)) if isinstance(part, list) else 0


def test_every_template_and_every_escalation_is_used() -> None:
    rules = Policy.default().in_force("2025-01-01")
    templates = {step.template for _, _, step in rules.steps()}
    for one in rules.modifiers.values():
        templates |= {extra.template for extra in (one.first_late, one.people_only) if extra}
    escalations = {step.escalation for _, _, step in rules.steps()} - {None}
    assert rules.gates is not None
    escalations |= {gate.gate.first for gate in rules.gates.of.values()} - {None}
    assert templates == {name for name, one in rules.policy.templates.items() if one.occasion == "ladder"}
    assert escalations == {a for a, one in rules.actions.items() if one.kind == "escalation"}


def test_a_value_holds_from_its_date_until_the_next() -> None:
    policy = changed("values: {2000-01-01: 10.00}", "values: {2000-01-01: 10.00, 2025-03-01: 25.00}")
    assert policy.in_force(dt.date(2025, 2, 28)).min_amount == 10.0
    assert policy.in_force("2025-03-01").min_amount == 25.0


def test_a_safeguard_with_a_null_value_is_off_from_that_day() -> None:
    policy = changed(
        "closes: [contact]}}\n  contact_cap_week:", "closes: [contact]}, 2025-03-01: null}\n  contact_cap_week:"
    )
    assert "contact_cap_day" in policy.in_force("2025-02-28").safeguards
    assert "contact_cap_day" not in policy.in_force("2025-03-01").safeguards


def test_a_day_before_the_first_value_is_told_with_the_place() -> None:
    with pytest.raises(PolicyError, match=r"materiality\.min_amount has no value on 1999-12-31; it begins 2000-01-01"):
        Policy.default().in_force("1999-12-31")


def test_a_day_that_is_none_is_told() -> None:
    with pytest.raises(PolicyError, match=r"as_of: 'ontem' is not a date\. Expected YYYY-MM-DD\."):
        Policy.default().in_force("ontem")


def test_the_digest_tells_content_and_not_layout() -> None:
    policy = Policy.default()
    assert Policy.from_text("# outra\n" + DEFAULT).digest == policy.digest
    assert changed("{2000-01-01: 0.05}", "{2000-01-01: 0.06}").digest != policy.digest
    assert len(policy.digest) == 64


def test_an_older_file_is_read_on_and_keeps_its_digest_when_an_optional_key_is_written_out() -> None:
    older = yaml.safe_load(DEFAULT)
    for section in ("gates", "amounts", "messages", "offers", "limits"):
        older.pop(section, None)
    older["references"] = {
        name: {key: rule[key] for key in ("title", "severity", "verified_on")}
        for name, rule in older["references"].items()
    }
    policy = Policy.model_validate(older)
    assert (policy.gates, policy.amounts, policy.messages) == (None, None, None)
    assert policy.in_force("2025-01-01").gates is None
    assert Policy.model_validate(older | {"gates": None, "reviewed_on": None}).digest == policy.digest


def test_the_first_policy_file_there_was_is_read_on_and_decides() -> None:
    first = Policy.read(Path(__file__).parent / "first_policy.yaml")
    decision = plan_of([{"segment": "medium", "dpd": 50, "profile": "P5"}], first).decisions.iloc[0]
    assert (decision["stage"], decision["action"], decision["escalation"]) == ("E7", "call", "negativacao")


def test_a_policy_is_read_from_a_file_as_from_a_text(tmp_path: Path) -> None:
    path = tmp_path / "régua.yaml"
    path.write_text(DEFAULT, encoding="utf-8")
    assert Policy.read(path) == Policy.default()


def test_nothing_of_a_policy_can_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Policy.default().version = "2"  # type: ignore[misc]


REFUSED = {
    "a misspelt key": (
        "materiality:",
        "materialty:",
        r"materialty: unknown key 'materialty'\. Did you mean 'materiality'",
    ),
    "a misspelt key deep inside": (
        "shift_days: 7",
        "shift_day: 7",
        r"profiles\.P2.*unknown key 'shift_day'.*'shift_days'",
    ),
    "a key that comes twice": ("version: 0.1.0", "version: 0.1.0\nversion: 0.2.0", r"key 'version' comes twice"),
    "an unknown source": ("source: [R16, house choice]", "source: [R99]", r"source 'R99' is not among the references"),
    "a time that YAML reads as a number": (
        '["09:00", "18:00"]',
        "[09:00, 18:00]",
        r"1080 is not a time; write it in quot",
    ),
    "hours that run backwards": (
        '["09:00", "18:00"]',
        '["18:00", "09:00"]',
        r"mon_fri ends at 09:00, not after it begins",
    ),
    "a state that is none": ("    AM:\n", "    XX:\n", r"'XX' is not a state"),
    "an unknown fact": (
        "{contacts_7d: {ge: 3}}",
        "{contact_7d: {ge: 3}}",
        r"contact_cap_week: unknown fact 'contact_7d'.*'conta",
    ),
    "a test of another kind": (
        "{contacts_7d: {ge: 3}}",
        "{contacts_7d: {eq: muitos}}",
        r"'contacts_7d' is a number, and is",
    ),
    "an unknown test": ("{contacts_7d: {ge: 3}}", "{contacts_7d: {gte: 3}}", r"unknown key 'gte'\. Did you mean 'ge'"),
    "an empty test": ("{contacts_7d: {ge: 3}}", "{contacts_7d: {}}", r"an empty test: give ge"),
    "code for a condition": ("{contacts_7d: {ge: 3}}", "contacts_7d >= 3", r"expected a mapping of facts to tests"),
    "an unknown action": (
        "action: call, channels: [phone, whatsapp], template: T05}",
        "action: cal, channels: [phone], template: T05}",
        r"ladder\.E5\.high: action 'cal' is not known\. Did you mean 'call'",
    ),
    "an escalation for an action": (
        "{action: reminder, channels: [email], template: T01}",
        "{action: protest, channels: [email], template: T01}",
        r"ladder\.E0\.medium: action 'protest' is not known",
    ),
    "an unknown text": ("template: T02", "template: T22", r"ladder\.E2\.medium: template 'T22' is not known"),
    "an unknown channel": (
        "channels: [email], template: T01",
        "channels: [fax], template: T01",
        r"channel 'fax' is not known",
    ),
    "a gap in the ladder": (
        "dpd: {ge: 16, le: 30}",
        "dpd: {ge: 17, le: 30}",
        r"E4: ends at dpd 15, and E5 begins at 17",
    ),
    "an overlap in the ladder": (
        "dpd: {ge: 16, le: 30}",
        "dpd: {ge: 15, le: 30}",
        r"E4: ends at dpd 15, and E5 begins at 15",
    ),
    "a stage across the due date": (
        "dpd: {ge: 0, le: 0}",
        "dpd: {ge: 0, le: 1}",
        r"E2: holds days before and after the due",
    ),
    "a text that asserts a delay before the due date": (
        "template: T02",
        "template: T03",
        r"E2\.medium: T03 asserts that",
    ),
    "a closed 'nothing'": ("closes: [call]", "closes: [nothing]", r"call_cap_week: closes 'nothing' is not known"),
    "two equal severities": ("severity: 30", "severity: 20", r"actions: two have the same severity"),
    "no text within a tone": ("    softer: T05\n", "", r"no text within tone 2 in the place of T08"),
    "a softer text that is not": ("softer: T03", "softer: T08", r"templates\.T05: T08 is not softer"),
    "a profile without modifiers": ("  P7:\n    name", "  P9:\n    name", r"profiles\.P9"),
    "a decision list that may find nothing": (
        "{profile: P3, when: {}}",
        "{profile: P3, when: {n_due_12m: {ge: 4}}}",
        r"profile_rules: the last must hold for everyone",
    ),
    "another format": ("format: 1", "format: 2", r"format: Input should be 1"),
}


@pytest.mark.parametrize(("old", "new", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_does_not_fit_is_refused_with_the_place(old: str, new: str, told: str) -> None:
    with pytest.raises(PolicyError, match=r"(?s)minha\.yaml.*" + told):
        changed(old, new)


def test_a_change_that_breaks_the_ladder_on_a_later_day_is_refused_at_once() -> None:
    end = "        none: {action: message, channels: [email], template: T03}\n  E4:"
    later = "      2026-01-01: {dpd: {ge: 1, le: 4}, low: null, medium: null, high: null, none: null}\n  E4:"
    with pytest.raises(PolicyError, match=r"from 2026-01-01 on: ladder\.E3: ends at dpd 4, and E4 begins at 6"):
        changed(end, end.removesuffix("  E4:") + later)


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "expected a policy, got NoneType"), ("- a", "got list"), ("a: [", "is not YAML"), ("{}", "Field req")],
)
def test_what_is_no_policy_is_told(text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=told):
        Policy.from_text(text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nada\.yaml: cannot be read \(FileNotFoundError\)"):
        Policy.read(tmp_path / "nada.yaml")


def test_a_tag_that_would_run_code_is_refused() -> None:
    with pytest.raises(PolicyError, match="is not YAML"):
        Policy.from_text("!!python/object/apply:os.system [true]")


def test_the_default_policy_is_plain_yaml_that_others_can_read() -> None:
    assert yaml.safe_load(DEFAULT)["id"] == Policy.default().id
