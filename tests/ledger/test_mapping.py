import datetime as dt
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from inadimplencia_ml.errors import MappingError
from inadimplencia_ml.ledger.mapping import (
    FileMapping,
    LedgerSettings,
    Mapping,
    mapping_to_yaml,
    parse_mapping,
    read_mapping,
)

INVOICES = {
    "file": "titulos.csv",
    "table": "invoices",
    "columns": {"client_id": "Cliente", "invoice_id": "Título", "issue_date": "Emissão", "due_date": "Vencimento"},
}
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mappings"


def mapping(**changes) -> Mapping:
    return parse_mapping(yaml.safe_dump({"files": [INVOICES | changes]}, allow_unicode=True), name="mapa.yaml")


def test_what_is_not_said_is_brazilian():
    (entry,) = mapping().files
    assert (entry.decimal, entry.text_format.thousands, entry.dates) == (",", ".", ("%d/%m/%Y",))
    assert mapping().ledger == LedgerSettings(calendar="BR", timezone="America/Sao_Paulo", currency="BRL")


def test_thousands_are_marked_with_the_other_sign():
    assert mapping(decimal=".").files[0].text_format.thousands == ","
    assert mapping(decimal=".", thousands=" ").files[0].text_format.thousands == " "


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colums": {}}, r"mapa\.yaml: files\[0\] \(titulos\.csv\): unknown key 'colums'\. Did you mean 'columns'\?"),
        ({"table": "invoice"}, r"'invoice' is not a table\. Did you mean 'invoices'\?"),
        ({"table": "attributes/"}, r"'attributes/' is not a table"),
        ({"delimiter": ";;"}, r"delimiter: ';;' is not one sign"),
        ({"decimal": "x"}, r"decimal: Input should be ',' or '\.', got 'x'"),
        ({"thousands": ","}, r"decimal and thousands are both ','"),
        ({"dates": ["%d/%m"]}, r"'%d/%m' does not tell the year"),
        ({"dates": ["%Q"]}, r"'%Q' is not a date format"),
        ({"columns": {"client_id": "Cliente"}}, r"columns: 'invoice_id' is missing, which invoices needs"),
        (
            {"columns": INVOICES["columns"] | {"amont": "Valor"}},
            r"invoices has no column 'amont'\. Did you mean 'amount'",
        ),
        ({"columns": INVOICES["columns"] | {"amount": True}}, r"amount: .*string, got True; write it in quotes"),
        ({"values": {"kind": {"B": "boleto"}}}, r"values: 'kind' is not mapped"),
        ({"types": {"due_date": "text"}}, r"types: 'due_date' is a column of invoices whose type is known"),
        ({"copies": {"observed_until": "issued"}}, r"copies: 'observed_until' copies 'issued', which is not mapped"),
        ({"constants": {"client_id": "C1"}}, r"'client_id' is given twice, among columns, constants and copies"),
        ({"duplicate_on": ["amount"]}, r"duplicate_on: 'amount' is not mapped"),
        ({"ids_from_file_and_line": True}, r"ids_from_file_and_line makes invoice_id"),
        ({"file": ""}, r"file: String should have at least 1 character"),
    ],
)
def test_a_wrong_entry_is_told_with_file_key_and_near_name(changes, message):
    with pytest.raises(MappingError, match=message):
        mapping(**changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: [", r"mapa\.yaml is not YAML: .*line 2"),
        ("- a", r"mapa\.yaml: expected the keys ledger and files, got list"),
        ("", r"expected the keys ledger and files, got NoneType"),
        ("file: []", r"unknown key 'file'\. Did you mean 'files'\?"),
        ("files: []", "no entry has the table invoices"),
        ("ledger: {timezone: Brasilia}\nfiles: []", r"timezone: 'Brasilia' is not a time zone"),
        ("ledger: {calender: BR}\nfiles: []", r"unknown key 'calender'\. Did you mean 'calendar'\?"),
        ("ledger: {}\nledger: {}", r"the key 'ledger' comes twice"),
        ("files: !!python/object/apply:os.system ['true']", r"a tag stands there; only plain values are read \(line 1"),
        (
            "files: [{file: a.csv, table: links, columns: {client_id: a, group_id: b, kind: c}}]",
            "no entry has the table invoices",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_message(text, message):
    with pytest.raises(MappingError, match=message):
        parse_mapping(text, name="mapa.yaml")


def test_a_mapping_that_is_not_there_or_is_a_folder(tmp_path):
    with pytest.raises(MappingError, match=r"nowhere\.yaml is not there\. Expected a YAML file"):
        read_mapping(tmp_path / "nowhere.yaml")
    with pytest.raises(MappingError, match="is a folder"):
        read_mapping(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("# emissão".encode("cp1252"))
    with pytest.raises(MappingError, match="cannot be read as UTF-8"):
        read_mapping(tmp_path / "latin.yaml")


def test_entries_of_one_table_agree_on_what_a_double_is():
    two = [INVOICES, INVOICES | {"file": "mais.csv", "same_row_is_duplicate": True}]
    with pytest.raises(MappingError, match=r"same_row_is_duplicate differs between 'titulos\.csv' and 'mais\.csv'"):
        parse_mapping(yaml.safe_dump({"files": two}, allow_unicode=True))


def test_keys_stay_text_as_written():
    text = (
        mapping_to_yaml(mapping(columns=INVOICES["columns"] | {"kind": "Tipo"}))
        + "  values: {kind: {No: a, 1: b, 01: ~}}\n"
    )
    assert parse_mapping(text).files[0].values == {"kind": {"No": "a", "1": "b", "01": None}}


def test_a_mapping_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        mapping().files[0].decimal = "."


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_read_and_written_back(path):
    one = read_mapping(path)
    assert parse_mapping(mapping_to_yaml(one, ("a comment",))) == one


printable = st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp"))


@given(
    st.dictionaries(
        st.text(printable, min_size=1, max_size=9).filter(str.strip),
        st.none() | st.integers() | st.text(printable, max_size=5),
        max_size=4,
    ),
    st.sampled_from([",", "."]),
    st.booleans(),
    st.none() | st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
)
def test_what_is_written_is_read_back(values, decimal, same, known_until):
    entry = FileMapping(
        **INVOICES | {"columns": INVOICES["columns"] | {"kind": "n: 'x' # y"}},
        values={"kind": values},
        decimal=decimal,
        same_row_is_duplicate=same,
    )
    one = Mapping(ledger=LedgerSettings(known_until=known_until), files=(entry,))
    assert parse_mapping(mapping_to_yaml(one)) == one
