"""A plan as messages and agent contexts: one a decision, whole, in its hours, and nothing in them that is not told."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_prose import SHOP, TEXT, WRITTEN, all_enabled
from prose import plan_of
from pydantic import ValidationError

from inadimplencia_ml.errors import CallError, PolicyError
from inadimplencia_ml.ledger.taxid import is_cnpj, is_cpf
from inadimplencia_ml.policy.decide import Decisions
from inadimplencia_ml.policy.messages import blocks
from inadimplencia_ml.policy.messages.agent_contexts import agent_contexts
from inadimplencia_ml.policy.messages.creditor import Creditor
from inadimplencia_ml.policy.messages.message_plan import AgentContext, MessagePlan
from inadimplencia_ml.policy.messages.message_plans import messages_for
from inadimplencia_ml.policy.messages.one_message import lint_text
from inadimplencia_ml.policy.messages.safe_text import money
from inadimplencia_ml.policy.messages.schemas import schemas
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.summary import reais

CASES = [
    {"dpd": dpd, "segment": segment, "profile": profile, "amount": 400.0 + dpd}
    for dpd in (-2, 0, 3, 10, 20, 40, 70, 100, 200)
    for segment in ("low", "high")
    for profile in ("P2", "P4", "P6", "P7")
]
INSIDE = re.compile(r"\bP[0-7]\b|negligente|mau pagador|vulner|cr[oô]nico|segmento|risco|escore|probabilidade", re.I)


@cache
def planned() -> Decisions:
    return plan_of(CASES, Policy.default())


def test_each_decision_to_write_gives_one_message_and_each_call_or_task_one_context() -> None:
    rows = planned().decisions
    messages, contexts = list(messages_for(planned(), SHOP)), list(agent_contexts(planned(), SHOP))
    written = rows[rows["channel"].isin(WRITTEN)]
    people = rows[rows["template"].notna() & ~rows["channel"].isin(WRITTEN)]
    assert [m.decision_id for m in messages] == written["decision_id"].tolist()
    assert [c.decision_id for c in contexts] == people["decision_id"].tolist()
    assert {c.action for c in contexts} == {"call", "human_task"}
    for message, row in zip(messages, written.to_dict("records"), strict=True):
        assert (message.channel, message.template, message.tone) == (row["channel"], row["template"], row["tone"])
        assert message.contact_from == row["contact_from"].to_pydatetime()
        assert f"R$ {row['amount_due']:.2f}".replace(".", ",") in message.body or message.level == "reserved"
        assert message.amount_due == row["amount_due"]


def test_what_is_handed_over_is_frozen_valid_and_as_its_schema_says() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="comes with several extras")
    told = {name: json.loads(text) for name, text in schemas().items()}
    made: dict[str, Any] = {
        "message_plan.json": messages_for(planned(), SHOP),
        "agent_context.json": agent_contexts(planned(), SHOP),
    }
    kinds = {"message_plan.json": MessagePlan, "agent_context.json": AgentContext}
    for name, some in made.items():
        check = jsonschema.Draft202012Validator(told[name])
        for one in some:
            check.validate(json.loads(one.model_dump_json()))
            assert kinds[name].model_validate(one.model_dump()) == one
            assert kinds[name].model_validate_json(one.model_dump_json()) == one
        with pytest.raises(ValidationError):
            one.client_id = "C2"


def test_the_published_schemas_are_current() -> None:
    folder = Path(__file__).resolve().parents[2] / "docs" / "schemas"
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    assert kept == schemas(), "run `make docs`"


@pytest.mark.parametrize("make", [messages_for, agent_contexts])
def test_a_template_that_the_policy_lacks_is_told(make: Any) -> None:
    table = planned().tables["decisions"]
    rows = table.to_pandas()["template"].where(lambda names: names.isna(), "M99")
    at = table.schema.get_field_index("template")
    column = pa.array(rows, from_pandas=True).cast(table.schema.field(at).type)
    changed = Decisions(planned().tables | {"decisions": table.set_column(at, table.schema.field(at), column)})
    with pytest.raises(PolicyError, match="template 'M99' is not in policy regua_padrao_br"):
        list(make(changed, SHOP))


def test_a_context_names_no_profile_risk_or_measure_and_says_nothing_before_it_is_known_who_listens() -> None:
    for one in agent_contexts(planned(), SHOP):
        assert not INSIDE.search(one.model_dump_json())
        steps = [block.step for block in one.script]
        assert steps == ["identify", "authenticate", "purpose", "listen", "options", "confirm", "close"]
        assert [b.level for b in one.script] == ["reserved"] * 2 + ["full"] * 5
        early = " ".join(b.say for b in one.script if b.level == "reserved")
        assert not re.search(r"R\$|fatura|pagamento|atraso|vencimento", early)
        spoken = " ".join(b.say for b in one.script)
        assert lint_text(spoken) == []
        assert "R$" in spoken
        assert not re.search("negativ|protest|cartório|judic", " ".join(one.reasons))
        assert one.name is None
        assert set(one.placeholders) == {"atendente", "link_pagamento", "nome"}
        assert one.hand_over
        assert lint_text(one.suggested_text or "") == []


def test_no_text_names_what_stays_inside_and_each_passes_the_linter() -> None:
    for one in messages_for(planned(), SHOP):
        assert not INSIDE.search(one.body + (one.subject or ""))
        early = all_enabled().templates[one.template].asserts_default is False
        assert lint_text(one.body, before_due=early) == []


def test_where_somebody_else_reads_nothing_is_said() -> None:
    rows = planned().decisions
    clients = pd.DataFrame({"client_id": rows["client_id"], "name": "Ana"})
    for channel in ("whatsapp", "email", "phone"):
        clients[f"confirmed_{channel}"] = pd.array([False, True, None] * (len(rows) // 3), dtype="boolean")
    other = set(clients["client_id"][::3])
    said = [*messages_for(planned(), SHOP, clients=clients), *agent_contexts(planned(), SHOP, clients=clients)]
    assert {one.client_id for one in said if one.channel is not None}.isdisjoint(other)
    assert {one.client_id for one in said} >= set(rows.loc[rows["template"].notna(), "client_id"]) - other


def test_an_sms_goes_whole_only_to_who_is_known_to_read_it() -> None:
    plan = plan_of([{"dpd": 3, "preferred_channel": "sms"}] * 2, Policy.default())
    clients = pd.DataFrame({"client_id": ["C1"], "confirmed_sms": [True]})
    first, second = messages_for(plan, SHOP, clients=clients)
    assert (first.level, second.level) == ("full", "reserved")
    assert "R$" in first.body
    assert "R$" not in second.body
    assert first.segments is not None


def test_a_text_with_a_consequence_is_written_only_where_a_person_has_approved_it() -> None:
    configured = TEXT.replace("enabled: false", "enabled: true").replace(
        "low: {action: message, channels: [email, whatsapp], template: T08, escalation: negativacao}",
        "low: {action: message, channels: [email, whatsapp], template: T09, escalation: negativacao}",
    )
    policy = Policy.from_text(configured)
    plan = plan_of([{"dpd": 70, "segment": "low", "profile": "P5"}] * 2, policy)
    assert plan.decisions["template"].tolist() == ["T09", "T09"]
    details = pd.DataFrame({"client_id": ["C1", "C2"], "orgao": "Birô Exemplo"})
    assert list(messages_for(plan, SHOP, policy=policy, details=details)) == []
    approved = pd.DataFrame(
        {"client_id": ["C2", "C1"], "kind": ["negativacao", "protest"], "answer_until": "2025-03-31"}
    )
    (one,) = messages_for(plan, SHOP, policy=policy, details=details, approved=approved)
    assert one.client_id == "C2"
    assert "até 31/03/2025 não houver pagamento" in one.body


def test_links_offers_and_details_go_to_their_own_client() -> None:
    plan = plan_of(
        [{"client_id": c, "dpd": 20, "segment": "low", "profile": "P5"} for c in (11, 22, 33)], Policy.default()
    )
    offers = pd.DataFrame(
        {"client_id": [22, 22, 33], "offer": ["a", "b", "c"], "words": ["mais 7 dias", "3 vezes", None]}
        | {"valid_until": "2025-03-20"}
    )
    links = {11: "https://p.example.com/11", 33: "https://p.example.com/33"}
    first, second, third = messages_for(plan, SHOP, links=links, offers=offers)
    assert (first.client_id, second.client_id, third.client_id) == (11, 22, 33)
    assert "https://p.example.com/11" in first.body
    assert "https://p.example.com/33" in third.body
    assert second.placeholders == ("link_pagamento",)
    assert "você pode escolher: mais 7 dias; ou 3 vezes." in second.body
    assert "escolher" not in first.body + third.body
    offers["requires_approval"] = [True, False, None]
    _, second, _ = messages_for(plan, SHOP, links=links, offers=offers)
    assert "você pode escolher: 3 vezes." in second.body


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(messages_for(planned(), SHOP))
    monkeypatch.setattr(blocks, "ROWS_A_BLOCK", 7)
    assert list(messages_for(planned(), SHOP)) == whole


@settings(max_examples=20)
@given(st.lists(st.integers(1, 9_999_999), min_size=1, max_size=5))
def test_titles_are_told_each_and_their_sum(cents: list[int]) -> None:
    titles = [{"dpd": 5 + i, "amount": c / 100} for i, c in enumerate(cents)]
    plan = plan_of([{"titles": titles, "profile": "P4"}], Policy.default())
    for one in messages_for(plan, SHOP):
        assert reais(sum(cents) / 100) in one.body
        assert len(one.invoice_ids) == len(cents)
        if len(cents) > 1:
            assert one.body.count("\n• ") == len(cents)
            assert all(reais(c / 100) in one.body for c in cents)


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"links": {"C1": "http://x.example.com/secret"}}, r"links: 1 of 1 are no address such as https"),
        ({"links": {"C1": "https://x.example.com/{nome}"}}, r"links: 1 of 1"),
        (
            {"clients": pd.DataFrame({"client": ["C1"]})},
            r"clients: column 'client_id' is missing. Did you mean 'client'",
        ),
        ({"clients": pd.DataFrame({"client_id": ["C1", "C1"]})}, "clients: 1 rows repeat a client"),
        (
            {"details": pd.DataFrame({"client_id": ["C1"], "beneficios": ["x"]})},
            r"'beneficios' .*Did you mean 'beneficio'",
        ),
        ({"approved": pd.DataFrame({"client_id": ["C1"]})}, "approved: column 'kind' is missing"),
    ],
)
def test_tables_that_do_not_fit_are_refused_without_telling_what_they_hold(given_: dict[str, Any], told: str) -> None:
    with pytest.raises(CallError, match=told) as refused:
        list(messages_for(planned(), SHOP, **given_))
    assert "secret" not in str(refused.value)


def test_a_plan_of_another_policy_is_refused() -> None:
    other = Policy.from_text(TEXT.replace("version: 0.1.0", "version: 9.9.9", 1))
    with pytest.raises(
        PolicyError, match=r"made under regua_padrao_br/0\.1\.0, and the texts are of regua_padrao_br/9\.9\.9"
    ):
        list(messages_for(planned(), SHOP, policy=other))


# --- the creditor ----------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.one_of(st.from_regex(r"[0-9]{11}", fullmatch=True), st.from_regex(r"[0-9A-Z]{12}[0-9]{2}", fullmatch=True)))
def test_the_document_is_checked_as_at_the_door_of_the_ledger(document: str) -> None:
    right = is_cpf(document) if len(document) == 11 else is_cnpj(document)
    try:
        made = Creditor(name="A", document=document, address="B", service="C")
    except ValidationError:
        assert not right
    else:
        assert right
        assert made.document == document


@pytest.mark.parametrize(
    "document", ["123.456.789-09", "11.222.333/0001-81", "12.ABC.345/01DE-35", 11222333000181, 191]
)
def test_a_right_document_is_taken_however_it_is_written(document: Any) -> None:
    assert len(Creditor(name="A", document=document, address="B", service="C").document) in (11, 14)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"document": "11222333000180"}, "document: .*check digits are wrong"),
        ({"name": "\u200b"}, "name: .*is empty"),
        ({"preferences": "boavista.example.com"}, "preferences: .*https"),
        ({"adress": "x"}, "unknown key 'adress'. Did you mean 'address'"),
    ],
)
def test_a_creditor_file_that_is_wrong_says_where(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    data = {"name": "A", "document": "11222333000181", "address": "B", "service": "C"} | changes
    (tmp_path / "credor.yaml").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(CallError, match=told):
        Creditor.read(tmp_path / "credor.yaml")


@settings(max_examples=60)
@given(st.lists(st.integers(-(10**12), 10**12), max_size=5))
def test_money_is_written_as_in_the_summary(cents: list[int]) -> None:
    assert money(np.array(cents, np.int64)) == [reais(c / 100) for c in cents]
