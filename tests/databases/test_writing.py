"""Scores and plans in a database: one row a key whatever happens, values as they were, tables as they must be."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from databases.small_results import DAY, EVIL, asked, plan, results, scores
from inadimplencia_ml.databases.definitions import DEFINITIONS, Definition
from inadimplencia_ml.databases.duck_tables import DuckTables
from inadimplencia_ml.databases.sql_tables import SqlTables, statements
from inadimplencia_ml.databases.writing import write_plan, write_results, write_scores
from inadimplencia_ml.errors import CallError, DatabaseError, MissingExtraError


def test_a_row_of_the_same_key_is_written_over_and_another_model_has_a_row_of_its_own(address: str) -> None:
    assert write_scores(address, scores()) == {"scores": 3}
    write_scores(address, scores(probability=0.2))
    write_scores(address, scores(model=None))

    found = asked(address, "SELECT client_id, model_version, probability FROM scores ORDER BY 2, 1")
    assert found == [(c, m, None if c == "C1" else p) for m, p in (("", 0.1), ("m@1", 0.2)) for c in (EVIL, "C1", "C3")]


def test_a_decision_is_replaced_with_all_that_belongs_to_it_and_no_other(address: str) -> None:
    write_plan(address, plan(items=("T1", "T2", "T3")))
    write_plan(address, plan(items=("T9",), policy="p@2"))
    write_plan(address, plan(items=("T1", EVIL)))

    found = asked(address, "SELECT policy_version, invoice_id, as_of FROM decision_items ORDER BY 1, 2")
    assert [row[:2] for row in found] == [("p@1", EVIL), ("p@1", "T1"), ("p@2", "T9")]
    assert {str(row[2])[:10] for row in found} == {str(DAY.date())}
    assert asked(address, "SELECT count(*) FROM decisions") == [(6,)]


def test_values_come_out_as_they_went_in(address: str) -> None:
    write_plan(address, plan())

    rows = asked(address, "SELECT client_id, amount_due, contact_from, reasons FROM decisions ORDER BY amount_due, 1")
    assert [row[1] for row in rows] == [0.1 + 0.2] * 3
    assert [str(row[2])[:16] for row in rows] == ["2025-07-01 09:00", "None", "2025-07-01 09:00"]
    if not address.startswith("sqlite"):
        assert [row[3] for row in rows] == [[], ['he said "no"', "a\\b", "{x,y}"], ["só um, com vírgula"]]


def test_scores_of_invoices_have_a_table_and_a_key_of_their_own(address: str) -> None:
    mine = scores(("C1", "C1", "C2"), invoice_id=[10, 11, 12])
    write_scores(address, mine)
    write_scores(address, mine)

    assert asked(address, "SELECT invoice_id, client_id FROM invoice_scores ORDER BY 1") == [
        (10, "C1"),
        (11, "C1"),
        (12, "C2"),
    ]


def test_a_part_is_written_whole_or_not_at_all(address: str, tmp_path: Path) -> None:
    good = {"scores": scores()} | plan()
    bad = {"scores": scores(("D1", "D2"))} | plan(("D1", "D1"))  # a key twice

    with pytest.raises(CallError, match=r"decisions: 1 rows have the client_id, as_of, model_version, policy_version"):
        write_results(address, results(tmp_path / "run", [good, bad]))

    assert asked(address, "SELECT count(*) FROM scores") == [(3,)]
    assert asked(address, "SELECT count(*) FROM decisions") == [(3,)]


def test_what_breaks_in_the_middle_of_a_part_leaves_nothing_of_it(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_results(address, results(tmp_path / "first", [{"scores": scores()} | plan()]))
    ways = {"postgresql": (SqlTables, "_copy"), "sqlite": (SqlTables, "_insert")}
    house, name = ways.get(address.partition(":")[0], (DuckTables, "_replace"))
    honest = getattr(house, name)

    def breaking(self: object, definition: Definition, *more: object) -> None:
        honest(self, definition, *more)
        if definition.name == "decisions":
            raise KeyboardInterrupt

    monkeypatch.setattr(house, name, breaking)
    second = results(tmp_path / "second", [{"scores": scores(("D1", "C1"))} | plan(("D1", "C1"))])
    with pytest.raises(KeyboardInterrupt):
        write_results(address, second)

    assert asked(address, "SELECT count(*) FROM scores") == [(3,)]
    assert asked(address, "SELECT count(*) FROM decisions") == [(3,)]


def test_a_missing_column_and_one_of_another_type_are_named(address: str) -> None:
    write_scores(address, scores())
    with pytest.raises(DatabaseError, match=r"scores has no column 'reason_text_1'.*ALTER TABLE scores ADD COLUMN"):
        write_scores(address, scores(reason_text_1=["a", "b", "c"]))
    asked(address, "DROP TABLE scores")
    names = dict.fromkeys([*DEFINITIONS["scores"].key, *DEFINITIONS["scores"].contract.by_name])
    asked(address, f"CREATE TABLE scores ({', '.join(f'{name} TEXT' for name in names)})")
    with pytest.raises(DatabaseError, match=r"the column 'as_of' is of type (TEXT|VARCHAR); expected DATE$"):
        write_scores(address, scores())


def test_a_table_without_the_key_is_refused(postgres: str) -> None:
    write_scores(postgres, scores())
    asked(postgres, "ALTER TABLE scores DROP CONSTRAINT scores_pkey")

    with pytest.raises(DatabaseError, match=r"no unique key \(client_id, as_of, model_version\).*ADD UNIQUE"):
        write_scores(postgres, scores())


def test_a_server_that_dies_in_the_middle_leaves_one_row_a_key_when_the_run_is_repeated(
    server, postgres: str, tmp_path: Path
) -> None:
    ids = [[f"C{k}{i}" for i in range(200)] for k in range(3)]
    run = results(tmp_path / "run", [{"scores": scores(mine)} | plan(mine) for mine in ids])
    write_plan(postgres, plan(ids[0][:2]))  # the tables, and a decision of before
    asked(
        postgres,
        "CREATE FUNCTION wait() RETURNS trigger AS $$ BEGIN IF NEW.client_id = 'C1150' THEN PERFORM pg_sleep(60);"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql; "
        "CREATE TRIGGER wait BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION wait()",
    )
    told: list[BaseException] = []

    def write() -> None:
        try:
            write_results(postgres, run)
        except DatabaseError as error:
            told.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(200):
        if asked(postgres, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            break
        time.sleep(0.02)
    server.stop()
    writer.join(30)
    server.start()

    assert "the connection failed or was lost" in str(told[0])
    assert asked(postgres, "SELECT count(*) FROM scores") == [(200,)]  # of the part that was whole
    asked(postgres, "DROP TRIGGER wait ON decisions")
    write_results(postgres, run)
    for table, rows in (("scores", 600), ("decisions", 600), ("decision_items", 6)):
        assert asked(postgres, f"SELECT count(*), count(DISTINCT client_id) FROM {table}")[0][0] == rows
    assert asked(postgres, "SELECT count(DISTINCT client_id) FROM decisions") == [(600,)]


def test_a_schema_may_have_any_name(postgres: str) -> None:
    asked(postgres, 'CREATE SCHEMA "Crédito ""A"""')
    for _ in range(2):
        write_scores(postgres, scores(), schema='Crédito "A"')
        write_plan(postgres, plan(), schema='Crédito "A"')

    assert asked(postgres, 'SELECT count(*) FROM "Crédito ""A""".scores') == [(3,)]
    assert asked(postgres, 'SELECT count(*) FROM "Crédito ""A""".decision_items') == [(2,)]
    assert asked(postgres, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_role_that_may_only_write_rows_is_enough(server, postgres: str) -> None:
    write_plan(postgres, plan())
    write_scores(postgres, scores())
    asked(
        postgres,
        "DROP ROLE IF EXISTS writer; CREATE ROLE writer LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; "
        "GRANT SELECT, INSERT, UPDATE ON scores, decisions, decision_items TO writer; "
        "GRANT DELETE ON decision_items TO writer",
    )
    as_writer = postgres.replace("owner@", "writer@")

    assert write_plan(as_writer, plan(items=("T1",))) == {"decisions": 3, "decision_items": 1}
    assert asked(postgres, "SELECT count(*) FROM decision_items") == [(1,)]
    asked(postgres, "REVOKE UPDATE ON scores FROM writer")
    with pytest.raises(DatabaseError, match="permission denied for table scores"):
        write_scores(as_writer, scores())
    asked(postgres, "DROP OWNED BY writer; DROP ROLE writer")


def test_no_message_holds_a_password_or_a_client(server, postgres: str) -> None:
    secret = "hunter2-secret"
    with pytest.raises(DatabaseError) as one:
        write_scores(server.url("nowhere", "nobody", secret), scores())
    write_scores(postgres, scores([1, 2, 3]))
    with pytest.raises(DatabaseError) as two:
        write_scores(postgres, scores(["12345678909", "x", "y"]))
    asked(postgres, "ALTER TABLE scores ADD CHECK (probability < 0.5)")
    with pytest.raises(DatabaseError, match="refused a value") as three:
        write_scores(postgres, scores([1, 2, 777001], probability=0.9))

    for error in (one, two, three):
        text = f"{error.value}{error.value.__cause__}{error.getrepr(style='short')}"
        assert secret not in str(error.value)
        assert error.value.__cause__ is None
        assert "12345678909" not in str(error.value)
        assert "777001" not in str(error.value), text


@pytest.mark.parametrize("url", ["not an address", "postgresql://", "oracle+nothing://u@h/x", 7])
def test_an_address_that_is_none_is_told_without_it(url: object) -> None:
    pytest.importorskip("sqlalchemy", reason="needs the extra sql")
    with pytest.raises((CallError, DatabaseError)) as told:
        write_scores(url, scores())
    assert "u@h" not in str(told.value) or "oracle" in str(told.value)


def test_a_missing_extra_says_how_to_get_it_and_a_duckdb_file_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'inadimplencia-ml\[sql\]'"):
        write_scores("postgresql://somebody@somewhere/x", scores())
    assert write_scores(tmp_path / "book.duckdb", scores()) == {"scores": 3}


def test_only_results_that_are_what_their_manifest_names_are_written(tmp_path: Path) -> None:
    place = str(tmp_path / "book.duckdb")
    with pytest.raises(CallError, match=r"holds no manifest\.json"):
        write_results(place, tmp_path)
    run = results(tmp_path / "run", [{"scores": scores()}])
    part = run / "scores" / "part-00000.parquet"
    part.write_bytes(part.read_bytes() + b"x")
    with pytest.raises(CallError, match="is not the file that the manifest names"):
        write_results(place, run)
    text = (run / "manifest.json").read_text()
    (run / "manifest.json").write_text(text.replace("scores/part-00000", "scores/../../part-00000"))
    with pytest.raises(CallError, match="names a file that is none of a run"):
        write_results(place, run)


def test_the_statements_shown_make_the_tables_that_are_written(postgres: str) -> None:
    asked(postgres, statements(DEFINITIONS.values()))

    assert write_plan(postgres, plan()) == {"decisions": 3, "decision_items": 2}
    assert write_scores(postgres, scores()) == {"scores": 3}


def test_a_key_without_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallError, match="scores: client_id is missing in 1 rows; it is a key"):
        write_scores(tmp_path / "book.duckdb", scores(pd.array(["C1", None, "C3"])))
