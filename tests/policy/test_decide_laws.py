"""Laws of every plan, on random clients and random policies."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prose import BEHAVIOUR, COMMON, MONDAY, plan_of, tables_of, unmet_of

from inadimplencia_ml.policy.decide import Decisions, decide
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import Closing, Dated
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES

POLICY = Policy.default()
RULES = POLICY.in_force(MONDAY)
OF_THE_WHOLE_CLIENT = {"large_enough", "worth_it", "not_worth_it"}  # of mediation, agency, legal and write_off
SEVERITY = {name: action.severity for name, action in POLICY.actions.items()}
ESCALATIONS = {name for name, action in POLICY.actions.items() if action.kind == "escalation"}
CONTACTS = {name for name, action in POLICY.actions.items() if action.kind == "contact"}

TITLE = st.fixed_dictionaries(
    {"dpd": st.integers(-12, 120) | st.integers(-60, 2000), "amount": st.integers(1, 10**6).map(lambda c: c / 100)},
    optional={
        "disputed": st.booleans(),
        "assigned": st.booleans(),
        "delivery_proof": st.booleans(),
        "notice_proof": st.sampled_from(["recibo", None]),
        "notice_asked": st.booleans(),
        "face": st.just(10_000.0),
    },
)
DAY = st.integers(0, 40).map(lambda days: MONDAY - dt.timedelta(days=days))
CASE = st.fixed_dictionaries(
    {
        "titles": st.lists(TITLE, max_size=4),
        "profile": st.sampled_from(sorted(BEHAVIOUR)),
        "segment": st.sampled_from(["low", "medium", "high", "none"]),
        "state": st.sampled_from(["scoreable", "already_bad", "no_exposure", "inactive"]),
    },
    optional={
        "uf": st.sampled_from(["SP", "RJ", "AC", None]),
        "contacts_1d": st.integers(0, 2),
        "contacts_7d": st.integers(0, 5),
        "contacts_30d": st.integers(0, 10),
        "calls_7d": st.integers(0, 3),
        "last_contact_on": DAY,
        "last_reply_on": DAY,
        "promise_due_on": st.integers(-20, 20).map(lambda days: MONDAY + dt.timedelta(days=days)),
        "do_not_contact": st.booleans(),
        "deceased": st.booleans(),
        "vulnerable": st.booleans(),
        "has_negativacao": st.booleans(),
        "has_agency": st.booleans(),
        "preferred_channel": st.sampled_from(["email", "sms", "phone", "fax"]),
        "consent_whatsapp": st.booleans(),
        "consent_phone": st.booleans(),
        "unapplied_amount_30d": st.sampled_from([0.0, 10.0]),
        "contacts_90d": st.integers(0, 5),
        "tax_id_known": st.booleans(),
        "other_party_phone": st.booleans(),
        "preferred_hours": st.sampled_from(["manhã", "14-16", "noite", None]),
        "self_cure_probability": st.floats(0, 1),
        "opened_unanswered_90d": st.integers(0, 4),
        "newer_paid_365d": st.integers(0, 3),
    },
)
CLIENTS = st.lists(CASE, min_size=1, max_size=12)
some = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])

STOPS = st.fixed_dictionaries(
    {
        "when": st.sampled_from(
            [{}, {"open_count": {"ge": 1}}, {"stage_dpd": {"ge": 20}}, {"segment": {"eq": "high"}}]
        ),
        "closes": st.lists(
            st.sampled_from(["contact", "task", "escalation", "call", "message", "protest"]), min_size=1
        ),
    }
)


def with_stop(stop: dict[str, Any]) -> Policy:
    entry = Dated[Closing](
        sentence="Mais uma.",
        unit="-",
        source=("house choice",),
        values={dt.date(2000, 1, 1): Closing.model_validate(stop)},
    )
    return POLICY.model_copy(update={"safeguards": {"one_more": entry} | POLICY.safeguards})


def told(plan: Decisions) -> pd.DataFrame:
    """The decisions as plain text, by client, without what an order or a policy's digest may change."""
    return plan.decisions.drop(columns="decision_id").astype(str).sort_values("client_id").reset_index(drop=True)


