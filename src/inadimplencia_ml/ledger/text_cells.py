"""Text of an export → canonical values: dates as the mapping says, amounts with decimal commas, thousands dots, R$."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.ledger.cells import Cells, read_cells, where
from inadimplencia_ml.tables import Kind

__all__ = ["TextFormat", "guess_kind", "read_text"]

_TIME = re.compile(r"(?P<day>\S+)[ T]+(?P<time>\d{1,2}:\d{2}(:\d{2})?)([.,]\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class TextFormat:
    """How a file writes numbers and dates."""

    decimal: str = ","
    thousands: str = "."
    dates: tuple[str, ...] = ("%d/%m/%Y",)


def read_text(column: pa.ChunkedArray, kind: Kind, form: TextFormat, *, name: str, timezone: str) -> Cells:
    """Reads a column of text as its kind says; blanks at the ends are cut, an empty cell is null.

    Parameters
    ----------
    column
        Text as it stands in the file.
    kind
        What to read; ``any`` stays text.
    form
        How the file writes numbers and dates. ISO dates are always understood.
    name
        ``table.column``, for messages.
    timezone
        Times with a zone are moved to it.
    """
    column = trimmed(column)
    if kind in ("amount", "number", "count"):
        plain = plain_numbers(column, form)
        cells = read_cells(pa.chunked_array([plain]), kind, name=name, timezone=timezone)
        unread = where(pc.and_(plain.is_null(), column.combine_chunks().is_valid()))
        return _with_bad(cells, unread)
    if kind in ("date", "datetime"):
        iso, unread = iso_texts(column, form.dates, timezone)
        return _with_bad(read_cells(pa.chunked_array([iso]), kind, name=name, timezone=timezone), unread)
    return read_cells(column, "text" if kind == "any" else kind, name=name, timezone=timezone)


def guess_kind(column: pa.ChunkedArray, form: TextFormat, timezone: str) -> Kind:
    """What a further column of an open table holds: numbers or dates if every cell reads as such, else text.

    Numbers with leading zeros or more than 15 digits are codes, hence text.
    """
    column = trimmed(column)
    values = pc.unique(column).drop_null()
    if not len(values):
        return "text"
    coded = pc.match_substring_regex(values, r"^0\d|\d{16,}")
    chunked = pa.chunked_array([values])
    if not pc.any(coded).as_py() and not plain_numbers(chunked, form).null_count:
        return "number"
    iso, unread = iso_texts(chunked, form.dates, timezone)
    compact = pc.any(pc.match_substring_regex(values, r"^\d+$")).as_py()
    return "text" if len(unread) or iso.null_count or compact else "date"


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without blanks at the ends (no-break spaces too); nothing left is null."""
    cut = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(pc.binary_length(cut), 0), pa.scalar(None, pa.string()), cut)


def plain_numbers(column: pa.ChunkedArray, form: TextFormat) -> pa.Array:
    """Numbers written the plain way (``-1234.5``); null where the text is no number of this format.

    >>> plain_numbers(pa.chunked_array([["R$ 1.234,50", "10,00-", "(3)", "12.34"]]), TextFormat()).to_pylist()
    ['1234.50', '-10.00', '-3', None]
    """
    text = column.combine_chunks()
    text = pc.replace_substring_regex(text, r"^([-(]?)\s*(?:R\$|BRL)\s*", r"\1")
    text = pc.replace_substring_regex(text, r"[\s\x{00A0}\x{202F}]", "")
    behind = pc.match_substring_regex(text, r"^(\(.*\)|[^-]*-)$")  # (1,00) and 1,00- are negative
    bare = pc.replace_substring_regex(text, r"[()-]", "")
    text = pc.if_else(behind, pc.binary_join_element_wise("-", bare, ""), text)
    point, comma = re.escape(form.decimal), re.escape(form.thousands)
    whole = rf"(\d+|\d{{1,3}}({comma}\d{{3}})+)" if form.thousands else r"\d+"
    fits = pc.match_substring_regex(text, rf"^[+-]?({whole}({point}\d*)?|{point}\d+)$")
    text = pc.if_else(fits, text, pa.scalar(None, pa.string()))
    if form.thousands:
        text = pc.replace_substring(text, form.thousands, "")
    return pc.replace_substring(text, form.decimal, ".")


def iso_texts(column: pa.ChunkedArray, formats: Sequence[str], timezone: str) -> tuple[pa.Array, np.ndarray]:
    """Dates and times as ISO text, each different text read once, and the rows that no format reads."""
    coded = column.combine_chunks().dictionary_encode()
    zone = ZoneInfo(timezone)
    read = pa.array([_iso(text, formats, zone) for text in coded.dictionary.to_pylist()], pa.string())
    result = read.take(coded.indices)
    return result, where(pc.and_(result.is_null(), column.combine_chunks().is_valid()))


def _iso(text: str, formats: Sequence[str], zone: ZoneInfo) -> str | None:
    parts = _TIME.fullmatch(text)
    for form in formats:
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(text, form).isoformat().removesuffix("T00:00:00")
        if parts is not None:
            with contextlib.suppress(ValueError):
                day = dt.datetime.strptime(parts["day"], form).date().isoformat()
                moment = dt.datetime.fromisoformat(f"{day}T{parts['time']:0>5}")
                return moment.isoformat().removesuffix("T00:00:00")
    if _ISO.match(text):
        with contextlib.suppress(ValueError):
            dt.datetime.fromisoformat(text)
            return text
    return None


def _with_bad(cells: Cells, unread: np.ndarray) -> Cells:
    if not len(unread):
        return cells
    bad = dict(cells.bad)
    bad["unparsable"] = np.union1d(unread, bad["unparsable"]) if "unparsable" in bad else unread
    return Cells(cells.values, bad, cells.notes)
