"""An ERP export becomes a ledger: every row of every file is accounted for, by table and by file.

    files ─ exports ─► columns of text ─ text_cells ─► typed columns ─ door ─► tables of the ledger

Rows of several files of one table are put one after another: the entries of the mapping in their order, in each the
files in the order given. Doubles are told in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.cells import Cells
from inadimplencia_ml.ledger.door import READABLE, Admitted, admit
from inadimplencia_ml.ledger.exports import Export, existing_files, match_files, read_export
from inadimplencia_ml.ledger.findings import REASONS, as_text
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.mapping import FileMapping, LedgerSettings, Mapping, Value
from inadimplencia_ml.ledger.text_cells import guess_kind, read_text, trimmed
from inadimplencia_ml.tables import Kind

__all__ = ["Imported", "import_files", "import_ledger"]


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    admitted : dict
        By table, attributes as ``attributes/<name>``: canonical rows, problems with file and line, counts.
    files : pandas.DataFrame
        One row a file and table: file, table, rows, accepted, flagged, rejected, duplicate.
    settings : LedgerSettings
        Calendar, time zone, currency and known_until, as the mapping says.
    """

    admitted: dict[str, Admitted]
    files: pd.DataFrame
    settings: LedgerSettings

    def ledger(self) -> Ledger:
        """The ledger of the admitted tables."""
        s = self.settings
        return Ledger.from_admitted(
            self.admitted, calendar=s.calendar, timezone=s.timezone, currency=s.currency, known_until=s.known_until
        )


def import_ledger(files: Sequence[str | Path], mapping: Mapping) -> Ledger:
    """Reads an export into a ledger.

    Parameters
    ----------
    files
        The files of the export. Each must match an entry of the mapping, and each entry a file.
    mapping
        From :func:`inadimplencia_ml.ledger.mapping.read_mapping`, or guessed.

    Raises
    ------
    LedgerError
        A file is missing, empty, without a mapped column, or cannot be read; two currencies.
    MappingError
        Files and mapping do not fit each other.
    """
    return import_files(files, mapping).ledger()


def import_files(files: Sequence[str | Path], mapping: Mapping) -> Imported:
    """Reads an export into admitted tables, with counts by file; parameters and errors as :func:`import_ledger`."""
    matched = match_files(existing_files(files), mapping)
    timezone = mapping.ledger.timezone
    admitted, counts = {}, []
    for table in dict.fromkeys(entry.table for entry in mapping.files):
        parts = [_read_entry(entry, paths, timezone) for entry, paths in matched if entry.table == table]
        whole = _put_together(parts)
        entry = next(entry for entry in mapping.files if entry.table == table)
        one = _admit(table, entry, whole, mapping.ledger)
        admitted[table] = one
        counts += _by_file(table, whole, one)
    return Imported(admitted, pd.DataFrame(counts), mapping.ledger)


@dataclass
class _Rows:
    """Rows of one table on their way: typed columns, where each row came from, and what could not be read."""

    columns: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    shown: dict[str, pa.ChunkedArray] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    file: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    line: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    rejected: list[pa.Table] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)

    def note_bad(self, column: str, given: pa.ChunkedArray, cells: Cells, kind: Kind) -> None:
        for code, at in cells.bad.items():
            if len(at):
                reason = REASONS[code].format(column=column, kind=READABLE[kind])
                self.rejected.append(_found(at, column, as_text(given.take(pa.array(at))), code, reason))
        for note, number in cells.notes.items():
            self.notes[note] = self.notes.get(note, 0) + number


def _found(at: Any, column: str | None, values: pa.Array, code: str, reason: str) -> pa.Table:
    same = [[column] * len(at), [code] * len(at), [reason] * len(at)]
    columns, codes, reasons = (pa.array(texts, pa.string()) for texts in same)
    return pa.table(
        {"row": pa.array(at, pa.int64()), "column": columns, "value": values, "code": codes, "reason": reasons}
    )


def _read_entry(entry: FileMapping, paths: Sequence[Path], timezone: str) -> _Rows:
    exports = [read_export(path, entry) for path in paths]
    size = np.array([len(export.line) for export in exports], np.int64)
    begins = np.cumsum(size) - size
    rows = _Rows(files=[path.name for path in paths], file=np.repeat(np.arange(len(paths)), size))
    rows.line = np.concatenate([export.line for export in exports])
    for export, begin in zip(exports, begins.tolist(), strict=True):
        for odd in export.ragged:
            text = pa.array([odd.text], pa.string())
            rows.rejected.append(_found([begin + odd.row], None, text, "ragged_row", odd.reason))
    for ours, theirs in entry.columns.items():
        rows.shown[ours] = _one_type([export.columns[theirs] for export in exports])
        rows.columns[ours] = _typed(ours, rows.shown[ours], entry, rows, timezone)
    for ours, value in entry.constants.items():
        plain = str(value) if isinstance(value, int) and abs(value) >= 2**63 else value  # more digits than Arrow holds
        rows.columns[ours] = pa.chunked_array([pa.repeat(pa.scalar(plain), len(rows.line))])
    for ours, source in entry.copies.items():
        rows.columns[ours] = rows.columns[source]
    if entry.ids_from_file_and_line:
        rows.columns["invoice_id"] = pa.chunked_array([_made_ids(export) for export in exports])
    return rows


