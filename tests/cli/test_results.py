"""What score and decide write: the same bytes for the same inputs, and decisions that do not hang on how they came."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from command_runner import DAY, contents, done, run

import inadimplencia_ml as iml
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES, FURTHER, SCORES, SEGMENT_BASES

TABLES = {
    "scores": SCORES,
    "decisions": DECISIONS,
    "decision_items": DECISION_ITEMS,
    "duties": DUTIES,
    "further": FURTHER,
}


# ---- laws


def test_score_twice_elsewhere_writes_the_same_bytes(tmp_path, chain):
    ledger, model = (shutil.copytree(f, tmp_path / "other" / f.name) for f in (chain.ledger, chain.model))
    out = tmp_path / "a folder" / "results"
    done("score", ledger, "--model", model, "--as-of", DAY, "--out", out, "--policy", chain.policy)

    assert contents(out) == contents(chain.results)
    assert set(contents(out)) == {*(f"{name}.parquet" for name in TABLES), "manifest.json"}


def test_decide_from_the_scores_writes_the_decisions_that_score_wrote(tmp_path, chain):
    for name, scores in (("folder", chain.results), ("file", chain.results / "scores.parquet")):
        done("decide", scores, "--ledger", chain.ledger, "--out", tmp_path / name, "--policy", chain.policy)
        for table in ("decisions", "decision_items", "duties", "further"):
            made = (tmp_path / name / f"{table}.parquet").read_bytes()
            assert made == (chain.results / f"{table}.parquet").read_bytes()
    assert contents(tmp_path / "folder") == contents(tmp_path / "file")


def test_scores_that_another_program_wrote_again_give_the_same_decision_ids(tmp_path, chain):
    shutil.copy(chain.results / "manifest.json", tmp_path)
    table = pq.read_table(chain.results / "scores.parquet").replace_schema_metadata(None)
    pq.write_table(table.take(pa.array(range(len(table) - 1, -1, -1))), tmp_path / "scores.parquet")
    ran = done("decide", tmp_path, "--ledger", chain.ledger, "--out", tmp_path / "plan")

    ids = [pd.read_parquet(f / "decisions.parquet").set_index("client_id") for f in (chain.results, tmp_path / "plan")]
    pd.testing.assert_series_equal(ids[0]["decision_id"], ids[1]["decision_id"].loc[ids[0].index])
    assert ran.err == ""


def test_scores_that_do_not_know_their_model_are_decided_with_a_word_about_it(tmp_path, chain):
    pd.read_parquet(chain.results / "scores.parquet").to_parquet(tmp_path / "scores.parquet")
    ran = done("decide", tmp_path / "scores.parquet", "--ledger", chain.ledger, "--out", tmp_path / "plan")

    assert "do not carry the digest of their model" in ran.err
    one, other = (pd.read_parquet(f / "decisions.parquet") for f in (chain.results, tmp_path / "plan"))
    pd.testing.assert_frame_equal(one.drop(columns="decision_id"), other.drop(columns="decision_id"))
    assert (one["decision_id"] != other["decision_id"]).all()


def test_a_plan_of_some_clients_is_that_of_all_for_them(tmp_path, chain):
    scores = pq.read_table(chain.results / "scores.parquet").slice(0, 40)
    pq.write_table(scores, tmp_path / "scores.parquet")
    done("decide", tmp_path, "--ledger", chain.ledger, "--out", tmp_path / "plan")

    some, whole = (pd.read_parquet(f / "decisions.parquet") for f in (tmp_path / "plan", chain.results))
    theirs = whole[whole["client_id"].isin(scores["client_id"].to_pylist())].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, theirs)


# ---- files


def test_the_manifest_holds_digests_and_versions_but_no_clock_path_or_host(chain):
    text = (chain.results / "manifest.json").read_text(encoding="utf-8")
    said = json.loads(text)

    assert set(said) == {
        *("kind", "format", "files", "known_until"),
        *("model", "model_version", "policy", "policy_version"),
    }
    assert (said["format"], said["known_until"]) == (1, DAY)
    assert set(said["files"]) == {f"{name}.parquet" for name in TABLES}
    assert set(re.findall(r"\d{4}-\d\d-\d\d", text)) == {DAY}  # a time of writing would be another
    for word in (str(chain.results), str(Path.home()), "/", "\\"):
        assert word not in text.replace(said["policy_version"], "")
    assert not re.search(r"\d\d:\d\d", text)


def test_the_tables_have_the_columns_of_the_contract_and_dates_are_dates(chain):
    for name, table in TABLES.items():
        schema = pq.read_schema(chain.results / f"{name}.parquet")
        assert schema.names[: len(table.columns)] == [column.name for column in table.columns] or name == "scores"
        assert {column.name for column in table.columns} == set(schema.names)
        for column in table.columns:
            if column.kind == "date":
                assert schema.field(column.name).type == pa.date32()
    scores = pd.read_parquet(chain.results / "scores.parquet")
    assert scores["client_id"].is_unique
    assert set(scores["state"]) == {"scoreable", "already_bad", "no_exposure", "inactive"}


def test_the_sentences_of_the_reasons_come_if_asked(tmp_path, chain):
    words = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY)
    done(*words, "--texts", "--out", tmp_path / "out")

    scores = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    assert (scores["text_1"].notna() == scores["reason_1"].notna()).all()
    assert scores["text_1"].str.len().min() > 20
    plain = pd.read_parquet(chain.results / "scores.parquet")
    pd.testing.assert_frame_equal(scores[list(plain)], plain)


def test_a_plan_beside_its_scores_keeps_them_in_the_manifest(tmp_path, chain):
    out = tmp_path / "out"
    done("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", out)
    done("decide", out, "--ledger", chain.ledger, "--out", out, "--policy", chain.policy)

    assert contents(out) == contents(chain.results)


def test_files_of_an_earlier_run_are_named_and_left_out_of_the_manifest(tmp_path, chain):
    out = Path(shutil.copytree(chain.results, tmp_path / "out"))
    ran = done("score", chain.ledger, "--model", chain.model, "--as-of", "2025-05-31", "--out", out)

    assert "Not of this run" in ran.err
    assert "decisions.parquet" in ran.err
    assert list(json.loads((out / "manifest.json").read_text())["files"]) == ["scores.parquet"]
    assert (out / "decisions.parquet").read_bytes() == (chain.results / "decisions.parquet").read_bytes()


def test_an_earlier_run_is_history(tmp_path, chain):
    score = ("score", chain.ledger, "--model", chain.model, "--policy", chain.policy)
    done(*score, "--as-of", "2025-03-31", "--out", tmp_path / "march")
    done(*score, "--as-of", DAY, "--out", tmp_path / "june", "--history", tmp_path / "march")

    before, now, without = (
        pd.read_parquet(f / "scores.parquet").set_index("client_id")
        for f in (tmp_path / "march", tmp_path / "june", chain.results)
    )
    silent = now["state"].isin(["no_exposure", "inactive"])
    assert (without.loc[silent, "segment"] == "none").all()
    kept = before["segment"].reindex(now.index[silent]).fillna("none")
    assert (now.loc[silent, "segment"] == kept).all()
    assert (kept != "none").any()
    pd.testing.assert_series_equal(now.loc[~silent, "probability"], without.loc[~silent, "probability"])
    assert set(now["segment_basis"]) <= set(SEGMENT_BASES)
    history = pd.read_parquet(tmp_path / "march" / "scores.parquet")
    model = iml.load_model(chain.model).score(iml.read_ledger(chain.ledger), DAY, history=history)
    told = ["segment", "segment_basis"]
    pd.testing.assert_frame_equal(model.set_index("client_id")[told], now[told])


def test_nothing_is_half_written_when_the_plan_cannot_be_made(tmp_path, chain, monkeypatch):
    import inadimplencia_ml.pipeline as pipeline

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "decisions.parquet")

    monkeypatch.setattr(pipeline, "decide", full)
    words = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--out", tmp_path / "out")
    ran = run(*words, "--policy", chain.policy)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: decisions.parquet: No space left on device. Free some space and run it again.\n"
    assert not (tmp_path / "out").exists()
