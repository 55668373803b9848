"""Parquet that lies or unpacks without end is refused before it is read; what is wrong is one error of ours."""

from __future__ import annotations

import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inadimplencia_ml.errors import CallError, LedgerError
from inadimplencia_ml.parquet import checked_days, frame_of, parquet_errors, read_columns
from inadimplencia_ml.storage import read_parquet

ROWS = 98_765


def varint(number: int) -> bytes:
    value, out = number << 1, bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def lying(path: Path, rows: int, times: int) -> Path:
    """A file whose footer tells of other rows than there are."""
    pq.write_table(pa.table({"a": pa.array(range(ROWS)), "b": ["x"] * ROWS}), path, use_dictionary=False)
    data = path.read_bytes()
    size = struct.unpack("<i", data[-8:-4])[0]
    footer = data[-8 - size : -8].replace(varint(ROWS), varint(rows), times)
    path.write_bytes(data[: -8 - size] + footer + struct.pack("<i", len(footer)) + b"PAR1")
    return path


@pytest.mark.parametrize(
    ("rows", "times", "message"),
    [
        (10**15, 99, r"1,000,000,000,000,000 rows cannot lie in [\d,]+ bytes"),
        (12, 1, r"it tells of (12|98,765) rows, and its parts of (12|98,765)"),
    ],
)
def test_a_file_that_tells_of_rows_it_has_not_is_refused(tmp_path: Path, rows: int, times: int, message: str) -> None:
    path = lying(tmp_path / "t.parquet", rows, times)
    with pytest.raises(LedgerError, match=message):
        read_parquet(path)
    with pytest.raises(pa.ArrowInvalid, match=message):
        read_columns(path)


def test_a_column_of_which_it_is_not_said_whether_values_may_be_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1.0, None], "b": ["x", "y"]}), path)
    assert read_columns(path).num_rows == 2
    data = path.read_bytes()
    assert data.count(b"\x25\x02\x18\x01a") == 1  # of column a: optional, then its name
    path.write_bytes(data.replace(b"\x25\x02\x18\x01a", b"\x25\x08\x18\x01a"))  # a number that means nothing
    with pytest.raises(pa.ArrowInvalid, match="does not say of each column whether values may be missing"):
        read_columns(path)
    with pytest.raises(LedgerError, match="whether values may be missing"):
        read_parquet(path)


def test_a_name_with_a_line_break_is_a_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a\nb": [1.0], "double": ["x"]}), tmp_path / "t.parquet")
    assert read_columns(tmp_path / "t.parquet").column_names == ["a\nb", "double"]


@pytest.mark.parametrize(
    ("length", "message"), [(2_000_000, "text of more than"), (900_000, "unpacks to .* GB of text")]
)
def test_a_long_text_said_a_million_times_is_refused(tmp_path: Path, length: int, message: str) -> None:
    coded = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * length]))
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": coded}), path, compression="zstd", dictionary_pagesize_limit=1 << 28)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(LedgerError, match=message):
        read_parquet(path)


def test_half_a_character_is_found_when_it_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([b"\xff\xfe"]).view(pa.string())}), tmp_path / "t.parquet")
    with pytest.raises(LedgerError, match=r"t\.parquet: not readable as Parquet.*UTF8"):
        read_parquet(tmp_path / "t.parquet")


def test_an_error_of_many_lines_becomes_one() -> None:
    with pytest.raises(CallError, match=r"^x: first$"), parquet_errors("x", CallError):
        raise OSError("first\nsecond")
    with pytest.raises(OSError, match="No space"), parquet_errors("x", system=False):
        raise OSError(28, "No space left")


def test_a_table_with_a_column_twice_or_days_of_no_calendar_is_no_frame() -> None:
    with pytest.raises(LedgerError, match="t: the column 'a' comes twice"):
        frame_of(pa.table([[1], [2]], names=["a", "a"]), "t")
    with pytest.raises(LedgerError, match="holds days before the year 1 or after the year 9999"):
        checked_days(pa.table({"a": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())}), "t")
    odd = pa.table({"a": [1]}).replace_schema_metadata({b"pandas": b'{"index_columns": ["x"], "columns": []}'})
    assert frame_of(odd, "t")["a"].tolist() == [1]
