"""Tables on disk: Parquet read with plain errors, written whole or not at all, with a digest of every file.

What is written is on the disk before it gets its name, and so is the name: a power cut leaves the old or the new.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.errors import CallError, InadimplenciaError, LedgerError
from inadimplencia_ml.parquet import checked_texts, look_at, look_at_texts, parquet_errors, repeated_texts

__all__ = [
    "digest",
    "held_alone",
    "named_errors",
    "parquet_parts",
    "read_json",
    "read_parquet",
    "sync_files",
    "sync_folder",
    "write_json",
    "write_parquet",
    "write_unsynced",
    "written_whole",
]

_ROWS_A_GROUP = 200_000
_SOUGHT = ("client_id", "as_of", "invoice_id")
_LOOKED_AT = 4_096  # rows from whose values it is told how far a column shrinks
_TELLING = 64  # with fewer values nothing is told
_WORTH_IT = 0.5  # of its size: a column that stays larger is written as it is
_SYNCED_AT_ONCE = 32  # they wait for the disk, not for a processor
_MOST_TEXT = 2**31
_LOCK = ".lock"

Bytes = npt.NDArray[np.uint8]


def read_parquet(path: Path) -> pa.Table:
    """A Parquet file, or a folder of them, as one Arrow table.

    Raises
    ------
    LedgerError
        There is no such file, or it is not readable as Parquet.
    """
    if not path.exists():
        raise LedgerError(f"{path}: there is no such file")
    with parquet_errors(f"{path}: not readable as Parquet, it may be cut off or of another format"):
        if path.is_dir():
            return checked_texts(pq.read_table(path))
        with pq.ParquetFile(path) as file:
            look_at(file, path.stat().st_size)
            look_at_texts(path, repeated_texts(file))
            return checked_texts(_in_one_piece(file))


def write_parquet(table: pa.Table, path: Path) -> None:
    """Writes ``table`` whole or not at all. Without dictionaries: feature columns hold few repeated values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with named_errors(path):
            pq.write_table(table, temporary, compression="snappy", use_dictionary=False, row_group_size=_ROWS_A_GROUP)
            _to_disk(temporary)
            temporary.replace(path)
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_unsynced(table: pa.Table, path: Path) -> None:
    """Writes ``table`` into a folder that nobody reads yet; `sync_files` puts it on the disk. Without statistics."""
    path.parent.mkdir(parents=True, exist_ok=True)
    how: dict[str, Any] = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}
    with named_errors(path):
        pq.write_table(table, path, row_group_size=_ROWS_A_GROUP, **how)


def sync_files(paths: Iterable[Path]) -> None:
    """Puts files and folders, and the folders they are in, on the disk; many at once: it waits once for several."""
    there = list(paths)
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
        list(pool.map(lambda path: sync_folder(path) if path.is_dir() else _to_disk(path), there))
        list(pool.map(sync_folder, {path.parent for path in there}))


