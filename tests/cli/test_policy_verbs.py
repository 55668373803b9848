"""The verbs on policies: what they print, how they end, what they refuse in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, done, refusal, run

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.compare import compare_plans
from policy.prose import plan_of, tables_of


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


SMALL_BOOK = [
    {"client_id": "ANA", "segment": "low", "dpd": 3, "profile": "P5", "on_time_streak": 7},
    {"client_id": "BIA", "segment": "medium", "dpd": 3, "profile": "P5"},
    {"client_id": "CAIO", "segment": "low", "dpd": -20, "profile": "P5", "on_time_streak": 7},
    {"client_id": "DORA", "segment": "medium", "profile": "P5", "credit_limit": 5000.0, "days_since_cure": 89},
]
THREE_LINES = (
    ("low: {action: message, channels: [email], template: T03}", "low: null"),
    ("{on_time_streak: {ge: 6}, overdue_count: {eq: 0}}, value: 0.02", "{on_time_streak: {ge: 8}}, value: 0.02"),
    ("{when: {days_since_cure: {lt: 90}}, change: hold}", "{when: {days_since_cure: {lt: 90}}, change: freeze}"),
)


def files_of(folder: Path) -> list[object]:
    """The small book as files, and the options that name them."""
    words: list[object] = []
    for name, frame in zip(("scores", "cases", "titles"), tables_of(SMALL_BOOK), strict=True):
        dates = {c: pd.to_datetime(frame[c]) for c in frame if c == "as_of" or c.endswith("_on")}
        frame.assign(**dates).to_parquet(folder / f"{name}.parquet")
        words += [f"--{name}", folder / f"{name}.parquet"]
    return words


def test_diff_decides_on_cases_and_titles_in_files_of_their_own(chain, tmp_path):
    """By hand: ANA falls silent, CAIO loses a benefit, the limit of DORA is frozen, BIA stays as she is."""
    text = chain.policy.read_text(encoding="utf-8")
    for old, new in THREE_LINES:
        assert old in text
        text = text.replace(old, new, 1)
    other = tmp_path / "minha.yaml"
    other.write_text(text, encoding="utf-8")
    told = ("policy", "diff", chain.policy, other, *files_of(tmp_path))
    ran = done(*told, "--out", tmp_path / "clients.parquet", "--json")
    moved = pd.read_parquet(tmp_path / "clients.parquet").set_index("client_id")
    assert {client: list(kinds) for client, kinds in moved["changes"].items()} == {
        "ANA": ["action", "channel", "text", "time"],
        "CAIO": ["further"],
        "DORA": ["limit"],
    }
    assert moved.loc["ANA", ["action_old", "action_new", "harder"]].tolist() == ["message", "nothing", -1]
    assert moved.loc["CAIO", ["further_old", "further_new"]].tolist() == ["benefit punctuality_discount 0.02", ""]
    assert moved.loc["DORA", ["limit_action_old", "limit_action_new"]].tolist() == ["hold", "freeze"]
    assert (ran.json["clients"]["clients"], ran.json["clients"]["changed"]) == (4, 3)
    assert [one["place"] for one in ran.json["changes"]][:2] == ["ladder.E3", "limits.rules.after_cure"]

    in_python = compare_plans(plan_of(SMALL_BOOK, Policy.default()), plan_of(SMALL_BOOK, Policy.read(other)))
    assert in_python.table["client_id"].tolist() == moved.index.tolist()
    as_text = done(*told).out
    assert "3 de 4 clientes mudam; ação mais dura para 0, mais suave para 1." in as_text
    assert "message -> nothing: 1" in as_text


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


def test_cases_without_titles_and_scores_of_two_days_are_refused(chain, tmp_path):
    words = files_of(tmp_path)
    told = ("policy", "diff", "default", "default")
    assert "give --ledger, or --cases and --titles" in refusal(*told, *words[:4])
    assert "give --scores" in refusal(*told, *words[2:])
    two = pd.read_parquet(tmp_path / "scores.parquet")
    two.loc[0, "as_of"] -= pd.Timedelta(days=1)
    two.to_parquet(tmp_path / "scores.parquet")
    assert "of 2 dates; a plan is of one" in refusal(*told, *words)


def test_scores_without_facts_and_other_endings_are_refused(chain, tmp_path):
    scored = ("policy", "diff", "default", "default", "--scores", chain.results)
    assert "give --ledger, or --cases and --titles" in refusal(*scored)
    assert "ends in .parquet or .csv" in refusal(*scored, "--out", tmp_path / "clients.xlsx")
