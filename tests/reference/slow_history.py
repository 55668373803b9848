"""Families beyond the fixed features from their definitions: plain Python, one snapshot at a time, slow on purpose.

It shares no line with the library. What was known of each invoice at the end of a day comes from `slow_features.py`;
the families stand in `slow_history_lateness.py` and `slow_history_terms.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from reference.slow_facts import Client, rows
from reference.slow_features import Book
from reference.slow_history_day import Day
from reference.slow_history_lateness import latest, shock, spread
from reference.slow_history_terms import cures, postponed, rhythm

SLOW_FAMILIES: dict[str, Callable[[Day], dict[str, float]]] = {
    "spread": spread,
    "latest": latest,
    "shock": shock,
    "cures": cures,
    "postponed": postponed,
    "rhythm": rhythm,
}


def slow_history(
    tables: dict[str, pd.DataFrame],
    snapshots: pd.DataFrame,
    calendar: str | pd.DataFrame = "BR",
    timezone: str = "America/Sao_Paulo",
) -> pd.DataFrame:
    """client_id, as_of, view and every feature of these families, one row a snapshot, in the order of the snapshots.

    ``calendar`` is "BR", "none", or a table of (date, uf or missing): BR with these days closed as well.
    """
    book = Book(tables, calendar, timezone)

    @cache
    def at(client_id: Any, t: int) -> dict[str, float]:
        day = Day(book, book.clients.get(client_id, Client()), t)
        return {name: float(value) for family in SLOW_FAMILIES.values() for name, value in family(day).items()}

    out = []
    for row in rows(snapshots, ZoneInfo(timezone)):
        view = row.get("view") or "end_of_day"
        key = {"client_id": row["client_id"], "as_of": dt.date.fromordinal(row["as_of"]), "view": view}
        out.append(key | at(row["client_id"], row["as_of"] - (view == "at_issue")))
    return pd.DataFrame(out)
