"""The rows of partitions that never passed the door pass it, partition by partition."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from inadimplencia_ml.calendar import Calendar
from inadimplencia_ml.ledger.clock import last_fact
from inadimplencia_ml.ledger.door import Admitted
from inadimplencia_ml.ledger.partitions import Partitions, file_entry, folder_name, schema_from_text, schema_to_text
from inadimplencia_ml.storage import digest, write_parquet

__all__ = ["seal"]

_PLAIN = {"timezone": "America/Sao_Paulo", "currency": "BRL"}
_IDS = ("client_id", "invoice_id")


def seal(manifest: dict[str, Any], folder: Path) -> None:
    """Writes the tables without a digest again as they come out of the door, and says so in ``manifest``.

    Doubles are told within a partition: an id that comes twice, with clients of two partitions, stays twice.
    """
    for name, value in _PLAIN.items():
        manifest.setdefault(name, value)
    manifest.setdefault("calendar", Calendar.of("BR").to_json())
    parts = Partitions(folder, manifest)
    problems, last = [parts.problems()], []
    open_tables = {name for one in manifest["partitions"] for name, e in one["tables"].items() if "sha256" not in e}
    schemas: dict[str, list[pa.Schema]] = {name: [] for name in open_tables}
    for name in open_tables:
        manifest["counts"][name] = dict.fromkeys(("rows", "accepted", "flagged", "rejected", "duplicate"), 0)
    for k, one in enumerate(manifest["partitions"]):
        tables = parts.tables(k)
        place = folder / "partitions" / one["folder"]
        for name in open_tables:
            _write_again(tables[name], place / f"{name}.parquet", one["tables"], name)
            schemas[name].append(tables[name].table.schema)
            _count(manifest, name, tables[name])
            problems.append(tables[name].problems)
        plain = {name: admitted.table for name, admitted in tables.items()}
        attributes = {n.removeprefix("attributes/"): t for n, t in plain.items() if "/" in n}
        last.append(last_fact({n: t for n, t in plain.items() if "/" not in n}, attributes))
        one["folder"] = folder_name(k, one["tables"])
        place.rename(folder / "partitions" / one["folder"])
    for name, found in schemas.items():
        manifest["tables"][name]["schema"] = schema_to_text(_unified(found))
    _same_ids(manifest)
    manifest.setdefault("known_until", max(last).isoformat())
    _problems(manifest, folder, pa.concat_tables(problems, promote_options="permissive"))


def _write_again(admitted: Admitted, path: Path, tables: dict[str, Any], name: str) -> None:
    write_parquet(admitted.table, path)
    tables[name] = file_entry(path, admitted.table.num_rows)


def _count(manifest: dict[str, Any], name: str, admitted: Admitted) -> None:
    """Adds what became of the rows of one partition."""
    for word, number in admitted.counts.items():
        manifest["counts"][name][word] += number
    notes = Counter(manifest["notes"].get(name, {})) + Counter(admitted.notes)
    if notes:
        manifest["notes"][name] = {note: 1 if note.startswith("ignored_column") else n for note, n in notes.items()}


def _unified(schemas: list[pa.Schema]) -> pa.Schema:
    """The columns of all partitions; one of kinds that do not go together is text, as ids of several kinds are."""
    fields: dict[str, list[pa.Field]] = {}
    for schema in schemas:
        for field in schema:
            fields.setdefault(field.name, []).append(field)
    return pa.schema([_one_field(name, found) for name, found in fields.items()])


def _one_field(name: str, found: list[pa.Field]) -> pa.Field:
    try:
        return pa.unify_schemas([pa.schema([field]) for field in found], promote_options="permissive").field(0)
    except pa.ArrowTypeError:
        return pa.field(name, pa.string())


def _same_ids(manifest: dict[str, Any]) -> None:
    """Each id column of one type in all tables: that of those with rows, or text where they differ."""
    schemas = {name: schema_from_text(entry["schema"]) for name, entry in manifest["tables"].items()}
    filled = {name for one in manifest["partitions"] for name, entry in one["tables"].items() if entry["rows"]}
    for column in _IDS:
        kinds = {schemas[name].field(column).type for name in filled if column in schemas[name].names}
        kind = kinds.pop() if len(kinds) == 1 else pa.string()
        for name, schema in schemas.items():
            if column in schema.names:
                at = schema.get_field_index(column)
                schemas[name] = schema.set(at, schema.field(column).with_type(kind))
    for name, schema in schemas.items():
        manifest["tables"][name]["schema"] = schema_to_text(schema)


def _problems(manifest: dict[str, Any], folder: Path, found: pa.Table) -> None:
    write_parquet(found, folder / "whole" / "problems.parquet")
    place = f"whole/problems-{digest(folder / 'whole' / 'problems.parquet')[:8]}.parquet"
    (folder / "whole" / "problems.parquet").rename(folder / place)
    manifest["whole"]["problems"] = {"file": place} | file_entry(folder / place, found.num_rows)
