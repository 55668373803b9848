"""One case run in this process and judged: a result with all rows accounted for, one clear error, or a defect."""

# lists of bad values read best in few lines
from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from kinds import Case
from stock import personal

from inadimplencia_ml.cli import main
from inadimplencia_ml.errors import InadimplenciaError

__all__ = ["GOOD", "Verdict", "judge"]

GOOD = ("result", "refused")
"""Outcomes that are as they should be; any other is a defect."""
LONGEST = 2_000
"""Signs of a message that somebody still reads."""
_TELLS = (("check",), ("policy", "check"))
"""Verbs that end with 1 where what they looked at is wrong, and say so as their result."""


@dataclass(frozen=True)
class Verdict:
    """What came of a case, and of a defect what shows it."""

    outcome: str
    told: str = ""


def judge(case: Case) -> Verdict:
    """Runs the commands of a case, until one refuses, and its calls."""
    good = Verdict("result")
    for words in case.commands:
        ran = _run(words)
        verdict = _judged(ran, words, case)
        if verdict.outcome != "result":
            return verdict
    for call in case.calls:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call()
        except (InadimplenciaError, OSError) as error:
            return _message(f"error: {error}\n", str(error))
        except Exception:  # noqa: BLE001  # whatever comes is what is looked for
            return Verdict("traceback", traceback.format_exc())
    return good


@dataclass(frozen=True)
class _Ran:
    code: int | None
    out: str
    err: str
    beside: str  # written past Python
    logged: str
    broken: str


def _run(words: tuple[str, ...]) -> _Ran:
    streams = [
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogatepass", write_through=True) for _ in "oe"
    ]
    code: object = 0
    broken = ""
    shown = contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1])
    with _written_past_python() as beside, _logged() as logged:  # noqa: SIM117  # the streams before the system's
        with shown[0], shown[1]:
            try:
                main(list(words))
            except SystemExit as ended:
                code = 0 if ended.code is None else ended.code
            except BaseException as error:  # whatever comes is what is looked for
                if isinstance(error, KeyboardInterrupt):
                    raise
                broken = traceback.format_exc()
    out, err = (stream.buffer.getvalue().decode("utf-8", "replace") for stream in streams)  # type: ignore[attr-defined]
    return _Ran(int(str(code)), out, err, "".join(beside), logged.getvalue(), broken)


@contextlib.contextmanager
def _written_past_python() -> Iterator[list[str]]:
    """What libraries write to the system's own stdout and stderr."""
    found: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = [os.dup(number) for number in (1, 2)]
        try:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            yield found
        finally:
            for number, old in zip((1, 2), kept, strict=True):
                os.dup2(old, number)
                os.close(old)
        file.seek(0)
        found.append(file.read(100_000).decode("utf-8", "replace"))


@contextlib.contextmanager
def _logged() -> Iterator[io.StringIO]:
    """What the library logs, at every level."""
    text, logger = io.StringIO(), logging.getLogger("inadimplencia_ml")
    handler, level = logging.StreamHandler(text), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _judged(ran: _Ran, words: tuple[str, ...], case: Case) -> Verdict:
    if ran.broken:
        return Verdict("traceback", ran.broken)
    said = ran.err + ran.beside + ran.logged
    leaked = personal(said)
    if leaked:
        return Verdict("leak", f"{leaked!r} in {said[:3000]}")
    if ran.beside.strip():
        return Verdict("noise", ran.beside[:2000])
    if "Warning" in ran.err:
        return Verdict("warning", ran.err[:2000])
    if ran.code == 0:
        return _accounted(ran, words, case)
    if ran.code == 1 and any(words[: len(verb)] == verb for verb in _TELLS) and not ran.err:
        return Verdict("refused", ran.out[:300])
    if ran.code == 1:
        return _message(ran.err, ran.err)
    return Verdict(f"exit {ran.code}", ran.err[:2000])


def _message(err: str, told: str) -> Verdict:
    """Whether a refusal is one clear message."""
    lines = err.rstrip("\n").split("\n")
    if personal(err):
        return Verdict("leak", err[:3000])
    if len(lines) != 1 or not lines[0].startswith("error: ") or len(lines[0]) < 20:
        return Verdict("unclear", err[:2000])
    if len(err) > LONGEST:
        return Verdict("too long", f"{len(err):,} signs: {err[:500]}")
    return Verdict("refused", told[:300])


def _accounted(ran: _Ran, words: tuple[str, ...], case: Case) -> Verdict:
    """Whether all rows that came are told of."""
    if "--json" not in words or "--guess" in words:
        return Verdict("result")
    try:
        said = json.loads(ran.out)
    except ValueError:
        return Verdict("no JSON", ran.out[:2000])
    wrong = _import_wrong(said, case) if words[0] in ("import", "append") else _rows_wrong(said, words)
    return Verdict("rows lost", f"{wrong}: {ran.out[:1500]}") if wrong else Verdict("result")


def _import_wrong(said: Any, case: Case) -> str:
    for one in said["tables"]:
        if one["rows"] != one["accepted"] + one["flagged"] + one["rejected"] + one["duplicate"]:
            return f"{one['table']} does not add up"
        files = [file["rows"] for file in said.get("files", ()) if file["table"] == one["table"]]
        if files and sum(files) != one["rows"]:
            return f"{one['table']}: {files} rows in the files"
    if case.rows is not None and "files" in said and said["tables"][0]["rows"] != case.rows:
        return f"{case.rows} rows came"
    if "ledger" in said and "files" in said:
        kept = pq.read_metadata(Path(said["ledger"]) / "invoices.parquet").num_rows
        first = said["tables"][0]
        if kept != first["accepted"] + first["flagged"]:
            return f"{kept} rows were written"
    return ""


def _rows_wrong(said: Any, words: tuple[str, ...]) -> str:
    """Of what verbs over a ledger write: as many rows as they tell."""
    out = Path(words[words.index("--out") + 1]) if "--out" in words else None
    if words[0] == "features" and out is not None:
        there = pq.read_metadata(out).num_rows
        return "" if there == said["snapshots"] else f"{there} rows were written, {said['snapshots']} told"
    if words[0] in ("score", "decide") and out is not None:
        name = "scores" if words[0] == "score" else "decisions"
        file = out / f"{name}.parquet"
        files = [file] if file.exists() else sorted((out / name).glob("*.parquet"))
        there = sum(pq.read_metadata(one).num_rows for one in files)
        return "" if there == said["rows"] else f"{there} rows were written, {said['rows']} told"
    return ""
