"""The verbs on policies: what they print, how they end, what they refuse in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, done, refusal, run

from inadimplencia_ml.policy.policy import Policy


def edited(chain, folder: Path, old: str, new: str) -> Path:
    text = chain.policy.read_text(encoding="utf-8")
    assert old in text
    file = folder / "minha.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def test_check_tells_what_is_doubtful_and_ends_with_1_on_errors_alone(chain, tmp_path):
    good = done("policy", "check", chain.policy, "--as-of", DAY, "--json")
    assert good.json["counts"]["error"] == 0
    assert {one["severity"] for one in good.json["findings"]} <= {"warning", "note"}

    ran = run("policy", "check", edited(chain, tmp_path, "dpd: {ge: 16, le: 30}", "dpd: {ge: 17, le: 30}"))
    assert ran.code == 1
    assert ran.out.startswith("error: ladder.E4: ends at dpd 15, and E5 begins at 17")
    assert ran.out.rstrip().splitlines()[-1] == "error 1, warning 0, note 0"


def test_the_default_policy_is_checked_by_its_name(chain):
    by_name, by_file = (done("policy", "check", p, "--as-of", DAY, "--json").json for p in ("default", chain.policy))
    assert by_name == by_file


def test_diff_tells_the_change_and_which_clients_it_moves(chain, tmp_path):
    other = edited(chain, tmp_path, "low: {action: message, channels: [email], template: T03}", "low: null")
    told = done("policy", "diff", chain.policy, other, "--lang", "en")
    assert "ladder.E3" in told.out
    assert "clients" not in told.out

    out = tmp_path / "clients.parquet"
    facts = ("--scores", chain.results, "--ledger", chain.ledger)
    ran = done("policy", "diff", chain.policy, other, *facts, "--out", out, "--json")
    moved = pd.read_parquet(out)
    assert ran.json["clients"]["changed"] == len(moved)
    assert ran.json["clients"]["clients"] == len(pd.read_parquet(chain.results / "scores.parquet"))
    assert set(moved["stage_old"].dropna()) <= {"E3"}

    as_text = tmp_path / "clients.csv"
    done("policy", "diff", chain.policy, other, *facts, "--out", as_text)
    assert pd.read_csv(as_text)["client_id"].astype(str).tolist() == moved["client_id"].astype(str).tolist()


def test_explain_and_compliance_print_or_write_the_same(chain, tmp_path):
    for verb, first in (("explain", "# Política regua_padrao_br"), ("compliance", "Regras da política")):
        printed = done("policy", verb, chain.policy, "--as-of", DAY).out
        assert printed.startswith(first)
        done("policy", verb, chain.policy, "--as-of", DAY, "--out", tmp_path / f"{verb}.md")
        assert (tmp_path / f"{verb}.md").read_text(encoding="utf-8").rstrip("\n") == printed.rstrip("\n")
    rules = done("policy", "compliance", "--as-of", DAY, "--json").json["rules"]
    assert {one["rule"] for one in rules} == set(Policy.default().references)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("check", "nada.yaml"), r"policy nada\.yaml: cannot be read"),
        (("check", "default", "--as-of", "ontem"), r"--as-of 'ontem' is not a date\. Expected YYYY-MM-DD"),
        (("explain", "--lang", "fr"), r"--lang 'fr' is unknown"),
        (("diff", "default", "default", "--ledger", "L"), r"give --scores"),
        (("diff", "default", "default", "--out", "x.csv"), r"--out holds the clients that change"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(words, told):
    assert re.search(told, refusal("policy", *words))


def test_scores_without_facts_and_other_endings_are_refused(chain, tmp_path):
    scored = ("policy", "diff", "default", "default", "--scores", chain.results)
    assert "give --ledger, or --cases and --titles" in refusal(*scored)
    assert "ends in .parquet or .csv" in refusal(*scored, "--out", tmp_path / "clients.xlsx")
