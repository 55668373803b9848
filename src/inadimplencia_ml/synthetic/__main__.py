"""Writes a synthetic book as an ERP export: `python -m inadimplencia_ml.synthetic data/sample` writes the sample."""

from __future__ import annotations

import argparse
import sys

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.synthetic import generate_book, write_erp_export


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; 0 done, 1 the call is wrong."""
    parser = argparse.ArgumentParser(prog="python -m inadimplencia_ml.synthetic", description=__doc__)
    parser.add_argument("folder", help="where the files go")
    parser.add_argument("--clients", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", default="2022-01-01", help="ISO date")
    parser.add_argument("--end", default="2025-06-30", help="ISO date")
    given = parser.parse_args(arguments)
    try:
        book = generate_book(given.clients, random_state=given.seed, start=given.start, end=given.end)
        write_erp_export(book, given.folder)
    except CallError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
