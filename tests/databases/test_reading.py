"""A ledger from a database: the same rows as from a file, bad ones counted, whatever types the columns have there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from databases.small_results import asked
from inadimplencia_ml.databases.reading import read_database
from inadimplencia_ml.errors import CallError, DatabaseError, LedgerError
from inadimplencia_ml.ledger.ledger import Ledger

EVIL = '\'; DROP TABLE invoices; -- "a,\nb"'
COLUMNS = "client_id TEXT, invoice_id BIGINT, issue_date DATE, due_date DATE, amount NUMERIC(12,2), uf TEXT, note TEXT"
ROWS = [
    ("C2", 2, "2025-01-02", "2025-02-03", "20.10", "SP"),
    (EVIL, 1, "2025-01-02", "2025-02-03", "0.30", None),
    (None, 3, "2025-01-02", "2025-02-03", "5.00", "RJ"),
    ("C3", 4, "2025-03-02", "2025-02-03", "7.00", "RJ"),
]


def literal(value: object) -> str:
    return (
        "NULL" if value is None else str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
    )


def fill(address: str, table: str = "invoices", columns: str = COLUMNS, rows: list = ROWS) -> None:
    asked(address, f"CREATE TABLE {table} ({columns})")
    names = ", ".join(column.split()[0] for column in columns.split(", ") if column != "note TEXT")
    for row in rows:
        asked(address, f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(literal, row))})")


def test_every_row_is_counted_and_those_that_come_in_are_what_a_frame_gives(address: str) -> None:
    fill(address)

    ledger = read_database(address)

    frame = pd.DataFrame(ROWS, columns=["client_id", "invoice_id", "issue_date", "due_date", "amount", "uf"])
    frame["amount"] = frame["amount"].astype(float)
    expected = Ledger(frame.sort_values("invoice_id", ignore_index=True))
    columns = list(expected.frame("invoices").columns)
    pd.testing.assert_frame_equal(ledger.frame("invoices")[columns], expected.frame("invoices"), check_dtype=False)
    pd.testing.assert_frame_equal(ledger.counts, expected.counts)
    assert list(ledger.problems["code"]) == list(expected.problems["code"])
    assert set(ledger.problems["file"]) == {"invoices"}
    assert ledger.notes["invoices"]["ignored_column:note"] == 1
    assert EVIL in set(ledger.frame("invoices")["client_id"])


def test_tables_may_have_other_names_and_quotes_in_them(address: str) -> None:
    fill(address, table='"Títulos ""A"""')
    fill(
        address, "pagamentos", "invoice_id BIGINT, payment_date DATE, amount DOUBLE PRECISION", [(2, "2025-02-10", 20)]
    )
    fill(address, "score_de_bureau", "client_id TEXT, known_on DATE, points BIGINT", [("C2", "2025-01-31", 700)])

    theirs = {"invoices": 'Títulos "A"', "payments": "pagamentos", "attributes/bureau": "score_de_bureau"}
    ledger = read_database(address, theirs)

    assert ledger.tables["payments"].num_rows == 1
    assert ledger.attributes["bureau"]["points"].to_pylist() == [700]
    assert str(ledger.known_until) == "2025-03-02"


def test_of_two_rows_of_an_invoice_the_same_one_stays_however_they_lie(address: str) -> None:
    two = [("C1", 1, "2025-01-02", "2025-02-03", amount, "SP") for amount in ("10.00", "20.00")]
    fill(address, rows=two)
    first = read_database(address)
    asked(address, "DROP TABLE invoices")
    fill(address, rows=two[::-1])

    second = read_database(address)

    assert first.counts["duplicate"].tolist() == [1]
    pd.testing.assert_frame_equal(first.frame("invoices"), second.frame("invoices"))


def test_days_that_python_does_not_know_are_bad_rows_and_times_are_cut_in_the_ledgers_zone(postgres: str) -> None:
    columns = "client_id UUID, invoice_id NUMERIC(20,0), issue_date TIMESTAMPTZ, due_date DATE, amount MONEY"
    client = "00000000-0000-0000-0000-000000000001"
    rows = [
        (client, "1234567890123456789", "2025-01-03 01:30:00+00", "2025-02-03", None),
        (client, "2", "2025-01-03 12:00:00+00", "infinity", None),
        (client, "3", "2025-01-03 12:00:00+00", "4000-01-01 BC", None),
    ]
    fill(postgres, columns=columns, rows=rows)

    ledger = read_database(postgres)

    assert ledger.counts[["rows", "rejected"]].to_numpy().tolist() == [[3, 2]]
    one = ledger.frame("invoices").iloc[0]
    assert (one["client_id"], str(one["invoice_id"])) == (client, "1234567890123456789")
    assert str(one["issue_date"])[:10] == "2025-01-02"


def test_a_column_of_several_kinds_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    place = f"sqlite:///{tmp_path / 'book.db'}"
    fill(place, rows=[("C1", 1, "2025-01-02", "2025-02-03", "ten", "SP"), ("C1", 2, "2025-01-02", 45000, 3, "SP")])

    ledger = read_database(place)

    assert sorted(ledger.problems["value"]) == ["45000", "ten"]
    assert ledger.counts["rejected"].tolist() == [2]


def test_what_is_missing_is_named(address: str) -> None:
    with pytest.raises(DatabaseError, match="'invoices'"):
        read_database(address if not address.endswith("duckdb") else made(address))
    with pytest.raises(CallError, match=r"'invoice' is no table of a ledger\. Did you mean 'invoices'"):
        read_database(address, {"invoice": "titulos"})
    fill(address, columns=COLUMNS.replace("due_date", "due_dat"))
    with pytest.raises(LedgerError, match=r"the column 'due_date' is missing.*Did you mean 'due_dat'"):
        read_database(address)


def made(address: str) -> str:
    asked(address, "CREATE TABLE other (x BIGINT)")
    return address


def test_a_duckdb_file_reads_no_other_file(tmp_path: Path) -> None:
    place, other = str(tmp_path / "book.duckdb"), tmp_path / "secret.csv"
    other.write_text("client_id\nC1\n")
    asked(place, f"CREATE VIEW invoices AS SELECT * FROM read_csv('{other}')")

    with pytest.raises(DatabaseError, match="disabled by configuration"):
        read_database(place)


def test_a_reader_needs_no_more_than_the_right_to_select(server, postgres: str) -> None:
    fill(postgres)
    asked(postgres, "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN")
    as_reader = postgres.replace("owner@", "reader@")
    with pytest.raises(DatabaseError, match="permission denied for table invoices"):
        read_database(as_reader)
    asked(postgres, "GRANT SELECT (client_id, invoice_id, issue_date, due_date, amount, uf) ON invoices TO reader")

    assert read_database(as_reader).counts["rows"].tolist() == [4]
    asked(postgres, "DROP OWNED BY reader; DROP ROLE reader")
