"""Parquet damaged with its form in mind: pages, the footer's numbers, types, names, encodings, half a character."""

# lists of bad values read best in few lines
from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from damage import bytes_damaged, cell

__all__ = ["parquet_damaged", "table_damaged"]


def parquet_damaged(path: Path, table: pa.Table, rng: random.Random) -> int | None:
    """Writes the table damaged, and tells how many rows it has, where that can be said."""
    what = rng.random()
    if what < 0.45:
        try:
            made = table_damaged(table, rng)
            _write(made, path, rng)
        except (pa.ArrowException, NotImplementedError, ValueError, OverflowError):  # a type that Parquet has not
            _write(table, path, rng)
            made = table
        return made.num_rows
    _write(table, path, rng)
    data = path.read_bytes()
    path.write_bytes(_footer_damaged(data, rng) if what < 0.75 else bytes_damaged(data, rng))
    return None


def _write(table: pa.Table, path: Path, rng: random.Random) -> None:
    how: dict[str, Any] = {"compression": rng.choice(("snappy", "zstd", "none", "gzip", "lz4", "brotli"))}
    how["use_dictionary"] = rng.random() < 0.6
    how["row_group_size"] = rng.choice((1, 3, 1_000))
    how["data_page_version"] = rng.choice(("1.0", "2.0"))
    how["store_schema"] = rng.random() < 0.7
    pq.write_table(table, path, **how)


def _footer_damaged(data: bytes, rng: random.Random) -> bytes:
    """Numbers and texts of the footer changed; its length stays true, so that it is read."""
    size = struct.unpack("<i", data[-8:-4])[0]
    head, footer = data[: -8 - size], bytearray(data[-8 - size : -8])
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(footer))
        what = rng.randrange(4)
        if what == 0:
            footer[at] = rng.choice((0, 1, 127, 128, 255, footer[at] ^ (1 << rng.randrange(8))))
        elif what == 1:  # a long number where one stands
            footer[at : at + 1] = rng.choice((b"\xfe\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x20", b"\xff" * 9 + b"\x01"))
        elif what == 2:
            footer[at : at + 1] = b""
        else:
            footer[at:at] = footer[at : at + rng.choice((1, 8, 60))]
    length = rng.choice((len(footer),) * 12 + (0, -1, 2**31 - 1, len(footer) + 7))
    return head + bytes(footer) + struct.pack("<i", length) + b"PAR1"


def table_damaged(table: pa.Table, rng: random.Random) -> pa.Table:
    """The table with one to four columns of another type, name, or with values that cannot be."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not table.num_columns:
            break
        at = rng.randrange(table.num_columns)
        name, column = table.column_names[at], table.column(at)
        what = rng.random()
        if what < 0.1:
            table = table.remove_column(at)
        elif what < 0.2:
            names = list(table.column_names)
            names[at] = rng.choice((rng.choice(names), cell(rng)[:50].replace("\x00", ""), name + " "))
            table = table.rename_columns(names)
        elif what < 0.3:
            table = table.slice(rng.randrange(table.num_rows + 1), rng.choice((0, 1, table.num_rows)))
        elif what < 0.35 and table.num_rows:
            table = pa.concat_tables([table] * rng.choice((2, 3)))
        elif what < 0.4:
            odd = rng.choice(
                (b"{", b'{"index_columns": 7}', b"null", b'{"columns": [{"name": 1}], "index_columns": ["x"]}')
            )
            table = table.replace_schema_metadata({b"pandas": odd, rng.choice((b"x", b"\xff")): b"\xff"})
        else:
            table = table.set_column(at, name, _odd_column(column, rng))
    return table


def _odd_column(column: pa.ChunkedArray, rng: random.Random) -> pa.Array:
    n = len(column)
    values = column.to_pylist()
    for _ in range(rng.choice((0, 1, 3))):
        if n:
            values[rng.randrange(n)] = None
    kind = rng.randrange(17)
    made: list[tuple[list[Any], pa.DataType]] = [
        ([None] * n, pa.null()),
        ([rng.choice((0, 1, -1, 2**63 - 1, -(2**63))) for _ in range(n)], pa.int64()),
        ([rng.choice((0, 2**64 - 1)) for _ in range(n)], pa.uint64()),
        ([rng.choice((float("nan"), float("inf"), 1e308, -0.0, 1e-320, 2.0**60, 0.1)) for _ in range(n)], pa.float64()),
        ([cell(rng).encode("utf-8", "replace").decode("utf-8", "replace") for _ in range(n)], pa.string()),
        ([rng.choice((-(2**31), 2**31 - 1, 0, -719_162, 2_932_896, 100_000_000)) for _ in range(n)], pa.int32()),
        ([rng.choice((-(2**63), 2**63 - 1, 0, 10**18)) for _ in range(n)], pa.int64()),
        ([[1, 2]] * n, pa.list_(pa.int64())),
        ([{"a": 1}] * n, pa.struct([("a", pa.int64())])),
        ([b"\xff\xfe"] * n, pa.binary()),
        ([True] * n, pa.bool_()),
        ([rng.randrange(86_400) for _ in range(n)], pa.time32("s")),
        ([rng.randrange(86_400) for _ in range(n)], pa.int64()),
        ([[("k", 1)]] * n, pa.map_(pa.string(), pa.int64())),
        ([None if v is None else str(v) for v in values], pa.large_string()),
        ([None if v is None else str(v) for v in values], pa.string()),
        (values, column.type),
    ]
    array = pa.array(*made[kind])
    if kind == 5:
        return array.cast(pa.date32())
    if kind == 6:
        unit = rng.choice(("s", "ms", "us", "ns"))
        return array.cast(pa.timestamp(unit, rng.choice((None, "UTC", "America/Sao_Paulo", "Nowhere/Land"))))
    if kind == 12:
        return array.cast(pa.duration("ms"))
    if kind == 4 and rng.random() < 0.4:  # half a character, which no reader of Parquet looks for
        return pa.array(
            [rng.choice((b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"ok")) for _ in range(n)], pa.binary()
        ).view(pa.string())
    if kind in (15, 16) and rng.random() < 0.4:
        return array.dictionary_encode()
    return array
