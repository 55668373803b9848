"""Which partition an invoice is in: buckets of keys on the disk against a dictionary in plain Python."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from effort import seeds
from inadimplencia_ml.ledger import owners
from inadimplencia_ml.ledger.owners import NOBODY, Owners

DAY = dt.date(2025, 1, 1)


def written(folder: Path, name: str, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table(columns), folder / f"{name}.parquet", row_group_size=37)
    return folder / f"{name}.parquet"


def looked_up(folder: Path, invoices: Path, own: list[int | None], others: Path) -> tuple[list[int], list[int]]:
    """The partitions of the rows of invoices and of another file, whose rows lie in 7 by themselves."""
    mine = np.array([NOBODY if one is None else one for one in own], np.uint16)
    with duckdb.connect() as connection:
        found = Owners(connection, invoices, mine, folder)
        part = np.full(pq.read_metadata(others).num_rows, 7, np.uint16)
        found.put_into(part, others)
    assert not list(folder.glob("rows*"))
    return mine.tolist(), part.tolist()


@pytest.mark.parametrize("bucket", [10, 10**6], ids=["many buckets", "one bucket"])
@pytest.mark.parametrize("seed", seeds(6))
def test_rows_go_where_the_client_is_that_their_invoice_names_first(
    seed: int, bucket: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owners, "_A_BUCKET", bucket)
    rng = np.random.default_rng(seed)
    kind = (str, int, float)[seed % 3]
    rows, ids = 300, rng.integers(0, 150, 300)
    text = [None if rng.random() < 0.05 else kind(i) for i in ids]
    own = [None if rng.random() < 0.2 else int(rng.integers(0, 2) if rng.random() < 0.3 else i % 5) for i in ids]
    known = [None if rng.random() < 0.2 else DAY + dt.timedelta(int(rng.integers(0, 4))) for _ in range(rows)]
    invoices = written(tmp_path, "invoices", {"invoice_id": text, "known_on": pa.array(known, pa.date32())})
    asked = [None if rng.random() < 0.1 else kind(i) for i in rng.integers(0, 200, rows)]
    others = written(tmp_path, "payments", {"invoice_id": asked})

    first: dict[Any, tuple[Any, int]] = {}
    for at, (invoice, part) in enumerate(zip(text, own, strict=True)):
        if invoice is not None and part is not None:
            first[invoice] = min(first.get(invoice, (("9",), 0)), ((str(known[at] or ""), at), part))
    mine, theirs = looked_up(tmp_path, invoices, own, others)
    for invoice, part, got in zip(text, own, mine, strict=True):
        assert got == (first[invoice][1] if invoice in first else NOBODY if part is None else part)
    assert theirs == [first[invoice][1] if invoice in first else 7 for invoice in asked]


def test_ids_of_which_half_the_key_is_the_same_are_told_apart() -> None:
    keys = owners._records(
        owners._OWNER,
        a=np.array([5, 5, 3, 5], np.uint64),
        b=np.array([9, 2, 1, 9], np.uint64),
        part=np.array([1, 2, 3, 1], np.uint16),
    )
    known = keys[owners._order(keys)]
    assert known["part"].tolist() == [3, 2, 1, 1]
    assert owners._firsts(known).tolist() == [0, 1, 2]
    wanted = owners._records(
        owners._OWNER, a=np.array([5, 5, 5, 4], np.uint64), b=np.array([9, 2, 4, 1], np.uint64), part=np.zeros(4)
    )
    assert owners._places(known, wanted).tolist() == [2, 1, -1, -1]


def test_a_file_without_ids_of_invoices_puts_nothing(tmp_path: Path) -> None:
    invoices = written(tmp_path, "invoices", {"client_id": ["A", "B"]})
    others = written(tmp_path, "payments", {"invoice_id": ["T1"]})
    assert looked_up(tmp_path, invoices, [0, 1], others) == ([0, 1], [7])
