"""A ledger folder in partitions: each holds all rows of its clients, so that a book is read a partition at a time.

    manifest.json                      settings, counts, schemas, and every file with its digest: the one truth
    partitions/00003-1f0a6c2b/…        the tables of one partition; the name ends in a digest of what is in it
    whole/macro-9b1d77aa.parquet       tables that are of no client, and the problems that the door found

A file is never written over. New ones get new names, and count from the moment the manifest names them; what it named
before stays for whoever is reading it, until the next call that writes (`rewriting.py`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.findings import PROBLEMS
from inadimplencia_ml.ledger.manifest import checked_manifest, has_passed_the_door, problems_of
from inadimplencia_ml.storage import digest, read_json, read_parquet
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = [
    "KIND",
    "MANIFEST",
    "PARTITIONED",
    "Partitions",
    "accepted",
    "aligned",
    "digests",
    "file_entry",
    "folder_name",
    "hashed",
    "is_partitioned",
    "schema_from_text",
    "schema_to_text",
]

KIND, MANIFEST = "inadimplencia_ml ledger", "manifest.json"
PARTITIONED = 2
"""Format number of such a folder."""
_DIGITS = 8
_AT_ONCE = 4

I64 = npt.NDArray[np.int64]


def is_partitioned(folder: Path) -> bool:
    """Whether the ledger in a folder lies in partitions."""
    if not (folder / MANIFEST).is_file():
        return False
    said = read_json(folder / MANIFEST)
    return isinstance(said, dict) and said.get("kind") == KIND and said.get("format") == PARTITIONED


def hashed(ids: Any, count: int) -> I64:
    """The partition of each client by the hash of its id's text, whatever else is known of it."""
    texts = ids if isinstance(ids, (pa.Array, pa.ChunkedArray)) else pa.array(ids, from_pandas=True)
    values = texts.cast(pa.string()).to_pandas().to_numpy(dtype=object)
    return np.asarray(pd.util.hash_array(values, categorize=False) % np.uint64(count), np.int64)


