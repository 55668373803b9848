"""Declared features as plain arrays, which the compiled pass reads: every test is a range of integers or a mask."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError, did_you_mean
from inadimplencia_ml.features.custom.declared import Aggregate
from inadimplencia_ml.features.custom.filters import TEXTS, Filter, NumberTest, TextTest
from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["ABSENT", "AGGREGATIONS", "BYS", "FIELDS", "MASKS", "NUMBERS", "Specs", "specs_of"]

I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

AGGREGATIONS = ("count", "sum", "mean", "min", "max", "std", "median", "share", "last", "first")
BYS = ("due", "issue", "closed")
FIELDS = (
    "count amount open_amount paid_amount days_late dpd days_early term_days due_weekday due_month_day due_month_end "
    "issue_weekday status"
).split()
"""What the pass computes of an invoice, by its position here."""
NUMBERS, MASKS = 100, 1000
"""Further fields: a row of ``Specs.numbers``, a row of ``Specs.masks``."""
ABSENT = np.int64(-(2**62))
"""A measure that is missing."""
_FAR = 2**61
_GIVEN = {"installment": 1, "installments": 1, "fine_rate": 10**6, "interest_rate_month": 10**6}
_SCALES = {"amount": 100, "open_amount": 100, "paid_amount": 100, **_GIVEN}
"""How many units of the integer make one of the measure: cents, millionths."""
_STATUS = {"open": (0,), "settled": (1,), "renegotiated": (2,), "written_off": (3,), "closed": (2, 3)}


class Specs(NamedTuple):
    """All declared features of a call. Tests lie behind one another, by feature; lists of values by test."""

    measure: I64
    aggregation: I64
    window: I64  # days; -1: all
    by: I64
    scale: I64
    filter_start: I64
    filter_stop: I64  # where the tests of `of` begin
    of_stop: I64
    field: I64
    low: I64
    high: I64
    absent: Flags  # the test asks for what is missing
    values_start: I64
    values_stop: I64  # as values_start: any value in the range
    values: I64
    numbers: I64  # row x invoice
    masks: Flags  # row x invoice


def specs_of(ledger: Ledger, aggregates: Sequence[Aggregate]) -> Specs:
    """The declared features as arrays, with what they read of each invoice in the row that was known first.

    Raises
    ------
    CallError
        A feature reads a column that the ledger's invoices do not have.
    """
    tests, ends = _Tests(ledger), []
    measure, scale = [], []
    for one in aggregates:
        tests.reader = one.name
        measure.append(tests.field_of(one.measure))
        scale.append(_SCALES.get(one.measure, 1))
        begin = len(tests.rows)
        tests.add(one.filter)
        middle = len(tests.rows)
        tests.add(one.of or Filter())
        ends.append((begin, middle, len(tests.rows)))
    start, stop, of_stop = np.array(ends, np.int64).reshape(-1, 3).T
    return Specs(
        np.array(measure, np.int64),
        np.array([AGGREGATIONS.index(one.aggregation) for one in aggregates], np.int64),
        np.array([-1 if one.window == "all" else one.window for one in aggregates], np.int64),
        np.array([BYS.index(one.by) for one in aggregates], np.int64),
        np.array(scale, np.int64),
        start.copy(),
        stop.copy(),
        of_stop.copy(),
        *tests.arrays(),
    )


class _Tests:
    """Gathers tests, and the columns that they and the measures read."""

    def __init__(self, ledger: Ledger) -> None:
        self.table = ledger.tables["invoices"]
        self.first = pa.array(ledger.books.first_row)
        self.reader = ""
        self.rows: list[tuple[int, int, int, bool, int, int]] = []
        self.values: list[int] = []
        self.numbers: dict[str, I64] = {}
        self.masks: list[Flags] = []

    def add(self, given: Filter) -> None:
        for name, test in given.tests().items():
            if name in TEXTS:
                self._add_mask(name, test)
            elif name == "status":
                codes = sorted({code for status in test for code in _STATUS[status]})
                self._add_range(FIELDS.index(name), -_FAR, _FAR, codes)
            elif isinstance(test, bool):
                self._add_range(FIELDS.index(name), int(test), int(test), ())
            else:
                self._add_number(name, test)

    def field_of(self, name: str) -> int:
        if name in FIELDS:
            return FIELDS.index(name)
        if name not in self.numbers:
            self.numbers[name] = self._number(name)
        return NUMBERS + list(self.numbers).index(name)

    def arrays(self) -> tuple[Any, ...]:
        """The fields of `Specs` from ``field`` on."""
        columns = np.array(self.rows, np.int64).reshape(-1, 6).T.copy()
        size = len(self.first)
        field, low, high, absent, start, stop = columns
        return (
            field,
            low,
            high,
            absent.astype(bool),
            start,
            stop,
            np.array(self.values, np.int64),
            np.array(list(self.numbers.values()), np.int64).reshape(len(self.numbers), size),
            np.array(self.masks, bool).reshape(len(self.masks), size),
        )

    def _add_number(self, name: str, test: NumberTest) -> None:
        scale = _SCALES.get(name, 1)
        low, high = -_FAR, _FAR
        for bound, shift in ((test.ge, 0), (test.gt, 1)):
            if bound is not None:  # above a whole number is from the next one on
                low = max(low, math.floor(_exact(bound, scale)) + 1 if shift else math.ceil(_exact(bound, scale)))
        for bound, shift in ((test.le, 0), (test.lt, 1)):
            if bound is not None:
                high = min(high, math.ceil(_exact(bound, scale)) - 1 if shift else math.floor(_exact(bound, scale)))
        if test.eq is not None:
            low = max(low, math.ceil(_exact(test.eq, scale)))
            high = min(high, math.floor(_exact(test.eq, scale)))
        exact = [_exact(value, scale) for value in test.is_in or ()]
        whole = [int(value) for value in exact if value == int(value)]
        if exact and not whole:
            low, high = _FAR, -_FAR  # no such cent or day
        self._add_range(self.field_of(name), low, high, whole, absent=test.known is False)

    def _add_range(self, field: int, low: int, high: int, values: Sequence[int], absent: bool = False) -> None:
        start = len(self.values)
        self.values += values
        low, high = (max(min(bound, _FAR), -_FAR) for bound in (low, high))
        self.rows.append((field, low, high, absent, start, len(self.values)))

    def _add_mask(self, name: str, test: TextTest) -> None:
        texts = self._column(name).cast(pa.string())
        wanted = test.is_in or ()
        if name != "contract_id":
            texts, wanted = pc.utf8_lower(pc.utf8_trim_whitespace(texts)), tuple(w.strip().lower() for w in wanted)
        if test.known is False:
            mask = pc.is_null(texts)
        else:
            mask = pc.is_in(texts, value_set=pa.array(wanted, pa.string())) if wanted else pc.is_valid(texts)
        self.masks.append(np.asarray(mask.to_numpy(zero_copy_only=False), np.bool_))
        self._add_range(MASKS + len(self.masks) - 1, 1, 1, ())

    def _number(self, name: str) -> I64:
        values = self._column(name).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        scaled = np.rint(np.where(np.abs(values) < 1e9, values, np.nan) * _GIVEN[name])
        return np.where(np.isnan(scaled), ABSENT, np.nan_to_num(scaled)).astype(np.int64)

    def _column(self, name: str) -> pa.Array:
        """A column of invoices, one entry an invoice, of the row known first: what later rows say is left out."""
        if name not in self.table.column_names:
            hint = did_you_mean(name, self.table.column_names)
            raise CallError(
                f"custom feature {self.reader!r} reads the column {name!r} of invoices, which this ledger does not "
                f"have.{hint} Leave the feature out, or import the column."
            )
        column = self.table[name].take(self.first)
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _exact(value: float, scale: int) -> Decimal:
    """The number as it was written, in units of the integer."""
    return Decimal(repr(float(value))) * scale
