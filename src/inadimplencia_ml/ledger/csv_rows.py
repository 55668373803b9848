"""A CSV file as text columns, every row with the line it begins on.

Nothing is lost and nothing shifts: a line with another number of fields than the header is a row of its own, all its
cells null, told as ragged. Quoted line breaks are understood; a quote that is never closed makes ragged rows of the
lines it swallows, one each.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from inadimplencia_ml.errors import LedgerError

__all__ = ["DELIMITERS", "CsvRows", "Ragged", "decoded", "header_of", "names_by", "read_csv_rows", "sniff_delimiter"]

DELIMITERS = (";", ",", "\t", "|")
_SHOWN = 200  # signs of a ragged line that are kept as its value
_LONGEST = 1 << 24
"""Bytes of a row, quoted line breaks within it counted; and of the line of names a quarter."""
_MOST_COLUMNS = 20_000


@dataclass(frozen=True)
class Ragged:
    """A row that does not fit the header."""

    row: int
    text: str
    reason: str


@dataclass(frozen=True)
class CsvRows:
    """Columns of text by position; ``line`` is 1-based, counted in the file."""

    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    line: npt.NDArray[np.int64]
    ragged: tuple[Ragged, ...]


def decoded(path: Path, encoding: str = "auto") -> str:
    """The text of a file: UTF-8 with or without a mark, UTF-16 with one, else cp1252, unless the encoding is said.

    Raises
    ------
    LedgerError
        The file is empty, is no text, is one endless line, or is not of the encoding said.
    """
    with path.open("rb") as file:
        _no_endless_line(file, path.name)
        data = file.read()
    if not data or data.isspace():
        raise LedgerError(f"{path.name} is empty. Expected a header and rows.")
    for magic, kind in ((b"PK\x03\x04", "an Excel or zip"), (b"PAR1", "a Parquet"), (b"\x1f\x8b", "a gzip")):
        if data.startswith(magic):
            raise LedgerError(f"{path.name} is {kind} file, not CSV text. Save it as CSV, or say its format.")
    tried = ("utf-8-sig", "cp1252") if encoding == "auto" else (encoding,)
    if encoding == "auto" and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = ("utf-16",)
    for name in tried:
        try:
            text = data.decode("utf-8-sig" if name.lower() in ("utf-8", "utf8") else name)
        except (UnicodeError, LookupError):
            continue
        if text.count("\r") == text.count("\r\n"):
            return text
        return text.replace("\r\n", "\n").replace("\r", "\n")  # a sign that ends lines in some files, here in one
    raise LedgerError(f"{path.name} cannot be read as {' or '.join(tried)}. Say its encoding in the mapping.")


def _no_endless_line(file: IO[bytes], name: str) -> None:
    """Refuses a file with a line that is longer than any row may be, before all of it is in memory."""
    if not file.seekable():
        return
    while len(block := file.read(_LONGEST)) == _LONGEST:
        if b"\n" not in block and b"\r" not in block:
            raise LedgerError(f"{name} has a line of more than {_LONGEST:,} bytes. Expected a header and rows.")
    file.seek(0)


def sniff_delimiter(text: str) -> str:
    """The delimiter that splits the header into the most fields."""
    return max(DELIMITERS, key=lambda delimiter: len(names_by(text, delimiter)))


def names_by(text: str, delimiter: str) -> tuple[str, ...]:
    """The names in the header if it is divided by a sign; none if one of them would have no end."""
    try:
        return header_of(text, delimiter)[0]
    except LedgerError:
        return ()


def header_of(text: str, delimiter: str) -> tuple[tuple[str, ...], int, int]:
    """Names in the first line that is not blank, and how many signs and lines the header takes up."""
    head = text[: _LONGEST >> 2]
    lines, signs = io.StringIO(head, newline=""), 0
    blank = 0
    for line in lines:
        if line.strip():
            break
        blank, signs = blank + 1, signs + len(line)
    rest = io.StringIO(head[signs:], newline="")
    reader = csv.reader(rest, delimiter=delimiter)
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:  # a quote that is never closed
        raise LedgerError(f"the line of names cannot be read: {error}") from None
    rest.seek(0)
    taken = sum(len(rest.readline()) for _ in range(reader.line_num))
    return names, signs + taken, blank + reader.line_num


def read_csv_rows(text: str, delimiter: str, *, name: str) -> CsvRows:
    """Reads all rows of a CSV text.

    Parameters
    ----------
    text
        The file, decoded.
    delimiter
        One sign.
    name
        The file, for messages.

    Raises
    ------
    LedgerError
        There is a header and nothing else.
    """
    header, start, header_lines = header_of(text, delimiter)
    if len(header) > _MOST_COLUMNS:
        raise LedgerError(f"{name} has {len(header):,} columns; at most {_MOST_COLUMNS:,} are read.")
    body = text[start:].encode("utf-8", "replace")
    if not body.strip():
        raise LedgerError(f"{name} has a header but no rows.")
    odd: list[tuple[int, str]] = []
    try:
        table = _parse(body, delimiter, len(header), odd)
    except pa.ArrowInvalid as error:
        why = str(error).splitlines()[0]
        if "straddl" in why:
            why = f"a row is longer than {_LONGEST:,} bytes; is a quote never closed?"
        raise LedgerError(f"{name} cannot be read as CSV: {why[:200]}") from error
    at, size = _records(table, odd, delimiter, body.count(b"\n"))
    blank = _blank_lines(table, at, size, body) if len(header) > 1 or table.num_rows else np.zeros(len(at), bool)
    return _assemble(header, table, odd, at, size, blank, delimiter, header_lines)


def _parse(body: bytes, delimiter: str, width: int, odd: list[tuple[int, str]]) -> pa.Table:
    def set_aside(row: pacsv.InvalidRow) -> str:
        odd.append((row.number - 1, row.text))
        return "skip"

    names = [str(i) for i in range(width)]
    return pacsv.read_csv(
        io.BytesIO(body),
        # one thread: only then are the numbers of odd rows known
        read_options=pacsv.ReadOptions(column_names=names, use_threads=False, block_size=_LONGEST),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=set_aside
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={n: pa.string() for n in names}, strings_can_be_null=False, null_values=[]
        ),
    )


def _records(
    table: pa.Table, odd: list[tuple[int, str]], delimiter: str, breaks: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each record of the file its row in ``table`` (-1 where odd), and how many lines it takes."""
    total = table.num_rows + len(odd)
    at, size = np.full(total, -1, np.int64), np.ones(total, np.int64)
    fits = np.ones(total, bool)
    fits[[number for number, _ in odd]] = False
    at[fits] = np.arange(table.num_rows)
    if breaks <= total and not any("\n" in text for _, text in odd) and breaks >= total - 1:
        return at, size
    inside = np.zeros(table.num_rows, np.int64)
    for column in table.columns:
        inside += pc.count_substring(column, "\n").to_numpy()
    size[fits] += inside
    size[[number for number, _ in odd]] += np.array([text.count("\n") for _, text in odd], np.int64)
    _swallowed(table, odd, at, np.flatnonzero(inside), delimiter)
    return at, size


