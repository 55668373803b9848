"""A book in parts gives the rows that it gives in memory, to the byte, and goes on after any interruption."""

from __future__ import annotations

import errno
import json
import os
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from joblib.externals import loky
from parts_book import DAY, Whole

import inadimplencia_ml as iml
from effort import long_run
from inadimplencia_ml import storage
from inadimplencia_ml.batch import run as batch_run
from inadimplencia_ml.batch.results import scores_table
from inadimplencia_ml.batch.run import BatchResult, score_in_parts
from inadimplencia_ml.errors import CallError, LedgerError, PolicyError
from inadimplencia_ml.ledger.partitioning import partition_ledger
from inadimplencia_ml.storage import held_alone

ROWS = 200


def scored(whole: Whole, out: Path, **other: Any) -> BatchResult:
    how: dict[str, Any] = {"history": whole.history, "rows_a_part": ROWS, "n_jobs": 1}
    ledger = other.pop("ledger", whole.folder)
    return score_in_parts(other.pop("model", whole.model), ledger, out, DAY, **how | other)


def by_client(table: pa.Table) -> pa.Table:
    ids = np.array(table["client_id"].to_pylist(), str)
    return table.take(pa.array(np.argsort(ids, kind="stable"))).combine_chunks()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def undisturbed(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    with pytest.MonkeyPatch.context() as patch:
        names = Names(patch)
        scored(whole, out)
    return out, names.count


@pytest.fixture
def parts(undisturbed: tuple[Path, int]) -> Path:
    """The folder of a run that nothing disturbed; no test may write into it."""
    return undisturbed[0]


@pytest.fixture
def names(undisturbed: tuple[Path, int]) -> int:
    """How many names that run gave."""
    return undisturbed[1]


# ---- the same as in memory


def test_the_rows_are_those_of_memory_to_the_byte(whole: Whole, tmp_path: Path) -> None:
    parts = tmp_path / "out"
    scored(whole, parts, policy=iml.Policy.default())
    said = json.loads((parts / "manifest.json").read_text())
    assert said["parts"] > 2
    for name, expected in whole.tables.items():
        got = pq.read_table(parts / name)
        assert got.schema.equals(expected.schema, check_metadata=name == "scores")
        assert by_client(got).equals(by_client(expected)), name
        assert sum(n for place, n in said["rows"].items() if place.startswith(f"{name}/")) == expected.num_rows
    for place in sorted((parts / "scores").iterdir()):
        ids = pq.read_table(place)["client_id"].to_pylist()
        assert ids == sorted(ids)


def test_two_processes_write_the_same_bytes_and_one_that_is_replaced_on_the_way_is_no_news(
    whole: Whole, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    as_done = loky.as_completed

    def with_a_replacement(futures: Any) -> Iterator[Any]:
        for future in as_done(futures):
            warnings.warn("A worker stopped while some jobs were given to the executor. [...]", stacklevel=1)
            yield future

    monkeypatch.setattr(loky, "as_completed", with_a_replacement)
    scored(whole, tmp_path / "out", n_jobs=2)
    assert contents(tmp_path / "out") == contents(parts)
    assert [one for one in recwarn if "A worker stopped" in str(one.message)] == []


def test_a_ledger_in_partitions_is_read_as_it_is(whole: Whole, parts: Path, tmp_path: Path) -> None:
    ledger = partition_ledger(whole.folder, tmp_path / "ledger", rows_a_partition=ROWS)
    before = contents(ledger)
    scored(whole, tmp_path / "out", ledger=ledger)
    assert contents(ledger) == before
    one, other = contents(tmp_path / "out"), contents(parts)
    assert {n: b for n, b in one.items() if n != "manifest.json"} == {
        n: b for n, b in other.items() if n != "manifest.json"
    }


def test_snapshots_of_a_table_are_each_in_the_part_of_their_client(whole: Whole, tmp_path: Path) -> None:
    model = iml.load_model(whole.model)
    asked = iml.make_snapshots(whole.ledger, ["2025-01-31", "2025-02-28"]).sample(frac=0.5, random_state=1)
    asked.loc[len(asked) + 1000] = ["nobody", asked["as_of"].iloc[0]]
    expected = scores_table(model.score(whole.ledger, snapshots=asked))
    score_in_parts(model, whole.folder, tmp_path, snapshots=asked, rows_a_part=ROWS, n_jobs=1)
    got = pq.read_table(tmp_path / "scores")
    assert by_client(got).equals(by_client(expected))


# ---- interruptions


class Cut(BaseException):
    """The power is cut: no handler of ours may take it for an error."""


class Names:
    """Counts the moments at which a file or folder gets its name, and cuts the power at one: just before, or after."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int = 0) -> None:
        self.count, self.at = 0, at
        for name in ("replace", "rename"):
            patch.setattr(Path, name, self._cutting(getattr(Path, name)))

    def _cutting(self, real: Any) -> Any:
        def named(path: Path, target: Any) -> Any:
            self.count += 1
            if self.count == self.at and self.at % 2:
                raise Cut
            made = real(path, target)
            if self.count == self.at:
                raise Cut
            return made

        return named


@pytest.mark.parametrize("share", [0.9, *(pytest.param(s, marks=long_run) for s in (0.3, 0.97, 1.0))])
def test_a_run_cut_off_anywhere_goes_on_to_the_same_bytes(
    whole: Whole, parts: Path, names: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    with monkeypatch.context() as patch:
        Names(patch, at=round(share * names))
        with pytest.raises(Cut):
            scored(whole, tmp_path)
    scored(whole, tmp_path, resume=True)
    assert contents(tmp_path) == contents(parts)


def test_what_is_done_is_not_done_again(whole: Whole, parts: Path, tmp_path: Path, monkeypatch: Any) -> None:
    made: list[int] = []
    real = batch_run.made_part

    def counted(job: Any, k: int) -> Any:
        if len(made) == 2:
            raise Cut
        made.append(k)
        return real(job, k)

    monkeypatch.setattr(batch_run, "made_part", counted)
    with pytest.raises(Cut):
        scored(whole, tmp_path)
    first, made[:] = list(made), []
    monkeypatch.setattr(batch_run, "made_part", lambda job, k: made.append(k) or real(job, k))
    scored(whole, tmp_path, resume=True)
    assert not set(first) & set(made)
    assert contents(tmp_path) == contents(parts)
    made.clear()
    again = scored(whole, tmp_path, resume=True)  # nothing is left to do
    assert made == []
    assert again.rows["scores"] == whole.tables["scores"].num_rows


def interrupted(whole: Whole, out: Path, monkeypatch: pytest.MonkeyPatch, **other: Any) -> None:
    real, made = batch_run.made_part, []

    def cut(job: Any, k: int) -> Any:
        made.append(k)
        if len(made) > 2:
            raise Cut
        return real(job, k)

    with monkeypatch.context() as patch:
        patch.setattr(batch_run, "made_part", cut)
        with pytest.raises(Cut):
            scored(whole, out, **other)


def test_a_run_whose_inputs_changed_is_refused_by_their_names(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, history = (Path(shutil.copytree(f, tmp_path / f.name)) for f in (whole.folder, whole.history))
    out, same = tmp_path / "out", {"ledger": folder, "history": history}
    interrupted(whole, out, monkeypatch, **same)
    before = contents(out)

    def refused(what: str, **other: Any) -> None:
        with pytest.raises(CallError, match=rf"there changed: {what}\. Run again without --resume"):
            scored(whole, out, **same | other, resume=True)
        assert contents(out) == before

    refused("policy", policy=iml.Policy.default())
    refused("rows_a_part", rows_a_part=ROWS + 1)
    refused("texts", texts=True)
    pq.write_table(pq.read_table(history / "decisions.parquet").slice(1), history / "decisions.parquet")
    refused("history/decisions.parquet")
    pq.write_table(pq.read_table(folder / "payments.parquet").slice(1), folder / "payments.parquet")
    refused("history/decisions.parquet, ledger/payments.parquet")
    scored(whole, out, **same)  # anew
    assert not (out / ".unfinished").exists()


def test_a_damaged_part_is_told_and_made_again_when_it_is_deleted(
    whole: Whole, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(whole, tmp_path, monkeypatch)
    damaged = sorted((tmp_path / ".unfinished" / "made" / "scores").iterdir())[0]
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 1
    damaged.write_bytes(data)
    with pytest.raises(CallError, match=rf"{damaged.name}: was altered or damaged since it was written\. Delete it"):
        scored(whole, tmp_path, resume=True)
    damaged.unlink()
    scored(whole, tmp_path, resume=True)
    assert contents(tmp_path) == contents(parts)


def test_a_damaged_partition_of_the_ledger_is_told(whole: Whole, tmp_path: Path) -> None:
    ledger = partition_ledger(whole.folder, tmp_path / "ledger", rows_a_partition=ROWS)
    damaged = sorted(ledger.glob("partitions/*/invoices.parquet"))[1]
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(LedgerError, match=r"invoices\.parquet: was altered or damaged"):
        scored(whole, tmp_path / "out", ledger=ledger)
    damaged.unlink()
    with pytest.raises(LedgerError, match=r"invoices\.parquet: the file is missing"):
        scored(whole, tmp_path / "out", ledger=ledger)
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_the_earlier_results_and_the_run_goes_on_when_there_is_room(
    whole: Whole, parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(whole, tmp_path, texts=True)
    before, real, count = contents(tmp_path), storage._to_disk, [0]

    def full(path: Path) -> None:
        count[0] += 1
        if count[0] > 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "_to_disk", full)
        with pytest.raises(OSError, match="No space left"):
            scored(whole, tmp_path)
    after = contents(tmp_path)
    assert {n: b for n, b in after.items() if not n.startswith(".unfinished")} == before
    scored(whole, tmp_path, resume=True)
    assert contents(tmp_path) == contents(parts)


# ---- refusals


def test_two_runs_into_one_folder_are_refused(whole: Whole, tmp_path: Path) -> None:
    with held_alone(tmp_path), pytest.raises(CallError, match=rf"another run \(process {os.getpid()}\) is writing"):
        scored(whole, tmp_path)
    (tmp_path / ".lock").write_text("999999")  # of a process that was killed: it holds nothing
    scored(whole, tmp_path)
    assert not (tmp_path / ".lock").exists()


def test_what_cannot_be_is_told_before_anything_is_written(whole: Whole, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for given, error, said in (
        ({"as_of": "2025-04-30"}, CallError, "beyond_known_until: 2025-04-30 lies after 2025-03-31"),
        ({"as_of": "2019-01-31"}, CallError, "2019-01-31 lies before the first invoice that the ledger knows"),
        ({"at_issue": True}, CallError, "the model is of level client; give as_of"),
        ({}, CallError, "give one of as_of, snapshots and at_issue"),
        ({"as_of": DAY, "member": "late"}, CallError, "one model, not a family"),
        ({"as_of": DAY, "history": tmp_path / "none"}, CallError, "there is no such folder"),
        ({"as_of": DAY, "history": whole.model}, CallError, "holds neither scores"),
    ):
        with pytest.raises(error, match=said):
            score_in_parts(whole.model, whole.folder, out, **{"n_jobs": 1} | given)  # type: ignore[arg-type]
        assert not (out / "manifest.json").exists()
    days = iml.make_snapshots(whole.ledger, ["2025-01-31", "2025-02-28"])
    with pytest.raises(PolicyError, match="a plan is of one date; the snapshots are of 2"):
        score_in_parts(whole.model, whole.folder, out, snapshots=days, policy=iml.Policy.default())
