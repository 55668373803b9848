"""The verb `messages`: a plan on disk becomes one JSON object a line, and nothing personal is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from command_runner import done, refusal

from conftest import Chain

CREDITOR = 'name: Loja Boa\ndocument: "11.222.333/0001-81"\naddress: Rua A, 1, Recife\nservice: 0800 000 0000\n'


@pytest.fixture
def creditor(tmp_path: Path) -> Path:
    path = tmp_path / "credor.yaml"
    path.write_text(CREDITOR, encoding="utf-8")
    return path


def test_a_plan_becomes_a_line_for_each_message_and_each_task(chain: Chain, creditor: Path, tmp_path: Path) -> None:
    decisions = pd.read_parquet(chain.results / "decisions.parquet")
    clients = decisions[["client_id"]].assign(name="Fulana Secreta")
    clients.to_csv(tmp_path / "nomes.csv", index=False, sep=";")
    links = decisions[["client_id"]].assign(link="https://pague.example.com/1")
    links.to_parquet(tmp_path / "links.parquet")
    out = tmp_path / "mensagens.jsonl"
    told = done(
        *("messages", chain.results, "--creditor", creditor, "--out", out, "--policy", chain.policy),
        *("--clients", tmp_path / "nomes.csv", "--links", tmp_path / "links.parquet", "--json"),
    )
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    kinds = [line["type"] for line in lines]
    assert told.json["messages"] == kinds.count("message") > 0
    assert told.json["agent_contexts"] == kinds.count("agent")
    assert told.json["withheld"] == 0
    assert len(lines) == decisions["template"].notna().sum()
    messages = [line for line in lines if line["type"] == "message"]
    assert all("Fulana Secreta" in line["body"] and not line["placeholders"] for line in messages)
    assert "Secreta" not in told.err + told.out
    again = tmp_path / "outra_vez.jsonl"
    done("messages", chain.results, "--creditor", creditor, "--out", again, "--policy", chain.policy)
    assert "{link_pagamento}" in again.read_text(encoding="utf-8")


def test_what_is_wrong_is_told_in_one_line_and_nothing_is_left_behind(
    chain: Chain, creditor: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mensagens.jsonl"
    words = ("messages", chain.results, "--creditor", creditor, "--out", out)
    (tmp_path / "links.csv").write_text("client_id,link\nC00001,http://segredo.example.com\n", encoding="utf-8")
    told = refusal(*words, "--links", tmp_path / "links.csv")
    assert "are no address such as https" in told
    assert "segredo" not in told
    (tmp_path / "x.csv").write_text("cliente,link\nC1,x\n", encoding="utf-8")
    assert "has no column client_id; it has: 'cliente', 'link'" in refusal(*words, "--clients", tmp_path / "x.csv")
    creditor.write_text(CREDITOR.replace("81", "80"), encoding="utf-8")
    assert "check digits are wrong" in refusal(*words)
    assert "there is no such folder" in refusal("messages", tmp_path / "nada", *words[2:])
    assert not out.exists()
    assert not list(tmp_path.glob(".mensagens*"))
