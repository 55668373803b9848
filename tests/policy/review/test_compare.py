"""Two plans of the same cases: who changes, and in what."""

from __future__ import annotations

import pandas as pd
import pytest
from changed_policies import changed

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.compare import compare_plans
from policy.prose import plan_of

CASES = [
    {"client_id": "A", "segment": "medium", "dpd": 7, "profile": "P5", "contacts_7d": 2},
    {"client_id": "B", "segment": "medium", "dpd": 7, "profile": "P5"},
    {"client_id": "C", "segment": "high", "dpd": 20, "profile": "P5"},
]
STRICTER_CAP = ("{contacts_7d: {ge: 3}}", "{contacts_7d: {ge: 2}}")
SOFTER_E5 = (
    "high: {action: call, channels: [phone, whatsapp], template: T05}",
    "high: {action: message, channels: [whatsapp, sms], template: T05}",
)

DAYS = ("requested_on", "effective_on", "settled_on")


def plan(*changes: tuple[str, str], cases: list[dict[str, object]] | None = None) -> Decisions:
    return plan_of(CASES if cases is None else cases, changed(*changes) if changes else Policy.default())


def test_a_plan_does_not_differ_from_itself() -> None:
    found = compare_plans(plan(), plan())
    assert (found.clients, len(found.table), len(found.counts())) == (3, 0, 0)
    assert found.text().startswith("0 de 3 clientes mudam")


def test_who_changes_and_in_what_is_told_with_what_holds_it_back_now() -> None:
    found = compare_plans(plan(), plan(STRICTER_CAP))
    row = found.table.iloc[0]
    assert found.table["client_id"].tolist() == ["A"]
    assert row["changes"] == ["action", "channel", "text", "time", "offer"]
    assert (row["action_old"], row["action_new"], row["harder"]) == ("message", "nothing", -1)
    assert (row["held_more"], row["held_less"]) == (["contact_cap_week"], [])


def test_the_counts_are_those_of_the_table_by_hand() -> None:
    found = compare_plans(plan(), plan(STRICTER_CAP, SOFTER_E5))
    by_hand: dict[str, int] = {}
    for kinds in found.table["changes"]:
        for kind in kinds:
            by_hand[kind] = by_hand.get(kind, 0) + 1
    assert dict(zip(found.counts()["kind"], found.counts()["clients"], strict=True)) == by_hand
    assert found.counts().loc[0, "kind"] == "action"
    moves = {(m.old, m.new): m.clients for m in found.moves().itertuples()}
    assert moves == {("message", "nothing"): 1, ("call", "message"): 1}
    assert "call -> message: 1" in found.text("en")


def test_the_other_way_round_everything_is_turned() -> None:
    there, back = (compare_plans(*plans).table for plans in ((plan(), plan(SOFTER_E5)), (plan(SOFTER_E5), plan())))
    assert there["harder"].tolist() == [-1]
    assert back["harder"].tolist() == [1]
    assert there["action_old"].tolist() == back["action_new"].tolist()


def test_what_stands_beside_the_decisions_is_compared_too() -> None:
    cases = [{"client_id": "A", "on_time_streak": 7}, {"client_id": "B", "on_time_streak": 2}]
    later = ("{on_time_streak: {ge: 6}, overdue_count: {eq: 0}}, value: 0.02", "{on_time_streak: {ge: 8}}, value: 0.02")
    found = compare_plans(plan(cases=cases), plan(later, cases=cases))
    assert found.table[["client_id", "changes"]].values.tolist() == [["A", ["further"]]]
    assert found.table.loc[0, ["further_old", "further_new"]].tolist() == ["benefit punctuality_discount 0.02", ""]
    assert "benefício, volta ou tarefa: 1" in found.text()

    settled = {"invoice_id": "A-9", "kind": "protest", "requested_on": "2024-11-04", "effective_on": "2024-11-11"}
    records = pd.DataFrame([{"client_id": "A", "settled_on": "2025-03-10"} | settled])
    longer = ("in_effect: true, business_days: 2", "in_effect: true, business_days: 3")
    one, other = (
        plan_of(cases, policy, records=records.assign(**{c: pd.to_datetime(records[c]) for c in DAYS}))
        for policy in (Policy.default(), changed(longer))
    )
    told = compare_plans(one, other).table
    assert told["changes"].tolist() == [["duty"]]
    assert "carta_de_anuencia A-9 2025-03-12" in told.loc[0, "duty_old"]
    assert "carta_de_anuencia A-9 2025-03-13" in told.loc[0, "duty_new"]


def test_the_order_of_the_clients_does_not_matter() -> None:
    found = compare_plans(plan(), plan(STRICTER_CAP, cases=CASES[::-1]))
    pd.testing.assert_frame_equal(found.table, compare_plans(plan(), plan(STRICTER_CAP)).table)


def test_plans_of_other_clients_are_refused() -> None:
    with pytest.raises(CallError, match="not of the same clients: 1 only in the first, 0 only in the second"):
        compare_plans(plan(), plan(cases=CASES[:2]))
