"""Rows for the tests of the door, and short ways to say what came of them."""

import pyarrow as pa

from inadimplencia_ml.ledger.door import Admitted, admit
from inadimplencia_ml.tables import INVOICES, Table

TIMEZONE = "America/Sao_Paulo"
GOOD = {
    "client_id": "C1",
    "invoice_id": "T1",
    "issue_date": "2025-01-02",
    "due_date": "2025-02-03",
    "amount": 100.0,
}


def door(table: Table, rows: list[dict], **settings) -> Admitted:
    columns = dict.fromkeys(name for row in rows for name in row)
    frame = pa.table({name: pa.array([row.get(name) for row in rows]) for name in columns})
    return admit(table, frame, timezone=TIMEZONE, **settings)


def invoices(*changes: dict, **settings) -> Admitted:
    rows = [GOOD | {"invoice_id": f"T{i}"} | change for i, change in enumerate(changes)]
    return door(INVOICES, rows, **settings)


def codes(admitted: Admitted) -> list[tuple[int, str, str, str]]:
    return [(p["row"], p["column"], p["outcome"], p["code"]) for p in admitted.problems.to_pylist()]


def counts(admitted: Admitted) -> tuple[int, int, int, int]:
    c = admitted.counts
    assert c["rows"] == c["accepted"] + c["flagged"] + c["rejected"] + c["duplicate"]
    return c["accepted"], c["flagged"], c["rejected"], c["duplicate"]


PAID = {"invoice_id": "T1", "payment_date": "2025-02-03", "amount": 100.0}
