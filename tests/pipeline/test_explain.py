"""An explanation of a scored client: what adds up, what is proved by scoring again, and what a client may read."""

from __future__ import annotations

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.catalog import HISTORY_FAMILIES, REASONS, feature, is_movable_by_payment
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.explaining import scored_again, way_up
from inadimplencia_ml.explanation import Explanation
from inadimplencia_ml.explanation.sections import Section
from inadimplencia_ml.explanation.way_up import Pay, WayUp
from inadimplencia_ml.ledger.hypothetical import Payment, clients_alone, group_members, with_payments
from inadimplencia_ml.ledger.open_invoices import open_invoices
from inadimplencia_ml.policy.messages.one_message import lint_text

AS_OF = "2025-02-28"
DAY = dt.date.fromisoformat(AS_OF)
CREDITOR = iml.Creditor(
    name="Loja Boa", document="11.222.333/0001-81", address="Rua A, 1, Recife", service="0800 000 0000"
)
BETTER = {"low": 0, "medium": 1, "high": 2}


@pytest.fixture(scope="module")
def scores(model: iml.Model, ledger: iml.Ledger) -> pd.DataFrame:
    return model.score(ledger, AS_OF)


@pytest.fixture(scope="module")
def some(scores: pd.DataFrame) -> list[str]:
    """Clients of every state and segment."""
    return scores.groupby(["state", "segment"]).head(2)["client_id"].tolist()


@pytest.fixture(scope="module")
def told(model: iml.Model, ledger: iml.Ledger, some: list[str]) -> dict[str, Explanation]:
    return {client: model.explain(ledger, client, AS_OF) for client in some}


@pytest.fixture(scope="module")
def sent(model: iml.Model, ledger: iml.Ledger, some: list[str]) -> dict[str, Explanation]:
    how = {"audience": "client", "creditor": CREDITOR, "policy": iml.Policy.default()}
    return {client: model.explain(ledger, client, AS_OF, **how) for client in some[::2]}


def section(told: Explanation, name: str) -> Section | None:
    return next((one for one in told.sections if one.name == name), None)


# ---- the score adds up


def test_the_lines_of_the_sum_add_up_to_the_score(told: dict[str, Explanation]) -> None:
    summed = [(section(one, "sum"), one.score) for one in told.values() if section(one, "sum")]
    assert len(summed) > 5
    for part, score in summed:
        *lines, total = [int(row[0].replace("+", "")) for row in part.rows]
        assert sum(lines) == total == score


def test_the_reasons_are_those_of_the_table_of_reasons(
    model: iml.Model, ledger: iml.Ledger, told: dict[str, Explanation]
) -> None:
    table = model.reasons(ledger, AS_OF)
    for client, one in told.items():
        own = table[table["client_id"] == client]
        for side, spoken in (("against", one.against), ("for", one.favour)):
            expected = own[own["side"] == side].iloc[:4]
            assert [code for code, _, _ in spoken] == expected["code"].tolist()
            np.testing.assert_allclose([p for _, p, _ in spoken], expected["points"], atol=1e-6)


# ---- the way up is proved


def steps(way: WayUp) -> list[tuple[Pay, ...]]:
    """The payments of a way with one of the titles paid today left out."""
    every = way.payments(DAY)
    return [tuple(p for p in every if p.invoice_id != one.invoice_id) for one in way.today]


def test_each_way_leads_where_it_says_and_nothing_paid_today_can_be_spared(
    model: iml.Model, ledger: iml.Ledger, told: dict[str, Explanation]
) -> None:
    kinds = set()
    for client, one in told.items():
        way = one.way
        kinds.add(way.kind)
        if way.kind in ("safest", "unrated"):
            continue
        own = pd.DataFrame({"client_id": [client], "as_of": [pd.Timestamp(way.day)]})
        now = own.assign(as_of=pd.Timestamp(DAY))
        again = scored_again(ledger.known_at(DAY), now, lambda book, look: model.score(book, snapshots=look))
        whole = with_payments(ledger.known_at(DAY), [Payment(*p) for p in way.payments(DAY)])
        row = model.score(whole, snapshots=own).iloc[0]  # of the whole book, by the public way
        assert (row["state"], row["segment"]) == way.after[:2]
        assert (None if pd.isna(row["score"]) else row["score"]) == way.after.score
        if way.kind == "pay_today":
            assert BETTER[way.after.segment] < BETTER[way.before.segment]
            assert all(BETTER[again(left, way.day).segment] >= BETTER[way.before.segment] for left in steps(way))
        if way.kind == "not_enough":
            assert BETTER[way.after.segment] >= BETTER[way.before.segment]
    assert {"safest", "unrated"} < kinds
    assert kinds & {"pay_today", "nothing_left", "pay_on_time"}