@dataclass(frozen=True)
class Partitions:
    """What the manifest of a partitioned ledger says, and the tables of each partition."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Partitions:
        """The partitions of a ledger folder.

        Raises
        ------
        LedgerError
            The manifest is damaged, or is none of a partitioned ledger.
        """
        said = read_json(folder / MANIFEST)
        if not isinstance(said, dict) or said.get("kind") != KIND or said.get("format") != PARTITIONED:
            raise LedgerError(f"{folder}: is no ledger in partitions")
        said = checked_manifest(said, folder / MANIFEST, partitioned=True)
        for name, entry in said["tables"].items():
            try:
                schema_from_text(entry["schema"])
            except ValueError as error:
                raise LedgerError(f"{folder / MANIFEST}: is damaged: the columns of {name} cannot be read") from error
        return cls(folder, said)

    def __len__(self) -> int:
        return len(self.manifest["partitions"])

    @property
    def rows(self) -> int:
        """Invoice rows of all partitions."""
        return sum(int(one["tables"]["invoices"]["rows"]) for one in self.manifest["partitions"])

    def files(self) -> dict[str, tuple[Path, str | None]]:
        """Every file by its name in the folder, with its place and the digest it should have."""
        found: dict[str, tuple[Path, str | None]] = {}
        for one in self.manifest["partitions"]:
            for name, entry in one["tables"].items():
                place = f"partitions/{one['folder']}/{name}.parquet"
                found[place] = (self.folder / place, entry.get("sha256"))
        for entry in self.manifest["whole"].values():
            found[entry["file"]] = (self.folder / entry["file"], entry.get("sha256"))
        return found

    def check_files(self) -> None:
        """Looks whether every file is there and unaltered.

        Raises
        ------
        LedgerError
            One is not.
        """
        named = self.files()
        for path in (path for path, _ in named.values() if not path.exists()):
            self.still_stands()
            raise LedgerError(f"{path}: the file is missing from the ledger. Import it again.")
        found = digests({place: path for place, (path, _) in named.items()})
        for place, (path, wanted) in named.items():
            if wanted not in (None, found[place]):
                raise LedgerError(f"{path}: was altered or damaged since it was written. Import the ledger again.")

    def tables(self, k: int) -> dict[str, Admitted]:
        """The tables of partition ``k``, with all columns that any partition has, and those that are of no client.

        Raises
        ------
        LedgerError
            A file is missing, or is not the one that the manifest names.
        """
        one = self.manifest["partitions"][k]
        folder, entries, others = one["folder"], one["tables"], self._others
        return {n: others[n] if n in others else self._table(n, entries.get(n), folder) for n in self._names}

    def table(self, k: int, name: str) -> pa.Table:
        """One table of partition ``k`` with all columns that any partition has; without rows where there is none.

        Raises
        ------
        LedgerError
            As `tables`.
        """
        one = self.manifest["partitions"][k]
        return self._table(name, one["tables"].get(name), one["folder"]).table

    def path(self, k: int, name: str) -> Path:
        """The file of a table of partition ``k``."""
        folder: str = self.manifest["partitions"][k]["folder"]
        return self.folder / "partitions" / folder / f"{name}.parquet"

    def column(self, k: int, name: str, column: str) -> pa.ChunkedArray:
        """One column of a table of partition ``k``, without looking whether its file is unaltered."""
        entry, kind = self.manifest["partitions"][k]["tables"].get(name), self.schema(name).field(column).type
        if entry is None or not entry["rows"]:
            return pa.chunked_array([], kind)
        try:
            with pq.ParquetFile(self.path(k, name)) as file:
                if column not in file.schema_arrow.names:
                    return pa.chunked_array([pa.nulls(file.metadata.num_rows, kind)])
                return file.read(columns=[column])[column].cast(kind)
        except (pa.ArrowException, OSError) as error:
            self.still_stands()
            raise LedgerError(f"{self.path(k, name)}: not readable as Parquet") from error

    def whole(self, name: str) -> pa.Table:
        """A table that is of no client, or the problems of the door.

        Raises
        ------
        LedgerError
            As `tables`.
        """
        return self._checked(self.manifest["whole"][name], name)

    def schema(self, name: str) -> pa.Schema:
        """The columns of a table in all partitions."""
        return schema_from_text(self.manifest["tables"][name]["schema"])

    def all_tables(self) -> dict[str, Admitted]:
        """The tables of the whole book, partition after partition, with the counts and problems of the door."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            parts = list(pool.map(self.tables, range(len(self))))
        problems = self.problems()
        out = {}
        for name in parts[0]:
            dealt = name not in self._others
            whole = parts[0][name].table
            whole = pa.concat_tables([part[name].table for part in parts]).combine_chunks() if dealt else whole
            mine = problems.filter(pc.equal(problems["table"], name))
            out[name] = Admitted(whole, mine, self.manifest["counts"][name], self.manifest["notes"].get(name, {}))
        return out

    def problems(self) -> pa.Table:
        """What the door found in the whole book."""
        return problems_of(self.whole("problems"), self.folder)

    def of_clients(self, ids: Any) -> I64:
        """The partition of each client, known or not: by its hash, or by where the clients linked with it are."""
        number = hashed(ids, len(self))
        linked = self.linked
        if linked.num_rows:
            asked = ids if isinstance(ids, (pa.Array, pa.ChunkedArray)) else pa.array(ids, from_pandas=True)
            at = pc.index_in(asked.cast(pa.string()), value_set=linked["client_id"])
            at = pc.fill_null(at, -1).to_numpy(zero_copy_only=False)
            number = np.where(at >= 0, np.append(linked["partition"].to_numpy(), 0)[at], number)
        return number

    @cached_property
    def linked(self) -> pa.Table:
        """client_id (text), group and partition of every link."""
        found = []
        for k, one in enumerate(self.manifest["partitions"]):
            entry = one["tables"].get("links")
            if entry is not None and entry["rows"]:
                links = self.table(k, "links")
                found.append(
                    pa.table(
                        {"client_id": links["client_id"].cast(pa.string()), "group": groups_of(links)}
                    ).append_column("partition", pa.repeat(pa.scalar(k, pa.int64()), links.num_rows))
                )
        none = {"client_id": pa.array([], pa.string()), "group": pa.array([], pa.string())}
        return pa.concat_tables(found) if found else pa.table(none | {"partition": pa.array([], pa.int64())})

    @property
    def _names(self) -> list[str]:
        """The tables in the order of every ledger."""
        known = [name for name in LEDGER_TABLES if name in self.manifest["tables"]]
        return known + sorted(name for name in self.manifest["tables"] if name not in known)

    @cached_property
    def _others(self) -> dict[str, Admitted]:
        """The tables of no client, which every partition has."""
        whole = {name: entry for name, entry in self.manifest["whole"].items() if name != "problems"}
        return {name: accepted(self._checked(entry, name)) for name, entry in whole.items()}

    def _table(self, name: str, entry: Mapping[str, Any] | None, folder: str) -> Admitted:
        schema = self.schema(name)
        if entry is None:
            return accepted(schema.empty_table())
        table = self._checked({**entry, "file": f"partitions/{folder}/{name}.parquet"}, name)
        if "sha256" not in entry:  # it has not passed the door yet
            kind = LEDGER_TABLES.get(name, ATTRIBUTES)
            return admit(kind, table, timezone=self.manifest["timezone"], name=name)
        try:
            made = aligned(table, schema)
        except (pa.ArrowException, KeyError) as error:
            raise LedgerError(f"{self.folder}: {name} has other columns than the manifest tells") from error
        if not has_passed_the_door(name, made):
            raise LedgerError(f"{self.folder}: {name} has columns that no import gives it. Import the ledger again.")
        return accepted(made)

    def _checked(self, entry: Mapping[str, Any], name: str) -> pa.Table:
        path = self.folder / entry["file"]
        try:
            if entry.get("sha256") not in (None, digest(path)):
                raise LedgerError(f"{path}: was altered or damaged since it was written. Import the ledger again.")
            return read_parquet(path)
        except FileNotFoundError:
            self.still_stands()
            raise LedgerError(f"{path}: the file is missing from the ledger. Import it again.") from None
        except LedgerError:
            self.still_stands()
            raise

    def still_stands(self) -> None:
        """Looks whether the folder is still the ledger that was opened, once a file could not be read.

        Raises
        ------
        LedgerError
            It is another one by now: files of the former are removed some time after.
        """
        place = self.folder / MANIFEST
        if place.is_file() and read_json(place) != self.manifest:
            raise LedgerError(
                f"{self.folder}: the ledger was written to (append, review, apagar) while it was being read. Run again."
            )


