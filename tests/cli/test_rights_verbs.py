"""The verbs for a client's rights, on a copy of the small book: a review to its end, a dossier, being forgotten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, done, refusal

from inadimplencia_ml.ledger.ledger import read_ledger


@pytest.fixture
def book(chain, tmp_path: Path) -> Path:
    shutil.copytree(chain.ledger, tmp_path / "ledger")
    shutil.copytree(chain.results, tmp_path / "results")
    return tmp_path


def test_a_review_goes_from_the_request_to_the_answer(chain, book: Path):
    ledger, titles = book / "ledger", read_ledger(chain.ledger).frame("invoices")
    scores = pd.read_parquet(chain.results / "scores.parquet")
    client = scores.loc[scores["state"] == "scoreable", "client_id"].iloc[0]
    title = titles.loc[titles["client_id"] == client, "invoice_id"].iloc[-1]
    opened = done(
        "review", "open", ledger, "--client", client, "--request", "Paguei este título.", "--on", DAY, "--json"
    )
    number = opened.json["review_id"]
    fact = ("--fact", f"invoice_id={title}", "--fact", "fine_rate=0.01")
    words = ("--review", number, "--table", "invoices", *fact, "--on", DAY, "--model", chain.model)
    told = done("review", "correct", ledger, *words, "--json").json
    say = ("--outcome", "kept", "--words", "Os demais títulos seguem como estavam.", "--person", "Ana")
    reply = done("review", "decide", ledger, "--review", number, *say, "--on", DAY)

    assert (number, opened.json["due_on"]) == ("R000001", "2025-07-10")
    assert told["held"] is False
    assert 0 <= told["score_before"] <= 1000
    assert "Com os dados de hoje, o seu escore é" in reply.out or "o seu escore passou de" in reply.out
    assert reply.err == ""
    steps = done("review", "show", ledger, "--on", DAY, "--review", number, "--json").json["steps"]
    assert [one["step"] for one in steps] == ["opened", "corrected", "rescored", "decided"]
    assert "answered" in done("review", "show", ledger, "--on", DAY).out


def test_a_dossier_is_printed_or_written(book: Path):
    words = ("dossie", book / "ledger", "--client", "C00042", "--scores", book / "results")
    printed = done(*words).json
    done(*words, "--out", book / "d.json")
    page = done(*words, "--out", book / "d.html")

    assert printed == json.loads((book / "d.json").read_text(encoding="utf-8"))
    assert {"invoices", "clients", "scores", "decisions"} <= {part["tabela"] for part in printed["partes"]}
    assert "Dados que guardamos sobre você" in (book / "d.html").read_text(encoding="utf-8")
    assert "registros de" in page.out
    assert "expected the name of a .json or a .html file" in refusal(*words, "--out", book / "d.pdf")


@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_who_is_forgotten_is_nowhere_and_the_rest_still_works(chain, book: Path, how: str):
    words = (book / "ledger", "--client", "C00042", "--scores", book / "results")
    told = done("apagar", *words, "--how", how, "--on", DAY, "--reason", "Pedido do titular.", "--json").json

    assert told["pseudonym"] == ("apagado-000001" if how == "pseudonymise" else None)
    assert "nothing is held on this client" in refusal("dossie", *words)
    again = ("score", book / "ledger", "--model", chain.model, "--as-of", DAY, "--out", book / "again")
    rows = done(*again, "--json").json["rows"]
    before = len(pd.read_parquet(chain.results / "scores.parquet"))
    assert rows == before - (how == "erase")
    if how == "pseudonymise":
        old, new = (
            pd.read_parquet(folder / "scores.parquet").set_index("client_id")["probability"]
            for folder in (chain.results, book / "again")
        )
        others = old.index.drop("C00042")
        pd.testing.assert_series_equal(new.loc[others], old.loc[others])


def test_a_wrong_call_is_one_line(book: Path):
    ledger = book / "ledger"
    assert "knows no invoice of this client" in refusal(
        "review", "open", ledger, "--client", "C9", "--request", "Uma revisão.", "--on", DAY
    )
    assert "expected COLUMN=VALUE" in refusal(
        "review", "correct", ledger, "--review", "R1", "--table", "clients", "--fact", "city", "--on", DAY
    )
    assert "there is no such folder" in refusal("review", "show", book / "nowhere", "--on", DAY)


def test_a_reason_in_the_command_is_a_sentence_on_a_column_that_is_there(chain, tmp_path: Path):
    words = ("train", chain.ledger, "--out", tmp_path / "model", "--justify")
    assert "expected NAME=TEXT" in refusal(*words, "client_age")
    assert "at least 3 words" in refusal(*words, "client_income=ok")
    assert "justifications: there is no column 'client_age'" in refusal(*words, "client_age=Sem efeito na aprovação.")
