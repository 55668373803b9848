"""Manifests after a change: the digests and counts that they hold are those of the new files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from inadimplencia_ml.client_rights.holdings import Holdings
from inadimplencia_ml.ledger.together import Staged
from inadimplencia_ml.storage import digest, read_json, write_json

__all__ = ["recounted", "resealed"]

Changed = Mapping[Path, tuple[Path, int]]
"""Each changed file, where its new content waits, and how many rows are gone."""


def resealed(holdings: Holdings, staged: Staged, changed: Changed) -> None:
    """Stages every manifest of the folders that names a changed file by its digest; not one in partitions."""
    new = {digest(path): (digest(waiting), gone) for path, (waiting, gone) in changed.items()}
    counts = {one.table: changed[one.path][1] for one in holdings.files if one.of_ledger and one.path in changed}
    for one in holdings.files:
        parted = holdings.parts is not None and one.place == "ledger/manifest.json"
        if one.kind != "text" or one.path.suffix != ".json" or parted:
            continue
        said = read_json(one.path)
        mended = _mended(said, new)
        if one.place == "ledger/manifest.json":
            mended = recounted(mended, counts)
        if mended != said:
            staged.add(one.path, partial(write_json, mended))


def _mended(value: Any, new: Mapping[str, tuple[str, int]]) -> Any:
    """The same with new digests; ``rows`` beside a digest is that file's."""
    if isinstance(value, list):
        return [_mended(one, new) for one in value]
    if not isinstance(value, dict):
        return new[value][0] if isinstance(value, str) and value in new else value
    out = {key: _mended(one, new) for key, one in value.items()}
    old = value.get("sha256")
    if isinstance(old, str) and old in new and isinstance(value.get("rows"), int):
        out["rows"] = value["rows"] - new[old][1]
    return out


def recounted(manifest: dict[str, Any], gone: Mapping[str, int]) -> dict[str, Any]:
    """Rows that were erased came in by no import: accepted + flagged stay the rows there are."""
    counts = {name: dict(entry) for name, entry in manifest.get("counts", {}).items()}
    for name, many in gone.items():
        if name in counts:
            accepted = min(many, counts[name]["accepted"])
            counts[name]["rows"] -= many
            counts[name]["accepted"] -= accepted
            counts[name]["flagged"] -= many - accepted
    return manifest | {"counts": counts} if counts else manifest
