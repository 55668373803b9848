"""A folder dealt out into parts on disk gives the features of the whole."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inadimplencia_ml import Ledger, build_features, make_snapshots, read_ledger
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.features import stream
from inadimplencia_ml.features.stream import stream_folder
from inadimplencia_ml.ledger.codes import as_frame
from inadimplencia_ml.ledger.parts import ledger_parts
from reference.random_extras import random_extras
from reference.random_ledger import random_ledger


@pytest.fixture(params=range(4))
def book(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Ledger, pd.DataFrame]:
    tables, snapshots, settings = random_ledger(request.param)
    ledger = Ledger(**tables, **settings)
    return ledger.write(tmp_path / "ledger"), ledger, snapshots


def test_parts_hold_every_row_once_and_keep_the_order_of_the_file(book: tuple[Path, Ledger, pd.DataFrame]) -> None:
    folder, ledger, _ = book
    with ledger_parts(folder, most_rows=10, rows_a_part=20) as parts:
        pieces = list(parts)
    assert len(pieces) == parts.count > 2
    whole = ledger.tables["invoices"].to_pandas()
    together = pd.concat([piece.tables["invoices"].to_pandas() for piece in pieces])
    assert len(together) == len(whole)
    for piece in pieces:
        assert piece.known_until == ledger.known_until
        mine = piece.tables["invoices"]["client_id"].to_pylist()
        expected = whole[whole["client_id"].isin(mine)]
        assert piece.tables["invoices"]["invoice_id"].to_pylist() == expected["invoice_id"].tolist()


def by_parts(folder: Path, asked: object, monkeypatch: pytest.MonkeyPatch, **more: object) -> pd.DataFrame:
    monkeypatch.setattr(stream, "MOST_ROWS", 10)
    monkeypatch.setattr("inadimplencia_ml.ledger.parts._ROWS_A_PART", 20)
    tables = [table for _, table in stream_folder(folder, asked, **more)]
    assert len(tables) > 1
    return as_frame(pa.concat_tables([t.unify_dictionaries() for t in tables]))


def same(got: pd.DataFrame, expected: pd.DataFrame) -> None:
    keys = [k for k in ("client_id", "as_of", "invoice_id", "view") if k in expected]
    a, b = (
        f.assign(**{k: f[k].astype(str) for k in keys}).sort_values(keys, kind="stable", ignore_index=True)
        for f in (got, expected)
    )
    numbers = [c for c in expected.columns if expected[c].dtype == "float64"]
    pd.testing.assert_frame_equal(a[keys + numbers], b[keys + numbers], check_exact=True, check_dtype=False)


def test_features_by_parts_are_those_of_the_whole(
    book: tuple[Path, Ledger, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, ledger, snapshots = book
    same(by_parts(folder, snapshots, monkeypatch), build_features(ledger, snapshots))


@pytest.mark.parametrize("at_issue", [False, True])
def test_so_are_those_that_look_at_other_clients_and_at_the_economy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_issue: bool
) -> None:
    tables, snapshots, settings = random_extras(2)
    ledger = Ledger(**tables, **settings)
    asked = (lambda part: make_snapshots(part, at_issue=True)) if at_issue else snapshots
    got = by_parts(ledger.write(tmp_path / "ledger"), asked, monkeypatch, families=["groups", "macro"])
    expected = build_features(ledger, asked(ledger) if at_issue else snapshots, families=["groups", "macro"])
    assert expected["group_size"].max() > 0
    assert expected.filter(like="macro_").notna().any().any()
    same(got, expected)


def test_a_book_that_fits_is_read_in_one_piece(book: tuple[Path, Ledger, pd.DataFrame]) -> None:
    folder, ledger, _ = book
    with ledger_parts(folder) as parts:
        (one,) = parts
    assert one.tables["invoices"].equals(ledger.tables["invoices"])


def test_a_temporary_folder_goes_when_the_parts_are_done(
    book: tuple[Path, Ledger, pd.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    with ledger_parts(book[0], most_rows=10, rows_a_part=20) as parts:
        assert next(iter(parts)).tables
        assert list(spare.iterdir())
    assert not list(spare.iterdir())


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "invoices.parquet").write_bytes(b"no parquet")
    with pytest.raises(LedgerError, match="not readable as Parquet"), ledger_parts(tmp_path):
        pass


def test_a_plain_folder_without_manifest_is_dealt_out_too(tmp_path: Path) -> None:
    rows = pd.DataFrame({"client_id": range(50), "invoice_id": range(50), "amount": 10.0})
    dates = rows.assign(issue_date=pd.Timestamp("2025-01-02"), due_date=pd.Timestamp("2025-02-03"))
    pq.write_table(pa.Table.from_pandas(dates), tmp_path / "invoices.parquet")
    with ledger_parts(tmp_path, most_rows=10, rows_a_part=20) as parts:
        assert sum(piece.tables["invoices"].num_rows for piece in parts) == 50
    assert read_ledger(tmp_path).tables["invoices"].num_rows == 50


def test_all_rows_of_an_invoice_are_in_the_part_of_the_client_it_names_first(tmp_path: Path) -> None:
    first = pd.DataFrame({"client_id": range(60), "invoice_id": range(60), "amount": 10.0, "known_on": "2025-01-02"})
    first = first.assign(issue_date="2025-01-02", due_date="2025-02-03")
    silent = first.assign(client_id=None, amount=None, due_date="2025-03-03", known_on="2025-02-01")
    wrong = first.assign(client_id=first["client_id"][::-1].to_numpy(), known_on="2025-02-02")
    rows = pd.concat([silent.iloc[::2], first, wrong.iloc[1::2]]).astype({"client_id": "Int64"})
    pq.write_table(pa.Table.from_pandas(rows, preserve_index=False), tmp_path / "invoices.parquet", row_group_size=16)
    whole = read_ledger(tmp_path)
    with ledger_parts(tmp_path, most_rows=10, rows_a_part=20) as parts:
        pieces = list(parts)
    assert len(pieces) > 2
    assert whole.counts["rejected"].sum() == 30
    together = pa.concat_tables([piece.tables["invoices"] for piece in pieces]).sort_by("invoice_id")
    assert together.equals(whole.tables["invoices"].sort_by("invoice_id").combine_chunks())
