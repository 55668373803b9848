"""The command run in this process: its exit code, what it wrote to stdout and what to stderr."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from inadimplencia_ml.cli import main

HEADER = "Cliente;Título;Emissão;Vencimento;Valor"
GOOD = "C1;T1;02/01/2025;03/02/2025;1.234,50"
COLUMNS = "client_id: Cliente, invoice_id: Título, issue_date: Emissão, due_date: Vencimento, amount: Valor"
MAPPING = f"files:\n- file: t*\n  table: invoices\n  columns: {{{COLUMNS}}}\n"
DAY = "2025-06-30"
"""Last day of the small book."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*words: object) -> Ran:
    """Runs the command; an exception that it does not turn into a message fails the test."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    code: object = None
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            main([str(word) for word in words])
        except SystemExit as ended:
            code = ended.code
    out, err = (stream.buffer.getvalue().decode("utf-8") for stream in streams)  # type: ignore[attr-defined]
    return Ran(0 if code is None else int(str(code)), out, err)


def done(*words: object) -> Ran:
    """Runs the command, which must succeed."""
    ran = run(*words)
    assert ran.code == 0, ran.err
    return ran


def refusal(*words: object) -> str:
    """The message of a command that must refuse: exit code 1, one line on stderr, nothing on stdout."""
    ran = run(*words)
    assert ran.code == 1, (ran.code, ran.out, ran.err)
    assert ran.out == ""
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1, ran.err
    return ran.err.removeprefix("error: ").rstrip("\n")


def misuse(*words: object) -> str:
    """The last line of a command that must end with exit code 2 and say how it is used."""
    ran = run(*words)
    assert ran.code == 2, (ran.code, ran.out, ran.err)
    assert ran.out == ""
    assert ran.err.startswith("Usage: inadimplencia")
    return ran.err.rstrip("\n").splitlines()[-1]


def export(folder: Path, *rows: str, header: str = HEADER, mapping: str = MAPPING, name: str = "titulos.csv") -> tuple:
    """An export of invoices and its mapping in ``folder``, as the words that import takes."""
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    return ("import", folder / name, "--mapping", folder / "map.yaml", "--out", folder / "ledger")


def problems(ledger: Path) -> list[tuple[Any, ...]]:
    """What import found, row by row: line, column, value, outcome, code."""
    found = pd.read_parquet(ledger / "problems.parquet")
    return list(found[["line", "column", "value", "outcome", "code"]].itertuples(index=False, name=None))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its place in it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
