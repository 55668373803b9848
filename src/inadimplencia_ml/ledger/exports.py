"""The files of an export: found, matched with the mapping's entries, read as columns with their lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from inadimplencia_ml.errors import LedgerError, MappingError, did_you_mean, names_told
from inadimplencia_ml.ledger.csv_rows import (
    DELIMITERS,
    Ragged,
    decoded,
    header_of,
    names_by,
    read_csv_rows,
    sniff_delimiter,
)
from inadimplencia_ml.ledger.json_lines import read_json_lines
from inadimplencia_ml.ledger.mapping import FileMapping, Mapping
from inadimplencia_ml.ledger.workbooks import read_sheet
from inadimplencia_ml.parquet import parquet_errors, parquet_names, read_columns
from inadimplencia_ml.settings_file import shown

__all__ = ["Export", "existing_files", "format_of", "match_files", "read_export"]

_SUFFIXES = {
    "parquet": (".parquet", ".pq"),
    "excel": (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    "json_lines": (".jsonl", ".ndjson"),
}


@dataclass(frozen=True)
class Export:
    """The mapped columns of one file, by their name there.

    ``line`` is the line of a text file on which a row begins, the row of a sheet, or the 1-based row of a Parquet file.
    """

    path: Path
    columns: dict[str, pa.ChunkedArray]
    line: npt.NDArray[np.int64]
    ragged: tuple[Ragged, ...] = ()


def existing_files(files: Sequence[str | Path]) -> list[Path]:
    """The files as paths, each there, each once.

    Raises
    ------
    LedgerError
        None is given, one is missing, a folder, or given twice.
    """
    paths = [Path(file) for file in files]
    if not paths:
        raise LedgerError("no file to import. Give at least the file of the invoices.")
    for path in paths:
        if path.is_dir():
            raise LedgerError(f"{path} is a folder. Expected files: give the files in it by name, for example *.csv.")
        if not path.exists():
            beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            hint = difflib.get_close_matches(path.name, beside, n=1)
            raise LedgerError(f"{path} is not there." + (f" Did you mean {hint[0]!r}?" if hint else ""))
    resolved = [path.resolve() for path in paths]
    for path, real in zip(paths, resolved, strict=True):
        if resolved.count(real) > 1:
            raise LedgerError(f"{path} is given twice. Each file may come once, or its rows would count twice.")
    return paths


def match_files(paths: Sequence[Path], mapping: Mapping) -> list[tuple[FileMapping, list[Path]]]:
    """For each entry of the mapping its files, in the order given; every file and every entry must find the other.

    Raises
    ------
    MappingError
        A file matches no entry, or an entry no file.
    """
    patterns = [entry.file for entry in mapping.files]
    for path in paths:
        if not any(_matches(path, pattern) for pattern in patterns):
            hint = did_you_mean(path.name, patterns)
            raise MappingError(f"no entry of the mapping is for the file {path.name!r}.{hint}")
    matched = []
    for entry in mapping.files:
        own = [path for path in paths if _matches(path, entry.file)]
        if not own:
            came = ", ".join(repr(path.name) for path in paths)
            raise MappingError(f"the mapping's entry {entry.file!r} matches none of the files given: {came}.")
        if entry.ids_from_file_and_line and len({path.stem for path in own}) < len(own):
            raise MappingError(f"{entry.file!r} makes ids from file names, but two of its files have the same name.")
        matched.append((entry, own))
    return matched


def _matches(path: Path, pattern: str) -> bool:
    return fnmatchcase(path.name.casefold(), pattern.casefold())


def read_export(path: Path, entry: FileMapping) -> Export:
    """Reads the mapped columns of one file; CSV cells are text, those of other files as typed there.

    Raises
    ------
    LedgerError
        The file is empty, has only a header, is not of its format, or lacks a mapped column.
    """
    form = entry.format or format_of(path)
    if form != "csv":
        return _READERS[form](path, entry)
    text = decoded(path, entry.encoding)
    delimiter = entry.delimiter if entry.delimiter != "auto" else sniff_delimiter(text)
    header, _, _ = header_of(text, delimiter)
    _require(path, header, entry, delimiter, text)
    rows = read_csv_rows(text, delimiter, name=path.name)
    columns = {name: rows.columns[header.index(name)] for name in dict.fromkeys(entry.columns.values())}
    return Export(path, columns, rows.line, rows.ragged)


def format_of(path: Path) -> str:
    """``parquet``, ``excel``, ``json_lines`` or ``csv``, by the suffix."""
    return next((form for form, suffixes in _SUFFIXES.items() if path.suffix.casefold() in suffixes), "csv")


def _read_parquet(path: Path, entry: FileMapping) -> Export:
    if not path.stat().st_size:
        raise LedgerError(f"{path.name} is empty. Expected a Parquet file.")
    with parquet_errors(f"{path.name} is not a whole Parquet file (cut off, or of another format)"):
        names = parquet_names(path)
    _require(path, names, entry)
    wanted = list(dict.fromkeys(entry.columns.values()))
    with parquet_errors(f"{path.name} is not a whole Parquet file (cut off, or of another format)"):
        table = read_columns(path, wanted)
    if not table.num_rows:
        raise LedgerError(f"{path.name} has columns but no rows.")
    columns = {name: table[name] for name in table.column_names}
    return Export(path, columns, np.arange(1, table.num_rows + 1))


def _read_sheet(path: Path, entry: FileMapping) -> Export:
    rows = read_sheet(path, entry.sheet, entry.decimal)
    _require(path, rows.header, entry)
    columns = {name: rows.columns[rows.header.index(name)] for name in dict.fromkeys(entry.columns.values())}
    return Export(path, columns, rows.line)


def _read_json_lines(path: Path, entry: FileMapping) -> Export:
    rows = read_json_lines(path, list(dict.fromkeys(entry.columns.values())), entry.decimal)
    if len(rows.ragged) == len(rows.line):
        raise LedgerError(f"{path.name} holds no JSON object on any line. Expected one a line.")
    _require(path, rows.names, entry)
    return Export(path, rows.columns, rows.line, rows.ragged)


_READERS = {"parquet": _read_parquet, "excel": _read_sheet, "json_lines": _read_json_lines}


def _require(
    path: Path, header: Sequence[str], entry: FileMapping, delimiter: str | None = None, text: str = ""
) -> None:
    wanted = list(dict.fromkeys(entry.columns.values()))
    for name in wanted:
        if header.count(name) > 1:
            raise LedgerError(f"{path.name} has {header.count(name)} columns {name!r}. A mapped column may come once.")
        if name in header:
            continue
        if delimiter is not None:
            _tell_other_delimiter(path, wanted, delimiter, text)
            _tell_broken_header(path, header, name, delimiter, text)
        to = next(ours for ours, theirs in entry.columns.items() if theirs == name)
        hint = did_you_mean(name, header, limit=1)
        hint = hint if hint.startswith(" Did") else ""
        alone = "(not shown: it is one alone; is there a line of names?)"
        came = names_told(header) if len(header) > 1 else alone
        raise LedgerError(
            f"{path.name} has no column {shown(name)} (mapped to {to}). The columns that came: {came}.{hint}"
        )


def _tell_broken_header(path: Path, header: Sequence[str], lacking: str, delimiter: str, text: str) -> None:
    """Rows of more cells than there are names: part of a client's row may stand among the names, so none is shown."""
    cells = len(names_by(text[header_of(text, delimiter)[1] :], delimiter))
    if cells > len(header):
        raise LedgerError(
            f"{path.name} has no column {shown(lacking)}: its line of names has {len(header)}, and the row after it "
            f"{cells} cells. Is a part of that line missing?"
        )


def _tell_other_delimiter(path: Path, wanted: Sequence[str], delimiter: str, text: str) -> None:
    for other in DELIMITERS:
        if other != delimiter and set(wanted) <= set(names_by(text, other)):
            raise LedgerError(
                f"{path.name} is not divided by {delimiter!r}: by {other!r} it has all the mapped columns. "
                f"Set delimiter: {_yaml_sign(other)}, or auto."
            )


def _yaml_sign(sign: str) -> str:
    return "tab" if sign == "\t" else repr(sign)
