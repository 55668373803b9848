"""The records of parts that are done are read from disk: what is none, or leads elsewhere, is told with its remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inadimplencia_ml.batch.journal import Journal
from inadimplencia_ml.errors import CallError

GOOD: dict[str, Any] = {
    "tables": {},
    "states": [["scoreable", "low", 3]],
    "actions": [["E1", "message", 2]],
    "beyond": 0,
    "last": 1,
    "first": 0,
}


def journal(folder: Path, record: Any, name: str = "00000.json") -> Journal:
    made = Journal(folder)
    made.begin({}, resume=False)
    (made._done / name).write_text(json.dumps(record))
    return made


def test_a_good_record_is_read(tmp_path: Path) -> None:
    assert journal(tmp_path, GOOD).done() == {0: GOOD}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"tables": {"../../x": {"rows": 1, "sha256": "0" * 64}}}, "00000.json"),
        ({"tables": {"scores": {"rows": 1}}}, "00000.json"),
        ({"tables": {"scores": {"rows": 1, "sha256": "0"}}}, "00000.json"),
        ({"tables": {"scores": 1.5}}, "00000.json"),
        ({"states": [["scoreable", "low", "x"]]}, "00000.json"),
        ({"states": [["scoreable", ["low"], 1]]}, "00000.json"),
        ({"states": [["a", "b", 1], ["a", "b", "c", 1]]}, "00000.json"),
        ({"actions": [[1, 2, 3, 4, 5]]}, "00000.json"),
        ({"beyond": None}, "00000.json"),
        ({}, "soon.json"),
    ],
)
def test_what_is_no_record_is_told_with_its_remedy(tmp_path: Path, change: dict[str, Any], name: str) -> None:
    with pytest.raises(CallError, match=r"is no record of a part\. Delete it and run again with --resume"):
        journal(tmp_path, GOOD | change, name).done()


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "", "[]"])
def test_a_record_or_a_plan_that_is_no_json_is_told(tmp_path: Path, text: str) -> None:
    made = journal(tmp_path, GOOD)
    (made._done / "00000.json").write_text(text)
    with pytest.raises(CallError):
        made.done()
    (made.folder / "plan.json").write_text(text)
    with pytest.raises(CallError):
        Journal(tmp_path).begin({"a": 1}, resume=True)
