"""The page on amounts and offers: its examples run, and it tells every part of a balance."""

from __future__ import annotations

import doctest
from pathlib import Path

from inadimplencia_ml.policy.amounts.balance import updated_balance
from inadimplencia_ml.policy.policy import Policy

PAGE = Path(__file__).resolve().parents[2] / "docs" / "amounts.md"


def test_the_examples_of_the_page_run() -> None:
    ran = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert ran.attempted > 10
    assert ran.failed == 0


def test_the_page_names_every_part_of_a_balance() -> None:
    text, names = PAGE.read_text(encoding="utf-8"), ("correction", "fine", "interest", "discount", "reduction", "total")
    assert [name for name in names if f"`{name}`" not in text] == []
    assert updated_balance.__doc__ is not None
    assert [name for name in names if name not in updated_balance.__doc__] == []
    assert Policy.default().amounts is not None
