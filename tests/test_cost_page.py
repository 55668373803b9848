"""The page on cost says what its script computes from the recorded runs, and the script computes what the page says."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).resolve().parents[1]
RUN = """wall 40.0 s, peak 1.50 GB; starting 1.0, dealing out 9.5, deciding 29.5; in the working processes: scoring 50.5
| 2026-11-29 | 0.1.0 | 10,000,000 invoices, 200,000 clients, 11 parts | 40.0 | 1.50 | 0.20 |
"""


@pytest.fixture(scope="module")
def cost() -> dict[str, Any]:
    return runpy.run_path(str(HOUSE / "benchmarks" / "scale" / "cost.py"))


def test_the_page_holds_the_tables_that_the_script_makes_of_the_record(cost: dict[str, Any]) -> None:
    page = (HOUSE / "docs" / "cost.md").read_text(encoding="utf-8")
    assert cost["filled"](page, cost["read_record"]()) == page


def test_the_calculation_is_that_of_the_pages_words(cost: dict[str, Any]) -> None:
    run = {"invoices": 10_000_000, "clients": 200_000, "cores": 2, "wall_s": 36.0, "peak_gb": 1.0}
    values = {"clients": 1e9, "cores": 500, "cores_a_machine": 10, "gigabit_a_machine": 4, "spark_factor": 3.0}
    values |= {"skew_factor": 1.5, "failure_factor": 2.0, "shuffle_bytes_an_invoice": 90, "price_a_core_hour": 0.5}
    record = {"runs": [run, run | {"wall_s": 72.0}, run | {"cores": 1, "wall_s": 1.0}],
              "assumptions": {name: {"value": value, "why": ""} for name, value in values.items()}}  # fmt: skip
    got = cost["calculated"](record)

    assert cost["core_seconds"](run) == pytest.approx(360.0)  # 36 s on 2 cores for a fifth of a million
    assert (got["plain_low"], got["plain_high"]) == pytest.approx((100.0, 200.0))
    assert got["shuffle_tb"] == pytest.approx(4.5)  # 50 thousand million invoices of 90 bytes
    assert got["shuffle_h"] == pytest.approx(0.05)  # 36 Tbit over 50 machines of 4 Gbit/s: 180 s
    assert got["hours_low"] == pytest.approx(100 * 9 / 500 + 0.05)
    assert got["price_high"] == pytest.approx((200 * 9 / 500 + 0.05) * 500 * 0.5)
    assert cost["calculated"](record, 1.0)["price_high"] == pytest.approx(2 * got["price_high"])


def test_what_a_run_told_is_taken_as_it_stands(cost: dict[str, Any]) -> None:
    (one,) = cost["runs_in"](RUN, 2)
    assert (one["invoices"], one["clients"], one["parts"], one["cores"]) == (10_000_000, 200_000, 11, 2)
    assert (one["wall_s"], one["peak_gb"], one["date"]) == (40.0, 1.5, "2026-11-29")
    assert one["steps"] == {"starting": 1.0, "dealing out": 9.5, "deciding": 29.5}
    assert one["inside"] == {"scoring": 50.5}
