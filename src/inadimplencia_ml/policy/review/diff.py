"""What differs between two policies, in words: by entry, the old value, the new one, and from when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import BaseModel

from inadimplencia_ml.policy.contents import PolicyContents
from inadimplencia_ml.policy.sections import Dated

__all__ = ["Change", "PolicyDiff", "policy_diff"]

ABSENT = "—"
OFF = "null"


@dataclass(frozen=True)
class Change:
    """One value that differs. ``since`` is the day from which it does; None for what has no dates."""

    place: str
    sentence: str
    since: dt.date | None
    part: str
    old: Any
    new: Any


@dataclass(frozen=True)
class PolicyDiff:
    """Everything that differs between two policies.

    Attributes
    ----------
    old, new : str
        Id and version of each.
    changes : tuple of Change
        In the order of the sections of the new policy, then what only the old one has.
    """

    old: str
    new: str
    changes: tuple[Change, ...]

    def table(self, lang: str = "pt") -> pd.DataFrame:
        """``place``, ``since``, ``part`` of the value, ``old``, ``new`` as written, ``sentence``."""
        rows = [
            (c.place, c.since, c.part, _written(c.old, lang), _written(c.new, lang), c.sentence) for c in self.changes
        ]
        return pd.DataFrame(rows, columns=["place", "since", "part", "old", "new", "sentence"])

    def text(self, lang: str = "pt") -> str:
        """The changes in words, one line each, under the entry that they are of."""
        pt = lang == "pt"
        if not self.changes:
            return "As duas políticas dizem o mesmo." if pt else "Both policies say the same."
        words = ("mudança", "mudanças") if pt else ("change", "changes")
        count = f"{len(self.changes)} {words[len(self.changes) != 1]}"
        lines, last = [f"{self.old} -> {self.new}: {count}"], None
        for one in self.changes:
            if (one.place, one.sentence) != last:
                lines += ["", one.place + (f" · {one.sentence}" if one.sentence else "")]
                last = (one.place, one.sentence)
            since = "" if one.since is None else (f"desde {one.since:%d/%m/%Y}: " if pt else f"from {one.since}: ")
            part = f"{one.part}: " if one.part else ""
            lines.append(f"  {since}{part}{_written(one.old, lang)} -> {_written(one.new, lang)}")
        return "\n".join(lines)


def policy_diff(old: PolicyContents, new: PolicyContents) -> PolicyDiff:
    """What the new policy says differently from the old one.

    Examples
    --------
    >>> from inadimplencia_ml.policy.policy import Policy
    >>> policy = Policy.default()
    >>> later = policy.materiality.min_amount.model_copy(update={"values": {dt.date(2000, 1, 1): 25.0}})
    >>> other = policy.model_copy(update={"materiality": policy.materiality.model_copy(update={"min_amount": later})})
    >>> print(policy_diff(policy, other).text())
    regua_padrao_br/0.1.0 -> regua_padrao_br/0.1.0: 1 mudança
    <BLANKLINE>
    materiality.min_amount · Um saldo em atraso menor do que este não abre etapa da régua.
      desde 01/01/2000: 10 -> 25
    """
    changes: list[Change] = []
    names = type(new).model_fields
    for name in names:
        changes += _changes(name, getattr(old, name), getattr(new, name))
    return PolicyDiff(old.name, new.name, tuple(changes))


def _changes(place: str, old: Any, new: Any) -> Iterator[Change]:
    """The changes between two parts that stand at the same place; None where one is not there."""
    if isinstance(old, Dated) or isinstance(new, Dated):
        yield from _of_entry(place, old, new)
    elif isinstance(_either(old, new), (Mapping, BaseModel)):
        for name in _names(new) | _names(old):
            yield from _changes(f"{place}.{name}", _at(old, name), _at(new, name))
    elif _plain(old) != _plain(new):
        yield Change(place, "", None, "", _plain(old), _plain(new))


def _of_entry(place: str, old: Dated[Any] | None, new: Dated[Any] | None) -> Iterator[Change]:
    """Day by day: a row for each day from which the two say something else than they did the day before."""
    entry = new if new is not None else old
    assert entry is not None
    days = sorted({day for one in (old, new) if one is not None for day in one.values})
    before: dict[str, tuple[Any, Any]] = {}
    for day in days:
        differ = dict(_leaves("", *(_value(one, day) for one in (old, new))))
        for part, (was, now) in differ.items():
            if before.get(part) != (was, now):
                yield Change(place, entry.sentence, day, part, was, now)
        before = differ
    if old is not None and new is not None:
        for name in (one for one in type(entry).model_fields if one != "values"):
            was, now = _plain(getattr(old, name)), _plain(getattr(new, name))
            if was != now:
                yield Change(place, entry.sentence, None, name, was, now)


def _value(entry: Dated[Any] | None, day: dt.date) -> Any:
    """The value as plain data; OFF where an entry holds nothing that day, ABSENT where there is no entry."""
    if entry is None:
        return ABSENT
    value = entry.at(day)
    return OFF if value is None else _plain(value)


def _leaves(part: str, old: Any, new: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """The smallest parts in which two values differ."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in new | old:
            yield from _leaves(f"{part}.{name}" if part else name, old.get(name, ABSENT), new.get(name, ABSENT))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and _structured(old + new):
        for number, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(f"{part}[{number}]", one, other)
    else:
        yield part, (old, new)


def _structured(values: list[Any]) -> bool:
    return any(isinstance(value, (dict, list)) for value in values)


def _either(old: Any, new: Any) -> Any:
    return new if new is not None else old


def _names(part: Any) -> dict[Any, None]:
    if part is None:
        return {}
    return dict.fromkeys(part) if isinstance(part, Mapping) else dict.fromkeys(type(part).model_fields)


def _at(part: Any, name: Any) -> Any:
    if part is None:
        return None
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)


def _plain(value: Any) -> Any:
    """Plain data, as JSON has it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value


def _written(value: Any, lang: str) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return {"pt": ("não", "sim"), "en": ("no", "yes")}[lang][value]
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{', '.join(_written(one, lang) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{k}: {_written(v, lang)}' for k, v in value.items())}}}"
    return str(value)
