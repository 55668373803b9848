"""The difference of two policies in words."""

from __future__ import annotations

import datetime as dt

import pytest
from changed_policies import changed
from leaves import one_of_each_place, with_other

from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.diff import Change, PolicyDiff, policy_diff

DEFAULT = Policy.default()


def diff(*changes: tuple[str, str]) -> PolicyDiff:
    return DEFAULT.diff(changed(*changes))


def test_a_policy_does_not_differ_from_itself() -> None:
    assert DEFAULT.diff(Policy.default()).changes == ()
    assert DEFAULT.diff(DEFAULT).text() == "As duas políticas dizem o mesmo."
    assert DEFAULT.diff(DEFAULT).text("en") == "Both policies say the same."


def test_a_value_that_changes_later_is_told_from_that_day() -> None:
    found = diff(("{2000-01-01: 10.00}", "{2000-01-01: 10.00, 2027-03-01: 25.00}"))
    sentence = DEFAULT.materiality.min_amount.sentence
    assert found.changes == (Change("materiality.min_amount", sentence, dt.date(2027, 3, 1), "", 10.0, 25.0),)
    assert found.text().splitlines()[-1] == "  desde 01/03/2027: 10 -> 25"
    assert found.text("en").splitlines()[-1] == "  from 2027-03-01: 10 -> 25"


def test_of_a_large_value_only_the_part_that_differs_is_told() -> None:
    found = diff(("{contacts_7d: {ge: 3}}", "{contacts_7d: {ge: 2}}"))
    assert [(c.place, c.part, c.old, c.new) for c in found.changes] == [
        ("safeguards.contact_cap_week", "when.contacts_7d.ge", 3.0, 2.0)
    ]
    deep = diff(("{profile: P0, when: {n_due_12m: {lt: 4}}}", "{profile: P0, when: {n_due_12m: {lt: 6}}}"))
    assert [(c.place, c.part) for c in deep.changes] == [("profile_rules", "[3].when.n_due_12m.lt")]


def test_an_entry_switched_off_one_more_and_one_less_are_told() -> None:
    off = diff(("{2000-01-01: {when: {contacts_7d: {ge: 3}}, closes: [contact]}}", "{2000-01-01: null}"))
    assert [(c.place, c.new) for c in off.changes] == [("safeguards.contact_cap_week", "null")]
    assert off.text().endswith("-> null")
    fewer = {name: one for name, one in DEFAULT.safeguards.items() if name != "contact_gap"}
    smaller = DEFAULT.model_copy(update={"safeguards": fewer})
    assert [(c.place, c.new) for c in DEFAULT.diff(smaller).changes] == [("safeguards.contact_gap", "—")]
    assert [(c.place, c.old) for c in smaller.diff(DEFAULT).changes] == [("safeguards.contact_gap", "—")]


def test_what_has_no_dates_is_told_too() -> None:
    found = diff(("owner: crédito e cobrança", "owner: financeiro"), ("severity: 40", "severity: 45"))
    told = [(c.place, c.since, c.old, c.new) for c in found.changes]
    assert told == [("owner", None, "crédito e cobrança", "financeiro"), ("actions.call.severity", None, 40, 45)]


def test_the_table_holds_what_the_text_tells() -> None:
    table = diff(("values: {2000-01-01: strictest}", "values: {2000-01-01: by_uf}")).table()
    assert table.loc[0, ["place", "old", "new"]].tolist() == ["windows.use", "strictest", "by_uf"]
    assert table.loc[0, "since"] == dt.date(2000, 1, 1)


def test_a_changed_sentence_or_source_is_no_change_of_a_value() -> None:
    found = diff(("sentence: Já houve um contato no dia.", "sentence: Um contato no dia basta."))
    assert [(c.place, c.since, c.part) for c in found.changes] == [("safeguards.contact_cap_day", None, "sentence")]


PLACES = one_of_each_place()


@pytest.mark.parametrize("section", PolicyContents.model_fields)
def test_every_value_of_every_section_is_compared(section: str) -> None:
    """One value of each place is changed in its turn; the difference names its place."""
    mine = [leaf for place, leaf in PLACES.items() if place.split(".")[0] == section]
    differ = [(leaf, policy_diff(DEFAULT, with_other(leaf)).changes) for leaf in mine]
    assert [leaf.place for leaf, changes in differ if not changes] == []
    assert {one.place.split(".")[0] for _, changes in differ for one in changes} <= {section}
