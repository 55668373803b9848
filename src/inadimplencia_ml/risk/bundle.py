"""A model on disk: a folder of JSON and plain text, each file known by its digest, nothing in it that could run.

``manifest.json`` lists every other file with its SHA-256, and ``manifest.sha256`` holds that of the manifest, so a
changed byte anywhere is found before a file is parsed. The digests tell damage and mistakes; they are no signature.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inadimplencia_ml.errors import BundleError, did_you_mean

__all__ = ["FAMILY", "FORMAT", "Bundle", "FeatureColumn", "Manifest", "make_bundle", "read_bundle", "write_bundle"]

#: The format that is written; every format up to it is read. 2: a model may be a scorecard or a blend, and a
#: calibration may carry a shift. 3: a model may be a wrapped one, or a time to payment.
FORMAT = 3

FAMILY = "family.json"
"""A folder with this file holds several models, each in a folder of its own."""

_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\.(json|txt)")  # no folder, nothing hidden
_LARGEST = 2**31  # bytes of one file: more is no model of ours


class FeatureColumn(BaseModel):
    """A column that the model reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    dtype: str


class Manifest(BaseModel):
    """What a model is: target, dates, features, the data it came from. No clock, no path, no host.

    Parameters
    ----------
    target : dict
        The Target, as plain data.
    cut : str
        ISO date: no fact later than it was seen in training.
    judged_on, fitted_to : str
        Period of the judgement, and the last as_of that the kept model was fitted on.
    features : tuple of FeatureColumn
        Names and types, in order.
    data_digest : str
        Digest of the ledger.
    versions : dict of str
        Versions of the libraries that made the model.
    random_state : int
        Seed.
    booking_lag_days : int
        Days after which a payment is in the books (95th centile).
    settings : dict
        Everything else that was chosen, as plain data.
    format : int
        Number of the format; filled in.
    files : dict of str
        SHA-256 of each file; filled in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: dict[str, Any]
    cut: str
    judged_on: str
    fitted_to: str
    features: tuple[FeatureColumn, ...]
    data_digest: str
    versions: dict[str, str]
    random_state: int
    booking_lag_days: int = Field(ge=0)
    settings: dict[str, Any] = Field(default_factory=dict)
    format: int = FORMAT
    files: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """A model as files: its manifest, its parts by file name (JSON as plain data, text as bytes), its digest.

    The digest is the same for the same data, seed and versions.
    """

    manifest: Manifest
    parts: Mapping[str, Any]
    digest: str


def make_bundle(parts: Mapping[str, bytes | Mapping[str, Any]], manifest: Manifest) -> Bundle:
    """The bundle of a model in memory, as it will be read from disk.

    Raises
    ------
    BundleError
        A file name or a value cannot be written.
    """
    files, sealed = _files(parts, manifest)
    plain = {n: json.loads(c) if n.endswith(".json") else c for n, c in files.items() if n in sealed.files}
    return Bundle(sealed, plain, _digest(files))


def write_bundle(folder: Path | str, parts: Mapping[str, bytes | Mapping[str, Any]], manifest: Manifest) -> str:
    """Writes a model's folder, whole or not at all, and returns its digest.

    A model that was there before is replaced; a folder that holds anything else is left alone.

    Parameters
    ----------
    folder : path
        Where to write.
    parts : mapping
        File name to bytes (.txt), or to plain data that is written as JSON (.json).
    manifest : Manifest
        What the model is.

    Raises
    ------
    BundleError
        A file name or a value cannot be written, or the folder holds something that is no model.
    """
    target = Path(folder)
    files, _ = _files(parts, manifest)
    seal = f"{_sha(files[_MANIFEST])}  {_MANIFEST}\n".encode()
    _refuse_to_overwrite(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, content in {**files, _SEAL: seal}.items():
            _write_through(fresh / name, content)
        _sync(fresh)
        fresh.chmod(0o755)  # a temporary folder is closed to others; a model is not
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return _digest(files)


def _files(parts: Mapping[str, bytes | Mapping[str, Any]], manifest: Manifest) -> tuple[dict[str, bytes], Manifest]:
    """The bytes of all parts and of the manifest, and the manifest with the digests of the parts."""
    files = {name: _contents(name, part) for name, part in sorted(parts.items())}
    sealed = manifest.model_copy(update={"format": FORMAT, "files": {n: _sha(c) for n, c in files.items()}})
    return files | {_MANIFEST: _json(_MANIFEST, sealed.model_dump(mode="json"))}, sealed


def _digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the digests of all files, the manifest among them, in the order of their names."""
    return _sha("".join(f"{_sha(content)}  {name}\n" for name, content in sorted(files.items())).encode())


