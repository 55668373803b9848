"""Sheets of workbooks join the import: the same ledger as from CSV, and every row accounted for."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from inadimplencia_ml.errors import LedgerError, MissingExtraError
from inadimplencia_ml.ledger.importing import import_files
from ledger.export_files import HEADER, imported, lines, mapping_of, told

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A workbook as Excel writes it, by hand; a cell that is a tuple is a date, by its serial number."""
    names = list(sheets)
    listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{sheet}.worksheet+xml"/>'
        for i in range(1, len(names) + 1)
    )
    tied = "".join(
        f'<Relationship Id="rId{i}" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{sheet}.sheet.main+xml"/>{parts}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{DOCUMENT}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{DOCUMENT}"><sheets>{listed}</sheets></workbook>')
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{tied}<Relationship Id="rId99" Type="{DOCUMENT}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for i, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{r}">{"".join(cell(c, f"{chr(65 + k)}{r}") for k, c in enumerate(row))}</row>'
                for r, row in enumerate(rows, 1)
            )
            book.writestr(f"xl/worksheets/sheet{i}.xml", f"<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>")
    return path


def cell(value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def serial(day: str) -> tuple[int]:
    import datetime as dt

    return ((dt.date.fromisoformat(day) - dt.date(1899, 12, 30)).days,)


ROWS: list[list[object]] = [
    HEADER.split(";"),
    ["C1", 1, serial("2025-01-02"), serial("2025-02-03"), 1234.5],
    [],
    ["C2", 2, serial("2025-01-02"), "03/02/2025", "1.234,50"],
    [None, 3, serial("2025-01-02"), serial("2025-02-03"), 10],
    ["C3", 4, serial("2025-01-02"), serial("2025-02-03"), "muito"],
]


def test_a_sheet_gives_the_ledger_that_its_csv_gives(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="needs the extra excel")
    book = workbook(tmp_path / "titulos.xlsx", {"Títulos": ROWS})

    one = import_files([book], mapping_of({"file": "t*.xlsx"}))

    text = ["C1;1;02/01/2025;03/02/2025;1.234,50", "", "C2;2;02/01/2025;03/02/2025;1.234,50"]
    text += [";3;02/01/2025;03/02/2025;10,00", "C3;4;02/01/2025;03/02/2025;muito"]
    expected = imported(tmp_path, lines(*text))
    ids = one.admitted["invoices"].table["invoice_id"].cast("string")
    assert ids.to_pylist() == expected.admitted["invoices"].table["invoice_id"].to_pylist()
    for name in ("client_id", "issue_date", "due_date", "amount"):
        assert one.admitted["invoices"].table[name].equals(expected.admitted["invoices"].table[name]), name
    assert one.admitted["invoices"].counts == expected.admitted["invoices"].counts
    assert told(one) == told(expected)
    assert [row[0] for row in told(one)] == [5, 6]


def test_entries_may_read_sheets_of_one_workbook(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine", reason="needs the extra excel")
    paid = [["Título", "Pago em", "Valor"], [1, serial("2025-02-10"), 1234.5]]
    book = workbook(tmp_path / "tudo.xlsx", {"Títulos": ROWS, "Baixas": paid})
    payments = {"invoice_id": "Título", "payment_date": "Pago em", "amount": "Valor"}
    both = (
        {"file": "tudo.xlsx", "sheet": "Títulos"},
        {
            "file": "tudo.xlsx",
            "sheet": "Baixas",
            "table": "payments",
            "columns": payments,
        },
    )

    ledger = import_files([book], mapping_of(*both)).ledger()

    assert ledger.counts["accepted"].tolist() == [2, 1]
    with pytest.raises(LedgerError, match=r"has 2 sheets\. Say which in the mapping"):
        import_files([book], mapping_of({"file": "tudo.xlsx"}))
    with pytest.raises(LedgerError, match=r"has no sheet 'Titulos'\. Did you mean 'Títulos'"):
        import_files([book], mapping_of({"file": "tudo.xlsx", "sheet": "Titulos"}))


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'inadimplencia-ml\[excel\]'"):
        import_files([workbook(tmp_path / "t.xlsx", {"A": ROWS})], mapping_of({"file": "t.xlsx"}))


def test_a_workbook_that_is_none_and_one_that_unpacks_to_too_much_are_refused(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("python_calamine", reason="needs the extra excel")
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(LedgerError, match=r"t\.xlsx is not a whole workbook"):
        import_files([tmp_path / "t.xlsx"], mapping_of({"file": "t.xlsx"}))
    monkeypatch.setattr("inadimplencia_ml.ledger.unpacked._MOST_UNPACKED", 100)
    with pytest.raises(LedgerError, match=r"unpacks to .* GB, more than a workbook may"):
        import_files([workbook(tmp_path / "t.xlsx", {"A": ROWS})], mapping_of({"file": "t.xlsx"}))
