"""The clock: which rows, and which later facts of a row, were known at the end of a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.errors import CallError

__all__ = ["facts_known_at", "last_fact", "to_date"]

_OWN_DATE = {
    "invoices": ("issue_date",),
    "payments": ("payment_date",),
    "agreements": ("created_at",),
    "contacts": ("contacted_at",),
    "escalations": ("requested_at",),
    "macro": ("date",),
    "clients": (),
    "links": (),
}
"""The date of its own that a row of each table has; it is known from the later of this and known_on."""

_LATER_FACTS: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "invoices": (
        (("paid_date",), ("paid_date", "paid_amount")),
        (("cancelled_date", "cancelled_known_on"), ("cancelled_date", "cancel_reason", "cancelled_known_on")),
        (("disputed_from",), ("disputed_from", "disputed_to")),
        (("disputed_to",), ("disputed_to",)),
        (("assigned_on",), ("assigned_on",)),
    ),
    "payments": ((("reversed_on",), ("reversed_on",)), (("credited_on",), ("credited_on",))),
    "agreements": ((("status_on",), ("status", "status_on")),),
    "contacts": ((("replied_on",), ("replied", "replied_on")),),
    "escalations": (
        (("notice_sent_at",), ("notice_sent_at", "notice_proof")),
        (("effective_at",), ("effective_at",)),
        (("withdrawn_at",), ("withdrawn_at",)),
    ),
}
"""Facts that reach a row later: the dates that all must have come, and the columns that are blank until then."""

_KNOWING = (
    "issue_date payment_date paid_date contacted_at reversed_on cancelled_date cancelled_known_on known_on"
).split()


def to_date(value: Any, name: str) -> dt.date:
    """A calendar date from a date, a timestamp or ISO text.

    Raises
    ------
    CallError
        The value is none of these.
    """
    if isinstance(value, dt.datetime) and value == value:  # NaT is a datetime too, and equals nothing
        return value.date()
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise CallError(f"{name}: {value!r} is not a date. Expected YYYY-MM-DD.") from error


def facts_known_at(
    tables: dict[str, pa.Table], attributes: dict[str, pa.Table], day: dt.date
) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """The tables with what was known at the end of ``day``, rows in their order."""
    known = {name: _known_rows(name, table, day) for name, table in tables.items()}
    return known, {name: _known_rows("attributes", table, day) for name, table in attributes.items()}


def _known_rows(name: str, table: pa.Table, day: dt.date) -> pa.Table:
    for column in (*_OWN_DATE.get(name, ()), "known_on"):
        if column in table.column_names:
            table = table.filter(_not_after(table[column], day))
    for dates, blank in _LATER_FACTS.get(name, ()):
        here = [d for d in dates if d in table.column_names]
        if not here:
            continue
        come = _not_after(table[here[0]], day)
        for d in here[1:]:
            come = pc.and_(come, _not_after(table[d], day))
        for column in (c for c in blank if c in table.column_names):
            at = table.schema.get_field_index(column)
            value = pc.if_else(come, table[column], pa.scalar(None, table[column].type))
            table = table.set_column(at, table.schema.field(column), value)
    return table


def _not_after(column: pa.ChunkedArray, day: dt.date) -> Any:
    """True where the date has come or is not given."""
    return pc.fill_null(pc.less_equal(column.cast(pa.date32(), safe=False), pa.scalar(day, pa.date32())), True)


def last_fact(tables: dict[str, pa.Table], attributes: dict[str, pa.Table]) -> dt.date:
    """The latest day on which any row became known; a due date never counts."""
    latest = [
        pc.max(table[column].cast(pa.date32(), safe=False)).as_py()
        for table in (*tables.values(), *attributes.values())
        for column in _KNOWING
        if column in table.column_names
    ]
    return max((day for day in latest if day is not None), default=dt.date(1970, 1, 1))
