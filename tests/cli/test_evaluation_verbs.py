"""The verbs reproduce and validate: what they print, how they end, what they refuse in one line."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command_runner import DAY, done, refusal, run

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml.pipeline import load_model
from inadimplencia_ml.risk.bundle import make_bundle

VERBS = ("reproduce", "validate")
SMALL = "max_snapshots: 600\njitter_snapshots: 100\n"


def with_bundle(folder: Path, model: Path, judged_bads: int = 0, **changes: Any) -> Path:
    """A copy of a model whose manifest says something else, or whose judgement so many more bad ones."""
    bundle = load_model(model).bundle
    parts = copy.deepcopy(dict(bundle.parts))
    parts["judgement.json"]["facts"]["bads"] += judged_bads
    changed = make_bundle(parts, bundle.manifest.model_copy(update=changes))
    return iml.Model.of(changed).save(folder)


# ---- reproduce


@long_run
def test_a_model_of_the_command_is_made_again_to_the_digest(chain):
    ran = done("reproduce", chain.model, chain.ledger, "--threads", "2", "--json")

    assert ran.json["equal"] is True
    assert ran.json["again"] == {"2": ran.json["digest"]} == {"2": load_model(chain.model).digest}
    assert ran.json["differences"] == []


def test_training_is_asked_for_what_the_manifest_says_and_a_difference_ends_with_1(tmp_path, chain, monkeypatch):
    asked: list[Any] = []
    other = load_model(with_bundle(tmp_path / "other", chain.model, versions={"lightgbm": "0.1"}))

    def retrained(book: Any, target: Any, **given: Any) -> Any:
        asked.append((target, given["cut"], given["settings"].n_bootstrap, given["custom"]))
        return other

    monkeypatch.setattr("inadimplencia_ml.training.train.train", retrained)
    ran = run("reproduce", chain.model, chain.ledger, "--lang", "en")

    assert ran.code == 1
    assert ran.out.startswith("Not reproduced: the versions of the libraries differ (")
    assert ran.out.count("\n") == 1
    manifest = load_model(chain.model).bundle.manifest
    assert asked == [(iml.Target(**manifest.target), manifest.cut, 50, ())] * 2  # with one thread and with two


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--threads", "0"), "--threads '0': expected whole numbers from 1 up, parted by commas, such as 1,2"),
        (("--threads", "two"), "--threads 'two': expected whole numbers"),
        (("--lang", "fr"), "--lang 'fr' is unknown. Known: en, pt."),
    ],
)
def test_a_call_to_reproduce_that_cannot_be_is_told(chain, words, said):
    assert refusal("reproduce", chain.model, chain.ledger, *words).startswith(said)


def test_settings_of_another_version_are_told(tmp_path, chain):
    manifest = load_model(chain.model).bundle.manifest
    settings = manifest.settings | {"training": {**manifest.settings["training"], "no_such": 1}}
    model = with_bundle(tmp_path / "model", chain.model, settings=settings)

    said = refusal("reproduce", model, chain.ledger)
    assert said == "the settings of the model are not of this version: no_such: Extra inputs are not permitted"


def test_a_ledger_that_ends_before_the_cut_is_told(tmp_path, chain):
    older = iml.read_ledger(chain.ledger).known_at("2025-01-31").write(tmp_path / "older")

    assert refusal("reproduce", chain.model, older).startswith(f"cut: {DAY} lies after 2025-01-31")


# ---- validate


def test_a_model_of_the_command_is_valid_on_its_ledger(tmp_path, chain):
    (tmp_path / "validate.yaml").write_text(SMALL)
    ran = done("validate", chain.model, chain.ledger, "--config", tmp_path / "validate.yaml", "--json")

    found = pd.DataFrame(ran.json["findings"]).set_index("test")["verdict"]
    assert ran.json["ok"] is True
    assert found[["labels", "features", "metrics", "judged_counts"]].tolist() == ["pass"] * 4
    assert {row["source"] for row in ran.json["sources"]} >= {"payments", "contacts", "clients"}


def test_a_fail_ends_with_1_and_the_page_is_told_in_the_language_asked_for(tmp_path, chain):
    (tmp_path / "validate.yaml").write_text(SMALL)
    flattered = with_bundle(tmp_path / "model", chain.model, judged_bads=-1)
    for lang, words in (("en", ("FAIL", "Validation of the model")), ("pt", ("FALHA", "Validação do modelo"))):
        ran = run("validate", flattered, chain.ledger, "--config", tmp_path / "validate.yaml", "--lang", lang)
        assert ran.code == 1
        assert all(word in ran.out for word in words)
        assert ran.out.count(words[0]) == 2  # in the table, and in the count above the text


def test_wrong_validation_settings_are_told(tmp_path, chain):
    (tmp_path / "validate.yaml").write_text("least_row: 5\n")
    words = ("validate", chain.model, chain.ledger, "--config", tmp_path / "validate.yaml")

    assert "validate.yaml: unknown key 'least_row'. Did you mean 'least_rows'" in refusal(*words)
    assert refusal("validate", chain.model, chain.ledger, "--lang", "fr").startswith("--lang 'fr' is unknown")


# ---- both


@pytest.mark.parametrize("verb", VERBS)
def test_no_model_no_ledger_and_the_two_mixed_up_are_told(tmp_path, chain, verb):
    assert "there is no such folder, so no model" in refusal(verb, tmp_path / "none", chain.ledger)
    assert "none" in refusal(verb, chain.model, tmp_path / "none")
    assert "the file is missing from the model" in refusal(verb, chain.ledger, chain.model)


@pytest.mark.parametrize("verb", VERBS)
def test_a_model_that_was_altered_is_told(tmp_path, chain, verb):
    model = with_bundle(tmp_path / "model", chain.model)
    judgement = json.loads((model / "judgement.json").read_text(encoding="utf-8"))
    judgement["facts"]["bads"] += 1
    (model / "judgement.json").write_text(json.dumps(judgement), encoding="utf-8")

    assert "judgement.json: the file was altered since the model was written" in refusal(verb, model, chain.ledger)
