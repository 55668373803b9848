import datetime as dt
import glob
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from export_files import COLUMNS, ROW, imported, lines, mapping_of, rows_of, told
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.ledger.importing import import_files, import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.tables import INVOICES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "mappings"
# ---- what a mapping can say


def test_values_constants_copies_and_made_ids(tmp_path):
    entry = {
        "columns": {k: v for k, v in COLUMNS.items() if k != "invoice_id"} | {"kind": "Título"},
        "values": {"kind": {"B": "boleto", "": "pix", "-": None}, "due_date": {"aberto": "2025-09-09"}},
        "constants": {"fine_rate": 0.02, "assigned_on": "2025-03-03"},
        "copies": {"observed_until": "issue_date"},
        "ids_from_file_and_line": True,
    }
    one = imported(
        tmp_path,
        lines("C1;B;02/01/2025;aberto;1", "C1;;02/01/2025;03/02/2025;1", "C1;-;02/01/2025;03/02/2025;1"),
        entry,
    )
    first, second, third = rows_of(one)
    assert (first["invoice_id"], first["kind"], first["fine_rate"]) == ("titulos:2", "boleto", 0.02)
    assert (first["due_date"], first["assigned_on"]) == (dt.date(2025, 9, 9), dt.date(2025, 3, 3))
    assert first["observed_until"] == first["issue_date"]
    assert (second["kind"], third["kind"]) == ("pix", None)


def test_equal_rows_with_made_ids_are_doubles_only_if_asked(tmp_path):
    columns = {k: v for k, v in COLUMNS.items() if k != "invoice_id"}
    text = lines("C1;a;02/01/2025;03/02/2025;1", "C1;a;02/01/2025;03/02/2025;1", "C1;a;02/01/2025;03/02/2025;2")
    entry = {"columns": columns, "ids_from_file_and_line": True}
    assert imported(tmp_path, text, entry).files["accepted"].tolist() == [3]
    one = imported(tmp_path, text, entry | {"same_row_is_duplicate": True})
    assert one.files[["accepted", "duplicate"]].to_numpy().tolist() == [[2, 1]]


def test_further_columns_of_open_tables_are_read_by_what_they_hold(tmp_path):
    (tmp_path / "t.csv").write_text(lines("C1;001;02/01/2025;03/02/2025;1"))
    (tmp_path / "info.csv").write_text(
        "c;d;n;code;text;day\n1;02/01/2025;1.000,5;007;N/D;03/01/2025\n2;02/01/2025;;012;x;\n"
    )
    columns = {"client_id": "c", "known_on": "d", "n": "n", "code": "code", "text": "text", "day": "day"}
    entry = {"file": "info.csv", "table": "attributes/info", "columns": columns}
    one = import_files(sorted(tmp_path.iterdir()), mapping_of({}, entry))
    assert rows_of(one, "attributes/info")[0] == {
        "client_id": "1",
        "known_on": dt.date(2025, 1, 2),
        "n": 1000.5,
        "code": "007",
        "text": "N/D",
        "day": dt.date(2025, 1, 3),
    }
    strict = import_files(
        sorted(tmp_path.iterdir()), mapping_of({}, entry | {"types": {"text": "number", "code": "number"}})
    )
    assert told(strict, "attributes/info") == [
        (2, "text", "N/D", "rejected", "unparsable"),
        (3, "text", "x", "rejected", "unparsable"),
    ]


def test_several_files_make_one_table_and_each_is_accounted_for(tmp_path):
    (tmp_path / "t1.csv").write_text(lines("C1;001;02/01/2025;03/02/2025;1", "C1;001;02/01/2025;03/02/2025;1"))
    (tmp_path / "T2.csv").write_text(
        lines("C1;002;02/01/2025;x;1", "C1;001;02/01/2025;03/02/2025;9", ";003;02/01/2025;;")
    )
    one = import_files([tmp_path / "t1.csv", tmp_path / "T2.csv"], mapping_of())
    assert one.files.to_dict("records") == [
        {"file": "t1.csv", "table": "invoices", "rows": 2, "accepted": 1, "flagged": 0, "rejected": 0, "duplicate": 1},
        {"file": "T2.csv", "table": "invoices", "rows": 3, "accepted": 0, "flagged": 0, "rejected": 2, "duplicate": 1},
    ]
    problems = one.admitted["invoices"].problems.to_pandas()
    assert problems[["file", "line", "row"]].drop_duplicates().to_numpy().tolist() == [
        ["t1.csv", 3, 1],
        ["T2.csv", 2, 2],
        ["T2.csv", 3, 3],
        ["T2.csv", 4, 4],
    ]


def test_one_file_may_serve_two_tables(tmp_path):
    (tmp_path / "t.csv").write_text(lines("C1;001;02/01/2025;03/02/2025;1", "C2;002;02/01/2025;03/02/2025;1"))
    ledger = import_ledger(
        [tmp_path / "t.csv"], mapping_of({}, {"table": "clients", "columns": {"client_id": "Cliente"}})
    )
    assert ledger.tables["clients"]["client_id"].to_pylist() == ["C1", "C2"]


def test_settings_of_the_mapping_reach_the_ledger(tmp_path):
    (tmp_path / "t.csv").write_text(lines("C1;001;02/01/2025;03/02/2025;1"))
    ledger = import_ledger(
        [tmp_path / "t.csv"], mapping_of(calendar="none", currency="USD", known_until=dt.date(2025, 6, 30))
    )
    assert (ledger.currency, ledger.known_until) == ("USD", dt.date(2025, 6, 30))


