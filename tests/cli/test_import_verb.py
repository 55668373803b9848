"""The verb import: every row ends in one of four, and a file that is wrong as a whole is said in one message."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from command_runner import COLUMNS, GOOD, HEADER, MAPPING, contents, done, export, misuse, problems, refusal, run
from hypothesis import given, settings
from hypothesis import strategies as st

HOUSE = Path(__file__).resolve().parents[2]
SAMPLE = sorted((HOUSE / "data" / "sample").glob("*.csv"))
OUTCOMES = ("accepted", "flagged", "rejected", "duplicate")

cells = st.one_of(
    st.sampled_from(
        ["C1", "T1", "T2", "02/01/2025", "31/02/2025", "1,00", "-1", "R$ 1.000,00", "", " ", "nan", "1e400"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters='\r\n\x00"', exclude_categories=("Cs",)), max_size=6),
)


# ---- laws


@given(st.lists(st.lists(cells, min_size=4, max_size=6), min_size=1, max_size=6))
@settings(max_examples=60)
def test_whatever_stands_in_the_cells_every_row_ends_in_one_of_four(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("garbage")
    lines = [GOOD, *(";".join(row) for row in rows)]
    told = done(*export(folder, *lines), "--json").json

    written = len([line for line in lines if line.strip("; \t")])
    for table in (*told["tables"], *told["files"]):
        assert table["rows"] == sum(table[outcome] for outcome in OUTCOMES)
        assert table["rows"] >= written
    counted = {(row, outcome) for row, outcome in zip(*_rows_of(folder), strict=True)}
    by_outcome = {outcome: sum(o == outcome for _, o in counted) for outcome in OUTCOMES[1:]}
    assert by_outcome == {outcome: told["tables"][0][outcome] for outcome in OUTCOMES[1:]}


def _rows_of(folder: Path) -> tuple[list[int], list[str]]:
    found = pd.read_parquet(folder / "ledger" / "problems.parquet")
    return found["row"].tolist(), found["outcome"].tolist()


# ---- rows


@pytest.mark.parametrize(
    ("row", "column", "value", "outcome", "code"),
    [
        ("C1;T2;31/02/2025;03/03/2025;1", "issue_date", "31/02/2025", "rejected", "unparsable"),
        ("C1;T2;02/01/2025;03/02/2025;um", "amount", "um", "rejected", "unparsable"),
        ("C1;T2;02/01/2025;01/01/2025;1", "due_date", "01/01/2025", "flagged", "due_before_issue"),
        ("C1;T2;02/01/2025;03/02/2025;-1", "amount", "-1", "rejected", "amount_negative"),
        ("C1;T2;02/01/2025;03/02/2025;", "amount", None, "flagged", "amount_missing"),
        (";T2;02/01/2025;03/02/2025;1", "client_id", None, "rejected", "no_client"),
        ("C1;T2;;03/02/2025;1", "issue_date", None, "rejected", "no_date"),
        (GOOD, "invoice_id", "T1", "duplicate", "duplicate_same"),
        ("C1;T1;02/01/2025;03/02/2025;2", "invoice_id", "T1", "duplicate", "duplicate_conflict"),
        ("C1;T2;02/01/2025", None, "C1;T2;02/01/2025", "rejected", "ragged_row"),
    ],
)
def test_a_bad_row_is_kept_in_the_problems_with_its_line_and_reason(tmp_path, row, column, value, outcome, code):
    ran = done(*export(tmp_path, GOOD, row), "--json")

    assert {k: n for k, n in ran.json["tables"][0].items() if k in OUTCOMES and n} == {"accepted": 1, outcome: 1}
    assert [tuple(None if pd.isna(v) else v for v in p) for p in problems(tmp_path / "ledger")] == [
        (3, column, value, outcome, code)
    ]


def test_the_four_outcomes_are_printed_and_the_findings_named(tmp_path):
    ran = done(*export(tmp_path, GOOD, "C1;T2;x;03/03/2025;1", "C1;T3;02/01/2025;01/01/2025;1", GOOD))

    assert re.search(r"invoices\W+4\W+1\W+1\W+1\W+1\b", ran.out)
    assert "known until 2025-01-02" in ran.out
    assert "3 findings, row by row, are in" in ran.err
    assert "findings" not in ran.out


def test_payments_that_stand_against_their_invoice_are_kept_and_told_by_check(tmp_path):
    (tmp_path / "baixas.csv").write_text(
        "Título;Pagamento;Valor\nT1;10/02/2025;500,00\nT9;10/02/2025;7,00\nT1;01/01/2025;50,00\nT1;11/02/2025;0\n",
        encoding="utf-8",
    )
    columns = "columns: {invoice_id: Título, payment_date: Pagamento, amount: Valor}"
    words = export(tmp_path, GOOD, mapping=MAPPING + f"- file: baixas.csv\n  table: payments\n  {columns}\n")
    told = done(words[0], tmp_path / "baixas.csv", *words[1:], "--json").json
    payments = next(table for table in told["tables"] if table["table"] == "payments")
    assert [payments[outcome] for outcome in ("rows", *OUTCOMES)] == [4, 3, 0, 1, 0]

    found = {f["code"]: f for f in run("check", tmp_path / "ledger", "--json").json["findings"]}
    assert (found["unknown_invoice"]["count"], found["unknown_invoice"]["amount"]) == (1, 7.0)
    assert (found["paid_before_issue"]["count"], found["paid_before_issue"]["amount"]) == (1, 50.0)
    assert found["payment_not_positive"]["count"] == 1


# ---- files


@pytest.mark.parametrize(
    ("header", "rows", "mapping", "said"),
    [
        (
            HEADER.replace("Vencimento", "Vencimentos"),
            [GOOD],
            MAPPING,
            r"no column 'Vencimento' \(mapped to due_date\).*Did you mean 'Vencimentos'\?",
        ),
        (HEADER, [GOOD], MAPPING + "  delimiter: ','\n", r"not divided by ',': by ';' it has all.*Set delimiter: ';'"),
        (HEADER, [], MAPPING, r"titulos\.csv has a header but no rows"),
        ("", [], MAPPING, r"titulos\.csv is empty. Expected a header and rows"),
        (HEADER, [GOOD], MAPPING.replace("columns", "colums"), r"map\.yaml: .*unknown key 'colums'.*mean 'columns'\?"),
        (HEADER, [GOOD], MAPPING.replace("due_date:", "due_dat:"), r"no column 'due_dat'\. Did you mean 'due_date'"),
        (HEADER, [GOOD], MAPPING.replace("invoices", "invoice"), r"'invoice' is not a table\. Did you mean 'invoices'"),
        (HEADER, [GOOD], MAPPING + "ledgr: {calendar: BR}\n", r"unknown key 'ledgr'\. Did you mean 'ledger'\?"),
        (HEADER, [GOOD], MAPPING.replace("t*", "x*"), r"no entry of the mapping is for the file 'titulos\.csv'"),
        (HEADER, [GOOD], "[", r"map\.yaml is not YAML"),
        (HEADER, [GOOD], "", r"map\.yaml: expected the keys ledger and files"),
        (
            HEADER + ";Moeda",
            [GOOD + ";BRL", GOOD.replace("T1", "T2") + ";USD"],
            MAPPING.replace(COLUMNS, COLUMNS + ", currency: Moeda"),
            r"more than one currency, BRL and USD",
        ),
    ],
)
def test_what_is_wrong_as_a_whole_is_one_message_and_nothing_is_written(tmp_path, header, rows, mapping, said):
    assert re.search(said, refusal(*export(tmp_path, *rows, header=header, mapping=mapping)))
    assert not (tmp_path / "ledger").exists()


def test_a_refused_import_leaves_the_ledger_that_was_there(tmp_path):
    done(*export(tmp_path, GOOD))
    before = contents(tmp_path / "ledger")

    refusal(*export(tmp_path, header=HEADER))
    assert contents(tmp_path / "ledger") == before


def test_a_folder_a_missing_file_and_a_file_given_twice_are_told(tmp_path):
    words = export(tmp_path, GOOD)
    rest = words[2:]
    (tmp_path / "t.csv").mkdir()

    assert re.search(r"t\.csv is a folder\. Expected files", refusal("import", tmp_path / "t.csv", *rest))
    near = refusal("import", tmp_path / "titulo.csv", *rest)
    assert re.search(r"titulo\.csv is not there\. Did you mean 'titulos\.csv'\?", near)
    assert re.search(r"given twice", refusal("import", words[1], words[1], *rest))
    no_map = ("import", words[1], "--out", tmp_path / "ledger", "--mapping")
    assert re.search(r"the mapping .*map\.yml is not there", refusal(*no_map, tmp_path / "map.yml"))
    assert re.search(r"the mapping .* is a folder", refusal(*no_map, tmp_path))


@pytest.mark.parametrize("kept", [0, 8, -30], ids=["empty", "cut at the front", "cut at the end"])
def test_a_truncated_parquet_export_is_told(tmp_path, kept):
    words = export(tmp_path, GOOD)
    file = tmp_path / "t.parquet"
    pd.DataFrame([GOOD.split(";")], columns=HEADER.split(";")).to_parquet(file)
    done("import", file, *words[2:])

    file.write_bytes(file.read_bytes()[:kept])
    assert re.search(r"t\.parquet is (empty|not a whole Parquet file)", refusal("import", file, *words[2:]))


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\x81\x8d\x8f\n" * 9], ids=["a zip", "no text"])
def test_a_file_that_is_no_text_is_told(tmp_path, content):
    words = export(tmp_path, GOOD)
    words[1].write_bytes(content)

    assert re.search(r"titulos\.csv (is an Excel or zip file|cannot be read as)", refusal(*words))


def test_no_other_folder_is_overwritten(tmp_path, chain):
    words = export(tmp_path, GOOD)[:-1]
    before = contents(chain.model)
    full = tmp_path / "full"
    full.mkdir()
    (full / "notes.txt").write_text("mine")

    assert re.search(r"--out .*: holds a model\. Choose another folder", refusal(*words, chain.model))
    assert contents(chain.model) == before
    assert re.search(r"holds scores", refusal(*words, chain.results))
    assert re.search(r"is not a ledger folder and not empty", refusal(*words, full))
    assert contents(full) == {"notes.txt": b"mine"}
    assert re.search(r"is a file\. Expected a folder", refusal(*words, full / "notes.txt"))


# ---- a guessed mapping


def test_a_guessed_mapping_of_the_sample_imports_the_sample(tmp_path):
    guess, out = tmp_path / "map.yaml", tmp_path / "ledger"
    ran = done("import", *SAMPLE, "--guess", "--mapping", guess)
    assert (ran.out, "First mapping written to" in ran.err) == ("", True)

    told = {t["table"]: t for t in done("import", *SAMPLE, "--mapping", guess, "--out", out, "--json").json["tables"]}
    ours = HOUSE / "data" / "sample" / "mapping.yaml"
    known = done("import", *SAMPLE, "--mapping", ours, "--out", tmp_path / "known", "--json").json["tables"]
    assert told == {table["table"]: table for table in known}
    assert done("check", out).code == 0


def test_a_guess_overwrites_no_mapping_and_goes_to_stdout_if_none_is_named(tmp_path):
    words = ("import", *SAMPLE, "--guess")
    mine = tmp_path / "map.yaml"
    mine.write_text("mine")

    assert re.search(r"map\.yaml: exists already", refusal(*words, "--mapping", mine))
    assert mine.read_text() == "mine"
    assert "client_id: Cód. Cliente" in done(*words).out
    told = done(*words, "--json").json
    assert {entry["table"] for entry in told["mapping"]["files"]} >= {"invoices", "payments"}
    assert any("known_on" in doubt for doubt in told["doubts"])


def test_a_file_in_which_nothing_looks_like_invoices_is_told_with_its_headers(tmp_path):
    (tmp_path / "z.csv").write_text("a;b\n1;2\n")

    assert re.search(r"no file looks like invoices.*z\.csv: 'a', 'b'", refusal("import", tmp_path / "z.csv", "--guess"))


def test_import_needs_a_mapping_and_a_place_or_a_guess(tmp_path):
    words = export(tmp_path, GOOD)

    for wrong in (words[:2], words[:4], (*words[:2], *words[4:]), (*words, "--guess")):
        assert "--mapping MAP.yaml and --out LEDGER" in misuse(*wrong)
    assert not (tmp_path / "ledger").exists()
