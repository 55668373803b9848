"""A ledger as a folder: one Parquet file a table, and a manifest. Knows files, not the Ledger."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.manifest import checked_manifest, has_passed_the_door, problems_of
from inadimplencia_ml.ledger.partitions import KIND, MANIFEST, PARTITIONED, Partitions, is_partitioned
from inadimplencia_ml.ledger.table_names import is_table
from inadimplencia_ml.storage import digest, read_json, read_parquet, write_json, write_parquet, written_whole
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["FORMAT", "TIMEZONE", "read_folder", "read_settings", "table_files", "write_folder"]

FORMAT = 1
TIMEZONE = "America/Sao_Paulo"
"""Of a folder that does not say it."""
_READ_AT_ONCE = 2


def write_folder(
    folder: Path,
    tables: Mapping[str, pa.Table],
    problems: pa.Table,
    counts: Mapping[str, Any],
    settings: dict[str, Any],
) -> None:
    """Writes tables, problems and manifest; what was there is replaced only when all is written."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not _is_ledger(folder)):
        raise LedgerError(f"{folder}: is not a ledger folder and not empty; give a new folder")
    for name in tables:
        if not is_table(name):
            raise LedgerError(f"{name!r} cannot name a table of a ledger: attributes/ and a plain name are expected")
    with written_whole(folder) as new:
        entries = {}
        for name, table in tables.items():
            write_parquet(table, new / f"{name}.parquet")
            entries[name] = {"rows": table.num_rows, "sha256": digest(new / f"{name}.parquet")}
        write_parquet(problems, new / "problems.parquet")
        manifest = {"kind": KIND, "format": FORMAT, "counts": counts, "tables": entries}
        write_json(manifest | settings, new / MANIFEST)


def _is_ledger(folder: Path) -> bool:
    """Whether a ledger was written there, whole: a model has a manifest too."""
    said = read_json(folder / MANIFEST) if (folder / MANIFEST).is_file() else None
    return isinstance(said, dict) and said.get("kind") == KIND


def read_folder(folder: Path) -> tuple[dict[str, Admitted], dict[str, Any]]:
    """The tables of a ledger folder, and what its manifest says; a folder of plain Parquet files has none.

    A table whose file is not the one of the manifest passes the door (again).

    Raises
    ------
    LedgerError
        There is no such folder, it holds no invoices, a file is not readable, or its format is unknown.
    """
    if is_partitioned(folder):
        parts = Partitions.read(folder)
        return parts.all_tables(), parts.manifest
    files = table_files(folder)
    manifest = read_settings(folder)
    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:  # the largest two tables take most of the time
        tables = list(pool.map(lambda name: _table(folder, name, manifest), files))
    pa.default_memory_pool().release_unused()  # what reading needed serves what comes next
    return dict(zip(files, tables, strict=True)), manifest


def table_files(folder: Path) -> dict[str, Path]:
    """The files of a ledger folder by table; attributes as ``attributes/<name>``.

    Raises
    ------
    LedgerError
        There is no such folder, it holds no invoices, or it lies in partitions.
    """
    if not folder.is_dir():
        what = "is a file, not a ledger folder" if folder.exists() else "there is no such folder"
        raise LedgerError(f"{folder}: {what}. Expected a folder with invoices.parquet.")
    if is_partitioned(folder):
        raise LedgerError(f"{folder}: lies in partitions. Here a ledger in one piece is asked for.")
    if not (folder / "invoices.parquet").exists():
        raise LedgerError(f"{folder}: holds no invoices.parquet. Make a ledger with `inadimplencia import`.")
    return {name: folder / f"{name}.parquet" for name in _names(folder)}


def read_settings(folder: Path) -> dict[str, Any]:
    """What the manifest of a ledger folder says, in partitions or not; nothing without one.

    Raises
    ------
    LedgerError
        Its format is unknown, it is damaged, or a table that it names is not there.
    """
    return _manifest(folder) if (folder / MANIFEST).exists() else {}


def _manifest(folder: Path) -> dict[str, Any]:
    """What the manifest says; a table that it names must be there, or its facts would be missing in silence."""
    said = read_json(folder / MANIFEST)
    if isinstance(said, dict) and said.get("format") == PARTITIONED:
        return Partitions.read(folder).manifest
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        came = said.get("format") if isinstance(said, dict) else said
        raise LedgerError(
            f"{folder}: ledger format {came!r} is unknown; this version reads formats {FORMAT} and {PARTITIONED}"
        )
    for name in checked_manifest(said, folder / MANIFEST, partitioned=False)["tables"]:
        if not (folder / f"{name}.parquet").exists():
            raise LedgerError(f"{folder / name}.parquet: the file is missing from the ledger. Import it again.")
    known: dict[str, Any] = said
    return known


def _names(folder: Path) -> list[str]:
    tables = [name for name in LEDGER_TABLES if (folder / f"{name}.parquet").exists()]
    more = [f"attributes/{file.stem}" for file in sorted((folder / "attributes").glob("*.parquet"))]
    return tables + [name for name in more if is_table(name)]


def _table(folder: Path, name: str, manifest: dict[str, Any]) -> Admitted:
    file = folder / f"{name}.parquet"
    entry = manifest.get("tables", {}).get(name)
    if entry is None or entry["sha256"] != digest(file):
        kind, timezone = LEDGER_TABLES.get(name, ATTRIBUTES), manifest.get("timezone", TIMEZONE)
        return admit(kind, read_parquet(file), timezone=timezone, name=name)
    table = read_parquet(file)
    if not has_passed_the_door(name, table):
        return admit(LEDGER_TABLES.get(name, ATTRIBUTES), table, timezone=manifest.get("timezone", TIMEZONE), name=name)
    problems = problems_of(read_parquet(folder / "problems.parquet"), folder / "problems.parquet")
    mine = problems.filter(pc.equal(problems["table"], name))
    return Admitted(table, mine, manifest["counts"][name], manifest.get("notes", {}).get(name, {}))
