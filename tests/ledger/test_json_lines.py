"""JSON lines join the import: every line that is not blank is a row, and what is none is told with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inadimplencia_ml.errors import LedgerError, MappingError
from inadimplencia_ml.ledger.guess import guess_mapping
from inadimplencia_ml.ledger.json_lines import read_json_lines
from ledger.export_files import imported, told


def objects(*rows: object) -> str:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n"


def invoice(client: object, number: object, amount: object, **more: object) -> dict[str, object]:
    return {
        "Cliente": client,
        "Título": number,
        "Emissão": "2025-01-02",
        "Vencimento": "03/02/2025",
        "Valor": amount,
    } | more


def test_every_json_line_is_a_row_or_is_told_with_its_line(tmp_path: Path) -> None:
    text = objects(
        invoice("C1", "T1", 10.5),
        "",
        invoice("C2", "T2", "1.234,50"),
        "{broken",
        '["C3"]',
        invoice("C4", "T4", 7, x={"y": 1}),
    )
    one = imported(tmp_path, text, {"file": "t*.jsonl"}, name="titulos.jsonl")

    assert one.admitted["invoices"].counts == {"rows": 5, "accepted": 3, "flagged": 0, "rejected": 2, "duplicate": 0}
    assert one.admitted["invoices"].table["amount"].to_pylist() == [10.5, 1234.5, 7.0]
    assert [(row[0], row[2], row[4]) for row in told(one)] == [
        (4, "{broken", "ragged_row"),
        (5, '["C3"]', "ragged_row"),
    ]


def test_json_lines_that_are_too_long_or_hold_no_object_do_not_stop_the_others(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("inadimplencia_ml.ledger.json_lines._LONGEST", 300)
    bad = ["[" * 250, '{"a": NaN}', '{"a": 1' + "0" * 280 + "}", json.dumps(invoice("C9", "T9", 1, note="x" * 900))]
    text = objects(*bad, invoice("C1", "T1", 10.5)).encode() + b'\xff{"a": 1}\n'
    one = imported(tmp_path, text, {"file": "t*.jsonl"}, name="titulos.jsonl")

    assert one.admitted["invoices"].counts["accepted"] == 1
    assert [row[0] for row in told(one) if row[4] == "ragged_row"] == [1, 2, 4, 6]
    with pytest.raises(LedgerError, match="holds no JSON object on any line"):
        imported(tmp_path, "x\n[]\n", {"file": "t*.jsonl"}, name="titulos.jsonl")
    with pytest.raises(LedgerError, match="has no column 'Valor'"):
        imported(tmp_path, objects({"cliente": 1}), {"file": "t*.jsonl"}, name="titulos.jsonl")


@settings(max_examples=15)
@given(st.lists(st.one_of(st.binary(max_size=30), st.just(b'{"Cliente": 1}'), st.just(b"")), min_size=1, max_size=50))
def test_no_line_is_lost_whatever_it_holds(tmp_path_factory: pytest.TempPathFactory, rows: list[bytes]) -> None:
    rows = [row.replace(b"\n", b"") for row in rows]
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(b"\n".join(rows))

    found = read_json_lines(path, ["Cliente"], ",")

    wanted = [i for i, row in enumerate(rows, 1) if (row.removeprefix(b"\xef\xbb\xbf") if i == 1 else row).strip()]
    assert found.line.tolist() == wanted
    assert all(len(column) == len(wanted) for column in found.columns.values())


def test_a_first_mapping_of_them_is_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("{}\n")
    with pytest.raises(MappingError, match="guessed from CSV and Parquet"):
        guess_mapping([tmp_path / "t.jsonl"])
