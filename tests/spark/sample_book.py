"""The sample ledger, its model, and what both give in memory; and how tables are compared to the bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import inadimplencia_ml as iml
from inadimplencia_ml.batch.results import scores_table
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping
from inadimplencia_ml.storage import write_parquet

HOUSE = Path(__file__).parents[2]
DAY, BEFORE = "2025-06-30", "2025-05-31"
KEYS = ("client_id", "invoice_id", "as_of", "view", "member", "kind", "code", "duty", "rule")


@dataclass(frozen=True)
class Sample:
    """Folders that no test may write into, and what a run in memory gives."""

    ledger: iml.Ledger
    folder: Path
    model: Path
    history: Path
    tables: dict[str, pa.Table]


def sample_book(root: Path) -> Sample:
    """The sample book as a ledger folder under ``root``, scored and decided with an earlier run as its history."""
    sample, model = HOUSE / "data" / "sample", HOUSE / "models" / "sample"
    ledger = import_ledger(sorted(sample.glob("*.csv")), read_mapping(sample / "mapping.yaml"))
    made, policy = iml.load_model(model), iml.Policy.default()
    old = made.score(ledger, as_of=BEFORE)
    early = iml.decide(policy, old, ledger, BEFORE)
    write_parquet(scores_table(old), root / "history" / "scores.parquet")
    write_parquet(early.tables["decisions"], root / "history" / "decisions.parquet")
    scores = made.score(ledger, as_of=DAY, history=old)
    plan = iml.decide(policy, scores, ledger, DAY, history=early.decisions)
    tables = {"scores": scores_table(scores), **plan.tables}
    return Sample(ledger, ledger.write(root / "ledger"), model, root / "history", tables)


def same(got: Any, expected: pa.Table) -> None:
    """The same rows, to the bit, whatever their order; ``got`` may be a DataFrame of Spark."""
    table = got if isinstance(got, pa.Table) else got.toArrow()
    assert table.column_names == expected.column_names
    one, other = (in_order(plain(t)) for t in (table, expected))
    assert one.num_rows == other.num_rows
    wrong = [name for name in one.column_names if not one[name].equals(other[name])]
    assert wrong == []


def plain(table: pa.Table) -> pa.Table:
    """Texts without encodings, moments in microseconds, dates as dates: what a type on disk may say otherwise."""
    fields = []
    for field in table.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        kind = pa.string() if pa.types.is_large_string(kind) else kind
        kind = pa.timestamp("us") if pa.types.is_timestamp(kind) else kind
        kind = pa.list_(pa.string()) if pa.types.is_list(kind) else kind
        fields.append(pa.field(field.name, pa.date32() if field.name == "as_of" else kind))
    return table.cast(pa.schema(fields), safe=False)


def in_order(table: pa.Table) -> pa.Table:
    """Rows in the order of their keys, and of all else that is text where a key comes twice."""
    keys = [name for name in KEYS if name in table.column_names]
    texts = pa.table({name: table[name].cast(pa.string()) for name in keys})
    order = pa.compute.sort_indices(texts, sort_keys=[(name, "ascending") for name in keys])
    return table.take(order).combine_chunks()
