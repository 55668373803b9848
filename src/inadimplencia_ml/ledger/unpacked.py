"""A look into a workbook before it is opened: how much it unpacks to, and how far its cells lie apart.

A workbook is an archive. A small one can unpack to more than any memory, and one cell in the last row and column makes
a sheet of 17 billion cells of it, which the library that reads sheets would lay out in full. What an archive says of
its sizes is no proof, so its parts are unpacked piece by piece and thrown away.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from inadimplencia_ml.errors import LedgerError

__all__ = ["look_into"]

_MOST_UNPACKED = 2 << 30
"""Bytes: a file that unpacks to more is no list of invoices."""
_FEW_BYTES, _TIMES = 64 << 20, 200
"""So much may it unpack to at any rate; above it, this many times what it is on disk."""
_MOST_CELLS = 20_000_000
_PIECE = 1 << 20
_PLACE = re.compile(rb'\br="([A-Za-z]{1,8})?(\d{1,12})"')
_KEPT = 64  # bytes of a piece that are looked at again with the next


def look_into(path: Path) -> None:
    """Refuses a zipped workbook that unpacks to too much, or whose cells lie too far apart; any other file passes.

    Raises
    ------
    LedgerError
        It does, or it is no whole archive.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as packed:
            _look(path, packed)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        ValueError,
    ) as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError(f"{path.name} is not a whole workbook: {str(error).splitlines()[0][:200]}") from None


def _look(path: Path, packed: zipfile.ZipFile) -> None:
    told = sum(one.file_size for one in packed.infolist())
    most = min(_MOST_UNPACKED, max(_FEW_BYTES, _TIMES * path.stat().st_size))
    if told > most:
        raise LedgerError(f"{path.name} unpacks to {told / 2**30:,.1f} GB, more than a workbook may. Export it as CSV.")
    total = 0
    for one in packed.infolist():
        sheet = "worksheets/" in one.filename
        row = column = 0
        for piece in _pieces(packed, one):
            total += min(len(piece), _PIECE)
            if total > most:
                raise LedgerError(f"{path.name} unpacks to more than it tells. Export it as CSV.")
            if sheet and not one.filename.endswith(".bin"):
                row, column = _farthest(piece, row, column)
        if row * column > _MOST_CELLS:
            raise LedgerError(
                f"{path.name}: its cells reach to row {row:,} and column {column:,}, and a sheet of {row * column:,} "
                "cells is not read. Take out what stands far from the table, or export it as CSV."
            )


def _pieces(packed: zipfile.ZipFile, one: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of an archive unpacked piece by piece, the end of each before the next."""
    with packed.open(one) as part:
        before = b""
        while piece := part.read(_PIECE):
            yield before + piece
            before = piece[-_KEPT:]


def _farthest(piece: bytes, row: int, column: int) -> tuple[int, int]:
    """How far the cells reach that a piece of a sheet names."""
    for letters, digits in _PLACE.findall(piece):
        row = max(row, int(digits))
        if letters:
            column = max(column, _number(letters))
    return row, max(column, 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
