"""Exports in rows, damaged with their form in mind: CSV, JSON lines, workbooks. Each tells how many rows it holds."""

# ruff: noqa: E501  # lists of bad values read best in few lines
from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

from damage import bytes_damaged, cell
from plain_data import data_damaged, json_of

__all__ = ["csv_damaged", "json_lines_damaged", "workbook", "workbook_damaged", "write_workbook"]

Rows = list[list[str]]


def csv_damaged(rows: Rows, rng: random.Random) -> tuple[bytes, int | None]:
    """A CSV of these rows (the first is the header) after some damage, and its rows; None where nobody can say."""
    rows = [list(row) for row in rows]
    known = True
    for _ in range(rng.choice((1, 1, 2, 4, 10))):
        known &= bool(rows) and rng.choice(_DAMAGES)(rows, rng)
    delimiter, quoting = rng.choice(";;;;;;,\t|"), rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    end = rng.choice(("\n", "\n", "\r\n", "\r"))
    out = io.StringIO(newline="")
    if rng.random() < 0.15:  # as programs write that know no quotes
        out.write("".join(delimiter.join(row) + end for row in rows))
        known = False
    else:
        csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    text = out.getvalue()
    if rng.random() < 0.05:
        text = text.rstrip("\r\n")
    encoding = rng.choice(("utf-8",) * 6 + ("cp1252", "utf-8-sig", "utf-16", "latin-1", "utf-16-le", "utf-32"))
    data = text.encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass")
    if rng.random() < 0.15:
        return bytes_damaged(data, rng), None
    whole = known and end != "\r" and encoding in ("utf-8", "utf-8-sig", "utf-16")
    plain = not any(re.search(r"[\r\n\x00\"]", one) for row in rows for one in row)
    return data, len(rows) - 1 if whole and plain else None


def _bad_cell(rows: Rows, rng: random.Random) -> bool:
    row = rng.choice(rows[1:] or rows)
    if row:
        row[rng.randrange(len(row))] = cell(rng)
    return any(row)


def _bad_column(rows: Rows, rng: random.Random) -> bool:
    place, one = rng.randrange(max(1, len(rows[0]))), cell(rng)
    for row in rows[1:]:
        if place < len(row):
            row[place] = one if rng.random() < 0.9 else cell(rng)
    return False


def _bad_header(rows: Rows, rng: random.Random) -> bool:
    if rows[0]:
        rows[0][rng.randrange(len(rows[0]))] = rng.choice((cell(rng), rng.choice(rows[0])))
    return True


def _header_gone(rows: Rows, rng: random.Random) -> bool:
    if len(rows) > 1:
        del rows[0]
    return True


def _short(rows: Rows, rng: random.Random) -> bool:
    row = rng.choice(rows)
    del row[rng.randrange(len(row) + 1) :]
    return bool(row)


def _long(rows: Rows, rng: random.Random) -> bool:
    rng.choice(rows).extend([cell(rng)] * rng.choice((1, 2, 500)))
    return True


def _again(rows: Rows, rng: random.Random) -> bool:
    at = rng.randrange(len(rows))
    rows[at:at] = [list(rows[at]) for _ in range(rng.choice((1, 2, 30)))]
    return True


def _shuffled(rows: Rows, rng: random.Random) -> bool:
    rng.shuffle(rows)
    return True


def _blank(rows: Rows, rng: random.Random) -> bool:
    rows.insert(rng.randrange(len(rows) + 1), [])
    return False


def _none(rows: Rows, rng: random.Random) -> bool:
    del rows[rng.choice((0, 1, 1, 2)) :]
    return bool(rows)


def _wide(rows: Rows, rng: random.Random) -> bool:
    more = rng.choice((50, 2_000)) if rng.random() < 0.98 else 100_000
    for number, row in enumerate(rows[:3]):
        row.extend(f"c{k}" if number == 0 else "1" for k in range(more))
    return True


_DAMAGES = (
    *(_bad_cell,) * 8,
    *(_bad_column, _bad_column, _bad_header, _bad_header, _header_gone, _short, _long, _again, _shuffled),
    *(_blank, _none, _wide),
)


