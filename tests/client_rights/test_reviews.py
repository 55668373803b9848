"""A review: asked, due on a day with its source, facts put right as new rows, decided by a person, answered, logged."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from planted_house import OTHER, WHO, House, built, contents

import inadimplencia_ml as iml
from inadimplencia_ml.client_rights.reviews import Reviews
from inadimplencia_ml.client_rights.terms import DEFAULT_TERMS, Terms, read_terms
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.ledger import read_ledger
from inadimplencia_ml.policy.messages.creditor import Creditor

CREDITOR = Creditor(name="Loja Boa", document="11.222.333/0001-81", address="Rua A, 1, Recife", service="0800 000 0000")
ON = "2025-04-03"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return built(tmp_path)


@pytest.fixture
def log(house: House) -> Reviews:
    return Reviews.beside(house.ledger)


def test_the_term_comes_from_a_file_with_its_source(tmp_path: Path) -> None:
    own = tmp_path / "terms.yaml"
    text = DEFAULT_TERMS.read_text(encoding="utf-8")
    own.write_text(text.replace("{2019-07-09: 10}", "{2019-07-09: 10, 2025-06-01: 5}"), encoding="utf-8")
    log = Reviews(tmp_path / "reviews.parquet", read_terms(own))

    assert log.open("C1", "Quero uma revisão.", on="2025-05-31")[1] == dt.date(2025, 6, 10)
    assert log.open("C1", "Quero uma revisão.", on="2025-06-01")[1] == dt.date(2025, 6, 6)
    assert "Lei 12.414/2011, art. 5º, III" in log.table()["due_source"][0]
    assert "LGPD" in read_terms().due("access", ON).source
    for terms, kind, told in (
        (read_terms(), "acess", "Did you mean 'access'"),
        (Terms(terms={"review": {**read_terms().terms["review"].model_dump(), "values": {dt.date(2026, 1, 1): 3}}}),
         "review", "none holds on 2025-04-03"),
    ):  # fmt: skip
        with pytest.raises(CallError, match=told):
            terms.due(kind, ON)


def test_a_corrected_invoice_is_a_new_row_and_the_old_one_stands(house: House, log: Reviews) -> None:
    before = read_ledger(house.ledger)
    log.correct("R000001", house.ledger, "invoices", {"invoice_id": "T2", "amount": "400.00"}, on=ON)
    after = read_ledger(house.ledger)
    old, new = (one.frame("invoices") for one in (before, after))

    pd.testing.assert_frame_equal(new.iloc[: len(old)][list(old.columns)], old)
    row = new.iloc[-1]
    assert (len(new), row["client_id"], row["amount"]) == (len(old) + 1, WHO, 400.0)
    assert row["known_on"] == pd.Timestamp(ON)
    assert (row["issue_date"], row["due_date"]) == (pd.Timestamp("2025-02-03"), pd.Timestamp("2025-03-05"))
    assert after.known_until == dt.date(2025, 4, 3)
    assert after.counts.set_index("table").loc["invoices", ["rows", "accepted"]].tolist() == [6, 5]
    features = iml.build_features(after, pd.DataFrame({"client_id": WHO, "as_of": ["2025-04-02", ON]}))
    assert features["open_amount"].tolist() == [800.0, 300.0]  # 100 of it was paid


def test_facts_of_other_tables_are_added_and_what_was_known_earlier_stays(house: House, log: Reviews) -> None:
    facts = {"payment_date": "2025-03-01", "amount": "900.00", "invoice_id": "T2"}
    log.correct("R000001", house.ledger, "payments", facts, on=ON)
    log.correct("R000001", house.ledger, "clients", {"vulnerable": "não", "city": "Recife"}, on=ON)
    log.correct("R000001", house.ledger, "attributes/bureau", {"note": "retificado"}, on=ON)
    after = read_ledger(house.ledger)
    features = iml.build_features(after, pd.DataFrame({"client_id": WHO, "as_of": ["2025-04-02", ON]}))

    assert features["open_amount"].tolist() == [800.0, 0.0]
    assert after.frame("clients")[["client_id", "city"]].iloc[-1].tolist() == [WHO, "Recife"]
    assert after.frame("attributes/bureau")["note"].iloc[-1] == "retificado"
    steps = log.steps("R000001")
    assert steps["step"].tolist() == ["opened", "corrected", "corrected", "corrected"]
    assert json.loads(steps["facts"][1]) == facts


def test_made_again_after_a_cut_a_correction_is_not_doubled(house: House, log: Reviews) -> None:
    facts = {"payment_date": "2025-03-01", "amount": 900.0, "invoice_id": "T2"}
    first = log.correct("R000001", house.ledger, "payments", facts, on=ON)
    before = contents(house.ledger)
    again = log.correct("R000001", house.ledger, "payments", facts, on=ON)

    assert (first["held"], again["held"]) == (False, True)
    assert contents(house.ledger) == before


@pytest.mark.parametrize(
    ("table", "facts", "told"),
    [
        ("invoice", {"amount": "1"}, "no table 'invoice' on clients. Did you mean 'invoices'"),
        ("invoices", {}, "no fact is given"),
        ("invoices", {"invoice_id": "T2", "amuont": "1"}, "invoices has no column 'amuont'. Did you mean 'amount'"),
        ("invoices", {"invoice_id": "T2", "amount": "mil"}, "invoices.amount is not a number"),
        ("invoices", {"invoice_id": "T3", "amount": "1"}, "the invoice is another client's"),
        ("payments", {"invoice_id": "T3", "amount": "1", "payment_date": ON}, "the invoice is another client's"),
        (
            "payments",
            {"invoice_id": "T2", "amount": "-1", "payment_date": ON},
            "payments.amount: an amount cannot be negative",
        ),
        ("clients", {"vulnerable": "talvez"}, "clients.vulnerable is neither true nor false"),
        ("clients", {"known_on": ON}, "known_on is not given"),
    ],
)
def test_a_correction_that_cannot_be_is_said_without_the_value(
    house: House, log: Reviews, table: str, facts: dict[str, Any], told: str
) -> None:
    before = contents(house.ledger.parent)
    with pytest.raises(CallError, match=told.replace("(", r"\(")) as it:
        log.correct("R000001", house.ledger, table, facts, on=ON)

    assert "mil" not in str(it.value)
    assert contents(house.ledger.parent) == before


def test_another_row_of_the_invoice_on_the_same_day_is_refused(house: House, log: Reviews) -> None:
    log.correct("R000001", house.ledger, "invoices", {"invoice_id": "T2", "amount": 400.0}, on=ON)
    with pytest.raises(CallError, match="another row of that invoice known on that day"):
        log.correct("R000001", house.ledger, "invoices", {"invoice_id": "T2", "amount": 300.0}, on=ON)


def test_the_answer_is_polite_says_what_was_put_right_and_nothing_of_the_inside(house: House, log: Reviews) -> None:
    log.correct("R000001", house.ledger, "invoices", {"invoice_id": "T2", "due_date": "2025-04-05"}, on=ON)
    told = log.decide("R000001", "changed", "O vencimento foi acertado e o limite voltou ao que era.", person="F-12",
                      on="2025-04-10", creditor=CREDITOR)  # fmt: skip

    assert told.days_left == 1
    assert told.text.startswith("Olá.\n\nRecebemos em 01/04/2025 o seu pedido de revisão, de número R000001.")
    assert "analisado por uma pessoa da nossa equipe em 10/04/2025" in told.text
    assert "- Títulos: " in told.text
    assert "vencimento: 05/04/2025" in told.text
    assert "Resultado: a decisão foi alterada. O vencimento foi acertado" in told.text
    assert told.text.endswith("Loja Boa\n0800 000 0000")
    assert "perfil" not in told.text.lower()
    steps = log.steps("R000001")
    assert steps[["step", "outcome", "person", "reply"]].iloc[-1].tolist() == ["decided", "changed", "F-12", told.text]


def test_a_decision_kept_without_a_correction_says_so(house: House, log: Reviews) -> None:
    told = log.decide("R000002", "kept", "Os pagamentos chegaram depois do vencimento", person="Ana", on="2025-04-20")

    assert "não encontramos o que corrigir" in told.text
    assert "a decisão foi mantida. Os pagamentos chegaram depois do vencimento." in told.text
    assert told.days_left == -8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outcome": "keep"}, "the outcome 'keep' is unknown"),
        ({"words": " "}, "the answer gives no reason"),
        ({"words": "Seu perfil é mau pagador."}, "do not belong into an answer"),
        ({"words": "Pague já ou vai a protesto!"}, "do not belong into an answer"),
        ({"person": " "}, "say which person decided"),
        ({"on": "2025-03-01"}, "lies before 2025-04-01"),
        ({"review_id": "R000009"}, "there is no 'R000009'"),
    ],
)
def test_no_answer_without_a_person_a_reason_and_fit_words(log: Reviews, change: dict[str, str], told: str) -> None:
    call = {"review_id": "R000001", "outcome": "kept", "words": "Nada mudou.", "person": "Ana", "on": ON} | change
    before = log.file.read_bytes()
    with pytest.raises(CallError, match=told):
        log.decide(call.pop("review_id"), call.pop("outcome"), call.pop("words"), **call)  # type: ignore[arg-type]

    assert log.file.read_bytes() == before


def test_the_log_only_grows_and_a_decided_review_is_closed(house: House, log: Reviews) -> None:
    before = log.table()
    log.decide("R000001", "kept", "Nada mudou.", person="Ana", on=ON)

    pd.testing.assert_frame_equal(log.table().iloc[: len(before)], before)
    for late in (
        lambda: log.decide("R000001", "kept", "Nada mudou.", person="Ana", on=ON),
        lambda: log.correct("R000001", house.ledger, "clients", {"city": "Recife"}, on=ON),
    ):
        with pytest.raises(CallError, match="R000001 is decided already"):
            late()


def test_what_is_open_late_and_answered_is_seen_on_a_day(log: Reviews) -> None:
    log.decide("R000001", "kept", "Nada mudou.", person="Ana", on=ON)
    standing = {day: log.standing(day).set_index("review_id") for day in ("2025-04-12", "2025-04-13")}

    assert standing["2025-04-12"]["state"].tolist() == ["answered", "open"]
    assert standing["2025-04-13"]["state"].tolist() == ["answered", "late"]
    assert standing["2025-04-13"].loc["R000002", ["client_id", "days_left"]].tolist() == [OTHER, -1]


class Plain:
    """A model that a hand can follow: 1000 points less what is open."""

    target = iml.Target()
    version = "plain@2025"

    def score(self, ledger: iml.Ledger, snapshots: pd.DataFrame) -> pd.DataFrame:
        left = iml.build_features(ledger, snapshots)["open_amount"]
        return snapshots.assign(score=(1000 - left).astype("Int64"), segment="medium")


@pytest.mark.parametrize("held", [False, True])
def test_the_score_is_told_with_and_without_the_corrected_facts(house: House, log: Reviews, *, held: bool) -> None:
    facts = {"invoice_id": "T2", "amount": 400.0}
    if held:  # cut off after the ledger was written
        log.correct("R000001", house.ledger, "invoices", facts, on=ON)
    told = log.correct("R000001", house.ledger, "invoices", facts, on=ON, model=Plain())  # type: ignore[arg-type]

    assert (told["held"], told["score_before"], told["score_after"]) == (held, 200, 700)
    step = log.steps("R000001").iloc[-1]
    assert step[["step", "model_version", "score_before", "score_after"]].tolist() == [
        "rescored",
        "plain@2025",
        200,
        700,
    ]
    reply = log.decide("R000001", "changed", "O valor foi acertado.", person="Ana", on=ON).text
    assert "o seu escore passou de 200 para 700" in reply
    assert "valor: R$ 400,00" in reply
