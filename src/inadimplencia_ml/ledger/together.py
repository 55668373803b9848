"""Several files changed together: all new ones are ready before the first old one goes, and a journal says which.

Whoever is stopped before the journal stands has changed nothing; after it, the next call puts the rest in place. The
journal names files, never a person.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.partitions import is_partitioned
from inadimplencia_ml.ledger.rewriting import sweep
from inadimplencia_ml.storage import read_json, sync_folder, write_json

__all__ = ["Staged", "finished", "journal_of", "stage"]

_SUFFIX = ".erasing"


class Staged:
    """New files beside the old ones, under hidden names, until they are put in place together."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        self._targets: list[Path] = []

    def add(self, target: Path, write: Callable[[Path], None]) -> Path:
        """Writes the new content of ``target`` beside it, and says where it waits."""
        waiting = _waiting(target)
        write(waiting)
        self._targets.append(target)
        return waiting

    def commit(self, *, swept: Iterable[Path] = ()) -> None:
        """Puts all of them in place; then removes what the manifests of ledgers in partitions do not name."""
        files, folders = ([str(path.absolute()) for path in paths] for paths in (self._targets, swept))
        write_json({"files": files, "swept": folders}, self.journal)
        sync_folder(self.journal.parent)
        finished(self.journal)


def journal_of(ledger: Path) -> Path:
    """Where the journal of changes to a ledger and its results lies: beside the ledger's folder."""
    folder = Path(ledger).absolute()
    return folder.with_name(f".{folder.name}{_SUFFIX}.json")


def stage(journal: Path, folders: Iterable[Path]) -> Staged:
    """Begins a change: what an earlier one left is put in place if it was ready, and swept away if it was not."""
    finished(journal)
    for folder in folders:
        for left in folder.glob(f".*{_SUFFIX}"):
            left.unlink()
    return Staged(journal)


def finished(journal: Path) -> bool:
    """Puts in place what a journal names; False where there is none.

    Raises
    ------
    LedgerError
        The journal is damaged.
    """
    if not journal.is_file():
        return False
    said = read_json(journal)
    targets, swept = (_paths(said, name, journal) for name in ("files", "swept"))
    for target in targets:
        waiting = _waiting(target)
        if waiting.is_file():
            with contextlib.suppress(FileNotFoundError):  # somebody else is at it as well
                os.replace(waiting, target)
    for folder in dict.fromkeys(target.parent for target in targets):
        sync_folder(folder)
    for ledger in swept:
        if is_partitioned(ledger):
            sweep(ledger, surely=True)
    journal.unlink(missing_ok=True)
    return True


def _paths(said: object, name: str, journal: Path) -> list[Path]:
    names = said.get(name, []) if isinstance(said, dict) and "files" in said else None
    if not isinstance(names, list):
        raise LedgerError(f"{journal}: is damaged; the files beside it that end in {_SUFFIX} wait to take their places")
    return [Path(str(one)) for one in names]


def _waiting(target: Path) -> Path:
    return target.with_name(f".{target.name}{_SUFFIX}")
