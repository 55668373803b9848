"""The page on scorecards does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

PAGE = Path(__file__).resolve().parents[3] / "docs" / "scorecard.md"


def test_the_page_runs_from_top_to_bottom() -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(block, names)

    before, after = (len(names[m].card_.features[0].bins.edges) for m in ("model", "again"))
    assert after == before - 1
    assert np.array_equal(names["scores"].sort_values("client_id")["points"], names["model"].score_points(names["X"]))
