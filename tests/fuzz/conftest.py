"""What these tests damage, made once a session: a small export, a ledger, a model, and the fuzzer itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.storage import write_parquet

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "fuzz"))

DAY = "2025-03-31"


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inputs of the fuzzer that need no training."""
    from stock import COLUMNS, rows_of_invoices

    root = tmp_path_factory.mktemp("stock")
    header, *rows = rows_of_invoices()
    columns = {ours: [row[header.index(theirs)] for row in rows] for ours, theirs in COLUMNS.items()}
    for name in ("issue_date", "due_date", "paid_date"):
        columns[name] = ["-".join(reversed(day.split("/"))) if day else None for day in columns[name]]
    columns["amount"] = [float(k + 1) for k in range(len(rows))]
    import pandas as pd

    ledger = iml.Ledger(pd.DataFrame(columns), known_until=DAY)
    folder = ledger.write(root / "ledger")
    for name, table in ledger.all_tables().items():
        write_parquet(table, root / "plain" / f"{name}.parquet")
    iml.partition_ledger(folder, root / "partitions", rows_a_partition=4)
    pd.DataFrame(iml.make_snapshots(ledger, DAY)).to_parquet(root / "snapshots.parquet")
    return root
