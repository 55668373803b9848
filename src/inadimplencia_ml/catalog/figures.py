"""A client's numbers and dates as a reader writes them: R$ 1.234,56, 35 %, 12, 15/03/2026."""

from __future__ import annotations

import datetime as dt
import math

from inadimplencia_ml.catalog.feature import Lang

__all__ = ["PERCENT", "day_text", "figure", "shown"]

#: Units of shares and ratios, written in percent.
PERCENT = frozenset({"share", "share_change", "ratio", "ratio_per_30d", "ratio_per_month", "rate"})


def shown(value: float, unit: str) -> float:
    """The value as precisely as it is written: amounts to the cent, days and counts whole, shares as they are.

    >>> shown(2.5, "days"), shown(-0.4, "days"), shown(0.001, "share")
    (3.0, 0.0, 0.001)
    """
    if unit in PERCENT:
        return value
    if unit == "amount":
        return round(value, 2)
    return math.copysign(math.floor(abs(value) + 0.5), value) + 0.0  # halves away from zero; + 0.0: never "-0"


def figure(value: float, unit: str, lang: Lang) -> str:
    """The value in words of its unit, without the noun (``days`` gives ``12``).

    A share that is not quite nothing or not quite all is never written as 0 % or 100 %.

    >>> figure(1234.56, "amount", "pt"), figure(1234.56, "amount", "en")
    ('R$ 1.234,56', 'R$ 1,234.56')
    >>> figure(0.347, "share", "pt"), figure(0.001, "share", "pt"), figure(0.999, "share", "en")
    ('35 %', 'menos de 1 %', 'more than 99%')
    >>> figure(1250.0, "days", "pt")
    '1.250'
    """
    rounded = shown(value, unit)
    if unit == "amount":
        return ("-" if rounded < 0 else "") + "R$ " + _grouped(f"{abs(rounded):,.2f}", lang)
    if unit not in PERCENT:
        return _grouped(f"{rounded:,.0f}", lang)
    percent = "%" if lang == "en" else " %"
    if 0.0 < value < 0.005:
        return ("less than 1" if lang == "en" else "menos de 1") + percent
    if unit == "share" and 0.995 <= value < 1.0:
        return ("more than 99" if lang == "en" else "mais de 99") + percent
    return _grouped(f"{shown(100.0 * value, 'count'):,.0f}", lang) + percent


def day_text(day: dt.date, lang: Lang) -> str:
    """A date: day, month and year in Portuguese, ISO in English, where day and month are not told apart otherwise.

    >>> day_text(dt.date(2026, 3, 15), "pt"), day_text(dt.date(2026, 3, 15), "en")
    ('15/03/2026', '2026-03-15')
    """
    return day.strftime("%d/%m/%Y") if lang == "pt" else day.strftime("%Y-%m-%d")


def _grouped(text: str, lang: Lang) -> str:
    """Thousands by dots and decimals by a comma in Portuguese, as they are in English."""
    return text if lang == "en" else text.translate(str.maketrans(",.", ".,"))
