"""The columns a model was fitted on: their names, kinds and categories, frozen, so that a cell always means the same.

A model reads a matrix of float64: numbers as they are, a category as its place in the frozen list, everything that is
missing or was never seen as NaN. The same row gives the same numbers alone or in a batch, today or from a saved model.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import BundleError, CallError, did_you_mean
from inadimplencia_ml.risk.one_row import OneRow, is_missing

__all__ = ["FrozenColumns", "as_pandas", "encoded_once", "held_matrix", "made_once"]

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Categories = tuple[str, ...] | tuple[float, ...]
_FEW_ROWS = 1_000
_SO_FEW = 16  # rows whose categories are looked up one by one
_FLOAT = np.dtype(np.float64)
_INFINITE = "The column {0!r} holds an infinite value. Leave it empty (NaN) where a figure is undefined."
_HELD: ContextVar[tuple[Any, dict[Hashable, Any]] | None] = ContextVar("_HELD", default=None)


@contextmanager
def encoded_once(frame: pd.DataFrame | OneRow) -> Iterator[None]:
    """Within it, ``frame`` becomes a matrix once, however many members, reasons and calibrations read it.

    Its columns are taken to be the model's, in order. Of few rows, to do so costs more than to score them; of many, the
    matrix would only lie about.
    """
    token = _HELD.set((frame, {}) if len(frame) <= _FEW_ROWS else None)
    try:
        yield
    finally:
        _HELD.reset(token)


def made_once(frame: Any, key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` makes of ``frame``: made once for all who ask for ``key``, if the table is held."""
    held = _HELD.get()
    if held is None or held[0] is not frame:
        return make()
    if key not in held[1]:
        held[1][key] = make()
    made: T = held[1][key]
    return made


def held_matrix(frame: Any, reader: Hashable, make: Callable[[Any], Floats]) -> Floats | None:
    """What ``make`` makes of this very table for a reader, made once; None where it is not held."""
    held = _HELD.get()
    if held is None or held[0] is not frame:
        return None
    return made_once(frame, reader, lambda: make(frame)).copy()  # who asks may write into it


def as_pandas(x: Any) -> pd.DataFrame | None:
    """``x`` as a pandas frame if it is a table with named columns (pandas, Polars, Arrow), else None."""
    if isinstance(x, pd.DataFrame):
        return x
    if not hasattr(x, "columns") and not hasattr(x, "column_names"):
        return None
    import narwhals as nw

    frame = nw.from_native(x, eager_only=True, pass_through=True)
    return frame.to_pandas() if isinstance(frame, nw.DataFrame) else None


