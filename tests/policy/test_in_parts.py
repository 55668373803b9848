"""A plan made in parts is the plan made at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from prose import MONDAY, tables_of

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.decide import decide
from inadimplencia_ml.policy.in_parts import decide_in_parts, parts_of
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.storage import read_parquet

POLICY = Policy.default()
BOOK: list[dict[str, Any]] = [
    {"segment": "high", "dpd": 20, "profile": "P5"},
    {"segment": "low", "dpd": -2, "on_time_streak": 7},
    {"segment": "medium", "titles": [{"dpd": 50, "amount": 400.0}, {"dpd": 3, "amount": 90.0}]},
    {"segment": "none", "state": "inactive"},
    {"segment": "high", "dpd": 95, "profile": "P6", "contacts_90d": 5},
]
RECORD = {"kind": "protest", "requested_on": "2024-11-04", "effective_on": "2024-11-11", "settled_on": "2025-03-07"}
RECORDS = pd.DataFrame([{"client_id": c, "invoice_id": f"{c}-9"} | RECORD for c in ("C5", "C1", "GONE")])
REACH = pd.DataFrame([{"client_id": "C3", "channel": "sms", "hour": 16, "tried": 5, "answered": 5}])


@pytest.mark.parametrize("rows", [1, 2, 4, 100])
def test_parts_of_any_size_give_the_plan_of_the_whole_book(rows: int, tmp_path: Path) -> None:
    tables = tables_of(BOOK)
    shuffled = tables._replace(scores=tables.scores.iloc[::-1].reset_index(drop=True))
    beside = {"records": RECORDS, "reach": REACH}
    whole = decide(POLICY, *shuffled, as_of=MONDAY, **beside)
    counts = decide_in_parts(POLICY, parts_of(*shuffled, rows=rows, **beside), tmp_path / "plan", as_of=MONDAY)
    for name, table in whole.tables.items():
        got = read_parquet(tmp_path / "plan" / name)
        assert counts[name] == table.num_rows
        order = "ascending" if name == "duties" else None  # told in the order of the records, part by part
        one, other = (t.sort_by([("client_id", order), ("duty", order)]) if order else t for t in (got, table))
        assert one.to_pylist() == other.to_pylist(), name


def test_parts_are_taken_one_after_the_other(tmp_path: Path) -> None:
    taken: list[int] = []

    def read() -> Any:
        for number, part in enumerate(parts_of(*tables_of(BOOK), rows=2)):
            assert len(list(tmp_path.rglob("decisions/part-*.parquet"))) == number
            taken.append(len(part["cases"]))
            yield part

    decide_in_parts(POLICY, read(), tmp_path / "plan", as_of=MONDAY)
    assert taken == [2, 2, 1]


def test_where_a_part_is_wrong_nothing_is_left_behind(tmp_path: Path) -> None:
    tables = tables_of(BOOK)
    good = {"scores": tables.scores, "cases": tables.cases, "titles": tables.titles}
    with pytest.raises(CallError):
        decide_in_parts(POLICY, [good, good | {"scores": tables.scores.iloc[:2]}], tmp_path / "plan", as_of=MONDAY)
    with pytest.raises(CallError, match="there is none"):
        decide_in_parts(POLICY, [], tmp_path / "plan", as_of=MONDAY)
    with pytest.raises(CallError, match="at least one case"):
        next(parts_of(*tables, rows=0))
    assert list(tmp_path.iterdir()) == []