def _made_ids(export: Export) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(export.path.stem), pa.array(export.line).cast(pa.string()), ":")


def _one_type(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Columns one after another; of different types, as text."""
    kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
    if not kinds:
        return pa.chunked_array([pa.nulls(sum(len(part) for part in parts), pa.string())])
    kind = kinds.pop() if len(kinds) == 1 else pa.string()
    same = [
        pa.chunked_array([as_text(part)]) if part.type != kind and len(kinds) else part.cast(kind) for part in parts
    ]
    return pa.chunked_array([chunk for part in same for chunk in part.chunks], kind)


def _typed(column: str, given: pa.ChunkedArray, entry: FileMapping, rows: _Rows, timezone: str) -> pa.ChunkedArray:
    """One column of text read as its kind says; a column that a Parquet file typed is left to the door."""
    if pa.types.is_dictionary(given.type):
        given = given.cast(given.type.value_type)
    if pa.types.is_large_string(given.type) or pa.types.is_string_view(given.type):
        given = given.cast(pa.string())
    if not pa.types.is_string(given.type):
        return given
    text = _translated(given, entry.values[column]) if column in entry.values else given
    kind = entry.schema_of_table.kind_of(column)
    if kind == "any":
        kind = entry.types.get(column) or guess_kind(text, entry.text_format, timezone)
    cells = read_text(text, kind, entry.text_format, name=f"{entry.table}.{column}", timezone=timezone)
    rows.note_bad(column, given, cells, kind)
    return pa.chunked_array([cells.values])


def _translated(given: pa.ChunkedArray, values: dict[str, Value]) -> pa.ChunkedArray:
    """Cells replaced as the mapping says, the others untouched."""
    text = trimmed(given)
    keys = pa.array([key.strip() for key in values], pa.string())
    new = pa.array([None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values.values()])
    found = pc.index_in(text, value_set=keys, skip_nulls=True)
    result = pc.if_else(found.is_valid(), new.cast(pa.string()).take(pc.fill_null(found, 0).combine_chunks()), text)
    if "" in values:  # an empty cell has a meaning of its own
        empty = values[""]
        result = pc.if_else(text.is_null(), pa.scalar(None if empty is None else str(empty), pa.string()), result)
    return result


def _put_together(parts: Sequence[_Rows]) -> _Rows:
    """The rows of several entries of one table, one after another; a column that an entry lacks is null there."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part.columns)
    whole = _Rows()
    for name in names:
        whole.columns[name] = _one_type([_or_nulls(part, part.columns.get(name)) for part in parts])
        shown = [part.shown.get(name, part.columns.get(name)) for part in parts]
        whole.shown[name] = _one_type([_or_nulls(part, column) for part, column in zip(parts, shown, strict=True)])
    begin = 0
    for part in parts:
        for found in part.rejected:
            whole.rejected.append(found.set_column(0, "row", pc.add(found["row"], begin)))
        for note, number in part.notes.items():
            whole.notes[note] = whole.notes.get(note, 0) + number
        whole.file = np.r_[whole.file, part.file + len(whole.files)]
        whole.files += part.files
        whole.line = np.r_[whole.line, part.line]
        begin += len(part.line)
    return whole


def _or_nulls(part: _Rows, column: pa.ChunkedArray | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(len(part.line))]) if column is None else column


def _admit(table: str, entry: FileMapping, rows: _Rows, settings: LedgerSettings) -> Admitted:
    on = list(entry.duplicate_on) if entry.duplicate_on is not None else None
    same_row = entry.same_row_is_duplicate
    if same_row and entry.ids_from_file_and_line:  # made ids always differ
        on, same_row = [name for name in rows.columns if name != "invoice_id"], False
    one = admit(
        entry.schema_of_table,
        pa.table(rows.columns),
        timezone=settings.timezone,
        duplicate_on=on,
        same_row_is_duplicate=same_row,
        shown=rows.shown,
        rejected=pa.concat_tables(rows.rejected) if rows.rejected else None,
        currency=settings.currency,
        name=table,
    )
    at = one.problems["row"].to_numpy()
    names = pa.array(rows.files, pa.string()).take(pa.array(rows.file[at]))
    problems = one.problems
    for column, values in (("file", names), ("line", pa.array(rows.line[at], pa.int64()))):
        problems = problems.set_column(problems.schema.get_field_index(column), column, values)
    notes = dict(one.notes)
    for note, number in rows.notes.items():
        notes[note] = notes.get(note, 0) + number
    return Admitted(one.table, problems, one.counts, notes)


def _by_file(table: str, rows: _Rows, one: Admitted) -> list[dict[str, Any]]:
    """What became of the rows of each file."""
    outcome = np.full(len(rows.line), "accepted", object)
    outcome[one.problems["row"].to_numpy()] = one.problems["outcome"].to_pylist()
    counts = []
    for number, name in enumerate(rows.files):
        own = outcome[rows.file == number]
        what = {o: int(np.count_nonzero(own == o)) for o in ("accepted", "flagged", "rejected", "duplicate")}
        counts.append({"file": name, "table": table, "rows": len(own), **what})
    return counts
