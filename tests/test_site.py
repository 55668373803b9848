"""The documentation site: every public name has its place, every page its entry, and the beginners' code runs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import inadimplencia_ml as iml
from effort import long_run

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def pages_of(entry: Any) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    inside = entry.values() if isinstance(entry, dict) else entry
    return [page for one in inside for page in pages_of(one)]


def test_every_public_name_stands_in_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    told = re.findall(r"^::: inadimplencia_ml\.[\w.]+\.(\w+)$", text, re.MULTILINE)
    assert sorted(told) == sorted(set(told))
    assert set(told) == set(iml.__all__) - {"__version__"}


def test_every_page_has_its_entry() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert set(pages_of(site["nav"])) == pages


@long_run
@pytest.mark.parametrize("page", ["tutorial.md", "how_to/data_scientist.md", "how_to/application_developer.md"])
def test_the_code_of_the_page_runs(page: str, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book)
    names: dict[str, Any] = {}
    for block in re.findall(
        r"^```python\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        exec(block, names)  # the page is ours
    if page == "tutorial.md":
        assert len(names["plan"].decisions) == len(names["scores"])
    elif page == "how_to/data_scientist.md":
        assert ((names["probability"] > 0) & (names["probability"] < 1)).all()
    else:
        assert 0 < names["answer"]["probability"] < 1


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the tutorial's reader has it: the sample's ledger in out/, the sample's model in models/."""
    folder = tmp_path_factory.mktemp("reader")
    sample = ROOT / "data" / "sample"
    found = iml.import_ledger(sorted(sample.glob("*.csv")), iml.read_mapping(sample / "mapping.yaml"))
    found.write(folder / "out" / "ledger")
    shutil.copytree(ROOT / "models" / "sample", folder / "models" / "sample")
    return folder
