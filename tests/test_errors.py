"""Messages: a near name helps, and no name of a column is shown where it may be a client's value."""

from __future__ import annotations

from inadimplencia_ml.errors import did_you_mean, names_told


def test_names_of_columns_are_told_unless_one_looks_like_a_value() -> None:
    hidden = "(not shown: they look like values; is there a line of names?)"
    assert names_told(["Cliente", "Valor"]) == "'Cliente', 'Valor'"
    for value in ("52998224725", "31/01/2025", "1.234,50", "2025-01-31", "T0001"):
        assert names_told(["Maria da Silva", value]) == hidden


def test_names_without_end_are_cut() -> None:
    told = names_told(["".join(chr(97 + int(digit)) for digit in str(k)) for k in range(100_000)])
    assert told.endswith("and 99,960 more")
    assert len(told) < 2_000
    assert len(names_told(["\x00" * 10_000] * 300)) < 2_000


def test_a_hint_names_no_value_and_does_not_look_through_names_without_end() -> None:
    assert did_you_mean("amount", ["amounts", "Maria 00012"]) == " Did you mean 'amounts'?"
    assert did_you_mean("zzz", ["Maria 00012", "01/02/2025"]) == ""
    assert did_you_mean("c5", (f"c{k}" for k in range(10**9))) != ""
