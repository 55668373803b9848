"""A table that is not yet a ledger's: its columns found by the names a caller gives, read as the door reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError, LedgerError, did_you_mean, names_told
from inadimplencia_ml.ledger.cells import Cells, read_cells
from inadimplencia_ml.ledger.codes import NONE
from inadimplencia_ml.ledger.door import READABLE, Admitted
from inadimplencia_ml.ledger.findings import REASONS, as_text
from inadimplencia_ml.ledger.frames import columns_of
from inadimplencia_ml.tables import INVOICES, Kind

__all__ = [
    "NOTHING_REFUSED",
    "UNKNOWN",
    "Given",
    "amount_array",
    "date_array",
    "joined",
    "moved",
    "one_of",
    "with_source_rows",
]

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
UNKNOWN = np.int64(-(2**62))
"""A missing amount in cents; other than in a ledger, amounts of a statement may be negative."""


class Given:
    """A table as given, with the findings on cells that could not be read.

    Parameters
    ----------
    frame
        pandas, Polars or Arrow; never changed.
    name
        How messages call the table.
    timezone
        Times with a zone are moved to it before they are cut to their date.

    Raises
    ------
    LedgerError
        It is no table.
    """

    def __init__(self, frame: object, name: str, timezone: str) -> None:
        self.name, self.timezone = name, timezone
        self.columns = columns_of(frame, name)
        self.rows = len(next(iter(self.columns.values()))) if self.columns else 0

    def raw(self, argument: str, column: str) -> pa.ChunkedArray:
        """The column that an argument names, as given.

        Raises
        ------
        LedgerError
            There is no such column.
        """
        if column not in self.columns:
            came = names_told(self.columns) or "none"
            hint = did_you_mean(column, self.columns, limit=1)
            hint = hint if hint.startswith(" Did") else ""
            raise LedgerError(
                f"{self.name}: the column {column!r} is missing ({argument}=). The columns that came: {came}.{hint}"
            )
        return self.columns[column]

    def read(self, argument: str, column: str, kind: Kind) -> Cells:
        """The column that an argument names, as its kind says."""
        return read_cells(self.raw(argument, column), kind, name=f"{self.name}.{column}", timezone=self.timezone)

    def ids(self, argument: str, column: str, ledger_column: str) -> tuple[pa.Array, pa.Table]:
        """Ids, null where missing or unreadable; and what the door is to be told of the latter."""
        cells = self.read(argument, column, "id")
        return cells.values, self.refused(cells, argument, column, "id", ledger_column)

    def days(self, argument: str, column: str, ledger_column: str) -> tuple[I32, pa.Table]:
        """Dates as days since 1970, NONE where missing or unreadable; and what the door is to be told of the latter."""
        cells = self.read(argument, column, "date")
        filled = pc.fill_null(cells.values.cast(pa.int32()), int(NONE))
        days = np.array(filled.to_numpy(zero_copy_only=False), np.int32)
        return days, self.refused(cells, argument, column, "date", ledger_column)

    def cents(self, argument: str, column: str, ledger_column: str = "amount") -> tuple[I64, pa.Table]:
        """Amounts in cents, UNKNOWN where missing or unreadable; and what the door is to be told of the latter."""
        cells = self.read(argument, column, "amount")
        values = cells.values.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            cents = np.rint(values * 100)
        known = np.isfinite(cents)
        out = np.where(known, np.where(known, cents, 0).astype(np.int64), UNKNOWN)
        return out, self.refused(cells, argument, column, "amount", ledger_column)

    def refused(self, cells: Cells, argument: str, column: str, kind: Kind, ledger_column: str) -> pa.Table:
        """Rows whose cell cannot be read, as the door takes them: row, column, value, code, reason."""
        given = self.raw(argument, column)
        parts = [
            pa.table(
                {
                    "row": pa.array(at, pa.int64()),
                    "column": _same(ledger_column, len(at)),
                    "value": as_text(given.take(pa.array(at))).cast(pa.string()),
                    "code": _same(code, len(at)),
                    "reason": _same(REASONS[code].format(column=ledger_column, kind=READABLE[kind]), len(at)),
                }
            )
            for code, at in cells.bad.items()
            if code != "date_placeholder"  # that one was read: as missing
        ]
        return pa.concat_tables([NOTHING_REFUSED, *parts])

    def further(self, columns: Mapping[str, str] | None, taken: set[str]) -> dict[str, pa.ChunkedArray]:
        """Columns that go into the invoices as they are: ledger column → column of this table.

        Raises
        ------
        CallError
            The invoices have no such column, or the adapter fills it itself.
        """
        out = {}
        for ours, theirs in (columns or {}).items():
            if ours in taken:
                raise CallError(f"columns: {ours!r} has an argument of its own, or is made by the adapter")
            if ours not in INVOICES.by_name:
                raise CallError(f"columns: invoices have no column {ours!r}.{did_you_mean(ours, INVOICES.by_name)}")
            out[ours] = self.raw("columns", theirs)
        return out


NOTHING_REFUSED = pa.schema(
    [("row", pa.int64()), *((n, pa.string()) for n in ("column", "value", "code", "reason"))]
).empty_table()


def _same(text: str, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), n)


def one_of(argument: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuses an argument that is none of the choices."""
    if value not in choices:
        raise CallError(f"{argument}={value!r}; expected one of {', '.join(choices)}.{did_you_mean(value, choices)}")


def date_array(days: I32) -> pa.Array:
    """Days since 1970 as dates; NONE is null."""
    return pa.array(days, pa.int32(), mask=days == NONE).cast(pa.date32())


def amount_array(cents: I64) -> pa.Array:
    """Cents as amounts; UNKNOWN is null."""
    return pa.array(np.where(cents == UNKNOWN, 0, cents) / 100, pa.float64(), mask=cents == UNKNOWN)


def moved(refused: pa.Table, rows: I64, size: int) -> pa.Table:
    """What was refused, told by the places of ``rows`` in a new table; what is not among them is left out."""
    place = np.full(size, -1)
    place[rows] = np.arange(len(rows))
    at = place[refused["row"].to_numpy()]
    return refused.set_column(0, "row", pa.array(at, pa.int64())).filter(pa.array(at >= 0))


def joined(*parts: Any) -> pa.Array:
    """An id of several columns, with colons between; a part that is missing is written as a question mark."""
    texts = [pc.fill_null(part.cast(pa.string()), "?") for part in parts]
    whole = pc.binary_join_element_wise(*texts, ":")
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def with_source_rows(one: Admitted, source: I64, notes: Mapping[str, int] | None = None) -> Admitted:
    """The same, its problems told by the rows of the table the user gave, and further counts."""
    at = one.problems["row"].to_numpy()
    problems = one.problems.set_column(1, "row", pa.array(source[at], pa.int64()))
    more = {name: number for name, number in (notes or {}).items() if number}
    return Admitted(one.table, problems, one.counts, {**one.notes, **more})
