"""Tables on disk: read as written, each column in one piece; appended tables are there whole or not at all."""

from __future__ import annotations

import datetime as dt
import errno
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inadimplencia_ml import storage
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.storage import held_alone, parquet_parts, read_parquet, write_json, write_parquet


def mixed(rows: int) -> pa.Table:
    at = np.arange(rows)
    day = dt.date(2025, 1, 2)
    return pa.table(
        {
            "whole": pa.array(at),
            "small": pa.array(at.astype(np.int16), mask=at % 3 == 0),
            "amount": pa.array(at / 7, mask=at % 5 == 1),
            "day": pa.array([None if k % 4 == 2 else day + dt.timedelta(k) for k in range(rows)], pa.date32()),
            "moment": pa.array(at, pa.timestamp("us", "UTC")),
            "late": pa.array(at % 2 == 0, mask=at % 6 == 5),
            "text": pa.array([None if k % 3 == 1 else f"T{k}" for k in range(rows)]),
            "kind": pa.array([f"K{k % 2}" for k in range(rows)]).dictionary_encode(),
            "nothing": pa.nulls(rows, pa.float64()),
        }
    )


@pytest.mark.parametrize("size", [1, 8, 13, 64])
def test_a_file_of_many_groups_is_read_as_it_was_written_each_column_in_one_piece(tmp_path: Path, size: int) -> None:
    table = mixed(61)
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=size)
    read = read_parquet(tmp_path / "t.parquet")
    read.validate(full=True)
    assert read.equals(table)
    assert read.schema.equals(table.schema)
    assert {column.num_chunks for column in read.columns} == {1}
    assert [column.null_count for column in read.columns] == [column.null_count for column in table.columns]


def test_an_empty_file_has_its_columns(tmp_path: Path) -> None:
    none = mixed(9).slice(0, 0)
    pq.write_table(none, tmp_path / "t.parquet")
    read = read_parquet(tmp_path / "t.parquet")
    assert read.num_rows == 0
    assert read.schema.equals(none.schema)


def test_appended_tables_are_there_only_if_the_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with pytest.raises(ValueError, match="schema"), parquet_parts(path) as append:  # noqa: PT012
        for _ in range(40):
            append(mixed(9))
        append(mixed(9).drop("late"))
    assert list(tmp_path.iterdir()) == []
    with parquet_parts(path) as append:
        for _ in range(40):
            append(mixed(9))
    assert read_parquet(path).num_rows == 360


def test_what_cannot_be_put_on_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr(storage, "_to_disk", full)
    with pytest.raises(OSError, match="no space left"), parquet_parts(tmp_path / "t.parquet") as append:
        append(mixed(9))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_held_by_one_run_alone_and_by_none_that_died(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with held_alone(out):
        with (
            pytest.raises(CallError, match=rf"another run \(process {os.getpid()}\) is writing there"),
            held_alone(out),
        ):
            pass
        assert (out / ".lock").exists()
    assert not out.exists()  # nothing was written
    out.mkdir()
    (out / ".lock").write_text("1")  # process 1 lives, but holds nothing: the number is for people
    with held_alone(out):
        (out / "kept").touch()
    assert [path.name for path in out.iterdir()] == ["kept"]


def test_what_the_system_refuses_is_told_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(storage, "_to_disk", full)
    for write in (lambda path: write_parquet(mixed(3), path), lambda path: write_json({}, path)):
        with pytest.raises(OSError, match=r"No space left.*file"):
            write(tmp_path / "file")
        assert list(tmp_path.iterdir()) == []


def test_a_column_is_compressed_only_where_it_shrinks_to_half(tmp_path):
    dice = np.random.default_rng(0)
    amounts, counts = dice.lognormal(6, 1, 5_000).round(2), dice.integers(0, 9, 5_000).astype(float)
    gaps = pa.array(np.where(counts > 4, np.nan, amounts), from_pandas=True)
    nothing = pa.nulls(5_000, pa.float64())
    words = pa.array(["alto", "baixo"] * 2_500).dictionary_encode()
    table = pa.table({"amounts": amounts, "counts": counts, "gaps": gaps, "nothing": nothing, "words": words})
    with parquet_parts(tmp_path / "t.parquet") as append:
        append(table)
        append(table)
    group = pq.ParquetFile(tmp_path / "t.parquet").metadata.row_group(1)
    told = {group.column(k).path_in_schema: group.column(k).compression for k in range(5)}
    assert [name for name, how in told.items() if how == "UNCOMPRESSED"] == ["amounts", "gaps"]
    assert pq.read_table(tmp_path / "t.parquet").equals(pa.concat_tables([table, table]))


def test_what_takes_a_files_name_is_on_the_disk_to_its_last_byte(tmp_path, monkeypatch):
    sizes: list[int] = []
    to_disk = storage._to_disk

    def watched(path):
        to_disk(path)
        sizes.append(path.stat().st_size)

    monkeypatch.setattr(storage, "_to_disk", watched)
    path = tmp_path / "t.parquet"
    with parquet_parts(path) as append:
        for k in range(20):
            append(pa.table({"a": np.arange(1_000.0) + k}))

    assert sizes[-1] == path.stat().st_size
    assert pq.read_table(path).num_rows == 20_000