def _swallowed(
    table: pa.Table, odd: list[tuple[int, str]], at: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], delimiter: str
) -> None:
    """Sets rows aside in which one value holds a whole other row: two stray quotes that found each other."""
    width = table.num_columns
    if not len(rows) or width < 2:
        return
    number, some = np.flatnonzero(at >= 0), table.take(pa.array(rows))
    whole = np.zeros(len(rows), bool)
    for column in some.columns:
        broken = pc.greater(pc.count_substring(column, "\n"), 0)
        whole |= _flags(pc.and_(broken, pc.greater_equal(pc.count_substring(column, delimiter), width - 1)))
    for i in np.flatnonzero(whole).tolist():
        odd.append((int(number[rows[i]]), delimiter.join(some.slice(i, 1).to_pylist()[0].values())))
        at[number[rows[i]]] = -1
    odd.sort()


def _blank_lines(
    table: pa.Table, at: npt.NDArray[np.int64], size: npt.NDArray[np.int64], body: bytes
) -> npt.NDArray[np.bool_]:
    """Records that are only an empty line: no rows. A line of nothing but delimiters is a row."""
    empty = pa.array(np.ones(table.num_rows, bool))
    for column in table.columns:
        empty = pc.and_(empty, pc.equal(column, ""))
    blank = np.zeros(len(at), bool)
    candidates = np.flatnonzero((at >= 0) & np.r_[_flags(empty), False][at])
    if not len(candidates):
        return blank
    lines = body.split(b"\n")
    start = np.cumsum(size) - size
    blank[[c for c in candidates.tolist() if not lines[start[c]].strip(b" \r")]] = True
    return blank


def _flags(condition: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    flags: npt.NDArray[np.bool_] = condition.to_numpy(zero_copy_only=False)
    return flags


def _assemble(
    header: tuple[str, ...],
    table: pa.Table,
    odd: list[tuple[int, str]],
    at: npt.NDArray[np.int64],
    size: npt.NDArray[np.int64],
    blank: npt.NDArray[np.bool_],
    delimiter: str,
    header_lines: int,
) -> CsvRows:
    """Rows in file order; an odd record of several lines becomes as many ragged rows."""
    texts = dict(odd)
    repeat = np.where(blank, 0, np.where(at < 0, size, 1))
    first_line = np.cumsum(size) - size + header_lines + 1
    source = np.repeat(at, repeat)
    record = np.repeat(np.arange(len(at)), repeat)
    within = np.arange(len(record)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    line = first_line[record] + within
    if not len(source):
        return CsvRows(header, tuple(table.columns), line, ())
    take = pa.array(np.where(source < 0, 0, source), mask=source < 0) if len(odd) or blank.any() else None
    columns = tuple(column if take is None else column.take(take) for column in table.columns)
    ragged = []
    for row in np.flatnonzero(source < 0).tolist():
        number = int(record[row])
        lines = texts[number].splitlines() or [""]
        text = lines[min(int(within[row]), len(lines) - 1)]
        ragged.append(Ragged(row, text[:_SHOWN], _why(text, len(lines), len(header), delimiter, first_line[number])))
    return CsvRows(header, columns, line, tuple(ragged))


def _why(text: str, lines: int, width: int, delimiter: str, start: int) -> str:
    if lines > 1:
        return f"a quote opened on line {start} swallows the lines up to {start + lines - 1}"
    try:
        fields = f"{len(next(csv.reader([text], delimiter=delimiter), [])):,}"
    except csv.Error:  # a field too long for Python's own reader
        fields = "other"
    return f"the line has {fields} fields, the header {width}"
