"""Small scores and plans, and short ways to ask what is in a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from inadimplencia_ml.storage import digest, write_json, write_parquet

EVIL = "'; DROP TABLE scores; --"
DAY = pd.Timestamp("2025-06-30")


def scores(clients: Any = ("C1", EVIL, "C3"), probability: float = 0.1, model: str | None = "m@1", **more: Any) -> Any:
    size = len(clients)
    return pd.DataFrame(
        {
            "client_id": list(clients),
            "as_of": [DAY] * size,
            "model_version": [model] * size,
            "probability": [None, *[probability] * (size - 1)],
            "state": ["inactive", *["scoreable"] * (size - 1)],
            "score": pd.array([None, *[600] * (size - 1)], "Int64"),
            "segment": ["none", *["low"] * (size - 1)],
            "cold_start": [False] * size,
            **more,
        }
    )


def plan(clients: Any = ("C1", EVIL, "C3"), items: Any = ("T1", "T2"), policy: str = "p@1") -> dict[str, Any]:
    size = len(clients)
    texts = [['he said "no"', "a\\b", "{x,y}"], [], ["só um, com vírgula"]]
    decisions = pd.DataFrame(
        {
            "client_id": list(clients),
            "as_of": [DAY] * size,
            "decision_id": ["0123456789abcdef"] * size,
            "policy_version": [policy] * size,
            "model_version": ["m@1"] * size,
            "action": ["nothing"] * size,
            "severity": [0] * size,
            "contact_from": [pd.NaT, *[pd.Timestamp("2025-07-01 09:00")] * (size - 1)],
            "requires_approval": [False] * size,
            "amount_due": [0.1 + 0.2] * size,
            "reasons": [texts[i % 3] for i in range(size)],
            "blocked_by": [[]] * size,
            "eligible_actions": [["nothing"]] * size,
            "propensity": [1.0] * size,
        }
    )
    lists = pa.list_(pa.string())
    arrow = pa.Table.from_pandas(decisions, preserve_index=False)
    for name in ("reasons", "blocked_by", "eligible_actions"):
        arrow = arrow.set_column(arrow.schema.get_field_index(name), name, arrow[name].cast(lists))
    titles = pd.DataFrame(
        {
            "client_id": [clients[0]] * len(items),
            "invoice_id": list(items),
            "dpd": [3] * len(items),
            "dpd_original": [3] * len(items),
            "open_amount": [10.0] * len(items),
            "amount_due": [10.2] * len(items),
        }
    )
    return {"decisions": arrow, "decision_items": titles}


def results(folder: Path, parts: list[dict[str, Any]]) -> Path:
    """A folder as a run in parts leaves it."""
    files = {}
    for k, part in enumerate(parts):
        for name, table in part.items():
            arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
            place = folder / name / f"part-{k:05d}.parquet"
            write_parquet(arrow, place)
            files[f"{name}/{place.name}"] = digest(place)
    write_json({"kind": "inadimplencia_ml results", "format": 1, "files": files}, folder / "manifest.json")
    return folder


def asked(address: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    if address.endswith(".duckdb"):
        with duckdb.connect(address) as connection:
            return connection.execute(statement).fetchall()
    import sqlalchemy as sa

    engine = sa.create_engine(address.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        return [tuple(row) for row in result] if result.returns_rows else []
