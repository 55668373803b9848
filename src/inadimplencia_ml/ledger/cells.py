"""One column as given → one canonical column. What cannot be read is told by row and code, never guessed."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.compiled import entry
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.canonical import EMPTY_TYPES
from inadimplencia_ml.ledger.frames import in_one_piece
from inadimplencia_ml.tables import Kind

__all__ = ["EXACT_FLOAT", "LARGEST_AMOUNT", "Cells", "Rows", "read_cells", "where"]

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_NO_ROWS: Rows = np.empty(0, np.int64)

LARGEST_AMOUNT = 1e12  # above it cents no longer sum safely in int64 with days as weights
EXACT_FLOAT = 2.0**53  # whole numbers beyond it have lost digits in a float
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 2), dt.date(2199, 12, 31)
_FIRST_NUMBER, _LAST_NUMBER = ((day - dt.date(1970, 1, 1)).days for day in (FIRST_DAY, LAST_DAY))
PLACEHOLDERS = tuple(  # what ERPs and spreadsheets write for "no date"
    dt.date.fromisoformat(day)
    for day in ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "9999-12-31")
)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TRUE, _FALSE = ("true", "t", "1", "1.0", "s", "sim", "y", "yes"), ("false", "f", "0", "0.0", "n", "não", "nao", "no")


@dataclass(frozen=True)
class Cells:
    """A canonical column, the rows that could not be read (by code; their value is null) and what was counted."""

    values: pa.Array
    bad: dict[str, Rows] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


def where(condition: pa.Array | pa.ChunkedArray) -> Rows:
    """Row numbers at which an Arrow condition is true; null is not true."""
    if not pc.any(condition).as_py():
        return _NO_ROWS
    return np.flatnonzero(pc.fill_null(condition, False).to_numpy(zero_copy_only=False))


def read_cells(column: pa.ChunkedArray, kind: Kind, *, name: str, timezone: str) -> Cells:
    """Reads one column as its kind says.

    Parameters
    ----------
    column
        The column as given, without dictionaries and NaN.
    kind
        A kind of :class:`inadimplencia_ml.tables.Column`.
    name
        ``table.column``, for the messages.
    timezone
        IANA name; times with a zone are moved to it before they are cut to their date.

    Raises
    ------
    LedgerError
        If the column as a whole is of a type that cannot be read as this kind.
    """
    if pa.types.is_null(column.type):
        return Cells(pa.nulls(len(column), EMPTY_TYPES[kind]))
    if pa.types.is_string(column.type):
        column = _blank_as_null(column)
    cells = _READERS[kind](column, timezone)
    if cells is None:
        raise LedgerError(f"{name} came as {column.type}. Expected {_EXPECTED[kind]}.")
    return Cells(in_one_piece(cells.values), cells.bad, {k: v for k, v in cells.notes.items() if v})


def _blank_as_null(column: pa.ChunkedArray) -> pa.ChunkedArray:
    blank = pc.or_(pc.equal(pc.binary_length(column), 0), pc.utf8_is_space(column))
    if not pc.any(blank).as_py():
        return column
    return pc.if_else(blank, pa.scalar(None, pa.string()), column)


def _per_text(column: pa.ChunkedArray, kind: pa.DataType, read: Callable[[str], object]) -> Cells:
    """Reads each different text once; ``read`` raises ValueError on what it cannot read."""
    coded = in_one_piece(column).dictionary_encode()
    values: list[object] = []
    for text in coded.dictionary.to_pylist():
        try:
            values.append(read(text.strip()))
        except (ValueError, OverflowError):
            values.append(None)
    result = pa.array(values, kind).take(coded.indices)
    return Cells(result, {"unparsable": where(pc.and_(pc.is_null(result), pc.is_valid(column)))})


def _ids(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    kind = column.type
    if pa.types.is_string(kind):
        return Cells(column)
    if pa.types.is_unsigned_integer(kind) and (pc.max(column).as_py() or 0) > np.iinfo(np.int64).max:
        return Cells(column.cast(pa.string()))
    if pa.types.is_integer(kind):
        return Cells(column.cast(pa.int64()))
    if pa.types.is_decimal(kind):
        whole = pc.equal(column, pc.trunc(column))
        texts = pc.replace_substring_regex(column.cast(pa.string()), r"\.0*$", "")
        values = pc.if_else(whole, texts, pa.scalar(None, pa.string()))
        with contextlib.suppress(pa.ArrowInvalid):  # more digits than an integer holds stay text
            values = values.cast(pa.int64())
        return Cells(values, {"id_decimal": where(pc.invert(whole))})
    if not pa.types.is_floating(kind):
        return None
    x = column.to_numpy()
    with np.errstate(invalid="ignore"):
        lost = np.abs(x) >= EXACT_FLOAT
        decimal = ~lost & (x != np.floor(x)) & ~np.isnan(x)
    safe = np.where(lost | decimal | np.isnan(x), 0, x).astype(np.int64)
    values = pa.array(safe, mask=lost | decimal | np.isnan(x))
    return Cells(values, {"id_digits_lost": np.flatnonzero(lost), "id_decimal": np.flatnonzero(decimal)})


def _texts(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    kind = column.type
    if pa.types.is_string(kind):
        return Cells(column)
    if pa.types.is_floating(kind):
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), EXACT_FLOAT))
        if pc.all(whole).as_py():
            column = column.cast(pa.int64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return None
    try:
        return Cells(column.cast(pa.string()))
    except pa.ArrowInvalid:  # a time of a zone that nobody knows
        return None


def _amounts(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    cells = _numbers(column, timezone)
    if cells is None:
        return None
    x = in_one_piece(cells.values).to_numpy(zero_copy_only=False)
    counts = np.zeros(3, np.int64)
    _count_not_in_cents(x, counts)
    changed, missing, large = counts.tolist()
    if not (changed or large) and missing == cells.values.null_count:
        return cells
    too_large = np.flatnonzero(np.abs(x) >= LARGEST_AMOUNT) if large else _NO_ROWS
    gone = np.isnan(x) | (np.abs(x) >= LARGEST_AMOUNT) if missing or large else None
    within = x if gone is None else np.where(gone, 0.0, x)
    rounded = pa.array(np.rint(within * 100) / 100, mask=gone)
    return Cells(rounded, {**cells.bad, "amount_too_large": too_large}, {"amounts_rounded": changed})


@entry
def _count_not_in_cents(x: Floats, counts: Rows) -> None:
    """Counts the amounts that are not in whole cents, the missing ones, and those too large to be true."""
    for i in range(len(x)):
        if np.isnan(x[i]):
            counts[1] += 1
        elif abs(x[i]) >= LARGEST_AMOUNT:
            counts[2] += 1
        elif np.rint(x[i] * 100) / 100 != x[i]:
            counts[0] += 1


def _numbers(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    kind = column.type
    if pa.types.is_string(kind):
        cells = _numbers_in_text(column)
    elif pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        cells = Cells(in_one_piece(column.cast(pa.float64(), safe=False)))
    else:
        return None
    endless = where(pc.is_inf(cells.values))
    if not len(endless):
        return cells
    values = pc.if_else(pc.is_inf(cells.values), pa.scalar(None, pa.float64()), cells.values)
    return Cells(values, {"unparsable": np.union1d(endless, cells.bad.get("unparsable", endless))})


def _numbers_in_text(column: pa.ChunkedArray) -> Cells:
    plain = pc.match_substring_regex(column, r"^-?\d+(\.\d+)?$")
    if pc.all(plain).as_py():  # null counts as true
        return Cells(in_one_piece(column.cast(pa.float64())))
    return _per_text(column, pa.float64(), _number)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _counts(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    if pa.types.is_integer(column.type) and not pa.types.is_uint64(column.type):
        return Cells(column.cast(pa.int64()))
    cells = _numbers(column, timezone)
    if cells is None:
        return None
    x = in_one_piece(cells.values).to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        odd = ~np.isnan(x) & ((x != np.floor(x)) | (np.abs(x) >= EXACT_FLOAT))
    gone = np.isnan(x) | odd
    values = pa.array(np.where(gone, 0, x).astype(np.int64), mask=gone)
    return Cells(
        values, {"unparsable": np.union1d(np.flatnonzero(odd), cells.bad.get("unparsable", np.empty(0, np.int64)))}
    )


def _bools(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    kind = column.type
    if pa.types.is_boolean(kind):
        return Cells(column)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        column = column.cast(pa.float64(), safe=False).cast(pa.string())  # a number too long for it is neither 0 nor 1
    elif not pa.types.is_string(kind):
        return None
    return _per_text(column, pa.bool_(), _truth)


def _truth(text: str) -> bool:
    folded = text.casefold()
    if folded in _TRUE or folded in _FALSE:
        return folded in _TRUE
    raise ValueError(text)


def _moments(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    """Local wall time without a zone."""
    kind = column.type
    if pa.types.is_date(kind):
        return _in_range(Cells(column.cast(pa.date32()).cast(pa.timestamp("us"))))
    if pa.types.is_timestamp(kind):
        local = column if kind.tz is None else pc.local_timestamp(column.cast(pa.timestamp(kind.unit, tz=timezone)))
        written = column.cast(pa.timestamp(kind.unit, tz="UTC")).cast(pa.date32())
        moved = 0 if kind.tz is None else len(where(pc.not_equal(written, local.cast(pa.date32()))))
        return _in_range(Cells(local.cast(pa.timestamp("us"), safe=False), {}, {"dates_moved": moved}))
    if not pa.types.is_string(kind):
        return None
    try:
        return _in_range(Cells(column.cast(pa.timestamp("us"))))
    except pa.ArrowInvalid:
        moved_texts: set[str] = set()
        cells = _per_text(column, pa.timestamp("us"), lambda text: _moment(text, ZoneInfo(timezone), moved_texts))
        moved = len(where(pc.is_in(pc.utf8_trim_whitespace(column), pa.array(sorted(moved_texts), pa.string()))))
        return _in_range(Cells(cells.values, cells.bad, {"dates_moved": moved}))


def _moment(text: str, zone: ZoneInfo, moved: set[str]) -> dt.datetime:
    if not _ISO_DATE.match(text):
        raise ValueError(text)
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment
    local = moment.astimezone(zone)
    if local.date() != moment.date():
        moved.add(text)
    return local.replace(tzinfo=None)


def _dates(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    """Calendar dates; ``dates_cut`` counts times of day left out, ``dates_moved`` dates that the zone changed."""
    if pa.types.is_date(column.type):
        return _in_range(Cells(column.cast(pa.date32())))
    if pa.types.is_string(column.type):
        coded = in_one_piece(column).dictionary_encode()
        with contextlib.suppress(pa.ArrowInvalid):  # the common case: plain ISO dates
            return _in_range(Cells(coded.dictionary.cast(pa.date32()).take(coded.indices)))
    moments = _moments(column, timezone)
    if moments is None:
        return None
    dates = moments.values.cast(pa.date32())
    cut = len(where(pc.not_equal(dates.cast(pa.timestamp("us")), moments.values)))
    return Cells(dates, moments.bad, {**moments.notes, "dates_cut": cut})


def _in_range(cells: Cells) -> Cells:
    """Dates outside 1900 to 2199 become null: ``date_placeholder`` if an ERP writes it for none, else a slip."""
    values = in_one_piece(cells.values)
    days = values if pa.types.is_date32(values.type) else values.cast(pa.date32())
    ends = pc.min_max(days.cast(pa.int32())).as_py()  # as numbers: Python has no days beyond the year 9999
    if ends["min"] is None or (ends["min"] >= _FIRST_NUMBER and ends["max"] <= _LAST_NUMBER):
        return Cells(values, cells.bad, cells.notes)
    outside = pc.or_(pc.less(days, pa.scalar(FIRST_DAY)), pc.greater(days, pa.scalar(LAST_DAY)))
    kept = pc.if_else(pc.fill_null(outside, False), pa.scalar(None, values.type), values)
    nothing = pc.and_(outside, pc.is_in(days, pa.array(PLACEHOLDERS, pa.date32())))
    slips = where(pc.and_not(outside, nothing))
    return Cells(kept, {**cells.bad, "date_placeholder": where(nothing), "date_out_of_range": slips}, cells.notes)


def _anything(column: pa.ChunkedArray, timezone: str) -> Cells | None:
    """A further column of an open table, as given: numbers, text, dates, yes or no."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dates(column, timezone)
    if pa.types.is_unsigned_integer(kind):
        return _numbers(column, timezone) if pa.types.is_uint64(kind) else Cells(column.cast(pa.int64()))
    if pa.types.is_integer(kind):
        return Cells(column.cast(pa.int64()))
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column, timezone)
    return Cells(column) if pa.types.is_boolean(kind) or pa.types.is_string(kind) else None


_READERS: dict[Kind, Callable[[pa.ChunkedArray, str], Cells | None]] = {
    "id": _ids,
    "text": _texts,
    "date": _dates,
    "datetime": _moments,
    "amount": _amounts,
    "number": _numbers,
    "count": _counts,
    "bool": _bools,
    "any": _anything,
}
_EXPECTED: dict[Kind, str] = {
    "id": "text or integers",
    "text": "text",
    "date": "dates, or text such as 2025-01-31",
    "datetime": "dates with times, or text such as 2025-01-31T14:00",
    "amount": "numbers",
    "number": "numbers",
    "count": "whole numbers",
    "bool": "true or false",
    "any": "numbers, text, dates, or true and false",
}
