"""The verbs features and score with --engine spark: the files of a run in memory, to the bit, as folders of parts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from sample_book import DAY, Sample, same

from effort import long_run
from inadimplencia_ml.cli import main
from inadimplencia_ml.cli.results import read_scores
from inadimplencia_ml.features.stream import features_table
from inadimplencia_ml.ledger.snapshots import make_snapshots
from inadimplencia_ml.storage import digest


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_scores_and_decisions_are_written_as_parts_with_a_manifest(
    spark: Any, sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, words = tmp_path / "out", ("--as-of", DAY, "--policy", "default", "--history", sample.history)
    code, told, _ = run(
        capsys, "score", sample.folder, "--model", sample.model, *words, "--out", out, "--engine", "spark", "--json"
    )
    assert code == 0
    for name, expected in sample.tables.items():
        same(pq.read_table(out / name), expected)
    said = json.loads((out / "manifest.json").read_text())
    assert {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()} == {"manifest.json", *said["files"]}
    for name, wanted in said["files"].items():
        assert digest(out / name) == wanted
        assert pq.ParquetFile(out / name).metadata.num_rows == said["rows"][name]
    assert said["inputs"]["engine"] == "spark"
    shown = json.loads(told)
    assert shown["rows"] == sample.tables["scores"].num_rows
    counts = sample.tables["scores"].to_pandas().groupby(["state", "segment"]).size()
    assert {(r["state"], r["segment"]): r["rows"] for r in shown["states"]} == counts.to_dict()
    assert sum(r["clients"] for r in shown["decisions"]) == sample.tables["decisions"].num_rows
    assert read_scores(out).attrs["bundle_digest"] == said["model"]  # so that `decide` gives the same decision ids


@long_run
def test_features_are_written_as_parts_and_written_over(
    spark: Any, sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, days = tmp_path / "features.parquet", ["2025-05-31", "2025-06-30"]
    for asked in (("--as-of", DAY), ("--every", "month", "--from", days[0], "--to", days[1])):
        code, told, _ = run(capsys, "features", sample.folder, *asked, "--out", out, "--engine", "spark")
        assert code == 0
    expected = features_table(sample.ledger, make_snapshots(sample.ledger, days), families=(), custom=(), n_jobs=1)
    same(pq.read_table(out), expected)
    assert told == f"{expected.num_rows:,} snapshots, {expected.num_columns - 2} features -> {out}\n"
    assert all(path.name.startswith("part-") for path in out.iterdir())


def test_what_is_there_stays_when_a_run_cannot_be(
    spark: Any, sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    words = (sample.folder, "--model", sample.model, "--out", out)
    for asked, code, said in (
        (("features", sample.folder, "--as-of", DAY, "--out", out, "--engine", "spark"), 1, "is there already"),
        (("features", sample.folder, "--as-of", DAY, "--out", out / "x", "--engine", "flink"), 2, "'flink' is unknown"),
        (("score", *words, "--as-of", DAY, "--engine", "spark", "--resume"), 2, "Spark begins anew"),
        (("score", *words, "--as-of", "2025-09-30", "--engine", "spark"), 1, "beyond_known_until: 2025-09-30"),
        (("score", *words, "--as-of", "2001-01-31", "--engine", "spark"), 1, "no client has a fact known"),
    ):
        ended, told, wrong = run(capsys, *asked)
        assert (ended, told) == (code, "")
        assert said in " ".join(wrong.replace("│", " ").split())
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


@long_run
def test_snapshots_after_the_last_day_are_found_by_a_worker(
    spark: Any, sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = make_snapshots(sample.ledger, DAY).head(5)
    late = pd.concat([some, some.head(1).assign(as_of=pd.Timestamp("2025-07-31"))])
    late.to_parquet(tmp_path / "late.parquet")
    words = ("score", sample.folder, "--model", sample.model, "--snapshots", tmp_path / "late.parquet")
    code, _, wrong = run(capsys, *words, "--out", tmp_path / "out", "--engine", "spark")
    assert code == 1
    assert "beyond_known_until: snapshots lie after 2025-06-30" in wrong
    code, told, wrong = run(capsys, *words, "--out", tmp_path / "out", "--engine", "spark", "--allow-stale", "--json")
    assert code == 0
    assert json.loads(told)["beyond_known_until"] == 1


@long_run
def test_a_process_that_sets_nothing_computes_with_its_own_interpreter_and_ends_quietly(
    sample: Sample, tmp_path: Path
) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYSPARK", "SPARK"))}
    command = [sys.executable, "-m", "inadimplencia_ml", "features", sample.folder, "--engine", "spark"]
    for day, code, said in ((DAY, 0, "snapshots"), ("2001-01-31", 1, "error: there is nobody to look at")):
        words = [*command, "--as-of", day, "--out", tmp_path / "out"]
        ran = subprocess.run(list(map(str, words)), env=env, capture_output=True, text=True)
        assert ran.returncode == code
        assert said in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        assert "\tat " not in ran.stderr
