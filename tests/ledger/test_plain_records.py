"""Records that are plainly right are read as the door reads them; whatever is not is left to the door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import tries
from inadimplencia_ml.ledger.door import admit
from inadimplencia_ml.ledger.plain_records import plain_table
from inadimplencia_ml.tables import ATTRIBUTES, LEDGER_TABLES

DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2025, 6, 30))
TEXTS = (
    "|| |\u00a0|\u2003|C 1|ç|9999-12-31|2025-1-2|20250102|2025-W01-1|2025-01-02T10:00|2025-02-30|NaN|1e3|1,50|sp |USD"
)
NUMBERS = (True, 0, -1, 0.001, -0.0, 1e13, 2**63, 2**70, 3.5, float("nan"), float("inf"))
MOMENTS = (dt.date(1899, 1, 1), dt.datetime(2025, 1, 2, 10), dt.datetime(2025, 1, 2, tzinfo=dt.UTC))
ODD = st.sampled_from([*TEXTS.split("|"), *NUMBERS, *MOMENTS, b"x", [1]])
PLAIN: dict[str, Any] = {
    "id": st.text("ABC19", min_size=1, max_size=6),
    "text": st.sampled_from(["boleto", "SP", "PF", "payment", "outbound", "BRL", "promise", "ação"]),
    "date": st.one_of(DAYS.map(str), DAYS),
    "datetime": st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2025, 1, 1)).map(
        lambda d: d.isoformat(" ", "minutes")
    ),
    "amount": st.integers(1, 10_000_000).map(lambda cents: cents / 100),
    "number": st.one_of(st.floats(-1e6, 1e6), st.integers(0, 9)),
    "count": st.integers(0, 99),
    "bool": st.booleans(),
}


@st.composite
def rows_of(draw: st.DrawFn, name: str, odd: bool) -> list[dict[str, Any]]:
    """Rows of a table: each column of one kind, as JSON or Python would give it; here and there something odd."""
    table = LEDGER_TABLES.get(name, ATTRIBUTES)
    further = [c.name for c in table.columns if not c.required and c.name not in ("uf", "currency", "tax_id")]
    chosen = draw(st.lists(st.sampled_from(further), unique=True, max_size=5)) if further else []
    kinds = {c: table.kind_of(c) for c in (*table.required, *chosen)}
    kinds |= {"amount": "amount"} if name == "invoices" else {"invoice_id": "id"} if name == "payments" else {}
    kinds |= {"points": "count", "level": "text"} if table.open_columns and draw(st.booleans()) else {}
    n = draw(st.integers(1, 4))
    rows: list[dict[str, Any]] = [{} for _ in range(n)]
    for column, kind in kinds.items():
        values = PLAIN[kind] if kind != "date" else draw(st.sampled_from([DAYS.map(str), DAYS]))
        empty = st.none() if column in chosen else st.nothing()
        for i, row in enumerate(rows):
            row[column] = draw(st.one_of(values, empty))
            if column == "invoice_id" and name == "invoices":
                row[column] = f"T{i}"
    if odd:
        row = draw(st.sampled_from(rows))
        row[draw(st.sampled_from(list(kinds)))] = draw(ODD)
    return rows


@pytest.mark.parametrize("name", ["invoices", "payments", "clients", "contacts", "agreements", "bureau"])
@settings(max_examples=tries(90), deadline=None)
@given(data=st.data())
def test_what_is_read_at_once_is_what_the_door_reads(name: str, data: st.DataObject) -> None:
    odd = data.draw(st.booleans())
    rows = data.draw(rows_of(name, odd))
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = LEDGER_TABLES.get(name, ATTRIBUTES)
    found = plain_table(table, rows, columns, "BRL")
    if found is None:
        return
    through = admit(table, columns_of(rows, columns), timezone="America/Sao_Paulo", name=name, currency="BRL")

    assert through.counts["rejected"] == through.counts["duplicate"] == 0
    assert found.schema.equals(through.table.schema), (found.schema, through.table.schema)
    assert found.equals(through.table)


def columns_of(rows: list[dict[str, Any]], columns: list[str]) -> pa.Table:
    return pa.table({c: pa.array([row.get(c) for row in rows], from_pandas=True) for c in columns})


def test_ordinary_records_need_no_door() -> None:
    invoice = {"client_id": "C1", "invoice_id": "T1", "issue_date": "2025-01-02", "due_date": "2025-02-03"}
    told: dict[str, list[dict[str, Any]]] = {
        "invoices": [invoice | {"amount": 1200, "uf": "SP", "known_on": "2025-01-02"}],
        "payments": [{"invoice_id": "T1", "payment_date": "2025-02-10", "amount": 1200.0, "kind": "payment"}],
        "clients": [{"client_id": "C1", "kind": "PJ", "since": "2020-01-01", "income": 10.5, "is_consumer": False}],
        "contacts": [{"client_id": "C1", "contacted_at": "2025-02-04T10:30", "channel": "email"}],
    }
    for name, rows in told.items():
        assert plain_table(LEDGER_TABLES[name], rows, list(rows[0]), "BRL") is not None, name


@pytest.mark.parametrize(
    "changed",
    [
        {"issue_date": "02/01/2025"},
        {"issue_date": "2025-01-02T10:00:00-03:00"},
        {"amount": "1200,50"},
        {"amount": 10.001},
        {"amount": -1.0},
        {"client_id": ""},
        {"client_id": None},
        {"uf": "sp"},
        {"currency": "USD"},
        {"due_date": "9999-12-31"},
        {1: "a name that is no text"},
    ],
)
def test_whatever_is_not_plain_is_left_to_the_door(changed: dict[Any, Any]) -> None:
    invoice = {
        "client_id": "C1",
        "invoice_id": "T1",
        "issue_date": "2025-01-02",
        "due_date": "2025-02-03",
        "amount": 1.0,
    }
    row = invoice | changed

    assert plain_table(LEDGER_TABLES["invoices"], [row], list(row), "BRL") is None


def test_a_second_row_of_an_invoice_is_left_to_the_door() -> None:
    invoice = {
        "client_id": "C1",
        "invoice_id": "T1",
        "issue_date": "2025-01-02",
        "due_date": "2025-02-03",
        "amount": 1.0,
    }
    later = invoice | {"due_date": "2025-03-03", "known_on": "2025-01-20"}

    assert plain_table(LEDGER_TABLES["invoices"], [invoice, later], list(later), "BRL") is None
