"""`policy check`: every finding on a policy that has it, and none of them on one that has not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from changed_policies import DEFAULT, changed, changed_text
from leaves import one_of_each_place, with_other

from inadimplencia_ml.errors import PolicyError
from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review import boxes, reach
from inadimplencia_ml.policy.review.checking import check_policy, check_policy_file, findings_table
from inadimplencia_ml.policy.review.findings import FINDINGS, Finding

DAY = dt.date(2026, 11, 28)


def found(policy: Policy, day: dt.date = DAY) -> set[tuple[str, str]]:
    return {(one.code, one.place) for one in check_policy(policy, day)}


AS_IT_COMES = found(Policy.default())

SAFEGUARD = """  only_in_dreams:
    sentence: Nunca.
    unit: days
    source: [house choice]
    values: {2000-01-01: {when: {contacts_7d: {ge: 3, lt: 3}}, closes: [call]}}
"""
TWICE = SAFEGUARD.replace("{contacts_7d: {ge: 3, lt: 3}}", "{contacts_7d: {ge: 4}}").replace("only_in_dreams", "twice")
FIRST_OF_LADDER = "  # limites de contato, contados os que aconteceram\n"
BY_UF = ("values: {2000-01-01: strictest}", "values: {2000-01-01: by_uf}")
SP = '      values: {2000-01-01: {mon_fri: ["08:00", "20:00"], sat: ["08:00", "14:00"], sun: null}}\n    RJ:'
P0_TWICE = "      - {profile: P0, when: {n_due_12m: {lt: 4}}}\n"
LONG_E11 = "dpd: {ge: 361}"
E12 = """  E12:
    sentence: Muito tempo depois.
    unit: days past due
    source: [house choice]
    values: {2000-01-01: {dpd: {ge: 1825}, low: null, medium: null, high: null, none: null}}
