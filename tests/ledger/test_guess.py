import glob
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.errors import MappingError
from inadimplencia_ml.ledger.guess import guess_mapping, mapping_to_yaml
from inadimplencia_ml.ledger.headers import KNOWN_HEADERS, folded
from inadimplencia_ml.ledger.importing import import_files
from inadimplencia_ml.ledger.mapping import parse_mapping, read_mapping
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
ROWS = "C1;T1;02/01/2025;25/02/2025;1.234,50\nC2;T2;03/01/2025;03/02/2025;7,00\n"


def guess_of(folder: Path, **texts: str):
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="cp1252")
    return guess_mapping([folder / f"{name}.csv" for name in texts])


@pytest.mark.parametrize(
    "header",
    [
        "Cliente;Título;Emissão;Vencimento;Valor",
        "CÓD. CLIENTE;NOSSO NÚMERO;DT EMISSAO;DT VENCTO;VLR TITULO",
        "Sacado;Nº Documento;Data de Emissão;Data do Vencimento;Valor do Título (R$)",
        "cod_cliente;num_titulo;dt_emissao;dt_venc;vl_documento",
        "CNPJ/CPF;Nota Fiscal;Emis.;Venc.;Valor Original",
        "customerID;invoiceNumber;InvoiceDate;DueDate;InvoiceAmount",
        "customer_id;invoice_id;issue_date;due_date;amount",
        "Client Code;Invoice No.;Issue Date;Due Date;Total",
    ],
)
def test_portuguese_and_english_headers_are_known(tmp_path, header):
    (entry,) = guess_of(tmp_path, titulos=f"{header}\n{ROWS}").mapping.files
    names = header.split(";")
    wanted = ("client_id", "invoice_id", "issue_date", "due_date", "amount")
    assert entry.table == "invoices"
    assert {column: entry.columns.get(column) for column in wanted} == dict(zip(wanted, names, strict=True))
    assert (entry.dates, entry.decimal) == (("%d/%m/%Y",), ",")


def test_the_names_of_our_own_columns_are_known(tmp_path):
    text = "client_id;invoice_id;issue_date;due_date;amount;paid_date;paid_amount;known_on;uf\n"
    (entry,) = guess_of(tmp_path, a=text + "1;2;2025-01-02;2025-01-03;1.5;2025-01-03;1.5;2025-01-02;SP\n").mapping.files
    assert entry.columns == {name: name for name in text.strip().split(";")} | entry.columns
    assert len(entry.columns) == 9
    assert (entry.decimal, entry.dates) == (".", ("%Y-%m-%d",))


def test_a_header_counts_only_if_its_values_can_be_read_so(tmp_path):
    header = "Cliente;Título;Emissão;Vencimento;Valor;Pagamento\n"
    rows = "C1;T1;02/01/2025;25/02/2025;1,00;boleto\nC2;T2;02/01/2025;25/02/2025;1,00;pix\n"
    guess = guess_of(tmp_path, t=header + rows)
    assert "paid_date" not in guess.mapping.files[0].columns
    assert "t.csv: not mapped: Pagamento" in guess.doubts


@pytest.mark.parametrize(
    ("days", "dates", "doubted"),
    [
        (["01/02/2025", "25/02/2025"], "%d/%m/%Y", False),
        (["01/02/2025", "02/25/2025"], "%m/%d/%Y", False),
        (["01/02/2025", "03/04/2025"], "%d/%m/%Y", True),
        (["01/02/25", "28/02/25"], "%d/%m/%y", False),
        (["20250201", "20250228"], "%Y%m%d", False),
        (["01.02.2025", "28.02.2025"], "%d.%m.%Y", False),
        (["2025-02-01", "2025-02-28"], "%Y-%m-%d", False),
        (["2025-02", "2025-03"], "%Y-%m", False),
    ],
)
def test_day_and_month_are_told_by_the_values_or_doubted(tmp_path, days, dates, doubted):
    rows = "".join(f"C{i};T{i};{days[0]};{day};1,00\n" for i, day in enumerate(days))
    guess = guess_of(tmp_path, t="Cliente;Título;Emissão;Vencimento;Valor\n" + rows)
    assert guess.mapping.files[0].dates == (dates,)
    assert any("day/month" in doubt for doubt in guess.doubts) == doubted


@pytest.mark.parametrize(
    ("amounts", "decimal"),
    [
        (["1.234,50", "7"], ","),
        (["1,234.50", "7"], "."),
        (["1234.5", "10.0"], "."),
        (["1.234", "5.678"], ","),
        (["12", "7"], ","),
    ],
)
def test_the_decimal_sign_is_told_by_the_values(tmp_path, amounts, decimal):
    rows = "".join(f"C{i};T{i};02/01/2025;25/02/2025;{amount}\n" for i, amount in enumerate(amounts))
    (entry,) = guess_of(tmp_path, t="Cliente;Título;Emissão;Vencimento;Valor\n" + rows).mapping.files
    assert entry.decimal == decimal


def test_without_an_id_ids_are_made_and_the_doubt_is_said(tmp_path):
    guess = guess_of(tmp_path, t="Cliente;Emissão;Vencimento;Valor\nC1;02/01/2025;25/02/2025;1\n")
    assert guess.mapping.files[0].ids_from_file_and_line
    assert any("ids are made from file and line" in doubt for doubt in guess.doubts)


