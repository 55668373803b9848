"""A family of targets by the command: trained from the settings, scored whole or member by member, explained."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, done, refusal

from effort import long_run
from inadimplencia_ml.pipeline import load_model

pytestmark = long_run  # tests/training tries the same without the command

SETTINGS = """
n_bootstrap: 50
months: 15
candidates: [scorecard]
targets:
  pd30: {dpd: 30}
  soon: {dpd: 30, horizon_days: 60, treatment: true}
"""


@pytest.fixture(scope="module")
def family(chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("families")
    (folder / "train.yaml").write_text(SETTINGS)
    told = done("train", chain.ledger, "--out", folder / "family", "--config", folder / "train.yaml", "--json").json
    assert list(told["members"]) == ["pd30", "soon"]
    assert told["agreement"]["facts"]["rows"] > 0
    return folder / "family"


def test_a_family_is_scored_whole_or_by_a_member(chain, family: Path, tmp_path: Path) -> None:
    words = ("score", chain.ledger, "--model", family, "--as-of", DAY, "--out")
    done(*words, tmp_path / "all")
    done(*words, tmp_path / "one", "--member", "pd30", "--policy", chain.policy)
    both, one = (pd.read_parquet(tmp_path / name / "scores.parquet") for name in ("all", "one"))

    assert both.groupby("client_id")["member"].apply(list).map(tuple).unique().tolist() == [("pd30", "soon")]
    pd.testing.assert_frame_equal(both[both["member"] == "pd30"].reset_index(drop=True), one)
    assert len(pd.read_parquet(tmp_path / "one" / "decisions.parquet")) == len(one)
    warned = done(*words, tmp_path / "two", "--member", "soon", "--policy", chain.policy).err
    assert "The model reads treatment features" in warned


def test_a_client_is_explained_by_a_member(chain, family: Path, tmp_path: Path) -> None:
    client = pd.read_parquet(chain.results / "scores.parquet")["client_id"].iloc[0]
    words = ("explain", chain.ledger, "--model", family, "--client", client, "--as-of", DAY)

    assert client in done(*words, "--member", "soon").out
    assert re.search("say which member with --member, of pd30, soon", refusal(*words))
    assert re.search(r"--member 'son' is unknown\. Did you mean 'soon'", refusal(*words, "--member", "son"))


def test_what_is_no_question_to_a_family_or_a_model_is_refused(chain, family: Path, tmp_path: Path) -> None:
    score = ("score", chain.ledger, "--as-of", DAY, "--out", tmp_path / "out", "--model")
    train = ("train", chain.ledger, "--out", tmp_path / "family", "--config", family.parent / "train.yaml")

    assert re.search("say which member with --member", refusal(*score, family, "--policy", chain.policy))
    assert re.search("holds one model, not a family", refusal(*score, chain.model, "--member", "pd30"))
    assert re.search(r"--dpd: the targets are those of .*train\.yaml", refusal(*train, "--dpd", 30))
    assert re.search("a family with a family", refusal(*train, "--previous", chain.model))
    assert re.search("holds a model", refusal(*train[:3], chain.model, *train[4:]))
    assert re.search("holds a family of models", refusal("train", chain.ledger, "--out", family))
    assert load_model(family / "pd30").digest
