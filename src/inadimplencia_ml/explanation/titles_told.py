"""The titles behind a score as rows: what is open first, then the latest that were closed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from inadimplencia_ml.catalog import Lang
from inadimplencia_ml.explanation.sections import Section, money, on_day
from inadimplencia_ml.explanation.words import TITLES, say

__all__ = ["titles_told"]

_OPEN, _CLOSED = 20, 10  # titles shown
_COLUMNS = ("invoice", "due", "amount", "closed", "late", "open")


def titles_told(title: str, titles: pd.DataFrame, lang: Lang) -> Section:
    """One row a title, by due date; older ones are only counted."""
    if titles.empty:
        return Section("titles", title, (TITLES["none"][lang],))
    is_open = titles["status"] == "open"
    latest = titles[~is_open].sort_values("closed_on", kind="stable").tail(_CLOSED)
    shown = pd.concat([titles[is_open].tail(_OPEN), latest]).sort_values("due_date", kind="stable")
    rows = tuple(_row(one, lang) for one in shown.to_dict("records"))
    below = []
    left = len(titles) - len(shown)
    if left:
        below.append(say(TITLES, "not_shown_one" if left == 1 else "not_shown_many", lang, n=left))
    if (shown["days_late"] < 0).any():
        below.append(TITLES["early"][lang])
    header = tuple(TITLES[name][lang] for name in _COLUMNS)
    return Section("titles", title, tuple(below), header, rows, right=(2, 4, 5))


def _row(one: dict[Any, Any], lang: Lang) -> tuple[str, ...]:
    amount = TITLES["unknown"][lang] if pd.isna(one["amount"]) else money(one["amount"], lang)
    closed = on_day(one["closed_on"], lang)
    if one["status"] == "closed":
        closed = say(TITLES, "renegotiated", lang, day=closed)
    if one["status"] == "open" and one["disputed"]:
        closed = TITLES["disputed"][lang]
    left = money(one["open_amount"], lang) if one["status"] == "open" else "–"
    late = str(int(one["days_late"]))
    return str(one["invoice_id"]), on_day(one["due_date"], lang), amount, closed, late, left
