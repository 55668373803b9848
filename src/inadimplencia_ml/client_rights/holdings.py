"""Where data on clients lie: the files of a ledger and of its results, and which of them are about one client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.client_rights.reviews import REVIEWS_FILE
from inadimplencia_ml.client_rights.whose import client_id_in, client_rows, is_client, mentioned
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.folder import table_files
from inadimplencia_ml.ledger.partitions import Partitions, is_partitioned
from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = [
    "Holding",
    "Holdings",
    "invoices_of",
    "own_values",
    "read_schema",
    "read_table",
    "texts_naming",
]

_LINES = (".jsonl", ".ndjson")
_LOCK = ".lock"
_AT_ONCE = 4


@dataclass(frozen=True)
class Holding:
    """One file that may hold data on clients.

    Attributes
    ----------
    path : path
    table : str
        The table it holds: that of the ledger, or the name of the file among results.
    place : str
        The file by its place in its folder, with the folder's kind: ``ledger/invoices.parquet``. In partitions all
        files of a table have the place that it would have in one piece.
    kind : {"table", "lines", "text"}
        Parquet, one JSON object a line, or any other text.
    partition : int, optional
        The partition whose rows it holds.
    """

    path: Path
    table: str
    place: str
    kind: str
    partition: int | None = None

    @property
    def of_ledger(self) -> bool:
        """Whether it is a table of the ledger."""
        return self.place.startswith("ledger/") and self.kind == "table"


@dataclass(frozen=True)
class Holdings:
    """All files of a ledger's folder, of folders of results and of the log of reviews."""

    ledger: Path
    files: tuple[Holding, ...]
    parts: Partitions | None = None

    @classmethod
    def of(cls, ledger: Path, scores: Sequence[Path] = (), reviews: Path | None = None) -> Holdings:
        """The files there are.

        Parameters
        ----------
        ledger : path
            Folder of the ledger.
        scores : sequence of path
            Folders of scores, decisions and messages.
        reviews : path, optional
            By default ``reviews.parquet`` beside the ledger.

        Raises
        ------
        LedgerError
            There is no such ledger.
        CallError
            A folder of scores is not there.
        """
        ledger = Path(ledger)
        parts = Partitions.read(ledger) if is_partitioned(ledger) else None
        found = _of_ledger(ledger) if parts is None else _of_partitions(parts)
        for folder in map(Path, scores):
            if not folder.is_dir():
                raise CallError(f"{folder}: there is no such folder of scores")
            found += [_result(file, folder) for file in _files(folder)]
        log = ledger.absolute().parent / REVIEWS_FILE if reviews is None else Path(reviews)
        if log.exists():
            found.append(Holding(log, "reviews", log.name, "table"))
        return cls(ledger, tuple(found), parts)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of the files, each once."""
        return tuple(dict.fromkeys(one.path.parent for one in self.files))

    def client_id(self, asked: Any) -> Any:
        """The id in the type of the ledger.

        Raises
        ------
        CallError
            The ledger's ids are numbers and this is none.
        """
        return client_id_in(self.ledger, asked)

    def home(self, client_id: Any) -> int | None:
        """The partition of a client, known or not; None for a ledger in one piece."""
        return None if self.parts is None else int(self.parts.of_clients([client_id])[0])

    def at_home(self, client_id: Any) -> Holdings:
        """Without the files of other partitions than the client's."""
        home = self.home(client_id)
        return replace(self, files=tuple(one for one in self.files if one.partition in (None, home)))

    def about(self, client_id: Any) -> Holdings:
        """Without the files of other partitions, but for those that hold a row of the client.

        Such are rows of others that name an invoice of theirs, and payments of theirs for invoices of others. Only the
        ids of those tables are read.
        """
        near = self.at_home(client_id)
        if self.parts is None:
            return near
        invoices, home, names = invoices_of(near, client_id), self.home(client_id), _naming_both(self.parts)
        others = [one for one in self.files if one.partition not in (None, home) and one.table in names]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            named = list(pool.map(lambda one: _names(one, client_id, invoices), others))
        further = [one for one, yes in zip(others, named, strict=True) if yes]
        return replace(self, files=tuple(sorted([*near.files, *further], key=_by_place)))


def _of_ledger(folder: Path) -> list[Holding]:
    names = {file: name for name, file in table_files(folder).items()}
    return [_in_ledger(file, folder, names.get(file, file.stem)) for file in _files(folder)]


def _in_ledger(file: Path, folder: Path, table: str) -> Holding:
    return Holding(file, table, f"ledger/{file.relative_to(folder).as_posix()}", _kind(file))


