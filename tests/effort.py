"""How long a law is tried: on some random books each time, on many where INADIMPLENCIA_THOROUGH is set, as in CI."""

from __future__ import annotations

import os

import pytest

__all__ = ["long_run", "seeds", "tries"]

THOROUGH = bool(os.environ.get("INADIMPLENCIA_THOROUGH"))
_SHARE = 3

long_run = pytest.mark.skipif(not THOROUGH, reason="takes long: runs with `make thorough`, as in CI")
"""A test of a whole long way, whose parts have tests of their own."""


def seeds(many: int, first: int = 0) -> range:
    """Seeds of random books: all of them, or the first third."""
    return range(first, first + tries(many))


def tries(many: int) -> int:
    """How many examples of a law: all of them, or a third."""
    return many if THOROUGH else max(2, many // _SHARE)