def test_nobody_is_told_to_pay_what_they_contest_what_was_sold_or_what_has_no_amount() -> None:
    names = ["invoice_id", "due_date", "amount", "disputed_from", "assigned_on"]
    rows = [
        ("contested", "2025-02-03", 10.0, "2025-02-05", None),
        ("sold", "2025-02-03", 11.0, None, "2025-02-06"),
        ("unknown", "2025-02-03", None, None, None),
        ("late", "2025-02-03", 99.0, None, None),
        ("next", "2025-03-10", 98.0, None, None),
    ]
    invoices = pd.DataFrame(rows, columns=names).assign(client_id="C1", issue_date="2025-01-02")
    known = iml.Ledger(invoices).known_at(DAY)
    own = pd.DataFrame({"client_id": ["C1"], "as_of": [pd.Timestamp(DAY)]})
    asked: list[set[str]] = []

    def never_enough(book: iml.Ledger, look: pd.DataFrame) -> pd.DataFrame:
        asked.append(set(book.frame("payments")["invoice_id"]) if "payments" in book.tables else set())
        return look.assign(state="scoreable", segment="high", score=400)

    row = never_enough(known, own).iloc[0]
    assert way_up(known, own, row, never_enough).kind == "not_enough"
    assert set().union(*asked) == {"late", "next"}


def test_a_client_among_their_own_facts_has_the_features_of_the_whole_book(
    model: iml.Model, ledger: iml.Ledger, some: list[str]
) -> None:
    own = pd.DataFrame({"client_id": some, "as_of": AS_OF})
    whole = model.wanted.build(ledger, own)
    for k, client in enumerate(some):
        alone = clients_alone(ledger.known_at(DAY), group_members(ledger, client))
        found, expected = (
            t.astype(dict.fromkeys(t.select_dtypes("category"), "str"))
            for t in (model.wanted.build(alone, own.iloc[[k]]), whole.iloc[[k]])
        )
        pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True)


def test_a_payment_moves_only_what_a_payment_can_move_and_leaves_the_ledger(
    ledger: iml.Ledger, some: list[str]
) -> None:
    known, own = ledger.known_at(DAY), pd.DataFrame({"client_id": some, "as_of": AS_OF})
    kept = known.all_tables()
    open_ones = open_invoices(known, DAY).query("client_id in @some and outstanding > 0")
    payments = [Payment(i, DAY, a) for i, a in zip(open_ones["invoice_id"], open_ones["outstanding"], strict=True)]
    before = iml.build_features(known, own, families=HISTORY_FAMILIES)
    after = iml.build_features(with_payments(known, payments), own, families=HISTORY_FAMILIES)
    moved = [name for name in before.columns if not before[name].equals(after[name])]
    features = [feature(name, attributes=ledger.attributes) for name in moved]

    assert "overdue_amount" in moved
    assert [one.name for one in features if one.role == "risk" and not is_movable_by_payment(one)] == []
    assert all(known.all_tables()[name].equals(table) for name, table in kept.items())


# ---- the decision, and how it is told


