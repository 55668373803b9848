"""A run that ends at one of its steps on the disk, as a power cut or `kill -9` ends it: nothing follows."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Cut", "contents", "cut_at", "left_by", "steps_of"]

_STEPS = ("replace", "rename", "link", "mkdir", "unlink", "rmdir")


class Cut(BaseException):
    """The power is cut: no handler of errors sees it."""


@contextlib.contextmanager
def cut_at(step: int) -> Iterator[list[int]]:
    """Every call that changes a folder is counted; the one of number ``step`` and all later ones do not happen."""
    done, lock = [0], threading.Lock()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def one(*args: Any, **kwargs: Any) -> Any:
            with lock:
                if done[0] >= step:
                    raise Cut
                done[0] += 1
            return call(*args, **kwargs)

        return one

    with pytest.MonkeyPatch.context() as patch:
        for name in _STEPS:
            patch.setattr(os, name, counted(getattr(os, name)))
        yield done


def steps_of(run: Callable[[], Any]) -> int:
    """How many steps a run has when nobody disturbs it."""
    with cut_at(10**9) as done:
        run()
    return done[0]


def left_by(run: Callable[[], Any], step: int) -> None:
    """What a run leaves that is cut off at a step."""
    with contextlib.suppress(Cut), cut_at(step):
        run()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but locks, which die with their process."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