@some
@given(CLIENTS)
def test_each_case_gets_exactly_one_decision_in_the_order_of_the_cases(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    assert plan.decisions["client_id"].tolist() == [f"C{i}" for i in range(1, len(cases) + 1)]
    assert plan.decisions["decision_id"].is_unique
    assert plan.decisions["decision_id"].str.fullmatch("[0-9a-f]{16}").all()


@some
@given(CLIENTS)
def test_the_tables_have_the_columns_of_the_contract(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    for frame, table in ((plan.decisions, DECISIONS), (plan.items, DECISION_ITEMS), (plan.duties, DUTIES)):
        assert tuple(frame.columns) == tuple(c.name for c in table.columns)
        for column in table.required:
            assert frame[column].notna().all(), column


@some
@given(CLIENTS)
def test_nothing_is_always_open_and_what_is_done_was_open(cases: list[dict[str, Any]]) -> None:
    for row in plan_of(cases, POLICY).decisions.to_dict("records"):
        assert row["eligible_actions"][0] == "nothing"
        assert row["action"] in row["eligible_actions"]
        assert pd.isna(row["escalation"]) or row["escalation"] in row["eligible_actions"]


@some
@given(CLIENTS)
def test_every_decision_has_a_reason_and_every_reason_a_code(cases: list[dict[str, Any]]) -> None:
    for reasons in plan_of(cases, POLICY).decisions["reasons"]:
        assert len(reasons) >= 2
        assert all(": " in reason for reason in reasons)


@some
@given(CLIENTS)
def test_every_escalation_waits_for_a_person_and_is_never_the_action(cases: list[dict[str, Any]]) -> None:
    decisions = plan_of(cases, POLICY).decisions
    assert decisions.loc[decisions["escalation"].notna(), "requires_approval"].all()
    assert not set(decisions["action"]) & ESCALATIONS
    assert set(decisions["escalation"].dropna()) <= ESCALATIONS


@some
@given(CLIENTS, STOPS)
def test_one_more_safeguard_never_hardens_a_decision(cases: list[dict[str, Any]], stop: dict[str, Any]) -> None:
    before, after = plan_of(cases, POLICY).decisions, plan_of(cases, with_stop(stop)).decisions
    assert (after["severity"] <= before["severity"]).all()
    harder = after["escalation"].notna() & (after["escalation"] != before["escalation"])
    assert not harder.any()
    for one, other in zip(before["eligible_actions"], after["eligible_actions"], strict=True):
        assert set(other) <= set(one)


@some
@given(CLIENTS, st.sampled_from(sorted(POLICY.safeguards)))
def test_one_safeguard_less_never_softens_a_decision(cases: list[dict[str, Any]], name: str) -> None:
    fewer = {k: v for k, v in POLICY.safeguards.items() if k != name}
    weaker = POLICY.model_copy(update={"safeguards": fewer})
    if POLICY.safeguards[name].values[dt.date(2000, 1, 1)].of == "title":  # type: ignore[union-attr]
        return  # a title back in the plan may well change the stage in either direction
    before, after = plan_of(cases, POLICY).decisions, plan_of(cases, weaker).decisions
    assert (after["severity"] >= before["severity"]).all()


@some
@given(CLIENTS, st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_decisions(cases: list[dict[str, Any]], random: Any) -> None:
    tables = tables_of(cases)
    shuffled = [frame.sample(frac=1, random_state=random.randrange(2**31)) for frame in tables]
    one, other = decide(POLICY, *tables, as_of=MONDAY), decide(POLICY, *shuffled, as_of=MONDAY)
    pd.testing.assert_frame_equal(told(one), told(other))
    ids = [dict(zip(p.decisions["client_id"], p.decisions["decision_id"], strict=True)) for p in (one, other)]
    assert ids[0] == ids[1]


@few
@given(CLIENTS)
def test_a_client_is_decided_on_alone(cases: list[dict[str, Any]]) -> None:
    together = told(plan_of(cases, POLICY))
    alone = [told(plan_of([case | {"client_id": f"C{i}"}], POLICY)) for i, case in enumerate(cases, 1)]
    expected = pd.concat(alone).sort_values("client_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(together, expected)


@some
@given(CLIENTS)
def test_no_contact_goes_beyond_a_cap_a_gap_or_a_wish(cases: list[dict[str, Any]]) -> None:
    decisions = plan_of(cases, POLICY).decisions.to_dict("records")
    for case, row in zip(cases, decisions, strict=True):
        if row["action"] not in CONTACTS:
            continue
        assert case.get("contacts_1d", 0) < 1
        assert case.get("contacts_7d", 0) < 3
        assert case.get("contacts_30d", 0) < 8
        assert row["action"] != "call" or case.get("calls_7d", 0) < 2
        assert not case.get("do_not_contact")
        assert not case.get("deceased")
        assert not case.get("vulnerable")
        assert case.get(f"consent_{row['channel']}") is not False
        day = row["contact_from"].date()
        if "last_contact_on" in case:
            assert (day - case["last_contact_on"]).days >= 2
        if "last_reply_on" in case:
            assert (day - case["last_reply_on"]).days >= 3
        if "promise_due_on" in case:
            assert (day - case["promise_due_on"]).days > 1


@some
@given(CLIENTS)
def test_no_text_asserts_a_default_while_nothing_material_is_late(cases: list[dict[str, Any]]) -> None:
    decisions = plan_of(cases, POLICY).decisions.to_dict("records")
    for case, row in zip(cases, decisions, strict=True):
        late = any(title["dpd"] > 0 for title in case["titles"])
        if not pd.isna(row["template"]) and not late:
            assert not POLICY.templates[row["template"]].asserts_default
            assert row["tone"] == 0
        if not pd.isna(row["escalation"]):
            assert late


@some
@given(CLIENTS)
def test_no_firm_text_goes_to_who_was_not_contacted_three_times(cases: list[dict[str, Any]]) -> None:
    decisions = plan_of(cases, POLICY).decisions.to_dict("records")
    for case, row in zip(cases, decisions, strict=True):
        assert pd.isna(row["tone"]) or row["tone"] < 3 or case.get("contacts_90d", COMMON["contacts_90d"]) >= 3


@some
@given(CLIENTS)
def test_no_column_holds_the_name_of_a_profile(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    content = json.dumps([plan.decisions.astype(str).to_dict(), plan.items.astype(str).to_dict()], ensure_ascii=False)
    names = {profile.name for profile in POLICY.profiles.values()} | {"cronico", "mau_pagador", "vulneravel"}
    assert [name for name in names if name in content.lower()] == []


@some
@given(CLIENTS)
def test_the_amount_due_is_that_of_the_titles_concerned(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    due = plan.items.groupby("client_id")["amount_due"].sum().reindex(plan.decisions["client_id"], fill_value=0.0)
    assert np.allclose(due.to_numpy(), plan.decisions["amount_due"].to_numpy(), atol=1e-6)
    assert (plan.decisions["stage"].notna() == plan.decisions["client_id"].isin(plan.items["client_id"])).all()


@few
@given(CLIENTS)
def test_every_escalation_meets_all_conditions_of_its_gate_with_some_title(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    proposed = plan.decisions.dropna(subset="escalation").set_index("client_id")["escalation"]
    met = plan.items[[u is not None and not u for u in plan.items["unmet"]]]
    for client, kind in proposed.items():
        mine = met[met["client_id"] == client]
        assert kind in set(mine["gate"])
        case = cases[int(str(client)[1:]) - 1]
        for number in (int(i.rpartition("-")[2]) - 1 for i in mine["invoice_id"]):
            alone = case | {"titles": [case["titles"][number]]}
            missed = set(unmet_of(alone, kind, POLICY)) - OF_THE_WHOLE_CLIENT
            assert not missed


@few
@given(CLIENTS)
def test_a_shut_gate_is_told_with_what_it_misses(cases: list[dict[str, Any]]) -> None:
    plan = plan_of(cases, POLICY)
    for row in plan.decisions.to_dict("records"):
        for name in (n for n in row["blocked_by"] if n.startswith("gate_")):
            assert any(r.startswith(f"{name}: ainda não se propõe; falta: ") for r in row["reasons"])
            assert row["escalation"] != name.removeprefix("gate_")


@few
@given(CLIENTS)
def test_an_unverified_hard_rule_is_told_on_every_escalation_it_stands_behind(cases: list[dict[str, Any]]) -> None:
    assert RULES.gates is not None
    for row in plan_of(cases, POLICY).decisions.dropna(subset="escalation").to_dict("records"):
        behind = POLICY.unverified(RULES.gates.of[row["escalation"]].sources)
        told = {r.split(" ")[0] for r in row["reasons"] if "ainda não verificada" in r}
        assert told == set(behind)


@few
@given(CASE, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_never_opens_a_gate(case: dict[str, Any], low: float, high: float) -> None:
    found = []
    for probability in sorted((low, high)):
        tables = tables_of([case])
        plan = decide(POLICY, tables.scores.assign(probability=probability), tables.cases, tables.titles, as_of=MONDAY)
        found.append(plan.items[["gate", "unmet"]].astype(str))
    pd.testing.assert_frame_equal(*found)


@few
@given(CLIENTS, st.floats(0, 1))
def test_a_likelier_self_cure_never_hardens_a_decision(cases: list[dict[str, Any]], chance: float) -> None:
    known = [case | {"self_cure_probability": chance} for case in cases]
    unknown = [case | {"self_cure_probability": None} for case in cases]
    one, other = plan_of(known, POLICY).decisions, plan_of(unknown, POLICY).decisions
    assert (one["severity"] <= other["severity"]).all()
    assert one["escalation"].astype(str).tolist() == other["escalation"].astype(str).tolist()


@few
@given(CLIENTS)
def test_whoever_is_left_alone_is_told_why(cases: list[dict[str, Any]]) -> None:
    for row in plan_of(cases, POLICY).decisions.to_dict("records"):
        if row["action"] == "nothing":
            silent = any(r.startswith(("espera:", "sem etapa:", "fora da régua")) for r in row["reasons"])
            assert row["blocked_by"] or silent


@few
@given(CLIENTS)
def test_hours_lie_within_those_of_everybody_on_a_business_day(cases: list[dict[str, Any]]) -> None:
    for row in plan_of(cases, POLICY).decisions.to_dict("records"):
        if not pd.isna(row["contact_from"]):
            begin, end = row["contact_from"], row["contact_until"]
            assert begin.date() == end.date() == dt.date(2025, 3, 11)
            assert 9 <= begin.hour <= 18
            assert begin < end <= begin.normalize() + pd.Timedelta(hours=18)


PAST = st.lists(
    st.fixed_dictionaries(
        {
            "client_id": st.sampled_from([f"C{i}" for i in range(1, 6)]),
            "as_of": DAY,
            "rung": st.sampled_from([*RULES.stage_codes, None]),
            "stage": st.sampled_from([*RULES.stage_codes, None]),
            "action": st.sampled_from(["nothing", "message", "call", "reminder"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@some
@given(CLIENTS, PAST)
def test_earlier_decisions_never_harden_one_and_never_let_a_step_be_skipped(
    cases: list[dict[str, Any]], past: list[dict[str, Any]]
) -> None:
    plain, told = plan_of(cases, POLICY).decisions, plan_of(cases, POLICY, history=pd.DataFrame(past)).decisions
    stages = {code: number for number, code in enumerate(RULES.stage_codes)}
    rungs = [[stages.get(r, -1) for r in one["rung"]] for one in (told, plain)]
    assert all(now <= before for now, before in zip(*rungs, strict=True))
    for row, rung in zip(told.to_dict("records"), rungs[0], strict=True):
        done = [
            p for p in past if p["client_id"] == row["client_id"] and p["as_of"] < MONDAY and p["action"] != "nothing"
        ]
        done = [(p["as_of"], stages[p["rung"] or p["stage"]]) for p in done if p["rung"] or p["stage"]]
        if done and rung >= stages["E3"]:
            day, last = max(done)
            end = RULES.stages[RULES.stage_codes[last]].dpd.le or 10_000
            natural = max(n for c, n in stages.items() if RULES.stages[c].dpd.ge <= max(end + (MONDAY - day).days, -7))
            assert rung <= max(last + 1, natural, stages["E3"])