def test_parquet_is_read_as_typed_and_its_text_as_text(tmp_path):
    frame = pd.DataFrame(
        {
            "Cliente": [19, 20, 21],
            "Título": ["001", "002", "003"],
            "Emissão": pd.to_datetime(["2025-01-02"] * 3),
            "Vencimento": pd.Categorical(["03/02/2025", "x", "03/02/2025"]),
            "Valor": [1234.5, 1.0, -1.0],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    one = import_files([tmp_path / "t.parquet"], mapping_of({"file": "t.parquet"}))
    assert rows_of(one) == [ROW | {"client_id": 19}]
    assert told(one) == [
        (2, "due_date", "x", "rejected", "unparsable"),
        (3, "amount", "-1", "rejected", "amount_negative"),
    ]


def test_csv_and_parquet_together_agree_on_text_ids(tmp_path):
    frame = pd.DataFrame([ROW | {"client_id": 7, "invoice_id": 8}]).rename(columns=COLUMNS)
    frame.to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text(lines("C1;001;02/01/2025;03/02/2025;1"))
    one = import_files([tmp_path / "t.csv", tmp_path / "t.parquet"], mapping_of({}, {"file": "*.parquet"}))
    assert [(row["client_id"], row["invoice_id"]) for row in rows_of(one)] == [("C1", "001"), ("7", "8")]


# ---- laws


def brazilian(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float):
        return f"R$ {value:,.2f}".translate(str.maketrans(",.", ".,"))
    return '"' + str(value).replace('"', '""') + '"'


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=("Cs",)), min_size=1, max_size=8
)
days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))
typed_rows = st.lists(
    st.fixed_dictionaries(
        {
            "client_id": texts.map(str.strip).filter(bool),
            "invoice_id": texts.map(str.strip).filter(bool),
            "issue_date": days,
            "due_date": days,
            "amount": st.none() | st.integers(0, 10**9).map(lambda cents: cents / 100),
            "product": st.none() | texts.map(str.strip).filter(bool),
            "paid_date": st.none() | days,
        }
    ),
    min_size=1,
    max_size=8,
)


@given(typed_rows)
@settings(max_examples=tries(100), deadline=None)
def test_a_table_written_as_a_brazilian_export_is_imported_again_as_it_was(tmp_path_factory, rows):
    typed = admit(INVOICES, pa.Table.from_pylist(rows), timezone="America/Sao_Paulo")
    names = typed.table.column_names
    text = "\n".join(";".join(brazilian(row[name]) for name in names) for row in typed.table.to_pylist())
    path = tmp_path_factory.mktemp("export") / "t.csv"
    path.write_bytes((";".join(names) + "\n" + text + "\n").encode())
    one = import_files([path], mapping_of({"columns": {name: name for name in names}, "delimiter": ";"}))
    expected = admit(INVOICES, typed.table, timezone="America/Sao_Paulo")
    same = [c if c.type != pa.null() else c.cast(pa.string()) for c in expected.table.columns]
    assert one.admitted["invoices"].table.to_pylist() == pa.table(same, names=names).to_pylist()
    assert one.admitted["invoices"].counts == expected.counts


# ---- real data


def test_datarisk_is_accounted_for_to_the_last_row(real_data):
    files = sorted(glob.glob(str(real_data / "datarisk" / "*.csv")))
    one = import_files(files, read_mapping(EXAMPLES / "datarisk.yaml"))
    counts = one.files.set_index("file")
    assert counts["rows"].to_dict() == {
        "base_pagamentos_desenvolvimento.csv": 77414,
        "base_pagamentos_teste.csv": 12275,
        "base_cadastral.csv": 1315,
        "base_info.csv": 24401,
    }
    assert (counts[["accepted", "flagged", "rejected", "duplicate"]].sum(axis=1) == counts["rows"]).all()
    assert counts["rejected"].sum() == counts["duplicate"].sum() == 0
    problems = one.admitted["invoices"].problems.to_pandas()
    assert problems["code"].value_counts().to_dict() == {
        "amount_missing": 1170 + 131,
        "due_before_issue": 29,
        "paid_before_issue": 26,
        "absurd_term": 5,
    }
    invoices = one.admitted["invoices"].table.to_pandas()
    assert invoices["invoice_id"].is_unique
    tested = invoices["invoice_id"].str.startswith("base_pagamentos_teste:")
    assert (invoices["observed_until"].notna() == tested).all()
    assert invoices.loc[tested, "paid_date"].isna().all()
    assert np.isclose(one.admitted["clients"].table.to_pandas()["kind"].eq("PF").sum(), 66)
    assert one.admitted["attributes/info"].table.schema.field("income").type == pa.float64()


def test_the_ibm_sample_is_accounted_for_to_the_last_row(real_data):
    files = glob.glob(str(real_data / "ibm_ar" / "*.csv"))
    ledger = import_ledger(files, read_mapping(EXAMPLES / "ibm_ar.yaml"))
    assert ledger.counts.to_dict("records") == [
        {"table": "invoices", "rows": 2466, "accepted": 2466, "flagged": 0, "rejected": 0, "duplicate": 0}
    ]
    frame = ledger.frame("invoices")
    late = frame["paid_date"] > frame["due_date"]
    assert round(float(late.mean()), 3) == 0.356
    assert ledger.currency == "USD"