@contextlib.contextmanager
def parquet_parts(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """A function that appends tables of one schema to ``path``; the file is there only if the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    writers: list[pq.ParquetWriter] = []
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(lambda: None)

        def append(table: pa.Table) -> None:
            nonlocal kept
            if not writers:
                writers.append(_writer(table, temporary))
            writers[0].write_table(table, row_group_size=_ROWS_A_GROUP)
            if kept.done():  # what is written is put on the disk all along, so that little is left for the end
                kept.result()
                kept = beside.submit(_to_disk, temporary)

        try:
            yield append
            kept.result()
            for writer in writers:
                writer.close()
            if writers:
                _to_disk(temporary)
                temporary.replace(path)
                sync_folder(path.parent)
        finally:
            for writer in writers:
                writer.close()
            temporary.unlink(missing_ok=True)


def _writer(table: pa.Table, path: Path) -> pq.ParquetWriter:
    told = [name for name in _SOUGHT if name in table.column_names]  # by which rows are looked for
    how = {name: "NONE" if _hardly_shrinks(table[name]) else "SNAPPY" for name in table.column_names}
    return pq.ParquetWriter(path, table.schema, compression=how, use_dictionary=False, write_statistics=told)


def _hardly_shrinks(column: pa.ChunkedArray) -> bool:
    """Whether compressing numbers costs more time than the third or so that it saves is worth, as the first rows tell.

    Amounts of money are of this kind: five times the time of writing for a third less.
    """
    if not pa.types.is_float64(column.type):
        return False
    values = column.slice(0, _LOOKED_AT).drop_null().to_numpy()
    return len(values) >= _TELLING and pa.compress(values, "snappy").size > _WORTH_IT * values.nbytes


def write_json(value: Any, path: Path) -> None:
    """Writes plain data as JSON with sorted keys, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
    try:
        with named_errors(path):
            temporary.write_text(text + "\n", encoding="utf-8")
            _to_disk(temporary)
            temporary.replace(path)
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def read_json(path: Path, *, error: type[InadimplenciaError] = LedgerError) -> Any:
    """Plain data from a JSON file; ``error`` is raised where it cannot be read."""
    try:
        if path.exists() and not path.is_file():  # a link to a device would never end
            raise OSError("it is no plain file")
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as cause:
        raise error(f"{path}: not readable as JSON ({cause})") from cause


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex.

    Raises
    ------
    OSError
        There is no such file, or it is none: a device would never end.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
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
        sync_folder(temporary)
        _replace(temporary, folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def held_alone(folder: Path) -> Iterator[None]:
    """Holds ``folder`` against a second run that would write there; the folder is made if need be.

    The system lets go of a lock whose process died, so none is ever stale.

    Raises
    ------
    CallError
        Another run holds it.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _LOCK
    with _locked(path):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)  # while it is still ours: who waits for it looks again
            if new:
                with contextlib.suppress(OSError):  # it holds something now
                    folder.rmdir()


def _locked(path: Path) -> IO[bytes]:
    while True:
        file = path.open("a+b")
        if not _take(file):
            file.seek(0)
            whose = file.read(20).decode(errors="replace")
            file.close()
            raise CallError(
                f"{path.parent}: another run (process {whose or 'unknown'}) is writing there. "
                "Wait until it has ended, or choose another folder."
            )
        if _is_still(path, file):
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
            return file
        file.close()  # the run before has just removed it


def _is_still(path: Path, file: IO[bytes]) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _take(file: IO[bytes]) -> bool:
    """Whether the lock of an open file could be had."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


@contextlib.contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """What the system refuses, with the file that it was about: writing to a full disk tells none."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on the disk: files made there, renamed or removed."""
    if sys.platform == "win32":  # there a folder cannot be opened, and names need no such thing
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that knows no such thing
            raise
    finally:
        os.close(number)


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


def _in_one_piece(file: pq.ParquetFile) -> pa.Table:
    """All rows of a file, each column in one piece, which nobody has to put together.

    Group by group into memory taken once: pyarrow alone would read into memory that it makes ever larger, and twice the
    memory touched for the first time costs more than the reading.
    """
    schema = file.schema_arrow
    sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
    if len(sizes) < 2 or len(set(schema.names)) < len(schema.names):
        return file.read()
    filled = {field.name: _Column(field.type, sum(sizes)) for field in schema if _is_plain(field.type)}
    others: dict[str, Any] = {name: [] for name in schema.names if name not in filled}
    for k in range(len(sizes)):
        group = file.read_row_group(k)
        if group.num_rows != sizes[k]:
            raise pa.ArrowInvalid(f"part {k} tells of {sizes[k]:,} rows and holds {group.num_rows:,}")
        for name, column in zip(group.column_names, group.columns, strict=True):
            if name in filled:
                filled[name].append(_joined(column))
            else:
                others[name] += column.chunks
    for name, pieces in others.items():
        others[name] = _joined(pa.chunked_array(pieces, schema.field(name).type))
    whole = {name: filled[name].array() if name in filled else others[name] for name in schema.names}
    return pa.table(whole, schema=schema)


def _joined(column: pa.ChunkedArray) -> Any:
    """In one piece, unless its texts are more than one piece can hold."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.nbytes < _MOST_TEXT else column


def _is_plain(kind: pa.DataType) -> bool:
    """Whether values have one size in whole bytes and nothing beside them but their validity."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_temporal(kind))


class _Column:
    """Values and validity of all rows, filled from the first row on."""

    def __init__(self, kind: pa.DataType, rows: int) -> None:
        self.kind, self.rows, self.nulls, self.at = kind, rows, 0, 0
        self.width = kind.bit_width // 8
        self.values: Bytes = np.empty(rows * self.width, np.uint8)
        self.there: npt.NDArray[np.bool_] | None = None

    def append(self, array: pa.Array) -> None:
        """Takes over the next rows."""
        begin, end, width, here = self.at, self.at + len(array), self.width, array.offset
        values = np.frombuffer(array.buffers()[1], np.uint8)
        self.values[begin * width : end * width] = values[here * width : (here + len(array)) * width]
        if array.null_count:
            if self.there is None:
                self.there = np.ones(self.rows, bool)
            self.there[begin:end] = array.is_valid().to_numpy(zero_copy_only=False)
            self.nulls += array.null_count
        self.at = end

    def array(self) -> pa.Array:
        """All rows."""
        valid = None if self.there is None else pa.py_buffer(np.packbits(self.there, bitorder="little"))
        return pa.Array.from_buffers(self.kind, self.rows, [valid, pa.py_buffer(self.values)], self.nulls)
