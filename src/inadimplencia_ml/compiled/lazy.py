"""Functions that numba compiles when somebody needs them, and not before: to load it costs more than many a call."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Any, TypeVar, cast

from inadimplencia_ml.compiled.flat import Flat, flatten
from inadimplencia_ml.compiled.machine_code import MachineCode, load, machine_code
from inadimplencia_ml.compiled.sources import digest_of
from inadimplencia_ml.compiled.store import one_process_at_a_time, stored, to_store

__all__ = ["Int", "entry", "inlined", "kernel", "maker"]

Int = Any
"""A whole number inside a kernel: Python's or one of numpy's sizes, as it comes out of an array."""

F = TypeVar("F", bound=Callable[..., Any])
_ONE_AT_A_TIME = RLock()  # threads that ask for the same code at once wait for the first


class _Lazy:
    """Stands where numba's own object would stand; numba takes it for that (``_numba_type_``, ``targetoptions``)."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = options
        self._dispatcher: Any = None

    @property
    def dispatcher(self) -> Any:
        """Numba's own object."""
        with _ONE_AT_A_TIME:
            if self._dispatcher is None:
                from numba import njit

                self._dispatcher = njit(**self.targetoptions)(self.py_func)
                if self.targetoptions.get("cache"):
                    _ask_all_sources(self._dispatcher, digest_of(self.py_func, ""))
            return self._dispatcher

    @property
    def _numba_type_(self) -> Any:
        return self.dispatcher._numba_type_

    def __call__(self, *given: Any) -> Any:
        return self.dispatcher(*given)


def _ask_all_sources(dispatcher: Any, digest: str) -> None:
    """Has numba's cache ask whether anything a function is made from was changed.

    Numba alone looks at the file that the function stands in, and when it was changed: what is called in another file
    could be another, and the former machine code would be run.
    """
    dispatcher._cache._cache_file._source_stamp = digest


class _Entry(_Lazy):
    """A kernel that Python calls: machine code of this library's own keeping, by the types of what is given."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        super().__init__(function, **options)
        self._by_types: dict[str, MachineCode | None] = {}
        self._by_numba = _Lazy(function, nogil=True, _nrt=False)  # whose code Python can call by numba's own way

    def __call__(self, *given: Any) -> None:
        flat = flatten(given)
        if flat.types not in self._by_types:
            with _ONE_AT_A_TIME:
                if flat.types not in self._by_types:
                    self._by_types[flat.types] = self._code(flat, given)
        code = self._by_types[flat.types]
        if code is None:
            self._by_numba(*given)
        else:
            code(flat)

    def _code(self, flat: Flat, given: tuple[Any, ...]) -> MachineCode | None:
        """From the store, or compiled and stored; None where the machine cannot do it, which numba then does itself."""
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        key = digest_of(self.py_func, flat.types)
        code = _kept(name, key)
        if code is None:
            with one_process_at_a_time(name, key):
                code = _kept(name, key)  # by a process that was waited for
                if code is None:
                    made = machine_code(self.dispatcher, given)
                    code = load(made)
                    if code is not None:
                        to_store(name, key, made)
        return code


def _kept(name: str, key: str) -> MachineCode | None:
    found = stored(name, key)
    return load(found) if found is not None else None


def kernel(function: F) -> F:
    """Compiles a function that makes no arrays and is called by kernels, and puts its machine code in each of them."""
    return cast("F", _Lazy(function, nogil=True, forceinline=True, _nrt=False))


def inlined(function: F) -> F:
    """Compiles a small function that makes no arrays into each of its callers."""
    return cast("F", _Lazy(function, nogil=True, inline="always", _nrt=False))


def entry(function: F) -> F:
    """Compiles a function that makes no arrays and returns nothing, called with arrays, tuples of them and integers."""
    return cast("F", _Entry(function, nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True))


def maker(function: Callable[..., Any]) -> Any:
    """Compiles a function that may make arrays, kept in numba's own cache. Its types are numba's, not Python's."""
    return _Lazy(function, nogil=True, cache=True)
