"""The parts of an explanation: titles, paragraphs, rows. The text and the page are written from the same ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.catalog.figures import figure

__all__ = ["Section", "as_text", "money", "on_day", "signed", "whole_points"]

_INDENT = "  "


@dataclass(frozen=True)
class Section:
    """One part under a title.

    Attributes
    ----------
    name : str
        What it is, for whoever lays it out: against, favour, sum, facts, titles, way, decision, rules, rights, ...
    title : str
        Empty for the head.
    paragraphs : tuple of str
        Below the rows, if there are any.
    header : tuple of str
        Of the rows; empty: none.
    rows : tuple of tuple of str
    right : tuple of int
        Columns that hold figures.
    total : bool
        The last row adds up the others.
    """

    name: str
    title: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: tuple[int, ...] = ()
    total: bool = False


def as_text(sections: Iterable[Section]) -> str:
    """All sections as plain text, figures in columns."""
    parts = []
    for one in sections:
        inset = _INDENT if one.title else ""
        lines = [one.title] if one.title else []
        lines += [inset + line for line in _columns(one)]
        lines += [inset + text for text in one.paragraphs]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _columns(one: Section) -> list[str]:
    rows = [one.header, *one.rows] if one.header else list(one.rows)
    if not rows:
        return []
    width = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    last = len(width) - 1
    lines = []
    for row in rows:
        cells = [c.rjust(w) if k in one.right else c.ljust(w) for k, (c, w) in enumerate(zip(row, width, strict=True))]
        lines.append(_INDENT.join(cells).rstrip() if last not in one.right else _INDENT.join(cells))
    return lines


def money(value: float, lang: Lang) -> str:
    """An amount in the reader's writing.

    >>> money(1234.56, "pt"), money(1234.56, "en")
    ('R$ 1.234,56', 'R$ 1,234.56')
    """
    return figure(value, "amount", lang)


def on_day(day: Any, lang: Lang) -> str:
    """A date in the reader's writing; a dash where there is none.

    >>> on_day("2026-03-15", "pt"), on_day("2026-03-15", "en"), on_day(None, "pt")
    ('15/03/2026', '2026-03-15', '–')
    """
    if day is None or pd.isna(day):
        return "–"
    moment = pd.Timestamp(day)
    return moment.strftime("%d/%m/%Y") if lang == "pt" else moment.date().isoformat()


def signed(points: int) -> str:
    """Points with their sign.

    >>> signed(12), signed(-3), signed(0)
    ('+12', '-3', '0')
    """
    return f"{points:+d}" if points else "0"


def whole_points(points: list[float], total: int) -> list[int]:
    """The points as whole numbers that add up to ``total``: each rounded, those nearest to the next number first.

    Examples
    --------
    >>> whole_points([600.4, -20.7, 10.4], 590)
    [600, -21, 11]
    """
    low = [math.floor(one) for one in points]
    missing = total - sum(low)
    if not 0 <= missing <= len(points):  # they do not add up to the total: rounded one by one
        return [math.floor(one + 0.5) for one in points]
    by_rest = sorted(range(len(points)), key=lambda k: (-(points[k] - low[k]), k))
    for k in by_rest[:missing]:
        low[k] += 1
    return low
