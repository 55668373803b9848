"""The verbs for a client's rights, on a copy of the small book: a review to its end, a dossier, being forgotten."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, done, refusal

from effort import long_run
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


def in_partitions(book: Path) -> Path:
    done("partition", book / "ledger", "--out", book / "parts", "--rows-a-part", 600)
    return book / "parts"


def test_on_a_ledger_in_partitions_the_verbs_say_the_same(book: Path):
    parts = in_partitions(book)
    words = ("--client", "C00042", "--scores", book / "results")
    whole, parted = (done("dossie", folder, *words).json for folder in (book / "ledger", parts))
    opened = done(
        "review", "open", parts, "--client", "C00042", "--request", "Paguei tudo.", "--on", DAY, "--json"
    ).json
    fact = ("--table", "clients", "--fact", "city=Olinda", "--on", DAY, "--json")
    told = done("review", "correct", parts, "--review", opened["review_id"], *fact).json
    by_place = [
        {p["origem"]: sorted(json.dumps(row) for row in p["registros"]) for p in d["partes"]} for d in (whole, parted)
    ]
    assert by_place[0] == by_place[1]
    assert told == {"review_id": "R000001", "table": "clients", "held": False}
    assert read_ledger(parts).frame("clients")["city"].tolist().count("Olinda") == 1
    assert "there is no such folder" in refusal("review", "show", book / "nowhere", "--on", DAY)


@long_run
@pytest.mark.parametrize("how", ["pseudonymise", "erase"])
def test_scores_after_being_forgotten_are_those_of_the_ledger_dealt_out_anew(chain, book: Path, how: str):
    parts = in_partitions(book)
    done("apagar", parts, "--client", "C00042", "--how", how, "--on", DAY, "--reason", "Pedido do titular.")
    read_ledger(parts).write(book / "whole")
    done("partition", book / "whole", "--out", book / "anew", "--rows-a-part", 600)
    score = ("--model", chain.model, "--as-of", DAY, "--policy", chain.policy, "--rows-in-memory", 0, "--resume")
    for name in ("parts", "anew"):
        done("score", book / name, *score, "--jobs", 1, "--out", book / "out" / name)
    for table in ("scores", "decisions", "decision_items"):
        one, other = (
            pd.read_parquet(book / "out" / name / table).sort_values("client_id", kind="stable", ignore_index=True)
            for name in ("parts", "anew")
        )
        pd.testing.assert_frame_equal(one, other, check_exact=True)


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
