"""Partitions written again beside the old ones, some at a time; they count from the moment the manifest names them.

What the manifest no longer names is left to whoever is still reading it, until the next call that writes removes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.partitions import MANIFEST, Partitions, file_entry, folder_name
from inadimplencia_ml.storage import digest, read_json, sync_files, sync_folder, write_parquet, write_unsynced

__all__ = ["put_whole", "rewritten", "sweep"]

_AT_ONCE = 4
"""Partitions in memory at once: reading, writing and the disk keep so many threads busy on two cores."""
Rows = Callable[[int], Iterable[tuple[str, pa.Table]]]


def rewritten(parts: Partitions, numbers: Sequence[int], rows: Rows) -> dict[int, dict[str, Any]]:
    """Writes partitions again with other rows in some of their tables.

    Parameters
    ----------
    parts : Partitions
    numbers : sequence of int
        The partitions.
    rows : function
        Tells the tables of a partition that change, one after another; called from several threads. Files of the
        other tables get a second name in the new folder.

    Returns
    -------
    dict
        By partition, what the manifest is to say of it.
    """
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made = dict(zip(numbers, pool.map(lambda k: _one(parts, k, rows(k)), numbers), strict=True))
        room = parts.folder / "partitions"
        sync_files(room / one["folder"] / f"{name}.parquet" for one in made.values() for name in one["tables"])
        sync_files(room / one["folder"] for one in made.values())
        return made
    except BaseException:
        sweep(parts.folder)  # the manifest names none of them yet
        raise


def _one(parts: Partitions, k: int, rows: Iterable[tuple[str, pa.Table]]) -> dict[str, Any]:
    one, home = parts.manifest["partitions"][k], parts.folder / "partitions"
    work, tables = home / f".{k:05d}.new", dict(one["tables"])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    kept = set(tables)
    for name, table in rows:
        write_unsynced(table, work / f"{name}.parquet")
        tables[name] = file_entry(work / f"{name}.parquet", table.num_rows)
        kept.discard(name)
    for name in kept:
        _same_file(parts, k, name, work / f"{name}.parquet")
    entry: dict[str, Any] = {"folder": folder_name(k, tables), "tables": tables}
    if entry["folder"] == one["folder"]:
        shutil.rmtree(work)
        return entry
    target = home / entry["folder"]
    if target.exists():
        shutil.rmtree(target)  # left by a run that died before its manifest
    work.rename(target)
    return entry


def _same_file(parts: Partitions, k: int, name: str, target: Path) -> None:
    """A second name of a file that is never written over; a copy where the disk knows no second names."""
    source = parts.path(k, name)
    if not source.is_file():
        parts.still_stands()
        raise LedgerError(f"{source}: the file is missing from the ledger. Import it again.")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def put_whole(folder: Path, name: str, table: pa.Table) -> dict[str, Any]:
    """Writes a table that is of no client under a name of its content, and tells what the manifest is to say of it."""
    temporary = folder / "whole" / f".{name}.new.parquet"
    write_parquet(table, temporary)
    place = f"whole/{name}-{digest(temporary)[:8]}.parquet"
    temporary.replace(folder / place)
    sync_folder(folder / "whole")
    return {"file": place} | file_entry(folder / place, table.num_rows)


def sweep(folder: Path, *, surely: bool = False) -> None:
    """Removes what the manifest of a ledger does not name: what it named before, and what a run that died had made.

    What cannot be removed does no harm to the ledger; ``surely`` raises, for whoever must leave nothing behind.
    """
    said = read_json(folder / MANIFEST)
    named = {f"partitions/{one['folder']}" for one in said["partitions"]}
    named |= {entry["file"] for entry in said["whole"].values()}
    for room in ("partitions", "whole"):
        for path in (folder / room).iterdir():
            if f"{room}/{path.name}" not in named:
                _remove(path, surely)
        sync_folder(folder / room)


def _remove(path: Path, surely: bool) -> None:
    while path.exists() or path.is_symlink():
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except FileNotFoundError:
            continue  # somebody else is removing it as well
        except OSError:
            if surely:
                raise
            return
