"""Tables of a run on disk: one file each, or for a large book a folder of parts with the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from inadimplencia_ml.batch import RESULTS
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.parquet import frame_of, parquet_errors
from inadimplencia_ml.storage import read_json

__all__ = [
    "BUNDLE",
    "FORMAT",
    "FORMAT_KEY",
    "MANIFEST",
    "RESULTS",
    "TABLES",
    "earlier_rows",
    "part_name",
    "place_of",
    "scores_table",
]

FORMAT = 1
TABLES = ("scores", "decisions", "decision_items", "duties", "further")
MANIFEST = "manifest.json"
FORMAT_KEY, BUNDLE = b"inadimplencia_ml.format", b"inadimplencia_ml.bundle_digest"


def part_name(k: int) -> str:
    """The file of a part, in the folder of its table."""
    return f"part-{k:05d}.parquet"


def place_of(folder: Path, name: str) -> Path | None:
    """The file or the folder of parts that holds a table; of both, the one that the manifest names."""
    file, parts = folder / f"{name}.parquet", folder / name
    if file.exists() and any(parts.glob("*.parquet")):
        named = read_json(folder / MANIFEST).get("files", {}) if (folder / MANIFEST).is_file() else {}
        return file if file.name in named else parts
    if file.exists():
        return file
    return parts if any(parts.glob("*.parquet")) else None


def scores_table(scores: pd.DataFrame) -> pa.Table:
    """Scores with dates as dates, the format's number and the digest of the model."""
    table = pa.Table.from_pandas(scores, preserve_index=False)
    at = table.schema.get_field_index("as_of")
    table = table.set_column(at, "as_of", table["as_of"].cast(pa.date32(), safe=False))
    about = {FORMAT_KEY: str(FORMAT).encode(), BUNDLE: str(scores.attrs["bundle_digest"]).encode()}
    return table.replace_schema_metadata(about)


def earlier_rows(folder: Path, name: str, ids: pa.Array) -> Any:
    """The rows of some clients in a table of an earlier run; None where that run has no such table."""
    place = place_of(folder, name)
    if place is None:
        return None
    with parquet_errors(f"{place}: not readable as Parquet", CallError):
        return _rows_of(place, ids)


def _rows_of(place: Path, ids: pa.Array) -> Any:
    found = ds.dataset(place, format="parquet")
    if found.schema.get_field_index("client_id") < 0:  # none, or two
        raise CallError(f"{place}: has no column client_id, or more than one")
    kind = found.schema.field("client_id").type
    try:
        wanted = pc.field("client_id").isin(ids.cast(kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # ids of another kind: none of these clients was there
        wanted = pc.scalar(False)
    return frame_of(found.to_table(filter=wanted), str(place), CallError)
