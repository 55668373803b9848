"""Values of a policy in Portuguese words, whatever section they are of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.review.conditions_told import told
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, Dated, Week

__all__ = ["entry_told", "laws", "value_told", "week_told"]

LONGEST = 240  # signs of a value that a line of prose bears; of a longer one the sentence alone is told
_DAYS = (("mon_fri", "segunda a sexta"), ("sat", "sábado"), ("sun", "domingo"))


def laws(entry: Dated[Any]) -> str:
    """The rules an entry comes from, in brackets; empty where the house chose.

    >>> laws(Dated[int](sentence="Dias.", unit="days", source=("R17", "house choice"), values={dt.date(2025, 1, 1): 3}))
    ' (R17)'
    """
    rules = [source for source in entry.source if source != HOUSE_CHOICE]
    return f" ({', '.join(rules)})" if rules else ""


def entry_told(entry: Dated[Any], day: dt.date) -> str:
    """One entry on a day: its sentence, what it is set to, the laws behind it."""
    value = entry.at(day)
    if value is None:
        return f"{entry.sentence} *Desligado.*{laws(entry)}"
    words = _with_unit(value, entry.unit)
    said = f" *{words}*" if words and len(words) <= LONGEST else ""
    return f"{entry.sentence}{said}{laws(entry)}"


def _with_unit(value: Any, unit: str) -> str:
    """A number as its unit is said in Portuguese; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value_told(value)
    if unit.startswith("BRL"):
        return "R$ " + f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    if unit.startswith("share"):
        return f"{value * 100:g} %".replace(".", ",") + (" ao mês" if "month" in unit else "")
    if unit.startswith("days"):
        return f"{value_told(value)} {'dia' if value == 1 else 'dias'}"
    return value_told(value)


def week_told(week: Week) -> str:
    """The hours of a week.

    >>> week_told(Week.model_validate({"mon_fri": ["09:00", "18:00"], "sat": None, "sun": None}))
    'segunda a sexta das 9:00 às 18:00'
    """
    hours = [(name, getattr(week, day)) for day, name in _DAYS]
    open_days = [f"{name} das {h[0].hour}:{h[0]:%M} às {h[1].hour}:{h[1]:%M}" for name, h in hours if h is not None]
    return ", ".join(open_days) or "nunca"


def value_told(value: Any) -> str:
    """A value: a number, a text, a condition, or several of them by name."""
    if isinstance(value, Condition):
        return told(value)
    if isinstance(value, Week):
        return week_told(value)
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, (int, float)):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, BaseModel):
        return _named({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, dict):
        return _named(value)
    if isinstance(value, (tuple, list)):
        parts = [value_told(one) for one in value]
        return ("; " if any("," in part for part in parts) else ", ").join(parts)
    return str(value)


def _named(values: dict[Any, Any]) -> str:
    given = {name: one for name, one in values.items() if one is not None and one != () and one != {}}
    return ", ".join(f"{name}: {value_told(one)}" for name, one in given.items())
