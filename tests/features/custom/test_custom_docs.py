"""The page on features of one's own: its code runs, top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[3] / "docs" / "custom_features.md"


def test_the_code_of_the_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    names: dict[str, object] = {"__name__": "page"}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)  # the page is ours
    assert "recent" in names
