"""A workbook is looked into before it is opened: archives that unpack without end, and cells that lie far apart."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger import unpacked
from inadimplencia_ml.ledger.unpacked import look_into

SHEET = "xl/worksheets/sheet1.xml"


def archive(path: Path, sheet: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(SHEET, sheet)
    return path


def test_one_cell_in_the_last_row_and_column_is_a_sheet_of_billions(tmp_path: Path) -> None:
    look_into(archive(tmp_path / "t.xlsx", b'<row r="2"><c r="C2"/></row>'))
    far = archive(tmp_path / "f.xlsx", b'<row r="1048576"><c r="XFD1048576"/></row>')
    with pytest.raises(LedgerError, match=r"reach to row 1,048,576 and column 16,384"):
        look_into(far)


def test_a_place_that_two_pieces_share_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacked, "_PIECE", 100)
    for begin in range(60, 110):
        with pytest.raises(LedgerError, match="column 16,384"):
            look_into(archive(tmp_path / "t.xlsx", b" " * begin + b'<c r="XFD1048576"/>' + b" " * 300))


def test_what_unpacks_to_much_more_than_it_is_gets_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "t.xlsx", b" " * 3_000_000)
    look_into(path)
    monkeypatch.setattr(unpacked, "_FEW_BYTES", 1_000_000)
    with pytest.raises(LedgerError, match=r"unpacks to .* GB, more than a workbook may"):
        look_into(path)


def test_an_archive_that_lies_of_its_size_is_no_whole_one(tmp_path: Path) -> None:
    path = archive(tmp_path / "t.xlsx", b" " * 300_000)
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 300_000), struct.pack("<I", 10)))
    with pytest.raises(LedgerError, match=r"t\.xlsx is not a whole workbook"):
        look_into(path)


def test_what_is_no_archive_is_left_to_its_reader(tmp_path: Path) -> None:
    (tmp_path / "t.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    look_into(tmp_path / "t.xls")
