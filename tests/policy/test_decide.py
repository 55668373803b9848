"""Deciding: what it refuses, what it returns when there is little, and what the ids and the summary hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prose import MONDAY, Tables, plan_of, tables_of

from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.eligible import PRESUPPOSED
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.summary import reais, summary

POLICY = Policy.default()
TWO: list[dict[str, Any]] = [{"dpd": 3, "profile": "P4"}, {"dpd": 45, "segment": "high"}]


def refused(tables: Tables, error: type[Exception], told: str, policy: Policy = POLICY) -> None:
    with pytest.raises(error, match=told):
        decide(policy, *tables, as_of=MONDAY)


def test_scores_of_another_target_are_refused() -> None:
    strict = POLICY.model_copy(update={"target": "client_default_30d_in_90d"})
    tables = tables_of(TWO)
    refused(tables, PolicyError, "needs scores of target 'client_default_30d_in_90d'; these do not say", strict)
    other = tables._replace(scores=tables.scores.assign(target="client_default_90d_in_365d"))
    refused(other, PolicyError, "these are of 'client_default_90d_in_365d'", strict)
    right = tables._replace(scores=tables.scores.assign(target="client_default_30d_in_90d"))
    assert len(decide(strict, *right, as_of=MONDAY).decisions) == 2


def test_scores_of_invoices_are_refused() -> None:
    tables = tables_of(TWO)
    refused(tables._replace(scores=tables.scores.assign(invoice_id="T")), PolicyError, "these are of invoices")


def test_cases_and_scores_of_other_clients_are_refused_with_the_counts() -> None:
    tables = tables_of([*TWO, {"dpd": 1}])
    fewer = tables._replace(scores=tables.scores.iloc[:1])
    refused(fewer, CallError, "2 cases have no score, 0 scores have no case")
    more = tables._replace(cases=tables.cases.iloc[:2], titles=tables.titles.iloc[:2])
    refused(more, CallError, "0 cases have no score, 1 scores have no case")


def test_a_client_who_comes_twice_is_refused() -> None:
    tables = tables_of(TWO)
    refused(tables._replace(cases=pd.concat([tables.cases] * 2)), CallError, "cases: 2 rows repeat a client")
    refused(tables._replace(scores=pd.concat([tables.scores] * 2)), CallError, "scores: 2 rows repeat a client")


def test_an_unknown_segment_or_state_is_refused_with_the_near_name() -> None:
    tables = tables_of(TWO)
    refused(tables._replace(scores=tables.scores.assign(segment="hig")), PolicyError, "segment 'hig'.*'high'")
    refused(
        tables._replace(scores=tables.scores.assign(state="scorable")), PolicyError, "state 'scorable'.*'scoreable'"
    )
    empty = tables.scores.assign(segment=[None, "low"])
    refused(tables._replace(scores=empty), PolicyError, "segment is missing in 1 rows. Clients without one have 'none'")


def test_facts_of_another_day_are_refused() -> None:
    tables = tables_of(TWO)
    old = tables.scores.assign(as_of="2025-02-28")
    refused(
        tables._replace(scores=old),
        CallError,
        r"scores: 2 rows are of another day \(2025-02-28\) than as_of 2025-03-10",
    )


def test_a_missing_column_is_told_with_the_near_name() -> None:
    tables = tables_of(TWO)
    bad = tables.cases.rename(columns={"open_amount": "open_amout"})
    refused(
        tables._replace(cases=bad), CallError, "cases: column 'open_amount' is missing; it holds: outstanding on all"
    )
    refused(tables._replace(titles=tables.titles.drop(columns="dpd")), CallError, "titles: column 'dpd' is missing")
    history = pd.DataFrame({"client_id": ["C1"], "as_of": [MONDAY], "action": ["call"]})
    with pytest.raises(CallError, match="history: column 'stage' is missing"):
        decide(POLICY, *tables, as_of=MONDAY, history=history)


def test_titles_of_clients_that_are_no_case_are_refused() -> None:
    tables = tables_of(TWO)
    refused(
        tables._replace(titles=tables.titles.assign(client_id="C9")), CallError, "titles: 2 are of clients that are not"
    )


def test_a_title_without_an_amount_is_told() -> None:
    tables = tables_of(TWO)
    refused(
        tables._replace(titles=tables.titles.assign(open_amount=np.nan)), CallError, "open_amount is missing in 2 rows"
    )


def test_a_book_without_anything_open_gets_its_decisions() -> None:
    plan = plan_of([{"dpd": None}, {"dpd": None}], POLICY)
    assert plan.decisions["action"].tolist() == ["nothing", "nothing"]
    assert len(plan.items) == 0


def test_no_clients_no_decisions() -> None:
    tables = tables_of(TWO)
    plan = decide(POLICY, *(frame.iloc[:0] for frame in tables), as_of=MONDAY)
    assert len(plan.decisions) == len(plan.items) == len(plan.duties) == 0
    assert summary(plan, tables.scores.iloc[:0], tables.cases.iloc[:0], POLICY) == "Não há clientes."


def test_ids_that_are_numbers_stay_numbers() -> None:
    big = 9_007_199_254_740_993  # not a float
    plan = plan_of([{"dpd": 3, "client_id": big}], POLICY)
    assert plan.decisions["client_id"].tolist() == [big]
    assert plan.items["client_id"].tolist() == [big]


def test_the_inputs_are_not_changed() -> None:
    tables = tables_of(TWO)
    before = [frame.copy(deep=True) for frame in tables]
    decide(POLICY, *tables, as_of=MONDAY)
    for one, other in zip(before, tables, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_decision_id_is_the_digest_of_client_day_policy_and_model() -> None:
    tables = tables_of(TWO)
    plan = decide(POLICY, *tables, as_of=MONDAY, bundle_digest="abc")
    content = "\x1f".join(["C1", "2025-03-10", POLICY.digest, "abc"])
    assert plan.decisions["decision_id"][0] == hashlib.sha256(content.encode()).hexdigest()[:16]


def test_without_a_digest_the_model_version_stands_in_the_decision_id() -> None:
    tables = tables_of(TWO)
    versioned = tables.scores.assign(model_version=["m1", "m2"])
    plan = decide(POLICY, versioned, tables.cases, tables.titles, as_of=MONDAY)
    content = "\x1f".join(["C2", "2025-03-10", POLICY.digest, "m2"])
    assert plan.decisions["decision_id"][1] == hashlib.sha256(content.encode()).hexdigest()[:16]
    assert plan.decisions["model_version"].tolist() == ["m1", "m2"]


def test_without_history_every_row_says_that_hysteresis_is_off() -> None:
    off = "histerese: desligada"
    assert all(any(off in r for r in reasons) for reasons in plan_of(TWO, POLICY).decisions["reasons"])
    history = pd.DataFrame({"client_id": ["C1"], "as_of": ["2025-03-01"], "stage": ["E3"], "action": ["message"]})
    with_past = plan_of(TWO, POLICY, history=history).decisions["reasons"]
    assert [any(off in r for r in reasons) for reasons in with_past] == [False, True]


def test_decisions_of_the_same_day_or_later_are_no_history() -> None:
    history = pd.DataFrame({"client_id": ["C1"], "as_of": [MONDAY], "stage": ["E9"], "action": ["message"]})
    plan = plan_of([{"dpd": 20}], POLICY, history=history)
    assert plan.decisions["blocked_by"][0] == []


def test_a_plan_goes_to_parquet_and_comes_back(tmp_path: Path) -> None:
    plan = plan_of(TWO, POLICY)
    plan.decisions.to_parquet(tmp_path / "decisions.parquet")
    back = pd.read_parquet(tmp_path / "decisions.parquet")
    assert [list(r) for r in back["reasons"]] == plan.decisions["reasons"].tolist()
    assert back["escalation"].tolist()[1] == "negativacao"


def test_what_every_policy_presupposes_cannot_be_switched_off() -> None:
    bare = POLICY.model_copy(update={"safeguards": {}})
    plan = plan_of([{"dpd": 0, "profile": "P6"}, {"dpd": 2, "consent_whatsapp": False, "consent_email": False,
                                                  "consent_sms": False}], bare)  # fmt: skip
    assert plan.decisions["action"].tolist() == ["reminder", "nothing"]
    assert plan.decisions["blocked_by"].tolist() == [[], ["no_channel"]]
    assert set(PRESUPPOSED) == {"before_due", "after_due", "no_channel", "no_hours"}


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("call", "only what is open is done: broken by 1 of 2"),
        ("legal", "nothing harder than the ladder: broken by 2 of 2"),
    ],
)
def test_a_plan_that_breaks_a_law_is_never_returned(monkeypatch: pytest.MonkeyPatch, action: str, told: str) -> None:
    forced = list(POLICY.in_force(MONDAY).actions).index(action)
    opened = {"call": POLICY, "legal": POLICY.model_copy(update={"safeguards": {}, "gates": None})}[action]
    monkeypatch.setattr(
        "inadimplencia_ml.policy.decide._chosen", lambda ladder, wanted, is_open: np.full(len(wanted), forced)
    )
    with pytest.raises(AssertionError, match=told):
        plan_of([{"dpd": 45, "calls_7d": 2}, {"dpd": 45}], opened)


def test_a_policy_that_requires_a_target_takes_clients_already_in_the_event_with_theirs() -> None:
    strict = POLICY.model_copy(update={"target": "client_default_30d_in_90d"})
    tables = tables_of([{"dpd": 3}, {"dpd": 45, "state": "already_bad", "segment": "high"}])
    scored = tables.scores.assign(target=["client_default_30d_in_90d", "not_cured_in_90d"])
    assert len(decide(strict, scored, tables.cases, tables.titles, as_of=MONDAY).decisions) == 2


def test_a_policy_without_hours_contacts_nobody_and_says_so() -> None:
    week = POLICY.windows.default.values
    shut = {day: one.model_copy(update={"mon_fri": None}) for day, one in week.items() if one is not None}
    default = POLICY.windows.default.model_copy(update={"values": shut})
    closed = POLICY.model_copy(update={"windows": POLICY.windows.model_copy(update={"default": default})})
    plan = plan_of([{"dpd": 3}], closed)
    assert plan.decisions["action"].tolist() == ["nothing"]
    assert plan.decisions["blocked_by"].tolist() == [["no_hours"]]


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "R$ 0,00"), (1234567.891, "R$ 1.234.567,89"), (-12.5, "-R$ 12,50"), (-0.001, "R$ 0,00")]
)
def test_amounts_are_written_as_in_brazil(amount: float, text: str) -> None:
    assert reais(amount) == text


def test_the_summary_tells_the_plan() -> None:
    tables = tables_of([*TWO, {"dpd": 20, "contacts_7d": 3, "amount": 250.5}, {"dpd": None}])
    scored = tables.scores.assign(probability=[0.1, 0.5, 0.2, np.nan], target="client_default_30d_in_90d")
    plan = decide(POLICY, scored, tables.cases, tables.titles, as_of=MONDAY)
    text = summary(plan, scored, tables.cases, POLICY)
    for told in (
        "fatos até 10/03/2025",
        "4 clientes",
        "Probabilidade de: client_default_30d_in_90d",
        "P4 crônico",
        "R$ 2.250,50",
        "Telefone 1",
        "A aprovar: Pedir o registro",
        "1 · Já houve três contatos em sete dias",
        " 1. C2 · R$ 1.000,00 em aberto, R$ 1.000,00 em atraso · segmento alto · probabilidade 50%",
        "    Ligação de uma pessoa; Telefone; 11/03 das 09:00 às 18:00; a aprovar: Pedir o registro em cadastro",
        "    Mensagem sobre o atraso; WhatsApp; 11/03 das 09:00 às 18:00\n",
        "em aberto vezes a probabilidade    3 clientes    R$ 650,10",
        "Nada                                                            2 clientes    R$ 250,50",
    ):
        assert told in text
    assert "histerese" not in text
    assert max(map(len, text.splitlines())) < 150


def test_without_anything_owed_the_duties_keep_the_kinds_of_the_ids() -> None:
    plan = plan_of([{"dpd": 3, "client_id": 7}], POLICY)
    assert plan.tables["duties"].num_rows == 0
    kinds = [plan.tables[name].schema.field("client_id").type for name in ("duties", "decision_items")]
    assert kinds[0] == kinds[1]


def test_records_without_a_column_are_told() -> None:
    with pytest.raises(CallError, match="records: column 'kind' is missing"):
        plan_of(TWO, POLICY, records=pd.DataFrame({"client_id": ["C1"], "invoice_id": ["T"], "requested_on": [MONDAY]}))
