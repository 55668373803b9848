"""What compiled code was made from, as a digest: its own instructions, those of all it calls, and their constants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from types import CodeType, ModuleType
from typing import Any

from inadimplencia_ml.compiled.machine_code import processor

__all__ = ["digest_of"]


def digest_of(function: Callable[..., Any], types: str) -> str:
    """SHA-256 of everything that the machine code of a function depends on; changes with any function it calls."""
    total = hashlib.sha256()
    for part in (processor(), version("numba"), types, *_of_function(function, set())):
        total.update(part.encode() + b"\0")
    return total.hexdigest()


def _of_function(function: Any, seen: set[int]) -> Iterator[str]:
    if id(function) in seen:
        return
    seen.add(id(function))
    yield function.__qualname__
    yield from _of_code(function.__code__)
    names = set(_names(function.__code__))
    for name in sorted(names & set(function.__globals__)):
        value = function.__globals__[name]
        yield from _of_value(name, value, seen)
        if isinstance(value, ModuleType) and _of_one_house(function.__module__, value.__name__):
            for inner in sorted(names & set(vars(value))):  # what may be asked of it: ``module.function``
                yield from _of_value(f"{name}.{inner}", vars(value)[inner], seen)


def _of_value(name: str, value: Any, seen: set[int]) -> Iterator[str]:
    if callable(getattr(value, "py_func", None)):
        yield f"{name} inlined {value.targetoptions.get('inline')} {value.targetoptions.get('forceinline')}"
        yield from _of_function(value.py_func, seen)
    elif isinstance(value, ModuleType):
        yield f"{name} {value.__name__}"
    elif isinstance(value, type):
        yield f"{name} {value.__qualname__} {getattr(value, '_fields', ())}"
    else:
        yield f"{name} {value!r}"


def _of_one_house(name: str, other: str) -> bool:
    return name.partition(".")[0] == other.partition(".")[0]


def _of_code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr([one for one in code.co_consts if not isinstance(one, CodeType)])
    yield repr((code.co_names, code.co_varnames))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _of_code(inner)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
