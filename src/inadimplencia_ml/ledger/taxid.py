"""CPF and CNPJ: checked, brought to their bare form, zeros that a spreadsheet ate restored.

A CPF has 11 digits. A CNPJ has 14 signs; since July 2026 its first 12 may hold capital letters as well, each counting
as its ASCII code less 48, which leaves the digits as they were. The last two signs of both are check digits, modulo 11.
A tax id identifies; it never is a feature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["TaxIds", "is_cnpj", "is_cpf", "read_tax_ids"]

Signs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CPF_WEIGHTS = np.array([11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
_CNPJ_WEIGHTS = np.array([6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
_SHORTEST = 3  # fewer signs than this are no tax id that lost its zeros


@dataclass(frozen=True)
class TaxIds:
    """Bare tax ids (as given where bad), the rows that are bad, and how many got their zeros back."""

    values: pa.Array
    bad: Flags
    restored: int


def read_tax_ids(column: pa.Array, kind: pa.Array | None = None) -> TaxIds:
    """Reads a column of tax ids.

    Parameters
    ----------
    column
        Text such as ``"123.456.789-09"``, ``"11222333000181"`` or ``"12.ABC.345/01DE-35"``; null stays null.
    kind
        PF or PJ, a row each. It decides where fewer than 11 digits make both a CPF and a CNPJ; without it a CPF.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ids = read_tax_ids(pa.array(["123.456.789-09", "191", "12.ABC.345/01DE-35", "123.456.789-00"]))
    >>> ids.values.to_pylist()
    ['12345678909', '00000000191', '12ABC34501DE35', '123.456.789-00']
    >>> ids.bad.tolist(), ids.restored
    ([False, False, False, True], 1)
    """
    bare = pc.utf8_upper(pc.replace_substring_regex(column, r"[\s./-]", ""))
    length = pc.fill_null(pc.binary_length(bare), 0).to_numpy(zero_copy_only=False)
    given = column.is_valid().to_numpy(zero_copy_only=False)
    text = pc.fill_null(bare, "")
    cpf = (length >= _SHORTEST) & (length <= 11) & _valid(text, length, 11)
    cnpj = (length >= _SHORTEST) & (length <= 14) & _valid(text, length, 14)
    if kind is not None:
        company = pc.fill_null(pc.equal(kind, "PJ"), False).to_numpy(zero_copy_only=False)
        cpf &= ~(cnpj & company)
    cnpj &= ~cpf
    values = pc.if_else(pa.array(cpf), pc.utf8_lpad(text, 11, "0"), pc.utf8_lpad(text, 14, "0"))
    values = pc.if_else(pa.array(cpf | cnpj), values, column)
    restored = int(np.count_nonzero((cpf & (length < 11)) | (cnpj & (length < 14))))
    return TaxIds(values, given & ~cpf & ~cnpj, restored)


def is_cpf(text: str) -> bool:
    """True for a CPF with right check digits, with or without its points and zeros.

    >>> is_cpf("123.456.789-09"), is_cpf("111.111.111-11")
    (True, False)
    """
    return _is(text, 11)


def is_cnpj(text: str) -> bool:
    """True for a CNPJ, of digits or alphanumeric, with right check digits.

    >>> is_cnpj("11.222.333/0001-81"), is_cnpj("12.ABC.345/01DE-35"), is_cnpj("11.222.333/0001-80")
    (True, True, False)
    """
    return _is(text, 14)


def _is(text: str, width: int) -> bool:
    ids = read_tax_ids(pa.array([text]), pa.array(["PF" if width == 11 else "PJ"]))
    return not ids.bad[0] and len(ids.values[0].as_py()) == width


def _valid(text: pa.Array, length: npt.NDArray[np.int64], width: int) -> Flags:
    """Where the text, filled with zeros on the left, is a CPF (width 11) or a CNPJ (width 14)."""
    result = np.zeros(len(text), bool)
    plain = r"^\d+$" if width == 11 else r"^[0-9A-Z]*\d\d$"
    fits = pc.match_substring_regex(text, plain).to_numpy(zero_copy_only=False) & (length > 0) & (length <= width)
    if width == 14:  # letters are never eaten by a spreadsheet, so an alphanumeric CNPJ must come whole
        fits &= pc.match_substring_regex(text, r"^\d+$").to_numpy(zero_copy_only=False) | (length == width)
    rows = np.flatnonzero(fits)
    if not len(rows):
        return result
    padded = pc.utf8_lpad(text.take(pa.array(rows)), width, "0").to_numpy(zero_copy_only=False)
    raw = np.array(padded, dtype=f"S{width}")
    signs = np.frombuffer(raw.tobytes(), np.uint8).reshape(len(rows), width).astype(np.int64) - 48
    weights = _CPF_WEIGHTS if width == 11 else _CNPJ_WEIGHTS
    first, second = _check_digit(signs[:, : width - 2], weights[1:]), _check_digit(signs[:, : width - 1], weights)
    varied = (signs != signs[:, :1]).any(axis=1)  # 111.111.111-11 has right check digits and belongs to nobody
    result[rows] = (signs[:, width - 2] == first) & (signs[:, width - 1] == second) & varied
    return result


def _check_digit(signs: Signs, weights: Signs) -> Signs:
    rest = signs @ weights % 11
    return np.where(rest < 2, 0, 11 - rest)
