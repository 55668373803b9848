"""The default policy, resolved: nothing changes in anybody's treatment unseen."""

from __future__ import annotations

from golden_plan import PAGE, rendered


def test_the_resolved_ladder_is_as_it_was_read_last() -> None:
    assert rendered() == PAGE.read_text(encoding="utf-8"), (
        "if meant: python tests/policy/golden_plan.py, and read the diff"
    )
