"""A dossier holds every row of one person, with origin, purpose and basis, and nothing of anybody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planted_house import OTHER, WHO, House, built

from inadimplencia_ml.client_rights.dossier import ANOTHER, dossier
from inadimplencia_ml.client_rights.dossier_page import dossier_page
from inadimplencia_ml.client_rights.whose import mentioned
from inadimplencia_ml.client_rights.wording import WORDS_FILE, column_name, plain_value
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.findings import REASONS
from inadimplencia_ml.tables import CASES, FURTHER, LEDGER_TABLES, REVIEWS, SCORES


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return built(tmp_path_factory.mktemp("house"))


def test_every_table_gives_its_rows_with_where_they_lie(house: House) -> None:
    told = dossier(house.ledger, WHO, scores=[house.scores])

    assert told.counts() == {
        "ledger/agreements.parquet": 1,
        "ledger/attributes/bureau.parquet": 1,
        "ledger/clients.parquet": 1,
        "ledger/contacts.parquet": 1,
        "ledger/escalations.parquet": 1,
        "ledger/invoices.parquet": 2,
        "ledger/links.parquet": 1,
        "ledger/payments.parquet": 3,
        "ledger/problems.parquet": 1,
        "out/decision_items.parquet": 1,
        "out/decisions.parquet": 1,
        "out/duties/part-00000.parquet": 1,
        "out/further.parquet": 1,
        "out/messages.jsonl": 1,
        "out/scores.parquet": 1,
        "reviews.parquet": 1,
    }
    text = json.dumps(told.to_dict(), ensure_ascii=False)
    for sign in "invoices payments clients agreements contacts escalations attributes further messages reviews".split():
        assert f"sinal {sign}" in text, sign


def test_nothing_of_anybody_else_is_told(house: House) -> None:
    told = dossier(house.ledger, WHO, scores=[house.scores]).to_dict()
    text = json.dumps(told, ensure_ascii=False)

    assert not mentioned(text, OTHER)
    for theirs in ("11144477735", "Olinda", "jose@example.com", "T3", "T4", "P2", "A2", "Z2", "Outro pedido"):
        assert theirs not in text
    payments = next(part["registros"] for part in told["partes"] if part["tabela"] == "payments")
    assert {(p["payment_id"], p["client_id"], p["invoice_id"]) for p in payments} == {
        ("P1", WHO, "T1"),
        ("P3", WHO, ANOTHER),  # they paid somebody else's invoice
        ("P4", ANOTHER, "T2"),  # somebody else paid theirs
    }


def test_each_part_says_what_it_is_for_and_on_what_basis(house: House) -> None:
    told = dossier(house.ledger, WHO, scores=[house.scores]).to_dict()

    assert all("LGPD, art." in part["base_legal"] and part["finalidade"].endswith(".") for part in told["partes"])
    assert any("revisão, por uma pessoa" in one for one in told["direitos"])


def test_the_page_is_portuguese_escaped_and_loads_nothing(house: House) -> None:
    page = dossier_page(dossier(house.ledger, WHO, scores=[house.scores]))

    assert "R$ 1.200,00" in page
    assert "03/02/2025" in page
    assert "<th>Vencimento</th>" in page
    assert "<script" not in page
    assert "http" not in page
    assert plain_value("product", "<b>") == "<b>"
    assert "&lt;" not in page
    assert page.count("<table>") == page.count("</table>") == 16


def test_every_column_of_ours_has_a_name_in_portuguese() -> None:
    tables = [*LEDGER_TABLES.values(), SCORES, FURTHER, REVIEWS]
    names = {c.name for table in tables for c in table.columns} - {"date", "series"}

    assert {name for name in names if column_name(name) == name} == set()
    assert len(CASES.columns) > 20  # facts made on the way: they are kept nowhere
    assert WORDS_FILE.exists()


def test_every_word_of_a_closed_list_is_told_in_portuguese() -> None:
    told = {
        (c.name, choice): plain_value(c.name, choice)
        for table in (*LEDGER_TABLES.values(), REVIEWS)
        for c in table.columns
        for choice in c.choices
    }

    assert {pair for pair, text in told.items() if text == pair[1]} == set()
    assert [code for code in REASONS if plain_value("code", code) == code] == []
    assert told["cancel_reason", "void"] == "título sem efeito"


def test_a_client_of_whom_nothing_is_held_is_said_without_a_hint_at_others(house: House) -> None:
    with pytest.raises(CallError, match="nothing is held on this client") as it:
        dossier(house.ledger, "CLI-77", scores=[house.scores])
    assert "CLI" not in str(it.value)


def test_a_file_of_another_origin_that_names_the_client_is_pointed_at(tmp_path: Path) -> None:
    house = built(tmp_path)
    (house.scores / "lista.csv").write_text(f"cliente;nota\n{WHO};boa\n", encoding="utf-8")

    assert dossier(house.ledger, WHO, scores=[house.scores]).elsewhere == ("out/lista.csv",)
    assert dossier(house.ledger, OTHER, scores=[house.scores]).elsewhere == ()
