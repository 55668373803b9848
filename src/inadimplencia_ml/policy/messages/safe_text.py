"""What is filled into a text: money and dates as they are written in Brazil, and data that stays data.

A name with a line break, a brace or an address of the internet must not change what a message says or where it leads.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import numpy as np
import numpy.typing as npt

__all__ = ["clean", "cut", "dates", "days_told", "is_link", "joined", "money", "name_or"]

_LOOKS_LIKE_A_LINK = re.compile(
    r"://|\bwww\.|@|\b[\w-]{2,}\.(?:com|net|org|br|io|ly|me|app|link|info|biz|co|xyz)\b", re.I
)
_LINK = re.compile(r"https://[^\s{}<>\"'\\]+\.[^\s{}<>\"'\\]+")
_WORD = re.compile(r"[^\W_]")
_MARKS = re.compile(r"[*_~`<>|\[\]\\^]")
_BRACES = str.maketrans("{}", "()")


def clean(text: object) -> str:
    """One line, without signs that cannot be seen and without braces.

    >>> clean("Ana\\nLúcia  {valor}")
    'Ana Lúcia (valor)'
    """
    told = str(text)
    if not told.isascii():
        told = unicodedata.normalize("NFC", told)
    if not told.isprintable():
        seen = (c for c in told if unicodedata.category(c) != "Cf")
        told = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in seen)
    if "{" in told or "}" in told:
        told = told.translate(_BRACES)
    return " ".join(told.split())


_UNSEEN = {"Cc", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"}


def cut(text: str, most: int) -> str:
    """At most ``most`` signs, whole words where there is more than one.

    >>> cut("Maria Aparecida dos Santos", 18)
    'Maria Aparecida'
    """
    if len(text) <= most:
        return text
    head = text[: most + 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head[:most]).rstrip(" ,;-")


def name_or(name: object, missing: str, most: int) -> str:
    """A client's name fit for a greeting; ``missing`` where there is none, or it carries an address of the internet.

    >>> name_or("*Bia* www.golpe.com", "cliente", 60), name_or("*Bia*", "cliente", 60)
    ('cliente', 'Bia')
    """
    if name is None or name != name or _LOOKS_LIKE_A_LINK.search(str(name)):
        return missing
    told = clean(name)
    if _MARKS.search(told):
        told = clean(_MARKS.sub("", told))
    told = cut(told, most)
    return told if _WORD.search(told) else missing


def is_link(text: object) -> bool:
    """An address a client may be led to: https, in one piece.

    >>> is_link("https://pague.example.com/c/1"), is_link("http://pague.example.com"), is_link("javascript:x")
    (True, False, False)
    """
    return isinstance(text, str) and text.isascii() and _LINK.fullmatch(text) is not None


def money(cents: npt.NDArray[np.int64]) -> list[str]:
    """Amounts in whole cents as they are written.

    >>> money(np.array([123456, 0, -50]))
    ['R$ 1.234,56', 'R$ 0,00', '-R$ 0,50']
    """
    values, which = np.unique(cents, return_inverse=True)
    told = [
        f"{'-' if c < 0 else ''}R$ {abs(c) // 100:,}".replace(",", ".") + f",{abs(c) % 100:02d}"
        for c in values.tolist()
    ]
    return [told[i] for i in which.tolist()]


def dates(days: npt.NDArray[np.datetime64]) -> list[str | None]:
    """Days as they are written; None where missing.

    >>> dates(np.array(["2026-03-15", "NaT"], "datetime64[D]"))
    ['15/03/2026', None]
    """
    values, which = np.unique(days.astype("datetime64[D]"), return_inverse=True)
    found: list[dt.date | None] = values.tolist()
    told = [None if day is None else f"{day:%d/%m/}{day.year:04d}" for day in found]
    return [told[i] for i in which.tolist()]


def days_told(days: npt.NDArray[np.int64]) -> list[str]:
    """Numbers of days with their word.

    >>> days_told(np.array([1, 12]))
    ['1 dia', '12 dias']
    """
    return ["1 dia" if d == 1 else f"{d:,} dias".replace(",", ".") for d in days.tolist()]


def joined(parts: list[str]) -> str:
    """Several things in a row.

    >>> joined(["a", "b", "c"])
    'a, b e c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} e {parts[-1]}" if parts else ""