def test_repeated_ids_a_lone_cancellation_and_known_on_are_doubted(tmp_path):
    header = "CPF;Título;Emissão;Vencimento;Valor;Data Cancelamento;Data Registro\n"
    rows = "1;T1;02/01/2025;25/02/2025;1;;02/01/2025\n2;T1;02/01/2025;25/02/2025;1;03/01/2025;02/01/2025\n"
    said = " ".join(guess_of(tmp_path, t=header + rows).doubts)
    for words in ("repeats in 1 rows", "counts as void", "check that the row was known that day", "no personal datum"):
        assert words in said


def test_the_kind_of_person_is_translated(tmp_path):
    clients = "Código;Tipo Pessoa;UF\nC1;F;SP\nC2;J;RJ\n"
    guess = guess_of(tmp_path, t="Cliente;Título;Emissão;Vencimento;Valor\n" + ROWS, c=clients)
    assert guess.mapping.files[1].values == {"kind": {"F": "PF", "J": "PJ"}}


def test_a_file_that_is_no_table_is_said_and_left_out(tmp_path):
    guess = guess_of(tmp_path, t="Cliente;Título;Emissão;Vencimento;Valor\n" + ROWS, x="a;b\n1;2\n")
    assert [entry.file for entry in guess.mapping.files] == ["t.csv"]
    assert "x.csv: no table recognised; it is not in this mapping" in guess.doubts


def test_no_invoices_at_all_is_an_error_with_the_headers(tmp_path):
    with pytest.raises(MappingError, match=r"no file looks like invoices.*x\.csv: 'a', 'b'"):
        guess_of(tmp_path, x="a;b\n1;2\n")


def test_parquet_files_are_guessed_by_their_types(tmp_path):
    frame = pd.DataFrame({"Cliente": [1], "Título": [2], "Emissão": pd.to_datetime(["2025-01-02"]), "Valor": [1.5]})
    frame.assign(Vencimento=frame["Emissão"]).to_parquet(tmp_path / "t.parquet")
    (entry,) = guess_mapping([tmp_path / "t.parquet"]).mapping.files
    assert set(entry.columns) == {"client_id", "invoice_id", "issue_date", "due_date", "amount"}


def test_the_yaml_says_the_doubts_and_is_read_back(tmp_path):
    guess = guess_of(tmp_path, **{"t[1]": "Cliente;Título;Emissão;Vencimento;Valor;Obs\n" + ROWS.replace("\n", ";x\n")})
    text = guess.to_yaml()
    assert "# t[1].csv: not mapped: Obs\n" in text
    (tmp_path / "mapa.yaml").write_text(text, encoding="utf-8")
    assert read_mapping(tmp_path / "mapa.yaml") == guess.mapping == parse_mapping(mapping_to_yaml(guess.mapping))
    assert import_files([tmp_path / "t[1].csv"], guess.mapping).files["accepted"].tolist() == [2]


def test_the_sample_is_guessed_as_it_is_mapped():
    files = sorted(SAMPLE.glob("*.csv"))
    mine, right = guess_mapping(files).mapping, read_mapping(SAMPLE / "mapping.yaml")
    guessed = {entry.file: entry for entry in mine.files}
    for entry in right.files:
        assert guessed[entry.file].table == entry.table
        theirs = {column: header for column, header in entry.columns.items() if column in guessed[entry.file].columns}
        assert theirs.items() <= guessed[entry.file].columns.items()
        assert set(entry.schema_of_table.required) <= set(guessed[entry.file].columns)
    counts = import_files(files, mine).files
    assert counts["rejected"].sum() < 0.001 * counts["rows"].sum()


def test_the_real_files_are_guessed(real_data):
    ibm = guess_mapping(glob.glob(str(real_data / "ibm_ar" / "*.csv"))).mapping.files[0]
    assert (ibm.dates, ibm.columns["paid_date"], ibm.decimal) == (("%m/%d/%Y",), "SettledDate", ".")
    assert "Disputed" not in ibm.columns.values()
    datarisk = guess_mapping(sorted(glob.glob(str(real_data / "datarisk" / "*.csv")))).mapping
    tables = [entry.table for entry in datarisk.files]
    assert tables == ["clients", "attributes/base_info", "invoices", "invoices"]


def test_the_known_headers_name_columns_of_the_tables_and_are_folded_already():
    for table, columns in KNOWN_HEADERS.items():
        schema = LEDGER_TABLES.get(table, ATTRIBUTES)
        assert set(columns) <= set(schema.by_name)
        for names in columns.values():
            for name in names.split(","):
                assert folded(name) == tuple(name.split()), name


words = st.sampled_from(["Cliente", "Título", "Emissão", "Vencimento", "Valor", "Obs.", "Data", "UF", "Parcela", "x y"])


@given(st.lists(words, min_size=1, max_size=8, unique=True), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_what_is_guessed_can_be_imported(tmp_path_factory, header, rows):
    cells = {"Emissão": "02/01/2025", "Vencimento": "25/02/2025", "Data": "03/03/2025", "Valor": "1.234,50"}
    line = ";".join(cells.get(name, "A") for name in header)
    path = tmp_path_factory.mktemp("guess") / "t.csv"
    path.write_text("\n".join([";".join(header), line, *[line] * rows]) + "\n", encoding="utf-8")
    try:
        guess = guess_mapping([path])
    except MappingError:
        assert not {"Cliente", "Emissão", "Vencimento"} <= set(header)
        return
    assert import_files([path], guess.mapping).files["rows"].tolist() == [rows + 1]
