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


def test_the_order_of_the_clients_does_not_matter() -> None:
    found = compare_plans(plan(), plan(STRICTER_CAP, cases=CASES[::-1]))
    pd.testing.assert_frame_equal(found.table, compare_plans(plan(), plan(STRICTER_CAP)).table)


def test_plans_of_other_clients_are_refused() -> None:
    with pytest.raises(CallError, match="not of the same clients: 1 only in the first, 0 only in the second"):
        compare_plans(plan(), plan(cases=CASES[:2]))
