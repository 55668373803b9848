import csv
import io

import pytest
from export_files import ROW, imported, lines, mapping_of, rows_of, told
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.errors import LedgerError
from inadimplencia_ml.ledger.csv_rows import decoded, header_of, read_csv_rows, sniff_delimiter
from inadimplencia_ml.ledger.importing import import_files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_encoding_and_line_end_gives_the_same_rows(tmp_path, encoding, end):
    text = lines("C1;001;02/01/2025;03/02/2025;R$ 1.234,50", end=end)
    assert rows_of(imported(tmp_path, text.encode(encoding))) == [ROW]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_delimiter_is_found(tmp_path, delimiter):
    text = lines('C1;001;02/01/2025;03/02/2025;"1.234,50"').replace(";", delimiter)
    assert rows_of(imported(tmp_path, text)) == [ROW]


def test_a_quoted_line_break_keeps_lines_and_columns_right(tmp_path):
    text = lines('"C\n1";001;02/01/2025;03/02/2025;1', "C2;002;02/01/2025;x;1", '"C;3";"0""3";02/01/2025;03/02/2025;1')
    one = imported(tmp_path, text)
    assert [(row["client_id"], row["invoice_id"]) for row in rows_of(one)] == [("C\n1", "001"), ("C;3", '0"3')]
    assert told(one) == [(4, "due_date", "x", "rejected", "unparsable")]


def test_ragged_lines_are_rejected_with_their_line_and_shift_nothing(tmp_path):
    text = lines(
        "",
        "C1;001;02/01/2025;03/02/2025;1234,5",
        "C2;002;02/01/2025",
        "C3;3;1;2;3;4",
        "",
        ";;;;",
        "C4;004;x;03/02/2025;1",
    )
    one = imported(tmp_path, text)
    assert rows_of(one) == [ROW]
    assert one.admitted["invoices"].counts["rows"] == 5
    assert told(one)[:2] == [
        (4, None, "C2;002;02/01/2025", "rejected", "ragged_row"),
        (5, None, "C3;3;1;2;3;4", "rejected", "ragged_row"),
    ]
    assert {line for line, *_ in told(one)} == {4, 5, 7, 8}
    assert one.admitted["invoices"].problems["reason"][0].as_py() == "the line has 3 fields, the header 5"


@pytest.mark.parametrize(
    "rows",
    [
        ['C2;"002;02/01/2025;03/02/2025;1', "C3;003;02/01/2025;03/02/2025;1"],
        ['C2;"002;02/01/2025;03/02/2025;1', 'C3;003";02/01/2025;03/02/2025;1'],
    ],
)
def test_a_quote_that_is_never_closed_loses_no_line(tmp_path, rows):
    one = imported(tmp_path, lines("C1;001;02/01/2025;03/02/2025;1234,5", *rows))
    assert rows_of(one) == [ROW]
    assert [(line, code) for line, *_, code in told(one)] == [(3, "ragged_row"), (4, "ragged_row")]
    assert "a quote opened on line 3" in one.admitted["invoices"].problems["reason"][0].as_py()


def test_a_header_of_two_lines_and_blank_lines_before_it(tmp_path):
    one = imported(
        tmp_path, "\n" + lines("C1;001;02/01/2025;x;1", header='Cliente;Título;Emissão;Vencimento;Valor;"um\ndois"')
    )
    assert [line for line, *_ in told(one)] == [4]


def test_the_last_line_needs_no_end(tmp_path):
    assert rows_of(imported(tmp_path, lines("C1;001;02/01/2025;03/02/2025;1234,5").rstrip())) == [ROW]


cells = st.text(st.sampled_from('ab;"\n,1/ '), max_size=6)


@given(st.lists(st.lists(cells, min_size=1, max_size=7).map(";".join), max_size=12))
@settings(max_examples=tries(150), deadline=None)
def test_no_line_of_any_file_is_lost(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("odd") / "t.csv"
    text = lines("C1;001;02/01/2025;03/02/2025;1", *body, "C9;009;02/01/2025;03/02/2025;1")
    path.write_bytes(text.encode())
    one = import_files([path], mapping_of({"delimiter": ";"})).admitted["invoices"]
    assert one.counts["rows"] == sum(one.counts[k] for k in ("accepted", "flagged", "rejected", "duplicate"))
    assert rows_begin(text) - set(one.problems["line"].to_pylist()) <= {2, len(text.splitlines())}


def rows_begin(text: str) -> set[int]:
    """The lines on which the records of the body begin, as Python's own reader sees them; empty lines are none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    begin, last = set(), 0
    for record in reader:
        if record:
            begin.add(last + 1)
        last = reader.line_num
    return begin - {1}


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("inadimplencia_ml.ledger.csv_rows._LONGEST", 1_000)
    for name, data in (("nothing", b"\0" * 5_000), ("cells", b"a;" * 2_000), ("later", b"a;b\n1;2\n" + b"x" * 5_000)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(LedgerError, match=rf"{name} has a line of more than 1,000 bytes"):
            decoded(tmp_path / name)


def test_a_quote_that_swallows_more_than_a_row_may_hold_is_told(monkeypatch):
    monkeypatch.setattr("inadimplencia_ml.ledger.csv_rows._LONGEST", 1_000)
    with pytest.raises(
        LedgerError, match=r"t cannot be read as CSV: a row is longer than 1,000 bytes; is a quote never"
    ):
        read_csv_rows('a;b\n1;2\n"' + "1;2\n" * 2_000, ";", name="t")


def test_line_ends_of_several_kinds_in_one_file_are_all_line_ends(tmp_path):
    (tmp_path / "t").write_bytes(b"a;b\r1;2\r\n3;4\n\r;\r5;6\n")
    rows = read_csv_rows(decoded(tmp_path / "t"), ";", name="t")
    assert [column.to_pylist() for column in rows.columns] == [["1", "3", "", "5"], ["2", "4", "", "6"]]


def test_a_hundred_thousand_columns_are_told_and_a_field_without_end_is_no_name():
    with pytest.raises(LedgerError, match="t has 100,000 columns; at most 20,000 are read"):
        read_csv_rows(";".join(f"c{k}" for k in range(100_000)) + "\n1\n", ";", name="t")
    assert sniff_delimiter(";".join(f"c{k}" for k in range(100_000))) == ";"
    with pytest.raises(LedgerError, match="the line of names cannot be read"):
        header_of('"' + "x" * 200_000 + '";b\n', ";")
