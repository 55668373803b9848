"""Where the command writes: looked at before the long work, so that nothing is computed in vain or overwritten."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from inadimplencia_ml.batch import RESULTS
from inadimplencia_ml.errors import CallError

__all__ = ["FORECAST", "keep_compiled_code", "room_for"]

_FAMILY_SEAL = "family.sha256"
FORECAST = "inadimplencia_ml forecast"
"""Kind of a folder of forecast payments."""
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
Kind = Literal["ledger", "model", "family", "results", "forecast", "file"]
_WORDS = {
    "ledger": "a ledger",
    "model": "a model",
    "family": "a family of models",
    "results": "scores",
    "forecast": "a forecast of payments",
    "other": "a manifest.json that is none of ours",
}


def room_for(out: Path, kind: Kind) -> Path:
    """``out``, if results of this kind may be written there.

    Raises
    ------
    CallError
        There is something else: a ledger, a model, a file where a folder is wanted, a folder where a file is.
    OSError
        The folder above cannot be written.
    """
    if kind == "file" and out.is_dir():
        raise CallError(f"--out {out}: is a folder. Expected the name of a file.")
    if kind != "file" and out.exists() and not out.is_dir():
        raise CallError(f"--out {out}: is a file. Expected a folder.")
    held = _held(out) if kind != "file" else kind
    if held not in (kind, None):
        raise CallError(f"--out {out}: holds {_WORDS[held]}. Choose another folder, so that nothing is overwritten.")
    above = next(folder for folder in (out, *out.absolute().parents) if folder.exists() and folder != out)
    place = out if out.is_dir() and kind in ("results", "forecast") else above
    if not place.is_dir():
        raise NotADirectoryError(20, os.strerror(20), str(place))
    if not os.access(place, os.W_OK):
        raise PermissionError(13, "cannot be written", str(place))
    return out


def _held(folder: Path) -> str | None:
    """What a folder holds, by its manifest: ledger, model, family, results or other; None without one."""
    from inadimplencia_ml.storage import read_json

    if (folder / _FAMILY_SEAL).is_file():
        return "family"
    if not (folder / _MANIFEST).is_file():
        return None
    if (folder / _SEAL).is_file():
        return "model"
    try:
        said = read_json(folder / _MANIFEST)
    except ValueError:
        return "other"
    kind = said.get("kind") if isinstance(said, dict) else None
    kinds = {"inadimplencia_ml ledger": "ledger", RESULTS: "results", FORECAST: "forecast"}
    return kinds.get(str(kind), "other")


def keep_compiled_code() -> None:
    """Gives numba a folder of this run alone where neither the package's nor the user's can be written.

    Without any, it would refuse to compile at all.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    package = Path(__file__).resolve().parents[1]
    own = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(sys.platform, ".cache")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / own)
    if _writable(package) or _writable(home / "numba"):
        return
    folder = tempfile.mkdtemp(prefix="inadimplencia-")  # 0700
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


def _writable(folder: Path) -> bool:
    nearest = next((f for f in (folder, *folder.parents) if f.exists()), None)
    return nearest is not None and os.access(nearest, os.W_OK)
