"""How far a run is, on disk beside its results: what it was begun with, and each part that is done.

    OUT/.unfinished/plan.json             what must be the same for a run to go on
    OUT/.unfinished/made/scores/part-…    tables of parts, whole
    OUT/.unfinished/done/00003.json       rows and digests of a part: written last, so a part counts from here
    OUT/.unfinished/manifest.json         all parts are done; from here on the new results replace the old ones

What an earlier run left in OUT is untouched until the last part of the new one is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from inadimplencia_ml.batch.results import MANIFEST, TABLES, part_name
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.storage import digest, read_json, sync_folder, write_json

__all__ = ["Journal", "checked"]

_PLAN = "plan.json"


class Journal:
    """The unfinished run of a folder of results."""

    def __init__(self, out: Path) -> None:
        self.out, self.folder = out, out / ".unfinished"
        self.made, self._done = self.folder / "made", self.folder / "done"

    def begin(self, inputs: Mapping[str, Any], *, resume: bool) -> None:
        """Begins a run, or goes on with the one that was interrupted.

        Raises
        ------
        CallError
            The run to go on with was begun with other inputs; names them.
        """
        self.settle()
        plan = self.folder / _PLAN
        if resume and plan.exists():
            began = read_json(plan, error=CallError)
            changed = _differing(began, inputs) if isinstance(began, dict) else [_PLAN]
            if changed:
                raise CallError(
                    f"{self.out}: cannot go on, because since that run began there changed: {', '.join(changed)}. "
                    "Run again without --resume; what it had made is then dropped."
                )
            for left in self.folder.rglob(".*.part"):  # half a file of the run that was interrupted
                left.unlink(missing_ok=True)
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self._done.mkdir(parents=True)
        write_json(dict(inputs), plan)
        sync_folder(self.out)

    def done(self) -> dict[int, dict[str, Any]]:
        """The records of the parts that are done, each file looked at again; one that is gone is to be made again.

        Raises
        ------
        CallError
            A file is not the one that was written.
        """
        found = {}
        for path in sorted(self._done.glob("*.json")):
            k, record = _record(path)
            files = {self.made / name / part_name(k): entry["sha256"] for name, entry in record["tables"].items()}
            if checked(files, "Delete it and run again with --resume: it is then made again."):
                found[k] = record
        return found

    def keep(self, k: int, record: Mapping[str, Any]) -> None:
        """Notes that a part is done."""
        write_json(dict(record), self._done / f"{k:05d}.json")

    def drop(self) -> None:
        """Forgets the run."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def commit(self, manifest: Mapping[str, Any]) -> list[str]:
        """Puts the new results in the place of the old; names tables of an earlier run that are not of this one."""
        write_json(dict(manifest), self.folder / MANIFEST)
        self.settle()
        ours = {name.partition("/")[0] for name in manifest["files"]}
        return [place.name for place in self._places() if place.name not in ours and place.exists()]

    def settle(self) -> None:
        """Ends what a run had begun to put in place when it was interrupted."""
        if not (self.folder / MANIFEST).exists():
            return
        for name in TABLES:
            if (self.made / name).exists():
                shutil.rmtree(self.out / name, ignore_errors=True)
                (self.out / f"{name}.parquet").unlink(missing_ok=True)
                (self.made / name).rename(self.out / name)
        sync_folder(self.out)
        (self.folder / _PLAN).unlink(missing_ok=True)
        (self.folder / MANIFEST).replace(self.out / MANIFEST)
        sync_folder(self.out)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _places(self) -> Iterator[Path]:
        for name in TABLES:
            yield self.out / name
            yield self.out / f"{name}.parquet"


class _Written(BaseModel):
    rows: Annotated[int, Field(ge=0, strict=True)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


Word = str | None
Day = Annotated[int, Field(strict=True)]


class _Record(BaseModel):
    """What a part that is done says of itself."""

    tables: dict[Literal["scores", "decisions", "decision_items", "duties", "further"], _Written]
    states: list[tuple[Word, Word, int] | tuple[Word, Word, Word, int]]
    actions: list[tuple[Word, Word, int]]
    beyond: Annotated[int, Field(ge=0, strict=True)]
    last: Day
    first: Day


def _record(path: Path) -> tuple[int, dict[str, Any]]:
    """The number of a part, and what its record says.

    Raises
    ------
    CallError
        It is none: a number that is no number, a name that leads elsewhere.
    """
    remedy = "Delete it and run again with --resume: the part is then made again."
    record = read_json(path, error=CallError)
    try:
        _Record.model_validate(record)
        k = int(path.stem)
    except ValueError as error:
        raise CallError(f"{path}: is no record of a part. {remedy}") from error
    if len({len(row) for row in record["states"]}) > 1:
        raise CallError(f"{path}: is no record of a part. {remedy}")
    return k, record


def checked(files: Mapping[Path, str], remedy: str) -> bool:
    """Whether all files are there; one that is another than was written is an error.

    Raises
    ------
    CallError
        A file was altered or damaged.
    """
    for path, wanted in files.items():
        if not path.exists():
            return False
        if digest(path) != wanted:
            raise CallError(f"{path}: was altered or damaged since it was written. {remedy}")
    return True


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    changed = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    return [name if len(name) < 200 and name.isprintable() else repr(name[:200]) for name in changed]
