"""New facts for a ledger in partitions: only the partitions that they touch are written again.

The rows are put behind those that are there and pass the door with them, so that doubles and histories of invoices come
out as if all had come at once. What was there stays until the manifest names the new files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from inadimplencia_ml.errors import CallError, LedgerError, did_you_mean
from inadimplencia_ml.ledger.clock import last_fact, to_date
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.frames import columns_of
from inadimplencia_ml.ledger.partitions import (
    MANIFEST,
    Partitions,
    aligned,
    file_entry,
    folder_name,
    groups_of,
    hashed,
    is_partitioned,
    schema_from_text,
    schema_to_text,
)
from inadimplencia_ml.storage import digest, held_alone, read_json, sync_folder, write_json, write_parquet
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["append_facts"]

_SEEN = ("accepted", "flagged", "rejected", "duplicate")
_SHUT_BY_OTHERS = ["duplicate_same", "duplicate_conflict", "client_changed", "issue_date_changed"]
I64 = npt.NDArray[np.int64]


def append_facts(folder: str | Path, facts: Mapping[str, Any], *, known_until: Any = None) -> dict[str, dict[str, int]]:
    """Adds rows to a ledger in partitions; whole or not at all.

    Parameters
    ----------
    folder : path
        A ledger that `partition_ledger` wrote.
    facts : mapping of table name to table, or to what an import admitted
        pandas, Polars or Arrow, with the columns of `inadimplencia_ml.tables`; attributes as ``attributes/<name>``. A
        row of an invoice that is there already (a postponement) names its client and dates as well.
    known_until : date, optional
        The new last day of the books; by default that of the new facts, never earlier than before.

    Returns
    -------
    dict
        By table: rows, accepted, flagged, rejected and duplicate of the new rows alone, and partitions written.

    Raises
    ------
    LedgerError
        The ledger is not in partitions, a table is unknown or lacks a column, or a type does not fit the rows there.
    CallError
        Another process writes there, or links would tie clients of different partitions together.
    """
    folder = Path(folder)
    if not is_partitioned(folder):
        raise LedgerError(f"{folder}: is no ledger in partitions. Make one with `inadimplencia partition`.")
    with held_alone(folder):
        parts = Partitions.read(folder)
        new = {name: _passed(name, table, parts.manifest) for name, table in facts.items()}
        return _Append(parts, new, known_until).run()


def _passed(name: str, table: Any, manifest: Mapping[str, Any]) -> Admitted:
    """New rows of one table through the door, by themselves."""
    known = LEDGER_TABLES.get(name, ATTRIBUTES if name.startswith("attributes/") else None)
    if known is None:
        raise LedgerError(f"a ledger has no table {name!r}.{did_you_mean(name, LEDGER_TABLES)}")
    if isinstance(table, Admitted):
        return table
    rows = pa.table(columns_of(table, name))
    return admit(known, rows, timezone=manifest["timezone"], currency=manifest["currency"], name=name)


class _Append:
    """One call: where each new row goes, the partitions written anew, and the manifest that names them."""

    def __init__(self, parts: Partitions, new: dict[str, Admitted], known_until: Any) -> None:
        self.parts, self.new, self.folder = parts, new, parts.folder
        self.manifest = {**parts.manifest, "partitions": [dict(one) for one in parts.manifest["partitions"]]}
        for section in ("tables", "counts", "whole", "notes"):
            self.manifest[section] = dict(self.manifest[section])
        self.told: dict[str, dict[str, int]] = {}
        self.problems: list[pa.Table] = []
        self.made: list[Path] = []
        self.known_until = known_until

    def run(self) -> dict[str, dict[str, int]]:
        """Writes and commits; what was written is removed again if anything fails."""
        for name, admitted in self.new.items():
            self._fit_schema(name, admitted.table)
            self.told[name] = dict(admitted.counts)
            self.problems.append(admitted.problems)
        number = self._partitions_of_rows()
        try:
            touched = sorted({int(k) for part in number.values() for k in np.unique(part)})
            for k in touched:
                self._write_partition(k, {name: part == k for name, part in number.items()})
            for name in self.new.keys() - number.keys():
                self._write_whole(name)
            self._commit()
        except BaseException:
            if read_json(self.folder / MANIFEST) == self.manifest:  # it counts already
                raise
            for path in self.made:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            raise
        return {name: {**counts, "partitions": len(touched)} for name, counts in self.told.items()}

    def _fit_schema(self, name: str, table: pa.Table) -> None:
        """The table's columns and new ones, in the order of the door; ids are of the type that they have there."""
        entry = self.manifest["tables"].get(name)
        schema = self._empty(name, table) if entry is None else schema_from_text(entry["schema"])
        for field in table.schema:
            if field.name not in schema.names:
                schema = schema.append(field)
        known = [c.name for c in LEDGER_TABLES.get(name, ATTRIBUTES).columns]
        schema = pa.schema(sorted(schema, key=lambda field: _place(field.name, known)))
        self.manifest["tables"][name] = {"schema": schema_to_text(schema)}
        self.manifest["counts"].setdefault(name, dict.fromkeys(("rows", *_SEEN), 0))
        try:
            rows = aligned(table, schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise LedgerError(f"{name}: the new rows are of other types than those there ({reason})") from error
        self.new[name] = Admitted(rows, self.new[name].problems, self.new[name].counts, self.new[name].notes)

    def _empty(self, name: str, table: pa.Table) -> pa.Schema:
        schema = table.schema
        known = schema_from_text(self.manifest["tables"]["invoices"]["schema"])
        for column in ("client_id", "invoice_id"):
            if column in schema.names:
                at = schema.get_field_index(column)
                schema = schema.set(at, schema.field(column).with_type(known.field(column).type))
        return schema

    def _partitions_of_rows(self) -> dict[str, I64]:
        """The partition of each new row, by table; not of tables that are of no client."""
        linked = self._linked()
        out: dict[str, I64] = {}
        owner = None
        for name, admitted in self.new.items():
            table = admitted.table
            if name in self.manifest["whole"] or not {"client_id", "invoice_id"} & set(table.column_names):
                continue
            own = self._of_clients(table["client_id"], linked) if "client_id" in table.column_names else None
            if name in ("invoices", "payments") and "invoice_id" in table.column_names:
                owner = self._owners(linked) if owner is None else owner
                at = pc.fill_null(pc.index_in(table["invoice_id"], value_set=owner[0]), -1)
                at = at.to_numpy(zero_copy_only=False) if not isinstance(at, pa.ChunkedArray) else at.to_numpy()
                theirs = np.append(owner[1], -1)[at]
                own = np.where(theirs >= 0, theirs, 0 if own is None else own)
            out[name] = np.zeros(table.num_rows, np.int64) if own is None else own
        return out

    def _of_clients(self, ids: Any, linked: tuple[pa.Array, I64]) -> I64:
        text = ids.cast(pa.string()).combine_chunks()
        at = pc.fill_null(pc.index_in(text, value_set=linked[0]), -1).to_numpy(zero_copy_only=False)
        number = np.where(at >= 0, np.append(linked[1], 0)[at], hashed(pc.fill_null(text, ""), len(self.parts)))
        return np.where(text.is_null().to_numpy(zero_copy_only=False), 0, number)

    def _linked(self) -> tuple[pa.Array, I64]:
        """Clients with links, old and new, and their partitions.

        A client whom a new link brings into a group goes where the group is; one with facts elsewhere cannot.
        """
        there = self.parts.linked
        clients, home = there["client_id"].combine_chunks(), there["partition"].to_numpy()
        if "links" not in self.new:
            return clients, home
        links = self.new["links"].table
        asked, groups = links["client_id"].cast(pa.string()).to_pylist(), groups_of(links).to_pylist()
        of_group = dict(zip(there["group"].to_pylist(), home.tolist(), strict=True))
        of_client = dict(zip(clients.to_pylist(), home.tolist(), strict=True))
        usual = hashed(pa.array(asked, pa.string()), len(self.parts)).tolist()
        known = self._known_clients(asked)
        for client, group, number in zip(asked, groups, usual, strict=True):  # the day's new links: few
            mine = of_client.get(client, number if client in known else None)
            theirs = of_group.get(group, mine)
            place = number if theirs is None else theirs
            if mine is not None and mine != place:
                raise CallError(
                    "links: a new link ties clients of different partitions together. Write the partitions anew with "
                    "`inadimplencia partition` from a ledger that holds the link."
                )
            of_client[client], of_group[group] = place, place
        return pa.array(list(of_client), pa.string()), np.array(list(of_client.values()), np.int64)

    def _known_clients(self, asked: list[str]) -> set[str]:
        """Which of these clients have any fact in the ledger."""
        found: set[str] = set()
        wanted = pa.array(sorted(set(asked)), pa.string())
        for table, column in self._columns("client_id"):
            ids = pc.unique(table[column].cast(pa.string()))
            found |= set(ids.filter(pc.is_in(ids, value_set=wanted)).to_pylist())
        return found

    def _columns(self, column: str) -> Any:
        for one in self.parts.manifest["partitions"]:
            for name in one["tables"]:
                schema = schema_from_text(self.parts.manifest["tables"][name]["schema"])
                path = self.folder / "partitions" / one["folder"] / f"{name}.parquet"
                if column in schema.names and one["tables"][name]["rows"]:
                    yield ds.dataset(path).to_table(columns=[column]), column

    def _owners(self, linked: tuple[pa.Array, I64]) -> tuple[pa.Array, I64]:
        """The invoices that new rows name, and the partition of each: where it is, or where its client goes."""
        named = [
            t.table["invoice_id"]
            for n, t in self.new.items()
            if n in ("invoices", "payments") and "invoice_id" in t.table.column_names
        ]
        kind = named[0].type
        wanted = pc.unique(pa.chunked_array([c for ids in named for c in ids.cast(kind).chunks], kind)).drop_null()
        ids, home = [], []
        for k, one in enumerate(self.parts.manifest["partitions"]):
            path = self.folder / "partitions" / one["folder"] / "invoices.parquet"
            there = ds.dataset(path).to_table(columns=["invoice_id"])["invoice_id"].cast(kind)
            found = pc.unique(there.filter(pc.is_in(there, value_set=wanted)))
            ids.append(found)
            home.append(np.full(len(found), k, np.int64))
        if "invoices" in self.new:
            fresh = self.new["invoices"].table
            ids.append(fresh["invoice_id"].cast(kind).combine_chunks())
            home.append(self._of_clients(fresh["client_id"], linked))
        return pa.chunked_array(ids, kind).combine_chunks(), np.concatenate(home)  # of two, index_in takes the first

    def _write_partition(self, k: int, mine: Mapping[str, npt.NDArray[np.bool_]]) -> None:
        one = self.parts.manifest["partitions"][k]
        old, tables = self.parts.tables(k), dict(one["tables"])
        work = self.folder / "partitions" / f".{k:05d}.new"
        shutil.rmtree(work, ignore_errors=True)
        self.made.append(work)
        for name, entry in tables.items():
            source = self.folder / "partitions" / one["folder"] / f"{name}.parquet"
            if name not in mine or not mine[name].any():
                target = work / f"{name}.parquet"
                target.parent.mkdir(parents=True, exist_ok=True)
                _same_file(source, target)
                tables[name] = dict(entry)
        for name, rows in mine.items():
            if rows.any():
                before = old[name].table if name in old else None
                whole = self._together(name, before, self.new[name].table.filter(pa.array(rows)))
                write_parquet(whole, work / f"{name}.parquet")
                tables[name] = file_entry(work / f"{name}.parquet", whole.num_rows)
        sync_folder(work)
        named = folder_name(k, tables)
        target = self.folder / "partitions" / named
        if target.exists() and named != one["folder"]:
            shutil.rmtree(target)  # left by a run that died before its manifest
        if named == one["folder"]:
            shutil.rmtree(work)
            return
        work.rename(target)
        self.made[-1] = target
        self.manifest["partitions"][k] = {"folder": named, "tables": tables}

    def _together(self, name: str, before: pa.Table | None, fresh: pa.Table) -> pa.Table:
        """Old rows and new ones behind them through the door together; what it finds of the new ones is counted."""
        schema = schema_from_text(self.manifest["tables"][name]["schema"])
        if before is None:
            return aligned(fresh, schema)
        rows = pa.concat_tables([aligned(before, schema), aligned(fresh, schema)])
        known = LEDGER_TABLES.get(name, ATTRIBUTES)
        both = admit(known, rows, timezone=self.manifest["timezone"], name=name)
        self._count_second_door(name, both.problems, before.num_rows)
        return aligned(both.table, schema)

    def _count_second_door(self, name: str, found: pa.Table, begin: int) -> None:
        """Of the new rows, from ``begin`` on, those that the rows before them shut out."""
        lost = pc.is_in(found["outcome"], value_set=pa.array(["rejected", "duplicate"]))
        if pc.any(pc.and_(lost, pc.less(found["row"], begin))).as_py():
            raise LedgerError(f"{name}: rows that are there already would no longer pass the door")
        gone = found.filter(lost)
        self.problems.append(gone)
        shut = pc.is_in(gone["code"], value_set=pa.array(_SHUT_BY_OTHERS))
        flagged = set(gone["row"].filter(pc.invert(shut)).to_pylist())  # as which it was counted by itself
        for row, outcome in dict(zip(gone["row"].to_pylist(), gone["outcome"].to_pylist(), strict=True)).items():
            self.told[name]["flagged" if row in flagged else "accepted"] -= 1
            self.told[name][outcome] += 1

    def _write_whole(self, name: str) -> None:
        """A table of no client, old and new rows together."""
        old = self.parts.tables(0).get(name)
        schema = schema_from_text(self.manifest["tables"][name]["schema"])
        fresh = aligned(self.new[name].table, schema)
        both = fresh if old is None else pa.concat_tables([aligned(old.table, schema), fresh])
        self._put("whole", name, both)

    def _put(self, where: str, name: str, table: pa.Table) -> None:
        temporary = self.folder / where / f".{name}.new.parquet"
        write_parquet(table, temporary)
        place = f"{where}/{name}-{digest(temporary)[:8]}.parquet"
        temporary.replace(self.folder / place)
        if place != self.manifest["whole"].get(name, {}).get("file"):
            self.made.append(self.folder / place)
        self.manifest["whole"][name] = {"file": place} | file_entry(self.folder / place, table.num_rows)

    def _commit(self) -> None:
        for name, counts in self.told.items():
            before = self.manifest["counts"][name]
            self.manifest["counts"][name] = {word: before.get(word, 0) + counts[word] for word in ("rows", *_SEEN)}
        found = [self.parts.problems(), *(p for p in self.problems if p.num_rows)]
        if len(found) > 1:
            self._put("whole", "problems", pa.concat_tables(found, promote_options="permissive"))
        self.manifest["known_until"] = self._last_day().isoformat()
        sync_folder(self.folder / "partitions")
        sync_folder(self.folder / "whole")
        write_json(self.manifest, self.folder / MANIFEST)  # from here on the new facts count
        self._tidy()

    def _last_day(self) -> Any:
        if self.known_until is not None:
            return to_date(self.known_until, "known_until")
        plain = {name: one.table for name, one in self.new.items()}
        attributes = {n.removeprefix("attributes/"): t for n, t in plain.items() if "/" in n}
        last = last_fact({n: t for n, t in plain.items() if "/" not in n}, attributes)
        return max(last, to_date(self.parts.manifest["known_until"], "known_until"))

    def _tidy(self) -> None:
        """Removes what the manifest no longer names; what cannot be removed does no harm."""
        named = {one["folder"] for one in self.manifest["partitions"]}
        whole = {entry["file"] for entry in self.manifest["whole"].values()}
        for path in (self.folder / "partitions").iterdir():
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)
        for path in (self.folder / "whole").iterdir():
            if f"whole/{path.name}" not in whole:
                with suppress(OSError):
                    path.unlink()


def _place(name: str, known: list[str]) -> int:
    return known.index(name) if name in known else len(known)


def _same_file(source: Path, target: Path) -> None:
    """A second name of a file that is never written over; a copy where the disk knows no second names."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())
