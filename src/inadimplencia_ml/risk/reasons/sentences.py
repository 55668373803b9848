"""The sentences of reasons for whole books: each different number is written once, and the words are joined by column.

They are to the letter what `catalog.reason_sentence` says of one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.catalog import BY_NAME, Lang, Sentence, reason_family
from inadimplencia_ml.catalog.figures import PERCENT
from inadimplencia_ml.catalog.reasons import number_of, pieces, placeholders, written
from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.reasons.codes import REASON_COLUMNS

__all__ = ["reason_sentences", "with_texts", "written_reasons"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


def reason_sentences(
    code: str, features: pd.DataFrame, *, against: bool, lang: Lang = "pt", rows: Ints | None = None
) -> pa.Array:
    """What `catalog.reason_sentence` says of each row, as an Arrow array of text.

    Parameters
    ----------
    code : str
        Code of the reason family, such as ``R01``.
    features : DataFrame
        Only the columns that the family's sentences write are read; a missing column is a missing number.
    against : bool
        True: the sentence for what lowered the score; False: for what raised it.
    lang : {"pt", "en"}
    rows : array of int, optional
        Places of the rows that are asked for, in any order; all if not given.

    Raises
    ------
    CallError
        If the code or the language is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"overdue_count": [1.0, 2.0, 0.0]})
    >>> for sentence in reason_sentences("R01", table, against=True, lang="en").to_pylist():
    ...     print(sentence)
    1 invoice is overdue on the date of this assessment.
    2 invoices are overdue on the date of this assessment.
    The current state of the open invoices lowered the score.
    """
    if lang not in ("pt", "en"):
        raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
    family = reason_family(code)
    asked = np.arange(len(features)) if rows is None else rows
    numbers: dict[str, Floats] = {}
    left, texts, places = np.arange(len(asked)), [], []
    for sentence in family.against if against else family.favour:
        for name in _read_by(sentence).difference(numbers):
            numbers[name] = _numbers(features, name, asked)
        fits = _fits(sentence, numbers, left)
        if fits.any():
            texts.append(_joined(sentence, lang, numbers, left[fits]))
            places.append(left[fits])
        left = left[~fits]
    return _in_order(texts, places, len(asked))


def written_reasons(
    names: Sequence[str], code: Ints, favour: Any, features: pd.DataFrame, rows: Ints, *, lang: Lang
) -> pd.Series[str]:
    """The sentences of many reasons of many rows.

    Parameters
    ----------
    names : sequence of str
        Reason codes.
    code : array of int
        By sentence, the place of its code in ``names``; −1 for none.
    favour : array of bool
        By sentence, whether it is the one for what raised the score.
    features : DataFrame
    rows : array of int
        By sentence, the row of ``features`` it is about.
    lang : {"pt", "en"}
    """
    texts, places = [], []
    for side in (False, True):
        for at, name in enumerate(names):
            own = np.flatnonzero((code == at) & (favour == side))
            if len(own):
                texts.append(reason_sentences(name, features, against=not side, lang=lang, rows=rows[own]))
                places.append(own)
    return pd.Series(pd.array(_in_order(texts, places, len(code)), dtype="str"))


def with_texts(scores: pd.DataFrame, features: pd.DataFrame, *, lang: Lang = "pt") -> pd.DataFrame:
    """Scores with the sentence of each reason beside its code: ``text_1`` to ``text_4``.

    Parameters
    ----------
    scores : DataFrame
        With the columns ``reason_1`` to ``reason_4``.
    features : DataFrame
        Of the same rows, in their order.
    lang : {"pt", "en"}
    """
    out, rows = scores.copy(deep=False), np.arange(len(scores))
    for column in (c for c in REASON_COLUMNS if c in scores.columns):
        code, names = pd.factorize(scores[column])
        texts = written_reasons(list(names), code, np.zeros(len(code), bool), features, rows, lang=lang)
        out[column.replace("reason", "text")] = texts.set_axis(scores.index)
    return out


def _read_by(sentence: Sentence) -> frozenset[str]:
    return placeholders(sentence).union(sentence.above_zero, sentence.not_above_zero)


def _numbers(features: pd.DataFrame, name: str, rows: Ints) -> Floats:
    """The numbers of a column at the rows; NaN for whatever is missing, infinite or no number."""
    if name not in features.columns:
        return np.full(len(rows), np.nan)
    column = features[name]
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)[rows]
    else:
        found = [number_of(value) for value in column.iloc[rows]]
        values = np.array([np.nan if number is None else number for number in found], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _fits(sentence: Sentence, numbers: dict[str, Floats], at: Ints) -> npt.NDArray[np.bool_]:
    """Where every number of a sentence is there, and on the side of zero that it speaks of."""
    fits = np.ones(len(at), dtype=bool)
    for name in _read_by(sentence):
        values = numbers[name][at]
        fits &= ~np.isnan(values)
        if name in sentence.above_zero or name in sentence.not_above_zero:
            fits &= _above_zero(values, BY_NAME[name].unit) == (name in sentence.above_zero)
    return fits


def _above_zero(values: Floats, unit: str) -> npt.NDArray[np.bool_]:
    """Whether a number is above zero as it is shown: shares as they are, amounts to the cent, days and counts whole."""
    if unit in PERCENT:
        return values > 0.0
    return values >= 0.005 if unit == "amount" else np.floor(values + 0.5) > 0.0


def _joined(sentence: Sentence, lang: Lang, numbers: dict[str, Floats], at: Ints) -> pa.Array:
    parts: list[Any] = []
    for piece in pieces(sentence, lang):
        if isinstance(piece, str):
            parts.append(pa.scalar(piece, pa.large_string()))
        else:
            place, shown = pd.factorize(_as_shown(numbers[piece[0]][at], BY_NAME[piece[0]].unit))
            texts = [written(*piece, float(value), lang) for value in shown]
            parts.append(pa.array(texts, pa.large_string()).take(pa.array(place)))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.repeat(pa.scalar("".join(p.as_py() for p in parts), pa.large_string()), len(at))
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))


def _as_shown(values: Floats, unit: str) -> Floats:
    """The same numbers with those made equal that are written alike; amounts stay as they are."""
    if unit == "amount":
        return values
    if unit not in PERCENT:
        return np.copysign(np.floor(np.abs(values) + 0.5), values)
    whole = np.copysign(np.floor(np.abs(100.0 * values) + 0.5), values) / 100.0
    whole = np.where((values > 0.0) & (values < 0.005), 0.001, whole)  # written as less than 1 %
    return np.where((values >= 0.995) & (values < 1.0), 0.999, whole) if unit == "share" else whole


def _in_order(texts: list[pa.Array], places: list[Ints], size: int) -> pa.Array:
    """The texts at their places; null where no text has one."""
    if not texts:
        return pa.nulls(size, pa.large_string())
    back = np.full(size, -1, dtype=np.int64)
    at = np.concatenate(places)
    back[at] = np.arange(len(at))
    joined = pa.chunked_array(texts).combine_chunks()
    return joined.take(pa.array(back, mask=back < 0))
