"""Conditions as data: tests on named facts, ``{dpd: {ge: 31}}``. They are read and compared, never run as code.

All tests of one mapping must hold; ``any`` holds a list of conditions of which one suffices. A missing fact fails every
test but ``known: false``, so that what is not known never fires a rule by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from inadimplencia_ml.errors import did_you_mean

__all__ = ["Condition", "FactTest", "Facts", "Flags", "Numbers", "check_facts", "holds"]

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Value = bool | int | float | str


class Facts(Protocol):
    """What a condition is held against: facts by name, one value a row."""

    def __len__(self) -> int:
        """How many rows."""

    def kind(self, name: str) -> str:
        """``text``, ``bool`` or ``number``."""

    def number(self, name: str) -> Numbers:
        """A number, a date as days since 1970, or a yes or no as 1 or 0; NaN where missing."""

    def text_is(self, name: str, values: tuple[str, ...]) -> Flags:
        """Where a text is one of ``values``."""

    def known(self, name: str) -> Flags:
        """Where the fact is not missing."""


class FactTest(BaseModel):
    """Tests on one fact; all that are given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    eq: Value | None = None
    is_in: tuple[Value, ...] | None = Field(default=None, alias="in")
    known: bool | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> FactTest:
        if not self.model_dump(exclude_none=True):
            raise ValueError("an empty test: give ge, gt, le, lt, eq, in or known")
        return self

    @model_serializer
    def _only_what_is_asked(self) -> dict[str, Any]:
        names = {"ge": "ge", "gt": "gt", "le": "le", "lt": "lt", "eq": "eq", "is_in": "in", "known": "known"}
        return {names[k]: getattr(self, k) for k in names if getattr(self, k) is not None}

    def compared(self) -> tuple[Value, ...]:
        """Every value that the fact is compared with."""
        bounds = [v for v in (self.ge, self.gt, self.le, self.lt, self.eq) if v is not None]
        return (*bounds, *(self.is_in or ()))


class Condition(BaseModel):
    """Tests on several facts that must all hold, and alternatives of which one must.

    Examples
    --------
    >>> Condition.model_validate({"dpd": {"ge": 31}, "any": [{"uf": {"eq": "SP"}}, {"uf": {"eq": "RJ"}}]}).names()
    ('dpd', 'uf', 'uf')
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tests: dict[str, FactTest] = Field(default_factory=dict)
    any: tuple[Condition, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_mapping(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            raise ValueError("expected a mapping of facts to tests, such as {dpd: {ge: 31}}")
        return {"tests": {k: v for k, v in given.items() if k != "any"}, "any": given.get("any", ())}

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        tests: dict[str, Any] = {name: test.model_dump() for name, test in self.tests.items()}
        return tests | ({"any": [one.model_dump() for one in self.any]} if self.any else {})

    def walk(self) -> Iterator[tuple[str, FactTest]]:
        """Every fact and its test, those of the alternatives too."""
        yield from self.tests.items()
        for one in self.any:
            yield from one.walk()

    def names(self) -> tuple[str, ...]:
        """The facts it asks for, in the order written."""
        return tuple(name for name, _ in self.walk())


def holds(condition: Condition, facts: Facts) -> Flags:
    """Where the condition holds, one flag a row."""
    out = np.ones(len(facts), bool)
    for name, test in condition.tests.items():
        out &= _passes(test, name, facts)
    if condition.any:
        out &= np.logical_or.reduce([holds(one, facts) for one in condition.any])
    return out


def _passes(test: FactTest, name: str, facts: Facts) -> Flags:
    known = facts.known(name)
    if test.known is False:
        return ~known
    out = known.copy()
    if facts.kind(name) == "text":
        wanted = ((str(test.eq),) if test.eq is not None else ()) + tuple(map(str, test.is_in or ()))
        return out & facts.text_is(name, wanted) if wanted else out
    values = facts.number(name)
    with np.errstate(invalid="ignore"):  # a missing fact is NaN, and fails
        for bound, passes in ((test.ge, np.greater_equal), (test.gt, np.greater), (test.le, np.less_equal)):
            if bound is not None:
                out &= passes(values, bound)
        if test.lt is not None:
            out &= values < test.lt
        if test.eq is not None:
            out &= values == float(test.eq)
        if test.is_in is not None:
            out &= np.isin(values, [float(v) for v in test.is_in])
    return out


def check_facts(condition: Condition, kinds: Mapping[str, str]) -> None:
    """Refuse facts that are not among ``kinds`` (name to text, bool or number), and tests of another kind.

    Raises
    ------
    ValueError
        Says which fact, and the near names.
    """
    for name, test in condition.walk():
        if name not in kinds:
            raise ValueError(f"unknown fact {name!r}.{did_you_mean(name, kinds)}")
        right: dict[str, tuple[type, ...]] = {"text": (str,), "bool": (bool,), "number": (int, float)}
        for value in test.compared():
            fits = isinstance(value, right[kinds[name]]) and (kinds[name] == "bool") == isinstance(value, bool)
            if not fits:
                raise ValueError(f"fact {name!r} is a {kinds[name]}, and is compared with {value!r}")
