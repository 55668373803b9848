"""The library against the slow reference, cell by cell, on ledgers that hold what no well-kept book holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from effort import seeds
from inadimplencia_ml import Ledger, build_features
from reference.random_ledger import random_ledger
from reference.slow_features import slow_features

KEYS = ["client_id", "as_of", "view"]
SHOWN = 8


def differences(expected: pd.DataFrame, got: pd.DataFrame) -> list[str]:
    """Each cell that differs, in words."""
    names = [c for c in expected.columns if c not in KEYS]
    a, b = expected[names].to_numpy(float), got[names].to_numpy(float)
    out = []
    for row, column in np.argwhere(~np.isclose(b, a, rtol=1e-9, atol=1e-9, equal_nan=True)):
        key = ", ".join(str(expected.at[row, k]) for k in KEYS)
        out.append(f"{names[column]} of {key}: expected {a[row, column]!r}, got {b[row, column]!r}")
    return out


@pytest.mark.parametrize("seed", seeds(20))
def test_every_feature_is_what_its_definition_says(seed: int) -> None:
    tables, snapshots, settings = random_ledger(seed)
    expected = slow_features(tables, snapshots, **settings)
    got = build_features(Ledger(**tables, **settings), snapshots)
    assert got["client_id"].tolist() == expected["client_id"].tolist()
    assert pd.to_datetime(got["as_of"]).dt.date.tolist() == expected["as_of"].tolist()
    assert got["view"].tolist() == expected["view"].tolist()
    wrong = differences(expected, got)
    if wrong:
        pytest.fail(f"{len(wrong)} cells differ:\n" + "\n".join(wrong[:SHOWN]), pytrace=False)


def test_the_columns_stand_first_and_in_the_order_of_the_design() -> None:
    tables, snapshots, settings = random_ledger(0)
    names = [c for c in slow_features(tables, snapshots.head(1), **settings).columns if c not in KEYS]
    got = build_features(Ledger(**tables, **settings), snapshots[["client_id", "as_of"]].head(1)).drop(columns=KEYS[:2])
    assert [c for c in got.columns if c not in KEYS][: len(names)] == names
    assert {str(got[name].dtype) for name in names} == {"float64"}


def test_a_cell_that_differs_is_named_with_both_values() -> None:
    tables, snapshots, settings = random_ledger(1, clients=1)
    expected = slow_features(tables, snapshots, **settings)
    wrong = expected.assign(dpd_max=expected["dpd_max"].where(expected.index != 2, 7777.0))
    (message,) = differences(expected, wrong)
    assert message.startswith(
        f"dpd_max of {expected.at[2, 'client_id']}, {expected.at[2, 'as_of']}, end_of_day: expected "
    )
    assert message.endswith("got np.float64(7777.0)")