def read_bundle(folder: Path | str) -> Bundle:
    """Reads a model's folder. Nothing in it is run; every byte is checked before it is parsed.

    Raises
    ------
    BundleError
        There is no model, a file is missing, altered or one too many, or the format is unknown; names the file.
    """
    source = Path(folder)
    if not source.is_dir():
        raise BundleError(f"{source}: there is no such folder, so no model to read")
    if (source / FAMILY).is_file():
        members = sorted(entry.name for entry in source.iterdir() if (entry / _MANIFEST).is_file())
        raise BundleError(
            f"{source}: holds a family of models, not one model: read it with load_family(folder), or one of its "
            f"members from its own folder ({', '.join(members)})"
        )
    raw = _sealed_manifest(source)
    manifest = _parsed_manifest(source, raw)
    _refuse_strangers(source, manifest)
    files = {name: _read(source, name) for name in sorted(manifest.files)}
    for name, content in files.items():
        if _sha(content) != manifest.files[name]:
            raise BundleError(f"{source / name}: the file was altered since the model was written; its SHA-256 differs")
    parts = {n: _load_json(str(source / n), c) if n.endswith(".json") else c for n, c in files.items()}
    return Bundle(manifest, parts, _digest({**files, _MANIFEST: raw}))


def _sealed_manifest(source: Path) -> bytes:
    raw, seal = _read(source, _MANIFEST), _read(source, _SEAL)
    if seal != f"{_sha(raw)}  {_MANIFEST}\n".encode():
        raise BundleError(f"{source / _MANIFEST}: it or {_SEAL} was altered since the model was written")
    return raw


def _parsed_manifest(source: Path, raw: bytes) -> Manifest:
    data = _load_json(str(source / _MANIFEST), raw)
    number = data.get("format") if isinstance(data, dict) else None
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise BundleError(
            f"{source / _MANIFEST}: the format is {number!r}; this version of inadimplencia_ml reads 1 to {FORMAT}. "
            "A newer version may have written it."
        )
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        hint = did_you_mean(key, Manifest.model_fields) if first["type"] == "extra_forbidden" else ""
        raise BundleError(f"{source / _MANIFEST}: {key}: {first['msg']}.{hint}") from None
    for name in manifest.files:
        _check_name(name, source / _MANIFEST)
    return manifest


def _refuse_strangers(source: Path, manifest: Manifest) -> None:
    """Only the files of the manifest may lie in the folder: what is not listed was not checked."""
    known = {*manifest.files, _MANIFEST, _SEAL}
    found = {entry.name for entry in source.iterdir()}
    for name in sorted(known - found):
        raise BundleError(f"{source / name}: the file is missing from the model")
    for name in sorted(found - known):
        raise BundleError(f"{source / name}: the file is not part of the model. Move it elsewhere.")


def _check_name(name: str, where: Path | str) -> None:
    if not _NAME.fullmatch(name) or name == _MANIFEST:
        raise BundleError(f"{where}: {name!r} is not a file name that a model may have")


def _read(source: Path, name: str) -> bytes:
    """The bytes of a plain file; a link could lead out of the folder and is refused."""
    path = source / name
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise BundleError(f"{path}: not a plain file")
    try:
        if path.stat().st_size > _LARGEST:
            raise BundleError(f"{path}: the file is larger than any model")
        return path.read_bytes()
    except FileNotFoundError:
        raise BundleError(f"{path}: the file is missing from the model") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror})") from None


def _load_json(path: str, content: bytes) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        return json.loads(content.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: not readable as JSON ({error})") from None


def _contents(name: str, part: bytes | Mapping[str, Any]) -> bytes:
    _check_name(name, "parts")
    if isinstance(part, bytes):
        if name.endswith(".json"):
            raise BundleError(f"parts: {name} is given as bytes; a .json file is given as plain data")
        return part
    if not name.endswith(".json"):
        raise BundleError(f"parts: {name} is given as plain data; its name must end in .json")
    return _json(name, dict(part))


def _json(name: str, data: Any) -> bytes:
    """JSON of one form, so that the same data gives the same bytes; floats in full."""
    try:
        return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
    except (TypeError, ValueError) as error:
        raise BundleError(f"{name}: not plain data ({error})") from None


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse_to_overwrite(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise BundleError(f"{target}: a file is in the way. A model is a folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / _SEAL).is_file():  # a ledger has a manifest too
        raise BundleError(f"{target}: the folder holds other things than a model. Choose an empty or a new one.")


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(fresh: Path, target: Path) -> None:
    """Puts the new folder in the place of the old one, which is kept aside until the new one stands."""
    old: Path | None = None
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
        target.replace(old)
    try:
        fresh.replace(target)
    except OSError:
        if old is not None:
            old.replace(target)
        raise
    _sync(target.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
