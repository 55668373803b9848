"""The default policy as prose: ``python tests/policy/review/golden_policy.py`` writes the page again."""

from __future__ import annotations

from pathlib import Path

from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.review.prose import policy_told

PAGE = Path(__file__).with_suffix(".md")
DAY = "2026-11-28"


def rendered() -> str:
    """The page."""
    return policy_told(Policy.default(), DAY)


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
