"""The same doors under Atheris, which keeps what reaches new code: needs `pip install atheris` beside the library.

    python benchmarks/fuzz/guided.py csv -max_total_time=120
    python benchmarks/fuzz/guided.py bundle corpus/ -runs=100000

Doors: csv, json_lines, mapping, policy, bundle (a part of a model, read as if its digest were right), trees (LightGBM's
text). Only errors of ours, of one line, may come out; the words after the door are those of libFuzzer.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

KERNELS = "cells codes sorting invoice_rows payment_rows lateness blocks regrouped exposure open_invoices".split()
"""Files of ledger/ with loops that numba compiles, which cannot be instrumented."""

left_out = [f"inadimplencia_ml.ledger.{name}" for name in KERNELS]
with atheris.instrument_imports(include=["inadimplencia_ml"], exclude=left_out):
    from inadimplencia_ml.errors import InadimplenciaError
    from inadimplencia_ml.ledger.importing import import_files
    from inadimplencia_ml.ledger.mapping import parse_mapping
    from inadimplencia_ml.policy.policy import Policy
    from inadimplencia_ml.risk.kinds import model_from_parts
    from inadimplencia_ml.risk.model_parts import of_its_form
    from inadimplencia_ml.risk.tree_text import check_tree_text

COLUMNS = "client_id: a, invoice_id: b, issue_date: c, due_date: d, amount: e"
MAPPING = parse_mapping(f"files: [{{file: 't*', table: invoices, columns: {{{COLUMNS}}}}}]")
PLACE = Path(tempfile.mkdtemp(prefix="inadimplencia-guided-"))


def imported(data: bytes, name: str) -> None:
    (PLACE / name).write_bytes(data)
    made = import_files([PLACE / name], MAPPING)
    for admitted in made.admitted.values():
        counts = admitted.counts
        assert counts["rows"] == sum(counts[word] for word in ("accepted", "flagged", "rejected", "duplicate"))


def bundle(data: bytes) -> None:
    try:
        part = json.loads(data)
    except (ValueError, RecursionError):
        return
    with of_its_form("a part"):
        model_from_parts({"model.json": part, "calibration.json": {"method": "none", "coefficients": [], "knots": []}})


DOORS: dict[str, Callable[[bytes], object]] = {
    "csv": lambda data: imported(b"a;b;c;d;e\n" + data, "t.csv"),
    "json_lines": lambda data: imported(data, "t.jsonl"),
    "mapping": lambda data: parse_mapping(data.decode("utf-8", "replace")),
    "policy": lambda data: Policy.from_text(data.decode("utf-8", "replace")),
    "bundle": bundle,
    "trees": lambda data: check_tree_text(data.decode("utf-8", "replace")),
}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in DOORS:
        raise SystemExit(__doc__)
    door = DOORS[sys.argv.pop(1)]

    def one(data: bytes) -> None:
        try:
            door(data)
        except InadimplenciaError as error:
            if "\n" in str(error).rstrip("\n"):
                raise AssertionError(f"a message of several lines: {error}") from error

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
