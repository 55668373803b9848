"""Numbers and columns as a page shows them, in Portuguese or English."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.risk.judging.words import WORDS

__all__ = ["Say", "grid"]


class Say:
    """Words and numbers of one language.

    Raises
    ------
    CallError
        The language is neither ``pt`` nor ``en``.
    """

    def __init__(self, lang: str) -> None:
        if lang not in ("pt", "en"):
            raise CallError(f"lang is {lang!r}. Texts exist in 'pt' and 'en'.")
        self.lang = lang
        self.words = {key: self.choose(pair) for key, pair in WORDS.items()}

    def choose(self, pair: tuple[str, str]) -> str:
        """The one of (Portuguese, English) that is spoken."""
        return pair[0 if self.lang == "pt" else 1]

    def __getitem__(self, key: str) -> str:
        return self.words.get(key, key)

    def number(self, value: Any, digits: int = 3) -> str:
        """1.234,5 in Portuguese, 1,234.5 in English; a dash for a figure that could not be had."""
        if value is None or not np.isfinite(value):
            return "–"
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.lang == "pt" else text

    def share(self, value: Any, digits: int = 2) -> str:
        """A share as a percentage."""
        text = self.number(None if value is None else 100 * value, digits)
        return text if text == "–" else f"{text} %" if self.lang == "pt" else f"{text}%"

    def span(self, row: Any, digits: int = 3) -> str:
        """A figure with its interval."""
        if not np.isfinite(row.low):
            return self.number(row.value, digits)
        return f"{self.number(row.value, digits)} [{self.number(row.low, digits)}; {self.number(row.high, digits)}]"


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns of equal width, the first to the left."""
    lines = [list(head), *(list(r) for r in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  "
        + "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
