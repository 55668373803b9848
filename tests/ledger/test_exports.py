from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_files import COLUMNS, HEADER, imported, lines, mapping_of

from inadimplencia_ml.errors import LedgerError, MappingError
from inadimplencia_ml.ledger.importing import import_files


def wrong(tmp_path: Path, content: bytes, message: str, name: str = "t.csv", **entry) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=message):
        import_files([path], mapping_of({"file": name} | entry))


GOOD_FILE = lines("C1;001;02/01/2025;03/02/2025;1").encode()


def test_an_empty_file(tmp_path):
    wrong(tmp_path, b"", r"t\.csv is empty\. Expected a header and rows")
    wrong(tmp_path, b" \n\n", r"t\.csv is empty")
    wrong(tmp_path, b"", r"t\.parquet is empty", name="t.parquet")


def test_a_header_alone(tmp_path):
    wrong(tmp_path, HEADER.encode() + b"\n\n", r"t\.csv has a header but no rows")
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in COLUMNS.values()}), tmp_path / "t.parquet")
    wrong(tmp_path, (tmp_path / "t.parquet").read_bytes(), r"t\.parquet has columns but no rows", name="t.parquet")


def test_a_missing_column_with_what_came_and_the_near_name(tmp_path):
    content = GOOD_FILE.replace(b"Vencimento", b"Vencimeto")
    said = r"t\.csv has no column 'Vencimento' \(mapped to due_date\)\. The columns .*Did you mean 'Vencimeto'\?"
    wrong(tmp_path, content, said)
    pq.write_table(
        pa.table({"Titulo": ["b"]} | {c: ["a"] for c in COLUMNS.values() if c != "Título"}), tmp_path / "t.parquet"
    )
    wrong(
        tmp_path,
        (tmp_path / "t.parquet").read_bytes(),
        "has no column 'Título'.*Did you mean 'Titulo'",
        name="t.parquet",
    )


def test_a_line_of_names_that_lost_a_part_shows_none_of_what_ran_into_it(tmp_path):
    broken = GOOD_FILE.replace(b"Vencimento;", b"VenciMaria Plantada")
    wrong(tmp_path, broken, r"no column 'Valor': its line of names has 4, and the row after it 5 cells\. Is a part")
    path = tmp_path / "t.csv"
    with pytest.raises(LedgerError) as told:
        import_files([path], mapping_of({"file": "t.csv"}))
    assert "Maria" not in str(told.value)
    wrong(tmp_path, HEADER.replace("Vencimento", "Prazo").encode() + b"\n\n", r"The columns that came: .*'Prazo'")


def test_a_mapped_column_that_comes_twice(tmp_path):
    wrong(tmp_path, GOOD_FILE.replace(b"Cliente;", b"Valor;Cliente;"), r"t\.csv has 2 columns 'Valor'")


def test_the_wrong_delimiter_names_the_right_one(tmp_path):
    wrong(tmp_path, GOOD_FILE, r"t\.csv is not divided by ',': by ';' it has all the mapped columns", delimiter=",")


def test_the_wrong_encoding(tmp_path):
    latin = GOOD_FILE.decode().encode("cp1252")
    wrong(tmp_path, latin, r"t\.csv cannot be read as utf-8\. Say its encoding", encoding="utf-8")
    with pytest.raises(MappingError, match="'klingon' is not an encoding of text"):
        mapping_of({"encoding": "klingon"})


def test_a_truncated_parquet_file_and_files_of_another_format(tmp_path):
    pq.write_table(pa.table({name: ["x"] * 1000 for name in COLUMNS.values()}), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    wrong(tmp_path, whole[: len(whole) // 2], r"t\.parquet is not a whole Parquet file", name="t.parquet")
    wrong(tmp_path, GOOD_FILE, r"t\.parquet is not a whole Parquet file", name="t.parquet")
    wrong(tmp_path, whole, r"t\.csv is a Parquet file, not CSV text")
    wrong(tmp_path, b"PK\x03\x04 and so on", r"t\.csv is an Excel or zip file")


def test_a_folder_for_a_file_a_missing_file_and_one_given_twice(tmp_path):
    with pytest.raises(LedgerError, match=r"is a folder\. Expected files"):
        import_files([tmp_path], mapping_of())
    (tmp_path / "titulos.csv").write_bytes(GOOD_FILE)
    with pytest.raises(LedgerError, match=r"titulo\.csv is not there\. Did you mean 'titulos\.csv'\?"):
        import_files([tmp_path / "titulo.csv"], mapping_of())
    with pytest.raises(LedgerError, match="given twice"):
        import_files([tmp_path / "titulos.csv", tmp_path / "." / "titulos.csv"], mapping_of())
    with pytest.raises(LedgerError, match="no file to import"):
        import_files([], mapping_of())


def test_files_and_entries_must_find_each_other(tmp_path):
    for name in ("titulos.csv", "outro.csv"):
        (tmp_path / name).write_bytes(GOOD_FILE)
    with pytest.raises(MappingError, match=r"no entry of the mapping is for the file 'outro\.csv'"):
        import_files([tmp_path / "titulos.csv", tmp_path / "outro.csv"], mapping_of())
    with pytest.raises(MappingError, match=r"entry 'baixas\.csv' matches none of the files given: 'titulos\.csv'"):
        import_files([tmp_path / "titulos.csv"], mapping_of({}, {"file": "baixas.csv"}))


def test_two_currencies_in_a_file(tmp_path):
    header = HEADER + ";Moeda"
    text = lines("C1;001;02/01/2025;03/02/2025;1;BRL", "C1;002;02/01/2025;03/02/2025;1;USD", header=header)
    with pytest.raises(LedgerError, match="more than one currency, BRL and USD"):
        imported(tmp_path, text, {"columns": COLUMNS | {"currency": "Moeda"}})
