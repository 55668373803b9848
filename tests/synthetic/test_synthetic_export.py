"""The synthetic book as an ERP exports it: the sample is as written, and an import gives the book back."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.ledger.importing import Imported, import_files
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.synthetic import Book, generate_book, write_erp_export
from inadimplencia_ml.synthetic.erp import BAD_PAYMENTS, BAD_TITLES

AtTheEnd = Callable[[Book], pd.DataFrame]
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
END = pd.Timestamp("2025-06-30")


@pytest.fixture(scope="module")
def imported() -> Imported:
    return import_files(sorted(SAMPLE.glob("*.csv")), read_mapping(SAMPLE / "mapping.yaml"))


def test_the_sample_is_what_the_generator_writes(book: Book, tmp_path: Path) -> None:
    write_erp_export(book, tmp_path)
    names = sorted(path.name for path in SAMPLE.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    digests = [
        {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names} for folder in (SAMPLE, tmp_path)
    ]
    assert digests[0] == digests[1], "run `python -m inadimplencia_ml.synthetic data/sample`"


def test_the_sample_is_small_and_says_that_it_is_invented() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 5_000_000
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert "Every row here is invented" in readme
    assert "generate_book(1500, random_state=0" in readme


def test_the_files_look_like_a_brazilian_erps() -> None:
    lines = (SAMPLE / "titulos.csv").read_bytes().decode("cp1252").split("\r\n")
    assert lines[0].startswith("Cód. Cliente;Nº Título;")
    assert any(";1." in line and ",".join(line.split(",")[1:]) for line in lines)
    assert lines[-1] == ""
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "titulos.csv").read_text(encoding="utf-8")


def test_an_import_of_the_sample_shows_all_four_outcomes(imported: Imported) -> None:
    titles, payments = imported.admitted["invoices"].counts, imported.admitted["payments"].counts
    assert {outcome: titles[outcome] for outcome in BAD_TITLES} == BAD_TITLES
    assert titles["accepted"] == titles["rows"] - sum(BAD_TITLES.values())
    assert payments["rejected"] == BAD_PAYMENTS["rejected"]
    others = set(imported.admitted) - {"invoices", "payments"}
    assert others == {"clients", "contacts", "agreements", "attributes/bureau"}
    assert all(imported.admitted[name].counts["accepted"] == imported.admitted[name].counts["rows"] for name in others)


def test_the_imported_sample_is_the_book(book: Book, imported: Imported) -> None:
    direct, read = Ledger(**book.tables, known_until=book.end), imported.ledger()
    assert str(read.known_until) == "2025-06-30"
    for name in ("invoices", "payments", "clients", "agreements", "contacts"):
        expected, got = direct.frame(name), read.frame(name)
        if name == "invoices":
            got = got[~got["invoice_id"].str.startswith("T9")]
            for frame, other in (("known_on", "issue_date"), ("cancelled_known_on", "cancelled_date")):
                got[frame] = got[frame].fillna(got[other])
        if name == "payments":
            got = got[~got["invoice_id"].str.startswith("T9")]
        shared = [column for column in expected.columns if column in got.columns]
        missing = set(expected.columns) - set(shared)
        assert missing <= {"payment_id", "contact_id", "client_id"}, name
        pd.testing.assert_frame_equal(
            got[shared].reset_index(drop=True), expected[shared].assign(**_minutes(expected)), check_dtype=False
        )


def _minutes(frame: pd.DataFrame) -> dict[str, pd.Series[pd.Timestamp]]:
    """An ERP writes hours and minutes alone."""
    return {name: frame[name].dt.floor("min") for name in ("contacted_at",) if name in frame}


def test_the_client_of_the_examples_has_a_position_worth_showing(book: Book, at_the_end: AtTheEnd) -> None:
    titles = at_the_end(book).query("client_id == 'C00042'")
    open_now = titles[titles["cancelled_date"].isna() & (titles["paid"] < titles["cents"])]
    days_late = (END - open_now["due_date_last"]).dt.days
    assert len(titles) >= 20
    assert len(open_now) >= 3
    assert 8 <= days_late.max() < 30
    month = book.truth.months.query("client_id == 'C00042' and as_of == @END").iloc[0]
    assert month["state"] == "scoreable"


def test_an_export_into_a_file_or_of_a_book_without_titles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(CallError, match=r"taken is a file\. Expected a folder"):
        write_erp_export(generate_book(20, random_state=1), tmp_path / "taken")
    empty = generate_book(1, random_state=0, start="2024-03-15", end="2024-06-13")
    with pytest.raises(CallError, match=r"the book has 0 invoices\. Expected 2 or more: take more clients"):
        write_erp_export(empty, tmp_path / "empty")


def test_the_command_writes_the_export_and_tells_a_wrong_call_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inadimplencia_ml.synthetic", str(tmp_path / "out"), "--clients"]
    done = subprocess.run([*command, "30"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out" / "mapping.yaml").exists()
    wrong = subprocess.run([*command, "0"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (1, "generate_book: n_clients is 0. Expected 1 to 99,999.\n")