def _of_partitions(parts: Partitions) -> list[Holding]:
    """The tables that the manifest names, and what else lies there; not what it named before, which will be removed."""
    tables = {}
    for k, one in enumerate(parts.manifest["partitions"]):
        for name in one["tables"]:
            tables[parts.path(k, name)] = Holding(parts.path(k, name), name, f"ledger/{name}.parquet", "table", k)
    for name, entry in parts.manifest["whole"].items():
        path = parts.folder / entry["file"]
        tables[path] = Holding(path, name, f"ledger/{name}.parquet", "table")
    rooms = {parts.folder / "partitions" / one["folder"] for one in parts.manifest["partitions"]}
    found = list(tables.values())
    for file in _files(parts.folder):
        room = parts.folder.joinpath(*file.relative_to(parts.folder).parts[:2])
        dropped = room.parent.name in ("partitions", "whole") and room not in rooms
        if file not in tables and not dropped:
            found.append(_in_ledger(file, parts.folder, file.stem))
    return sorted(found, key=_by_place)


def _by_place(one: Holding) -> tuple[bool, str, int]:
    return not one.place.startswith("ledger/"), one.place, -1 if one.partition is None else one.partition


def _naming_both(parts: Partitions) -> set[str]:
    """Tables whose rows may lie in another partition than that of a client whom they name."""
    tables = set(parts.manifest["tables"]) - {"invoices"}
    return {name for name in tables if {"client_id", "invoice_id"} <= set(parts.schema(name).names)}


def _names(one: Holding, client_id: Any, invoices: pa.Array) -> bool:
    """Whether a file holds a row of the client."""
    columns = [name for name in ("client_id", "invoice_id") if name in read_schema(one.path).names]
    return bool(pc.any(client_rows(read_table(one.path, columns), client_id, invoices)).as_py())


def _files(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, hidden ones too: what was half written holds data as well."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != _LOCK)


def _kind(path: Path) -> str:
    if path.suffix == ".parquet":
        return "table"
    return "lines" if path.suffix in _LINES else "text"


def _result(path: Path, folder: Path) -> Holding:
    """A file of results; parts of a table lie in a folder that has its name."""
    place = path.relative_to(folder)
    table = place.parts[0] if len(place.parts) > 1 else path.stem
    kind = _kind(path)
    return Holding(path, "messages" if kind == "lines" else table, f"{folder.name}/{place.as_posix()}", kind)


def read_schema(path: Path) -> pa.Schema:
    """The columns of a Parquet file.

    Raises
    ------
    LedgerError
        It is not readable.
    """
    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise LedgerError(f"{path}: not readable as Parquet") from error


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A Parquet file as it is, metadata of its schema included; all columns, or some.

    Raises
    ------
    LedgerError
        It is not readable.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read(columns=None if columns is None else list(columns))
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        raise LedgerError(f"{path}: not readable as Parquet") from error


def invoices_of(holdings: Holdings, client_id: Any) -> pa.Array:
    """The ids of a client's invoices, as text."""
    found = [pa.array([], pa.string())]
    for one in holdings.files:
        if one.of_ledger and one.table == "invoices":
            table = read_table(one.path, ["client_id", "invoice_id"])
            mine = table.filter(is_client(table["client_id"], client_id))
            found.append(pc.unique(mine["invoice_id"].cast(pa.string())).drop_null())
    return pc.unique(pa.concat_arrays(found))


def own_values(holdings: Holdings, client_id: Any, invoices: pa.Array) -> pa.Array:
    """Values that are the client's alone: ids of their rows, tax ids, what the company added to the client's record.

    By these a finding of the door, which names no client, is known to be about one.
    """
    found = [invoices.cast(pa.string()), pa.array([str(client_id)])]
    for one in holdings.files:
        if not one.of_ledger or one.table not in LEDGER_TABLES:
            continue
        table, kind = read_table(one.path), LEDGER_TABLES[one.table]
        rows = table.filter(client_rows(table, client_id, invoices))
        for column in rows.column_names:
            added = column not in kind.by_name and pa.types.is_string(rows.schema.field(column).type)
            own = kind.kind_of(column) == "id" and column not in ("client_id", "group_id")
            if added or own or column == "tax_id":
                found.append(pc.unique(rows[column].cast(pa.string())).drop_null())
    return pc.unique(pa.concat_arrays(found))


def texts_naming(holdings: Holdings, secrets: Sequence[str]) -> Iterator[Holding]:
    """Texts in the folders that are no table of ours and name one of these."""
    for one in holdings.files:
        if one.kind == "text" and one.path.name != "manifest.json":
            text = one.path.read_bytes().decode("utf-8", errors="ignore")
            if any(mentioned(text, secret) for secret in secrets):
                yield one
