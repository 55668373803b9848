"""How the hot loops are compiled: cached, without the interpreter's lock, without counting references.

Numba counts the references of every array it touches, with an atomic instruction each time; in loops that read many
arrays a row, that is most of the time (measured: four times as slow), and two threads fight over the counters. A
`kernel` gets all its arrays from outside and keeps none, so there is nothing to count. It must not make arrays. An
`inlined` one is a kernel copied into its callers: handing over dozens of arrays costs more than what it does with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["Int", "inlined", "kernel"]

Int = Any
"""A whole number inside a kernel: Python's or one of numpy's sizes, as it comes out of an array."""

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compiles a function that makes no arrays."""
    compiled: F = njit(cache=True, nogil=True, _nrt=False)(function)
    return compiled


def inlined(function: F) -> F:
    """Compiles a small function that makes no arrays into each of its callers."""
    compiled: F = njit(cache=True, nogil=True, inline="always", _nrt=False)(function)
    return compiled
