"""The table of legal rules: all of them, what applies each, and what is flagged."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from changed_policies import changed

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.compliance import compliance_report, compliance_text, kind_of_place
from inadimplencia_ml.policy.sections import HOUSE_CHOICE

DAY = "2026-11-28"
POLICY = Policy.default()
VERIFIED = ("severity: hard\n    verified_on: null", "severity: hard\n    verified_on: 2026-10-01")  # of R1


def report(*changes: tuple[str, str]) -> pd.DataFrame:
    return compliance_report(changed(*changes) if changes else POLICY, DAY).set_index("rule")


def test_every_rule_from_r1_to_r42_is_there_with_what_the_engine_does() -> None:
    found = report()
    assert [f"R{i}" for i in range(1, 43)] == [rule for rule in found.index if int(rule[1:]) <= 42]
    assert (found["engine"].str.len() > 10).all()
    assert (found["title"].str.len() > 10).all()
    assert found["about"].notna().all()


def test_the_places_of_a_rule_are_the_entries_that_name_it() -> None:
    found, sources = report(), {place: set(entry.source) for place, entry in POLICY.entries().items()}
    for rule, places in found["applied_in"].items():
        by_hand = {place for place, named in sources.items() if rule in named}
        assert {place for place in places if not place.startswith("always.")} == by_hand, rule


def test_a_hard_rule_is_flagged_until_somebody_has_verified_it() -> None:
    before, after = report(), report(VERIFIED)
    assert before["flagged"].sum() == ((before["severity"] == "hard") & before["verified_on"].isna()).sum()
    assert before.loc["R1", "flagged"]
    assert not after.loc["R1", "flagged"]
    assert after.loc["R1", "verified_on"] == dt.date(2026, 10, 1)
    assert not before.loc["R17", "flagged"]  # soft


def test_a_safeguard_switched_off_leaves_its_rule_without_a_place() -> None:
    switch = "values: {2000-01-01: {when: {do_not_contact: {eq: true}}, closes: [contact, task]}}"
    assert report().loc["R15", "missing"] == []
    off = report((switch, "values: {2000-01-01: null}"))
    assert off.loc["R15", "missing"] == ["safeguard"]
    assert off.loc["R15", "applied_in"] == ["always.no_channel"]


def test_no_rule_stands_in_the_list_for_nothing() -> None:
    """Each is the source of something, kept by the scores, for others to do, or says that it only informs."""
    found = report()
    idle = [
        rule
        for rule, row in found.iterrows()
        if not row["applied_in"]
        and not set(POLICY.references[str(rule)].where) & {"always", "model", "handoff", "information"}
    ]
    assert idle == []


def test_every_rule_that_is_kept_here_is_kept_where_it_says() -> None:
    missing = report()["missing"]
    assert {rule: kinds for rule, kinds in missing.items() if kinds} == {}


def test_unverified_names_the_hard_rules_among_some_sources() -> None:
    assert POLICY.unverified(["R17", HOUSE_CHOICE, "R31", "R31", "R1"]) == ("R31", "R1")
    assert changed(VERIFIED).unverified(["R31", "R1"]) == ("R31",)


def test_the_text_marks_what_is_flagged_and_what_is_for_others_in_both_languages() -> None:
    text, english = compliance_text(POLICY, DAY), compliance_text(POLICY, DAY, "en")
    assert "\n! R1 · dura · não conferida · CDC" in text
    assert "\n  R17 · branda" in text
    assert "entrega: parte dela cabe a outros" in text
    assert "\n! R1 · hard · not verified · CDC" in english
    for rule in POLICY.references:
        assert f" {rule} · " in text


def test_a_place_is_of_the_kind_of_its_section() -> None:
    assert kind_of_place("profile_rules") == "profile"
    assert kind_of_place("gates.of.protest.conditions.delivered") == "gate"
    assert kind_of_place("materiality.min_amount") == "ladder"
