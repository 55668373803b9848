"""A run in parts by the command: killed, told to end, resumed; the verbs partition and append."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from command_runner import DAY, contents, done, export, refusal

from effort import long_run
from inadimplencia_ml.ledger.partitions import Partitions

pytestmark = long_run  # tests/batch tries the same without the command


def words(chain, out: Path, *more: object) -> tuple[object, ...]:
    asked = ("score", chain.ledger, "--model", chain.model, "--as-of", DAY, "--policy", chain.policy, "--out", out)
    return (*asked, "--rows-in-memory", 0, "--rows-a-part", 600, *more)


@pytest.fixture(scope="module")
def undisturbed(chain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parts") / "out"
    done(*words(chain, out, "--jobs", 1))
    return out


def test_score_chooses_between_memory_and_parts_and_both_give_the_same(chain, undisturbed: Path) -> None:
    assert {p.name for p in chain.results.iterdir()} >= {"scores.parquet", "decisions.parquet"}
    assert {p.name for p in undisturbed.iterdir()} == {
        *("scores", "decisions", "decision_items", "duties", "further"),
        "manifest.json",
    }
    for name in ("scores", "decisions", "decision_items", "further"):
        one = pq.read_table(chain.results / f"{name}.parquet").to_pandas()
        other = pq.read_table(undisturbed / name).to_pandas().sort_values("client_id", kind="stable")
        pd.testing.assert_frame_equal(one, other.reset_index(drop=True), check_exact=True)


@pytest.mark.parametrize(("sent", "ends", "jobs"), [(signal.SIGKILL, -9, 2), (signal.SIGTERM, 128 + 15, 1)])
def test_a_command_that_is_ended_from_outside_is_resumed_to_the_same_bytes(
    chain, undisturbed: Path, tmp_path: Path, sent: signal.Signals, ends: int, jobs: int
) -> None:
    command = [sys.executable, "-m", "inadimplencia_ml", *map(str, words(chain, tmp_path, "--jobs", jobs))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        part = tmp_path / ".unfinished" / "made" / "scores"
        until = time.monotonic() + 120
        while not any(part.glob("part-*.parquet")) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(sent)
        told = process.communicate()[1]
    assert process.returncode == ends, told
    assert "Traceback" not in told
    assert not (tmp_path / "manifest.json").exists()
    done(*words(chain, tmp_path, "--jobs", 1, "--resume"))
    assert contents(tmp_path) == contents(undisturbed)


def test_a_run_is_refused_while_another_writes_there(chain, tmp_path: Path) -> None:
    from inadimplencia_ml.storage import held_alone

    with held_alone(tmp_path):
        for more in ((), ("--rows-in-memory", 10**9)):
            told = refusal(*words(chain, tmp_path, *more))
            assert told.endswith("is writing there. Wait until it has ended, or choose another folder.")
            assert f"process {os.getpid()}" in told


def test_parts_are_read_by_decide_and_as_history(chain, undisturbed: Path, tmp_path: Path) -> None:
    ledger = ("--ledger", chain.ledger, "--policy", chain.policy)
    done("decide", undisturbed, *ledger, "--out", tmp_path / "again")
    whole = pq.read_table(chain.results / "decisions.parquet")
    assert pq.read_table(tmp_path / "again" / "decisions.parquet").equals(whole)
    done("decide", undisturbed / "scores", *ledger, "--history", undisturbed, "--out", tmp_path / "later")


def test_a_plan_in_memory_takes_the_place_of_one_in_parts(chain, undisturbed: Path, tmp_path: Path) -> None:
    done(*words(chain, tmp_path, "--jobs", 1))
    done(*words(chain, tmp_path, "--rows-in-memory", 10**9))
    assert contents(tmp_path) == contents(chain.results)
    done(*words(chain, tmp_path, "--jobs", 1))
    assert contents(tmp_path) == contents(undisturbed)


def test_a_ledger_is_partitioned_and_takes_the_facts_of_a_day(tmp_path: Path) -> None:
    rows = [f"C{k};T{k};02/01/2025;03/02/2025;10,00" for k in range(40)]
    done(*export(tmp_path, *rows))
    parts = tmp_path / "parts"
    told = done("partition", tmp_path / "ledger", "--out", parts, "--rows-a-part", 8, "--json").json
    assert told == {"ledger": str(parts), "partitions": 5, "invoice_rows": 40}
    day = tmp_path / "day"
    day.mkdir()
    more = export(day, "C1;T90;02/03/2025;03/04/2025;10,00", "C1;T1;02/01/2025;03/02/2025;10,00", "C1;T91;x;y;1,00")
    told = done("append", parts, *more[1:4], "--json").json
    assert told["tables"] == [
        {"table": "invoices", "rows": 3, "accepted": 1, "flagged": 0, "rejected": 1, "duplicate": 1, "partitions": 1}
    ]
    assert Partitions.read(parts).rows == 41
    before = contents(parts)
    again = done("append", parts, *more[1:4], "--json")
    assert again.json["tables"] == [
        {"table": "invoices", "rows": 3, "accepted": 0, "flagged": 0, "rejected": 1, "duplicate": 2, "partitions": 0}
    ]
    assert "these files were appended before; nothing was added" in again.err
    assert contents(parts) == before
    assert done("check", parts).code == 0
    assert "is no ledger in partitions" in refusal("append", tmp_path / "ledger", *more[1:4])
