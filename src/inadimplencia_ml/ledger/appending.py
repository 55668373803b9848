"""New facts for a ledger in partitions: only the partitions that they touch are written again.

The rows are put behind those that are there. A new row that bears the id of one passes the door with it, so that
doubles and histories of invoices come out as if all had come at once; what has passed already is copied as it is. What
was there stays until the manifest names the new files, and for whoever is reading it until the next call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import LedgerError, did_you_mean
from inadimplencia_ml.ledger.clock import last_fact, to_date
from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.ledger.frames import columns_of, in_one_piece
from inadimplencia_ml.ledger.new_homes import new_homes
from inadimplencia_ml.ledger.partitions import (
    MANIFEST,
    Partitions,
    aligned,
    is_partitioned,
    schema_from_text,
    schema_to_text,
)
from inadimplencia_ml.ledger.rewriting import put_whole, rewritten, sweep
from inadimplencia_ml.ledger.together import finished, journal_of
from inadimplencia_ml.storage import held_alone, read_json, sync_folder, write_json
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

__all__ = ["append_facts", "has_delivery"]

_SEEN = ("accepted", "flagged", "rejected", "duplicate")
_SHUT_BY_OTHERS = ["duplicate_same", "duplicate_conflict", "client_changed", "issue_date_changed"]
_DELIVERIES = "deliveries"
I64 = npt.NDArray[np.int64]


def append_facts(
    folder: str | Path, facts: Mapping[str, Any], *, known_until: Any = None, delivery: str | None = None
) -> dict[str, dict[str, int]]:
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
    delivery : str, optional
        Names these facts, such as the day they are of. Facts of a delivery that the ledger has are not added again: who
        does not know whether an interrupted call came to its end repeats it.

    Returns
    -------
    dict
        By table: rows, accepted, flagged, rejected and duplicate of the new rows alone, and partitions written. Of a
        delivery that the ledger has, what would have been added is duplicate.

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
        finished(journal_of(folder))  # a client was being forgotten when something ended it
        parts = Partitions.read(folder)
        new = {name: _passed(name, table, parts.manifest) for name, table in facts.items()}
        if delivery is not None and _mark(delivery) in parts.manifest.get(_DELIVERIES, ()):
            return {name: _all_there(admitted.counts) for name, admitted in new.items()}
        return _Append(parts, new, known_until, delivery).run()


def has_delivery(folder: str | Path, delivery: str) -> bool:
    """Whether the facts of a delivery are in a ledger in partitions."""
    folder = Path(folder)
    return is_partitioned(folder) and _mark(delivery) in Partitions.read(folder).manifest.get(_DELIVERIES, ())


def _mark(delivery: str) -> str:
    """What the manifest keeps of a delivery's name, which may say more than is to be kept."""
    return hashlib.sha256(delivery.encode()).hexdigest()


