"""The verb explain: a page in one file, the version for the client, the decision; and what it refuses."""

from __future__ import annotations

import re

from command_runner import DAY, done, refusal


def words(chain, *more: object) -> tuple:
    return ("explain", chain.ledger, "--model", chain.model, "--client", "C00042", "--as-of", DAY, *more)


def test_a_page_is_written_whole_and_the_same_twice(tmp_path, chain):
    out = tmp_path / "c42.html"
    ran = done(*words(chain, "--policy", chain.policy, "--html", out))
    first = out.read_bytes()
    done(*words(chain, "--policy", chain.policy, "--html", out))

    assert ran.out == f"C00042 -> {out}\n"
    assert out.read_bytes() == first
    assert b"As regras por tr" in first
    assert [file.name for file in tmp_path.iterdir()] == ["c42.html"]


def test_the_client_reads_who_writes_and_where_to_ask(tmp_path, chain):
    creditor = tmp_path / "creditor.yaml"
    creditor.write_text(
        "{name: Loja Boa, document: 11.222.333/0001-81, address: 'Rua A, 1, Recife', service: 0800 000 0000}\n"
    )
    ran = done(*words(chain, "--for-client", "--creditor", creditor))

    assert "Fale com a gente: 0800 000 0000." in ran.out
    assert "Loja Boa · CNPJ 11.222.333/0001-81 · Rua A, 1, Recife" in ran.out
    assert not re.search(r"segmento|\(R\d\d\)", ran.out)
    told = done(*words(chain, "--for-client", "--json")).json
    assert set(told) == {"client_id", "as_of", "audience", "lang", "score", "sections"}


def test_machines_get_the_way_and_the_titles(chain):
    told = done(*words(chain, "--json")).json

    assert {"way", "titles", "against", "favour", "segment"} <= set(told)
    assert told["way"]["kind"] in {"safest", "unrated", "pay_today", "nothing_left", "pay_on_time", "not_enough"}
    assert told["titles"][0].keys() >= {"invoice_id", "due_date", "days_late"}


def test_a_folder_in_the_place_of_the_page_is_refused_before_the_work(tmp_path, chain):
    assert re.search(r"is a folder\. Expected the name of a file", refusal(*words(chain, "--html", tmp_path)))
