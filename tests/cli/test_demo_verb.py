"""The verb demo, on a small book in place of the sample: the whole chain, told to a collections manager."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from command_runner import DAY, contents, done, refusal, run

from effort import long_run
from inadimplencia_ml.cli import demo_verb


@long_run
def test_the_demo_tells_the_plan_in_portuguese_and_a_second_one_writes_the_same(tmp_path, chain, monkeypatch):
    monkeypatch.setattr(demo_verb, "_export", lambda out: chain.export)
    out = tmp_path / "out"
    ran = done("demo", "--out", out)

    for said in ("Linhas importadas", "Julgamento fora do tempo", "Onde olhar", "C000"):
        assert said in ran.out
    assert re.search(r"warning +invoices", ran.err)
    assert set(contents(out)) > {
        *("ledger/manifest.json", "model/manifest.json", "scores/manifest.json"),
        *("scores/scores.parquet", "scores/decisions.parquet"),
    }
    before = contents(out)

    told = done("demo", "--out", out, "--json").json
    assert contents(out) == before
    assert sum(told["decisions"].values()) == told["rows"] == len(pd.read_parquet(out / "scores" / "scores.parquet"))
    assert told["judgement"] == json.loads((out / "model" / "judgement.json").read_text(encoding="utf-8"))

    command = ran.out.strip().splitlines()[-1].split()
    assert command[:2] == ["inadimplencia", "explain"]
    explained = run(*command[1:])  # the way on that the demo names can be walked
    assert (explained.code, f"Cliente C00042 em {DAY[8:]}/{DAY[5:7]}/{DAY[:4]}" in explained.out) == (0, True)


@pytest.mark.parametrize(
    ("called", "path", "told"),
    [
        (".venv/bin/inadimplencia", "", ".venv/bin/inadimplencia"),  # as `make demo` calls it
        (".venv/bin/inadimplencia", "found", "inadimplencia"),  # the environment is active
        ("/usr/bin/pytest", "", "inadimplencia"),
    ],
)
def test_the_command_that_the_demo_names_can_be_typed_where_it_ran(tmp_path, monkeypatch, called, path, told):
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "inadimplencia").touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [called, "demo"])
    monkeypatch.setenv("PATH", str(tmp_path / (path or "empty")))

    assert f"\n  {told} explain out/ledger" in demo_verb._where(Path("out"), date(2025, 6, 30))


def test_the_demo_goes_into_a_folder_of_its_own(chain):
    before = contents(chain.ledger)

    assert "is a file. Expected a folder." in refusal("demo", "--out", chain.settings)
    assert "holds a ledger. Choose another folder" in refusal("demo", "--out", chain.ledger)
    assert contents(chain.ledger) == before


def test_the_demo_makes_the_sample_again_where_there_is_no_checkout(tmp_path, monkeypatch):
    from inadimplencia_ml import synthetic

    small = synthetic.generate_book(20, random_state=0, start="2025-01-01", end=DAY)
    asked: dict[str, object] = {}
    monkeypatch.setattr(synthetic, "generate_book", lambda **words: asked.update(words) or small)
    monkeypatch.setattr(demo_verb, "_SAMPLE", demo_verb.Path("nowhere"))

    folder = demo_verb._export(tmp_path)
    assert asked == {"random_state": 0}
    assert {path.name for path in folder.iterdir()} >= {"mapping.yaml", "titulos.csv", "baixas.csv"}