def _all_there(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts of rows that came a second time."""
    again = counts["rows"] - counts["rejected"]
    told = {"rows": counts["rows"], "accepted": 0, "flagged": 0, "rejected": counts["rejected"], "duplicate": again}
    return {**told, "partitions": 0}


def _passed(name: str, table: Any, manifest: Mapping[str, Any]) -> Admitted:
    """New rows of one table through the door, by themselves."""
    known = LEDGER_TABLES.get(name, ATTRIBUTES if name.startswith("attributes/") else None)
    if known is None:
        raise LedgerError(f"a ledger has no table {name!r}.{did_you_mean(name, LEDGER_TABLES)}")
    if isinstance(table, Admitted):
        return table
    rows = pa.table(columns_of(table, name))
    return admit(known, rows, timezone=manifest["timezone"], currency=manifest["currency"], name=name)


@dataclass(frozen=True)
class _SecondDoor:
    """What the door found of rows that stood before it with those that bear the same ids; new ones from ``begin``."""

    name: str
    found: pa.Table
    begin: int


class _Append:
    """One call: where each new row goes, the partitions written anew, and the manifest that names them."""

    def __init__(self, parts: Partitions, new: dict[str, Admitted], known_until: Any, delivery: str | None) -> None:
        self.parts, self.new, self.folder = parts, new, parts.folder
        self.manifest = {**parts.manifest, "partitions": [dict(one) for one in parts.manifest["partitions"]]}
        for section in ("tables", "counts", "whole", "notes"):
            self.manifest[section] = dict(self.manifest[section])
        self.told = {name: dict(admitted.counts) for name, admitted in new.items()}
        self.problems = [admitted.problems for admitted in new.values()]
        self.known_until = known_until
        if delivery is not None and any(admitted.counts["rows"] for admitted in new.values()):
            self.manifest[_DELIVERIES] = [*parts.manifest.get(_DELIVERIES, ()), _mark(delivery)]

    def run(self) -> dict[str, dict[str, int]]:
        """Writes and commits; what was written is removed again if anything fails."""
        tables = {name: self._fitted(name, admitted.table) for name, admitted in self.new.items()}
        number = new_homes(self.parts, tables)
        dealt = {name: _by_partition(tables[name], part) for name, part in number.items()}
        touched = sorted({k for rows in dealt.values() for k in rows})
        sweep(self.folder)
        try:
            self._write(touched, dealt)
            for name in sorted(tables.keys() - number.keys()):
                self._put(name, self._behind_the_old(name, tables[name]))
            self._commit(tables)
        except BaseException:
            if read_json(self.folder / MANIFEST) != self.manifest:  # else it counts already
                sweep(self.folder)
            raise
        return {name: {**counts, "partitions": len(touched)} for name, counts in self.told.items()}

    def _fitted(self, name: str, table: pa.Table) -> pa.Table:
        """The rows with the columns there and new ones, in the order of the door; ids are of the type there."""
        entry = self.manifest["tables"].get(name)
        schema = self._empty(table) if entry is None else schema_from_text(entry["schema"])
        for field in table.schema:
            if field.name not in schema.names:
                schema = schema.append(field)
        known = [c.name for c in LEDGER_TABLES.get(name, ATTRIBUTES).columns]
        schema = pa.schema(sorted(schema, key=lambda field: _place(field.name, known)))
        self.manifest["tables"][name] = {"schema": schema_to_text(schema)}
        self.manifest["counts"].setdefault(name, dict.fromkeys(("rows", *_SEEN), 0))
        try:
            return aligned(table, schema)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise LedgerError(f"{name}: the new rows are of other types than those there ({reason})") from error

    def _empty(self, table: pa.Table) -> pa.Schema:
        schema, known = table.schema, self.parts.schema("invoices")
        for column in ("client_id", "invoice_id"):
            if column in schema.names:
                at = schema.get_field_index(column)
                schema = schema.set(at, schema.field(column).with_type(known.field(column).type))
        return schema

    def _write(self, touched: list[int], dealt: Mapping[str, Mapping[int, pa.Table]]) -> None:
        doors: dict[int, list[_SecondDoor]] = {k: [] for k in touched}

        def rows(k: int) -> Iterator[tuple[str, pa.Table]]:
            for name, fresh in dealt.items():
                if k in fresh:
                    yield name, self._together(k, name, fresh[k], doors[k])

        for k, entry in rewritten(self.parts, touched, rows).items():
            self.manifest["partitions"][k] = entry
        for door in (door for k in touched for door in doors[k]):
            self._count(door)

    def _together(self, k: int, name: str, fresh: pa.Table, doors: list[_SecondDoor]) -> pa.Table:
        """The rows of a partition, old ones and behind them new ones that those before do not shut out."""
        if name not in self.parts.manifest["tables"]:
            return fresh
        before, known = aligned(self.parts.table(k, name), fresh.schema), LEDGER_TABLES.get(name, ATTRIBUTES)
        if known.key is not None and known.key in fresh.column_names:
            ids = in_one_piece(fresh[known.key]).drop_null()
            same = before.filter(pc.fill_null(pc.is_in(before[known.key], value_set=ids), False))
            if same.num_rows:
                both = pa.concat_tables([same, fresh])
                passed = admit(known, both, timezone=self.manifest["timezone"], name=name)
                door = _SecondDoor(name, passed.problems, same.num_rows)
                _refuse_lost(door)
                doors.append(door)
                fresh = aligned(passed.table, fresh.schema).slice(same.num_rows)
        return pa.concat_tables([before, fresh])

    def _count(self, door: _SecondDoor) -> None:
        """Counts new rows that the rows before them shut out as what they became."""
        lost = pc.is_in(door.found["outcome"], value_set=pa.array(["rejected", "duplicate"]))
        gone = door.found.filter(lost)
        self.problems.append(gone)
        shut = pc.is_in(gone["code"], value_set=pa.array(_SHUT_BY_OTHERS))
        flagged = set(gone["row"].filter(pc.invert(shut)).to_pylist())  # as which it was counted by itself
        for row, outcome in dict(zip(gone["row"].to_pylist(), gone["outcome"].to_pylist(), strict=True)).items():
            self.told[door.name]["flagged" if row in flagged else "accepted"] -= 1
            self.told[door.name][outcome] += 1

    def _behind_the_old(self, name: str, fresh: pa.Table) -> pa.Table:
        """A table of no client, old and new rows together."""
        if name not in self.parts.manifest["whole"]:
            return fresh
        return pa.concat_tables([aligned(self.parts.whole(name), fresh.schema), fresh])

    def _put(self, name: str, table: pa.Table) -> None:
        self.manifest["whole"][name] = put_whole(self.folder, name, table)

    def _commit(self, tables: Mapping[str, pa.Table]) -> None:
        for name, counts in self.told.items():
            before = self.manifest["counts"][name]
            self.manifest["counts"][name] = {word: before.get(word, 0) + counts[word] for word in ("rows", *_SEEN)}
        found = [self.parts.problems(), *(p for p in self.problems if p.num_rows)]
        if len(found) > 1:
            self._put("problems", pa.concat_tables(found, promote_options="permissive"))
        self.manifest["known_until"] = self._last_day(tables).isoformat()
        sync_folder(self.folder / "partitions")
        sync_folder(self.folder / "whole")
        write_json(self.manifest, self.folder / MANIFEST)  # from here on the new facts count

    def _last_day(self, tables: Mapping[str, pa.Table]) -> Any:
        if self.known_until is not None:
            return to_date(self.known_until, "known_until")
        attributes = {n.removeprefix("attributes/"): t for n, t in tables.items() if "/" in n}
        last = last_fact({n: t for n, t in tables.items() if "/" not in n}, attributes)
        return max(last, to_date(self.parts.manifest["known_until"], "known_until"))


def _by_partition(table: pa.Table, part: I64) -> dict[int, pa.Table]:
    """The rows of each partition, in their order."""
    if not len(part):
        return {}
    order = np.argsort(part, kind="stable")
    sorted_rows, numbers = table.take(pa.array(order)), part[order]
    begins = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    ends = np.r_[begins[1:], len(numbers)].astype(np.int64)
    return {int(numbers[b]): sorted_rows.slice(int(b), int(e - b)) for b, e in zip(begins, ends, strict=True)}


def _refuse_lost(door: _SecondDoor) -> None:
    lost = pc.is_in(door.found["outcome"], value_set=pa.array(["rejected", "duplicate"]))
    if pc.any(pc.and_(lost, pc.less(door.found["row"], door.begin))).as_py():
        raise LedgerError(f"{door.name}: rows that are there already would no longer pass the door")


def _place(name: str, known: list[str]) -> int:
    return known.index(name) if name in known else len(known)
