"""Scores and decisions into a database: one row a key, one transaction a part, so that a run may be repeated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from inadimplencia_ml.databases.address import Address
from inadimplencia_ml.databases.definitions import DEFINITIONS, Definition, stored_part
from inadimplencia_ml.databases.duck_tables import duck_tables
from inadimplencia_ml.databases.sql_tables import sql_tables
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.storage import digest, read_json, read_parquet
from inadimplencia_ml.tables.same_kind import kind_of_frame

__all__ = ["write_plan", "write_results", "write_scores"]

_KIND, _MANIFEST = "inadimplencia_ml results", "manifest.json"
_PART = re.compile(r"(part-\d+)?")
Tell = Callable[[str, int, int], Any]


class _Tables(Protocol):
    def write(self, part: Mapping[Definition, pa.Table]) -> None:
        """Writes one part in one transaction."""


def write_scores(url: Any, scores: Any, *, schema: str | None = None) -> dict[str, int]:
    """Writes scores into the table ``scores`` of a database; those of invoices into ``invoice_scores``.

    A row of the same client (or invoice), as_of and model_version is written over. The table is made if it is missing.

    Parameters
    ----------
    url : str or sqlalchemy.URL
        ``postgresql://USER@HOST/NAME``, ``sqlite:///FILE.db``, or the name of a DuckDB file (``book.duckdb``).
    scores : pandas, Polars or Arrow table
        As `Model.score` gives them.
    schema : str, optional
        Schema of the table; by default that of the connection.

    Returns
    -------
    dict
        Rows written, by table.

    Raises
    ------
    CallError
        Two rows of one key, or a key is missing.
    DatabaseError
        The database cannot be reached or refuses; a column is missing there or of another type.
    MissingExtraError
        The extra ``sql`` is not installed; a DuckDB file needs none.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> scores = pd.DataFrame({"client_id": ["C1"], "as_of": pd.to_datetime(["2025-06-30"]), "model_version": ["m@1"],
    ...                        "state": ["scoreable"], "segment": ["low"], "probability": [0.02], "score": [630]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_scores(f"{folder}/book.duckdb", scores), write_scores(f"{folder}/book.duckdb", scores)
    ({'scores': 1}, {'scores': 1})
    """
    rows = scores.to_arrow() if kind_of_frame(scores) == "polars" else scores
    return _written(url, [{"scores": rows}], schema)


def write_plan(url: Any, plan: Any, *, schema: str | None = None) -> dict[str, int]:
    """Writes a plan into the tables ``decisions``, ``decision_items``, ``duties`` and ``further``, in one transaction.

    A decision of the same client_id, as_of, model_version and policy_version is written over, and what belonged to it
    is replaced. Nothing known of the model is an empty ``model_version``.

    Parameters
    ----------
    url, schema
        As in `write_scores`.
    plan : plan or mapping
        What `decide` returns, or its tables by name.

    Returns
    -------
    dict
        Rows written, by table.

    Raises
    ------
    CallError, DatabaseError, MissingExtraError
        As `write_scores`.
    """
    return _written(url, [plan if isinstance(plan, Mapping) else plan.tables], schema)


def write_results(
    url: Any, folder: str | Path, *, schema: str | None = None, tell: Tell | None = None
) -> dict[str, int]:
    """Writes what a run left in a folder: its scores and decisions, each part of a large book in one transaction.

    Interrupted, it is simply run again: what is there already is written over by itself.

    Parameters
    ----------
    url, schema
        As in `write_scores`.
    folder : path
        Where `score`, `decide` or `score_in_parts` wrote.
    tell : function, optional
        Called with a step, the parts done, and of how many.

    Returns
    -------
    dict
        Rows written, by table.

    Raises
    ------
    CallError
        It is no folder of results, or a file is not the one that its manifest names.
    DatabaseError, MissingExtraError
        As `write_scores`.
    """
    parts = _files(Path(folder))
    return _written(url, (_read(part) for part in parts), schema, len(parts), tell)


def _written(
    url: Any, parts: Iterable[Mapping[str, Any]], schema: str | None, many: int = 1, tell: Tell | None = None
) -> dict[str, int]:
    rows: Counter[str] = Counter()
    with _tables_of(Address.of(url), schema) as tables:
        for number, part in enumerate(parts):
            if tell is not None:
                tell("writing", number, many)
            stored = stored_part(part)
            tables.write(stored)
            rows.update({definition.name: table.num_rows for definition, table in stored.items()})
    return dict(rows)


def _tables_of(address: Address, schema: str | None) -> AbstractContextManager[_Tables]:
    return duck_tables(address, schema) if address.duck is not None else sql_tables(address, schema)


def _files(folder: Path) -> list[dict[str, tuple[Path, str]]]:
    """By part: the file of each table, with the digest it must have."""
    if not (folder / _MANIFEST).is_file():
        raise CallError(f"{folder}: holds no {_MANIFEST}. Expected the folder that `inadimplencia score` wrote.")
    said = read_json(folder / _MANIFEST, error=CallError)
    if not isinstance(said, dict) or said.get("kind") != _KIND:
        raise CallError(
            f"{folder}: holds no scores and decisions. Expected the folder that `inadimplencia score` wrote."
        )
    parts: dict[str, dict[str, tuple[Path, str]]] = {}
    for name, wanted in said["files"].items():
        table, _, part = name.removesuffix(".parquet").partition("/")
        if table not in DEFINITIONS or not _PART.fullmatch(part):
            raise CallError(f"{folder / _MANIFEST}: names a file that is none of a run")
        parts.setdefault(part, {})[table] = (folder / name, wanted)
    return [parts[part] for part in sorted(parts)]


def _read(part: Mapping[str, tuple[Path, str]]) -> dict[str, pa.Table]:
    for path, wanted in part.values():
        if not path.is_file() or digest(path) != wanted:
            raise CallError(f"{path}: is not the file that the manifest names. Score again.")
    return {name: read_parquet(path) for name, (path, _) in part.items()}