"""

CAMPAIGN = "      values:\n        2000-01-01: null\n"


def campaign(begins_on: str, discount: float) -> str:
    """The campaign of the default policy, switched on for thirty days."""
    terms = f"begins_on: {begins_on}, life_days: 30, discount: {discount}, methods: [pix]"
    return f"      values:\n        2000-01-01: {{when: {{stage_dpd: {{ge: 181}}}}, {terms}}}\n"


CASES: dict[str, tuple[list[tuple[str, str]], str, str]] = {
    "a safeguard that contradicts itself": (
        [(FIRST_OF_LADDER, SAFEGUARD + FIRST_OF_LADDER)],
        "never_holds",
        "safeguards.only_in_dreams",
    ),
    "a safeguard inside another": ([(FIRST_OF_LADDER, TWICE + FIRST_OF_LADDER)], "adds_nothing", "safeguards.twice"),
    "a profile rule below a wider one": (
        [(P0_TWICE, P0_TWICE + "      - {profile: P0, when: {n_due_12m: {lt: 3}}}\n")],
        "shadowed",
        "profile_rules[4]",
    ),
    "a profile that nobody gets": ([(P0_TWICE, "")], "profile_never_given", "profiles.P0"),
    "a profile rule that nobody meets": (
        [("{profile: P0, when: {n_due_12m: {lt: 4}}}", "{profile: P0, when: {n_due_12m: {lt: 0}}}")],
        "never_holds",
        "profile_rules[3]",
    ),
    "a stage of titles that may not be collected": (
        [(LONG_E11, "dpd: {ge: 361, le: 1824}"), ("profile_rules:", E12 + "\nprofile_rules:")],
        "stage_unreachable",
        "ladder.E12",
    ),
    "a week without an hour": (
        [BY_UF, (SP, SP.replace('["08:00", "20:00"]', "null").replace('["08:00", "14:00"]', "null"))],
        "no_hours",
        "windows.by_uf.SP",
    ),
    "states that share no hour": (
        [(SP, SP.replace('"08:00", "20:00"', '"18:30", "20:00"'))],
        "no_hours",
        "windows",
    ),
    "hours that a state forbids": (
        [BY_UF, (SP, SP.replace('"20:00"', '"21:00"'))],
        "beyond_hours",
        "windows.by_uf.SP",
    ),
    "a fine above the legal cap": (
        [("{share: 0.02, binding: hard}", "{share: 0.03, binding: hard}")],
        "beyond_bound",
        "amounts.fine_cap_consumer.share",
    ),
    "a notice shorter than the state's": (
        [("MT: 45, SP: 20", "MT: 45, SP: 19")],
        "beyond_bound",
        "gates.notice_days.by_uf.SP",
    ),
    "a legal cap switched off": (
        [("values: {2000-01-01: {share: 0.02, binding: hard}}", "values: {2000-01-01: null}")],
        "beyond_bound",
        "amounts.fine_cap_consumer.share",
    ),
    "a bound on what is not there": (
        [("amounts.fine_cap_consumer.share: {le: 0.02}", "amounts.fine.share: {le: 0.02}")],
        "bound_without_place",
        "references.R24",
    ),
    "time-barred titles that may be collected": (
        [("        when: {any: [{days_since_due: {ge: 1825}},", "        when: {any: [{days_since_due: {ge: 1826}},")],
        "not_closed",
        "safeguards",
    ),
    "a law that nothing keeps": (
        [
            (
                "values: {2000-01-01: {when: {do_not_contact: {eq: true}}, closes: [contact, task]}}",
                "values: {2000-01-01: null}",
            )
        ],
        "not_kept",
        "references.R15",
    ),
    "an entry that is never on": (
        [("values: {2000-01-01: {when: {contacts_7d: {ge: 3}}, closes: [contact]}}", "values: {2000-01-01: null}")],
        "never_on",
        "safeguards.contact_cap_week",
    ),
    "a value before the policy begins": (
        [("{2000-01-01: 10.00}", "{1998-01-01: 5, 2000-01-01: 10.00}")],
        "never_in_force",
        "materiality.min_amount",
    ),
    "a value as before": (
        [("{2000-01-01: 10.00}", "{2000-01-01: 10.00, 2001-01-01: 10}")],
        "changes_nothing",
        "materiality.min_amount",
    ),
    "a value still to come": (
        [("{2000-01-01: 10.00}", "{2000-01-01: 10.00, 2030-01-01: 20}")],
        "still_to_come",
        "materiality.min_amount",
    ),
    "a profile that asks for more on no day": (
        [("from_dpd: 16, until_dpd: 180", "from_dpd: 16, until_dpd: 10")],
        "never_holds",
        "profiles.P6.at_least",
    ),
    "a limit rule below a wider one": (
        [("when: {stage_dpd: {gt: 60}}, change: prepay_only", "when: {stage_dpd: {gt: 15}}, change: prepay_only")],
        "shadowed",
        "limits.rules.late_16_on",
    ),
    "a step of the way back below a wider one": (
        [("{days_since_cure: {ge: 180, lt: 365}, on_time_streak: {ge: 6}}", "{days_since_cure: {lt: 365}}")],
        "shadowed",
        "further.rehabilitation.half_way",
    ),
    "more signs asked for than there are": ([("at_least: 2", "at_least: 5")], "too_few_signals", "acceleration"),
    "a discount that nobody may grant": ([("361: 0.30", "361: 0.31")], "beyond_authority", "offers.menu.cash_discount"),
    "a campaign that nobody may grant": (
        [(CAMPAIGN, campaign("2026-11-01", 0.4))],
        "beyond_authority",
        "offers.campaigns.regularize",
    ),
    "a campaign that is over": (
        [(CAMPAIGN, campaign("2026-10-29", 0.2))],
        "campaign_over",
        "offers.campaigns.regularize",
    ),
    "a cap of clients above that of their group": (
        [("values: {2000-01-01: 200000.00}", "values: {2000-01-01: 99999.00}")],
        "never_binds",
        "limits.cap",
    ),
    "a first limit above every limit": ([("{most: 1000.00}", "{most: 100001.00}")], "never_binds", "limits.no_score"),
    "hours to choose from in which nobody is contacted": (
        [('tarde: ["15:00", "18:00"]}', 'tarde: ["18:00", "20:00"]}')],
        "band_without_hour",
        "contact_rates",
    ),
    "a review that is due": ([("reviewed_on: null", "reviewed_on: 2026-03-31")], "review_overdue", "reviewed_on"),
    "a rule verified long ago": (
        [("severity: hard\n    verified_on: null", "severity: hard\n    verified_on: 2026-03-31")],
        "verified_long_ago",
        "references.R1",
    ),
}


@pytest.mark.parametrize(("changes", "code", "place"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_is_found_and_is_not_found_before(changes: list[tuple[str, str]], code: str, place: str) -> None:
    assert (code, place) not in AS_IT_COMES
    assert (code, place) in found(changed(*changes))


CONDITIONS = {place: leaf for place, leaf in one_of_each_place().items() if isinstance(leaf.value, Condition)}
NEVER = Condition.model_validate({"open_amount": {"ge": 3, "lt": 3}})


@pytest.mark.parametrize("place", [place for place in CONDITIONS if not place.startswith("references.")])
def test_a_condition_that_contradicts_itself_is_found_wherever_it_stands(place: str) -> None:
    section = place.split(".")[0]
    codes = {(code, where.split(".")[0].split("[")[0]) for code, where in found(with_other(CONDITIONS[place], NEVER))}
    assert codes & {("never_holds", section), ("gate_never_opens", section)}


def test_the_default_policy_has_no_error_and_no_rule_out_of_reach() -> None:
    codes = {code for code, _ in AS_IT_COMES}
    assert not {code for code in codes if FINDINGS[code].severity == "error"}
    assert not codes & {"shadowed", "seems_shadowed", "never_holds", "stage_unreachable", "profile_never_given"}
    assert not codes & {"too_few_signals", "beyond_authority", "campaign_over", "never_binds", "band_without_hour"}
    assert not codes & {"no_gate", "open_gate", "gate_never_opens", "text_unused", "bound_without_place"}


def test_a_rule_only_seems_shadowed_where_there_are_too_many_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = changed((P0_TWICE, P0_TWICE + "      - {profile: P0, when: {n_due_12m: {lt: 3}}}\n"))
    monkeypatch.setattr(boxes, "MOST_BOXES", 0)
    monkeypatch.setattr(reach, "TRIES", 300)
    codes = {code for code, place in found(policy) if place.startswith("profile_rules")}
    assert codes == {"seems_shadowed"}


def test_a_review_is_due_on_the_same_day_of_the_month_or_the_last() -> None:
    policy = changed(("reviewed_on: null", "reviewed_on: 2026-08-31"), ("review_months: 6", "review_months: 6"))
    assert policy.review_due == dt.date(2027, 2, 28)
    assert ("review_overdue", "reviewed_on") not in found(policy, dt.date(2027, 2, 28))
    assert ("review_overdue", "reviewed_on") in found(policy, dt.date(2027, 3, 1))


def test_the_gravest_comes_first_and_says_what_to_do_in_both_languages() -> None:
    policy = changed(("{share: 0.02, binding: hard}", "{share: 0.03, binding: hard}"))
    table = findings_table(check_policy(policy, DAY))
    assert table.loc[0, ["severity", "code"]].tolist() == ["error", "beyond_bound"]
    assert table.loc[0, "what"] == "O valor 0.03 não respeita R24: <= 0.02."
    english = findings_table(check_policy(policy, DAY), "en")
    assert english.loc[0, "what"] == "The value 0.03 does not keep R24: <= 0.02."
    assert (table["remedy"].str.len() > 10).all()


def test_every_finding_has_its_words_in_both_languages() -> None:
    facts = dict.fromkeys(("told", "who", "rule", "part", "value", "bound", "place", "closes", "when", "kinds"), "x")
    facts |= dict.fromkeys(("dpd", "begin", "first", "owner", "due", "count", "names", "day"), "x")
    for code in FINDINGS:
        one = Finding(code, "here", facts)
        assert one.what("pt") != one.what("en") or code == "does_not_fit"
        assert one.remedy("pt") != one.remedy("en")


REFUSED = {
    "a gap in the ladder": (("dpd: {ge: 16, le: 30}", "dpd: {ge: 17, le: 30}"), "ladder.E4", "ends at dpd 15, and E5"),
    "an overlap": (
        ("dpd: {ge: 16, le: 30}", "dpd: {ge: 14, le: 30}"),
        "ladder.E4",
        "ends at dpd 15, and E5 begins at 14",
    ),
    "an unknown source": (("source: [R16, house choice]", "source: [R99]"), "policy", "source 'R99'"),
    "a misspelt key": (("materiality:", "materialty:"), "materialty", "Did you mean 'materiality'"),
    "no YAML": (("materiality:", "materiality: ["), "minha.yaml", "is not YAML"),
}


@pytest.mark.parametrize(("change", "place", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_refused_says_so_as_a_finding(
    change: tuple[str, str], place: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "minha.yaml"
    file.write_text(changed_text(change), encoding="utf-8")
    findings = check_policy_file(file, DAY)
    assert {one.code for one in findings} == {"does_not_fit"}
    assert any(place in one.place and told in one.what() for one in findings), [(f.place, f.what()) for f in findings]


def test_a_file_is_checked_as_the_policy_in_it(tmp_path: Path) -> None:
    file = tmp_path / "minha.yaml"
    file.write_text(DEFAULT, encoding="utf-8")
    assert check_policy_file(file, DAY) == check_policy(Policy.default(), DAY)
    with pytest.raises(PolicyError, match="cannot be read"):
        check_policy_file(tmp_path / "outra.yaml", DAY)
