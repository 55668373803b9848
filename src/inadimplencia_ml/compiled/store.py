"""Where machine code is kept: beside the library, or in a folder that only the user can write.

Whoever can write there can have code run, as with numba's own cache; so no other place is read, but the folder that
NUMBA_CACHE_DIR names in place of both. A file is used only if it is named for what it was made from and whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["one_process_at_a_time", "stored", "to_store"]

_PACKAGE = Path(__file__).with_name("__pycache__")


def stored(name: str, key: str) -> bytes | None:
    """The code that was kept under this name and key; None where there is none, or it is not whole."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            kept = (folder / _file(name, key)).read_bytes()
            digest, code = kept[:64], kept[64:]
            if digest == hashlib.sha256(code).hexdigest().encode():
                return code
    return None


def to_store(name: str, key: str, code: bytes) -> None:
    """Keeps the code in the first folder that can be written, nowhere if none can; older code stays there unread."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            _make(folder)
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).hexdigest().encode() + code)
            Path(temporary).chmod(0o644)  # others run the same installation
            Path(temporary).replace(folder / _file(name, key))
            return


@contextlib.contextmanager
def one_process_at_a_time(name: str, key: str) -> Iterator[None]:
    """While it lasts, other processes that want the same wait; nobody does where files cannot be locked."""
    with contextlib.ExitStack() as held:
        for folder in _folders():
            with contextlib.suppress(OSError, ImportError):
                import fcntl  # not on every system

                _make(folder)
                lock = folder / f".{_file(name, key)}.lock"
                file = held.enter_context(lock.open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX)  # let go of as the file is closed, or the process ends
                held.callback(lock.unlink, missing_ok=True)  # who waited for it looks for the code first
                break
        yield


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o755 if folder == _PACKAGE else 0o700, parents=True, exist_ok=True)


def _file(name: str, key: str) -> str:
    return f"{name}-{key[:32]}.code"


def _folders() -> list[Path]:
    """The folder named for numba's cache, or that of the package and that of the user."""
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        return [Path(named)]
    own = {"darwin": "Library/Caches", "win32": "AppData/Local"}.get(sys.platform, ".cache")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / own) / "inadimplencia_ml"
    return [_PACKAGE, *([home] if _of_the_user_alone(home) else [])]


def _of_the_user_alone(folder: Path) -> bool:
    """Whether a folder is not there yet, or belongs to the user and nobody else can write it."""
    if sys.platform == "win32" or not folder.exists():
        return True
    found = folder.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
