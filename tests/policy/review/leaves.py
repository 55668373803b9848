"""Every single value of a policy, whatever section it is of, and the policy with one of them changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from inadimplencia_ml.policy.conditions import Condition
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.sections import PROFILES, Dated

POLICY = Policy.default()
DAY = dt.date(2026, 11, 28)
OTHER_CODES = {"strictest": "by_uf", "other": "financial_institution"}  # where a code that does not exist would not do
NAMES: tuple[tuple[str, ...], ...] = (
    tuple(POLICY.actions),
    tuple(POLICY.templates),
    tuple(POLICY.channels),
    PROFILES,
)


class Leaf(NamedTuple):
    """A value: its place with a star for each name of a mapping and each number of a list, and the way to it."""

    place: str
    path: tuple[Any, ...]
    value: Any


def leaves(part: Any = POLICY, path: tuple[Any, ...] = ()) -> Iterator[Leaf]:
    """The values of a part, those of dated entries as in force; a condition is one value, what is not given is none."""
    if isinstance(part, Dated):
        begun = max(day for day in part.values if day <= DAY)
        yield from leaves(part.values[begun], (*path, "values", begun))
        inside = {name: getattr(part, name) for name in type(part).model_fields if name != "values"}
    elif isinstance(part, BaseModel) and not isinstance(part, Condition):
        inside = {name: getattr(part, name) for name in type(part).model_fields}
    elif isinstance(part, Mapping):
        inside = dict(part)
    elif isinstance(part, tuple):
        inside = dict(enumerate(part))
    else:
        yield from () if part is None else [Leaf(_place(path), path, part)]
        return
    for name, one in inside.items():
        yield from leaves(one, (*path, name))


def one_of_each_place() -> dict[str, Leaf]:
    """The first value of each place."""
    found: dict[str, Leaf] = {}
    for leaf in leaves():
        found.setdefault(leaf.place, leaf)
    return found


def with_other(leaf: Leaf, value: Any = None, part: Any = POLICY) -> Any:
    """The policy with another value there; nothing is validated."""
    return _changed(part, leaf.path, _other(leaf.value) if value is None else value)


def _place(path: tuple[Any, ...]) -> str:
    part, names = POLICY, []
    for name in path:
        known = isinstance(part, BaseModel)
        names.append(str(name) if known else "*")
        part = getattr(part, name) if known else part[name]
    return ".".join(names)


def _changed(part: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    name, *rest = path
    if isinstance(part, BaseModel):
        return part.model_copy(update={name: _changed(getattr(part, name), tuple(rest), value)})
    if isinstance(part, Mapping):
        return {**part, name: _changed(part[name], tuple(rest), value)}
    return tuple(_changed(one, tuple(rest), value) if i == name else one for i, one in enumerate(part))


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + (1 if isinstance(value, int) else 0.01)
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=1)
    if isinstance(value, dt.time):
        return value.replace(minute=value.minute + 1)
    if isinstance(value, Condition):
        return Condition.model_validate({"open_amount": {"ge": 77.5}})
    for names in NAMES:
        if value in names:
            return names[names.index(value) - 1]
    return OTHER_CODES.get(value, f"{value} x")