def json_lines_damaged(rows: list[dict[str, Any]], rng: random.Random) -> tuple[bytes, int | None]:
    """JSON lines of these rows after some damage, and how many lines are not blank."""
    lines = []
    for row in rows:
        odd = rng.random()
        if odd < 0.2:
            lines.append(json_of(data_damaged(row, rng), rng).replace(b"\n", b" "))
        elif odd < 0.25:
            lines.append(json.dumps({**row, rng.choice(list(row)): cell(rng)}).encode())
        else:
            lines.append(json.dumps(row, ensure_ascii=False, default=str).encode())
    if rng.random() < 0.1:
        lines.insert(
            rng.randrange(len(lines) + 1), rng.choice((b"", b"  ", b"[]", b"null", b'"x"', b"{" * 2_000_000, b"1"))
        )
    data = b"\n".join(lines) + rng.choice((b"\n", b"", b"\r\n"))
    if rng.random() < 0.3:
        return bytes_damaged(data, rng), None
    if rng.random() < 0.03:
        return data.replace(b"\n", b" "), None
    counted = not any(b"\r" in line or b"\x85" in line for line in lines)
    return data, sum(bool(line.strip()) for line in data.split(b"\n")) if counted else None


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(rows: Rows) -> dict[str, bytes]:
    """The files of a workbook with one sheet, by name, as `write_workbook` puts them together."""
    body = "".join(
        f'<row r="{r}">{"".join(_cell(one, r, k) for k, one in enumerate(row))}</row>' for r, row in enumerate(rows, 1)
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
            'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>'
        ).encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            f'<workbook {_MAIN} xmlns:r="{_DOCUMENT}"><sheets><sheet name="T" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>'
        ).encode(),
        "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{body}</sheetData></worksheet>".encode(),
    }


def _cell(value: str, row: int, column: int) -> str:
    place = f"{chr(65 + column % 26)}{row}"
    text = value.replace("&", "&amp;").replace("<", "&lt;")
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def write_workbook(path: Path, files: dict[str, bytes]) -> None:
    """A workbook of these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in files.items():
            book.writestr(name, data)


def workbook_damaged(path: Path, rows: Rows, rng: random.Random) -> int | None:
    """Writes a damaged workbook, and tells how many rows it holds, where that can be said."""
    rows = [list(row) for row in rows]
    what, known = rng.random(), False
    if what < 0.35:
        row = rng.choice(rows[1:])
        row[rng.randrange(len(row))] = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell(rng))
        known = any(one.strip() for one in row)
    files = workbook(rows)
    sheet = files["xl/worksheets/sheet1.xml"].decode("utf-8", "replace")
    if 0.35 <= what < 0.75:
        for old, new in rng.sample(_XML, rng.choice((1, 1, 2, 3))):
            sheet = sheet.replace(old, new, rng.choice((1, 1, -1)))
        files["xl/worksheets/sheet1.xml"] = sheet.encode()
    elif 0.75 <= what < 0.9:
        name = rng.choice(list(files))
        files[name] = rng.choice((bytes_damaged(files[name], rng), b"", files[name] * 2))
    write_workbook(path, files)
    if what >= 0.9:
        path.write_bytes(bytes_damaged(path.read_bytes(), rng))
    return len(rows) - 1 if known else None


_XML = (
    *(('t="inlineStr"', 't="s"'), ('t="inlineStr"', 't="b"'), ('t="inlineStr"', 't="e"'), ('t="inlineStr"', 't="zzz"')),
    *(('t="inlineStr"', ""), ('t="inlineStr"', 't="d"'), ('t="inlineStr"', 't="n"'), ('r="A2"', 'r="XFD1048576"')),
    *(
        ('r="B3"', 'r="A99999999999"'),
        ('r="C2"', 'r="ZZZZZZZ2"'),
        ('r="A3"', 'r=""'),
        ('r="A3"', 'r="3A"'),
        ('r="2"', 'r="0"'),
    ),
    *(
        ("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'),
        ("<sheetData>", '<dimension ref="B9:A1"/><sheetData>'),
    ),
    *(
        ("<is><t>", "<v>"),
        ("</t></is>", "</v>"),
        ("<is><t>", '<is><t xml:space="preserve">&#0;&#xD800;&lol;'),
        ("</row>", ""),
    ),
    *(
        ("<row ", "<row><row "),
        ("</sheetData>", ""),
        ("<t>", "<t><![CDATA["),
        ("<c ", '<c s="99999" '),
        ("<c ", '<c cm="-1" '),
    ),
    *(
        ("<is><t>", "<f>1/0</f><v>"),
        ("<is>", "<is><r><t>x</t></r>"),
        ("<worksheet", '<!DOCTYPE w [<!ENTITY a "b">]><worksheet'),
    ),
    *(('r="1"', 'r="1048577"'), ('r="B2"', 'r="A1"'), ("<row", "<ROW"), (">", ">\n" * 50), ("<worksheet", "<x")),
)
