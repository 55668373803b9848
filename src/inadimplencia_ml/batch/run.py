"""A whole book scored and decided part by part: dealt out, worked on side by side, committed at the end.

The result does not hang on how many processes work, or on how often the run was interrupted. Memory depends on the size
of a part and on how many are worked on at once, not on the book.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.batch.asked import Asked
from inadimplencia_ml.batch.inputs import inputs_of, unchanged_since
from inadimplencia_ml.batch.job import Job, Made, end_with, made_part
from inadimplencia_ml.batch.journal import Journal, checked
from inadimplencia_ml.batch.results import FORMAT, MANIFEST, RESULTS, part_name
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.partitioning import ROWS_A_PARTITION, partition_ledger
from inadimplencia_ml.ledger.partitions import Partitions, is_partitioned
from inadimplencia_ml.model_family import ModelFamily
from inadimplencia_ml.pipeline import Model
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import held_alone, read_json, write_parquet

__all__ = ["BatchResult", "result_of", "score_in_parts"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_LOG = logging.getLogger(__name__)
Tell = Callable[..., None]


@dataclass(frozen=True)
class BatchResult:
    """What a run wrote.

    Attributes
    ----------
    out : Path
    manifest : dict
        As in ``manifest.json``.
    rows : dict
        Rows by table.
    states, actions : DataFrame
        Rows by state and segment; with a policy, clients by stage and action.
    beyond : int
        Snapshots after the last day the ledger knows.
    left : list of str
        Tables of an earlier run in the same folder that are not of this one.
    seconds : dict
        By step, of all processes together; of this run alone.
    """

    out: Path
    manifest: dict[str, Any]
    rows: dict[str, int]
    states: pd.DataFrame
    actions: pd.DataFrame
    beyond: int
    left: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def score_in_parts(
    model: str | Path | Model | ModelFamily,
    ledger: str | Path,
    out: str | Path,
    as_of: dt.date | str | None = None,
    *,
    snapshots: Any = None,
    at_issue: bool = False,
    member: str | None = None,
    policy: Policy | None = None,
    history: str | Path | None = None,
    texts: bool = False,
    rows_a_part: int = ROWS_A_PARTITION,
    n_jobs: int | None = None,
    resume: bool = False,
    allow_stale: bool = False,
    tell: Tell | None = None,
) -> BatchResult:
    """Scores a ledger folder of any size and, with a policy, decides; tables are written as folders of parts.

    The rows are those of `Model.score` and `decide`, to the byte; a part's rows are in the order of its clients.

    Parameters
    ----------
    model : path, Model or ModelFamily
    ledger : path
        A ledger folder. One in partitions is read as it is; another is dealt out beside the results first.
    out : path
        Folder to write. Results of an earlier run there stay until all of the new ones are done.
    as_of, snapshots, at_issue, member, texts
        As for `Model.score` and `ModelFamily.score`.
    policy : Policy, optional
        With it, decisions.
    history : path, optional
        Folder of an earlier run: its scores and decisions.
    rows_a_part : int
        About how many invoice rows a part holds, where the ledger is not in partitions.
    n_jobs : int, optional
        Processes; by default as many as there are cores.
    resume : bool
        Go on with a run that was interrupted, if there is one.
    allow_stale : bool
        Go on although snapshots lie after the ledger's last day.
    tell : function, optional
        Called with a step, how much of it is done, and of how much.

    Raises
    ------
    CallError
        Another run writes there; an input changed since the run to go on with began; a part was damaged; nobody is
        there to look at.
    LedgerError, BundleError, PolicyError
        As the steps raise them.
    """
    say: Tell = tell or (lambda *_: None)
    folder, out = Path(ledger), Path(out)
    asked = Asked.of(model, as_of, snapshots, at_issue, member, policy)
    say("reading")
    inputs = inputs_of(folder, asked.model, history, asked.told | {"texts": texts}, rows_a_part)
    with held_alone(out):
        if resume and (whole := _already(out, inputs)) is not None:
            return whole
        journal = Journal(out)
        journal.begin(inputs, resume=resume)
        book = _book(folder, journal, rows_a_part, inputs, say)
        job = _job(asked, book, journal, history, texts, allow_stale)
        done, seconds = journal.done(), Counter[str]()
        total, step = book.rows, "deciding" if policy is not None else "scoring"
        ready = sum(_rows(book, k) for k in done)
        say(step, ready, total)
        with closing(_all_made(job, [k for k in range(len(book)) if k not in done], n_jobs)) as all_made:
            for made in all_made:
                journal.keep(made.k, made.record)
                done[made.k] = made.record
                seconds.update(made.seconds)
                ready += _rows(book, made.k)
                say(step, ready, total)
                _LOG.info("part %d, %d of %d done", made.k, len(done), len(book))
        _somebody(done, journal)
        manifest = _manifest(done, len(book), inputs, asked, book)
        left = journal.commit(manifest)
    return result_of(out, manifest, left, dict(seconds))


def _somebody(done: Mapping[int, dict[str, Any]], journal: Journal) -> None:
    """Refuses a run that looked at nobody, or from before the first invoice."""
    last, first = max(one["last"] for one in done.values()), min(one["first"] for one in done.values())
    said = None
    if not any(one["tables"] for one in done.values()):
        said = "no row to go on: no client has a fact known at that date"
    elif last < first:
        day = dt.date(1970, 1, 1) + dt.timedelta(days=last)
        said = f"as_of {day} lies before the first invoice that the ledger knows"
    if said is not None:
        journal.drop()
        raise CallError(said)


def _already(out: Path, inputs: Mapping[str, Any]) -> BatchResult | None:
    """The finished result of the same inputs, if it is what lies there."""
    if (out / ".unfinished").exists() or not (out / MANIFEST).is_file():
        return None
    said = read_json(out / MANIFEST)
    if not isinstance(said, dict) or said.get("kind") != RESULTS or said.get("inputs") != inputs:
        return None
    files = {out / name: wanted for name, wanted in said["files"].items()}
    whole = checked(files, "Run again without --resume.")
    return result_of(out, said, [], {}) if whole else None


def _book(folder: Path, journal: Journal, rows_a_part: int, inputs: Mapping[str, Any], say: Tell) -> Partitions:
    """The ledger in partitions: as it is, or dealt out beside the results."""
    if is_partitioned(folder):
        book = Partitions.read(folder)
        unchanged_since(folder, inputs, names=(MANIFEST,))
        return book
    dealt = journal.folder / "ledger"
    if not dealt.exists():
        say("dealing out")
        for left in journal.folder.glob(".ledger.*"):  # of a run that was interrupted here
            shutil.rmtree(left, ignore_errors=True)
        partition_ledger(folder, dealt, rows_a_partition=rows_a_part)
        unchanged_since(folder, inputs)
    return Partitions.read(dealt)


def _job(asked: Asked, book: Partitions, journal: Journal, history: Any, texts: bool, allow_stale: bool) -> Job:
    known = dt.date.fromisoformat(book.manifest["known_until"])
    if asked.as_of is not None and asked.as_of > known and not allow_stale:
        raise CallError(
            f"beyond_known_until: {asked.as_of} lies after {known}, the last day the ledger knows. "
            "Import newer data, or say --allow-stale."
        )
    place = None
    if asked.snapshots is not None:
        place = journal.folder / "snapshots.parquet"
        number = book.of_clients(asked.snapshots["client_id"])
        write_parquet(asked.snapshots.append_column("partition", pa.array(number.astype(np.int32))), place)
    return Job(
        ledger=Partitions(book.folder, book.manifest),  # without what it has read
        digest=asked.model.digest,
        model=asked.on_disk(journal.folder / "model"),
        member=asked.member,
        as_of=asked.as_of,
        at_issue=asked.at_issue,
        snapshots=place,
        policy=asked.policy,
        history=None if history is None else Path(history),
        texts=texts,
        allow_stale=allow_stale,
        made=journal.made,
    )


def _rows(book: Partitions, k: int) -> int:
    return int(book.manifest["partitions"][k]["tables"]["invoices"]["rows"])


def _all_made(job: Job, todo: list[int], n_jobs: int | None) -> Generator[Made, None, None]:
    """The parts as they are done: side by side in processes, or in this one."""
    jobs = min(n_jobs or os.cpu_count() or 1, len(todo))
    if jobs <= 1 or not isinstance(job.model, Path):
        yield from (made_part(job, k) for k in todo)
        return
    from joblib.externals.loky import as_completed, get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    how = {"env": dict.fromkeys(_THREADS, threads), "initializer": end_with, "initargs": (os.getpid(),)}
    processes = get_reusable_executor(max_workers=jobs, reuse=False, **how)
    try:
        with warnings.catch_warnings():
            # A process that has grown ends after its part, and another takes its place: no news for who waits.
            warnings.filterwarnings("ignore", "A worker stopped", UserWarning)
            for future in as_completed([processes.submit(made_part, job, k) for k in todo]):
                yield future.result()
    except BrokenProcessPool as error:
        raise CallError(
            "a working process was stopped by the system, most likely for lack of memory. Run again with --resume and "
            "fewer --jobs."
        ) from error
    finally:
        processes.shutdown(wait=False, kill_workers=True)


def _manifest(
    done: Mapping[int, dict[str, Any]], parts: int, inputs: Mapping[str, Any], asked: Asked, book: Partitions
) -> dict[str, Any]:
    """Everything that a result is told by; no clock, no path, no host."""
    files, rows, beyond = {}, {}, 0
    for k, record in sorted(done.items()):
        beyond += record["beyond"]
        for name, entry in record["tables"].items():
            files[f"{name}/{part_name(k)}"] = entry["sha256"]
            rows[f"{name}/{part_name(k)}"] = entry["rows"]
    summary = {what: _added(done.values(), what) for what in ("states", "actions")}
    about = asked.about(book.manifest["known_until"])
    told = {"files": files, "rows": rows, "parts": parts, "inputs": dict(inputs), "beyond_known_until": beyond}
    return {"kind": RESULTS, "format": FORMAT} | told | summary | about


def _added(records: Any, what: str) -> list[list[Any]]:
    """The counts of all parts together, in a fixed order."""
    counts = Counter[tuple[Any, ...]]()
    for record in records:
        for *key, number in record[what]:
            counts[tuple(key)] += number
    return [[*key, n] for key, n in sorted(counts.items(), key=lambda pair: [str(word) for word in pair[0]])]


def result_of(out: Path, manifest: dict[str, Any], left: list[str], seconds: dict[str, float]) -> BatchResult:
    """What a run wrote, as its manifest tells it."""
    rows = Counter[str]()
    for name, number in manifest["rows"].items():
        rows[name.partition("/")[0]] += number
    width = max((len(row) for row in manifest["states"]), default=3)
    by = ["state", "segment", "rows"] if width == 3 else ["member", "state", "segment", "rows"]
    states = pd.DataFrame(manifest["states"], columns=by)
    actions = pd.DataFrame(manifest["actions"], columns=["stage", "action", "clients"])
    return BatchResult(out, manifest, dict(rows), states, actions, manifest["beyond_known_until"], left, seconds)
