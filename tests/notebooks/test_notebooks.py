"""The notebooks: they talk and call, are kept without outputs, and run top to bottom on the sample."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

HOUSE = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))
MOST_LINES = 5
SECONDS_A_CELL = 600  # a busy machine is no reason to fail

a_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_of(path: Path) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def long_definitions(source: str) -> Iterator[str]:
    """What a cell defines in more lines than a reader skips over."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_LINES:
                yield f"{getattr(node, 'name', 'lambda')} has {lines} lines"


def printed(cell: nbformat.NotebookNode) -> str:
    """All that a cell showed, as plain text."""
    shown = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return "\n".join(shown)


def test_the_notebooks_are_numbered_without_a_gap() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{k:02d}_" for k in range(1, len(NOTEBOOKS) + 1)]
    assert NOTEBOOKS


@a_notebook
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    kept = [cell.id for cell in code_of(path) if cell.outputs or cell.execution_count is not None]
    assert kept == []


@a_notebook
def test_a_notebook_defines_nothing_long(path: Path) -> None:
    assert [fault for cell in code_of(path) for fault in long_definitions(cell.source)] == []


def test_a_long_definition_is_seen() -> None:
    body = "\n".join(f"    step({k})" for k in range(MOST_LINES))
    assert list(long_definitions(f"def long():\n{body}")) == ["long has 6 lines"]
    assert list(long_definitions("def short():\n    return 1")) == []


@pytest.mark.slow
@a_notebook
def test_a_notebook_runs_top_to_bottom_and_ends_in_a_score(path: Path, tmp_path: Path) -> None:
    shutil.copytree(HOUSE / "data" / "sample", tmp_path / "data" / "sample")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(path, folder)
    notebook = nbformat.read(folder / path.name, as_version=4)

    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources=where).execute()

    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [output.ename for cell in cells for output in cell.outputs if output.output_type == "error"] == []
    found = re.search(r"^Escore (\d+) \(0 a 1000", printed(cells[-1]), re.MULTILINE)
    assert found is not None, printed(cells[-1])
    assert 0 <= int(found[1]) <= 1000
    assert [file.name for file in folder.iterdir()] == [path.name], "a notebook leaves nothing beside itself"
