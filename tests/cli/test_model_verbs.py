"""The verbs train, score, decide and explain: what they refuse, each in one message, with nothing written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from command_runner import DAY, contents, done, misuse, refusal

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.pipeline import load_model

# ---- train


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--level", "cliente"), r"--level 'cliente' is unknown\. Did you mean 'client'\? Known: client, invoice\."),
        (("--event", "lat"), r"--event 'lat' is unknown\. Did you mean 'late'\?"),
        (("--event", "paid"), r"the target is wrong: event 'paid' is told of an invoice: give level='invoice'$"),
        (("--dpd", 0), r"the target is wrong: dpd: .*greater than or equal to 1, got 0"),
        (("--horizon", -3), r"the target is wrong: horizon_days: .*got -3"),
        (("--lang", "fr"), r"--lang 'fr' is unknown\. Known: en, pt\."),
        (("--candidates", "boosted,bland"), r"--candidates 'bland' is unknown\. Did you mean 'blend'\?"),
        (("--margin-rate", 0.1), r"the settings are wrong: margin_rate and loss_given_default go together"),
        (("--approval-rate", 2), r"the settings are wrong: approval_rate: Input should be less than 1, got 2"),
        (("--search-trials", 0), r"--search-trials is 0; expected 1 or more"),
        (("--cut", "31/12/2024"), r"cut: '31/12/2024' is not a date\. Expected YYYY-MM-DD"),
        (("--cut", "2030-01-01"), rf"--cut 2030-01-01 lies after {DAY}, the last day the ledger knows"),
        (("--cut", "2020-01-01"), r"no invoice is known at the cut 2020-01-01"),
        (("--cut", "2023-10-01"), r"0 bad and \d+ good among .*at least 30 of each are needed"),
    ],
)
def test_training_that_cannot_be_is_told(tmp_path, chain, words, said):
    assert re.search(said, refusal("train", chain.ledger, "--out", tmp_path / "model", *words))
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"n_boot: 50\n", r"train\.yaml: unknown key 'n_boot'\. Did you mean 'n_bootstrap'\?"),
        (b"n_bootstrap: 5\n", r"train\.yaml: n_bootstrap: .*greater than or equal to 50, got 5"),
        (b"exclude: [open_amont]\n", r"exclude: there is no feature 'open_amont'\. Did you mean 'open_amount'"),
        (b"candidates: [forest]\n", r"train\.yaml: candidates\.0: Input should be 'boosted', 'scorecard' or 'blend'"),
        (b"- 1\n", r"train\.yaml: expected keys and values, got list"),
        (b"a: [\n", r"train\.yaml: not readable as YAML"),
        (b"\xff\xfe\x00", r"train\.yaml: not readable as YAML"),
        (b"judge_from: 2030-01-01\n", r"no mature snapshot from 2030-01-01 on to judge by"),
        (b"judge_from: 2023-08-01\n", r"0 bad and 0 good among the snapshots before 2023-08-01"),
    ],
)
def test_wrong_settings_are_told(tmp_path, chain, text, said):
    (tmp_path / "train.yaml").write_bytes(text)
    words = ("train", chain.ledger, "--out", tmp_path / "model", "--config")

    assert re.search(said, refusal(*words, tmp_path / "train.yaml"))
    assert not (tmp_path / "model").exists()


def test_settings_that_are_not_there_are_told(tmp_path, chain):
    words = ("train", chain.ledger, "--out", tmp_path / "model", "--config")

    assert re.search(r"none\.yaml: not readable as YAML \(.*No such file", refusal(*words, tmp_path / "none.yaml"))
    assert re.search(r"Is a directory", refusal(*words, tmp_path))
    assert "Invalid value for '--dpd'" in misuse(*words[:4], "--dpd", "thirty")


def test_a_model_overwrites_neither_a_ledger_nor_scores_nor_anything_else(tmp_path, chain):
    (tmp_path / "notes.txt").write_text("mine")
    for folder, said in (
        (chain.ledger, r"holds a ledger"),
        (chain.results, r"holds scores"),
        (chain.settings, r"is a file\. Expected a folder"),
        (chain.settings / "model", r"train\.yaml: Not a directory"),
    ):
        before = contents(folder)
        assert re.search(said, refusal("train", chain.ledger, "--out", folder))
        assert contents(folder) == before


def test_a_model_saved_from_python_overwrites_no_ledger(tmp_path, chain):
    ledger = Path(shutil.copytree(chain.ledger, tmp_path / "ledger"))

    with pytest.raises(BundleError, match="holds other things than a model"):
        load_model(chain.model).save(ledger)
    assert contents(ledger) == contents(chain.ledger)


# ---- a model that cannot be trusted, or does not fit


def test_a_changed_byte_in_any_file_of_a_model_is_told_by_its_name(tmp_path, chain):
    files = sorted(path.name for path in chain.model.iterdir())
    assert {"manifest.json", "manifest.sha256", "judgement.json", "ratings.json"} < set(files)
    for name in files:
        content = (chain.model / name).read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            model = shutil.copytree(chain.model, tmp_path / "model")
            changed = bytearray(content)
            changed[place] ^= 1
            (model / name).write_bytes(changed)
            words = ("--model", model, "--client", "C00042", "--as-of", DAY)
            told = refusal("explain", chain.ledger, *words)
            assert name in told
            assert re.search(r"altered since the model was written", told)
            shutil.rmtree(model)


def test_a_file_missing_from_a_model_or_too_many_is_told(tmp_path, chain):
    words = ("score", chain.ledger, "--as-of", DAY, "--out", tmp_path / "out", "--model")
    model = Path(shutil.copytree(chain.model, tmp_path / "model"))
    (model / "extra.txt").write_text("x")
    assert re.search(r"extra\.txt: the file is not part of the model", refusal(*words, model))
    (model / "extra.txt").unlink()
    (model / "ratings.json").unlink()
    assert re.search(r"ratings\.json: the file is missing from the model", refusal(*words, model))
    assert re.search(r"no such folder, so no model", refusal(*words, tmp_path / "none"))
    assert re.search(r"the file is missing from the model", refusal(*words, chain.ledger))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, r"reads the feature 'bureau_\w+', which these features have not"),
        ("boreau", r"reads the feature 'bureau_(\w+)', which these features have not.*Did you mean 'boreau_\1'"),
    ],
    ids=["without the table", "under another name"],
)
def test_a_model_trained_on_other_tables_is_told_with_the_near_name(tmp_path, chain, name, said):
    mapping = yaml.safe_load((chain.export / "mapping.yaml").read_text(encoding="utf-8"))
    bureau = mapping["files"].pop()
    files = [path for path in sorted(chain.export.glob("*.csv")) if name or path.name != bureau["file"]]
    if name:
        mapping["files"].append(bureau | {"table": f"attributes/{name}"})
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    ledger = tmp_path / "ledger"
    done("import", *files, "--mapping", tmp_path / "map.yaml", "--out", ledger)

    words = ("--model", chain.model, "--as-of", DAY)
    assert re.search(said, refusal("score", ledger, *words, "--out", tmp_path / "out"))
    assert re.search(said, refusal("explain", ledger, *words, "--client", "C00042"))
    assert not (tmp_path / "out").exists()


def test_a_model_of_clients_scores_no_invoices(tmp_path, chain):
    words = ("score", chain.ledger, "--model", chain.model, "--at-issue", "--out", tmp_path / "out")

    assert re.search(r"the model is of level client: give --as-of or --snapshots", refusal(*words))


# ---- dates


def test_a_date_before_the_first_fact_is_told_even_if_stale_is_allowed(tmp_path, chain):
    words = ("score", chain.ledger, "--model", chain.model, "--out", tmp_path / "out", "--as-of")

    assert re.search(r"no client has a fact known at 1990-01-01", refusal(*words, "1990-01-01"))
    assert re.search(r"2020-07-15 lies before the first invoice", refusal(*words, "2020-07-15"))
    assert re.search(r"2020-07-15 lies before the first invoice", refusal(*words, "2020-07-15", "--allow-stale"))
    assert re.search(r"as_of: 'soon' is not a date", refusal(*words, "soon"))
    assert not (tmp_path / "out").exists()


def test_a_date_after_the_ledgers_last_day_is_refused_unless_stale_is_allowed(tmp_path, chain):
    out = tmp_path / "out"
    words = ("score", chain.ledger, "--model", chain.model, "--as-of", "2025-07-15", "--out", out, "--json")
    said = rf"beyond_known_until: (\d+) of \1 snapshots lie after {DAY}.*say --allow-stale"
    assert re.search(said, refusal(*words))
    assert not out.exists()

    ran = done(*words, "--allow-stale")
    assert ran.json["beyond_known_until"] == ran.json["rows"] == len(pd.read_parquet(out / "scores.parquet"))
    assert "beyond_known_until" in ran.err

    decide = ("decide", out, "--ledger", chain.ledger, "--out", tmp_path / "plan", "--json")
    assert re.search(said, refusal(*decide))
    assert not (tmp_path / "plan").exists()
    ran = done(*decide, "--allow-stale")
    assert ran.json["beyond_known_until"] == ran.json["rows"]
    assert (tmp_path / "plan" / "decisions.parquet").exists()


# ---- policies and scores


def test_the_word_default_is_the_policy_that_comes_with_the_library(tmp_path, chain):
    done("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path, "--policy", "default")

    assert contents(tmp_path)["decisions.parquet"] == contents(chain.results)["decisions.parquet"]


def test_a_policy_that_cannot_be_read_is_told_before_anything_is_written(tmp_path, chain):
    default = chain.policy.read_text(encoding="utf-8")
    policy = tmp_path / "policy.yaml"
    score = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path / "out")
    decide = ("decide", chain.results, "--ledger", chain.ledger, "--out", tmp_path / "out")
    for text, said in (
        ("a: [", r"policy\.yaml is not YAML"),
        ("", r"policy\.yaml: expected a policy, got NoneType"),
        (default.replace("owner:", "ownr:"), r"unknown key 'ownr'\. Did you mean 'owner'"),
        (
            re.sub("(?m)^target: .*", "target: client_default_60d_in_90d", default),
            r"needs scores of target '\w+60d_in_90d'; these are of '\w+30d_in_90d'",
        ),
    ):
        policy.write_text(text, encoding="utf-8")
        for words in (score, decide):
            assert re.search(said, refusal(*words, "--policy", policy))
    for words in (score, decide):
        assert re.search(r"none\.yaml: cannot be read", refusal(*words, "--policy", tmp_path / "none.yaml"))
        assert re.search(r"cannot be read", refusal(*words, "--policy", tmp_path))
    assert not (tmp_path / "out").exists()


def test_a_plan_is_of_one_date_and_of_clients(tmp_path, chain):
    out, plan = tmp_path / "out", tmp_path / "plan"
    score = ("score", chain.ledger, "--model", chain.model, "--as-of", f"2025-05-31,{DAY}", "--out", out)
    said = rf"a plan is of one date; the scores are of 2, 2025-05-31 to {DAY}"
    assert re.search(said, refusal(*score, "--policy", chain.policy))
    assert not out.exists()
    done(*score)
    decide = ("decide", out, "--ledger", chain.ledger, "--out", plan)
    assert re.search(said, refusal(*decide))

    scores = pd.read_parquet(chain.results / "scores.parquet")
    scores.assign(invoice_id="T1").to_parquet(out / "scores.parquet")
    assert re.search(r"these are of invoices\. A policy decides on clients", refusal(*decide))
    scores.assign(segment="hihg").to_parquet(out / "scores.parquet")
    assert re.search(r"unknown segment 'hihg'\. Did you mean 'high'\?", refusal(*decide))
    scores.drop(columns="state").to_parquet(out / "scores.parquet")
    assert re.search(r"scores: column 'state' is missing", refusal(*decide))
    scores.assign(client_id="who-" + scores["client_id"]).to_parquet(out / "scores.parquet")
    assert re.search(r"not of the same clients", refusal(*decide))
    assert not plan.exists()


def test_what_are_no_scores_is_told(tmp_path, chain):
    decide = ("--ledger", chain.ledger, "--out", tmp_path / "plan")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes((chain.results / "scores.parquet").read_bytes()[:-9])

    assert re.search(r"none: there is no such file", refusal("decide", tmp_path / "none", *decide))
    assert re.search(r"scores\.parquet: there is no such file", refusal("decide", tmp_path, *decide))
    assert re.search(r"cut\.parquet: not readable as Parquet, it may be cut off", refusal("decide", cut, *decide))
    invoices = chain.ledger / "invoices.parquet"
    assert re.search(r"is no table of scores, it has no column as_of", refusal("decide", invoices, *decide))


def test_scores_and_plans_overwrite_neither_a_ledger_nor_a_model(tmp_path, chain):
    score = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out")
    decide = ("decide", chain.results, "--ledger", chain.ledger, "--out")
    (tmp_path / "manifest.json").write_text('{"version": 3}')
    for words in (score, decide):
        for folder, said in (
            (chain.ledger, r"holds a ledger"),
            (chain.model, r"holds a model"),
            (tmp_path, r"holds a manifest\.json that is none of ours"),
            (chain.settings, r"is a file\. Expected a folder"),
            (chain.settings / "out", r"train\.yaml: Not a directory"),
        ):
            before = contents(folder)
            assert re.search(said, refusal(*words, folder))
            assert contents(folder) == before


def test_a_history_that_is_none_is_told(tmp_path, chain):
    score = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path / "out", "--history")

    assert re.search(r"--history .*none: there is no such folder", refusal(*score, tmp_path / "none"))
    assert re.search(r"holds neither scores\.parquet nor decisions\.parquet", refusal(*score, chain.ledger))
    assert not (tmp_path / "out").exists()


# ---- explain


def test_a_client_that_the_ledger_does_not_know_is_told_and_no_other_named(chain):
    words = ("explain", chain.ledger, "--model", chain.model, "--as-of")

    assert refusal(*words, DAY, "--client", "C0042") == "client 'C0042' is unknown to the ledger."
    assert refusal(*words, DAY, "--client", "?") == "client '?' is unknown to the ledger."
    early = refusal(*words, "1990-01-01", "--client", "C00042")
    assert re.search(r"client 'C00042' has no fact known at 1990-01-01", early)
    assert re.search(r"--lang 'es' is unknown", refusal(*words, DAY, "--client", "C00042", "--lang", "es"))


def test_an_explanation_after_the_last_day_is_told_with_a_flag(chain):
    ran = done("explain", chain.ledger, "--model", chain.model, "--client", "C00042", "--as-of", "2025-08-01")

    assert "Cliente C00042 em 01/08/2025" in ran.out
    assert ran.err.startswith("beyond_known_until: ")
