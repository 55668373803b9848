"""Inputs that are small or plain and mean no good: endless lines, archives that unpack without end, lying Parquet.

    python benchmarks/fuzz/monsters.py              # some two minutes; needs 2 GB of disk in --work

Each is imported by the command itself under a limit of 4 GB of memory (RLIMIT_AS). It must end within a minute of
processor in one clear message, or in a result. Prints of each what it is, how it ended, seconds, peak memory. Linux.
"""

from __future__ import annotations

import argparse
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from row_files import workbook, write_workbook
from stock import COLUMNS, rows_of_invoices

GB = 1 << 30
LIMIT = 4 * GB
SECONDS = 60
HEADER = ";".join(COLUMNS.values()).encode() + b"\n"


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def monsters(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each monster with what it is; the one before is removed."""
    makers: dict[str, Callable[[Path], str]] = {
        "one line of 1 GB, nothing but zero bytes": _sparse,
        "one line of 1 GB of cells": _one_line,
        "a header, and a row of 1 GB": _one_row,
        "a quote opened once in 300 MB of rows": _one_quote,
        "100,000 columns": _wide,
        "a workbook that unpacks to 3 GB": _unpacks,
        "a workbook that tells a smaller size than it unpacks to": _unpacks_lying,
        "a workbook with a cell in the last row and column": _far_cell,
        "a CSV that is a gzip file": _gzip,
        "200 million equal rows in a small Parquet file": _rows,
        "a text of 2 MB a million times in Parquet": _texts,
        "a text of 900 KB a million times in Parquet": lambda folder: _texts(folder, 900_000),
    }
    for what, make in makers.items():
        path = folder / make(folder)
        yield what, path
        path.unlink()
    for what, old, new, times in _LIES:
        path = folder / "t.parquet"
        _lying(path, old, new, times)
        yield f"Parquet that lies: {what}", path
        path.unlink()


def _sparse(folder: Path) -> str:
    with (folder / "t.csv").open("wb") as file:
        file.truncate(GB)
    return "t.csv"


def _one_line(folder: Path) -> str:
    with (folder / "t.csv").open("wb") as file:
        for _ in range(256):
            file.write(b"Cliente;" * (1 << 19))
    return "t.csv"


def _one_row(folder: Path) -> str:
    with (folder / "t.csv").open("wb") as file:
        file.write(HEADER)
        for _ in range(256):
            file.write(b"12345678" * (1 << 19))
    return "t.csv"


def _one_quote(folder: Path) -> str:
    row = ";".join(rows_of_invoices()[1][: len(COLUMNS)]).encode() + b"\n"
    with (folder / "t.csv").open("wb") as file:
        file.write(HEADER + row + b'"' + row)
        for _ in range(300):
            file.write(row * ((1 << 20) // len(row)))
    return "t.csv"


def _wide(folder: Path) -> str:
    names = [*COLUMNS.values(), *(f"c{k}" for k in range(100_000))]
    (folder / "t.csv").write_text(";".join(names) + "\n" + ";".join("1" for _ in names) + "\n", encoding="utf-8")
    return "t.csv"


def _unpacks(folder: Path) -> str:
    files = workbook(rows_of_invoices())
    with zipfile.ZipFile(folder / "t.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, data in files.items():
            with book.open(name, "w", force_zip64=True) as part:
                part.write(data)
                if "worksheets" in name:
                    for _ in range(3 * 1024):
                        part.write(b" " * (1 << 20))
    return "t.xlsx"


def _unpacks_lying(folder: Path) -> str:
    """The sizes in the archive's own list say little."""
    files = workbook(rows_of_invoices())
    files["xl/worksheets/sheet1.xml"] += b" " * (400 << 20)
    write_workbook(folder / "t.xlsx", files)
    data = bytearray((folder / "t.xlsx").read_bytes())
    size = struct.pack("<I", len(files["xl/worksheets/sheet1.xml"]))
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 10_000)
        at = data.find(size, at)
    (folder / "t.xlsx").write_bytes(data)
    return "t.xlsx"


def _far_cell(folder: Path) -> str:
    files = workbook(rows_of_invoices())
    sheet = files["xl/worksheets/sheet1.xml"]
    files["xl/worksheets/sheet1.xml"] = sheet.replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    write_workbook(folder / "t.xlsx", files)
    return "t.xlsx"