def test_the_decision_is_that_of_the_plan_with_its_rules(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    policy = iml.Policy.default()
    plan = iml.decide(policy, scores, ledger, AS_OF).decisions.set_index("client_id")
    client = plan.index[plan["action"] == "call"][0] if (plan["action"] == "call").any() else plan.index[0]
    told = model.explain(ledger, client, AS_OF, policy=policy)

    rules, decision = section(told, "rules"), section(told, "decision")
    assert rules is not None
    assert decision is not None
    assert list(rules.paragraphs) == plan.loc[client, "reasons"]
    assert plan.loc[client, "decision_id"] in decision.paragraphs[-1]
    assert decision.paragraphs[0] == policy.actions[plan.loc[client, "action"]].sentence
    assert section(model.explain(ledger, client, AS_OF), "decision") is None


def test_a_segment_kept_from_the_last_score_is_the_one_explained(
    model: iml.Model, ledger: iml.Ledger, scores: pd.DataFrame
) -> None:
    before = model.score(ledger, "2025-01-31")
    kept = model.score(ledger, AS_OF, history=before).set_index("client_id")["segment"]
    other = scores.set_index("client_id")["segment"] != kept
    client = kept.index[other & (kept != "none")][0]

    told = model.explain(ledger, client, AS_OF, history=before)
    assert told.segment == kept[client]
    assert told.segment != model.explain(ledger, client, AS_OF).segment


def test_the_titles_told_are_no_younger_than_the_day(told: dict[str, Explanation]) -> None:
    for one in told.values():
        assert one.titles is not None
        assert (one.titles["issue_date"] <= AS_OF).all()
        assert not (one.titles["closed_on"] > AS_OF).any()


def test_an_unknown_audience_is_told_with_the_near_one(model: iml.Model, ledger: iml.Ledger, some: list[str]) -> None:
    with pytest.raises(CallError, match=r"audience is 'clients'\. Did you mean 'client'"):
        model.explain(ledger, some[0], AS_OF, audience="clients")


def test_what_machines_get_is_plain_data(told: dict[str, Explanation], sent: dict[str, Explanation]) -> None:
    for one in (*told.values(), *sent.values()):
        again = json.loads(json.dumps(one.to_dict(), allow_nan=False))
        assert again["as_of"] == AS_OF
        assert ("segment" in again) == (one.audience == "manager")


# ---- what the client reads

INSIDE = re.compile(
    r"\bR\d\d\b|\bP[0-7]\b|\bE\d+\b|\bT\d\d\b|segmento|log-?odds|probabilidade|\bPD\b|perfil|classe|calibra|nan|None"
)


def test_what_the_client_reads_names_no_code_no_profile_and_no_segment(sent: dict[str, Explanation]) -> None:
    inside = {client: found.group() for client, one in sent.items() if (found := INSIDE.search(one.text))}
    assert inside == {}
    names = [profile.name for profile in iml.Policy.default().profiles.values()]
    for one in sent.values():
        assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", one.text, re.IGNORECASE)] == []
        assert not re.search(r"segment|reason|R\d\d", str(one.to_dict().keys()))


def test_what_the_client_reads_passes_the_linter_of_messages(sent: dict[str, Explanation]) -> None:
    for client, one in sent.items():
        titles = [str(i) for i in one.titles["invoice_id"]] if one.titles is not None else []
        found = lint_text(one.text.replace("LGPD", ""), data=[client, CREDITOR.name, *titles])
        assert [(finding.kind, finding.found) for finding in found] == []


def test_what_the_client_reads_holds_what_the_law_asks_for(
    model: iml.Model, sent: dict[str, Explanation], scores: pd.DataFrame
) -> None:
    by_client = scores.set_index("client_id")
    read = {code for scorer in model.scorers.values() for code in scorer.reasons.codes}
    names = {family.code: family.name_pt for family in REASONS}
    for client, one in sent.items():
        text = one.text
        assert "títulos que emitimos, pagamentos que recebemos" in text  # where the data come from
        assert "pedir revisão" in text
        assert "em até 10 dias" in text
        assert CREDITOR.service in text
        assert model.digest[:12] in text
        if not pd.isna(by_client.loc[client, "score"]):
            assert f"é {by_client.loc[client, 'score']}, numa escala" in text
            scorer = "event" if by_client.loc[client, "state"] == "scoreable" else "not_cured"
            codes = read & set(model.scorers[scorer].reasons.codes)
            assert all(names[code].lower() in text.lower() for code in codes)  # the criteria


def test_both_languages_tell_the_same(model: iml.Model, ledger: iml.Ledger, some: list[str]) -> None:
    for audience in ("manager", "client"):
        pt, en = (model.explain(ledger, some[0], AS_OF, audience=audience, lang=lang) for lang in ("pt", "en"))
        assert [(s.name, len(s.rows)) for s in pt.sections] == [(s.name, len(s.rows)) for s in en.sections]
        assert pt.text != en.text
