"""The notebooks: they talk and call, run top to bottom on the sample, and show nothing but what such a run gives."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from effort import long_run

HOUSE = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((HOUSE / "notebooks").glob("*.ipynb"))
MOST_LINES = 5
SECONDS_A_CELL = 600  # a busy machine is no reason to fail
ENDINGS = {
    "01_do_erp_ao_escore": r"^Escore (?P<score>\d+) \(0 a 1000",
    "02_historia_de_pagamento": r"^Resposta: (.|\n)*?(?P<late>\d+) % dos que(.|\n)* e (?P<rest>\d+) % dos demais",
    "03_treinar_e_julgar": r"^Resposta: em meses que não viu(.|\n)*?estão (?P<caught>\d+) % do dinheiro",
    "04_por_que_este_escore": r"^Resposta: o cliente C\d+ ficou com (?P<score>\d+) pontos(.|\n)*levaria o escore",
    "05_mudar_a_politica": r"^Resposta: (?P<changed>\d+) de \d+ clientes mudam; (?P<calls>\d+) ligações a menos",
    "06_campeao_e_desafiante": r"^Resposta: (sim|ainda não); a diferença de perda logarítmica vai de",
}
"""How each notebook ends: what its last cell prints."""
OF_THE_ARITHMETIC = re.compile(r"(?<=#)[0-9a-f]{12}\b|(?<=pedido: )[0-9a-f]{12}\b|(?<=decisão )[0-9a-f]{16}\b")
"""Digests of a model and of what it answers: another processor rounds the last digit otherwise, which shows there."""
OF_A_MACHINE = re.compile(r"/home/|/tmp/|/Users/|/root/|[A-Z]:\\\\|Warning")


def name_of(path: Path) -> str:
    return path.stem


a_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)


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
    """All that a cell showed, as plain text; what was printed comes in pieces of any length, and reads as one."""
    text = ""
    for output in cell.outputs:
        if output.output_type == "stream":
            text += output["text"]
        else:
            text += "\n" * bool(text and not text.endswith("\n")) + output.get("data", {}).get("text/plain", "")
    return text


def on_any_machine(text: str) -> str:
    """The text without what the processor alone decides."""
    return OF_THE_ARITHMETIC.sub("(digest)", text)


def test_a_digest_and_nothing_else_is_left_out_of_what_is_compared() -> None:
    kept = "client_default@2025-06-30#555cdec851c5 0.123456789012, decisão e34f515b86b80b98, pedido: d2047199d890."
    assert on_any_machine(kept) == (
        "client_default@2025-06-30#(digest) 0.123456789012, decisão (digest), pedido: (digest)."
    )


def test_what_a_cell_prints_reads_the_same_in_one_piece_and_in_many() -> None:
    def cell(*outputs: nbformat.NotebookNode) -> nbformat.NotebookNode:
        return nbformat.v4.new_code_cell("", outputs=list(outputs))

    def piece(text: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_output("stream", name="stdout", text=text)

    result = nbformat.v4.new_output("execute_result", data={"text/plain": "1"})
    assert printed(cell(piece("Um\nDois"), result)) == "Um\nDois\n1"
    assert printed(cell(piece("Um\n"), piece("Do"), piece("is\n"), result)) == "Um\nDois\n1"


def test_the_notebooks_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:3] for path in NOTEBOOKS]
    assert len(numbers) > 4
    assert numbers == [f"{k:02d}_" for k in range(1, len(numbers) + 1)]


def is_bare(path: Path) -> bool:
    return not any(cell.outputs or cell.execution_count is not None for cell in code_of(path))


@a_notebook
def test_a_notebook_is_kept_bare_or_as_one_whole_run(path: Path) -> None:
    order = [cell.execution_count for cell in code_of(path)]
    assert is_bare(path) or order == list(range(1, len(order) + 1))


@a_notebook
def test_a_kept_output_holds_no_warning_no_error_and_no_path_of_a_machine(path: Path) -> None:
    outputs = [output for cell in code_of(path) for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"] == []
    assert [found[0] for cell in code_of(path) if (found := OF_A_MACHINE.search(printed(cell)))] == []


@a_notebook
def test_a_notebook_defines_nothing_long(path: Path) -> None:
    assert [fault for cell in code_of(path) for fault in long_definitions(cell.source)] == []


def test_a_long_definition_is_seen() -> None:
    body = "\n".join(f"    step({k})" for k in range(MOST_LINES))
    assert list(long_definitions(f"def long():\n{body}")) == ["long has 6 lines"]
    assert list(long_definitions("def short():\n    return 1")) == []


def test_it_is_said_how_each_notebook_ends() -> None:
    assert sorted(ENDINGS) == [path.stem for path in NOTEBOOKS]


@long_run
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_runs_top_to_bottom_to_its_end_and_shows_what_is_kept(path: Path, tmp_path: Path) -> None:
    shutil.copytree(HOUSE / "data" / "sample", tmp_path / "data" / "sample")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(path, folder)
    notebook = nbformat.read(folder / path.name, as_version=4)

    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources=where).execute()

    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [output.ename for cell in cells for output in cell.outputs if output.output_type == "error"] == []
    found = re.search(ENDINGS[path.stem], printed(cells[-1]), re.MULTILINE)
    assert found is not None, printed(cells[-1])
    told = {name: int(value) for name, value in found.groupdict().items()}
    assert 0 <= told.get("score", 0) <= 1000
    assert told.get("late", 1) > told.get("rest", 0)
    assert 10 < told.get("caught", 11) <= 100
    assert told.get("changed", 1) > 0
    if not is_bare(path):
        kept = [on_any_machine(printed(cell)) for cell in code_of(path)]
        assert [on_any_machine(printed(cell)) for cell in cells] == kept, (
            "what is kept is old: run the notebook and keep it again"
        )
    assert [file.name for file in folder.iterdir()] == [path.name], "a notebook leaves nothing beside itself"