def _gzip(folder: Path) -> str:
    import gzip

    with gzip.open(folder / "t.csv.gz", "wb", compresslevel=1) as file:
        for _ in range(1024):
            file.write(b"0" * (1 << 20))
    return "t.csv.gz"


def _rows(folder: Path) -> str:
    one = pa.array([0]).take(pa.array([0] * 10_000_000))
    table = pa.table(dict.fromkeys(COLUMNS.values(), one))
    with pq.ParquetWriter(folder / "t.parquet", table.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(table)
    return "t.parquet"


def _texts(folder: Path, length: int = 2_000_000) -> str:
    coded = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * length]))
    table = pa.table(dict.fromkeys(COLUMNS.values(), coded))
    pq.write_table(table, folder / "t.parquet", compression="zstd", dictionary_pagesize_limit=1 << 28)
    return "t.parquet"


_ROWS = 98_765
_LIES = (
    ("2 billion rows, everywhere", _ROWS, 2_000_000_000, 99),
    ("10^15 rows, everywhere", _ROWS, 10**15, 99),
    ("-1 rows, everywhere", _ROWS, -1, 99),
    ("other rows in the file than in its parts", _ROWS, 12, 1),
    ("fewer rows than there are, everywhere", _ROWS, 12, 99),
    ("the unpacked size of a column, 2^40", 0, 1 << 40, 1),
    ("the unpacked size of a column, -5", 0, -5, 1),
    ("where a column begins, 2^50", 4, 1 << 50, 1),
    ("where a column begins, 10", 4, 10, 1),
)


def _lying(path: Path, old: int, new: int, times: int) -> None:
    """A sound file in whose footer a number stands for another; 0 stands for the unpacked size of the first column."""
    names = list(COLUMNS.values())
    table = pa.table({name: [f"{name}{k}" for k in range(_ROWS)] for name in names})
    pq.write_table(table, path, use_dictionary=False, compression="snappy")
    data = path.read_bytes()
    if old == 0:
        old = pq.read_metadata(path).row_group(0).column(0).total_uncompressed_size
    size = struct.unpack("<i", data[-8:-4])[0]
    footer = data[-8 - size : -8].replace(_varint(old), _varint(new), times)
    path.write_bytes(data[: -8 - size] + footer + struct.pack("<i", len(footer)) + b"PAR1")


def _varint(number: int) -> bytes:
    """A number as Thrift's compact form writes it."""
    value, out = (number << 1) ^ (number >> 63), bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def imported(path: Path, folder: Path) -> tuple[str, float, float]:
    """How the import ended, seconds of processor, peak memory in GB."""
    mapping = {"files": [{"file": "t*", "table": "invoices", "columns": COLUMNS}]}
    (folder / "map.yaml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    words = ["import", str(path), "--mapping", str(folder / "map.yaml"), "--out", str(folder / "ledger")]
    plain = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "inadimplencia_ml", *words]
    told = folder / "told.txt"
    with told.open("w") as file:
        one = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=file, env=plain, preexec_fn=_limited, start_new_session=True
        )
        _, status, used = os.wait4(one.pid, 0)
        one.returncode = os.waitstatus_to_exitcode(status)
    lines = told.read_text(errors="replace").strip().splitlines()
    clear = one.returncode == 1 and len(lines) == 1 and lines[0].startswith("error: ")
    said = lines[-1][:150] if lines else ""
    ended = "refused" if clear else "result" if one.returncode == 0 else f"DEFECT {one.returncode}"
    return f"{ended:10} {said}", used.ru_utime + used.ru_stime, used.ru_maxrss / (1 << 20)


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="a folder for the files")
    given = parser.parse_args()
    defects = 0
    with tempfile.TemporaryDirectory(prefix="inadimplencia-monsters-", dir=given.work) as work:
        for what, path in monsters(Path(work)):
            size, begin = path.stat().st_size, time.monotonic()
            ended, seconds, peak = imported(path, Path(work))
            defects += ended.startswith("DEFECT")
            wall = time.monotonic() - begin
            say(
                f"{what}, {size / (1 << 20):,.1f} MB: {seconds:.1f} s ({wall:.1f} by the clock), {peak:.2f} GB: {ended}"
            )
    say(f"{defects} defects")
    raise SystemExit(1 if defects else 0)


if __name__ == "__main__":
    main()
