"""Scores and decisions as files: written with what they came from, read again with the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from inadimplencia_ml.batch.results import (
    BUNDLE,
    FORMAT,
    FORMAT_KEY,
    MANIFEST,
    RESULTS,
    TABLES,
    place_of,
    scores_table,
)
from inadimplencia_ml.errors import CallError, InadimplenciaError
from inadimplencia_ml.parquet import checked_days, frame_of
from inadimplencia_ml.storage import digest, read_json, read_parquet, write_json, write_parquet
from inadimplencia_ml.tables import DECISION_ITEMS, DECISIONS, DUTIES, FURTHER

__all__ = ["FORMAT", "earlier", "read_plan", "read_scores", "write_results"]


def write_results(out: Path, scores: pd.DataFrame | None, plan: Any, about: dict[str, Any]) -> list[str]:
    """Writes what is given, and a manifest of it; names the files of an earlier run that still lie there.

    The manifest holds digests, versions and dates of the data: no clock, no path, no host.
    """
    tables: dict[str, pa.Table] = {} if scores is None else {"scores": scores_table(scores)}
    tables |= {} if plan is None else plan.tables
    for name, table in tables.items():
        write_parquet(table, out / f"{name}.parquet")
        shutil.rmtree(out / name, ignore_errors=True)  # the parts of a larger book of another day
    files = {f"{name}.parquet": digest(out / f"{name}.parquet") for name in sorted(tables)}
    if scores is None:  # a plan written beside the scores it was made from
        kept = _manifest_of(out).get("files", {})
        files |= {k: v for k, v in kept.items() if k == "scores.parquet" or k.startswith("scores/")}
    write_json({"kind": RESULTS, "format": FORMAT, "files": files} | about, out / MANIFEST)
    ours = {name.partition("/")[0] for name in files}
    places = [name for table in TABLES for name in (f"{table}.parquet", table)]
    return [name for name in places if name not in ours and (out / name).exists()]


def read_scores(given: Path) -> pd.DataFrame:
    """The scores of a file or of parts, or of the folder that holds them, with the digest of their model if known.

    Raises
    ------
    CallError
        It is no table of scores, or of a format that is not known.
    """
    held = place_of(given, "scores") if given.is_dir() else None
    file = held or (given / "scores.parquet" if given.is_dir() and not any(given.glob("part-*.parquet")) else given)
    table = read_parquet(file)
    if "as_of" not in table.column_names:
        raise CallError(f"{file}: is no table of scores, it has no column as_of")
    for field in table.schema:
        if pa.types.is_nested(field.type) or pa.types.is_binary(field.type):
            raise CallError(f"{file}: is no table of scores, the column {field.name[:60]!r} holds no single values")
    said = table.schema.metadata or {}
    number = said.get(FORMAT_KEY, b"1").decode()
    if number != str(FORMAT):
        raise CallError(f"{file}: scores of format {number!r} are unknown; this version reads format {FORMAT}")
    scores: pd.DataFrame = frame_of(table, str(file), CallError)
    if not pd.api.types.is_datetime64_any_dtype(scores["as_of"]):
        raise CallError(f"{file}: is no table of scores, as_of holds no dates")
    bundle = said[BUNDLE].decode() if BUNDLE in said else _digest_beside(file, scores)
    if bundle is not None:
        scores.attrs["bundle_digest"] = bundle
    return scores


def _digest_beside(file: Path, scores: pd.DataFrame) -> str | None:
    """The model's digest from the manifest beside a file that another program wrote again."""
    said = _manifest_of(file.parent)
    versions = set(scores["model_version"]) if "model_version" in scores.columns else set()
    return str(said["model"]) if "model" in said and versions == {said.get("model_version")} else None


def _manifest_of(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        return {}
    try:
        said = read_json(folder / MANIFEST)
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
    found = {n: place_of(folder, n) for n in ("scores", "decisions")}
    if not any(found.values()):
        raise CallError(f"--history {folder}: holds neither scores.parquet nor decisions.parquet")
    place = found[name]
    if place is None:
        return None
    frame = frame_of(read_parquet(place), f"--history {place}", CallError)
    if "as_of" in frame.columns and not pd.api.types.is_datetime64_any_dtype(frame["as_of"]):
        raise CallError(f"--history {place}: as_of holds no dates")
    for key in {"client_id", "as_of"} & set(frame.columns):
        if frame[key].isna().any():
            raise CallError(f"--history {place}: {int(frame[key].isna().sum()):,} rows have no {key}")
    return frame


def read_plan(folder: Path, names: tuple[str, ...]) -> dict[str, pa.Table]:
    """Tables of a plan by name, from files or parts."""
    places = {name: place_of(folder, name) or folder / f"{name}.parquet" for name in names}
    plan = {name: checked_days(read_parquet(place), str(place), CallError) for name, place in places.items()}
    for kind in (DECISIONS, DECISION_ITEMS, DUTIES, FURTHER):
        for column in kind.required if kind.name in plan else ():
            if column not in plan[kind.name].column_names:
                raise CallError(f"{places[kind.name]}: column {column!r} is missing; decide again with this version.")
    return {name: table.replace_schema_metadata(None) for name, table in plan.items()}  # it would be believed
