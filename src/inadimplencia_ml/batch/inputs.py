"""What a result follows from, as digests: what must be the same for an interrupted run to go on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.folder import read_settings, table_files
from inadimplencia_ml.ledger.partitions import MANIFEST, Partitions, digests, is_partitioned

__all__ = ["LIBRARIES", "digests_of_ledger", "inputs_of", "unchanged_since"]

LIBRARIES = ("inadimplencia-ml", "lightgbm", "numpy", "pandas", "pyarrow")


def inputs_of(
    ledger: Path, model: Any, history: str | Path | None, told: Mapping[str, Any], rows_a_part: int
) -> dict[str, Any]:
    """Digests of all inputs by name, the settings, and the versions that make the bits.

    Raises
    ------
    LedgerError
        The ledger is not there, or a file of it is not the one that its manifest names.
    CallError
        The folder of the history is not there, or holds neither scores nor decisions.
    """
    out: dict[str, Any] = {f"ledger/{name}": value for name, value in digests_of_ledger(ledger).items()}
    out |= {f"history/{name}": value for name, value in _of_history(history).items()}
    table = told["snapshots"]
    words = {**told, "snapshots": None if table is None else hashlib.sha256(table.getvalue()).hexdigest()}
    out |= {name: value for name, value in words.items() if value is not None}
    out["model"] = model.digest
    if not is_partitioned(ledger):
        out["rows_a_part"] = rows_a_part
    return out | {f"version/{name}": metadata.version(name) for name in LIBRARIES}


def unchanged_since(ledger: Path, inputs: Mapping[str, Any], *, names: Collection[str] = ()) -> None:
    """Looks whether the ledger was written to since its digests were taken; all of it, or files in it.

    Raises
    ------
    LedgerError
        It was.
    """
    found = digests({name: ledger / name for name in names}) if names else digests_of_ledger(ledger)
    for name, value in found.items():
        if inputs.get(f"ledger/{name}") != value:
            raise LedgerError(f"{ledger}: {name} was written to while it was read. Run again when that has ended.")


def digests_of_ledger(folder: Path) -> dict[str, str]:
    """The SHA-256 of a ledger's files, by name; of one in partitions, once all are those of its manifest, that of it.

    Raises
    ------
    LedgerError
        As `inputs_of`.
    """
    if not is_partitioned(folder):
        read_settings(folder)  # damaged, or a table is missing: told here
        files = {f"{name}.parquet": path for name, path in table_files(folder).items()}
        return digests(files | {n: folder / n for n in (MANIFEST,) if (folder / n).exists()})
    Partitions.read(folder).check_files()
    return digests({MANIFEST: folder / MANIFEST})  # which holds the digests of all the others


def _of_history(folder: str | Path | None) -> dict[str, str]:
    if folder is None:
        return {}
    from inadimplencia_ml.batch.results import place_of

    if not Path(folder).is_dir():
        raise CallError(f"--history {folder}: there is no such folder")
    files: dict[str, Path] = {}
    for name in ("scores", "decisions"):
        place = place_of(Path(folder), name)
        if place is not None:
            parts = sorted(place.glob("*.parquet")) if place.is_dir() else [place]
            files |= {f"{name}/{part.name}" if place.is_dir() else part.name: part for part in parts}
    if not files:
        raise CallError(f"--history {folder}: holds neither scores.parquet nor decisions.parquet")
    return digests(files)
