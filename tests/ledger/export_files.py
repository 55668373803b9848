"""Small export files for the tests of the import, and short ways to say what came of them."""

import datetime as dt
from pathlib import Path

import yaml

from inadimplencia_ml.ledger.importing import Imported, import_files
from inadimplencia_ml.ledger.mapping import Mapping, parse_mapping

HEADER = "Cliente;Título;Emissão;Vencimento;Valor"
COLUMNS = {
    "client_id": "Cliente",
    "invoice_id": "Título",
    "issue_date": "Emissão",
    "due_date": "Vencimento",
    "amount": "Valor",
}


def mapping_of(*entries: dict, **ledger) -> Mapping:
    files = [{"file": "t*.csv", "table": "invoices", "columns": COLUMNS} | entry for entry in entries or ({},)]
    return parse_mapping(yaml.safe_dump({"ledger": ledger, "files": files}, allow_unicode=True))


def imported(folder: Path, text: str | bytes, entry: dict | None = None, name: str = "titulos.csv") -> Imported:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_files([path], mapping_of(entry or {}))


def lines(*rows: str, header: str = HEADER, end: str = "\n") -> str:
    return end.join([header, *rows]) + end


def told(one: Imported, table: str = "invoices") -> list[tuple]:
    return [
        (p["line"], p["column"], p["value"], p["outcome"], p["code"]) for p in one.admitted[table].problems.to_pylist()
    ]


def rows_of(one: Imported, table: str = "invoices") -> list[dict]:
    return one.admitted[table].table.to_pylist()


ROW = {
    "client_id": "C1",
    "invoice_id": "001",
    "issue_date": dt.date(2025, 1, 2),
    "due_date": dt.date(2025, 2, 3),
    "amount": 1234.5,
}
