"""Conditions as sets: can one ever hold, and does one hold only where others already do? Decided exactly.

The values of a fact are cut into atoms at every number or text that the conditions compare it with: the points, what
lies between them, and "missing". Inside an atom every test has one answer, so a condition is a union of boxes, each
with a set of atoms a fact, kept as the bits of an integer. Facts are taken as independent of one another: what is
called impossible is impossible, while a condition that only the meaning of its facts forbids passes as possible.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from inadimplencia_ml.policy.conditions import Condition, FactTest

__all__ = ["Space", "TooManyBoxes"]

Box = dict[str, int]  # bits of the atoms allowed, by fact; a fact not in it may be anything
MOST_BOXES = 20_000  # pieces under work at once; the default policy needs some dozens


class TooManyBoxes(Exception):
    """The exact answer would take too long."""


class Space:
    """The atoms of all facts that some conditions ask for.

    Parameters
    ----------
    conditions : iterable of Condition
        All that will be compared with one another.
    kinds : mapping of fact to kind
        ``text``, ``bool``, ``count`` (whole numbers) or ``number``.
    least : mapping of fact to number, optional
        The least value that a fact can take, where there is one.

    Examples
    --------
    >>> one, two = ({"dpd": {"ge": 5}}, {"dpd": {"ge": 3, "le": 9}}), {"dpd": {"ge": 5, "le": 7}}
    >>> conditions = [Condition.model_validate(c) for c in (*one, two)]
    >>> space = Space(conditions, {"dpd": "count"})
    >>> space.covered(conditions[2], conditions[:1]), space.covered(conditions[1], [conditions[2]])
    (True, False)
    """

    def __init__(
        self, conditions: Iterable[Condition], kinds: Mapping[str, str], least: Mapping[str, float] | None = None
    ) -> None:
        self.kinds = dict(kinds)
        told: dict[str, set[object]] = {}
        for condition in conditions:
            for name, test in condition.walk():
                told.setdefault(name, set()).update(test.compared())
        self.atoms = {name: self._atoms_of(name, values, least or {}) for name, values in told.items()}

    def _atoms_of(self, name: str, values: set[object], least: Mapping[str, float]) -> list[object]:
        """One value out of each atom, after that of being missing (None)."""
        if self.kinds[name] == "text":
            return [None, *sorted(map(str, values)), _Other()]
        if self.kinds[name] == "bool":
            return [None, 0.0, 1.0]
        lowest = least.get(name, -math.inf)
        points = [float(v) for v in values]  # type: ignore[arg-type]  # numbers, as `check_facts` has seen to
        points += [lowest] if math.isfinite(lowest) else []
        whole = self.kinds[name] == "count"
        points = sorted({p for v in points for p in ((math.floor(v), math.ceil(v)) if whole else (v,))})
        between = [(a + b) / 2 for a, b in itertools.pairwise(points) if not whole or b - a > 1]
        if whole:
            between = [math.floor(v) for v in between]
        ends = [points[0] - 1, points[-1] + 1] if points else [0.0]
        return [None, *sorted(v for v in (*points, *between, *ends) if v >= lowest)]

    def boxes(self, condition: Condition) -> list[Box]:
        """The condition as a union of boxes; empty if it can never hold."""
        mine: Box = {}
        for name, test in condition.tests.items():
            mine[name] = mine.get(name, -1) & self._bits(name, test)
        found = [mine]
        if condition.any:
            alternatives = [box for one in condition.any for box in self.boxes(one)]
            found = [_both(box, other) for box in found for other in alternatives]
            if len(found) > MOST_BOXES:
                raise TooManyBoxes
        return [box for box in found if all(box.values())]

    def _bits(self, name: str, test: FactTest) -> int:
        return sum(1 << i for i, value in enumerate(self.atoms[name]) if _passes(test, value, self.kinds[name]))

    def possible(self, *conditions: Condition) -> bool:
        """Whether they can hold, all at once."""
        left: list[Box] = [{}]
        for condition in conditions:
            mine = self.boxes(condition)
            left = [met for box in left for other in mine if all((met := _both(box, other)).values())]
            if len(left) > MOST_BOXES:
                raise TooManyBoxes
        return bool(left)

    def covered(self, condition: Condition, others: Sequence[Condition]) -> bool:
        """Whether it holds only where one of the others does. TooManyBoxes if that cannot be told in time."""
        left = self.boxes(condition)
        for cover in (box for other in others for box in self.boxes(other)):
            left = [piece for box in left for piece in self._without(box, cover)]
            if len(left) > MOST_BOXES:
                raise TooManyBoxes
            if not left:
                break
        return not left

    def _without(self, box: Box, cover: Box) -> list[Box]:
        """What of a box the cover leaves, in pieces that do not overlap."""
        pieces, inside = [], dict(box)
        for name, bits in cover.items():
            mine = inside.get(name, (1 << len(self.atoms[name])) - 1)
            if mine & ~bits:
                pieces.append({**inside, name: mine & ~bits})
            if not mine & bits:
                return [box]  # they do not meet
            inside[name] = mine & bits
        return pieces

    def seems_covered(self, condition: Condition, others: Sequence[Condition], tries: int, random_state: int) -> bool:
        """`covered` by trying random values: False is certain, True is not."""
        rng = np.random.default_rng(random_state)
        names = list(self.atoms)
        for _ in range(tries):
            values = {name: self.atoms[name][rng.integers(len(self.atoms[name]))] for name in names}
            if self._holds(condition, values) and not any(self._holds(other, values) for other in others):
                return False
        return True

    def _holds(self, condition: Condition, values: Mapping[str, object]) -> bool:
        tests = (_passes(test, values[name], self.kinds[name]) for name, test in condition.tests.items())
        return all(tests) and (not condition.any or any(self._holds(one, values) for one in condition.any))


class _Other:
    """A text that no condition names."""

    def __str__(self) -> str:
        return ""


def _both(box: Box, other: Box) -> Box:
    return box | {name: box.get(name, -1) & bits for name, bits in other.items()}


def _passes(test: FactTest, value: object, kind: str) -> bool:
    """One test on one value, as `conditions.holds` has it."""
    if value is None or test.known is False:
        return value is None and test.known is False
    if kind == "text":
        wanted = [str(v) for v in ((test.eq,) if test.eq is not None else ()) + (test.is_in or ())]
        return not wanted or (not isinstance(value, _Other) and value in wanted)
    number = float(value)  # type: ignore[arg-type]  # a number here
    return (
        (test.ge is None or number >= test.ge)
        and (test.gt is None or number > test.gt)
        and (test.le is None or number <= test.le)
        and (test.lt is None or number < test.lt)
        and (test.eq is None or number == float(test.eq))
        and (test.is_in is None or number in {float(v) for v in test.is_in})
    )