@dataclass(frozen=True)
class FrozenColumns:
    """Names and categories of the columns, in order; ``categories`` is None where the column holds numbers.

    Examples
    --------
    >>> x = pd.DataFrame({"late_share_365d": [0.0, 0.5], "client_uf": ["SP", None]})
    >>> columns = FrozenColumns.learn(x)
    >>> columns.encode(x)
    array([[0. , 0. ],
           [0.5, nan]])
    """

    names: tuple[str, ...]
    categories: tuple[Categories | None, ...]

    @classmethod
    def learn(cls, x: pd.DataFrame) -> FrozenColumns:
        """The columns of ``x``: text and pandas categories are categories, sorted: the order of rows does not matter.

        Raises
        ------
        CallError
            Two columns have the same name, or a column holds dates or lists.
        """
        names = tuple(str(c) for c in x.columns)
        twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise CallError(f"The column {twice[0]!r} appears more than once. Each feature needs a name of its own.")
        return cls(names, tuple(_categories(x.iloc[:, i]) for i in range(x.shape[1])))

    @classmethod
    def numbers(cls, count: int) -> FrozenColumns:
        """``count`` columns of numbers without names of their own."""
        return cls(tuple(f"column_{i}" for i in range(count)), (None,) * count)

    @property
    def categorical(self) -> list[int]:
        """Positions of the categorical columns."""
        return [i for i, c in enumerate(self.categories) if c is not None]

    def encode(self, x: pd.DataFrame | OneRow) -> Floats:
        """The matrix that the model reads; rows stay in order, columns are taken by position, of one row by name.

        Raises
        ------
        CallError
            A column of numbers holds text, or a value is infinite; names the column.
        """
        held = held_matrix(x, self, self._encoded)
        return self._encoded(x) if held is None else held

    def unseen_behind(self, out: Floats, x: pd.DataFrame | OneRow, columns: Iterable[int]) -> Floats:
        """In place: in these columns a category never seen stands behind the last, apart from the missing."""
        for j in columns:
            if isinstance(x, OneRow):
                given: Any = not is_missing(x.cells[self.names[j]])
            else:
                given = x.iloc[:, j].notna().to_numpy(dtype=bool)
            out[np.isnan(out[:, j]) & given, j] = len(self.categories[j] or ())
        return out

    @cached_property
    def _places(self) -> dict[int, dict[str, float]]:
        """By column of words, the place of each."""
        worded = {i: known for i, known in enumerate(self.categories) if known is not None}
        return {i: {str(word): float(at) for at, word in enumerate(known)} for i, known in worded.items()}

    def _encoded_row(self, row: OneRow) -> Floats:
        cells: list[Any] = [row.cells[name] for name in self.names]
        for i, places in self._places.items():
            known = self.categories[i]
            if known and isinstance(known[0], float):
                cells[i] = _codes(pd.Series([cells[i]], dtype=object), known)[0]
            else:
                cells[i] = np.nan if is_missing(cells[i]) else places.get(str(cells[i]), np.nan)
        try:
            out = np.array([cells], dtype=np.float64)
        except ValueError:  # a word, or text that reads as a number: the column by itself says which
            numbers = ((c, n) for i, (c, n) in enumerate(zip(cells, self.names, strict=True)) if i not in self._places)
            done = {n: _numbers(pd.Series([c], name=n, dtype=object), n)[0] for c, n in numbers}
            out = np.array([[done.get(n, c) for c, n in zip(cells, self.names, strict=True)]], dtype=np.float64)
        if np.isinf(out).any():
            name = self.names[int(np.isinf(out)[0].argmax())]
            raise CallError(_INFINITE.format(name))
        return out

    def _encoded(self, x: pd.DataFrame | OneRow) -> Floats:
        if isinstance(x, OneRow):
            return self._encoded_row(x)
        out = np.empty((len(x), len(self.names)), dtype=np.float64)
        done = self._plain_columns(x, out) if len(x) <= _FEW_ROWS else frozenset()
        for i, (name, known) in enumerate(zip(self.names, self.categories, strict=True)):
            if i in done:
                continue
            column = x.iloc[:, i]
            out[:, i] = _numbers(column, name) if known is None else _codes(column, known)
        return out

    def _plain_columns(self, x: pd.DataFrame, out: Floats) -> frozenset[int]:
        """Fills the columns that are finite floats already, at once: one by one costs more than to score few rows."""
        kinds = x.dtypes.tolist()
        plain = [i for i, known in enumerate(self.categories) if known is None and kinds[i] is _FLOAT]
        values = x.iloc[:, plain].to_numpy(dtype=np.float64)
        if np.isinf(values).any():
            return frozenset()
        out[:, plain] = values
        return frozenset(plain)

    def missing_message(self, given: Iterable[object]) -> str:
        """What is missing among the columns ``given``, each with the names near to it; empty if nothing is."""
        have = [str(g) for g in given]
        lacking = [n for n in self.names if n not in set(have)]
        spare = [h for h in have if h not in set(self.names)]
        lines = [f"- {n}{did_you_mean(n, spare)}" for n in lacking[:10]]
        if len(lacking) > 10:
            lines.append(f"- and {len(lacking) - 10} more")
        return "\n".join(lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data, in column order."""
        return [
            {"name": n, "categories": None if c is None else list(c)}
            for n, c in zip(self.names, self.categories, strict=True)
        ]

    @classmethod
    def from_json(cls, data: Any) -> FrozenColumns:
        """The columns that ``to_json`` wrote.

        Raises
        ------
        BundleError
            The data is not of that form.
        """
        try:
            names = tuple(str(d["name"]) for d in data)
            kinds = tuple(None if d["categories"] is None else tuple(d["categories"]) for d in data)
            hash(kinds)  # a category is a word or a number, no list of them
        except (TypeError, KeyError) as error:
            raise BundleError(
                f"The columns of the model cannot be read: {error!r} is missing or of a wrong kind"
            ) from None
        return cls(names, kinds)


def _categories(column: pd.Series[Any]) -> Categories | None:
    """The sorted categories of a column, None if it holds numbers."""
    seen: pd.Index[Any] | None
    if isinstance(column.dtype, pd.CategoricalDtype):
        seen = column.cat.remove_unused_categories().cat.categories
    elif pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return None
    elif pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        raise CallError(f"The column {column.name!r} holds dates. A model reads numbers and categories: give days.")
    else:
        seen = _unique(column)
        if seen is None:
            return None
    if len(seen) and pd.api.types.is_numeric_dtype(seen) and not pd.api.types.is_bool_dtype(seen):
        return tuple(sorted(float(v) for v in seen))
    return tuple(sorted({str(v) for v in seen}))


def _unique(column: pd.Series[Any]) -> pd.Index[Any] | None:
    """The different values of a column of objects or text; None if all of them are numbers or missing."""
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}:
        return None
    if kind in {"date", "datetime", "datetime64", "timedelta", "period"}:
        raise CallError(f"The column {column.name!r} holds dates. A model reads numbers and categories: give days.")
    try:
        found: pd.Index[Any] = pd.Index(column.dropna().unique())
    except TypeError:
        raise CallError(
            f"The column {column.name!r} holds lists or mappings. A cell is one number or one word."
        ) from None
    return found


def _numbers(column: pd.Series[Any], name: str) -> Floats:
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        text = column[pd.to_numeric(column.astype(object), errors="coerce").isna() & column.notna()]
        if len(text):
            raise CallError(
                f"The column {name!r} held numbers when the model was fitted; now it holds {str(text.iloc[0])[:40]!r}."
            ) from None
        values = pd.to_numeric(column.astype(object)).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise CallError(_INFINITE.format(name))
    return values


def _codes(column: pd.Series[Any], known: Categories) -> Floats:
    """The place of each value in ``known``, NaN for the missing and the unseen; looks each different value up once."""
    if len(column) <= _SO_FEW and known and not isinstance(known[0], float):
        place = {word: float(at) for at, word in enumerate(known)}
        return np.array([np.nan if pd.isna(v) else place.get(str(v), np.nan) for v in column.tolist()])
    seen = pd.Categorical(column)
    if known and isinstance(known[0], float):
        values = pd.to_numeric(pd.Series(list(seen.categories), dtype=object), errors="coerce").to_numpy(np.float64)
        places = pd.Index(np.asarray(known, dtype=np.float64)).get_indexer(pd.Index(values))
    else:
        places = pd.Index(list(known), dtype=object).get_indexer(
            pd.Index([str(v) for v in seen.categories], dtype=object)
        )
    table = np.append(np.where(places < 0, np.nan, places.astype(np.float64)), np.nan)  # the last cell serves code -1
    out: Floats = table[seen.codes]
    return out
