"""Values of a policy in Portuguese words, whatever section they are of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.review.conditions_told import in_unit, told
from inadimplencia_ml.policy.review.keys_told import CODE_WORDS, KEY_WORDS
from inadimplencia_ml.policy.sections import HOUSE_CHOICE, Dated, Week

__all__ = ["branches", "entry_lines", "entry_told", "laws", "value_told", "week_told"]

LONGEST = 240  # signs of a value that a line of prose bears; a longer one is told part by part below it
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
    return "".join(_told_apart(entry, day))


def entry_lines(entry: Dated[Any], day: dt.date, name: str = "") -> Iterator[str]:
    """One entry as a list item, under its name if it has one; what is too long for a line follows part by part."""
    sentence, value, rules = _told_apart(entry, day)
    label = f"**{name}.** " if name else ""
    if len(value) <= LONGEST:
        yield f"- {label}{sentence}{value}{rules}"
        return
    yield f"- {label}{sentence}{rules}"
    yield from branches(entry.at(day), 1)


def branches(value: Any, depth: int) -> Iterator[str]:
    """The parts of a value as list items, one below the other."""
    indent = "  " * depth + "- "
    for name, part in _parts(value):
        words, label = value_told(part, _unit(name)), f"{_key(name)}: " if name else ""
        if len(words) <= LONGEST or not any(True for _ in _parts(part)):
            yield f"{indent}{label}{words}"
        else:
            yield f"{indent}{label.rstrip()}" if label else f"{indent.rstrip()}"
            yield from branches(part, depth + 1)


def _told_apart(entry: Dated[Any], day: dt.date) -> tuple[str, str, str]:
    """Sentence, value and laws of an entry."""
    value = entry.at(day)
    words = "Desligado." if value is None else _with_unit(value, entry.unit)
    return entry.sentence, f" *{words}*" if words else "", laws(entry)


def _with_unit(value: Any, unit: str) -> str:
    """A number as its unit is said in Portuguese; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value_told(value)
    if unit.startswith("share"):
        return in_unit(value, "%") + (" ao mês" if "month" in unit else "")
    return in_unit(value, "R$" if unit.startswith("BRL") else "dias" if unit.startswith("days") else "")


def week_told(week: Week) -> str:
    """The hours of a week.

    >>> week_told(Week.model_validate({"mon_fri": ["09:00", "18:00"], "sat": None, "sun": None}))
    'segunda a sexta das 9:00 às 18:00'
    """
    hours = [(name, getattr(week, day)) for day, name in _DAYS]
    open_days = [f"{name} das {h[0].hour}:{h[0]:%M} às {h[1].hour}:{h[1]:%M}" for name, h in hours if h is not None]
    return ", ".join(open_days) or "nunca"


def value_told(value: Any, unit: str = "") -> str:
    """A value: a number, a text, a condition, or several of them by name; ``unit`` as in `keys_told`."""
    if isinstance(value, Condition):
        return told(value)
    if isinstance(value, Week):
        return week_told(value)
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, (int, float)):
        return in_unit(value, unit)
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, dt.time):
        return f"{value.hour}:{value:%M}"
    if isinstance(value, (BaseModel, dict)):
        named = [(_key(name), value_told(one, _unit(name) or unit)) for name, one in _parts(value)]
        return _joined([f"{name}: {words}" for name, words in named])
    if isinstance(value, (tuple, list)):
        return _joined([value_told(one, unit) for one in value])
    return " / ".join(CODE_WORDS.get(str(value), str(value)).split("\n\n"))


def _joined(parts: list[str]) -> str:
    return ("; " if any("," in part for part in parts) else ", ").join(parts)


def _parts(value: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of a value that holds several, each with its name; those that are not given, or no, are left out."""
    if isinstance(value, (Condition, Week)):
        return
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            one = getattr(value, name)
            if one is not None and one != () and one != {} and not (one is False and field.default is False):
                yield name, one
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (tuple, list)):
        yield from (("", one) for one in value)


def _key(name: Any) -> str:
    return KEY_WORDS[name][0] if name in KEY_WORDS else CODE_WORDS.get(str(name), str(name))


def _unit(name: Any) -> str:
    return KEY_WORDS[name][1] if name in KEY_WORDS else ""
