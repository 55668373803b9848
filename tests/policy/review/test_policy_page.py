"""The page on the policy: its examples run."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "policy.md"


def test_the_examples_of_the_page_run() -> None:
    flags = doctest.NORMALIZE_WHITESPACE
    ran = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8", optionflags=flags)
    assert ran.attempted > 10
    assert ran.failed == 0