def aligned(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with all columns of a schema in its order; what it lacks is null."""
    if table.schema.equals(schema):
        return table
    missing = [field for field in schema if field.name not in table.column_names]
    for field in missing:
        table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(schema.names).cast(schema)


def groups_of(links: pa.Table) -> Any:
    """The name of each link's group, kind and id together."""
    kinds = links["kind"] if "kind" in links.column_names else pa.nulls(links.num_rows, pa.string())
    return pc.binary_join_element_wise(pc.fill_null(kinds, ""), links["group_id"].cast(pa.string()), "\x1f")


def accepted(table: pa.Table) -> Admitted:
    """A table that has passed the door before."""
    counts = {"rows": table.num_rows, "accepted": table.num_rows, "flagged": 0, "rejected": 0, "duplicate": 0}
    return Admitted(table, PROBLEMS.empty_table(), counts, {})


def schema_to_text(schema: pa.Schema) -> str:
    """A schema as text for the manifest: Arrow's own form, in base64."""
    return base64.b64encode(schema.remove_metadata().serialize().to_pybytes()).decode()


def schema_from_text(text: str) -> pa.Schema:
    """The schema that `schema_to_text` told."""
    try:
        return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"a schema cannot be read: {error}") from error


def file_entry(path: Path, rows: int) -> dict[str, Any]:
    """What the manifest says of a file."""
    return {"rows": rows, "sha256": digest(path)}


def folder_name(k: int, tables: Mapping[str, Any]) -> str:
    """The name of a partition's folder: its number, and a digest of what is in it."""
    said = json.dumps(tables, sort_keys=True).encode()
    return f"{k:05d}-{hashlib.sha256(said).hexdigest()[:_DIGITS]}"


def digests(files: Mapping[str, Path]) -> dict[str, str]:
    """The SHA-256 of each file, several at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(files, pool.map(digest, files.values()), strict=True))
