"""A feature table as it is given, column by column: numbers as float64, words as labels, dates as periods."""

from __future__ import annotations

import numbers as kinds
from collections.abc import Sequence
from typing import Any, Literal

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError, NotEnoughData, did_you_mean

__all__ = [
    "KEYS",
    "as_labels",
    "as_numbers",
    "as_outcome",
    "as_pandas",
    "as_periods",
    "chosen",
    "feature_frame",
    "kind_of",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
Kind = Literal["number", "category", "other"]

#: The columns that say which snapshot a row is: never a feature.
KEYS = ("client_id", "as_of", "invoice_id", "view")


def as_pandas(x: object) -> pd.DataFrame | None:
    """``x`` as a pandas frame if it is a table with named columns (pandas, Polars, Arrow), else None.

    Raises
    ------
    CallError
        A name comes twice.
    """
    if isinstance(x, pd.DataFrame):
        frame: pd.DataFrame = x
    elif hasattr(x, "columns") or hasattr(x, "column_names"):
        native: Any = nw.from_native(x, pass_through=True)
        if isinstance(native, nw.LazyFrame):
            native = native.collect()
        if not isinstance(native, nw.DataFrame):
            return None
        frame = native.to_pandas()
    else:
        return None
    return _named_once(frame)


def feature_frame(features: object) -> pd.DataFrame:
    """The table of features as pandas, names as text.

    Raises
    ------
    CallError
        It is no table, it has no rows, or a name comes twice.
    """
    frame = as_pandas(features)
    if frame is None:
        raise CallError(f"features came as {type(features).__name__}. Expected a pandas, Polars or Arrow table.")
    if not len(frame):
        raise CallError("features has no rows.")
    return _named_once(frame.rename(columns=str))


def _named_once(frame: pd.DataFrame) -> pd.DataFrame:
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise CallError(f"The column {twice[0]!r} comes more than once. Each feature needs a name of its own.")
    return frame


def chosen(frame: pd.DataFrame, columns: Sequence[str] | None, *, numbers_only: bool = False) -> list[str]:
    """The names asked for; without any, all features: no keys, no dates, with ``numbers_only`` no words.

    Raises
    ------
    CallError
        A name is unknown, or a column is not of a kind that can be read; nothing is left.
    """
    readable = ("number",) if numbers_only else ("number", "category")
    if columns is None:
        names = [n for n in frame.columns if n not in KEYS and kind_of(frame[n]) in readable]
    else:
        names = [columns] if isinstance(columns, str) else [str(c) for c in columns]
        for name in names:
            if name not in frame.columns:
                raise CallError(f"features has no column {name!r}.{did_you_mean(name, frame.columns)}")
            if kind_of(frame[name]) not in readable:
                raise CallError(f"The column {name!r} holds no {' or '.join(readable)}. Leave it out.")
    if not names:
        raise CallError(f"features holds no column of {' or '.join(readable)}.")
    return names


def kind_of(column: pd.Series[Any]) -> Kind:
    """Whether a column holds numbers (truth values too), words, or something else such as dates."""
    if isinstance(column.dtype, (pd.CategoricalDtype, pd.StringDtype)):
        return "category"
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return "number"
    if column.dtype != np.dtype(object):
        return "other"
    seen = pd.api.types.infer_dtype(column, skipna=True)
    if seen in {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}:
        return "number"
    return "category" if seen in {"string", "mixed-integer", "categorical"} else "other"


def as_numbers(column: pd.Series[Any], name: object) -> Floats:
    """The column as float64, missing as NaN.

    Raises
    ------
    CallError
        It holds something that is no number, or an infinite one; names the column.
    """
    if kind_of(column) != "number":
        held = column.dropna()
        found = f" such as {str(held.iloc[0])[:40]!r}" if len(held) else ""
        raise CallError(f"The column {name!r} holds values that are no numbers{found}.")
    if column.dtype == np.dtype(object):  # numbers beside None, or decimals
        column = pd.to_numeric(column.astype(object).where(column.notna(), np.nan))
    values: Floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise CallError(f"The column {name!r} holds an infinite value. Leave it empty (NaN) where none is defined.")
    return values


def as_labels(column: pd.Series[Any]) -> tuple[Ints, list[str]]:
    """The code of each row's word, -1 for missing, and the words in order.

    A number says the same as a word that writes it: 1, 1.0, True and "1" are one label, so that a column which changed
    its type between two files keeps its meaning.
    """
    seen = pd.Categorical(column)
    texts = [_label(value) for value in seen.categories]
    words = sorted(set(texts))
    place = {word: i for i, word in enumerate(words)}
    table = np.array([*(place[t] for t in texts), -1], dtype=np.int64)  # the last cell serves code -1
    return table[seen.codes], words


def _label(value: object) -> str:
    if isinstance(value, (kinds.Real, np.bool_)):
        figure = float(value)
        return str(int(figure)) if figure.is_integer() else repr(figure)
    return str(value)


def as_outcome(y: object, rows: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which rows are bad, and which have an outcome at all.

    Raises
    ------
    CallError
        The number of values is not ``rows``, or one is neither 0, 1 nor missing.
    NotEnoughData
        All of them are of one class.
    """
    values = as_numbers(pd.Series(y) if not isinstance(y, pd.Series) else y, "y")
    if len(values) != rows:
        raise CallError(f"y has {len(values)} values, features {rows} rows. Expected one outcome a row.")
    known = ~np.isnan(values)
    strange = values[known & (values != 0) & (values != 1)]
    if len(strange):
        raise CallError(f"y holds {strange[0]:g}. Expected 1 for bad, 0 for good, missing where it is not known.")
    bad = values == 1
    bads, goods = int(bad.sum()), int(known.sum() - bad.sum())
    if not bads or not goods:
        raise NotEnoughData(f"y holds {bads} bad and {goods} good. At least one of each is needed.")
    return bad, known


def as_periods(dates: object, rows: int, period: str) -> tuple[Days, Ints, list[str]]:
    """The day of each row, the number of its period, and the names of the periods in order of time.

    Raises
    ------
    CallError
        A date is missing or unreadable, there is not one a row, or ``period`` is no period of pandas.
    """
    try:
        days: Days = np.asarray(dates).astype("datetime64[D]")
    except (TypeError, ValueError) as error:
        raise CallError(f"dates cannot be read: {error}. Expected one date a row.") from None
    if days.shape != (rows,):
        raise CallError(f"dates has the shape {days.shape}, and there are {rows} rows. Expected one date a row.")
    if np.isnat(days).any():
        raise CallError(f"{int(np.isnat(days).sum())} of the dates are missing. Every row needs its date.")
    different, place = np.unique(days, return_inverse=True)  # a few hundred days instead of millions of rows
    try:
        spans = pd.DatetimeIndex(different.astype("datetime64[s]")).to_period(period)
    except ValueError:
        raise CallError(f"period is {period!r}. Expected 'M', 'Q', 'Y', 'W' or 'D'.") from None
    codes, names = pd.factorize(spans, sort=True)
    return days, codes.astype(np.int64)[place], [str(name) for name in names]
