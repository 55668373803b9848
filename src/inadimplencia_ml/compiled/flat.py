"""What is given to compiled code, as the machine takes it: addresses, sizes and whole numbers in a row."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_int64
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Flat", "flatten"]


class Flat(NamedTuple):
    """Numbers of 64 bits in the order of numba's calling convention, and a text that tells their types."""

    numbers: list[Any]
    types: str


def flatten(given: tuple[Any, ...]) -> Flat:
    """Arrays, tuples of them and whole numbers, one after another.

    Raises
    ------
    TypeError
        Something else is among them.
    """
    numbers: list[int] = []
    types: list[str] = []
    for one in _leaves(given):
        if isinstance(one, np.ndarray):
            memory = one.__array_interface__["data"]
            # of an array: who owns it (nobody: it is not counted), its parent, length, size of an item, address
            numbers += (0, 0, one.size, one.itemsize, memory[0], *one.shape, *one.strides)
            order = "C" if one.flags.c_contiguous else "A"
            types.append(f"{one.dtype.str}{one.ndim}{order}{'r' if memory[1] else 'w'}")
        elif isinstance(one, (int, np.integer)) and not isinstance(one, bool):
            numbers.append(int(one))
            types.append("i")
        else:
            raise TypeError(f"compiled code takes arrays, tuples of arrays and integers, not {type(one).__name__}")
    return Flat([c_int64(number) for number in numbers], " ".join(types))


def _leaves(given: tuple[Any, ...]) -> Iterator[Any]:
    for one in given:
        if isinstance(one, tuple):
            yield from _leaves(one)
        else:
            yield one
