"""Rows in the order of groups: the same as picked out group by group."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from inadimplencia_ml.ledger.regrouped import places, regrouped


def table_of(rows: int, rng: np.random.Generator) -> pa.Table:
    gone = rng.random(rows) < 0.3
    return pa.table(
        {
            "long": pa.array(rng.integers(0, 9, rows)),
            "amount": pa.array(rng.random(rows), mask=gone),
            "day": pa.array(rng.integers(0, 9, rows).astype(np.int32), pa.date32(), mask=~gone),
            "small": pa.array(rng.integers(0, 9, rows).astype(np.int8)),
            "text": pa.array([f"T{k}" for k in range(rows)], mask=gone),
            "flag": pa.array(gone),
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_rows_go_to_their_groups_in_the_order_they_had(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 5, 83).astype(np.int32)
    table = table_of(90, rng).slice(7)  # whose arrays do not begin at their first value
    start = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=5))]).astype(np.int32)
    place = places(group.copy(), start)
    assert place is not None
    made = regrouped(table, place)
    made.validate(full=True)
    assert made.equals(table.take(pa.array(np.argsort(group, kind="stable"))).combine_chunks())


def test_rows_in_order_stay() -> None:
    assert places(np.array([0, 0, 2], np.int32), np.array([0, 2, 2, 3], np.int32)) is None
