"""Tables on disk: Parquet read with plain errors, written whole or not at all, with a digest of every file."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.errors import InadimplenciaError, LedgerError

__all__ = ["digest", "parquet_parts", "read_json", "read_parquet", "write_json", "write_parquet", "written_whole"]

_ROWS_A_GROUP = 200_000
_SOUGHT = ("client_id", "as_of", "invoice_id")


def read_parquet(path: Path) -> pa.Table:
    """A Parquet file, or a folder of them, as one Arrow table.

    Raises
    ------
    LedgerError
        There is no such file, or it is not readable as Parquet.
    """
    if not path.exists():
        raise LedgerError(f"{path}: there is no such file")
    try:
        if path.is_dir():
            return pq.read_table(path)
        with pq.ParquetFile(path) as file:
            return file.read()  # each column in one piece, which nobody has to put together
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        text = str(error).splitlines()[0]
        raise LedgerError(
            f"{path}: not readable as Parquet, it may be cut off or of another format ({text})"
        ) from error


def write_parquet(table: pa.Table, path: Path) -> None:
    """Writes ``table`` whole or not at all. Without dictionaries: feature columns hold few repeated values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pq.write_table(table, temporary, compression="snappy", use_dictionary=False, row_group_size=_ROWS_A_GROUP)
        _to_disk(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def parquet_parts(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A function that appends tables of one schema to ``path``; the file is there only if the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    writers: list[pq.ParquetWriter] = []

    def append(table: pa.Table) -> None:
        if not writers:
            told = [name for name in _SOUGHT if name in table.column_names]  # by which rows are looked for
            writers.append(
                pq.ParquetWriter(
                    temporary, table.schema, compression="snappy", use_dictionary=False, write_statistics=told
                )
            )
        writers[0].write_table(table, row_group_size=_ROWS_A_GROUP)

    try:
        yield append
        for writer in writers:
            writer.close()
        if writers:
            _to_disk(temporary)
            temporary.replace(path)
    finally:
        for writer in writers:
            writer.close()
        temporary.unlink(missing_ok=True)


def write_json(value: Any, path: Path) -> None:
    """Writes plain data as JSON with sorted keys, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    temporary.write_text(text + "\n", encoding="utf-8")
    _to_disk(temporary)
    temporary.replace(path)


def read_json(path: Path, *, error: type[InadimplenciaError] = LedgerError) -> Any:
    """Plain data from a JSON file; ``error`` is raised where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise error(f"{path}: not readable as JSON ({cause})") from cause


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A folder to fill; it becomes ``folder`` only if the block ends without an error, in place of what was there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    temporary.chmod(0o755)
    try:
        yield temporary
        _replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.replace(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    folder.replace(old / "old")
    new.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
