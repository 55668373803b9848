"""Words found however they are written: with accents or without, in capitals, in the plural, in either gender."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["folded", "pattern_of", "plain"]

_ENDINGS = (  # of a word as it stands in a list, and what may come instead
    ("ao", "(?:ao|oes|aes|aos)"),
    ("o", "(?:o|a|os|as)"),
    ("m", "(?:m|ns)"),
    ("l", "(?:l|is|eis)"),
    ("or", "(?:or|ora|ores|oras)"),
    ("r", "(?:r|res)"),
    ("z", "(?:z|zes)"),
)


@cache
def _bare(sign: str) -> str:
    """A sign without accent and case; nothing for signs that cannot be seen."""
    apart = unicodedata.normalize("NFKD", sign)
    return "".join(c for c in apart if not unicodedata.combining(c) and unicodedata.category(c) != "Cf").casefold()


def folded(text: str) -> tuple[str, list[int]]:
    """The text without accents, case and invisible signs, and the place in ``text`` of each sign that is left.

    >>> folded("Dívida")[0]
    'divida'
    """
    signs: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text):
        bare = _bare(sign)
        signs.append(bare)
        places.extend([at] * len(bare))
    return "".join(signs), places


def plain(text: str) -> str:
    """The text in ASCII, for channels where other signs cost more: accents go, dashes and quotes become plain.

    >>> plain("Olá, João · R$ 10,00 — até já")
    'Ola, Joao - R$ 10,00 - ate ja'
    """
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    return "".join(c for c in apart if c.isascii())


_SIGNS = str.maketrans({"·": "-", "—": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "•": "-"})


@cache
def pattern_of(words: str) -> re.Pattern[str]:
    """What finds the words in a folded text; a star stands for any ending.

    >>> bool(pattern_of("último aviso").search("os ultimos avisos")), bool(pattern_of("dívida").search("dividir"))
    (True, False)
    """
    parts = [_any_form(word) for word in folded(words)[0].split()]
    return re.compile(r"(?<![a-z0-9])" + r"[\s-]+".join(parts) + r"(?![a-z0-9])")


def _any_form(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1]) + "[a-z0-9]*"
    if len(word) > 3:
        for ending, forms in sorted(_ENDINGS, key=lambda one: -len(one[0])):
            if word.endswith(ending):
                return re.escape(word.removesuffix(ending)) + forms
        if word[-1] in "aeiu":
            return re.escape(word) + "s?"
    return re.escape(word)
