"""What makes a readable row flagged or rejected, table by table.

A rule sees canonical columns only. Facts of two tables together (a payment of an unknown invoice) are the quality
report's matter, not the door's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from inadimplencia_ml.calendar import UFS
from inadimplencia_ml.ledger.cells import Rows, where
from inadimplencia_ml.ledger.findings import FLAGGED, REJECTED, Findings
from inadimplencia_ml.ledger.taxid import read_tax_ids
from inadimplencia_ml.tables import Table

__all__ = ["Sheet", "flag_rows", "reject_rows"]

ABSURD_TERM_DAYS = 1825  # five years: longer than the longest ordinary instalment plan of trade credit
PARTS_TOLERANCE = 0.015  # a cent of rounding between principal, fine and interest, and room for the binary fraction

Flags = npt.NDArray[np.bool_]


@dataclass
class Sheet:
    """The canonical columns of one table, beside what was given and what has been found."""

    table: Table
    columns: dict[str, pa.Array]
    shown: Mapping[str, pa.ChunkedArray]  # values as they were given, for the problems
    findings: Findings
    later: Flags  # later rows of an invoice's history: what they leave empty keeps its older value
    notes: dict[str, int]
    _nulls: dict[pa.DataType, pa.Array] = field(default_factory=dict)

    def get(self, name: str) -> pa.Array:
        """A column, or nulls where it was not brought."""
        if name in self.columns:
            return self.columns[name]
        kinds = {"date": pa.date32(), "datetime": pa.timestamp("us"), "bool": pa.bool_(), "amount": pa.float64()}
        kind = kinds.get(self.table.kind_of(name), pa.string())
        if kind not in self._nulls:
            self._nulls[kind] = pa.nulls(self.findings.rows, kind)
        return self._nulls[kind]

    def reject(self, at: Rows, code: str, column: str) -> None:
        self.findings.add(at, REJECTED, code, column, self.shown.get(column))

    def flag(self, at: Rows, code: str, column: str, **words: str) -> None:
        self.findings.add(at, FLAGGED, code, column, self.shown.get(column), **words)

    def missing(self, name: str) -> Rows:
        """Rows that leave a column empty; not those whose value could not be read."""
        empty = where(self.get(name).is_null())
        return empty[~np.isin(empty, self.findings.unread(name))]

    def only_first(self, at: Rows) -> Rows:
        """Without later rows of a history."""
        return at[~self.later[at]]


def reject_rows(sheet: Sheet) -> None:
    """Rejects rows for what they say themselves: amounts below zero, payments of nothing or of nobody."""
    for name in _owed(sheet.table):
        if name in sheet.columns:
            sheet.reject(where(pc.less(sheet.columns[name], 0)), "amount_negative", name)
    if sheet.table.name == "invoices" and "paid_amount" in sheet.columns:
        nothing = pc.and_(sheet.get("paid_date").is_valid(), pc.equal(sheet.get("paid_amount"), 0))
        sheet.reject(where(nothing), "payment_not_positive", "paid_amount")
    if sheet.table.name == "payments":
        nameless = sheet.missing("invoice_id")
        nobody = nameless[np.isin(nameless, sheet.missing("client_id"))] if len(nameless) else nameless
        sheet.reject(nobody, "no_client", "client_id" if "client_id" in sheet.columns else "invoice_id")
        sheet.reject(where(pc.equal(sheet.get("amount"), 0)), "payment_not_positive", "amount")


def flag_rows(sheet: Sheet) -> None:
    """Rejects rows without a required value, flags the odd ones; normalises states and tax ids."""
    _required(sheet)
    _negative_amounts(sheet)
    _choices(sheet)
    _states(sheet)
    rule = _RULES.get(sheet.table.name)
    if rule is not None:
        rule(sheet)


def _required(sheet: Sheet) -> None:
    for name in sheet.table.required:
        kind = sheet.table.kind_of(name)
        code = "no_date" if kind in ("date", "datetime") else "no_id" if kind == "id" else "no_value"
        if sheet.columns[name].null_count:
            sheet.reject(sheet.only_first(sheet.missing(name)), "no_client" if name == "client_id" else code, name)


def _owed(table: Table) -> tuple[str, ...]:
    """Amounts of money owed or paid, as against limits and costs."""
    if table.name not in ("invoices", "payments", "agreements"):
        return ()
    return tuple(column.name for column in table.columns if column.kind == "amount")


def _negative_amounts(sheet: Sheet) -> None:
    for column in sheet.table.columns:
        if column.kind == "amount" and column.name in sheet.columns and column.name not in _owed(sheet.table):
            sheet.flag(where(pc.less(sheet.columns[column.name], 0)), "negative_kept", column.name)


def _choices(sheet: Sheet) -> None:
    for column in sheet.table.columns:
        if column.choices and column.name in sheet.columns:
            values = sheet.columns[column.name]
            known = pc.is_in(values, value_set=pa.array(column.choices, pa.string()))
            unknown = where(pc.and_(values.is_valid(), pc.invert(known)))
            sheet.flag(unknown, "unknown_choice", column.name, choices=", ".join(column.choices))


def _states(sheet: Sheet) -> None:
    if "uf" not in sheet.table.by_name or "uf" not in sheet.columns:
        return
    values = pc.utf8_upper(pc.utf8_trim_whitespace(sheet.columns["uf"]))
    sheet.columns["uf"] = values
    known = pc.is_in(values, value_set=pa.array(UFS, pa.string()))
    sheet.flag(where(pc.and_(values.is_valid(), pc.invert(known))), "uf_unknown", "uf")


def _invoices(sheet: Sheet) -> None:
    get = sheet.get
    issue, due = get("issue_date"), get("due_date")
    sheet.flag(sheet.only_first(sheet.missing("amount")), "amount_missing", "amount")
    sheet.flag(where(pc.equal(get("amount"), 0)), "amount_zero", "amount")
    sheet.flag(_before(sheet, "due_date", "issue_date"), "due_before_issue", "due_date")
    term = pc.subtract(due.view(pa.int32()), issue.view(pa.int32()))
    sheet.flag(where(pc.greater(term, ABSURD_TERM_DAYS)), "absurd_term", "due_date")
    sheet.flag(_before(sheet, "paid_date", "issue_date"), "paid_before_issue", "paid_date")
    sheet.flag(_before(sheet, "cancelled_date", "issue_date"), "cancelled_before_issue", "cancelled_date")
    sheet.flag(_before(sheet, "disputed_to", "disputed_from"), "dispute_ends_before_start", "disputed_to")
    # a version may say only what is new, so in a history the date may stand in another row
    if "paid_amount" in sheet.columns:
        undated = sheet.only_first(where(pc.and_(pc.greater(get("paid_amount"), 0), get("paid_date").is_null())))
        sheet.flag(undated, "fact_without_date", "paid_amount", date="paid_date")
    for fact, date in (
        ("cancel_reason", "cancelled_date"),
        ("cancelled_known_on", "cancelled_date"),
        ("disputed_to", "disputed_from"),
    ):
        sheet.flag(sheet.only_first(_undated(sheet, fact, date)), "fact_without_date", fact, date=date)


def _payments(sheet: Sheet) -> None:
    get = sheet.get
    sheet.flag(_before(sheet, "reversed_on", "payment_date"), "reversed_before_payment", "reversed_on")
    if any(part in sheet.columns for part in ("principal", "fine", "interest")):
        amount, principal = get("amount"), get("principal")
        extra = pc.add(pc.fill_null(get("fine"), 0.0), pc.fill_null(get("interest"), 0.0))
        said = pc.or_(principal.is_valid(), pc.not_equal(extra, 0))
        gap = pc.abs(pc.subtract(pc.add(pc.fill_null(principal, 0.0), extra), amount))
        apart = where(pc.and_(said, pc.greater(gap, PARTS_TOLERANCE)))
        sheet.flag(apart, "parts_do_not_add_up", "principal" if "principal" in sheet.columns else "amount")


def _agreements(sheet: Sheet) -> None:
    sheet.flag(where(pc.less(sheet.get("due_date"), sheet.get("created_at"))), "due_before_created", "due_date")
    sheet.flag(where(pc.equal(sheet.get("amount"), 0)), "amount_zero_kept", "amount")
    sheet.flag(_undated(sheet, "status", "status_on"), "fact_without_date", "status", date="status_on")


def _contacts(sheet: Sheet) -> None:
    get = sheet.get
    undated = where(pc.and_(get("replied"), get("replied_on").is_null()))
    sheet.flag(undated, "fact_without_date", "replied", date="replied_on")
    early = pc.less(get("replied_on"), get("contacted_at").cast(pa.date32()))
    sheet.flag(where(early), "replied_before_contact", "replied_on")


def _escalations(sheet: Sheet) -> None:
    undated = _undated(sheet, "notice_proof", "notice_sent_at")
    sheet.flag(undated, "fact_without_date", "notice_proof", date="notice_sent_at")


def _clients(sheet: Sheet) -> None:
    if "tax_id" not in sheet.columns:
        return
    ids = read_tax_ids(sheet.columns["tax_id"], sheet.get("kind"))
    sheet.columns["tax_id"] = ids.values
    sheet.flag(np.flatnonzero(ids.bad), "tax_id_bad", "tax_id")
    if ids.restored:
        sheet.notes["tax_ids_restored"] = ids.restored


def _before(sheet: Sheet, date: str, other: str) -> Rows:
    """Rows in which one date lies before another; none where one of the columns was not brought."""
    if date not in sheet.columns or other not in sheet.columns:
        return np.empty(0, np.int64)
    return where(pc.less(sheet.columns[date], sheet.columns[other]))


def _undated(sheet: Sheet, fact: str, date: str) -> Rows:
    if fact not in sheet.columns:
        return np.empty(0, np.int64)
    return where(pc.and_(sheet.get(fact).is_valid(), sheet.get(date).is_null()))


_RULES: dict[str, Callable[[Sheet], None]] = {
    "invoices": _invoices,
    "payments": _payments,
    "agreements": _agreements,
    "contacts": _contacts,
    "escalations": _escalations,
    "clients": _clients,
}
