"""Scores and decisions as files: written with what they came from, read again with the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.cli.places import RESULTS
from inadimplencia_ml.errors import CallError, InadimplenciaError
from inadimplencia_ml.storage import digest, read_json, read_parquet, write_json, write_parquet

__all__ = ["FORMAT", "earlier", "read_scores", "write_results"]

FORMAT = 1
_FORMAT, _BUNDLE = b"inadimplencia_ml.format", b"inadimplencia_ml.bundle_digest"
_MANIFEST = "manifest.json"


def write_results(out: Path, scores: pd.DataFrame | None, plan: Any, about: dict[str, Any]) -> list[str]:
    """Writes what is given, and a manifest of it; names the files of an earlier run that still lie there.

    The manifest holds digests, versions and dates of the data: no clock, no path, no host.
    """
    tables: dict[str, pa.Table] = {} if scores is None else {"scores": _scores_table(scores)}
    tables |= {} if plan is None else plan.tables
    for name, table in tables.items():
        write_parquet(table, out / f"{name}.parquet")
    files = {f"{name}.parquet": digest(out / f"{name}.parquet") for name in sorted(tables)}
    if scores is None:  # a plan written beside the scores it was made from
        files |= {k: v for k, v in _manifest_of(out).get("files", {}).items() if k == "scores.parquet"}
    write_json({"kind": RESULTS, "format": FORMAT, "files": files} | about, out / _MANIFEST)
    known = ("scores", "decisions", "decision_items", "duties")
    return [f"{n}.parquet" for n in known if f"{n}.parquet" not in files and (out / f"{n}.parquet").exists()]


def _scores_table(scores: pd.DataFrame) -> pa.Table:
    """The scores with dates as dates, the format's number and the digest of the model."""
    table = pa.Table.from_pandas(scores, preserve_index=False)
    at = table.schema.get_field_index("as_of")
    table = table.set_column(at, "as_of", table["as_of"].cast(pa.date32(), safe=False))
    about = {_FORMAT: str(FORMAT).encode(), _BUNDLE: str(scores.attrs["bundle_digest"]).encode()}
    return table.replace_schema_metadata(about)


def read_scores(given: Path) -> pd.DataFrame:
    """The scores of a file, or of the folder that holds it, with the digest of their model as far as it can be told.

    Raises
    ------
    CallError
        It is no table of scores, or of a format that is not known.
    """
    file = given / "scores.parquet" if given.is_dir() else given
    table = read_parquet(file)
    if "as_of" not in table.column_names:
        raise CallError(f"{file}: is no table of scores, it has no column as_of")
    said = table.schema.metadata or {}
    number = said.get(_FORMAT, b"1").decode()
    if number != str(FORMAT):
        raise CallError(f"{file}: scores of format {number!r} are unknown; this version reads format {FORMAT}")
    scores: pd.DataFrame = table.to_pandas(date_as_object=False)
    bundle = said[_BUNDLE].decode() if _BUNDLE in said else _digest_beside(file, scores)
    if bundle is not None:
        scores.attrs["bundle_digest"] = bundle
    return scores


def _digest_beside(file: Path, scores: pd.DataFrame) -> str | None:
    """The model's digest from the manifest beside a file that another program wrote again."""
    said = _manifest_of(file.parent)
    versions = set(scores["model_version"]) if "model_version" in scores.columns else set()
    return str(said["model"]) if "model" in said and versions == {said.get("model_version")} else None


def _manifest_of(folder: Path) -> dict[str, Any]:
    if not (folder / _MANIFEST).is_file():
        return {}
    try:
        said = read_json(folder / _MANIFEST)
    except InadimplenciaError:
        return {}
    return said if isinstance(said, dict) and said.get("kind") == RESULTS else {}


def earlier(folder: Path | None, name: str) -> Any:
    """A table of an earlier run; None where that run has none.

    Raises
    ------
    CallError
        There is no such folder, or no scores and no decisions in it.
    """
    if folder is None:
        return None
    if not folder.is_dir():
        raise CallError(f"--history {folder}: there is no such folder")
    found = [n for n in ("scores", "decisions") if (folder / f"{n}.parquet").exists()]
    if not found:
        raise CallError(f"--history {folder}: holds neither scores.parquet nor decisions.parquet")
    return read_parquet(folder / f"{name}.parquet").to_pandas(date_as_object=False) if name in found else None
