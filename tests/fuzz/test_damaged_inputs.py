"""A few hundred damaged inputs of each kind: each ends in a result with all rows accounted for, or one clear error."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from effort import tries

KINDS = {
    "csv_bytes": 30,
    "csv_cells": 60,
    "guess": 20,
    "mapping": 40,
    "json_lines": 25,
    "workbooks": 20,
    "parquet": 45,
    "policies": 15,
    "ledger_folder": 30,
    "snapshots": 20,
}


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_input_ends_in_a_result_or_in_one_clear_error(name: str, tmp_path: Path, stock: Path) -> None:
    from kinds import KINDS as ALL
    from verdict import GOOD, judge

    if name == "workbooks":
        pytest.importorskip("python_calamine", reason="needs the extra excel")
    kind = next(kind for kind in ALL if kind.name == name)
    bad = []
    for number in range(tries(KINDS[name])):
        place = tmp_path / str(number)
        place.mkdir()
        case = kind.draw(random.Random(f"7:{name}:{number}"), place, stock)
        if any(words[0] in ("decide", "score") for words in case.commands):
            continue
        verdict = judge(case)
        if verdict.outcome not in GOOD:
            bad.append((number, verdict))
    assert bad == []


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    from kinds import Case
    from verdict import judge

    def broken() -> None:
        raise KeyError("x")

    (tmp_path / "t.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    words = ("import", str(tmp_path / "t.csv"), "--guess", "--json")
    assert judge(Case([], calls=[broken])).outcome == "traceback"
    assert judge(Case([words])).outcome == "refused"
    assert judge(Case([("import", "--no-such-option")])).outcome == "exit 2"


def test_a_planted_name_or_tax_id_is_seen() -> None:
    from stock import name_of, personal, rows_of_invoices, tax_id_of

    assert personal(f"client {name_of('C00003')} is unknown") == "Plantada"
    assert personal(f"x {tax_id_of(7)} y") == tax_id_of(7)
    assert personal("t.csv has no column 'Valor'") is None
    assert personal("\n".join(";".join(row) for row in rows_of_invoices())) is not None
