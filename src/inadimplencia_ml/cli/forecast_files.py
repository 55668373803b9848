"""A forecast as files: a row an open invoice, cash by day, and a manifest of what they came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.cli.places import FORECAST
from inadimplencia_ml.storage import digest, write_json, write_parquet

__all__ = ["FORMAT", "write_forecast"]

FORMAT = 1


def write_forecast(out: Path, invoices: pd.DataFrame, cash: pd.DataFrame, about: dict[str, Any]) -> None:
    """Writes ``forecast.parquet`` and ``cash.parquet``; the manifest holds no clock, no path, no host."""
    files = {}
    for name, frame in (("forecast", invoices), ("cash", cash)):
        write_parquet(_dated(frame), out / f"{name}.parquet")
        files[f"{name}.parquet"] = digest(out / f"{name}.parquet")
    write_json({"kind": FORECAST, "format": FORMAT, "files": files} | about, out / "manifest.json")


def _dated(frame: pd.DataFrame) -> pa.Table:
    """The table with days as dates, not as times."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for at, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(at, column.name, table.column(at).cast(pa.date32(), safe=False))
    return table.replace_schema_metadata(None)
