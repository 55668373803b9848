"""Where data on clients lie: the files of a ledger and of its results, and which rows of each are one client's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.client_rights.reviews import REVIEWS_FILE
from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.ledger.folder import table_files
from inadimplencia_ml.tables import LEDGER_TABLES

__all__ = [
    "Holding",
    "Holdings",
    "as_a_word",
    "client_rows",
    "invoices_of",
    "is_client",
    "line_is_of",
    "mentioned",
    "own_values",
    "read_table",
    "texts_naming",
]

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Holding:
    """One file that may hold data on clients.

    Attributes
    ----------
    path : path
    table : str
        The table it holds: that of the ledger, or the name of the file among results.
    place : str
        The file by its place in its folder, with the folder's kind: ``ledger/invoices.parquet``.
    kind : {"table", "lines", "text"}
        Parquet, one JSON object a line, or any other text.
    """

    path: Path
    table: str
    place: str
    kind: str

    @property
    def of_ledger(self) -> bool:
        """Whether it is a table of the ledger."""
        return self.place.startswith("ledger/") and self.kind == "table"


@dataclass(frozen=True)
class Holdings:
    """All files of a ledger's folder, of folders of results and of the log of reviews."""

    ledger: Path
    files: tuple[Holding, ...]

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
        tables = table_files(ledger)
        names = {file: name for name, file in tables.items()}
        found = [
            Holding(file, names.get(file, file.stem), f"ledger/{file.relative_to(ledger).as_posix()}", _kind(file))
            for file in _files(ledger)
        ]
        for folder in map(Path, scores):
            if not folder.is_dir():
                raise CallError(f"{folder}: there is no such folder of scores")
            found += [_result(file, folder) for file in _files(folder)]
        log = ledger.absolute().parent / REVIEWS_FILE if reviews is None else Path(reviews)
        if log.exists():
            found.append(Holding(log, "reviews", log.name, "table"))
        return cls(ledger, tuple(found))

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
        path = next(one.path for one in self.files if one.table == "invoices" and one.of_ledger)
        kind = pq.read_schema(path).field("client_id").type
        if not pa.types.is_integer(kind):
            return str(asked)
        try:
            return int(asked)
        except ValueError:
            raise CallError("client: the ledger's ids are numbers, and this is none") from None


def _files(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, hidden ones too: what was half written holds data as well."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


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


def read_table(path: Path) -> pa.Table:
    """A Parquet file as it is, metadata of its schema included.

    Raises
    ------
    LedgerError
        It is not readable.
    """
    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
        raise LedgerError(f"{path}: not readable as Parquet") from error


def invoices_of(holdings: Holdings, client_id: Any) -> pa.Array:
    """The ids of a client's invoices, as text."""
    for one in holdings.files:
        if one.of_ledger and one.table == "invoices":
            table = read_table(one.path)
            mine = table.filter(is_client(table["client_id"], client_id))
            return pc.unique(mine["invoice_id"].cast(pa.string())).drop_null()
    return pa.array([], pa.string())


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


def is_client(column: Any, client_id: Any) -> Any:
    """Which cells are the client's id, whatever the type they are kept in."""
    return pc.fill_null(pc.equal(column.cast(pa.string()), str(client_id)), False)


def client_rows(table: pa.Table, client_id: Any, invoices: pa.Array) -> Any:
    """Which rows are on a client: by the id, or by an invoice of theirs where the row names no client."""
    if "client_id" in table.column_names:
        mine = is_client(table["client_id"], client_id)
    else:
        mine = pa.array(np.zeros(table.num_rows, bool))
    if "invoice_id" in table.column_names:
        theirs = pc.is_in(table["invoice_id"].cast(pa.string()), value_set=invoices)
        mine = pc.or_(mine, pc.fill_null(theirs, False))
    return mine


def line_is_of(line: str, client_id: Any) -> bool:
    """Whether a line of JSON is on a client: its ``client_id``, at the top or within."""
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return any(str(value) == str(client_id) for value in _ids(said))


def _ids(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "client_id":
                yield inner
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def as_a_word(secret: str) -> re.Pattern[str]:
    """The id with nothing of another id before or after it: C1 is not in C12, nor in C1-2."""
    return re.compile(rf"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-./]){re.escape(secret)}(?![0-9A-Za-z_])(?![-./][0-9A-Za-z])")


def mentioned(text: str, secret: str) -> bool:
    """Whether a text names an id as a word of its own.

    Examples
    --------
    >>> [mentioned(text, "C1") for text in ("pago por C1.", "C12", "C1-2")]
    [True, False, False]
    """
    return as_a_word(secret).search(text) is not None


def texts_naming(holdings: Holdings, secrets: Sequence[str]) -> Iterator[Holding]:
    """Texts in the folders that are no table of ours and name one of these."""
    for one in holdings.files:
        if one.kind == "text" and one.path.name != "manifest.json":
            text = one.path.read_bytes().decode("utf-8", errors="ignore")
            if any(mentioned(text, secret) for secret in secrets):
                yield one
