"""The page on practice: every row is there, and what it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[3]
PAGE = (HOUSE / "docs" / "practice.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| [WSNGT]\d", line)
]
WANTED = {"W": 18, "S": 21, "N": 16, "G": 11, "T": 31}
TESTS = {
    name
    for file in (HOUSE / "tests").rglob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_every_row_is_told_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == [f"{letter}{n + 1}" for letter, many in WANTED.items() for n in range(many)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_files_and_tests_of_a_row_exist(row: list[str]) -> None:
    _, practice, is_here, told, where, test = row
    files, tests = re.findall(r"`([^`]+)`", where), re.findall(r"`([^`]+)`", test)
    assert practice
    assert is_here in ("does", "part", "later", "outside")
    missing = [f for f in files if not ((HOUSE / "src" / "inadimplencia_ml" / f).exists() or (HOUSE / f).exists())]
    assert missing == []
    assert [name for name in tests if name not in TESTS] == []
    if is_here in ("does", "part"):
        assert files
        assert tests
    if is_here == "outside":
        assert "hand-off" in told
    if is_here == "part":
        assert "later" in told or "hand-off" in told or "not" in told or "no model" in told or "comes with" in told
