"""load and store: a ledger out of a database, scores and decisions into one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from command_runner import done, misuse, refusal

from databases.small_results import asked, plan, results, scores


@pytest.fixture
def book(tmp_path: Path) -> str:
    place = str(tmp_path / "book.duckdb")
    with duckdb.connect(place) as connection:
        connection.execute(
            "CREATE TABLE titulos AS SELECT 'C1' AS client_id, 'T1' AS invoice_id, DATE '2025-01-20' AS issue_date, "
            "DATE '2025-02-20' AS due_date, 10.00 AS amount UNION ALL SELECT NULL, 'T2', DATE '2025-01-20', "
            "DATE '2025-02-20', 10.00"
        )
    return place


def test_a_ledger_is_loaded_with_every_row_counted(book: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = done("load", "--from", book, "--table", "invoices=titulos", "--out", tmp_path / "ledger", "--json").json
    monkeypatch.setenv("INADIMPLENCIA_DATABASE", book)
    again = done("load", "--table", "invoices=titulos", "--out", tmp_path / "ledger").out

    assert told["tables"] == [
        {"table": "invoices", "rows": 2, "accepted": 1, "flagged": 0, "rejected": 1, "duplicate": 0}
    ]
    assert "known until 2025-01-20" in again
    assert "'titulo'" in refusal("load", "--table", "invoices=titulo", "--out", tmp_path / "other")
    assert "expected NAME=THEIRS" in refusal("load", "--table", "titulos", "--out", tmp_path / "other")


def test_results_are_stored_once_however_often_it_is_run(tmp_path: Path) -> None:
    place = str(tmp_path / "out.duckdb")
    run = results(tmp_path / "run", [{"scores": scores()} | plan()])

    first = done("store", run, "--to", place, "--json").json
    second = done("store", run, "--to", place).out

    assert first == {"rows": {"decisions": 3, "scores": 3, "decision_items": 2}}
    assert "3 rows -> scores" in second
    assert asked(place, "SELECT count(*) FROM scores") == [(3,)]


def test_what_a_run_left_is_in_the_database_as_it_is_in_the_files(chain, tmp_path: Path) -> None:
    place = str(tmp_path / "out.duckdb")
    told = done("store", chain.results, "--to", place, "--json").json["rows"]

    with duckdb.connect(place) as connection:
        for name in ("scores", "decisions", "decision_items", "duties", "further"):
            file = f"read_parquet('{chain.results / f'{name}.parquet'}')"
            columns = ", ".join(row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {file}").fetchall())
            rows = f"SELECT {columns} FROM {name}", f"SELECT {columns} FROM {file}"
            for one, other in (rows, rows[::-1]):
                assert connection.execute(f"{one} EXCEPT ALL {other}").fetchall() == [], name
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchall() == [(told[name],)]


def test_the_statements_are_shown_without_any_database(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    monkeypatch.delenv("INADIMPLENCIA_DATABASE", raising=False)
    shown = done("store", "--show-sql", "--schema", "credit").out

    assert 'CREATE TABLE credit."decisions"' in shown
    assert "reasons" in shown
    assert "TEXT[]" in shown
    assert "give the address of the database" in misuse("store", "somewhere")
    assert "give the folder" in misuse("store", "--to", "x.duckdb")


def test_a_message_holds_no_password() -> None:
    pytest.importorskip("psycopg", reason="needs the extra sql")
    told = refusal("load", "--from", "postgresql://me:hunter2@127.0.0.1:1/x", "--out", "nowhere-at-all")

    assert told.startswith("postgresql://me:***@127.0.0.1:1/x: the connection failed")
    assert "hunter2" not in told
