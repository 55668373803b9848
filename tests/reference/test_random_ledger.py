"""The nasty ledgers are nasty enough, and the same from the same seed."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from reference.ledger_items import count_items
from reference.random_ledger import random_ledger

SEEDS = range(20)
RARE = 0.01


@pytest.fixture(scope="module")
def shares() -> dict[tuple[str, str], float]:
    """The share of the rows of its table that each item has, over all seeds."""
    found, total = Counter[tuple[str, str]](), Counter[str]()
    for seed in SEEDS:
        items, rows = count_items(*random_ledger(seed))
        found.update(items)
        total.update(rows)
    return {key: found[key] / total[key[0]] for key in found}


def test_each_item_is_in_at_least_one_row_of_a_hundred(shares: dict[tuple[str, str], float]) -> None:
    rare = {key: round(share, 4) for key, share in shares.items() if share < RARE}
    assert len(shares) > 120
    assert rare == {}


def test_the_same_seed_writes_the_same_ledger() -> None:
    once, again = random_ledger(3), random_ledger(3)
    for name in once[0]:
        pd.testing.assert_frame_equal(once[0][name], again[0][name])
    pd.testing.assert_frame_equal(once[1], again[1])
    assert once[2] == again[2] == {"calendar": "BR"}
